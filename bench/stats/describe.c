// SPDX-License-Identifier: GPL-3.0-or-later
/* What one set of samples says. Sources of the formulas: stats.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "stats/internal.h"
#include "stats/stats.h"

/* Iglewicz and Hoaglin (1993), section 3.3. */
#define OUTLIER_SCORE 3.5
#define MAD_TO_SIGMA 1.482602218505602
#define MEAN_DEVIATION_TO_SIGMA 1.2533141373155001

bool stats_all_finite(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(values[i]))
			return false;
	}
	return true;
}

int stats_sorted_copy(const double *values, size_t n, double **sorted)
{
	double *copy;

	if (!n || !stats_all_finite(values, n))
		return -EINVAL;
	copy = malloc(n * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, values, n * sizeof(*copy));
	gsl_sort(copy, 1, n);
	*sorted = copy;
	return 0;
}

double stats_quantile(const double *values, size_t n, double probability)
{
	double *sorted;
	double result;

	if (stats_sorted_copy(values, n, &sorted))
		return NAN;
	result = gsl_stats_quantile_from_sorted_data(sorted, 1, n, probability);
	free(sorted);
	return result;
}

double stats_median(const double *values, size_t n)
{
	double *sorted;
	double result;

	if (stats_sorted_copy(values, n, &sorted))
		return NAN;
	result = gsl_stats_median_from_sorted_data(sorted, 1, n);
	free(sorted);
	return result;
}

double stats_repeatability(double cv, size_t n)
{
	if (n < 2)
		return NAN;
	return gsl_cdf_tdist_Qinv((1 - STATS_CONFIDENCE) / 2, 2 * ((double)n - 1)) * cv *
	       sqrt(M_PI / (double)n);
}

double stats_mad(const double *values, size_t n)
{
	double *work;
	double result;

	if (!n || !stats_all_finite(values, n))
		return NAN;
	work = malloc(n * sizeof(*work));
	if (!work)
		return NAN;
	result = gsl_stats_mad0(values, 1, n, work);
	free(work);
	return result;
}

/*
 * Probability that the median of the distribution is not between the k-th smallest and the k-th
 * largest of @n values: on each side that of fewer than k heads in @n throws.
 */
static double outside_probability(size_t k, size_t n)
{
	return 2 * gsl_cdf_binomial_P((unsigned int)k - 1, 0.5, (unsigned int)n);
}

static void median_interval_sorted(const double *sorted, size_t n, struct stats_interval *interval)
{
	size_t k = 1, too_large = n / 2 + 1;

	if (n < 2) {
		*interval = (struct stats_interval){ NAN, NAN, 0 };
		return;
	}
	while (too_large - k > 1) {
		size_t middle = k + (too_large - k) / 2;

		if (outside_probability(middle, n) <= 1 - STATS_CONFIDENCE)
			k = middle;
		else
			too_large = middle;
	}
	*interval = (struct stats_interval){ sorted[k - 1], sorted[n - k],
					     1 - outside_probability(k, n) };
}

int stats_median_interval(const double *values, size_t n, struct stats_interval *interval)
{
	double *sorted;
	int err;

	err = stats_sorted_copy(values, n, &sorted);
	if (err)
		return err;
	median_interval_sorted(sorted, n, interval);
	free(sorted);
	return 0;
}

size_t stats_outliers(const double *values, size_t n, bool *outlier)
{
	double median, scale;
	size_t count = 0;

	if (outlier)
		memset(outlier, 0, n * sizeof(*outlier));
	if (n < 3)
		return 0;
	median = stats_median(values, n);
	scale = stats_mad(values, n) * MAD_TO_SIGMA;
	if (scale == 0)
		scale = gsl_stats_absdev_m(values, 1, n, median) * MEAN_DEVIATION_TO_SIGMA;
	if (!isfinite(scale) || scale == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		bool far = fabs(values[i] - median) / scale > OUTLIER_SCORE;

		if (outlier)
			outlier[i] = far;
		count += far;
	}
	return count;
}

int stats_summarise(const double *values, size_t n, struct stats_summary *summary)
{
	double *sorted;
	int err;

	err = stats_sorted_copy(values, n, &sorted);
	if (err)
		return err;
	*summary = (struct stats_summary){
		.n = n,
		.min = sorted[0],
		.max = sorted[n - 1],
		.mean = gsl_stats_mean(sorted, 1, n),
		.median = gsl_stats_median_from_sorted_data(sorted, 1, n),
		.p95 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.95),
		.p99 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.99),
		.mad = stats_mad(sorted, n),
		.cv = NAN,
		.outliers = stats_outliers(sorted, n, NULL),
	};
	if (n > 1 && summary->mean != 0)
		summary->cv = gsl_stats_sd_m(sorted, 1, n, summary->mean) / fabs(summary->mean);
	median_interval_sorted(sorted, n, &summary->median_ci);
	free(sorted);
	return 0;
}
