/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that is not finished: its folder holds samples.jsonl, one line a sample, and no run.json.
 * Killed at any byte it can be resumed; it never looks like a whole run.
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
 * @damaged: lines of an earlier call that are no samples; they stay in the file and are skipped.
 * @other: the unfinished run of the same command that was not resumed, and @differs: what is
 *	different now, one of the names in struct journal_key's @content; NULL when there is none.
 */
struct journal {
	char *dir;
	char *id;
	char *started;
	int64_t seed;
	struct run *run;
	size_t resumed;
	size_t damaged;
	char *other;
	char *differs;
	int fd;
	int lock_fd;
};

/**
 * struct journal_key - what must be the same for a run to be resumed.
 * @key: what the user asked for, in one line.
 * @content: what it is measured on and with: lines "NAME VALUE", compared by value. A name has no blank.
 */
struct journal_key {
	const char *target;
	const char *workload;
	const char *commit;
	const char *key;
	const char *content;
};

/**
 * journal_open() - resume the unfinished run of this key and content, or begin one.
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

/** journal_finish() - write run.json from @j->run, in the order of the plan, and remove the journal. */
int journal_finish(struct journal *j, char **err);

/** journal_close() - let go of it; what is in the folder stays. NULL is allowed. */
void journal_close(struct journal *j);

#endif
