// SPDX-License-Identifier: GPL-3.0-or-later
/* Change points by E-divisive means. Sources and method: stats.h. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#include "stats/internal.h"
#include "stats/random.h"
#include "stats/stats.h"

/* struct prefix_sums has them in blocks, a block in groups. */
#define BLOCKS 8
#define GROUPS 4
#define GROUP 4
#define MAX_LEVELS (BLOCKS * GROUPS * GROUP)
/* Each side of a split holds at least so many values. */
#define MIN_SIDE 2

const struct stats_change_options stats_change_defaults = {
	.alpha = 0.005,
	.permutations = 199,
	.relative = 0.01,
	.seed = STATS_SEED,
};

/**
 * struct series - what the search works on
 * @values: the series
 * @order: places of the values in rising order of value
 * @places: the same stretch by stretch: those of a stretch begin where it begins
 * @later: room for some of them
 * @n: length
 * @levels: level of each value of the stretch at hand, in time order
 * @shuffled: a permutation of them
 * @gaps: distance of each level to the next
 * @ranks: for each level the midrank of its values
 * @nr_levels: levels of the stretch at hand
 * @above: for each level the sum of the gaps from it up
 * @above_total: the same of the gaps times the values up to each level
 * @total: sum of the gaps times the values up to each level
 * @total2: sum of the gaps times the square of the values up to each level
 * @inverse: 1 / i for each number of values i
 * @at: for each place of the whole series, whether a change begins there
 * @p: for these places the p-value
 * @rng: state of the random numbers
 * @options: of the caller
 */
struct series {
	const double *values;
	size_t *order;
	size_t *places;
	size_t *later;
	size_t n;
	uint8_t *levels;
	uint8_t *shuffled;
	double gaps[MAX_LEVELS];
	double ranks[MAX_LEVELS];
	size_t nr_levels;
	double above[MAX_LEVELS];
	double above_total[MAX_LEVELS];
	double total;
	double total2;
	double *inverse;
	bool *at;
	double *p;
	uint64_t rng;
	const struct stats_change_options *options;
};

struct stretch {
	size_t begin;
	size_t end;
};

static bool inside(const struct stretch *stretch, size_t place)
{
	return place >= stretch->begin && place < stretch->end;
}

static size_t count_distinct(const struct series *s, const struct stretch *stretch)
{
	size_t distinct = 1;

	for (size_t i = stretch->begin + 1; i < stretch->end; i++)
		distinct += s->values[s->places[i]] != s->values[s->places[i - 1]];
	return distinct;
}

/* Rounds the stretch to levels; equal values always share one. */
static void find_levels(struct series *s, const struct stretch *stretch)
{
	size_t length = stretch->end - stretch->begin, seen = 0, level = 0, in_level = 0;
	bool round = count_distinct(s, stretch) > MAX_LEVELS;
	double last = NAN, sum = 0, centre[MAX_LEVELS];

	for (size_t i = stretch->begin; i < stretch->end; i++) {
		size_t place = s->places[i];
		bool next;

		next = in_level && s->values[place] != last &&
		       (!round || seen * MAX_LEVELS >= (level + 1) * length);
		if (next) {
			centre[level] = sum / (double)in_level;
			s->ranks[level] = (double)seen - ((double)in_level - 1) / 2;
			level++;
			in_level = 0;
			sum = 0;
		}
		last = s->values[place];
		s->levels[place - stretch->begin] = (uint8_t)level;
		sum += last;
		in_level++;
		seen++;
	}
	centre[level] = sum / (double)in_level;
	s->ranks[level] = (double)seen - ((double)in_level - 1) / 2;
	s->nr_levels = level + 1;
	for (size_t i = 0; i < level; i++)
		s->gaps[i] = centre[i + 1] - centre[i];
}

/* What is the same for every order of the values. */
static void find_sums(struct series *s, size_t length)
{
	unsigned int up_to[MAX_LEVELS] = { 0 };

	for (size_t i = 0; i < length; i++)
		up_to[s->levels[i]]++;
	for (size_t i = 1; i < s->nr_levels; i++)
		up_to[i] += up_to[i - 1];
	s->above[s->nr_levels - 1] = 0;
	s->above_total[s->nr_levels - 1] = 0;
	s->total2 = 0;
	for (size_t i = s->nr_levels - 1; i > 0; i--) {
		double count = up_to[i - 1], gap = s->gaps[i - 1];

		s->above[i - 1] = s->above[i] + gap;
		s->above_total[i - 1] = s->above_total[i] + gap * count;
		s->total2 += gap * count * count;
	}
	s->total = s->above_total[0];
}

/* How many values there are, and the sum of the gaps above each of them: added at once. */
typedef double weighed __attribute__((vector_size(2 * sizeof(double))));

/**
 * struct prefix_sums - for each level the values up to it
 * @blocks: in all blocks before each
 * @groups: in the groups of the same block before each
 * @levels: in the levels of the same group up to each
 */
struct prefix_sums {
	weighed blocks[BLOCKS];
	weighed groups[BLOCKS][GROUPS];
	weighed levels[BLOCKS * GROUPS][GROUP];
};

/* Adds @value to @sums from @first on, without a branch: the processor would guess it wrong. */
static inline void add_from(weighed *sums, size_t nr, size_t first, weighed value)
{
	static const double steps[2 * BLOCKS] = { [BLOCKS] = 1, 1, 1, 1, 1, 1, 1, 1 };
	const double *step = &steps[BLOCKS - first];

	for (size_t i = 0; i < nr; i++)
		sums[i] += step[i] * value;
}

static inline void prefix_add(struct prefix_sums *sums, size_t level, weighed value)
{
	size_t group = level / GROUP, block = group / GROUPS;

	add_from(sums->blocks, BLOCKS, block + 1, value);
	add_from(sums->groups[block], GROUPS, group % GROUPS + 1, value);
	add_from(sums->levels[group], GROUP, level % GROUP, value);
}

static inline weighed prefix_sum(const struct prefix_sums *sums, size_t level)
{
	size_t group = level / GROUP, block = group / GROUPS;

	return sums->blocks[block] + sums->groups[block][group % GROUPS] +
	       sums->levels[group][level % GROUP];
}

/**
 * struct left_side - the values before a split
 * @up_to: prefix sums of them
 * @first: sum of the gaps above each, which is that of the gaps times the values up to each level
 * @mixed: the same, times the values on both sides up to each level
 * @second: sum of the gaps times the square of the values left of the split
 */
struct left_side {
	struct prefix_sums up_to;
	double first;
	double mixed;
	double second;
};

/* One value more raises the count at its level and at every level above by one. */
static inline void left_add(const struct series *s, struct left_side *left, size_t level)
{
	double above = s->above[level];
	weighed up_to = prefix_sum(&left->up_to, level);
	double products = above * up_to[0] + left->first - up_to[1];

	left->first += above;
	left->mixed += s->above_total[level];
	left->second += 2 * products + above;
	prefix_add(&left->up_to, level, (weighed){ 1, above });
}

/*
 * Q of Matteson and James (2014), eq. 5 and 7, exponent 1. In one dimension
 * the mean distance of two samples is an integral over their distribution
 * functions F and G (G. Szekely, M. Rizzo, "Energy statistics", J. Statistical
 * Planning and Inference 143 (2013), section 2.1): 2 E|X-Y| - E|X-X'| - E|Y-Y'|
 * is 2 int (F-G)^2, and the pairs of a value with itself take
 * 2 int F(1-F) / (m-1) off it. F and G are counts over m and n, so all three
 * integrals follow from the sums of struct left_side.
 */
static inline double divergence(const struct series *s, const struct left_side *left, size_t split,
				size_t length)
{
	size_t right = length - split;
	double m = s->inverse[split], n = s->inverse[right], both = m + n;
	double right2 = s->total2 - 2 * left->mixed + left->second;
	double between = both * (both * left->second - 2 * n * left->mixed) + n * n * s->total2;
	double within_left = m * (left->first - m * left->second) * s->inverse[split - 1];
	double within_right = n * (s->total - left->first - n * right2) * s->inverse[right - 1];

	return 2 * (between - within_left - within_right) / both;
}

/* The split with the largest divergence, or the first that has @enough. */
static double best_split(const struct series *s, const uint8_t *levels, size_t length,
			 double enough, size_t *best)
{
	double largest = -INFINITY;
	struct left_side left = { 0 };

	for (size_t place = 1; place <= length - MIN_SIDE && largest < enough; place++) {
		double q;

		left_add(s, &left, levels[place - 1]);
		if (place < MIN_SIDE)
			continue;
		q = divergence(s, &left, place, length);
		if (q > largest) {
			largest = q;
			*best = place;
		}
	}
	return largest;
}

static void shuffle(struct series *s, size_t length)
{
	memcpy(s->shuffled, s->levels, length);
	for (size_t i = length - 1; i > 0; i--) {
		size_t other = random_below(&s->rng, i + 1);
		uint8_t kept = s->shuffled[i];

		s->shuffled[i] = s->shuffled[other];
		s->shuffled[other] = kept;
	}
}

/*
 * An upper bound of the p-value of the largest rank-sum statistic over all
 * splits: the mean rank of m of n values drawn without replacement is off its
 * expectation by t with a probability of at most
 * 2 exp(-2 m t^2 / ((1 - (m - 1) / n) range^2)), and there are fewer splits
 * than values.
 */
static double rank_bound(const struct series *s, size_t length, size_t split)
{
	double n = (double)length, sum = 0, smaller, off;

	for (size_t i = 0; i < split; i++)
		sum += s->ranks[s->levels[i]];
	off = fabs(sum / (double)split - (n + 1) / 2);
	smaller = (double)split;
	if (split > length / 2) {
		smaller = n - smaller;
		off *= (double)split / smaller;
	}
	return fmin(1, 2 * n *
			       exp(-2 * smaller * off * off /
				   ((1 - (smaller - 1) / n) * (n - 1) * (n - 1))));
}

/* p of the observed divergence, or 1 as soon as it cannot be significant. */
static double permutation_p(struct series *s, size_t length, double observed)
{
	const struct stats_change_options *o = s->options;
	double all = (double)o->permutations + 1;
	/* Rounding must not tell a permutation from the same series. */
	double reached = observed - 1e-9 * fabs(observed);
	unsigned int as_large = 1;
	size_t ignored;

	for (unsigned int i = 0; i < o->permutations; i++) {
		shuffle(s, length);
		if (best_split(s, s->shuffled, length, reached, &ignored) < reached)
			continue;
		as_large++;
		if (as_large / all > o->alpha)
			return 1;
	}
	return as_large / all;
}

/* Sorts the places of both sides of the split apart; on each side they keep their order. */
static void part_places(struct series *s, const struct stretch *stretch, size_t split)
{
	size_t nr_before = 0, nr_later = 0;

	for (size_t i = stretch->begin; i < stretch->end; i++) {
		size_t place = s->places[i];

		if (place < split)
			s->places[stretch->begin + nr_before++] = place;
		else
			s->later[nr_later++] = place;
	}
	memcpy(s->places + split, s->later, nr_later * sizeof(*s->later));
}

/* Return: whether the stretch was split, at *split. */
static bool split_stretch(struct series *s, const struct stretch *stretch, size_t *split)
{
	size_t length = stretch->end - stretch->begin;
	double observed, p;

	*split = 0;
	if (length < 2 * MIN_SIDE)
		return false;
	find_levels(s, stretch);
	if (s->nr_levels < 2)
		return false;
	find_sums(s, length);
	observed = best_split(s, s->levels, length, INFINITY, split);
	p = rank_bound(s, length, *split);
	if (p > s->options->alpha / 10)
		p = permutation_p(s, length, observed);
	if (p > s->options->alpha)
		return false;
	*split += stretch->begin;
	s->at[*split] = true;
	s->p[*split] = p;
	return true;
}

/* Splits the series until nothing significant is left; no recursion, as it may be long. */
static int split_all(struct series *s)
{
	struct stretch *waiting;
	size_t nr_waiting = 1;

	waiting = malloc((s->n / MIN_SIDE + 2) * sizeof(*waiting));
	if (!waiting)
		return -ENOMEM;
	waiting[0] = (struct stretch){ 0, s->n };
	while (nr_waiting) {
		struct stretch stretch = waiting[--nr_waiting];
		size_t split;

		if (!split_stretch(s, &stretch, &split))
			continue;
		part_places(s, &stretch, split);
		waiting[nr_waiting++] = (struct stretch){ stretch.begin, split };
		waiting[nr_waiting++] = (struct stretch){ split, stretch.end };
	}
	free(waiting);
	return 0;
}

static double stretch_median(const struct series *s, const struct stretch *stretch)
{
	size_t length = stretch->end - stretch->begin, seen = 0;
	double low = NAN;

	for (size_t i = 0; i < s->n; i++) {
		size_t place = s->order[i];

		if (!inside(stretch, place))
			continue;
		if (seen == (length - 1) / 2)
			low = s->values[place];
		if (seen++ == length / 2)
			return (low + s->values[place]) / 2;
	}
	return NAN;
}

static void set_levels(const struct series *s, struct stats_change *changes, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct stretch after = { changes[i].index,
					 i + 1 < nr ? changes[i + 1].index : s->n };
		struct stretch before = { i ? changes[i - 1].index : 0, changes[i].index };

		changes[i].before = i ? changes[i - 1].after : stretch_median(s, &before);
		changes[i].after = stretch_median(s, &after);
	}
}

static double change_size(const struct stats_change *change)
{
	double difference = fabs(change->after - change->before);

	if (difference == 0)
		return 0;
	return change->before == 0 ? INFINITY : difference / fabs(change->before);
}

/* Leaves out the smallest change until all that are left matter. */
static size_t drop_small(const struct series *s, struct stats_change *changes, size_t nr)
{
	while (nr) {
		size_t smallest = 0;

		set_levels(s, changes, nr);
		for (size_t i = 1; i < nr; i++) {
			if (change_size(&changes[i]) < change_size(&changes[smallest]))
				smallest = i;
		}
		if (change_size(&changes[smallest]) >= s->options->relative)
			break;
		memmove(changes + smallest, changes + smallest + 1,
			(nr - smallest - 1) * sizeof(*changes));
		nr--;
	}
	return nr;
}

static long collect(const struct series *s, struct stats_change **changes)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->n; i++)
		nr += s->at[i];
	if (!nr)
		return 0;
	*changes = calloc(nr, sizeof(**changes));
	if (!*changes)
		return -ENOMEM;
	nr = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (s->at[i])
			(*changes)[nr++] = (struct stats_change){ .index = i, .p = s->p[i] };
	}
	nr = drop_small(s, *changes, nr);
	if (!nr) {
		free(*changes);
		*changes = NULL;
	}
	return (long)nr;
}

static void series_free(struct series *s)
{
	free(s->order);
	free(s->places);
	free(s->later);
	free(s->levels);
	free(s->shuffled);
	free(s->inverse);
	free(s->at);
	free(s->p);
}

long stats_changes(const double *values, size_t n, const struct stats_change_options *options,
		   struct stats_change **changes)
{
	struct series s = {
		.values = values,
		.n = n,
		.options = options ? options : &stats_change_defaults,
	};
	long nr;

	*changes = NULL;
	if (!stats_all_finite(values, n))
		return -EINVAL;
	if (n < 2 * MIN_SIDE)
		return 0;
	s.rng = s.options->seed;
	s.order = malloc(n * sizeof(*s.order));
	s.places = malloc(n * sizeof(*s.places));
	s.later = malloc(n * sizeof(*s.later));
	s.levels = malloc(n);
	s.shuffled = malloc(n);
	s.inverse = malloc((n + 1) * sizeof(*s.inverse));
	s.at = calloc(n, sizeof(*s.at));
	s.p = calloc(n, sizeof(*s.p));
	if (!s.order || !s.places || !s.later || !s.levels || !s.shuffled || !s.inverse || !s.at ||
	    !s.p) {
		series_free(&s);
		return -ENOMEM;
	}
	s.inverse[0] = 0;
	for (size_t i = 1; i <= n; i++)
		s.inverse[i] = 1 / (double)i;
	gsl_sort_index(s.order, values, 1, n);
	memcpy(s.places, s.order, n * sizeof(*s.places));
	nr = split_all(&s);
	if (!nr)
		nr = collect(&s, changes);
	series_free(&s);
	return nr;
}
