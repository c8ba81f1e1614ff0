/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table at the end of a run. */
#ifndef LUBENCH_LUBENCH_SUMMARY_H
#define LUBENCH_LUBENCH_SUMMARY_H

#include <stdio.h>

#include "run/run.h"

/**
 * summary_print() - what each design costs (costs_print()), as wide as the terminal.
 *
 * Return: 0 or -ENOMEM.
 */
int summary_print(FILE *f, const struct run *run);

/** summary_count() - count results, failures (attacks that were refused are none), open closures. */
struct summary_counts {
	size_t results;
	size_t failed;
	size_t refused;
	size_t open;
};

struct summary_counts summary_count(const struct run *run);

#endif
