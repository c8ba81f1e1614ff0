// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/db.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/error.h"

/*
 * Clustered by metric, then time: a series is read in one sweep. Raw values
 * are clustered by run: taking one in writes them in one place.
 */
static const char *const migrations[STORE_VERSION] = {
	"CREATE TABLE setup ("
	"	id INTEGER PRIMARY KEY,"
	"	key TEXT NOT NULL UNIQUE,"
	"	label TEXT NOT NULL,"
	"	exact INTEGER NOT NULL);"
	"CREATE TABLE run ("
	"	id INTEGER PRIMARY KEY,"
	"	name TEXT NOT NULL UNIQUE,"
	"	setup_id INTEGER NOT NULL REFERENCES setup(id),"
	"	started INTEGER NOT NULL,"
	"	path TEXT,"
	"	file_bytes INTEGER NOT NULL,"
	"	file_mtime_ns INTEGER NOT NULL,"
	"	content_sha256 TEXT NOT NULL,"
	"	tool_commit TEXT,"
	"	kernel_release TEXT,"
	"	kernel_source TEXT,"
	"	kernel_patches TEXT,"
	"	kernel_config TEXT,"
	"	samples INTEGER NOT NULL,"
	"	failed INTEGER NOT NULL,"
	"	complete INTEGER NOT NULL);"
	"CREATE INDEX run_by_setup ON run(setup_id, started);"
	"CREATE INDEX run_by_path ON run(path);"
	"CREATE TABLE metric ("
	"	id INTEGER PRIMARY KEY,"
	"	setup_id INTEGER NOT NULL REFERENCES setup(id),"
	"	case_key TEXT NOT NULL,"
	"	case_label TEXT NOT NULL,"
	"	name TEXT NOT NULL,"
	"	UNIQUE(setup_id, case_key, name));"
	"CREATE TABLE point ("
	"	metric_id INTEGER NOT NULL REFERENCES metric(id),"
	"	started INTEGER NOT NULL,"
	"	run_id INTEGER NOT NULL REFERENCES run(id),"
	"	median REAL NOT NULL,"
	"	PRIMARY KEY(metric_id, started, run_id)) WITHOUT ROWID;"
	"CREATE TABLE raw ("
	"	run_id INTEGER NOT NULL REFERENCES run(id),"
	"	metric_id INTEGER NOT NULL REFERENCES metric(id),"
	"	samples BLOB NOT NULL,"
	"	PRIMARY KEY(run_id, metric_id)) WITHOUT ROWID;",
	"ALTER TABLE run ADD COLUMN regressed INTEGER NOT NULL DEFAULT 0;",
	/* Keys of setups have more fields: every run folder that is still there is read again. */
	"UPDATE run SET file_mtime_ns = -1, content_sha256 = '';",
};

static int errno_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static const char *remedy(int error)
{
	switch (error) {
	case -ENOSPC:
		return "free some space and try again; the history is as it was";
	case -EROFS:
	case -EACCES:
		return "make it writable or name another with --db; the history is as it was";
	case -EBUSY:
		return "another process has held it for too long; try again";
	case -EUCLEAN:
		return "the file is damaged; lubench history --rebuild builds it anew";
	default:
		return "try again; the history is as it was";
	}
}

int db_fail(struct store *store, int code, const char *doing, char **err)
{
	int error = errno_of(code);

	return lu_fail(err, error, "%s: %s: %s: %s", store->path, doing,
		       store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code), remedy(error));
}

int db_exec(struct store *store, const char *sql, const char *doing, char **err)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : db_fail(store, code, doing, err);
}

static int bind(sqlite3_stmt *stmt, const char *types, va_list ap)
{
	int code = SQLITE_OK;

	for (int at = 1; *types && code == SQLITE_OK; types++, at++) {
		switch (*types) {
		case 't':
			code = sqlite3_bind_text(stmt, at, va_arg(ap, const char *), -1,
						 SQLITE_STATIC);
			break;
		case 'i':
			code = sqlite3_bind_int64(stmt, at, va_arg(ap, int64_t));
			break;
		case 'd':
			code = sqlite3_bind_double(stmt, at, va_arg(ap, double));
			break;
		case 'b': {
			const void *blob = va_arg(ap, const void *);

			code = sqlite3_bind_blob(stmt, at, blob, va_arg(ap, int), SQLITE_STATIC);
			break;
		}
		}
	}
	return code;
}

sqlite3_stmt *db_prepare(struct store *store, const char *sql, int *ret, char **err,
			 const char *types, ...)
{
	sqlite3_stmt *stmt = NULL;
	va_list ap;
	int code;

	code = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		va_start(ap, types);
		code = bind(stmt, types, ap);
		va_end(ap);
	}
	if (code == SQLITE_OK)
		return stmt;
	*ret = db_fail(store, code, "asking", err);
	sqlite3_finalize(stmt);
	return NULL;
}

int db_done(struct store *store, sqlite3_stmt *stmt, const char *doing, char **err)
{
	int code = sqlite3_step(stmt), ret = 0;

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		ret = db_fail(store, code, doing, err);
	sqlite3_finalize(stmt);
	return ret;
}

int db_number(struct store *store, sqlite3_stmt *stmt, int64_t missing, int64_t *number, char **err)
{
	int code = sqlite3_step(stmt), ret = 0;

	*number = missing;
	if (code == SQLITE_ROW)
		*number = sqlite3_column_int64(stmt, 0);
	else if (code != SQLITE_DONE)
		ret = db_fail(store, code, "reading", err);
	sqlite3_finalize(stmt);
	return ret;
}

int db_begin(struct store *store, char **err)
{
	return db_exec(store, "BEGIN IMMEDIATE", "starting to write", err);
}

int db_end(struct store *store, int ret, char **err)
{
	int done;

	if (ret >= 0) {
		done = db_exec(store, "COMMIT", "writing", err);
		if (!done)
			return ret;
		ret = done;
	}
	/* SQLite may have rolled back by itself already. */
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

static int user_version(struct store *store, int *version, char **err)
{
	sqlite3_stmt *stmt;
	int64_t number = 0;
	int ret = 0;

	*version = 0;
	stmt = db_prepare(store, "PRAGMA user_version", &ret, err, "");
	if (!stmt)
		return ret;
	ret = db_number(store, stmt, 0, &number, err);
	*version = (int)number;
	return ret;
}

/* One step up, unless another process has done it in the meantime. */
static int migrate_once(struct store *store, int to, char **err)
{
	char pragma[64];
	int ret, version = 0;

	ret = db_begin(store, err);
	if (ret)
		return ret;
	ret = user_version(store, &version, err);
	if (!ret && version == to - 1) {
		ret = db_exec(store, migrations[to - 1], "bringing the schema up to date", err);
		snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", to);
		if (!ret)
			ret = db_exec(store, pragma, "bringing the schema up to date", err);
	}
	return db_end(store, ret, err);
}

int db_migrate(struct store *store, int version, char **err)
{
	int ret, at;

	ret = user_version(store, &at, err);
	if (!ret && at > STORE_VERSION)
		return lu_fail(err, -ESTALE,
			       "%s: written by a newer lubench (schema %d, this one knows %d): use "
			       "that one, or name another file with --db",
			       store->path, at, STORE_VERSION);
	if (!ret && at < 0)
		return lu_fail(err, -EUCLEAN,
			       "%s: damaged: there is no schema %d: lubench history --rebuild "
			       "builds it anew",
			       store->path, at);
	if (!ret && at < version && store->read_only)
		return lu_fail(err, -EROFS,
			       "%s: written by an older lubench and cannot be brought up to date: "
			       "make it writable or name another with --db",
			       store->path);
	while (!ret && at < version && at < STORE_VERSION)
		ret = migrate_once(store, ++at, err);
	return ret;
}
