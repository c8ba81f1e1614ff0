/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the algorithms of the `micro` target are held against: ratios of two phases of one sample,
 * so of one process and the same passes, and of one phase at two sizes.
 */
#ifndef LUBENCH_REPORT_RATIOS_H
#define LUBENCH_REPORT_RATIOS_H

#include <stdbool.h>
#include <stdio.h>

#include "report/dataset.h"

/* Two runs that lie closer than this repeat. */
#define RATIO_REPEATS 0.05

/**
 * struct ratio_goal - a ratio and what is wanted of it.
 * @phase: phase above the line.
 * @against: phase below the line; NULL for the same phase at the smallest guest of the series,
 *	both for each table page.
 * @limit: largest value wanted, or smallest if @at_least.
 * @formats: page table formats that it is wanted of, between spaces; NULL for all.
 * @everywhere: wanted of every layout and page size, not of contiguous 4 KiB pages only.
 */
struct ratio_goal {
	const char *phase;
	const char *against;
	double limit;
	const char *formats;
	bool at_least;
	bool everywhere;
};

extern const struct ratio_goal ratio_goals[];
extern const size_t nr_ratio_goals;

/** enum ratio_verdict - whether a goal is reached. */
enum ratio_verdict {
	RATIO_NO_GOAL, /* not wanted of this format, layout or page size */
	RATIO_PASS,
	RATIO_SHORT,
};

/**
 * struct ratio - a ratio that was measured.
 * @goal: what it is a ratio of.
 * @panel: its format, page size and layout.
 * @series: its variant.
 * @cell: guest size; of the phase above the line where there are two.
 * @base: guest size of the phase below the line.
 * @value: median and spread over the samples.
 * @repeat: so much of the value, at most, two runs would lie apart; NAN for a single sample.
 */
struct ratio {
	const struct ratio_goal *goal;
	const struct panel *panel;
	const struct series *series;
	const struct cell *cell;
	const struct cell *base;
	struct point value;
	double repeat;
	enum ratio_verdict verdict;
};

/** ratio_name() - "compare / memcmp". Return: @buf. */
const char *ratio_name(const struct ratio_goal *g, char buf[static 64]);

/** ratio_verdict_word() - Return: "pass", "falls short", or NULL where nothing is wanted. */
const char *ratio_verdict_word(enum ratio_verdict verdict);

/** ratio_of() - median, interval and spread of a ratio over a cell. Return: 0 or -ENOMEM. */
int ratio_of(const struct cell *c, const struct ratio_goal *g, struct point *p);

/**
 * ratio_measured() - a goal's ratio in one series, held against the goal.
 *
 * Of two phases: at 64 GiB, else at the next size below, else at any. @r->value.n is 0 where the
 * series does not have what is needed.
 * Return: 0 or -ENOMEM.
 */
int ratio_measured(const struct ratio_goal *g, const struct panel *p, const struct series *s,
		   struct ratio *r);

/** ratio_repeats() - Return: whether two runs are expected within RATIO_REPEATS of each other. */
bool ratio_repeats(const struct ratio *r);

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

/** table_pages_of() - Return: pages of the tree that a sample measured, NAN if unknown. */
double table_pages_of(const struct sample *s);

#endif
