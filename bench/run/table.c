// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "run/run.h"

/* Longer strings and names are a sign of a broken or hostile file. */
#define MAX_TEXT 8192
#define MAX_NAME 64
#define MAX_ID 200

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static void *at(const struct field *f, const void *obj)
{
	return (char *)obj + f->offset;
}

static size_t *count_of(const struct field *f, const void *obj)
{
	return (size_t *)((char *)obj + f->count_offset);
}

void table_init(const struct table *t, void *obj)
{
	memset(obj, 0, t->size);
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct field *f = &t->fields[i];

		if (f->type == FIELD_INT)
			*(int64_t *)at(f, obj) = LU_NULL;
		else if (f->type == FIELD_OBJECT)
			table_init(f->sub, at(f, obj));
	}
}

static void release_array(const struct field *f, void *obj)
{
	char **items = at(f, obj);
	size_t *n = count_of(f, obj);

	for (size_t i = 0; i < *n; i++)
		table_release(f->sub, *items + i * f->sub->size);
	free(*items);
	*items = NULL;
	*n = 0;
}

void table_release(const struct table *t, void *obj)
{
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct field *f = &t->fields[i];

		switch (f->type) {
		case FIELD_STRING:
			free(*(char **)at(f, obj));
			*(char **)at(f, obj) = NULL;
			break;
		case FIELD_OBJECT:
			table_release(f->sub, at(f, obj));
			break;
		case FIELD_VALUES:
			lu_values_release(at(f, obj));
			break;
		case FIELD_STRINGS:
			lu_strings_release(at(f, obj));
			break;
		case FIELD_ARRAY:
			release_array(f, obj);
			break;
		case FIELD_INT:
		case FIELD_BOOL:
			break;
		}
	}
}

static bool only(const char *s, const char *set)
{
	return s[strspn(s, set)] == '\0';
}

/* C0, DEL and the two-byte UTF-8 form of C1: they could drive the terminal that shows the text. */
static bool has_control(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f))
			return true;
	return false;
}

static bool is_time(const char *s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
	int month, day, hour, minute, second;

	if (strlen(s) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? !strchr(DIGIT, s[i]) : s[i] != shape[i])
			return false;
	month = atoi(s + 5);
	day = atoi(s + 8);
	hour = atoi(s + 11);
	minute = atoi(s + 14);
	second = atoi(s + 17);
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 &&
	       second <= 60;
}

static bool is_name(const char *s)
{
	return *s && strlen(s) <= MAX_NAME && strchr(LOWER DIGIT, *s) &&
	       only(s, LOWER DIGIT "_.:-");
}

static const char *one_of_text(const char *const *list, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; list[i] && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "", list[i]);
	return buf;
}

/* What a string is not, as "is not …"; NULL when nothing is wrong with it. */
static const char *string_fault(const struct field *f, const char *s, char *buf, size_t size)
{
	switch (f->form) {
	case FORM_TEXT:
		break;
	case FORM_NAME:
		if (!is_name(s))
			return "is not a lower-case name of a-z, 0-9, _ . : -, at most 64 long";
		break;
	case FORM_ID:
		if (!*s || strlen(s) > MAX_ID || !strchr(UPPER LOWER DIGIT, *s) ||
		    !only(s, UPPER LOWER DIGIT "_.:+-"))
			return "is not a file name of A-Z, a-z, 0-9, _ . : + -, at most 200 long";
		break;
	case FORM_TIME:
		if (!is_time(s))
			return "is not a time in UTC like 2026-01-31T23:59:59Z";
		break;
	case FORM_SHA256:
		if (strlen(s) != 64 || !only(s, DIGIT "abcdef"))
			return "is not a hash of 64 lower-case hexadecimal digits";
		break;
	case FORM_ONE_OF:
		for (size_t i = 0; f->one_of[i]; i++)
			if (!strcmp(s, f->one_of[i]))
				return NULL;
		snprintf(buf, size, "is not one of ");
		one_of_text(f->one_of, buf + strlen(buf), size - strlen(buf));
		return buf;
	}
	if (strlen(s) > MAX_TEXT)
		return "is longer than 8192 bytes";
	if (has_control(s))
		return "has control characters";
	return NULL;
}

static int check_string(const struct field *f, const char *s, const char *where, char **err)
{
	char buf[256];
	const char *fault = string_fault(f, s, buf, sizeof(buf));

	if (!fault)
		return 0;
	return lu_fail(err, -EINVAL, "%s%s %s", where, f->name, fault);
}

static int check_int(const struct field *f, int64_t v, const char *where, char **err)
{
	if (v >= f->min && v != LU_NULL)
		return 0;
	return lu_fail(err, -EINVAL, "%s%s is %lld, less than %lld", where, f->name, (long long)v,
		       (long long)(f->min == LU_NULL ? LU_NULL + 1 : f->min));
}

static int out_of_memory(char **err)
{
	return lu_fail(err, -ENOMEM, "out of memory");
}

static const char *json_type_name(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

static int wrong_type(const struct field *f, const json_t *json, const char *where,
		      const char *want, char **err)
{
	return lu_fail(err, -EINVAL, "%s%s is %s, not %s%s", where, f->name, json_type_name(json),
		       want, f->flags & FIELD_NULLABLE ? " or null" : "");
}

static int read_values(const struct field *f, struct lu_values *vals, const json_t *json,
		       const char *where, char **err)
{
	const char *key;
	json_t *item;

	if (!json_is_object(json))
		return wrong_type(f, json, where, "an object of integers", err);
	/* Names are unique already, so this appends without looking each one up. */
	vals->v = calloc(json_object_size(json) + 1, sizeof(*vals->v));
	if (!vals->v)
		return out_of_memory(err);
	json_object_foreach((json_t *)json, key, item) {
		struct lu_value *v = &vals->v[vals->n];

		if (!is_name(key))
			return lu_fail(err, -EINVAL,
				       "%s%s holds a name that is not of a-z, 0-9, _ . : -, at "
				       "most 64 long",
				       where, f->name);
		if (!json_is_null(item) && !json_is_integer(item))
			return lu_fail(err, -EINVAL, "%s%s.%s is %s, not an integer or null", where,
				       f->name, key, json_type_name(item));
		if (json_is_integer(item) && json_integer_value(item) == LU_NULL)
			return lu_fail(err, -EINVAL, "%s%s.%s is out of range", where, f->name,
				       key);
		v->name = strdup(key);
		if (!v->name)
			return out_of_memory(err);
		v->value = json_is_null(item) ? LU_NULL : json_integer_value(item);
		vals->n++;
	}
	return 0;
}

static int read_strings(const struct field *f, struct lu_strings *list, const json_t *json,
			const char *where, char **err)
{
	size_t i;
	json_t *item;

	if (!json_is_array(json))
		return wrong_type(f, json, where, "a list of strings", err);
	json_array_foreach((json_t *)json, i, item) {
		int ret;

		if (!json_is_string(item))
			return wrong_type(f, item, where, "a list of strings", err);
		ret = check_string(f, json_string_value(item), where, err);
		if (ret)
			return ret;
		if (lu_strings_add(list, json_string_value(item)))
			return out_of_memory(err);
	}
	return 0;
}

static int read_array(const struct field *f, void *obj, const json_t *json, const char *where,
		      char **err)
{
	char **items = at(f, obj);
	size_t *n = count_of(f, obj), room = 0, i;
	json_t *item;

	if (!json_is_array(json))
		return wrong_type(f, json, where, "a list", err);
	json_array_foreach((json_t *)json, i, item) {
		char name[128];
		char *slot;
		int ret;

		/* Grow with what has proved valid: a hostile list cannot make us reserve much. */
		if (i == room) {
			char *bigger;

			room = room ? room * 2 : 16;
			bigger = reallocarray(*items, room, f->sub->size);
			if (!bigger)
				return out_of_memory(err);
			*items = bigger;
		}
		slot = *items + i * f->sub->size;
		table_init(f->sub, slot);
		*n = i + 1;
		snprintf(name, sizeof(name), "%s%s[%zu].", where, f->name, i);
		ret = table_read(f->sub, slot, item, name, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_string(const struct field *f, char **s, const json_t *json, const char *where,
		       char **err)
{
	int ret;

	if (!json_is_string(json))
		return wrong_type(f, json, where, "a string", err);
	ret = check_string(f, json_string_value(json), where, err);
	if (ret)
		return ret;
	*s = strdup(json_string_value(json));
	return *s ? 0 : out_of_memory(err);
}

static int read_field(const struct field *f, void *obj, const json_t *json, const char *where,
		      char **err)
{
	char name[128];

	if (!json) {
		if (f->flags & FIELD_OPTIONAL)
			return 0;
		return lu_fail(err, -EINVAL, "%s%s is missing%s", where, f->name,
			       f->flags & FIELD_NULLABLE ? "; what is not known is null" : "");
	}
	if (json_is_null(json) && f->flags & FIELD_NULLABLE)
		return 0;
	switch (f->type) {
	case FIELD_STRING:
		return read_string(f, at(f, obj), json, where, err);
	case FIELD_INT:
		if (!json_is_integer(json))
			return wrong_type(f, json, where, "an integer", err);
		*(int64_t *)at(f, obj) = json_integer_value(json);
		return check_int(f, json_integer_value(json), where, err);
	case FIELD_BOOL:
		if (!json_is_boolean(json))
			return wrong_type(f, json, where, "true or false", err);
		*(bool *)at(f, obj) = json_is_true(json);
		return 0;
	case FIELD_OBJECT:
		snprintf(name, sizeof(name), "%s%s.", where, f->name);
		return table_read(f->sub, at(f, obj), json, name, err);
	case FIELD_VALUES:
		return read_values(f, at(f, obj), json, where, err);
	case FIELD_STRINGS:
		return read_strings(f, at(f, obj), json, where, err);
	case FIELD_ARRAY:
		return read_array(f, obj, json, where, err);
	}
	return 0;
}

int table_read(const struct table *t, void *obj, const json_t *json, const char *where, char **err)
{
	if (!json_is_object(json))
		return lu_fail(err, -EINVAL, "%.*s is %s, not an object",
			       *where ? (int)strlen(where) - 1 : 8, *where ? where : "the file",
			       json_type_name(json));
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct field *f = &t->fields[i];
		int ret = read_field(f, obj, json_object_get(json, f->name), where, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int write_string(const struct field *f, const char *s, json_t **out, const char *where,
			char **err)
{
	int ret;

	if (!s) {
		if (!(f->flags & FIELD_NULLABLE))
			return lu_fail(err, -EINVAL, "%s%s is not set", where, f->name);
		*out = json_null();
		return 0;
	}
	ret = check_string(f, s, where, err);
	if (ret)
		return ret;
	*out = json_string(s);
	return *out ? 0 : lu_fail(err, -EINVAL, "%s%s is not UTF-8", where, f->name);
}

static int write_int(const struct field *f, int64_t v, json_t **out, const char *where, char **err)
{
	int ret;

	if (v == LU_NULL && f->flags & FIELD_NULLABLE) {
		*out = json_null();
		return 0;
	}
	if (v == LU_NULL)
		return lu_fail(err, -EINVAL, "%s%s is not set", where, f->name);
	ret = check_int(f, v, where, err);
	if (ret)
		return ret;
	*out = json_integer(v);
	return *out ? 0 : out_of_memory(err);
}

static int write_values(const struct field *f, const struct lu_values *vals, json_t **out,
			const char *where, char **err)
{
	json_t *obj = json_object();

	if (!obj)
		return out_of_memory(err);
	for (size_t i = 0; i < vals->n; i++) {
		const struct lu_value *v = &vals->v[i];

		if (!is_name(v->name) || json_object_get(obj, v->name)) {
			json_decref(obj);
			return lu_fail(err, -EINVAL,
				       "%s%s: name '%s' is not allowed or twice there", where,
				       f->name, v->name);
		}
		if (json_object_set_new(obj, v->name,
					v->value == LU_NULL ? json_null() :
							      json_integer(v->value))) {
			json_decref(obj);
			return out_of_memory(err);
		}
	}
	*out = obj;
	return 0;
}

static int write_item(const struct field *f, const void *obj, size_t i, json_t **out,
		      const char *where, char **err)
{
	char name[128];

	if (f->type == FIELD_STRINGS)
		return write_string(f, ((const struct lu_strings *)at(f, obj))->v[i], out, where,
				    err);
	snprintf(name, sizeof(name), "%s%s[%zu].", where, f->name, i);
	return table_write(f->sub, *(char *const *)at(f, obj) + i * f->sub->size, out, name, err);
}

static int write_items(const struct field *f, const void *obj, size_t n, json_t **out,
		       const char *where, char **err)
{
	json_t *array = json_array();

	if (!array)
		return out_of_memory(err);
	for (size_t i = 0; i < n; i++) {
		json_t *item = NULL;
		int ret = write_item(f, obj, i, &item, where, err);

		if (!ret && json_array_append_new(array, item))
			ret = out_of_memory(err);
		if (ret) {
			json_decref(array);
			return ret;
		}
	}
	*out = array;
	return 0;
}

static int write_field(const struct field *f, const void *obj, json_t **out, const char *where,
		       char **err)
{
	char name[128];

	switch (f->type) {
	case FIELD_STRING:
		return write_string(f, *(char *const *)at(f, obj), out, where, err);
	case FIELD_INT:
		return write_int(f, *(const int64_t *)at(f, obj), out, where, err);
	case FIELD_BOOL:
		*out = json_boolean(*(const bool *)at(f, obj));
		return 0;
	case FIELD_OBJECT:
		snprintf(name, sizeof(name), "%s%s.", where, f->name);
		return table_write(f->sub, at(f, obj), out, name, err);
	case FIELD_VALUES:
		return write_values(f, at(f, obj), out, where, err);
	case FIELD_STRINGS:
		return write_items(f, obj, ((const struct lu_strings *)at(f, obj))->n, out, where,
				   err);
	case FIELD_ARRAY:
		return write_items(f, obj, *count_of(f, obj), out, where, err);
	}
	return -EINVAL;
}

int table_write(const struct table *t, const void *obj, json_t **out, const char *where, char **err)
{
	json_t *json = json_object();

	if (!json)
		return out_of_memory(err);
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct field *f = &t->fields[i];
		json_t *item = NULL;
		int ret = write_field(f, obj, &item, where, err);

		if (!ret && json_object_set_new(json, f->name, item))
			ret = out_of_memory(err);
		if (ret) {
			json_decref(json);
			return ret;
		}
	}
	*out = json;
	return 0;
}

static json_t *type_or_null(const struct field *f, const char *type)
{
	if (f->flags & FIELD_NULLABLE)
		return json_pack("[s,s]", type, "null");
	return json_string(type);
}

static void schema_string(const struct field *f, json_t *s)
{
	static const char *const pattern[] = {
		[FORM_NAME] = "^[a-z0-9][a-z0-9_.:-]{0,63}$",
		[FORM_ID] = "^[A-Za-z0-9][A-Za-z0-9_.:+-]{0,199}$",
		[FORM_TIME] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
		[FORM_SHA256] = "^[0-9a-f]{64}$",
	};

	if (f->form == FORM_ONE_OF) {
		json_t *list = json_array();

		for (size_t i = 0; f->one_of[i]; i++)
			json_array_append_new(list, json_string(f->one_of[i]));
		if (f->flags & FIELD_NULLABLE)
			json_array_append_new(list, json_null());
		json_object_set_new(s, "enum", list);
		return;
	}
	json_object_set_new(s, "type", type_or_null(f, "string"));
	if (f->form == FORM_TEXT)
		json_object_set_new(s, "maxLength", json_integer(MAX_TEXT));
	else
		json_object_set_new(s, "pattern", json_string(pattern[f->form]));
}

static json_t *schema_field(const struct field *f)
{
	json_t *s;

	if (f->type == FIELD_OBJECT)
		s = table_schema(f->sub);
	else
		s = json_object();
	switch (f->type) {
	case FIELD_STRING:
		schema_string(f, s);
		break;
	case FIELD_INT:
		json_object_set_new(s, "type", type_or_null(f, "integer"));
		if (f->min != LU_NULL)
			json_object_set_new(s, "minimum", json_integer(f->min));
		break;
	case FIELD_BOOL:
		json_object_set_new(s, "type", json_string("boolean"));
		break;
	case FIELD_OBJECT:
		break;
	case FIELD_VALUES:
		json_object_set_new(s, "type", json_string("object"));
		json_object_set_new(s, "propertyNames",
				    json_pack("{s:s}", "pattern", "^[a-z0-9][a-z0-9_.:-]{0,63}$"));
		json_object_set_new(s, "additionalProperties",
				    json_pack("{s:[s,s]}", "type", "integer", "null"));
		break;
	case FIELD_STRINGS:
		json_object_set_new(s, "type", json_string("array"));
		json_object_set_new(s, "items",
				    json_pack("{s:s,s:i}", "type", "string", "maxLength",
					      MAX_TEXT));
		break;
	case FIELD_ARRAY:
		json_object_set_new(s, "type", json_string("array"));
		json_object_set_new(s, "items", table_schema(f->sub));
		break;
	}
	if (f->what)
		json_object_set_new(s, "description", json_string(f->what));
	return s;
}

json_t *table_schema(const struct table *t)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct field *f = &t->fields[i];

		json_object_set_new(properties, f->name, schema_field(f));
		if (!(f->flags & FIELD_OPTIONAL))
			json_array_append_new(required, json_string(f->name));
	}
	return json_pack("{s:s,s:o,s:o}", "type", "object", "properties", properties, "required",
			 required);
}
