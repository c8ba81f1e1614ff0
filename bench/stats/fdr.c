// SPDX-License-Identifier: GPL-3.0-or-later
/* Control of the false discovery rate. Sources: stats.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/stats.h"

struct ranked {
	double p;
	size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static double dependence_factor(size_t tests, enum stats_fdr method)
{
	double sum = 0;

	if (method == STATS_FDR_BENJAMINI_HOCHBERG)
		return 1;
	for (size_t i = 1; i <= tests; i++)
		sum += 1.0 / (double)i;
	return sum;
}

int stats_fdr_adjust(const double *p, size_t n, enum stats_fdr method, double *q)
{
	struct ranked *ranked;
	double factor, smallest = 1;
	size_t tests = 0;

	ranked = malloc((n ? n : 1) * sizeof(*ranked));
	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		q[i] = p[i];
		if (!isnan(p[i]))
			ranked[tests++] = (struct ranked){ p[i], i };
	}
	qsort(ranked, tests, sizeof(*ranked), compare_ranked);
	factor = dependence_factor(tests, method) * (double)tests;
	for (size_t rank = tests; rank > 0; rank--) {
		smallest = fmin(smallest, ranked[rank - 1].p * factor / (double)rank);
		q[ranked[rank - 1].place] = smallest;
	}
	free(ranked);
	return 0;
}
