/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of a run put in order: for each case (one design under one set of
 * circumstances) and each metric the values of all its samples. This is what
 * the history keeps and what is compared.
 */
#ifndef LUBENCH_STORE_MEASURES_H
#define LUBENCH_STORE_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/run.h"

enum measure_unit {
	MEASURE_NS,
	MEASURE_BYTES,
	MEASURE_COUNT,
};

/**
 * struct measure - the values of one metric of one case
 * @name: path in run.json: "blackout_ns", "phases_ns.redrive", "bytes.tables"
 * @values: in order of runs, and within a run of iteration
 * @iterations: for each value the iteration that it is of
 * @runs: for each value the place of its run among those that were pooled
 * @n: how many; samples that do not know the metric have no value
 */
struct measure {
	char *name;
	int64_t *values;
	int64_t *iterations;
	size_t *runs;
	size_t n;
};

/**
 * struct measured_case - one design under one set of circumstances
 * @key: every field in which it differs from other cases, for machines
 * @label: the same for people, without what goes without saying
 * @sample: one of its samples; owned by the run
 * @results: samples that count
 * @failed: samples that do not
 * @error: of the first failed sample, or NULL; owned by the run
 * @measures: what the results measured
 * @nr_measures: how many metrics
 */
struct measured_case {
	char *key;
	char *label;
	const struct sample *sample;
	size_t results;
	size_t failed;
	const char *error;
	struct measure *measures;
	size_t nr_measures;
};

/** struct measures - all cases of one or more runs, in order of first appearance */
struct measures {
	struct measured_case *cases;
	size_t nr_cases;
};

/*
 * measures_of - put the samples of @runs, pooled, in order
 *
 * Samples taken under attack are checks, not measurements, and are left out.
 * The runs must outlive the measures. Return: 0 or -ENOMEM.
 */
int measures_of(const struct run *const *runs, size_t nr_runs, struct measures *measures);

void measures_release(struct measures *measures);

/* Return: the case of that key, or NULL. */
const struct measured_case *measures_case(const struct measures *measures, const char *key);

/* Return: the metric of that name, or NULL. */
const struct measure *case_measure(const struct measured_case *of, const char *name);

/* What the values of a metric count, by its name. */
enum measure_unit measure_unit(const char *name);

/*
 * Whether its values were looked at now and then, so that they do not repeat
 * even where the machine does.
 */
bool measure_is_sampled(const char *name);

/*
 * Whether less of it is better, by its name: times and sizes. Counters
 * may mean anything; they are kept, but no verdict is passed on them.
 */
bool measure_is_judged(const char *name);

/* A phase of the blackout, by its name. */
bool measure_is_phase(const char *name);

#endif
