/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hand-over that does not arrive as it was written: what a bug of either kernel, or bad memory,
 * would do to it.
 */
#ifndef LUBENCH_AGENT_DAMAGE_H
#define LUBENCH_AGENT_DAMAGE_H

#include <stdbool.h>

#include "common/redrives.h"

/** damage_is_meant() - Return: whether the attack is one on memory that is handed over. */
bool damage_is_meant(enum attack attack);

/** damage_is_of_header() - Return: whether it is one on what describes the trees, which then none outlives. */
bool damage_is_of_header(enum attack attack);

/**
 * damage_handover() - write over one field of what the next kernel gets about the page table.
 *
 * To be called in the old kernel, with the iommufd preserved. The page table's description is found
 * in physical memory by its magic number, which takes a second for each few GiB.
 *
 * Return: 0, -ENOENT when no description is there, or -errno, as when the kernel lets nobody write
 * to /dev/mem (CONFIG_STRICT_DEVMEM).
 */
int damage_handover(enum attack attack);

#endif
