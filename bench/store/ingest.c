// SPDX-License-Identifier: GPL-3.0-or-later
/* Taking runs into the history. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "common/error.h"
#include "common/sha256.h"
#include "run/case.h"
#include "run/unit.h"
#include "stats/stats.h"
#include "store/db.h"
#include "store/measures.h"
#include "store/setup.h"

/**
 * struct intake - one run on its way in
 * @store: where to
 * @run: the run
 * @path: its file, or NULL
 * @file_bytes: size of that file
 * @file_mtime_ns: time of its last change
 * @started: seconds since 1970
 * @hash: of the content
 * @run_id: number of the run once it has one
 * @setup_id: number of its setup
 */
struct intake {
	struct store *store;
	const struct run *run;
	const char *path;
	int64_t file_bytes;
	int64_t file_mtime_ns;
	int64_t started;
	char hash[65];
	int64_t run_id;
	int64_t setup_id;
};

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* The content, not the bytes of the file: white space does not make another run. */
static int hash_run(const struct run *run, char hash[65], char **err)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	int ret;

	f = open_memstream(&text, &size);
	if (!f)
		return -ENOMEM;
	ret = run_dump(run, f, err);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	if (!ret)
		sha256_hex(text, size, hash);
	free(text);
	return ret;
}

static int begin_intake(struct intake *in, char **err)
{
	struct tm tm = { 0 };
	struct stat st;

	if (!strptime(in->run->started, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return lu_fail(err, -EINVAL, "%s: started: no time: measure again", in->run->id);
	in->started = timegm(&tm);
	if (in->path) {
		if (stat(in->path, &st))
			return lu_fail(err, -errno, "%s: %s: name a run that is there", in->path,
				       strerror(errno));
		in->file_bytes = st.st_size;
		in->file_mtime_ns = mtime_ns(&st);
	}
	return hash_run(in->run, in->hash, err);
}

static int find_or_add_setup(struct intake *in, char **err)
{
	char *key = setup_key(in->run), *label = setup_label(in->run);
	sqlite3_stmt *stmt;
	int ret = -ENOMEM;

	if (!key || !label)
		goto out;
	stmt = db_prepare(in->store, "INSERT OR IGNORE INTO setup(key, label, exact) VALUES(?,?,?)",
			  &ret, err, "tti", key, label, (int64_t)run_is_exact(in->run));
	if (!stmt)
		goto out;
	ret = db_done(in->store, stmt, "writing a setup", err);
	if (ret)
		goto out;
	stmt = db_prepare(in->store, "SELECT id FROM setup WHERE key = ?", &ret, err, "t", key);
	if (stmt)
		ret = db_number(in->store, stmt, 0, &in->setup_id, err);
out:
	free(key);
	free(label);
	return ret;
}

static int64_t count_failed(const struct run *run)
{
	int64_t failed = 0;

	for (size_t i = 0; i < run->nr_samples; i++)
		failed += !run->samples[i].attack && !sample_is_result(&run->samples[i]);
	return failed;
}

static int add_run_row(struct intake *in, char **err)
{
	const struct run *run = in->run;
	/* Lengthened on purpose, it is nothing that others are compared with. */
	bool complete = !run->target.delay &&
			(run->planned == LU_NULL || (int64_t)run->nr_samples >= run->planned);
	sqlite3_stmt *stmt;
	int ret = 0;

	stmt = db_prepare(
		in->store,
		"INSERT INTO run(name, setup_id, started, path, file_bytes, file_mtime_ns,"
		" content_sha256, tool_commit, kernel_release, kernel_source,"
		" kernel_patches, kernel_config, samples, failed, complete)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&ret, err,
		"tiitiitttttt"
		"iii",
		run->id, in->setup_id, in->started, in->path, in->file_bytes, in->file_mtime_ns,
		in->hash, run->tool.commit, run->kernel.release, run->kernel.source_sha256,
		run->kernel.patches_sha256, run->kernel.config_sha256, (int64_t)run->nr_samples,
		count_failed(run), (int64_t)complete);
	if (stmt)
		ret = db_done(in->store, stmt, "writing a run", err);
	in->run_id = sqlite3_last_insert_rowid(in->store->db);
	return ret;
}

/**
 * struct statements - prepared once for all metrics of a run
 */
struct statements {
	sqlite3_stmt *find_metric;
	sqlite3_stmt *add_metric;
	sqlite3_stmt *add_point;
	sqlite3_stmt *add_raw;
};

static void finalize(struct statements *st)
{
	sqlite3_finalize(st->find_metric);
	sqlite3_finalize(st->add_metric);
	sqlite3_finalize(st->add_point);
	sqlite3_finalize(st->add_raw);
}

static int prepare(struct intake *in, struct statements *st, char **err)
{
	static const char find[] = "SELECT id FROM metric"
				   " WHERE setup_id = ? AND case_key = ? AND name = ?";
	static const char add[] = "INSERT INTO metric(setup_id, case_key, name, case_label)"
				  " VALUES(?,?,?,?)";
	static const char point[] = "INSERT INTO point(metric_id, started, run_id, median)"
				    " VALUES(?,?,?,?)";
	static const char raw[] = "INSERT INTO raw(run_id, metric_id, samples) VALUES(?,?,?)";
	int ret = 0;

	st->find_metric = db_prepare(in->store, find, &ret, err, "");
	st->add_metric = db_prepare(in->store, add, &ret, err, "");
	st->add_point = db_prepare(in->store, point, &ret, err, "");
	st->add_raw = db_prepare(in->store, raw, &ret, err, "");
	return ret;
}

static int metric_id(struct intake *in, struct statements *st, const struct measured_case *of,
		     const char *name, int64_t *id, char **err)
{
	int code;

	sqlite3_reset(st->find_metric);
	sqlite3_bind_int64(st->find_metric, 1, in->setup_id);
	sqlite3_bind_text(st->find_metric, 2, of->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st->find_metric, 3, name, -1, SQLITE_STATIC);
	code = sqlite3_step(st->find_metric);
	if (code == SQLITE_ROW) {
		*id = sqlite3_column_int64(st->find_metric, 0);
		return 0;
	}
	if (code != SQLITE_DONE)
		return db_fail(in->store, code, "reading metrics", err);
	sqlite3_reset(st->add_metric);
	sqlite3_bind_int64(st->add_metric, 1, in->setup_id);
	sqlite3_bind_text(st->add_metric, 2, of->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st->add_metric, 3, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(st->add_metric, 4, of->label, -1, SQLITE_STATIC);
	code = sqlite3_step(st->add_metric);
	if (code != SQLITE_DONE)
		return db_fail(in->store, code, "writing a metric", err);
	*id = sqlite3_last_insert_rowid(in->store->db);
	return 0;
}

static double median_of(const struct measure *measure)
{
	double *values = malloc(measure->n * sizeof(*values)), median;

	if (!values)
		return 0.0 / 0.0;
	for (size_t i = 0; i < measure->n; i++)
		values[i] = (double)measure->values[i];
	median = stats_median(values, measure->n);
	free(values);
	return median;
}

static int add_measure(struct intake *in, struct statements *st, const struct measured_case *of,
		       const struct measure *measure, char **err)
{
	double median = median_of(measure);
	int64_t id = 0;
	int ret, code;

	if (median != median)
		return -ENOMEM;
	ret = metric_id(in, st, of, measure->name, &id, err);
	if (ret)
		return ret;
	sqlite3_reset(st->add_point);
	sqlite3_bind_int64(st->add_point, 1, id);
	sqlite3_bind_int64(st->add_point, 2, in->started);
	sqlite3_bind_int64(st->add_point, 3, in->run_id);
	sqlite3_bind_double(st->add_point, 4, median);
	code = sqlite3_step(st->add_point);
	if (code != SQLITE_DONE)
		return db_fail(in->store, code, "writing a median", err);
	sqlite3_reset(st->add_raw);
	sqlite3_bind_int64(st->add_raw, 1, in->run_id);
	sqlite3_bind_int64(st->add_raw, 2, id);
	sqlite3_bind_blob(st->add_raw, 3, measure->values,
			  (int)(measure->n * sizeof(*measure->values)), SQLITE_STATIC);
	code = sqlite3_step(st->add_raw);
	return code == SQLITE_DONE ? 0 : db_fail(in->store, code, "writing samples", err);
}

static int add_measures(struct intake *in, char **err)
{
	struct statements st = { 0 };
	struct measures measures;
	int ret;

	ret = measures_of(&in->run, 1, &measures);
	if (ret)
		return ret;
	ret = prepare(in, &st, err);
	for (size_t i = 0; i < measures.nr_cases && !ret; i++) {
		const struct measured_case *of = &measures.cases[i];

		for (size_t j = 0; j < of->nr_measures && !ret; j++)
			ret = add_measure(in, &st, of, &of->measures[j], err);
	}
	finalize(&st);
	measures_release(&measures);
	return ret;
}

static int forget_run(struct store *store, int64_t run_id, char **err)
{
	static const char *const steps[] = {
		"DELETE FROM point WHERE started = (SELECT started FROM run WHERE id = ?1)"
		" AND run_id = ?1 AND metric_id IN (SELECT metric_id FROM raw WHERE run_id = ?1)",
		"DELETE FROM raw WHERE run_id = ?",
		"DELETE FROM run WHERE id = ?",
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ret; i++) {
		sqlite3_stmt *stmt = db_prepare(store, steps[i], &ret, err, "i", run_id);

		if (stmt)
			ret = db_done(store, stmt, "forgetting a run", err);
	}
	return ret;
}

/* Where the file lies and when it changed is not content: it may move. */
static int touch_run(struct intake *in, char **err)
{
	sqlite3_stmt *stmt;
	int ret = 0;

	if (!in->path)
		return 0;
	stmt = db_prepare(in->store,
			  "UPDATE run SET path = ?, file_bytes = ?, file_mtime_ns = ? WHERE id = ?"
			  " AND (path IS NOT ?1 OR file_bytes != ?2 OR file_mtime_ns != ?3)",
			  &ret, err, "tiii", in->path, in->file_bytes, in->file_mtime_ns,
			  in->run_id);
	return stmt ? db_done(in->store, stmt, "writing a run", err) : ret;
}

/* Inside the transaction. Return: 1 taken in, 0 was there already, -errno. */
static int take_in(struct intake *in, char **err)
{
	sqlite3_stmt *stmt;
	int64_t same = 0;
	int ret = 0;

	stmt = db_prepare(in->store, "SELECT id FROM run WHERE name = ?", &ret, err, "t",
			  in->run->id);
	if (!stmt)
		return ret;
	ret = db_number(in->store, stmt, 0, &in->run_id, err);
	if (ret)
		return ret;
	if (in->run_id) {
		stmt = db_prepare(in->store,
				  "SELECT count(*) FROM run WHERE id = ? AND content_sha256 = ?",
				  &ret, err, "it", in->run_id, in->hash);
		ret = stmt ? db_number(in->store, stmt, 0, &same, err) : ret;
		if (ret || same)
			return ret ? ret : touch_run(in, err);
		ret = forget_run(in->store, in->run_id, err);
	}
	if (!ret)
		ret = find_or_add_setup(in, err);
	if (!ret)
		ret = add_run_row(in, err);
	if (!ret)
		ret = add_measures(in, err);
	return ret ? ret : 1;
}

int store_ingest(struct store *store, const struct run *run, const char *path, char **err)
{
	struct intake in = { .store = store, .run = run };
	char *real = path ? realpath(path, NULL) : NULL;
	int ret;

	in.path = real ? real : path;
	ret = begin_intake(&in, err);
	if (!ret)
		ret = db_begin(store, err);
	if (!ret)
		ret = db_end(store, take_in(&in, err), err);
	free(real);
	return ret;
}

int store_clear(struct store *store, char **err)
{
	int ret = db_begin(store, err);

	if (!ret)
		ret = db_end(store,
			     db_exec(store,
				     "DELETE FROM raw; DELETE FROM point; DELETE FROM metric;"
				     "DELETE FROM run; DELETE FROM setup;",
				     "forgetting all runs", err),
			     err);
	if (!ret)
		ret = db_exec(store, "VACUUM", "giving room back", err);
	return ret;
}

int store_set_regressed(struct store *store, const char *name, bool regressed, char **err)
{
	sqlite3_stmt *stmt;
	int ret = 0;

	stmt = db_prepare(store, "UPDATE run SET regressed = ? WHERE name = ?", &ret, err, "it",
			  (int64_t)regressed, name);
	return stmt ? db_done(store, stmt, "writing a verdict", err) : ret;
}

/**
 * struct sync - one look through the run folders
 * @store: what they are taken into
 * @known: asks whether a file was taken in: its path, size and time
 * @problem: told of runs that cannot be read; may be NULL
 * @synced: what came of it
 */
struct sync {
	struct store *store;
	sqlite3_stmt *known;
	void (*problem)(const char *line);
	struct store_synced *synced;
};

/* Return: 1 if this very file was taken in, 0 if not, -errno. */
static int is_known(const struct sync *sync, const char *path, const struct stat *st, char **err)
{
	int code;

	sqlite3_bind_text(sync->known, 1, path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sync->known, 2, st->st_size);
	sqlite3_bind_int64(sync->known, 3, mtime_ns(st));
	code = sqlite3_step(sync->known);
	sqlite3_reset(sync->known);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return db_fail(sync->store, code, "reading runs", err);
	return code == SQLITE_ROW;
}

/* Anything but a file, a FIFO above all, could be waited for without end. */
static json_t *load_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	json_t *root = NULL;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		root = json_loadfd(fd, 0, NULL);
	if (fd >= 0)
		close(fd);
	return root;
}

/* What lubench compare --record left beside a run.json. */
static int take_in_verdict(struct store *store, const struct run *run, const char *run_path,
			   char **err)
{
	const char *verdict = NULL;
	json_t *root;
	char *path;
	int ret = 0;

	if (asprintf(&path, "%.*s/verdict.json", (int)(strrchr(run_path, '/') - run_path),
		     run_path) < 0)
		return -ENOMEM;
	root = load_file(path);
	free(path);
	if (root && !json_unpack(root, "{s:s}", "verdict", &verdict))
		ret = store_set_regressed(store, run->id, !strcmp(verdict, "regression"), err);
	json_decref(root);
	return ret;
}

static int sync_one(const struct sync *sync, const char *path, char **err)
{
	char *unreadable = NULL;
	struct run *run;
	struct stat st;
	int ret;

	if (stat(path, &st))
		return 0;
	ret = is_known(sync, path, &st, err);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = run_load(path, &run, &unreadable);
	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		sync->synced->unreadable++;
		if (sync->problem)
			sync->problem(unreadable ? unreadable : path);
		free(unreadable);
		return 0;
	}
	ret = store_ingest(sync->store, run, path, err);
	sync->synced->added += ret > 0;
	if (ret > 0)
		ret = take_in_verdict(sync->store, run, path, err);
	run_free(run);
	return ret < 0 ? ret : 0;
}

/*
 * The first run of this folder whose run.json is gone; 0 when there is none. Only where the folder
 * of runs itself can be seen: one that is not mounted has lost nothing.
 */
static int find_gone(struct store *store, const char *folder, int64_t *run_id, char **err)
{
	size_t len = strlen(folder);
	sqlite3_stmt *stmt;
	int ret = 0, code;

	*run_id = 0;
	stmt = db_prepare(store, "SELECT id, path FROM run WHERE path IS NOT NULL", &ret, err, "");
	if (!stmt)
		return ret;
	while (!*run_id && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(stmt, 1);

		if (path && !strncmp(path, folder, len) && path[len] == '/' && access(path, F_OK) &&
		    (errno == ENOENT || errno == ENOTDIR))
			*run_id = sqlite3_column_int64(stmt, 0);
	}
	if (!*run_id && code != SQLITE_DONE)
		ret = db_fail(store, code, "reading runs", err);
	sqlite3_finalize(stmt);
	return ret;
}

static int forget_gone(struct store *store, const char *folder, char **err)
{
	for (;;) {
		int64_t run_id;
		int ret = find_gone(store, folder, &run_id, err);

		if (ret || !run_id)
			return ret;
		ret = db_begin(store, err);
		if (!ret)
			ret = db_end(store, forget_run(store, run_id, err), err);
		if (ret)
			return ret;
	}
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int store_sync(struct store *store, const char *results, void (*problem)(const char *line),
	       struct store_synced *synced, char **err)
{
	struct sync sync = { .store = store, .problem = problem, .synced = synced };
	char *folder = realpath(results, NULL);
	struct dirent **entries;
	int ret = 0, nr;

	*synced = (struct store_synced){ 0 };
	if (!folder)
		return errno == ENOENT ? 0 :
					 lu_fail(err, -errno, "%s: %s: name another with --results",
						 results, strerror(errno));
	nr = scandir(folder, &entries, not_hidden, alphasort);
	if (nr < 0) {
		ret = lu_fail(err, -errno, "%s: %s: name another with --results", folder,
			      strerror(errno));
		free(folder);
		return ret;
	}
	sync.known = db_prepare(store,
				"SELECT 1 FROM run WHERE path = ? AND file_bytes = ?"
				" AND file_mtime_ns = ?",
				&ret, err, "");
	for (int i = 0; i < nr; i++) {
		char *path = NULL;

		if (!ret && asprintf(&path, "%s/%s/run.json", folder, entries[i]->d_name) < 0)
			ret = -ENOMEM;
		if (!ret)
			ret = sync_one(&sync, path, err);
		free(path);
		free(entries[i]);
	}
	sqlite3_finalize(sync.known);
	free(entries);
	/* Last, so that a run that was moved within the folder has its new path already. */
	if (!ret)
		ret = forget_gone(store, folder, err);
	free(folder);
	return ret;
}
