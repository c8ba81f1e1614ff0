// SPDX-License-Identifier: GPL-3.0-or-later
/* Whether the place in an order explains values that it should not. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/random.h"
#include "stats/stats.h"

#define PERMUTATIONS 2000

/**
 * struct aligned - what the test works with
 * @rank: of each value among all, after its block's median was divided out
 * @group: of each value, index of its place among those that occur; this is what is permuted
 * @first: for each block its first value; one more at the end
 * @nr_blocks: how many
 * @nr_groups: how many places occur
 */
struct aligned {
	double *rank;
	size_t *group;
	size_t *first;
	size_t nr_blocks;
	size_t nr_groups;
};

static int by_block(const void *a, const void *b)
{
	const struct stats_placed *x = a, *y = b;

	return (x->block > y->block) - (x->block < y->block);
}

struct ranked {
	double value;
	size_t at;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* Mid-ranks: ties share the mean of their ranks. */
static int rank_all(const double *v, size_t n, double *rank)
{
	struct ranked *sorted = calloc(n, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){ v[i], i };
	qsort(sorted, n, sizeof(*sorted), by_value);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && sorted[k].value == sorted[i].value; k++)
			;
		for (size_t j = i; j < k; j++)
			rank[sorted[j].at] = (double)(i + k + 1) / 2;
	}
	free(sorted);
	return 0;
}

/* The median of each block is divided out: blocks are of unlike size, and effects are factors. */
static int align(const struct stats_placed *v, size_t n, struct aligned *a, double *level)
{
	double *of_block = calloc(n, sizeof(*of_block));

	if (!of_block)
		return -ENOMEM;
	for (size_t i = 0, k; i < n; i = k) {
		double median;

		for (k = i; k < n && v[k].block == v[i].block; k++)
			of_block[k - i] = v[k].value;
		median = stats_median(of_block, k - i);
		a->first[a->nr_blocks++] = i;
		for (size_t j = i; j < k; j++)
			level[j] = v[j].value / median;
	}
	a->first[a->nr_blocks] = n;
	free(of_block);
	return rank_all(level, n, a->rank);
}

static void find_groups(const struct stats_placed *v, size_t n, struct aligned *a)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		/* The group of the first value at this place. */
		while (v[k].place != v[i].place)
			k++;
		a->group[i] = k < i ? a->group[k] : a->nr_groups++;
	}
}

/* Between-group sum of squares of the ranks: what the statistic of Kruskal and Wallis rises with. */
static double statistic(const struct aligned *a, size_t n, double *sum, size_t *count)
{
	double total = 0;

	memset(sum, 0, a->nr_groups * sizeof(*sum));
	memset(count, 0, a->nr_groups * sizeof(*count));
	for (size_t i = 0; i < n; i++) {
		sum[a->group[i]] += a->rank[i];
		count[a->group[i]]++;
	}
	for (size_t g = 0; g < a->nr_groups; g++)
		total += sum[g] * sum[g] / (double)count[g];
	return total;
}

/* Within each block every order of the places is as likely as any other. */
static void permute(struct aligned *a, uint64_t *rng)
{
	for (size_t b = 0; b < a->nr_blocks; b++) {
		for (size_t i = a->first[b + 1] - a->first[b]; i > 1; i--) {
			size_t x = a->first[b] + i - 1, y = a->first[b] + random_below(rng, i);
			size_t group = a->group[x];

			a->group[x] = a->group[y];
			a->group[y] = group;
		}
	}
}

static int test_aligned(struct aligned *a, size_t n, uint64_t seed, double *p)
{
	double *sum = calloc(a->nr_groups, sizeof(*sum));
	size_t *count = calloc(a->nr_groups, sizeof(*count)), as_far = 0;
	double seen;

	if (!sum || !count) {
		free(sum);
		free(count);
		return -ENOMEM;
	}
	seen = statistic(a, n, sum, count);
	for (int i = 0; i < PERMUTATIONS; i++) {
		permute(a, &seed);
		/* The same sum in another order of addition is the same. */
		as_far += statistic(a, n, sum, count) >= seen * (1 - 1e-12);
	}
	*p = (double)(as_far + 1) / (PERMUTATIONS + 1);
	free(sum);
	free(count);
	return 0;
}

/* The place whose median lies furthest from that of all. */
static int find_worst(const struct stats_placed *v, const double *level, size_t n,
		      struct stats_place_test *test)
{
	double *at = calloc(n, sizeof(*at));

	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		double off;

		for (size_t j = 0; j < n; j++)
			if (v[j].place == v[i].place)
				at[k++] = level[j];
		off = stats_median(at, k) - 1;
		if (fabs(off) > fabs(test->worst) || !i) {
			test->worst = off;
			test->worst_place = v[i].place;
		}
	}
	free(at);
	return 0;
}

/* Return: how many values are left of blocks that have two or more. */
static size_t drop_single(struct stats_placed *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && v[k].block == v[i].block; k++)
			;
		if (k - i < 2)
			continue;
		memmove(&v[kept], &v[i], (k - i) * sizeof(*v));
		kept += k - i;
	}
	return kept;
}

int stats_place_test(const struct stats_placed *values, size_t n, uint64_t seed,
		     struct stats_place_test *test)
{
	struct stats_placed *v = malloc((n + 1) * sizeof(*v));
	struct aligned a = { .rank = calloc(n + 1, sizeof(*a.rank)),
			     .group = calloc(n + 1, sizeof(*a.group)),
			     .first = calloc(n + 2, sizeof(*a.first)) };
	double *level = calloc(n + 1, sizeof(*level));
	int ret = v && a.rank && a.group && a.first && level ? 0 : -ENOMEM;

	*test = (struct stats_place_test){ .p = NAN };
	for (size_t i = 0; i < n && !ret; i++)
		if (!isfinite(values[i].value) || values[i].value <= 0)
			ret = -EINVAL;
	if (ret)
		goto out;
	if (n)
		memcpy(v, values, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_block);
	test->n = drop_single(v, n);
	if (!test->n)
		goto out;
	ret = align(v, test->n, &a, level);
	if (ret)
		goto out;
	find_groups(v, test->n, &a);
	test->blocks = a.nr_blocks;
	test->places = a.nr_groups;
	ret = find_worst(v, level, test->n, test);
	if (!ret && a.nr_groups > 1)
		ret = test_aligned(&a, test->n, seed, &test->p);
out:
	free(v);
	free(a.rank);
	free(a.group);
	free(a.first);
	free(level);
	return ret;
}
