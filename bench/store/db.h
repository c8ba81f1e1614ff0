/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite as the history needs it: errors in words, statements, schema. */
#ifndef LUBENCH_STORE_DB_H
#define LUBENCH_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "store/store.h"

/**
 * struct store - an open history
 * @db: the connection
 * @path: the file
 * @read_only: nothing can be written
 */
struct store {
	sqlite3 *db;
	char *path;
	bool read_only;
};

/* Schema that this program writes; a file remembers its own in user_version. */
#define STORE_VERSION 3

/* Turns the last error of SQLite into errno and a line. Return: negative errno. */
int db_fail(struct store *store, int code, const char *doing, char **err);

int db_exec(struct store *store, const char *sql, const char *doing, char **err);

/*
 * db_prepare - a statement with its arguments
 * @types: one letter an argument: t text or NULL, i int64_t, d double, b blob
 *	(two arguments: const void *, int)
 *
 * Text and blobs must outlive the statement's last step.
 * Return: the statement, NULL with @err set and *@ret a negative errno.
 */
sqlite3_stmt *db_prepare(struct store *store, const char *sql, int *ret, char **err,
			 const char *types, ...);

/* Steps a statement that gives no rows, and finalises it. Return: 0 or -errno. */
int db_done(struct store *store, sqlite3_stmt *stmt, const char *doing, char **err);

/* First column of the first row as a number; @missing without a row. Return: 0 or -errno. */
int db_number(struct store *store, sqlite3_stmt *stmt, int64_t missing, int64_t *number,
	      char **err);

/* A write transaction; the lock is taken at once, so that it cannot fail half-way. */
int db_begin(struct store *store, char **err);
/* Commits when @ret is not negative, else rolls back. Return: @ret or -errno. */
int db_end(struct store *store, int ret, char **err);

/*
 * db_migrate - bring the schema from its version to @version
 *
 * Each step is a transaction of its own. Return: 0, -ESTALE for a newer file,
 * -EUCLEAN for one whose version never was.
 */
int db_migrate(struct store *store, int version, char **err);

#endif
