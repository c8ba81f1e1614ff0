// SPDX-License-Identifier: GPL-3.0-or-later
/* From two sets to a verdict. The rules are those of stats.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "stats/internal.h"
#include "stats/stats.h"

const struct stats_rule stats_rule_wall_clock = { .alpha = 0.05, .relative = 0.03 };
const struct stats_rule stats_rule_exact = { .relative = 0.005, .exact = true };

static const char *const verdict_names[] = {
	[STATS_SAME] = "same",
	[STATS_REGRESSION] = "regression",
	[STATS_IMPROVEMENT] = "improvement",
	[STATS_INCONCLUSIVE] = "inconclusive",
};

const char *stats_verdict_name(enum stats_verdict verdict)
{
	return verdict_names[verdict];
}

static void range_of_differences(double *differences, size_t n, struct stats_shift *shift)
{
	gsl_sort(differences, 1, n);
	shift->shift = gsl_stats_median_from_sorted_data(differences, 1, n);
	shift->interval = (struct stats_interval){ differences[0], differences[n - 1], 1 };
}

static int compare_pairs(const double *base, const double *new, size_t n, struct stats_shift *shift)
{
	double *differences = malloc(n * sizeof(*differences));

	if (!differences)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		differences[i] = new[i] - base[i];
	range_of_differences(differences, n, shift);
	free(differences);
	return 0;
}

static int compare_lowest(const double *base, size_t base_n, const double *new, size_t new_n,
			  struct stats_comparison *comparison)
{
	struct stats_lowest lowest;
	int err = stats_lowest(base, base_n, new, new_n, &lowest);

	comparison->base = gsl_stats_min(base, 1, base_n);
	comparison->new = gsl_stats_min(new, 1, new_n);
	comparison->difference = lowest.shift;
	comparison->p = lowest.p;
	return err;
}

static int compare_ranks(const double *base, size_t base_n, const double *new, size_t new_n,
			 struct stats_comparison *comparison)
{
	struct stats_rank_test test;
	int err = stats_mann_whitney(base, base_n, new, new_n, &test);

	comparison->p = test.p;
	return err ? err : stats_hodges_lehmann(base, base_n, new, new_n, &comparison->difference);
}

int stats_compare(const double *base, size_t base_n, const double *new, size_t new_n,
		  const struct stats_rule *rule, struct stats_comparison *comparison)
{
	int err;

	if (!base_n || !new_n || !stats_all_finite(base, base_n) || !stats_all_finite(new, new_n))
		return -EINVAL;
	if (rule->exact && base_n != new_n)
		return -EINVAL;
	*comparison = (struct stats_comparison){
		.base_n = base_n,
		.new_n = new_n,
		.base = stats_median(base, base_n),
		.new = stats_median(new, new_n),
		.p = NAN,
		.verdict = STATS_INCONCLUSIVE,
	};
	if (rule->exact)
		err = compare_pairs(base, new, base_n, &comparison->difference);
	else if (rule->lowest)
		err = compare_lowest(base, base_n, new, new_n, comparison);
	else
		err = compare_ranks(base, base_n, new, new_n, comparison);
	comparison->q = comparison->p;
	comparison->threshold = fmax(rule->absolute, rule->relative * fabs(comparison->base));
	return err;
}

/* The smallest two-sided p that two sets of n values can give: 2 / C(2n, n). */
static double smallest_p(double n)
{
	return 2 * exp(2 * gsl_sf_lngamma(n + 1) - gsl_sf_lngamma(2 * n + 1));
}

static double values_for_p(double p)
{
	double n = 1;

	while (smallest_p(n) > p * (1 + 1e-9))
		n++;
	return n;
}

/*
 * Values in each set until a verdict can be expected. The interval narrows with
 * the square root of their number; a significant difference also needs sets
 * large enough for the rank test to reach alpha among @tests tests.
 */
static unsigned int iterations_to_decide(const struct stats_comparison *c,
					 const struct stats_rule *rule, size_t tests)
{
	double n = (double)(c->base_n < c->new_n ? c->base_n : c->new_n);
	const struct stats_interval *interval = &c->difference.interval;
	double half = (interval->high - interval->low) / 2;
	double size = fabs(c->difference.shift), room, needed;

	if (isnan(half))
		return 0;
	if (size >= c->threshold) {
		needed = values_for_p(rule->alpha / (double)tests);
		room = rule->whole ? size - c->threshold : size;
	} else {
		needed = values_for_p(1 - STATS_CONFIDENCE);
		room = c->threshold - size;
	}
	if (half > room)
		needed = fmax(needed, ceil(n * (half / room) * (half / room)));
	needed = fmax(needed, n + 1);
	return needed > STATS_MAX_ITERATIONS ? 0 : (unsigned int)needed;
}

static enum stats_verdict direction(const struct stats_comparison *c, const struct stats_rule *rule)
{
	bool larger = c->difference.shift > 0;

	return larger == rule->larger_is_better ? STATS_IMPROVEMENT : STATS_REGRESSION;
}

static enum stats_verdict judge_exact(const struct stats_comparison *c,
				      const struct stats_rule *rule)
{
	const struct stats_shift *d = &c->difference;

	if (d->shift == 0 || fabs(d->shift) < c->threshold)
		return STATS_SAME;
	if (d->interval.low <= 0 && d->interval.high >= 0)
		return STATS_INCONCLUSIVE;
	return direction(c, rule);
}

static bool reaches_threshold(const struct stats_comparison *c, const struct stats_rule *rule)
{
	const struct stats_shift *d = &c->difference;
	double nearest = d->shift > 0 ? d->interval.low : -d->interval.high;

	return d->shift != 0 && (rule->whole ? nearest : fabs(d->shift)) >= c->threshold;
}

static enum stats_verdict judge(const struct stats_comparison *c, const struct stats_rule *rule)
{
	const struct stats_shift *d = &c->difference;

	if (c->q <= rule->alpha && reaches_threshold(c, rule))
		return direction(c, rule);
	if (d->interval.level >= STATS_CONFIDENCE - 1e-9 && d->interval.low >= -c->threshold &&
	    d->interval.high <= c->threshold)
		return STATS_SAME;
	return STATS_INCONCLUSIVE;
}

int stats_judge(struct stats_comparison *comparisons, const struct stats_rule *rules, size_t n,
		enum stats_fdr method)
{
	size_t tests = 0;
	double *p;
	int err;

	p = calloc(n ? n : 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		p[i] = comparisons[i].p;
		tests += !isnan(p[i]);
	}
	err = stats_fdr_adjust(p, n, method, p);
	for (size_t i = 0; i < n && !err; i++) {
		struct stats_comparison *c = &comparisons[i];

		c->q = p[i];
		c->verdict = rules[i].exact ? judge_exact(c, &rules[i]) : judge(c, &rules[i]);
		c->iterations = 0;
		if (c->verdict == STATS_INCONCLUSIVE && !rules[i].exact)
			c->iterations = iterations_to_decide(c, &rules[i], tests);
	}
	free(p);
	return err;
}
