/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `lubench run` prints: for people, or as JSON. */
#ifndef LUBENCH_LUBENCH_SHOW_H
#define LUBENCH_LUBENCH_SHOW_H

#include <stdbool.h>

#include "plan/plan.h"
#include "run/run.h"

/* show_plan() - the samples that would be taken. Return: 0 or -ENOMEM. */
int show_plan(const struct plan *plan, bool json);

/* show_run() - what came out of a run, for people. @dir: its folder. */
void show_run(const struct run *run, const char *dir);

/*
 * show_run_json() - the same as one object: "run", "report" (null if there is none), "results",
 * "failed", "refused", "notes", for each case the medians of all its metrics, and "ratios" of the target
 * micro (empty for others)
 *
 * Return: 0 or -ENOMEM.
 */
int show_run_json(const struct run *run, const char *dir, const char *report);

#endif
