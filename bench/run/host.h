/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is worth knowing about the machine that lubench runs on. */
#ifndef LUBENCH_RUN_HOST_H
#define LUBENCH_RUN_HOST_H

#include "run/run.h"

/**
 * host_describe() - fill run->host except for its IOMMU. What cannot be found stays unknown.
 *
 * Return: 0 or -ENOMEM.
 */
int host_describe(struct run *run);

/** host_available_memory() - Return: bytes that programs can still have, LU_NULL when not known. */
int64_t host_available_memory(void);

/** host_cpus() - Return: processors that this process may run on, at least 1. */
int host_cpus(void);

#endif
