/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the next kernel, which is this one again.
 */
#ifndef LUBENCH_AGENT_KEXEC_H
#define LUBENCH_AGENT_KEXEC_H

#include <stddef.h>

/* Of a command line: x86-64 and arm64 take no more. */
#define KEXEC_CMDLINE_BYTES 2048

/** kexec_cmdline() - the command line of the running kernel. Return: 0 or -errno. */
int kexec_cmdline(char *buf, size_t size);

/**
 * kexec_load() - load /kernel with an initramfs of ourselves.
 * @cmdline: its command line.
 *
 * Return: 0 or -errno.
 */
int kexec_load(const char *cmdline);

/** kexec_unload() - forget what was loaded. */
void kexec_unload(void);

/** kexec_go() - jump. Returns only when it did not work: -errno. */
int kexec_go(void);

/** kexec_poweroff() - switch the machine off. Does not return. */
void kexec_poweroff(void) __attribute__((noreturn));

#endif
