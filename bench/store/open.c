// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening the history, and what happens to a damaged one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "store/db.h"

#define BUSY_TIMEOUT_MS 30000

/*
 * The write-ahead log survives a kill at any byte; NORMAL may lose the last runs when the power
 * fails, and store_sync() takes them in again. Memory for pages is bounded.
 */
#define SETTINGS                       \
	"PRAGMA foreign_keys = ON;"    \
	"PRAGMA synchronous = NORMAL;" \
	"PRAGMA cache_size = -16384;"  \
	"PRAGMA temp_store = MEMORY;"

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

/* A file: URI that names any path. */
static char *uri_of(const char *path, const char *query)
{
	char *uri = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&uri, &size);
	if (!f)
		return NULL;
	fputs("file:", f);
	/* "//" would begin the name of a host. */
	while (path[0] == '/' && path[1] == '/')
		path++;
	for (; *path; path++) {
		if (strchr("%?#", *path))
			fprintf(f, "%%%02x", (unsigned char)*path);
		else
			fputc(*path, f);
	}
	fputs(query, f);
	if (fclose(f)) {
		free(uri);
		return NULL;
	}
	return uri;
}

static int connect_to(struct store *store, int flags, const char *query, char **err)
{
	char *uri = uri_of(store->path, query);
	int code;

	if (!uri)
		return -ENOMEM;
	sqlite3_close(store->db);
	store->db = NULL;
	code = sqlite3_open_v2(uri, &store->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
			       NULL);
	free(uri);
	if (code != SQLITE_OK)
		return db_fail(store, code, "opening", err);
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	return db_exec(store, SETTINGS, "opening", err);
}

/* The schema table is read from the file, so a file that is none is found out here. */
static int look_at_schema(struct store *store, char **err)
{
	return db_exec(store, "SELECT count(*) FROM sqlite_schema", "opening", err);
}

static int open_to_read(struct store *store, char **err)
{
	int ret;

	store->read_only = true;
	if (access(store->path, F_OK))
		return lu_fail(err, -ENOENT,
			       "%s: no history yet: lubench history makes one out of "
			       "the run folders",
			       store->path);
	ret = connect_to(store, SQLITE_OPEN_READONLY, "", NULL);
	if (!ret)
		ret = look_at_schema(store, NULL);
	if (ret == -EUCLEAN || !ret)
		return ret ? look_at_schema(store, err) : db_migrate(store, STORE_VERSION, err);
	/* A log cannot be opened on a read-only file system, but nobody writes there either. */
	ret = connect_to(store, SQLITE_OPEN_READONLY, "?immutable=1", err);
	if (!ret)
		ret = look_at_schema(store, err);
	if (!ret)
		ret = db_migrate(store, STORE_VERSION, err);
	return ret;
}

/*
 * Where several make the same file at once SQLite gives up without asking its busy handler, since
 * waiting with a lock held could last for ever (https://www.sqlite.org/c3ref/busy_handler.html).
 */
static int switch_to_log(struct store *store, char **err)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	time_t until = time(NULL) + BUSY_TIMEOUT_MS / 1000;
	int ret;

	while ((ret = db_exec(store, "PRAGMA journal_mode = WAL", "opening", NULL)) == -EBUSY &&
	       time(NULL) < until)
		nanosleep(&pause, NULL);
	return ret ? db_exec(store, "PRAGMA journal_mode = WAL", "opening", err) : 0;
}

static int open_to_write(struct store *store, char **err)
{
	int ret;

	ret = connect_to(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "", err);
	if (!ret)
		ret = look_at_schema(store, err);
	if (!ret && sqlite3_db_readonly(store->db, "main") == 1)
		ret = lu_fail(err, -EROFS,
			      "%s: cannot be written: make it writable or name another with --db",
			      store->path);
	if (!ret)
		ret = switch_to_log(store, err);
	if (!ret)
		ret = db_migrate(store, STORE_VERSION, err);
	return ret;
}

int store_check(struct store *store, char **err)
{
	const char *first;
	sqlite3_stmt *stmt;
	int ret = 0, code;

	stmt = db_prepare(store, "PRAGMA integrity_check(1)", &ret, err, "");
	if (!stmt)
		return ret;
	code = sqlite3_step(stmt);
	if (code != SQLITE_ROW) {
		ret = db_fail(store, code, "checking", err);
	} else {
		first = (const char *)sqlite3_column_text(stmt, 0);
		if (!first || strcmp(first, "ok") != 0)
			ret = lu_fail(err, -EUCLEAN,
				      "%s: damaged: %s: lubench history --rebuild builds it anew",
				      store->path, first ? first : "no answer");
	}
	sqlite3_finalize(stmt);
	return ret;
}

static int move_aside(const char *path, const char *suffix, const char *stamp)
{
	char *from = NULL, *to = NULL;
	int ret = 0;

	if (asprintf(&from, "%s%s", path, suffix) < 0 ||
	    asprintf(&to, "%s.damaged-%s%s", path, stamp, suffix) < 0)
		ret = -ENOMEM;
	else if (rename(from, to) && errno != ENOENT)
		ret = -errno;
	free(from);
	free(to);
	return ret;
}

/*
 * Two processes may find the damage at once. Only the one that holds the lock
 * moves the file, and the other then finds a sound one in its place.
 */
int store_repair(struct store *store, char **notice, char **err)
{
	char *lock_path, stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int lock, ret;

	if (asprintf(&lock_path, "%s.lock", store->path) < 0)
		return -ENOMEM;
	lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	free(lock_path);
	if (lock < 0 || flock(lock, LOCK_EX)) {
		ret = lu_fail(err, -errno, "%s: damaged, and cannot be set aside: %s", store->path,
			      strerror(errno));
		goto out;
	}
	ret = open_to_write(store, NULL);
	if (!ret)
		ret = store_check(store, NULL);
	if (ret != -EUCLEAN) {
		if (ret)
			ret = open_to_write(store, err);
		goto out;
	}
	sqlite3_close(store->db);
	store->db = NULL;
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	ret = move_aside(store->path, "", stamp);
	if (!ret)
		ret = move_aside(store->path, "-wal", stamp);
	if (!ret)
		ret = move_aside(store->path, "-shm", stamp);
	if (ret) {
		lu_fail(err, ret, "%s: damaged, and cannot be set aside: %s", store->path,
			strerror(-ret));
		goto out;
	}
	if (asprintf(notice,
		     "%s was damaged; it lies in %s.damaged-%s now and is built anew from the run "
		     "folders",
		     store->path, store->path, stamp) < 0)
		*notice = NULL;
	ret = open_to_write(store, err);
out:
	if (lock >= 0)
		close(lock);
	return ret;
}

int store_open(const char *path, enum store_mode mode, struct store **out, char **notice,
	       char **err)
{
	struct store *store;
	char *problem = NULL;
	int ret;

	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	store->path = strdup(path);
	if (!store->path) {
		free(store);
		return -ENOMEM;
	}
	if (mode == STORE_READ) {
		ret = open_to_read(store, &problem);
	} else {
		ret = open_to_write(store, &problem);
		if (ret == -EUCLEAN) {
			free(problem);
			problem = NULL;
			ret = store_repair(store, notice, &problem);
		}
	}
	if (ret) {
		store_close(store);
		lu_fail(err, ret, "%s", problem ? problem : strerror(-ret));
		free(problem);
		return ret;
	}
	free(problem);
	*out = store;
	return 0;
}
