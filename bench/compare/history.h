/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Change points over all kept runs. */
#ifndef LUBENCH_COMPARE_HISTORY_H
#define LUBENCH_COMPARE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "stats/stats.h"
#include "store/measures.h"
#include "store/store.h"

/**
 * struct history_change - where one metric of one case changed its level
 * @run: the first run at the new level
 * @previous: the run before it in this series
 * @case_key: the case, for machines
 * @case_label: the case, for people
 * @metric: its name
 * @unit: what it counts
 * @figures: levels and p-value
 */
struct history_change {
	const struct store_run *run;
	const struct store_run *previous;
	char *case_key;
	char *case_label;
	char *metric;
	enum measure_unit unit;
	struct stats_change figures;
};

/**
 * struct history - all change points, newest first, those of one run together
 * @runs: every kept run
 * @changes: the change points
 * @nr_series: series that were looked at
 * @nr_points: points in them
 */
struct history {
	struct store_runs runs;
	struct history_change *changes;
	size_t nr_changes;
	size_t nr_series;
	size_t nr_points;
};

/*
 * history_find - find the change points of every series that the filter takes
 * @options: NULL for stats_change_defaults
 *
 * Counters are looked at only when the filter names a metric.
 * Return: 0 or -errno with @err set; free with history_release() in either case.
 */
int history_find(struct store *store, const struct store_filter *filter,
		 const struct stats_change_options *options, struct history *history, char **err);

void history_release(struct history *history);

/* Return: 0 or -EIO, -ENOMEM. */
int history_print_text(const struct history *history, FILE *f);
int history_print_markdown(const struct history *history, FILE *f);
int history_print_json(const struct history *history, FILE *f);

/* The kept runs themselves, oldest first. */
int history_print_runs(const struct store_runs *runs, FILE *f);
int history_print_runs_json(const struct store_runs *runs, FILE *f);

#endif
