/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the user on stderr how far a run is: one line that moves on a terminal, else one a sample. */
#ifndef LUBENCH_LUBENCH_PROGRESS_H
#define LUBENCH_LUBENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "plan/plan.h"
#include "run/run.h"
#include "run/unit.h"
#include "target/target.h"

/**
 * struct progress
 * @terminal: stderr is one.
 * @quiet: say nothing.
 * @unit: of what is measured, for the line of a sample; ns unless the caller says otherwise.
 * @planned: samples in all, @done: taken, @earlier: of these by an earlier call.
 */
struct progress {
	bool terminal;
	bool quiet;
	enum run_unit unit;
	int64_t planned;
	int64_t done;
	int64_t earlier;
	struct timespec start;
	struct timespec shown;
	char label[96];
	char step[32];
};

/** progress_begin() - start the clock. */
void progress_begin(struct progress *p, int64_t planned, int64_t earlier, bool quiet);

/** progress_item() - a sample begins. */
void progress_item(struct progress *p, const struct plan_item *item);

/** progress_step() - how far it is; a struct target_config's progress function. */
void progress_step(void *progress, const struct target_progress *step);

/** progress_sample() - a sample is done. */
void progress_sample(struct progress *p, const struct sample *s);

/** progress_end() - leave the terminal's line. */
void progress_end(struct progress *p);

#endif
