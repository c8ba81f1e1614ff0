/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sets of runs against each other: what became slower, and by how much. */
#ifndef LUBENCH_COMPARE_COMPARE_H
#define LUBENCH_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cost/cost.h"
#include "run/run.h"
#include "stats/stats.h"
#include "store/measures.h"
#include "store/setup.h"

/**
 * struct compare_options - how to compare
 * @relative: smallest difference that matters, as a fraction; negative for the
 *	default: 3 % of a time (5 % in an emulator, unless the sides were
 *	interleaved), 0.5 % where the clock counts instructions, 1 % of a size
 * @absolute_ns: smallest difference of a time that matters, in ns (in
 *	instructions where the clock counts them); the larger of the two holds.
 *	Negative for the default: 1000 instructions; of a phase, a tenth of
 *	@relative of its blackout; else nothing
 * @alpha: false discoveries accepted among what is called significant; not
 *	positive for the default, 5 %
 * @fdr: how they are controlled
 * @allow: fields in which runs may differ though they are unlike, separated by
 *	commas; "all" for every field; NULL for none
 * @costs: compare what a design adds to each time: its values less those of the
 *	floor, the design without I/O page table, of the same guest. What all
 *	designs meet alike, such as another kernel elsewhere in memory, is no
 *	difference then. @relative is still of the whole time; the floor itself
 *	is not compared. Only where the clock counts instructions
 */
struct compare_options {
	double relative;
	double absolute_ns;
	double alpha;
	enum stats_fdr fdr;
	const char *allow;
	bool costs;
};

extern const struct compare_options compare_defaults;

/**
 * struct compare_row - one metric of one case
 * @case_key: the case, for machines; owned by the comparison
 * @case_label: the case, for people
 * @metric: its name
 * @unit: what it counts
 * @lowest: @figures are of the smallest values, not of the medians
 * @figures: both sets, their difference and the verdict
 * @whole: what a relative difference is of: the base, or of a cost the whole time
 * @busy: a time that differs, but the emulator waited for a processor on either
 *	side: that is no verdict on the kernel, so it is inconclusive
 * @aside: judged by statistics though the clocks count instructions, since its
 *	values do not repeat: undecided, it does not leave the whole undecided
 */
struct compare_row {
	const char *case_key;
	const char *case_label;
	const char *metric;
	enum measure_unit unit;
	bool lowest;
	struct stats_comparison figures;
	double whole;
	bool busy;
	bool aside;
};

/* What became of a case that had results, from good to bad. */
enum compare_loss {
	COMPARE_NO_LOSS,
	/* More samples fail, but too few to be sure; or all fail that there are, on both sides. */
	COMPARE_UNSURE,
	/* By the rate of failures; where the clock counts instructions a single one is enough. */
	COMPARE_MORE_FAILURES,
	/* The new side measured it, without a result. */
	COMPARE_DEAD,
	/* The new side did not measure it. */
	COMPARE_LOST,
};

/**
 * struct compare_failures - a case with samples that are no results, or that
 *	only one side has
 * @case_label: the case
 * @base_results: samples of the base that count
 * @base_failed: samples of the base that do not
 * @new_results: samples of the new side that count
 * @new_failed: samples of the new side that do not
 * @error: the first failure of the new side, else of the base; or NULL
 * @q: of Fisher's exact test of the rates, adjusted over all cases; NAN where one
 *	side has no sample
 * @loss: what became of it
 * @worse: that is a regression
 */
struct compare_failures {
	const char *case_key;
	const char *case_label;
	size_t base_results;
	size_t base_failed;
	size_t new_results;
	size_t new_failed;
	const char *error;
	double q;
	enum compare_loss loss;
	bool worse;
};

/**
 * struct compare_cost - what a case costs on both sides: its blackout less that of the floor
 * @case_label: the case
 * @base_cost: in ns or instructions
 * @new_cost: the same of the new side
 * @base_ratio: how many times the cost of the baseline; n = 0 without one
 * @new_ratio: the same of the new side
 */
struct compare_cost {
	const char *case_key;
	const char *case_label;
	struct estimate base_cost;
	struct estimate new_cost;
	struct estimate base_ratio;
	struct estimate new_ratio;
};

/**
 * struct compare_side - one of the two sets of runs, not owned
 */
struct compare_side {
	const struct run *const *runs;
	size_t nr_runs;
};

/**
 * struct comparison - what comparing came to
 * @base: the runs compared against; must outlive the comparison
 * @new: the runs compared
 * @emulated: a run is of an emulator: times are compared by the smallest values
 * @in_turn: the sides were interleaved, as scripts/ab does, so that drift met both alike; if not,
 *	times of an emulator count only where they differ by more than that
 * @exact: the clocks count instructions: what repeats was compared by value, sample by sample
 * @differences: in what the runs differ
 * @comparable: times of these runs mean the same, or were allowed to differ;
 *	if not, there are no rows
 * @costs: times are costs, see struct compare_options
 * @no_costs: why there are none, so that the runs are not comparable; or NULL
 * @rows: one for each metric that both sides have, worst first
 * @cost: one for each case that has a cost on both sides, in order of the base
 * @failures: cases that did not work out
 * @base_samples: samples of the base of the cases that both sides measured
 * @base_failed: those of them that failed
 * @new_samples: the same of the new side
 * @new_failed: the same of the new side
 * @failures_p: of Fisher's exact test of all these together
 * @more_failures: that is a regression
 * @count: rows by verdict
 * @verdict: of the whole: regression if any row is one or a case got worse,
 *	else inconclusive, improvement or same, the first that there is
 */
struct comparison {
	struct compare_side base;
	struct compare_side new;
	bool exact;
	bool emulated;
	bool in_turn;
	struct setup_differences differences;
	bool comparable;
	bool costs;
	const char *no_costs;
	struct measures base_measures;
	struct measures new_measures;
	struct compare_row *rows;
	size_t nr_rows;
	struct compare_cost *cost;
	size_t nr_cost;
	struct compare_failures *failures;
	size_t nr_failures;
	size_t base_samples;
	size_t base_failed;
	size_t new_samples;
	size_t new_failed;
	double failures_p;
	bool more_failures;
	size_t count[STATS_INCONCLUSIVE + 1];
	enum stats_verdict verdict;
};

/*
 * compare_runs - compare two sets of runs; within a set samples are pooled
 *
 * Runs that are not comparable are no error: see @comparable.
 * Return: 0, -ENOMEM; free with comparison_release() in either case.
 */
int compare_runs(const struct compare_side *base, const struct compare_side *new,
		 const struct compare_options *options, struct comparison *comparison);

void comparison_release(struct comparison *comparison);

/*
 * The phase to blame for a slower blackout: of the phases of the same case that
 * became slower, the one that added most. Return: its row, or NULL.
 */
const struct compare_row *compare_blame(const struct comparison *comparison,
					const struct compare_row *blackout);

/* Whether there are rows of the smallest values, see struct compare_row. */
bool compare_any_lowest(const struct comparison *comparison);

/* Difference as a fraction of struct compare_row.whole; NAN where that is 0. */
double compare_relative(const struct compare_row *row);

/* @all: rows that are the same, too. Return: 0, -ENOMEM, -EIO. */
int compare_print_text(const struct comparison *comparison, bool all, FILE *f);
int compare_print_markdown(const struct comparison *comparison, bool all, FILE *f);
int compare_print_json(const struct comparison *comparison, FILE *f);

#endif
