/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what the user typed to runs. */
#ifndef LUBENCH_COMPARE_SELECT_H
#define LUBENCH_COMPARE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "run/run.h"
#include "store/store.h"

/** struct selection - runs that the user named, owned */
struct selection {
	struct run **runs;
	size_t nr_runs;
};

/**
 * struct select_from - where to look
 * @results: folder of run folders
 * @store: the history; NULL when there is none
 * @like: for "last" and "last-good": an earlier run like this one; NULL for
 *	the newest run of all
 */
struct select_from {
	const char *results;
	struct store *store;
	const struct run *like;
};

/*
 * select_runs - the runs that a word names
 * @word: a run.json; a run folder; a folder of run folders, whose runs are
 *	pooled; the id of a run or the beginning of one; "last"; "last-good",
 *	the last run without failed or missing samples and without a recorded
 *	regression
 *
 * Return: 0, or -errno with @err set: -ENOENT nothing is called so, -EEXIST
 * more than one run begins so, or as run_load().
 */
int select_runs(const char *word, const struct select_from *from, struct selection *selection,
		char **err);

/*
 * select_design - keep only the samples of one design, under another name
 * @design: which
 * @name: what it is called from now on, so that two designs can be compared
 * @with_floor: keep those of the floor as well, from which costs are counted
 *
 * Return: how many samples of the design there are, or -ENOMEM.
 */
long select_design(struct selection *selection, const char *design, const char *name,
		   bool with_floor);

void selection_release(struct selection *selection);

/* Whether the word stands for a run of the history. */
bool select_is_symbolic(const char *word);

#endif
