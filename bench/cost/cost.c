// SPDX-License-Identifier: GPL-3.0-or-later
/* Costs and ratios of two or three sets of values. Sources of the formulas: cost.h. */
#include "cost/cost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/stats.h"

static const struct estimate nothing = { .low = NAN, .high = NAN, .level = NAN, .value = NAN };

/* The median of what one exact run gave, and its range. */
static void exact_estimate(double *v, size_t n, struct estimate *e)
{
	double low = INFINITY, high = -INFINITY;

	*e = nothing;
	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		low = fmin(low, v[i]);
		high = fmax(high, v[i]);
	}
	e->n = n;
	e->value = stats_median(v, n);
	e->exact = true;
	if (n > 1) {
		e->low = low;
		e->high = high;
	}
}

static void interval_estimate(double value, const struct stats_interval *interval, size_t n,
			      struct estimate *e)
{
	*e = nothing;
	e->n = n;
	e->value = value;
	if (isnan(interval->low))
		return;
	e->low = interval->low;
	e->high = interval->high;
	e->level = interval->level;
}

/* As doubles, malloc()ed; room for one at least. */
static double *values_of(const struct cost_values *x)
{
	double *v = calloc(x->n + 1, sizeof(*v));

	for (size_t i = 0; v && i < x->n; i++)
		v[i] = (double)x->value[i];
	return v;
}

int estimate_of(const struct cost_values *x, bool exact, struct estimate *e)
{
	struct stats_summary sum;
	double *v = values_of(x);
	int ret = v ? 0 : -ENOMEM;

	*e = nothing;
	if (!ret && exact) {
		exact_estimate(v, x->n, e);
	} else if (!ret && x->n) {
		ret = stats_summarise(v, x->n, &sum);
		if (!ret)
			interval_estimate(sum.median, &sum.median_ci, x->n, e);
	}
	free(v);
	return ret;
}

/*
 * The value of @y of the same iteration as the @i-th of @x; NULL when it has none. Sought from
 * where the last one was: both are in order, as a rule.
 */
static const int64_t *partner(const struct cost_values *x, size_t i, const struct cost_values *y,
			      size_t *last)
{
	size_t run = x->run ? x->run[i] : 0;

	for (size_t k = 0; k < y->n; k++) {
		size_t j = (*last + k) % y->n;

		if (y->iteration[j] != x->iteration[i] || (y->run ? y->run[j] : 0) != run)
			continue;
		*last = j;
		return &y->value[j];
	}
	return NULL;
}

static int exact_cost(const struct cost_values *x, const struct cost_values *floor,
		      struct estimate *e)
{
	double *v = calloc(x->n + 1, sizeof(*v));
	size_t n = 0, last = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < x->n; i++) {
		const int64_t *f = partner(x, i, floor, &last);

		if (f)
			v[n++] = (double)(x->value[i] - *f);
	}
	exact_estimate(v, n, e);
	free(v);
	return 0;
}

/* Hodges-Lehmann shift from @base to @x; nothing where one is empty. */
static int shift_estimate(const double *base, size_t base_n, const double *x, size_t n,
			  struct estimate *e)
{
	struct stats_shift shift;
	int ret;

	*e = nothing;
	if (!base_n || !n)
		return 0;
	ret = stats_hodges_lehmann(base, base_n, x, n, &shift);
	if (!ret)
		interval_estimate(shift.shift, &shift.interval, n < base_n ? n : base_n, e);
	return ret;
}

int cost_of(const struct cost_values *x, const struct cost_values *floor, bool exact,
	    struct estimate *e)
{
	double *v, *f;
	int ret;

	if (exact)
		return exact_cost(x, floor, e);
	v = values_of(x);
	f = values_of(floor);
	ret = v && f ? shift_estimate(f, floor->n, v, x->n, e) : -ENOMEM;
	free(v);
	free(f);
	return ret;
}

/* Each ratio is of one iteration; none at all where one of them has nothing to divide by. */
static int exact_ratio(const struct cost_values *x, const struct cost_values *base,
		       const struct cost_values *floor, struct estimate *e)
{
	double *v = calloc(x->n + 1, sizeof(*v));
	size_t n = 0, last_base = 0, last_floor = 0;

	*e = nothing;
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < x->n; i++) {
		static const int64_t zero;
		const int64_t *b = partner(x, i, base, &last_base);
		const int64_t *f = floor ? partner(x, i, floor, &last_floor) : &zero;

		if (!b || !f)
			continue;
		if (*b <= *f)
			goto out;
		v[n++] = (double)(x->value[i] - *f) / (double)(*b - *f);
	}
	exact_estimate(v, n, e);
out:
	free(v);
	return 0;
}

static bool has_interval(const struct estimate *e)
{
	return isfinite(e->low) && isfinite(e->high);
}

static void combine(const struct estimate *x, const struct estimate *base, struct estimate *e)
{
	*e = nothing;
	if (!x->n || !base->n || base->value <= 0)
		return;
	e->n = x->n < base->n ? x->n : base->n;
	e->value = x->value / base->value;
	/* A baseline that may cost nothing leaves the ratio without an end. */
	if (!has_interval(x) || !has_interval(base) || base->low <= 0 ||
	    x->level + base->level <= 1)
		return;
	e->low = fmin(x->low / base->low, x->low / base->high);
	e->high = fmax(x->high / base->low, x->high / base->high);
	e->level = x->level + base->level - 1;
}

static int cost_ratio(const struct cost_values *x, const struct cost_values *base,
		      const struct cost_values *floor, struct estimate *e)
{
	struct estimate of_x, of_base;
	int ret = cost_of(x, floor, false, &of_x);

	*e = nothing;
	if (!ret)
		ret = cost_of(base, floor, false, &of_base);
	if (!ret)
		combine(&of_x, &of_base, e);
	return ret;
}

static bool take_logs(double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] <= 0)
			return false;
		v[i] = log(v[i]);
	}
	return n > 0;
}

static int log_ratio(const struct cost_values *x, const struct cost_values *base,
		     struct estimate *e)
{
	double *v = values_of(x), *b = values_of(base);
	int ret = v && b ? 0 : -ENOMEM;

	*e = nothing;
	if (!ret && take_logs(v, x->n) && take_logs(b, base->n)) {
		ret = shift_estimate(b, base->n, v, x->n, e);
		e->value = exp(e->value);
		e->low = exp(e->low);
		e->high = exp(e->high);
	}
	free(v);
	free(b);
	return ret;
}

int ratio_to_baseline(const struct cost_values *x, const struct cost_values *base,
		      const struct cost_values *floor, bool exact, struct estimate *e)
{
	int ret;

	if (exact)
		ret = exact_ratio(x, base, floor, e);
	else
		ret = floor ? cost_ratio(x, base, floor, e) : log_ratio(x, base, e);
	/* The baseline is one time itself, however its values spread. */
	if (!ret && x == base && e->n)
		*e = (struct estimate){ e->n, 1, 1, 1, NAN, true };
	return ret;
}
