/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the next kernel, which is this one again.
 */
#ifndef LUBENCH_AGENT_KEXEC_H
#define LUBENCH_AGENT_KEXEC_H

/** kexec_load() - load /kernel with an initramfs of ourselves and our command line. */
int kexec_load(void);

/** kexec_unload() - forget what was loaded. */
void kexec_unload(void);

/** kexec_go() - jump. Returns only when it did not work: -errno. */
int kexec_go(void);

/** kexec_poweroff() - switch the machine off. Does not return. */
void kexec_poweroff(void) __attribute__((noreturn));

#endif
