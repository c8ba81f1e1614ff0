/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that is not finished: its folder holds samples.jsonl, one line a sample, and no run.json.
 * Killed at any byte it can be gone on with; it never looks like a whole run.
 */
#ifndef LUBENCH_RUN_JOURNAL_H
#define LUBENCH_RUN_JOURNAL_H

#include <stdint.h>

#include "run/run.h"

/**
 * struct journal
 * @dir: the run folder.
 * @id: its name.
 * @started: RFC 3339.
 * @seed: of the order.
 * @run: the samples taken so far, in its samples.
 * @resumed: how many of them an earlier call took.
 */
struct journal {
	char *dir;
	char *id;
	char *started;
	int64_t seed;
	struct run *run;
	size_t resumed;
	int fd;
	int lock_fd;
};

/**
 * struct journal_key - what must be the same for a run to be gone on with.
 * @key: everything else that decides what is measured, in one line.
 */
struct journal_key {
	const char *target;
	const char *workload;
	const char *commit;
	const char *key;
};

/**
 * journal_open() - go on with the unfinished run of this key, or begin one.
 * @results: folder of the run folders; made when it is not there.
 * @seed: for a new run.
 *
 * The results folder stays locked until journal_close() or the end of the process, however it
 * ends, so that two runs do not disturb each other's measurement.
 * Return: 0, -EBUSY when another lubench measures, or -errno; with @err.
 */
int journal_open(const char *results, const struct journal_key *key, int64_t seed,
		 struct journal **out, char **err);

/** journal_add() - keep a sample for good: in @j->run and, synced, in the file. */
int journal_add(struct journal *j, const struct sample *s, char **err);

/** journal_has() - Return: whether the sample of this place in the plan was taken. */
int journal_has(const struct journal *j, int64_t order);

/** journal_finish() - write run.json from @j->run and remove the journal. */
int journal_finish(struct journal *j, char **err);

/** journal_close() - let go of it; what is in the folder stays. NULL is fine. */
void journal_close(struct journal *j);

#endif
