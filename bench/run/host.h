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

#endif
