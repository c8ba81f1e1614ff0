/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the algorithms of the `micro` target are held against: ratios of two phases of one sample,
 * so of one process and one pass.
 */
#ifndef LUBENCH_REPORT_RATIOS_H
#define LUBENCH_REPORT_RATIOS_H

#include <stdbool.h>
#include <stdio.h>

#include "report/dataset.h"

/**
 * struct ratio_goal - a ratio and what is wanted of it.
 * @phase: phase above the line.
 * @against: phase below the line.
 * @limit: largest value wanted, or smallest if @at_least.
 * @formats: page table formats that it is wanted of, between spaces; NULL for all.
 */
struct ratio_goal {
	const char *phase;
	const char *against;
	double limit;
	bool at_least;
	const char *formats;
};

extern const struct ratio_goal ratio_goals[];
extern const size_t nr_ratio_goals;

/** enum ratio_verdict - whether a goal is reached. */
enum ratio_verdict {
	RATIO_NO_GOAL, /* not wanted of this format or page size */
	RATIO_PASS,
	RATIO_SHORT,
};

/** ratio_name() - "compare / memcmp". Return: @buf. */
const char *ratio_name(const struct ratio_goal *g, char buf[static 64]);

/** ratio_of() - median, interval and spread of a ratio over a cell. Return: 0 or -ENOMEM. */
int ratio_of(const struct cell *c, const struct ratio_goal *g, struct point *p);

/** ratio_judge() - hold a ratio that was found in @panel against its goal. */
enum ratio_verdict ratio_judge(const struct ratio_goal *g, const struct panel *panel,
			       const struct point *p);

/** ratio_cell() - the cell to judge a series by: 64 GiB, else the next below it, else any. */
const struct cell *ratio_cell(const struct series *s);

/** ratios_print() - the goals of a run as a table for the terminal. Return: 0 or -ENOMEM. */
int ratios_print(FILE *f, const struct run *run);

/** phase_point() - median of one phase over a cell, each value divided by @divisor().
 * @divisor: NULL for the time itself; else entries or table pages of a sample, NAN if unknown.
 * Return: 0 or -ENOMEM.
 */
int phase_point(const struct cell *c, const char *phase, double (*divisor)(const struct sample *s),
		struct point *p);

#endif
