// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/costs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "run/case.h"

static bool same_variant(const struct sample *a, const struct sample *b)
{
	return a->variant && b->variant ? !strcmp(a->variant, b->variant) :
					  a->variant == b->variant;
}

const struct measured_case *costs_of_role(const struct measures *measures,
					  const struct measured_case *of,
					  bool (*has_role)(const char *design))
{
	const struct measured_case *found = NULL;

	for (size_t i = 0; i < measures->nr_cases; i++) {
		const struct measured_case *other = &measures->cases[i];

		if (!has_role(other->sample->design) ||
		    case_compare_guest(other->sample, of->sample))
			continue;
		if (same_variant(other->sample, of->sample))
			return other;
		found = other->sample->variant ? found : other;
	}
	return found;
}

/* Both are in order of runs and iterations. Return: the value of that sample, NULL if there is none. */
static const int64_t *value_of(const struct measure *measure, size_t run, int64_t iteration,
			       size_t *from)
{
	if (!measure)
		return NULL;
	for (size_t i = *from; i < measure->n; i++) {
		if (measure->runs[i] == run && measure->iterations[i] == iteration) {
			*from = i;
			return &measure->values[i];
		}
	}
	return NULL;
}

int costs_of(const struct measure *measure, const struct measured_case *floor, struct measure *cost)
{
	const struct measure *same = case_measure(floor, measure->name);
	const struct measure *any = case_measure(floor, "blackout_ns");
	size_t from = 0, any_from = 0;

	*cost = (struct measure){ .name = measure->name,
				  .values = calloc(measure->n, sizeof(*cost->values)),
				  .iterations = calloc(measure->n, sizeof(*cost->iterations)),
				  .runs = calloc(measure->n, sizeof(*cost->runs)) };
	if (!cost->values || !cost->iterations || !cost->runs)
		return -ENOMEM;
	for (size_t i = 0; i < measure->n; i++) {
		size_t run = measure->runs[i];
		int64_t iteration = measure->iterations[i];
		const int64_t *less = value_of(same, run, iteration, &from);

		if (!less && !value_of(any, run, iteration, &any_from))
			continue;
		cost->values[cost->n] = measure->values[i] - (less ? *less : 0);
		cost->iterations[cost->n] = iteration;
		cost->runs[cost->n++] = run;
	}
	return 0;
}

void costs_release(struct measure *cost)
{
	free(cost->values);
	free(cost->iterations);
	free(cost->runs);
	*cost = (struct measure){ 0 };
}

static struct cost_values blackouts(const struct measured_case *of)
{
	const struct measure *m = of ? case_measure(of, "blackout_ns") : NULL;

	if (!m)
		return (struct cost_values){ 0 };
	return (struct cost_values){ m->values, m->iterations, m->runs, m->n };
}

int costs_blackout(const struct measures *measures, const struct measured_case *of, bool exact,
		   struct estimate *cost, struct estimate *ratio)
{
	struct cost_values x = blackouts(of);
	struct cost_values floor = blackouts(costs_of_role(measures, of, design_is_floor));
	struct cost_values base = blackouts(costs_of_role(measures, of, design_is_baseline));
	int err = 0;

	*cost = (struct estimate){ 0 };
	*ratio = (struct estimate){ 0 };
	if (x.n && floor.n)
		err = cost_of(&x, &floor, exact, cost);
	if (!err && x.n && floor.n && base.n)
		err = ratio_to_baseline(&x, &base, &floor, exact, ratio);
	return err;
}
