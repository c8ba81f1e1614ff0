/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a design costs: what it adds to the floor, the same guest in the same run without a device
 * and without an I/O page table (docs: "cost of a design"). And how many times the baseline's cost
 * that is. Whatever shows a cost or a ratio asks here.
 */
#ifndef LUBENCH_COST_COST_H
#define LUBENCH_COST_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/run.h"

/**
 * struct cost_values - the values of one metric of one case
 * @value: in the unit of the metric
 * @iteration: of each value; values of one iteration met the same guest
 * @run: of each value, the run that it is from; NULL where all are from one
 * @n: how many
 */
struct cost_values {
	const int64_t *value;
	const int64_t *iteration;
	const size_t *run;
	size_t n;
};

/**
 * struct estimate - a figure and how sure it is
 * @n: values, or pairs of them, that it is made of; 0: nothing is known, the rest does not hold
 * @value: the figure
 * @low: lower end of its interval; NAN without one
 * @high: upper end; NAN likewise
 * @level: confidence of the interval; NAN where it is a range: see @exact
 * @exact: another run gives the same. The interval is then the range over the iterations, each of
 *	which met another guest.
 */
struct estimate {
	size_t n;
	double value;
	double low;
	double high;
	double level;
	bool exact;
};

/*
 * estimate_of - the median, with its interval by order statistics (stats_median_interval())
 * @exact: the values repeat: see struct estimate
 *
 * This function and the next two give an estimate of n = 0 where nothing can be said.
 * Return: 0 or -ENOMEM.
 */
int estimate_of(const struct cost_values *x, bool exact, struct estimate *e);

/*
 * cost_of - what @x adds to @floor
 *
 * Exact: the median of the differences between values of the same iteration. Else the
 * Hodges-Lehmann shift with its interval (stats_hodges_lehmann()), which supposes that the two
 * spread alike. It may be negative: then the design saves something elsewhere.
 */
int cost_of(const struct cost_values *x, const struct cost_values *floor, bool exact,
	    struct estimate *e);

/*
 * ratio_to_baseline - how many times @base @x is
 * @floor: the ratio is that of the costs over this floor; NULL: of the values themselves, for
 *	metrics and runs without one
 *
 * Exact: the median of the ratios, each within one iteration. Else, with a floor, the ratio of
 * the two costs; its interval reaches from the smallest to the largest ratio that their intervals
 * allow. The two share a floor and so depend on each other; by Bonferroni's inequality (O. J.
 * Dunn, "Multiple Comparisons among Means", JASA 56 (1961), section 2) both cover at least with
 * the sum of their levels less 1, which is the level given. Without a floor the Hodges-Lehmann
 * shift of the logarithms, so that neither side is preferred.
 *
 * Where @x is @base itself the ratio is 1, exactly.
 * Nothing can be said where the baseline, or a value that needs a logarithm, is not above 0.
 */
int ratio_to_baseline(const struct cost_values *x, const struct cost_values *base,
		      const struct cost_values *floor, bool exact, struct estimate *e);

/**
 * enum cost_metric_kind - what a metric counts
 * @COST_AMOUNT: ns or instructions, as the run
 * @COST_BYTES: bytes
 */
enum cost_metric_kind { COST_AMOUNT, COST_BYTES };

/**
 * struct cost_metric - a metric that may have a cost
 * @name: path in run.json
 * @title: in a word or two
 * @kind: what it counts
 * @floorless: it has no meaning without a device, so there is no cost, only a plain ratio
 * @sampled: looked at now and then, so never exact
 */
struct cost_metric {
	const char *name;
	const char *title;
	enum cost_metric_kind kind;
	bool floorless;
	bool sampled;
};

enum cost_metric_id {
	COST_BLACKOUT,
	COST_BROWNOUT,
	COST_TAIL,
	COST_DMA_GAP,
	COST_SERIALISED,
	COST_TABLES,
	COST_EXTRA_PEAK,
	NR_COST_METRICS,
};

extern const struct cost_metric cost_metrics[NR_COST_METRICS];

/**
 * enum cost_reason - why a case has no cost
 * @COST_KNOWN: it has one
 * @COST_IS_FLOOR: it is the floor itself
 * @COST_NO_RESULT: none of its samples is a result
 * @COST_NO_FLOOR: the run has no floor for this guest
 * @COST_FLOOR_FAILED: it has, but no sample of it is a result
 * @COST_UNPAIRED: exact values, and no iteration of both
 * @COST_UNKNOWN: the metric is not known of both
 * @COST_NONE: the metric has no cost, see @floorless
 */
enum cost_reason {
	COST_KNOWN,
	COST_IS_FLOOR,
	COST_NO_RESULT,
	COST_NO_FLOOR,
	COST_FLOOR_FAILED,
	COST_UNPAIRED,
	COST_UNKNOWN,
	COST_NONE,
};

/** cost_reason_text() - Return: in words, for a note; NULL for COST_KNOWN, COST_IS_FLOOR. */
const char *cost_reason_text(enum cost_reason reason);

/**
 * struct cost_cell - one metric of one case
 * @whole: the metric itself
 * @cost: what the design adds to the floor
 * @ratio: @cost in costs of the baseline; for a metric without floor as @plain
 * @plain: @whole in those of the baseline
 * @reason: why there is no @cost
 */
struct cost_cell {
	struct estimate whole;
	struct estimate cost;
	struct estimate ratio;
	struct estimate plain;
	enum cost_reason reason;
};

/**
 * struct cost_row - one case
 * @sample: any sample of it: what they have in common is in each; owned by the run
 * @results: samples that count
 * @failed: samples that do not
 * @error: of the first that failed, or NULL; owned by the run
 * @new_guest: the row before it is of another guest
 * @cell: for each metric
 */
struct cost_row {
	const struct sample *sample;
	size_t results;
	size_t failed;
	const char *error;
	bool new_guest;
	struct cost_cell cell[NR_COST_METRICS];
};

/**
 * struct cost_table - all cases of a run but those under attack, in the order of case_compare()
 * @run: which
 * @row: the cases
 * @n: how many
 * @has_floor: some case is a floor with a result
 * @order: samples, those of one case together; of row i from @first[i] to @first[i + 1]
 * @first: see @order
 */
struct cost_table {
	const struct run *run;
	struct cost_row *row;
	size_t n;
	bool has_floor;
	const struct sample **order;
	size_t *first;
};

/*
 * cost_table_of - the table of a run, which must outlive it
 *
 * The floor and the baseline of a case are of the same guest and the same variant, or of none
 * where that variant has none. Return: 0 or -ENOMEM.
 */
int cost_table_of(const struct run *run, struct cost_table *table);

void cost_table_release(struct cost_table *table);

/** cost_table_find() - Return: the row of the case that @s is of, NULL when there is none. */
const struct cost_row *cost_table_find(const struct cost_table *table, const struct sample *s);

/*
 * cost_table_cell - the figures of a case for any metric, such as a phase
 * @row: of @table
 * @metric: its @floorless and @sampled hold
 * @get: the metric of a sample, LU_NULL when unknown
 * @arg: for @get
 *
 * Return: 0 or -ENOMEM.
 */
int cost_table_cell(const struct cost_table *table, const struct cost_row *row,
		    const struct cost_metric *metric,
		    int64_t (*get)(const struct sample *s, const void *arg), const void *arg,
		    struct cost_cell *cell);

#endif
