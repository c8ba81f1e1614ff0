/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LUBENCH_EXPORT_RATIOS_H
#define LUBENCH_EXPORT_RATIOS_H

#include <jansson.h>

#include "run/run.h"

/**
 * ratios_json() - ratios of the target micro, one object each: what they are of, median, spread,
 * how far two runs lie apart ("two_runs"), goal and verdict.
 *
 * Return: an array, NULL without memory.
 */
json_t *ratios_json(const struct run *const *runs, size_t nr_runs);

#endif
