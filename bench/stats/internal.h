/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this folder share among themselves. */
#ifndef LUBENCH_STATS_INTERNAL_H
#define LUBENCH_STATS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

/* A sorted copy of @n values in *@sorted. Return: 0, -EINVAL, -ENOMEM. */
int stats_sorted_copy(const double *values, size_t n, double **sorted);

bool stats_all_finite(const double *values, size_t n);

#endif
