// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the history. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "store/db.h"
#include "store/measures.h"
#include "store/setup.h"

static char *column_copy(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? strdup(text) : NULL;
}

/**
 * struct labels - what each setup is called: no two of them the same
 * @id: number of each setup
 * @key: its setup_key()
 * @label: its label, made to differ from the others'
 */
struct labels {
	int64_t *id;
	char **key;
	char **label;
	size_t n;
};

static void labels_release(struct labels *labels)
{
	for (size_t i = 0; i < labels->n; i++) {
		free(labels->key[i]);
		free(labels->label[i]);
	}
	free(labels->id);
	free(labels->key);
	free(labels->label);
}

static int labels_add(struct labels *labels, sqlite3_stmt *stmt)
{
	size_t n = labels->n;
	int64_t *id = reallocarray(labels->id, n + 1, sizeof(*id));
	char **key = reallocarray(labels->key, n + 1, sizeof(*key));
	char **label = reallocarray(labels->label, n + 1, sizeof(*label));

	labels->id = id ? id : labels->id;
	labels->key = key ? key : labels->key;
	labels->label = label ? label : labels->label;
	if (!id || !key || !label)
		return -ENOMEM;
	id[n] = sqlite3_column_int64(stmt, 0);
	key[n] = column_copy(stmt, 1);
	label[n] = column_copy(stmt, 2);
	labels->n++;
	return key[n] && label[n] ? 0 : -ENOMEM;
}

/* Labels leave most fields out, so several setups may share one: add the fields that differ. */
static int labels_tell_apart(struct labels *labels)
{
	char **apart = calloc(labels->n + 1, sizeof(*apart));
	const char **others = calloc(labels->n + 1, sizeof(*others));
	int ret = apart && others ? 0 : -ENOMEM;

	for (size_t i = 0; i < labels->n && !ret; i++) {
		size_t n = 0;

		for (size_t k = 0; k < labels->n; k++)
			if (k != i && !strcmp(labels->label[k], labels->label[i]))
				others[n++] = labels->key[k];
		apart[i] = setup_label_apart(labels->label[i], labels->key[i], others, n);
		ret = apart[i] ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < labels->n && apart; i++) {
		if (!ret) {
			free(labels->label[i]);
			labels->label[i] = apart[i];
		} else {
			free(apart[i]);
		}
	}
	free(apart);
	free(others);
	return ret;
}

static int labels_read(struct store *store, struct labels *labels, char **err)
{
	sqlite3_stmt *stmt;
	int ret = 0, code;

	*labels = (struct labels){ 0 };
	stmt = db_prepare(store, "SELECT id, key, label FROM setup ORDER BY id", &ret, err, "");
	if (!stmt)
		return ret;
	while (!ret && (code = sqlite3_step(stmt)) != SQLITE_DONE)
		ret = code == SQLITE_ROW ? labels_add(labels, stmt) :
					   db_fail(store, code, "reading setups", err);
	sqlite3_finalize(stmt);
	return ret ? ret : labels_tell_apart(labels);
}

/* @otherwise: of a setup that was added after the labels were read. */
static const char *label_of(const struct labels *labels, int64_t setup, const char *otherwise)
{
	for (size_t i = 0; i < labels->n; i++)
		if (labels->id[i] == setup)
			return labels->label[i];
	return otherwise;
}

static int add_run(struct store_runs *runs, const struct labels *labels, sqlite3_stmt *stmt)
{
	const char *label = (const char *)sqlite3_column_text(stmt, 4);
	struct store_run *bigger, *run;

	if (!(runs->n & (runs->n - 1))) {
		bigger = reallocarray(runs->v, runs->n ? 2 * runs->n : 1, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		runs->v = bigger;
	}
	run = &runs->v[runs->n++];
	*run = (struct store_run){
		.id = sqlite3_column_int64(stmt, 0),
		.name = column_copy(stmt, 1),
		.path = column_copy(stmt, 2),
		.setup = sqlite3_column_int64(stmt, 3),
		.setup_label =
			strdup(label_of(labels, sqlite3_column_int64(stmt, 3), label ? label : "")),
		.started = sqlite3_column_int64(stmt, 5),
		.commit = column_copy(stmt, 6),
		.kernel = column_copy(stmt, 7),
		.kernel_source = column_copy(stmt, 8),
		.kernel_patches = column_copy(stmt, 9),
		.kernel_config = column_copy(stmt, 10),
		.samples = sqlite3_column_int64(stmt, 11),
		.failed = sqlite3_column_int64(stmt, 12),
		.complete = sqlite3_column_int64(stmt, 13),
		.exact = sqlite3_column_int64(stmt, 14),
		.regressed = sqlite3_column_int64(stmt, 15),
	};
	return run->name && run->setup_label ? 0 : -ENOMEM;
}

int store_runs(struct store *store, const char *setup_key, struct store_runs *runs, char **err)
{
	struct labels labels;
	sqlite3_stmt *stmt;
	int ret, code;

	*runs = (struct store_runs){ 0 };
	ret = labels_read(store, &labels, err);
	if (ret) {
		labels_release(&labels);
		return ret;
	}
	stmt = db_prepare(store,
			  "SELECT run.id, name, path, setup_id, label, started, tool_commit,"
			  " kernel_release, kernel_source, kernel_patches, kernel_config, samples,"
			  " failed, complete, exact, regressed"
			  " FROM run JOIN setup ON setup.id = setup_id"
			  " WHERE ?1 IS NULL OR key = ?1 ORDER BY started, run.id",
			  &ret, err, "t", setup_key);
	while (stmt && !ret && (code = sqlite3_step(stmt)) != SQLITE_DONE)
		ret = code == SQLITE_ROW ? add_run(runs, &labels, stmt) :
					   db_fail(store, code, "reading runs", err);
	sqlite3_finalize(stmt);
	labels_release(&labels);
	if (ret)
		store_runs_release(runs);
	return ret;
}

void store_runs_release(struct store_runs *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		struct store_run *run = &runs->v[i];

		free(run->name);
		free(run->path);
		free(run->setup_label);
		free(run->commit);
		free(run->kernel);
		free(run->kernel_source);
		free(run->kernel_patches);
		free(run->kernel_config);
	}
	free(runs->v);
	*runs = (struct store_runs){ 0 };
}

const struct store_run *store_runs_find(const struct store_runs *runs, int64_t id)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->v[i].id == id)
			return &runs->v[i];
	}
	return NULL;
}

/**
 * struct points - the points of one series, in arrays that are used again
 */
struct points {
	int64_t *run;
	int64_t *started;
	double *median;
	size_t n;
	size_t room;
};

static void points_release(struct points *points)
{
	free(points->run);
	free(points->started);
	free(points->median);
}

static int points_grow(struct points *points)
{
	size_t room = points->room ? 2 * points->room : 1024;
	int64_t *run = reallocarray(points->run, room, sizeof(*run));
	int64_t *started = reallocarray(points->started, room, sizeof(*started));
	double *median = reallocarray(points->median, room, sizeof(*median));

	points->run = run ? run : points->run;
	points->started = started ? started : points->started;
	points->median = median ? median : points->median;
	if (!run || !started || !median)
		return -ENOMEM;
	points->room = room;
	return 0;
}

static int read_points(struct store *store, sqlite3_stmt *stmt, struct points *points, char **err)
{
	int code, ret = 0;

	points->n = 0;
	while (!ret && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
		if (code != SQLITE_ROW)
			return db_fail(store, code, "reading medians", err);
		if (points->n == points->room)
			ret = points_grow(points);
		if (ret)
			break;
		points->started[points->n] = sqlite3_column_int64(stmt, 0);
		points->run[points->n] = sqlite3_column_int64(stmt, 1);
		points->median[points->n++] = sqlite3_column_double(stmt, 2);
	}
	return ret;
}

static bool matches(const char *pattern, const char *text)
{
	return !pattern || !fnmatch(pattern, text, 0);
}

static bool takes(const struct store_filter *filter, const struct store_series *series)
{
	return matches(filter->metric, series->metric) &&
	       matches(filter->of_case, series->case_label) &&
	       (!filter->judged || measure_is_judged(series->metric));
}

static int each_metric(struct store *store, sqlite3_stmt *metrics, sqlite3_stmt *values,
		       const struct labels *labels, const struct store_filter *filter,
		       int (*each)(const struct store_series *series, void *data), void *data,
		       char **err)
{
	struct points points = { 0 };
	int ret = 0, code;

	while (!ret && (code = sqlite3_step(metrics)) != SQLITE_DONE) {
		struct store_series series;

		if (code != SQLITE_ROW) {
			ret = db_fail(store, code, "reading metrics", err);
			break;
		}
		series = (struct store_series){
			.setup = sqlite3_column_int64(metrics, 1),
			.setup_label = label_of(labels, sqlite3_column_int64(metrics, 1),
						(const char *)sqlite3_column_text(metrics, 2)),
			.exact = sqlite3_column_int64(metrics, 3),
			.case_key = (const char *)sqlite3_column_text(metrics, 4),
			.case_label = (const char *)sqlite3_column_text(metrics, 5),
			.metric = (const char *)sqlite3_column_text(metrics, 6),
		};
		if (!takes(filter, &series))
			continue;
		sqlite3_reset(values);
		sqlite3_bind_int64(values, 1, sqlite3_column_int64(metrics, 0));
		ret = read_points(store, values, &points, err);
		series.n = points.n;
		series.run = points.run;
		series.started = points.started;
		series.median = points.median;
		if (!ret && points.n)
			ret = each(&series, data);
	}
	points_release(&points);
	return ret;
}

int store_each_series(struct store *store, const struct store_filter *filter,
		      int (*each)(const struct store_series *series, void *data), void *data,
		      char **err)
{
	static const struct store_filter all;
	sqlite3_stmt *metrics, *values;
	struct labels labels;
	int ret = 0;

	if (!filter)
		filter = &all;
	ret = labels_read(store, &labels, err);
	if (ret) {
		labels_release(&labels);
		return ret;
	}
	metrics = db_prepare(store,
			     "SELECT metric.id, setup_id, label, exact, case_key, case_label, name"
			     " FROM metric JOIN setup ON setup.id = setup_id"
			     " WHERE ?1 IS NULL OR key = ?1 ORDER BY setup_id, metric.id",
			     &ret, err, "t", filter->setup_key);
	values = db_prepare(store,
			    "SELECT started, run_id, median FROM point"
			    " WHERE metric_id = ?1 AND started >= ?2 ORDER BY started, run_id",
			    &ret, err, "ii", (int64_t)0, filter->since);
	if (metrics && values)
		ret = each_metric(store, metrics, values, &labels, filter, each, data, err);
	sqlite3_finalize(metrics);
	sqlite3_finalize(values);
	labels_release(&labels);
	return ret;
}

long store_values(struct store *store, const char *run, const char *case_key, const char *metric,
		  int64_t **values, char **err)
{
	sqlite3_stmt *stmt;
	int ret = 0, code;
	long n = 0;

	*values = NULL;
	stmt = db_prepare(store,
			  "SELECT raw.samples FROM raw JOIN run ON run.id = run_id"
			  " JOIN metric ON metric.id = metric_id"
			  " WHERE run.name = ? AND case_key = ? AND metric.name = ?",
			  &ret, err, "ttt", run, case_key, metric);
	if (!stmt)
		return ret;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		size_t bytes = (size_t)sqlite3_column_bytes(stmt, 0);

		n = (long)(bytes / sizeof(**values));
		*values = malloc(bytes ? bytes : 1);
		if (!*values)
			n = -ENOMEM;
		else
			memcpy(*values, sqlite3_column_blob(stmt, 0), bytes);
	} else if (code != SQLITE_DONE) {
		n = db_fail(store, code, "reading samples", err);
	}
	sqlite3_finalize(stmt);
	return n;
}
