/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table describes a JSON object and the C structure that mirrors it. Reading, writing,
 * checking, freeing and the JSON Schema all follow from the table.
 */
#ifndef LUBENCH_RUN_TABLE_H
#define LUBENCH_RUN_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum field_type {
	FIELD_STRING, /* char * */
	FIELD_INT, /* int64_t */
	FIELD_BOOL, /* bool */
	FIELD_OBJECT, /* an embedded structure with fields of its own */
	FIELD_VALUES, /* struct lu_values: { "name": integer or null } */
	FIELD_STRINGS, /* struct lu_strings: [ "string" ] */
	FIELD_ARRAY, /* pointer to structures, and a size_t beside it */
};

/** enum field_form - what a string may hold. */
enum field_form {
	FORM_TEXT, /* any text without control characters */
	FORM_NAME, /* lower-case word: [a-z0-9][a-z0-9_.:-]* */
	FORM_ID, /* a file name: [A-Za-z0-9][A-Za-z0-9_.:+-]* */
	FORM_TIME, /* RFC 3339 in UTC: 2026-01-31T23:59:59Z */
	FORM_SHA256, /* 64 lower-case hexadecimal digits */
	FORM_ONE_OF, /* one of a list */
};

enum field_flags {
	FIELD_NULLABLE = 1, /* may be null */
	FIELD_OPTIONAL = 2, /* may be absent, which reads as null or empty */
};

struct table;

struct field {
	const char *name;
	enum field_type type;
	unsigned int flags;
	size_t offset;
	size_t count_offset; /* FIELD_ARRAY: where the size_t is */
	enum field_form form; /* FIELD_STRING */
	const char *const *one_of; /* FORM_ONE_OF: ends with NULL */
	int64_t min; /* FIELD_INT */
	const struct table *sub; /* FIELD_OBJECT, FIELD_ARRAY */
	const char *what; /* for the schema */
};

struct table {
	size_t size; /* of the structure */
	const struct field *fields;
	size_t nr_fields;
};

/** table_init() - every number LU_NULL, everything else empty. */
void table_init(const struct table *t, void *obj);

/** table_release() - free everything the structure owns, and empty it. */
void table_release(const struct table *t, void *obj);

/**
 * table_read() - fill an initialised structure from JSON.
 * @where: how messages name the object: "" or "samples[3].".
 *
 * Return: 0, -EINVAL with a message "WHAT: WHAT TO DO", -ENOMEM. The structure can be released
 * after any return.
 */
int table_read(const struct table *t, void *obj, const json_t *json, const char *where, char **err);

/** table_write() - Return: 0 and new JSON in @out, checked like the input; or as table_read(). */
int table_write(const struct table *t, const void *obj, json_t **out, const char *where,
		char **err);

/** table_schema() - Return: the JSON Schema of the object, NULL without memory. */
json_t *table_schema(const struct table *t);

#endif
