/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics over time, with the points at which they changed.
 */
#ifndef LUBENCH_REPORT_TREND_H
#define LUBENCH_REPORT_TREND_H

#include "compare/history.h"
#include "report/figure.h"

/** struct trend - the medians of one metric of one case over all runs, owned. */
struct trend {
	int64_t setup; /* number in the history: labels are for people */
	bool exact; /* its clock counts instructions */
	char *setup_label;
	char *case_key;
	char *case_label;
	char *metric;
	size_t n;
	int64_t *started;
	double *median;
};

/** struct trends - in the order of the history. */
struct trends {
	struct trend *v;
	size_t n;
};

/** trends_read() - all series of the metrics that pages of trends show. Return: 0 or -errno. */
int trends_read(struct store *store, struct trends *trends, char **err);

/** trends_release() - free what it owns. */
void trends_release(struct trends *trends);

/** trend_is_headline() - Return: whether it is the metric that the page of all trends shows. */
bool trend_is_headline(const struct trend *t);

/** trend_design() - the design of a trend, up to its end or the first space. Return: @buf. */
const char *trend_design(const struct trend *t, char buf[static TEXT_MAX]);

/**
 * figure_trends() - draw trends, a figure for each setup and metric, a plot for each case.
 * @history: its changes are marked.
 * @design: only of that design, all metrics; NULL for the headline metric of all.
 *
 * Return: 0 or -ENOMEM.
 */
int figure_trends(struct figures *fs, const struct trends *trends, const struct history *history,
		  const char *design);

#endif
