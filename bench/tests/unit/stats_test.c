// SPDX-License-Identifier: GPL-3.0-or-later
/* The statistics against published values; each test names where they stand. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_sort.h>

#include "stats/random.h"
#include "stats/stats.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void assert_close(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%.12g is not %.12g within %g", got, want, tolerance);
}

/* R: quantile(1:10, c(.95, .99)) is 9.55 and 9.91. */
static void quantiles_as_r_type_7(void **state)
{
	const double values[] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };

	(void)state;
	assert_close(stats_quantile(values, 10, 0.95), 9.55, 1e-12);
	assert_close(stats_quantile(values, 10, 0.99), 9.91, 1e-12);
	assert_close(stats_quantile(values, 10, 0), 1, 0);
	assert_close(stats_quantile(values, 10, 1), 10, 0);
	assert_close(stats_median(values, 10), 5.5, 0);
	assert_close(stats_median(values, 9), 6, 0);
	assert_true(isnan(stats_median(values, 0)));
}

/* R, help(mad), first example: mad(c(1:9)) is 2.9652 with the factor 1.4826. */
static void mad_as_r_example(void **state)
{
	const double values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

	(void)state;
	assert_close(1.4826 * stats_mad(values, 9), 2.9652, 1e-12);
}

/*
 * The set on which Iglewicz and Hoaglin (1993) show masking: plain
 * z-scores find no outlier, modified ones find both.
 */
static void outliers_do_not_mask_each_other(void **state)
{
	const double values[] = { 2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3 };
	bool outlier[10];

	(void)state;
	assert_int_equal(stats_outliers(values, 10, outlier), 2);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(outlier[i], i >= 8);
}

static void outliers_where_most_values_are_equal(void **state)
{
	const double values[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 90 };
	const double equal[] = { 5, 5, 5, 5 };

	(void)state;
	assert_int_equal(stats_outliers(values, 10, NULL), 1);
	assert_int_equal(stats_outliers(equal, 4, NULL), 0);
}

/*
 * B. Efron, R. Tibshirani (1993), table 2.1, mouse data, control group: of nine values the second
 * and the eighth cover with 1 - 2 (1 + 9) / 2^9, the third and the seventh with 1 - 2 (1 + 9 + 36) / 2^9.
 */
static void interval_of_mouse_data(void **state)
{
	const double control[] = { 52, 104, 146, 10, 50, 31, 40, 27, 46 };
	struct stats_interval interval;

	(void)state;
	assert_int_equal(stats_median_interval(control, 9, &interval), 0);
	assert_close(interval.low, 27, 0);
	assert_close(interval.high, 104, 0);
	assert_close(interval.level, 1 - 20.0 / 512, 1e-12);
}

/* W. J. Conover, "Practical Nonparametric Statistics", 3rd ed. (1999), table A3: of 20 values the sixth. */
static void interval_of_many_values(void **state)
{
	double values[1000];
	struct stats_interval interval;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		values[i] = (double)i + 1;
	assert_int_equal(stats_median_interval(values, 20, &interval), 0);
	assert_close(interval.low, 6, 0);
	assert_close(interval.high, 15, 0);
	assert_close(interval.level, 0.9586, 5e-5);
	/* 500 - 1.96 sqrt(250), and about as much the other way. */
	assert_int_equal(stats_median_interval(values, 1000, &interval), 0);
	assert_close(interval.low, 469, 1);
	assert_close(interval.high, 532, 1);
	assert_in_range((int)(interval.level * 1e4), 9500, 9540);
}

/*
 * Each value is above or below the median of its distribution with the same probability, so
 * that all sign patterns are equally likely: how often does the interval hold the median, 0?
 */
static void intervals_cover_as_often_as_they_say(void **state)
{
	(void)state;
	for (size_t n = 2; n <= 13; n++) {
		struct stats_interval interval;
		size_t covered = 0;

		for (unsigned int above = 0; above < 1u << n; above++) {
			double values[13];

			for (size_t i = 0; i < n; i++)
				values[i] = (above >> i & 1 ? 1 : -1) * ((double)i + 1);
			assert_int_equal(stats_median_interval(values, n, &interval), 0);
			covered += interval.low < 0 && interval.high > 0;
		}
		assert_close(interval.level, (double)covered / (1u << n), 1e-12);
		assert_true(n < 6 || interval.level >= STATS_CONFIDENCE);
	}
}

/* Every choice of which of the values make up the base set: how often does the interval hold 0? */
static void shifts_cover_as_often_as_they_say(void **state)
{
	static const struct {
		size_t m, n;
	} sizes[] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 }, { 3, 6 }, { 7, 4 } };
	static const double all[] = { 0.3, 1.1, 1.7, 2.9, 4.3, 6.1, 8.7, 11.9, 17.3, 23.1, 31.7 };

	(void)state;
	for (size_t k = 0; k < COUNT(sizes); k++) {
		size_t m = sizes[k].m, n = sizes[k].n, total = 0, by_ranks = 0, by_lowest = 0;
		struct stats_shift shift;
		struct stats_lowest lowest;

		for (unsigned int chosen = 0; chosen < 1u << (m + n); chosen++) {
			double base[11], new[11];
			size_t b = 0, a = 0;

			if ((size_t)__builtin_popcount(chosen) != m)
				continue;
			for (size_t i = 0; i < m + n; i++) {
				if (chosen >> i & 1)
					base[b++] = all[i];
				else
					new[a++] = all[i];
			}
			assert_int_equal(stats_hodges_lehmann(base, m, new, n, &shift), 0);
			assert_int_equal(stats_lowest(base, m, new, n, &lowest), 0);
			total++;
			by_ranks += shift.interval.low < 0 && shift.interval.high > 0;
			by_lowest += lowest.shift.interval.low < 0 &&
				     lowest.shift.interval.high > 0;
		}
		assert_close(shift.interval.level, (double)by_ranks / (double)total, 1e-12);
		assert_close(lowest.shift.interval.level, (double)by_lowest / (double)total, 1e-12);
	}
}

static void interval_of_few_values_has_its_level(void **state)
{
	const double values[] = { 3, 1, 2 };
	struct stats_interval interval;
	struct stats_shift shift;

	(void)state;
	assert_int_equal(stats_median_interval(values, 3, &interval), 0);
	assert_close(interval.level, 0.75, 1e-12);
	assert_close(interval.low, 1, 0);
	assert_close(interval.high, 3, 0);
	assert_int_equal(stats_median_interval(values, 1, &interval), 0);
	assert_true(isnan(interval.low) && isnan(interval.high));
	assert_close(interval.level, 0, 0);
	assert_int_equal(stats_hodges_lehmann(values, 1, values + 1, 1, &shift), 0);
	assert_true(isnan(shift.interval.low) && isnan(shift.interval.high));
	assert_close(shift.interval.level, 0, 0);
}

static void summary_agrees_with_its_parts(void **state)
{
	const double values[] = { 4, 8, 15, 16, 23, 42 };
	struct stats_summary summary;

	(void)state;
	assert_int_equal(stats_summarise(values, 6, &summary), 0);
	assert_int_equal(summary.n, 6);
	assert_close(summary.min, 4, 0);
	assert_close(summary.max, 42, 0);
	assert_close(summary.mean, 18, 1e-12);
	assert_close(summary.median, 15.5, 0);
	assert_close(summary.mad, stats_mad(values, 6), 0);
	assert_close(summary.p95, stats_quantile(values, 6, 0.95), 0);
	/* sqrt(182) / 18 */
	assert_close(summary.cv, 0.749485, 1e-6);
}

static void two_runs_lie_as_far_apart_as_the_t_table_says(void **state)
{
	(void)state;
	/* t(8) = 2.306004, t(2) = 4.302653 */
	assert_close(stats_repeatability(0.02, 5), 0.02 * 2.306004 * 0.792665, 1e-7);
	assert_close(stats_repeatability(0.10, 2), 0.10 * 4.302653 * 1.253314, 1e-6);
	assert_close(stats_repeatability(0, 5), 0, 0);
	assert_true(isnan(stats_repeatability(0.02, 1)));
	assert_true(isnan(stats_repeatability(NAN, 5)));
}

static void what_is_not_a_number_is_refused(void **state)
{
	const double values[] = { 1, NAN, 3 };
	const double infinite[] = { 1, INFINITY };
	struct stats_rank_test test;
	struct stats_summary summary;
	struct stats_change *changes;

	(void)state;
	assert_int_equal(stats_summarise(values, 3, &summary), -EINVAL);
	assert_int_equal(stats_summarise(values, 0, &summary), -EINVAL);
	assert_int_equal(stats_mann_whitney(values, 3, infinite, 1, &test), -EINVAL);
	assert_int_equal(stats_mann_whitney(infinite, 1, values, 0, &test), -EINVAL);
	assert_int_equal(stats_changes(infinite, 2, NULL, &changes), -EINVAL);
}

/* M. Hollander, D. Wolfe (1999), example 4.1; R, help(wilcox.test): W = 35, p = 0.1272 one-sided. */
static const double chorion_term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
static const double chorion_early[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

static void mann_whitney_of_chorion_data(void **state)
{
	struct stats_rank_test test;

	(void)state;
	assert_int_equal(stats_mann_whitney(chorion_early, 5, chorion_term, 10, &test), 0);
	assert_true(test.exact);
	assert_close(test.u, 35, 0);
	assert_close(test.p, 2 * 0.1272, 1e-4);
}

/* The same data: Hollander and Wolfe (1999), examples 4.3 and 4.5; R package coin gives the same. */
static void hodges_lehmann_of_chorion_data(void **state)
{
	struct stats_shift shift;

	(void)state;
	assert_int_equal(stats_hodges_lehmann(chorion_early, 5, chorion_term, 10, &shift), 0);
	assert_close(shift.shift, 0.305, 1e-9);
	assert_close(shift.interval.low, -0.15, 1e-9);
	assert_close(shift.interval.high, 0.76, 1e-9);
	assert_close(shift.interval.level, 1 - 120.0 / 3003, 1e-12);
}

/* Sets without ties whose U is the one asked for. */
static double p_of_u(size_t m, size_t n, size_t u)
{
	double base[32], new[32];
	struct stats_rank_test test;

	for (size_t i = 0; i < m; i++)
		base[i] = 1 + (double)i;
	/* Each new value lies above as many base values as are still to be given out. */
	for (size_t i = 0; i < n; i++) {
		size_t below = u < m ? u : m;

		u -= below;
		new[i] = (double)below + 0.5 + 0.001 * (double)(n - i);
	}
	assert_int_equal(u, 0);
	assert_int_equal(stats_mann_whitney(base, m, new, n, &test), 0);
	assert_true(test.exact);
	return test.p;
}

/*
 * Two-sided p at and beside the 5 % critical values of the tables of H. Mann and D. Whitney
 * (1947) as printed by S. Siegel, "Nonparametric Statistics" (1956), tables J and K.
 */
static void mann_whitney_against_tables(void **state)
{
	static const struct {
		size_t m, n, u;
		double p;
	} table[] = {
		{ 3, 3, 0, 0.100 },  { 4, 4, 0, 0.028 },    { 4, 4, 1, 0.058 },
		{ 5, 5, 0, 0.008 },  { 5, 5, 2, 0.032 },    { 5, 5, 3, 0.056 },
		{ 6, 6, 5, 0.042 },  { 6, 6, 6, 0.064 },    { 7, 7, 8, 0.038 },
		{ 8, 8, 13, 0.050 }, { 5, 8, 6, 0.046 },    { 3, 8, 2, 0.048 },
		{ 2, 8, 0, 0.044 },  { 10, 10, 23, 0.043 }, { 10, 10, 24, 0.052 },
		{ 8, 8, 32, 1.0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_close(p_of_u(table[i].m, table[i].n, table[i].u), table[i].p, 0.0021);
	/* Closed forms: 2 / C(10,5), 2 * (1+1+2) / C(10,5). */
	assert_close(p_of_u(5, 5, 0), 2.0 / 252, 1e-12);
	assert_close(p_of_u(5, 5, 2), 8.0 / 252, 1e-12);
}

/* Every choice of @m of the values as the base set; the definition, without any ranks. */
static double p_by_enumeration(const double *all, size_t n, size_t m, double observed)
{
	double expected = (double)(m * (n - m)) / 2;
	size_t extreme = 0, total = 0;

	for (unsigned int chosen = 0; chosen < 1u << n; chosen++) {
		double u = 0;

		if ((size_t)__builtin_popcount(chosen) != m)
			continue;
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < n; j++) {
				if (!(chosen >> i & 1) || chosen >> j & 1)
					continue;
				u += all[j] > all[i] ? 1 : all[j] == all[i] ? 0.5 : 0;
			}
		}
		total++;
		extreme += fabs(u - expected) >= fabs(observed - expected) - 1e-9;
	}
	return (double)extreme / (double)total;
}

static void mann_whitney_with_ties_by_enumeration(void **state)
{
	uint64_t rng = 3;

	(void)state;
	for (size_t round = 0; round < 40; round++) {
		size_t n = 4 + random_below(&rng, 8), m = 1 + random_below(&rng, n - 1);
		struct stats_rank_test test;
		double all[12];

		for (size_t i = 0; i < n; i++)
			all[i] = (double)random_below(&rng, 1 + round % 7);
		assert_int_equal(stats_mann_whitney(all, m, all + m, n - m, &test), 0);
		assert_close(test.p, p_by_enumeration(all, n, m, test.u), 1e-12);
	}
}

/*
 * R, help(wilcox.test), last example: Ozone in May against August of data(airquality),
 * W = 127.5, p-value = 0.0001208 (normal, ties and continuity corrected).
 */
static void mann_whitney_of_air_quality(void **state)
{
	const double may[] = { 41, 36, 12, 18, 28, 23, 19, 8, 7,  16, 11, 14,  18,
			       14, 34, 6,  30, 11, 1,  11, 4, 32, 23, 45, 115, 37 };
	const double august[] = { 39, 9,  16, 78, 35, 66, 122, 89,  110, 44, 28,  65, 22,
				  59, 23, 31, 44, 21, 9,  45,  168, 73,	 76, 118, 84, 85 };
	struct stats_rank_test test;

	(void)state;
	assert_int_equal(stats_mann_whitney(august, COUNT(august), may, COUNT(may), &test), 0);
	assert_false(test.exact);
	assert_close(test.u, 127.5, 0);
	assert_close(test.p, 0.0001208, 5e-8);
}

static void mann_whitney_of_equal_sets(void **state)
{
	double values[100];
	struct stats_rank_test test;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		values[i] = 4;
	assert_int_equal(stats_mann_whitney(values, 5, values, 5, &test), 0);
	assert_close(test.p, 1, 0);
	assert_int_equal(stats_mann_whitney(values, 100, values, 100, &test), 0);
	assert_close(test.p, 1, 0);
}

/* Every choice of @m of the values as the base set: how often are at least @r of the smallest in it? */
static double below_by_enumeration(size_t n, size_t m, size_t r)
{
	size_t hits = 0, total = 0;

	for (unsigned int chosen = 0; chosen < 1u << n; chosen++) {
		if ((size_t)__builtin_popcount(chosen) != m)
			continue;
		total++;
		hits += (chosen & ((1u << r) - 1)) == (1u << r) - 1;
	}
	return (double)hits / (double)total;
}

static void the_lowest_by_enumeration(void **state)
{
	uint64_t rng = 5;

	(void)state;
	for (size_t round = 0; round < 60; round++) {
		size_t m = 1 + random_below(&rng, 6), n = 1 + random_below(&rng, 6), r = 0, s = 0;
		double base[6], new[6], p;
		struct stats_lowest lowest;

		for (size_t i = 0; i < m; i++)
			base[i] = (double)random_below(&rng, 1000) + 0.25;
		for (size_t i = 0; i < n; i++)
			new[i] = (double)random_below(&rng, 1000) + 0.75;
		gsl_sort(base, 1, m);
		gsl_sort(new, 1, n);
		while (r < m && base[r] < new[0])
			r++;
		while (s < n && new[s] < base[0])
			s++;
		p = r ? below_by_enumeration(m + n, m, r) : below_by_enumeration(m + n, n, s);
		assert_int_equal(stats_lowest(base, m, new, n, &lowest), 0);
		assert_close(lowest.p, fmin(1, 2 * p), 1e-12);
		assert_close(lowest.shift.shift, new[0] - base[0], 1e-12);
		/* The interval is the shifts that are not refused: just inside and just outside. */
		for (int side = 0; side < 2 && below_by_enumeration(m + n, m, m) <= 0.025; side++) {
			double end = side ? lowest.shift.interval.high : lowest.shift.interval.low;

			for (int outside = 0; outside < 2; outside++) {
				double by = end + (side != outside ? -1e-6 : 1e-6), moved[6];
				struct stats_lowest then;

				for (size_t i = 0; i < m; i++)
					moved[i] = base[i] + by;
				assert_int_equal(stats_lowest(moved, m, new, n, &then), 0);
				assert_true(outside ? then.p <= 0.05 + 1e-9 : then.p > 0.05);
			}
		}
	}
}

/* R, help(fisher.test): TeaTasting, one-sided p = 0.2429; Convictions, p = 0.0004652. */
static void fisher_of_tea_and_of_convictions(void **state)
{
	(void)state;
	assert_close(stats_fisher(1, 4, 3, 4), 17.0 / 70, 1e-12);
	assert_close(stats_fisher(2, 17, 10, 13), 0.0004652, 5e-8);
	/* One of twenty is nothing yet, five of twenty are. */
	assert_close(stats_fisher(0, 20, 1, 20), 0.5, 1e-12);
	assert_close(stats_fisher(0, 20, 5, 20), 15504.0 / 658008, 1e-12);
	assert_close(stats_fisher(3, 8, 0, 3), 1, 0);
	assert_close(stats_fisher(0, 0, 3, 3), 1, 0);
	/* Few failures of few are as bad as many of many. */
	assert_close(stats_fisher(8, 8, 3, 3), 1, 1e-12);
}

/* Y. Benjamini, Y. Hochberg (1995), section 3.2: 15 p-values, of which 4 are rejected at 5 %. */
static void false_discovery_of_myocardial_data(void **state)
{
	const double p[] = { 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
			     0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000 };
	double q[COUNT(p)];
	size_t rejected = 0;
	double harmonic = 0;

	(void)state;
	assert_int_equal(stats_fdr_adjust(p, COUNT(p), STATS_FDR_BENJAMINI_HOCHBERG, q), 0);
	for (size_t i = 0; i < COUNT(p); i++)
		rejected += q[i] <= 0.05;
	assert_int_equal(rejected, 4);
	assert_close(q[3], 0.0095 * 15 / 4, 1e-12);
	assert_close(q[14], 1, 0);
	assert_int_equal(stats_fdr_adjust(p, COUNT(p), STATS_FDR_BENJAMINI_YEKUTIELI, q), 0);
	for (size_t i = 1; i <= COUNT(p); i++)
		harmonic += 1.0 / (double)i;
	assert_close(q[2], 0.0019 * 15 / 3 * harmonic, 1e-12);
}

static void false_discovery_skips_tests_not_made(void **state)
{
	const double p[] = { NAN, 0.01, NAN, 0.04 };
	double q[COUNT(p)];

	(void)state;
	assert_int_equal(stats_fdr_adjust(p, COUNT(p), STATS_FDR_BENJAMINI_HOCHBERG, q), 0);
	assert_true(isnan(q[0]) && isnan(q[2]));
	assert_close(q[1], 0.02, 1e-12);
	assert_close(q[3], 0.04, 1e-12);
}

static enum stats_verdict verdict_of(const double *base, size_t base_n, const double *new,
				     size_t new_n, const struct stats_rule *rule,
				     unsigned int *iterations)
{
	struct stats_comparison comparison;

	assert_int_equal(stats_compare(base, base_n, new, new_n, rule, &comparison), 0);
	assert_int_equal(stats_judge(&comparison, rule, 1, STATS_FDR_BENJAMINI_YEKUTIELI), 0);
	if (iterations)
		*iterations = comparison.iterations;
	return comparison.verdict;
}

/* Uniform noise around a level. */
static void noisy(double *values, size_t n, double level, double noise, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		values[i] = level * (1 + noise * ((double)random_below(&seed, 20001) / 1e4 - 1));
}

static void verdicts_of_wall_clock(void **state)
{
	const struct stats_rule *rule = &stats_rule_wall_clock;
	struct stats_rule throughput = stats_rule_wall_clock;
	double base[10], same[10], slower[10], faster[10], wild[10], wilder[10];
	unsigned int iterations;

	(void)state;
	throughput.larger_is_better = true;
	noisy(base, 10, 1e6, 0.01, 1);
	noisy(same, 10, 1e6, 0.01, 2);
	noisy(slower, 10, 1.1e6, 0.01, 3);
	noisy(faster, 10, 0.9e6, 0.01, 4);
	noisy(wild, 10, 1.01e6, 0.1, 5);
	noisy(wilder, 10, 1e6, 0.5, 5);
	assert_int_equal(verdict_of(base, 10, same, 10, rule, NULL), STATS_SAME);
	assert_int_equal(verdict_of(base, 10, slower, 10, rule, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(base, 10, faster, 10, rule, NULL), STATS_IMPROVEMENT);
	assert_int_equal(verdict_of(base, 10, slower, 10, &throughput, NULL), STATS_IMPROVEMENT);
	assert_int_equal(verdict_of(base, 10, wild, 10, rule, &iterations), STATS_INCONCLUSIVE);
	assert_in_range(iterations, 11, STATS_MAX_ITERATIONS);
	/* Thousands would do; nobody takes them. */
	assert_int_equal(verdict_of(wilder, 10, wilder, 10, rule, &iterations), STATS_INCONCLUSIVE);
	assert_int_equal(iterations, 0);
	/* Three against three: p cannot fall below 0.1; four against four can (2 / 70). */
	assert_int_equal(verdict_of(base, 3, slower, 3, rule, &iterations), STATS_INCONCLUSIVE);
	assert_int_equal(iterations, 4);
	/* "The same" is claimed at 95 %, which three against three, at 90 %, are too few for. */
	assert_int_equal(verdict_of(base, 3, base, 3, rule, &iterations), STATS_INCONCLUSIVE);
	assert_int_equal(iterations, 4);
	assert_int_equal(verdict_of(base, 4, base, 4, rule, NULL), STATS_SAME);
	/* One value has no spread: nobody knows how many would decide. */
	assert_int_equal(verdict_of(base, 1, same, 1, rule, &iterations), STATS_INCONCLUSIVE);
	assert_int_equal(iterations, 0);
}

static void verdicts_that_want_the_whole_interval(void **state)
{
	struct stats_rule whole = { .alpha = 0.05, .relative = 0.05, .whole = true };
	struct stats_rule estimate = { .alpha = 0.05, .relative = 0.05 };
	double base[10], near[10], far[10], lower[10];
	unsigned int iterations;

	(void)state;
	noisy(base, 10, 1e6, 0.03, 1);
	noisy(near, 10, 1.06e6, 0.03, 2);
	noisy(far, 10, 1.15e6, 0.03, 3);
	noisy(lower, 10, 0.85e6, 0.03, 4);
	/* The estimate lies beyond 5 %, the nearer end of its interval does not. */
	assert_int_equal(verdict_of(base, 10, near, 10, &estimate, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(base, 10, near, 10, &whole, &iterations), STATS_INCONCLUSIVE);
	assert_in_range(iterations, 11, STATS_MAX_ITERATIONS);
	assert_int_equal(verdict_of(base, 10, far, 10, &whole, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(base, 10, lower, 10, &whole, NULL), STATS_IMPROVEMENT);
}

/* More than half of the new set is spoiled by a host that had other things to do. */
static void the_lowest_bear_what_a_host_adds(void **state)
{
	struct stats_rule rule = { .alpha = 0.05, .relative = 0.03, .lowest = true };
	double base[20], spoiled[20], slower[20];
	struct stats_lowest lowest;

	(void)state;
	noisy(base, 20, 1e6, 0.01, 1);
	noisy(spoiled, 20, 1e6, 0.01, 2);
	noisy(slower, 20, 1.05e6, 0.01, 3);
	for (size_t i = 0; i < 20; i++) {
		spoiled[i] *= i % 5 < 3 ? 1.4 : 1;
		slower[i] *= i % 5 < 3 ? 1.4 : 1;
	}
	assert_int_equal(verdict_of(base, 20, spoiled, 20, &rule, NULL), STATS_SAME);
	assert_int_equal(verdict_of(base, 20, spoiled, 20, &stats_rule_wall_clock, NULL),
			 STATS_REGRESSION);
	assert_int_equal(verdict_of(base, 20, slower, 20, &rule, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(slower, 20, base, 20, &rule, NULL), STATS_IMPROVEMENT);
	assert_int_equal(verdict_of(base, 1, slower, 1, &rule, NULL), STATS_INCONCLUSIVE);
	assert_int_equal(stats_lowest(base, 0, slower, 20, &lowest), -EINVAL);
	base[3] = NAN;
	assert_int_equal(stats_lowest(base, 20, slower, 20, &lowest), -EINVAL);
}

static void verdicts_of_exact_runs(void **state)
{
	const struct stats_rule *rule = &stats_rule_exact;
	const double base[] = { 1000000, 1100000 };
	const double close[] = { 1000400, 1100100 };
	const double slower[] = { 1010000, 1110000 };
	const double torn[] = { 1060000, 1090000 };
	struct stats_comparison comparison;

	(void)state;
	assert_int_equal(verdict_of(base, 2, base, 2, rule, NULL), STATS_SAME);
	assert_int_equal(verdict_of(base, 2, close, 2, rule, NULL), STATS_SAME);
	assert_int_equal(verdict_of(base, 2, slower, 2, rule, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(slower, 2, base, 2, rule, NULL), STATS_IMPROVEMENT);
	assert_int_equal(verdict_of(base, 1, slower, 1, rule, NULL), STATS_REGRESSION);
	assert_int_equal(verdict_of(base, 2, torn, 2, rule, NULL), STATS_INCONCLUSIVE);
	/* Only pairs can be compared so. */
	assert_int_equal(stats_compare(base, 2, slower, 1, rule, &comparison), -EINVAL);
}

/* 200 comparisons of a distribution with itself, 10 against 10: almost no alarm. */
static void no_false_alarms(void **state)
{
	struct stats_comparison comparisons[200];
	struct stats_rule rules[200];
	size_t alarms = 0;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		double base[10], new[10];

		rules[i] = stats_rule_wall_clock;
		noisy(base, 10, 1e6, 0.2, 1000 + i);
		noisy(new, 10, 1e6, 0.2, 5000 + i);
		assert_int_equal(stats_compare(base, 10, new, 10, &rules[i], &comparisons[i]), 0);
	}
	assert_int_equal(stats_judge(comparisons, rules, 200, STATS_FDR_BENJAMINI_HOCHBERG), 0);
	for (size_t i = 0; i < 200; i++)
		alarms += comparisons[i].verdict == STATS_REGRESSION ||
			  comparisons[i].verdict == STATS_IMPROVEMENT;
	assert_int_equal(alarms, 0);
}

static long find_changes(const double *values, size_t n, double alpha, size_t *where, size_t max)
{
	struct stats_change_options options = stats_change_defaults;
	struct stats_change *changes;
	long nr;

	options.alpha = alpha;
	nr = stats_changes(values, n, &options, &changes);
	for (long i = 0; i < nr && (size_t)i < max; i++)
		where[i] = changes[i].index;
	free(changes);
	return nr;
}

/* The series of the tests of Hunter, now Apache Otava: tests/series_test.py, analysis_test.py. */
static void changes_of_otava_series(void **state)
{
	const double first[] = { 1.02, 0.95, 0.99, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55 };
	const double second[] = { 2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.80, 1.76, 1.78 };
	const double longer[] = { 1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96,
				  0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49 };
	size_t where[4];

	(void)state;
	assert_int_equal(find_changes(first, COUNT(first), 0.05, where, 4), 1);
	assert_int_equal(where[0], 6);
	assert_int_equal(find_changes(second, COUNT(second), 0.05, where, 4), 1);
	assert_int_equal(where[0], 4);
	assert_int_equal(find_changes(longer, COUNT(longer), 0.01, where, 4), 1);
	assert_int_equal(where[0], 10);
}

/* Matteson and James (2014), eq. 5 and 7, word for word. */
static double textbook_divergence(const double *z, size_t n, size_t split)
{
	double between = 0, left = 0, right = 0;
	double m = (double)split, k = (double)(n - split);

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			double distance = fabs(z[i] - z[j]);

			if (j < split)
				left += distance;
			else if (i >= split)
				right += distance;
			else
				between += distance;
		}
	}
	return m * k / (m + k) *
	       (2 / (m * k) * between - 2 / (m * (m - 1)) * left - 2 / (k * (k - 1)) * right);
}

static void change_lies_where_the_textbook_says(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		double values[100];
		size_t best = 0, where[1], step = 20 + 3 * (size_t)seed;
		double largest = -INFINITY;

		noisy(values, step, 1000, 0.05, seed);
		noisy(values + step, 100 - step, 1040, 0.05, 100 + seed);
		for (size_t split = 2; split <= 98; split++) {
			double q = textbook_divergence(values, 100, split);

			if (q > largest) {
				largest = q;
				best = split;
			}
		}
		assert_int_equal(find_changes(values, 100, 0.01, where, 1), 1);
		assert_int_equal(where[0], best);
	}
}

static void steps_of_known_places_are_found(void **state)
{
	double values[3650];
	size_t where[8];

	(void)state;
	noisy(values, 1000, 1e6, 0.05, 1);
	noisy(values + 1000, 1200, 1.1e6, 0.05, 2);
	noisy(values + 2200, 1440, 0.9e6, 0.05, 3);
	noisy(values + 3640, 10, 1.1e6, 0.05, 4);
	assert_int_equal(find_changes(values, 3650, 0.01, where, 8), 3);
	assert_in_range(where[0], 999, 1001);
	assert_in_range(where[1], 2199, 2201);
	assert_in_range(where[2], 3639, 3641);
}

static void exact_series_need_two_nights(void **state)
{
	double values[60];
	size_t where[2];

	(void)state;
	for (size_t i = 0; i < 60; i++)
		values[i] = i < 58 ? 123456 : 130000;
	assert_int_equal(find_changes(values, 60, 0.01, where, 2), 1);
	assert_int_equal(where[0], 58);
	assert_int_equal(find_changes(values, 59, 0.01, where, 2), 0);
	assert_int_equal(find_changes(values, 58, 0.01, where, 2), 0);
}

static void noise_has_few_changes_and_repeats(void **state)
{
	size_t found = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		double values[200];
		size_t first[8], second[8];
		long nr;

		noisy(values, 200, 1e6, 0.1, seed);
		nr = find_changes(values, 200, 0.01, first, 8);
		assert_int_equal(find_changes(values, 200, 0.01, second, 8), nr);
		assert_memory_equal(first, second, (size_t)nr * sizeof(*first));
		found += nr > 0;
	}
	/* One in a hundred is expected of a test at 1 %; five are beyond chance (p < 0.004). */
	assert_in_range(found, 0, 4);
}

static void small_changes_are_left_out(void **state)
{
	double values[200];
	struct stats_change_options options = stats_change_defaults;
	struct stats_change *changes;

	(void)state;
	noisy(values, 100, 1e6, 0.001, 1);
	noisy(values + 100, 100, 1.005e6, 0.001, 2);
	assert_int_equal(stats_changes(values, 200, &options, &changes), 0);
	assert_null(changes);
	options.relative = 0.001;
	assert_int_equal(stats_changes(values, 200, &options, &changes), 1);
	assert_int_equal(changes[0].index, 100);
	assert_close(changes[0].before, 1e6, 1e3);
	assert_close(changes[0].after, 1.005e6, 1e3);
	assert_true(changes[0].p <= 0.01);
	free(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_as_r_type_7),
		cmocka_unit_test(mad_as_r_example),
		cmocka_unit_test(outliers_do_not_mask_each_other),
		cmocka_unit_test(outliers_where_most_values_are_equal),
		cmocka_unit_test(interval_of_mouse_data),
		cmocka_unit_test(interval_of_many_values),
		cmocka_unit_test(intervals_cover_as_often_as_they_say),
		cmocka_unit_test(shifts_cover_as_often_as_they_say),
		cmocka_unit_test(interval_of_few_values_has_its_level),
		cmocka_unit_test(summary_agrees_with_its_parts),
		cmocka_unit_test(two_runs_lie_as_far_apart_as_the_t_table_says),
		cmocka_unit_test(what_is_not_a_number_is_refused),
		cmocka_unit_test(mann_whitney_of_chorion_data),
		cmocka_unit_test(hodges_lehmann_of_chorion_data),
		cmocka_unit_test(mann_whitney_against_tables),
		cmocka_unit_test(mann_whitney_with_ties_by_enumeration),
		cmocka_unit_test(mann_whitney_of_air_quality),
		cmocka_unit_test(mann_whitney_of_equal_sets),
		cmocka_unit_test(fisher_of_tea_and_of_convictions),
		cmocka_unit_test(false_discovery_of_myocardial_data),
		cmocka_unit_test(false_discovery_skips_tests_not_made),
		cmocka_unit_test(verdicts_of_wall_clock),
		cmocka_unit_test(verdicts_that_want_the_whole_interval),
		cmocka_unit_test(the_lowest_by_enumeration),
		cmocka_unit_test(the_lowest_bear_what_a_host_adds),
		cmocka_unit_test(verdicts_of_exact_runs),
		cmocka_unit_test(no_false_alarms),
		cmocka_unit_test(changes_of_otava_series),
		cmocka_unit_test(change_lies_where_the_textbook_says),
		cmocka_unit_test(steps_of_known_places_are_found),
		cmocka_unit_test(exact_series_need_two_nights),
		cmocka_unit_test(noise_has_few_changes_and_repeats),
		cmocka_unit_test(small_changes_are_left_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
