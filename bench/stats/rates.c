// SPDX-License-Identifier: GPL-3.0-or-later
/* Two rates of failure against each other. Source of the formula: stats.h. */
#include <gsl/gsl_cdf.h>

#include "stats/stats.h"

double stats_fisher(size_t base_failed, size_t base_n, size_t new_failed, size_t new_n)
{
	size_t failed = base_failed + new_failed;

	if (!new_failed || !base_n)
		return 1;
	return gsl_cdf_hypergeometric_Q((unsigned int)new_failed - 1, (unsigned int)failed,
					(unsigned int)(base_n + new_n - failed),
					(unsigned int)new_n);
}
