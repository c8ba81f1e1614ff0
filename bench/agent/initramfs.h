/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The initramfs of the next kernel: the agent and the kernel themselves, packed again.
 */
#ifndef LUBENCH_AGENT_INITRAMFS_H
#define LUBENCH_AGENT_INITRAMFS_H

#define INITRAMFS_KERNEL "/kernel"

/**
 * initramfs_pack() - a newc cpio archive with /init (this program), /kernel, /dev and /dev/console.
 *
 * Return: a memfd that holds it, or -errno.
 */
int initramfs_pack(void);

#endif
