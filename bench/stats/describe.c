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
#include "stats/random.h"
#include "stats/stats.h"

#define RESAMPLES 2000

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
 * Median of one resample of a sorted set: counting how often each place was
 * drawn gives the resample in order without sorting it.
 */
static double resampled_median(const double *sorted, size_t n, unsigned int *drawn, uint64_t *state)
{
	size_t low_rank = (n - 1) / 2, high_rank = n / 2;
	size_t seen = 0, place = 0;
	double low;

	memset(drawn, 0, n * sizeof(*drawn));
	for (size_t i = 0; i < n; i++)
		drawn[random_below(state, n)]++;
	for (seen = drawn[0]; seen <= low_rank; seen += drawn[place])
		place++;
	low = sorted[place];
	for (; seen <= high_rank; seen += drawn[place])
		place++;
	return (low + sorted[place]) / 2;
}

static int median_interval_sorted(const double *sorted, size_t n, uint64_t seed,
				  struct stats_interval *interval)
{
	double tail = (1 - STATS_CONFIDENCE) / 2;
	unsigned int *drawn;
	uint64_t state = seed;
	double *medians;

	if (n < 2) {
		*interval = (struct stats_interval){ NAN, NAN, 0 };
		return 0;
	}
	drawn = malloc(n * sizeof(*drawn));
	medians = malloc(RESAMPLES * sizeof(*medians));
	if (!drawn || !medians) {
		free(drawn);
		free(medians);
		return -ENOMEM;
	}
	for (size_t i = 0; i < RESAMPLES; i++)
		medians[i] = resampled_median(sorted, n, drawn, &state);
	gsl_sort(medians, 1, RESAMPLES);
	interval->low = gsl_stats_quantile_from_sorted_data(medians, 1, RESAMPLES, tail);
	interval->high = gsl_stats_quantile_from_sorted_data(medians, 1, RESAMPLES, 1 - tail);
	interval->level = fmin(STATS_CONFIDENCE, 1 - pow(0.5, (double)n - 1));
	free(drawn);
	free(medians);
	return 0;
}

int stats_median_interval(const double *values, size_t n, uint64_t seed,
			  struct stats_interval *interval)
{
	double *sorted;
	int err;

	err = stats_sorted_copy(values, n, &sorted);
	if (err)
		return err;
	err = median_interval_sorted(sorted, n, seed, interval);
	free(sorted);
	return err;
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

int stats_summarise(const double *values, size_t n, uint64_t seed, struct stats_summary *summary)
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
	err = median_interval_sorted(sorted, n, seed, &summary->median_ci);
	free(sorted);
	return err;
}
