/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: which samples are taken, in which order.
 *
 * Each iteration passes over every combination in a random order; the designs of one combination
 * follow each other in the order of a row of a Williams design (E. J. Williams, Experimental designs
 * balanced for the estimation of residual effects of treatments, Australian Journal of Scientific
 * Research A 2, 1949, 149-168). It is a Latin square: over as many blocks as there are designs each
 * design is at each place once. It is balanced for carry-over: each design follows each other design
 * equally often, with an even number of designs after one square, with an odd one after two.
 */
#ifndef LUBENCH_PLAN_PLAN_H
#define LUBENCH_PLAN_PLAN_H

#include <stdint.h>

#include "run/run.h"
#include "workload/workload.h"

/**
 * struct plan_item - one sample to take. The strings belong to the plan.
 * @order: place in the plan, from 0.
 * @place: place among the designs of its block and iteration, from 0.
 * @block: number of the combination without its design, from 0.
 * @seed: for whatever is random inside the sample; the same for all designs of a block and
 *	iteration, so that they meet the same guest.
 */
struct plan_item {
	int64_t order;
	int64_t place;
	int64_t block;
	const char *design;
	const char *iommu;
	const char *layout;
	const char *backing;
	const char *variant; /* or NULL */
	const char *stage; /* or NULL */
	const char *redrive; /* or NULL */
	const char *attack; /* or NULL */
	int64_t guest_bytes;
	int64_t page_bytes;
	int64_t backing_bytes;
	int64_t devices;
	int64_t iteration;
	uint64_t seed;
};

/**
 * struct plan_choice - what the command line and the target add to a workload.
 * @designs: every design of the target; ends with NULL.
 * @iommus: every page table format of the target; ends with NULL; the first is the default.
 * @only: take only these designs; NULL for those of the workload; ends with NULL.
 * @iterations: instead of those of the workload; 0 to keep them.
 * @seed: of the order.
 */
struct plan_choice {
	const char *const *designs;
	const char *const *iommus;
	const char *const *only;
	int64_t iterations;
	uint64_t seed;
};

/**
 * struct plan - all of it.
 * @notes: combinations left out, and why.
 */
struct plan {
	struct plan_item *item;
	size_t n;
	struct lu_strings notes;
};

/* A plan of more samples than this is a mistake. */
#define PLAN_MAX_SAMPLES 1000000

/**
 * plan_make() - lay out the samples of a workload.
 *
 * The same workload, choice and seed give the same plan on every machine.
 * Return: 0, -EINVAL when a design or format is not known to the target, a design is named twice,
 * nothing is left or it is too much, or -ENOMEM; with a message in @err.
 */
int plan_make(const struct workload *w, const struct plan_choice *choice, struct plan **out,
	      char **err);

/** plan_free() - free it. NULL is allowed. The workload must outlive the plan. */
void plan_free(struct plan *plan);

#endif
