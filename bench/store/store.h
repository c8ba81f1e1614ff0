/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: every run that was kept, in one SQLite file. run.json stays the
 * source of truth; the file can be thrown away and built again from the run
 * folders at any time.
 *
 * A run is taken in as a whole or not at all, whenever the process is killed
 * and however many take runs in at once. Taking it in again changes nothing;
 * taking in a run.json of the same id and other content replaces the run.
 *
 * Errors, with a line for the user in *err, and the file as it was before:
 * -ENOSPC the disk is full, -EROFS or -EACCES it cannot be written, -EBUSY
 * another process held it for too long, -EIO, -ENOMEM, -ESTALE it was written
 * by a newer lubench, -EUCLEAN it is damaged: store_open() finds a file that is
 * no database and sets it aside; damage inside shows when it is read, and
 * store_repair() sets the file aside then.
 */
#ifndef LUBENCH_STORE_STORE_H
#define LUBENCH_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/run.h"

/* Where the history lies when nobody says otherwise: in the results folder. */
#define STORE_RESULTS "results"
#define STORE_FILE "history.db"

struct store;

enum store_mode {
	STORE_READ, /* must exist; may lie on a read-only file system */
	STORE_WRITE, /* created when there is none */
};

/*
 * store_open - open the history
 * @path: the file
 * @mode: what for
 * @out: the history; close with store_close()
 * @notice: set to a malloc()ed line when a damaged file was set aside and an
 *	empty history begun in its place, to be filled by store_sync();
 *	untouched otherwise
 */
int store_open(const char *path, enum store_mode mode, struct store **out, char **notice,
	       char **err);

void store_close(struct store *store);

/*
 * store_repair - set a damaged history aside and begin an empty one in its place
 * @notice: as for store_open(); untouched when the file proves sound
 */
int store_repair(struct store *store, char **notice, char **err);

/*
 * store_check - read the whole file and look for damage
 *
 * Return: 0, or -EUCLEAN with the first damage in @err.
 */
int store_check(struct store *store, char **err);

/*
 * store_ingest - take in one run
 * @path: its run.json, or NULL for a run that is in memory only
 *
 * Return: 1 taken in, 0 was there already, -errno.
 */
int store_ingest(struct store *store, const struct run *run, const char *path, char **err);

/**
 * struct store_synced - what store_sync() did
 * @added: runs taken in
 * @unreadable: run.json files that are no valid run
 */
struct store_synced {
	size_t added;
	size_t unreadable;
};

/*
 * store_sync - take in every run below a results folder that is not in yet, and forget those whose
 *	run.json was deleted from it
 * @results: folder of run folders; that there is none is no error
 * @problem: called with a line about each run.json that cannot be read; it is
 *	left out and the others are taken in; may be NULL
 *
 * Only run.json files whose size or time changed are read. A verdict.json
 * beside one, as lubench compare --record leaves it, is remembered with it.
 */
int store_sync(struct store *store, const char *results, void (*problem)(const char *line),
	       struct store_synced *synced, char **err);

/**
 * struct store_place - where a history and its runs lie
 * @file: the history; NULL for STORE_FILE in @results
 * @results: folder of run folders; NULL for STORE_RESULTS
 * @rebuild: forget what is in it and read every run folder again
 * @tell: called with each line that the user should see; may be NULL
 */
struct store_place {
	const char *file;
	const char *results;
	bool rebuild;
	void (*tell)(const char *line);
};

/*
 * store_open_synced - open the history with every run folder taken in
 *
 * Damage is repaired on the way. A history that cannot be written is opened as
 * it is, and the user told. Return: 0 or -errno.
 */
int store_open_synced(const struct store_place *place, struct store **out, char **err);

/* store_clear - forget every run, so that store_sync() builds the history anew */
int store_clear(struct store *store, char **err);

/**
 * struct store_run - one kept run; what is unknown is NULL
 * @id: number in this file
 * @name: id of the run
 * @path: its run.json when it was taken in
 * @setup: number of the set of things in which runs must be alike
 * @setup_label: in words; no other setup has the same
 * @started: seconds since 1970, UTC
 * @commit: of the tool
 * @kernel: release
 * @kernel_source: hash
 * @kernel_patches: hash
 * @kernel_config: hash
 * @samples: samples in it
 * @failed: how many of them are no results
 * @complete: no planned sample is missing, and no phase was lengthened on purpose
 * @exact: its clock counts instructions
 * @regressed: a recorded comparison found it slower
 */
struct store_run {
	int64_t id;
	char *name;
	char *path;
	int64_t setup;
	char *setup_label;
	int64_t started;
	char *commit;
	char *kernel;
	char *kernel_source;
	char *kernel_patches;
	char *kernel_config;
	int64_t samples;
	int64_t failed;
	bool complete;
	bool exact;
	bool regressed;
};

/** struct store_runs - runs, oldest first */
struct store_runs {
	struct store_run *v;
	size_t n;
};

/*
 * store_runs - all kept runs
 * @setup_key: only runs of that setup_key(); NULL for all
 */
int store_runs(struct store *store, const char *setup_key, struct store_runs *runs, char **err);

void store_runs_release(struct store_runs *runs);

/* Return: the run of that number, or NULL. */
const struct store_run *store_runs_find(const struct store_runs *runs, int64_t id);

/* store_set_regressed - record what a comparison of a kept run came to */
int store_set_regressed(struct store *store, const char *name, bool regressed, char **err);

/**
 * struct store_series - the medians of one metric of one case over all runs
 * @setup: number of the setup
 * @setup_label: in words; no other setup has the same
 * @exact: the clock of the setup counts instructions
 * @case_key: the case, for machines
 * @case_label: the case, for people
 * @metric: name of the metric, see measures.h
 * @n: points, oldest first
 * @run: for each point the number of its run
 * @started: for each point when its run began
 * @median: for each point the median of its samples
 */
struct store_series {
	int64_t setup;
	const char *setup_label;
	bool exact;
	const char *case_key;
	const char *case_label;
	const char *metric;
	size_t n;
	const int64_t *run;
	const int64_t *started;
	const double *median;
};

/**
 * struct store_filter - which series; NULL members take all
 * @setup_key: of that setup_key()
 * @metric: shell pattern for the name of the metric
 * @of_case: shell pattern for the label of the case
 * @since: seconds since 1970; older points are left out
 * @judged: only metrics that a verdict is given about, so no counters
 */
struct store_filter {
	const char *setup_key;
	const char *metric;
	const char *of_case;
	int64_t since;
	bool judged;
};

/*
 * store_each_series - call @each for every series, one after the other
 *
 * Only one series is in memory at a time. @each returns 0, or what the whole
 * is to return at once.
 */
int store_each_series(struct store *store, const struct store_filter *filter,
		      int (*each)(const struct store_series *series, void *data), void *data,
		      char **err);

/*
 * store_values - the raw samples of one metric in one run
 * @values: malloc()ed, in order of iteration
 *
 * Return: how many, 0 if there are none, -errno.
 */
long store_values(struct store *store, const char *run, const char *case_key, const char *metric,
		  int64_t **values, char **err);

#endif
