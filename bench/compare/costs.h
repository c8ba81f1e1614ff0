/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a design adds to each time: the values of a case less those of its floor. */
#ifndef LUBENCH_COMPARE_COSTS_H
#define LUBENCH_COMPARE_COSTS_H

#include "cost/cost.h"
#include "store/measures.h"

/*
 * costs_of_role - the floor or the baseline of a case
 * @has_role: design_is_floor() or design_is_baseline()
 *
 * Return: the case of such a design, of the same guest and variant, or of no variant where there is
 * none of that; or NULL.
 */
const struct measured_case *costs_of_role(const struct measures *measures,
					  const struct measured_case *of,
					  bool (*has_role)(const char *design));

/*
 * costs_of - the values of @measure, each less the floor's of the same run and iteration
 * @floor: the floor of its case
 * @cost: written; what has no sample of the floor is left out, so it may be empty
 *
 * What the floor does not do at all, such as verifying, costs all of its time.
 * Return: 0 or -ENOMEM; free with costs_release() in either case.
 */
int costs_of(const struct measure *measure, const struct measured_case *floor,
	     struct measure *cost);

void costs_release(struct measure *cost);

/*
 * costs_blackout - the cost of a case's blackout, and how many times the baseline's that is
 * @exact: the clocks count instructions
 * @cost: written; n = 0 where there is no floor with a result
 * @ratio: written; n = 0 likewise, and where there is no baseline
 *
 * Return: 0 or -ENOMEM.
 */
int costs_blackout(const struct measures *measures, const struct measured_case *of, bool exact,
		   struct estimate *cost, struct estimate *ratio);

#endif
