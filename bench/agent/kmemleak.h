/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel allocated and has no pointer to any more, on a kernel with CONFIG_DEBUG_KMEMLEAK.
 */
#ifndef LUBENCH_AGENT_KMEMLEAK_H
#define LUBENCH_AGENT_KMEMLEAK_H

#include <stdbool.h>

/** kmemleak_is_there() - Return: whether this kernel looks for leaks. Mounts debugfs. */
bool kmemleak_is_there(void);

/**
 * kmemleak_tell() - look for leaks and copy what is found to standard error, the console.
 *
 * Takes twelve seconds and two scans of all memory; returns at once on a kernel without kmemleak.
 */
void kmemleak_tell(void);

#endif
