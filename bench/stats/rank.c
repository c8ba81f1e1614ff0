// SPDX-License-Identifier: GPL-3.0-or-later
/* Two sets against each other by ranks. Sources of the formulas: stats.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

#include "stats/internal.h"
#include "stats/stats.h"

/**
 * struct rank_sums - how many ways a number of ranks can add up
 * @ways: for each sum of doubled ranks the number of subsets with that sum
 * @nr_sums: entries of @ways
 * @total: all subsets
 */
struct rank_sums {
	double *ways;
	size_t nr_sums;
	double total;
};

/*
 * The shift algorithm: taking in one rank after the other, a subset of k ranks
 * with a given sum is one without this rank, or one of k - 1 ranks whose sum
 * is smaller by it. Ranks are doubled, so that midranks are whole numbers.
 */
static int count_rank_sums(const unsigned int *doubled, size_t n, size_t chosen,
			   struct rank_sums *sums)
{
	size_t nr_sums = n * (n + 1) + 1;
	double *table;

	table = calloc((chosen + 1) * nr_sums, sizeof(*table));
	sums->ways = malloc(nr_sums * sizeof(*sums->ways));
	if (!table || !sums->ways) {
		free(table);
		free(sums->ways);
		return -ENOMEM;
	}
	table[0] = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = chosen < i + 1 ? chosen : i + 1; k > 0; k--) {
			double *with = table + k * nr_sums;
			const double *without = table + (k - 1) * nr_sums;

			for (size_t sum = doubled[i]; sum < nr_sums; sum++)
				with[sum] += without[sum - doubled[i]];
		}
	}
	memcpy(sums->ways, table + chosen * nr_sums, nr_sums * sizeof(*table));
	free(table);
	sums->nr_sums = nr_sums;
	sums->total = 0;
	for (size_t sum = 0; sum < nr_sums; sum++)
		sums->total += sums->ways[sum];
	return 0;
}

/**
 * struct ranking - the ranks of two sets taken together
 * @doubled: doubled midranks of the values in rising order
 * @n: values of both sets
 * @new_sum: sum of the doubled midranks of the new set
 * @ties: sum of t^3 - t over the groups of equal values
 */
struct ranking {
	unsigned int *doubled;
	size_t n;
	double new_sum;
	double ties;
};

static int rank_together(const double *base, size_t base_n, const double *new, size_t new_n,
			 struct ranking *ranking)
{
	size_t n = base_n + new_n;
	double *values = malloc(n * sizeof(*values));
	size_t *order = malloc(n * sizeof(*order));

	*ranking = (struct ranking){ .doubled = malloc(n * sizeof(*ranking->doubled)), .n = n };
	if (!values || !order || !ranking->doubled) {
		free(values);
		free(order);
		free(ranking->doubled);
		return -ENOMEM;
	}
	memcpy(values, base, base_n * sizeof(*values));
	memcpy(values + base_n, new, new_n * sizeof(*values));
	gsl_sort_index(order, values, 1, n);
	for (size_t first = 0, end; first < n; first = end) {
		double equal;

		for (end = first + 1; end < n && values[order[end]] == values[order[first]];)
			end++;
		equal = (double)(end - first);
		ranking->ties += equal * equal * equal - equal;
		for (size_t i = first; i < end; i++) {
			ranking->doubled[i] = (unsigned int)(first + 1 + end);
			if (order[i] >= base_n)
				ranking->new_sum += ranking->doubled[i];
		}
	}
	free(values);
	free(order);
	return 0;
}

static int exact_p(const struct ranking *ranking, size_t new_n, double *p)
{
	double expected = (double)new_n * (double)(ranking->n + 1);
	double distance = fabs(ranking->new_sum - expected);
	struct rank_sums sums;
	double extreme = 0;
	int err;

	err = count_rank_sums(ranking->doubled, ranking->n, new_n, &sums);
	if (err)
		return err;
	for (size_t sum = 0; sum < sums.nr_sums; sum++) {
		if (fabs((double)sum - expected) >= distance)
			extreme += sums.ways[sum];
	}
	*p = extreme / sums.total;
	free(sums.ways);
	return 0;
}

static double normal_p(const struct ranking *ranking, double base_n, double new_n, double u)
{
	double n = base_n + new_n;
	double variance, distance;

	variance = base_n * new_n / 12 * (n + 1 - ranking->ties / (n * (n - 1)));
	if (variance <= 0)
		return 1;
	distance = fmax(0, fabs(u - base_n * new_n / 2) - 0.5);
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(distance / sqrt(variance)));
}

int stats_mann_whitney(const double *base, size_t base_n, const double *new, size_t new_n,
		       struct stats_rank_test *test)
{
	struct ranking ranking;
	int err;

	if (!base_n || !new_n || !stats_all_finite(base, base_n) || !stats_all_finite(new, new_n))
		return -EINVAL;
	err = rank_together(base, base_n, new, new_n, &ranking);
	if (err)
		return err;
	test->u = ranking.new_sum / 2 - (double)new_n * (double)(new_n + 1) / 2;
	test->exact = ranking.n <= STATS_EXACT_MAX;
	if (test->exact)
		err = exact_p(&ranking, new_n, &test->p);
	else
		test->p = normal_p(&ranking, (double)base_n, (double)new_n, test->u);
	free(ranking.doubled);
	return err;
}

/*
 * How many of the differences lie outside the interval on each side, by the
 * exact distribution of U without ties: the smallest u that U stays at or
 * below with the probability of one tail, and at least one.
 */
static int exact_cut(size_t base_n, size_t new_n, size_t *cut, double *level)
{
	size_t n = base_n + new_n, smallest = new_n * (new_n + 1);
	double tail = (1 - STATS_CONFIDENCE) / 2, below = 0;
	unsigned int doubled[STATS_EXACT_MAX];
	struct rank_sums sums;
	size_t u = 0;
	int err;

	for (size_t i = 0; i < n; i++)
		doubled[i] = (unsigned int)(2 * (i + 1));
	err = count_rank_sums(doubled, n, new_n, &sums);
	if (err)
		return err;
	while ((below + sums.ways[smallest + 2 * u]) / sums.total < tail) {
		below += sums.ways[smallest + 2 * u];
		u++;
	}
	if (u == 0) {
		below = sums.ways[smallest];
		u = 1;
	}
	*cut = u;
	*level = 1 - 2 * below / sums.total;
	free(sums.ways);
	return 0;
}

static void normal_cut(size_t base_n, size_t new_n, size_t *cut, double *level)
{
	double m = (double)base_n, n = (double)new_n;
	double z = gsl_cdf_ugaussian_Qinv((1 - STATS_CONFIDENCE) / 2);
	double place = floor(m * n / 2 - z * sqrt(m * n * (m + n + 1) / 12));

	*cut = place < 1 ? 1 : (size_t)place;
	*level = STATS_CONFIDENCE;
}

/* One value a side has no spread: its interval covers nothing. */
static void no_interval_without_level(struct stats_interval *interval)
{
	if (interval->level < 1e-9)
		*interval = (struct stats_interval){ NAN, NAN, 0 };
}

int stats_hodges_lehmann(const double *base, size_t base_n, const double *new, size_t new_n,
			 struct stats_shift *shift)
{
	size_t pairs = base_n * new_n, cut;
	double *differences;
	int err = 0;

	if (!base_n || !new_n || !stats_all_finite(base, base_n) || !stats_all_finite(new, new_n))
		return -EINVAL;
	if (base_n + new_n <= STATS_EXACT_MAX)
		err = exact_cut(base_n, new_n, &cut, &shift->interval.level);
	else
		normal_cut(base_n, new_n, &cut, &shift->interval.level);
	if (err)
		return err;
	differences = malloc(pairs * sizeof(*differences));
	if (!differences)
		return -ENOMEM;
	for (size_t i = 0; i < base_n; i++) {
		for (size_t j = 0; j < new_n; j++)
			differences[i * new_n + j] = new[j] - base[i];
	}
	gsl_sort(differences, 1, pairs);
	shift->shift = (differences[(pairs - 1) / 2] + differences[pairs / 2]) / 2;
	shift->interval.low = differences[cut - 1];
	shift->interval.high = differences[pairs - cut];
	no_interval_without_level(&shift->interval);
	free(differences);
	return 0;
}

/* Probability that at least the @r smallest of @m and @n values are all among the @m. */
static double all_among(size_t r, size_t m, size_t n)
{
	double p = 1;

	for (size_t i = 0; i < r; i++)
		p *= i < m ? (double)(m - i) / (double)(m + n - i) : 0;
	return p;
}

/* How many of the sorted @m values lie below all of the other set. */
static size_t count_below(const double *sorted, size_t m, double smallest)
{
	size_t r = 0;

	while (r < m && sorted[r] < smallest)
		r++;
	return r;
}

/* The r whose probability is that of one tail, or the largest there is; adds it to @outside. */
static size_t lowest_cut(size_t m, size_t n, double *outside)
{
	size_t r = 1;

	while (r < m && all_among(r, m, n) > (1 - STATS_CONFIDENCE) / 2)
		r++;
	*outside += all_among(r, m, n);
	return r;
}

static void lowest_sorted(const double *base, size_t base_n, const double *new, size_t new_n,
			  struct stats_lowest *lowest)
{
	struct stats_interval *interval = &lowest->shift.interval;
	double outside = 0;
	double base_below = all_among(count_below(base, base_n, new[0]), base_n, new_n);
	double new_below = all_among(count_below(new, new_n, base[0]), new_n, base_n);

	lowest->p = fmin(1, 2 * fmin(base_below, new_below));
	lowest->shift.shift = new[0] - base[0];
	interval->low = new[0] - base[lowest_cut(base_n, new_n, &outside) - 1];
	interval->high = new[lowest_cut(new_n, base_n, &outside) - 1] - base[0];
	interval->level = 1 - outside;
	no_interval_without_level(interval);
}

int stats_lowest(const double *base, size_t base_n, const double *new, size_t new_n,
		 struct stats_lowest *lowest)
{
	double *sorted_base, *sorted_new;
	int err;

	err = stats_sorted_copy(base, base_n, &sorted_base);
	if (err)
		return err;
	err = stats_sorted_copy(new, new_n, &sorted_new);
	if (!err) {
		lowest_sorted(sorted_base, base_n, sorted_new, new_n, lowest);
		free(sorted_new);
	}
	free(sorted_base);
	return err;
}
