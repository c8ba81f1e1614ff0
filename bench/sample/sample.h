/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the agent saw to a sample: raw counter values become nanoseconds since vm_pause, marks
 * become phases, and what does not fit together becomes an error.
 */
#ifndef LUBENCH_SAMPLE_SAMPLE_H
#define LUBENCH_SAMPLE_SAMPLE_H

#include <stdbool.h>

#include <jansson.h>

#include "plan/plan.h"
#include "run/case.h"
#include "run/run.h"

/** sample_from_plan() - fill in what the plan says. Return: 0 or -ENOMEM. */
int sample_from_plan(struct sample *s, const struct plan_item *item);

/**
 * sample_convert() - fill in what the agent's "sample" message says.
 * @s: from sample_from_plan().
 *
 * A message that contradicts itself makes a sample with an error, not a failure: marks out of
 * order, phases that overlap, no marks at all, not verified.
 * Return: 0 or -ENOMEM.
 */
int sample_convert(struct sample *s, const json_t *msg);

/**
 * sample_check_outside() - hold the blackout against the outside observer's.
 * @outside_ns, @resolution_ns: from the observer; LU_NULL when it saw nothing.
 * @required: whether seeing nothing is an error.
 *
 * Return: 0 or -ENOMEM; a disagreement beyond the resolution becomes the sample's error.
 */
int sample_check_outside(struct sample *s, int64_t outside_ns, int64_t resolution_ns,
			 bool required);

/**
 * sample_to_ns() - ticks of the DUT's clock to ns.
 * @from: where the interval begins that ends at @counter.
 * @hz: frequency of the clock.
 *
 * Return: whether it can be: false without a frequency, and for more than a year, which is a broken clock.
 */
bool sample_to_ns(int64_t counter, int64_t from, int64_t hz, int64_t *ns);

/** sample_clean_name() - a name as the agent sent it, made one that run.json allows, in @buf. */
void sample_clean_name(const char *name, char *buf, size_t size);

/** sample_fail() - set the error, unless there is one. Control characters are replaced. */
int sample_fail(struct sample *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
