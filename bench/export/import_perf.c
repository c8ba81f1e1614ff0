// SPDX-License-Identifier: GPL-2.0-or-later
/* perf stat -j: one JSON object a line (tools/perf/Documentation/perf-stat.txt, JSON FORMAT). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/error.h"
#include "export/import.h"
#include "export/import_common.h"

/**
 * struct scale - a unit of perf that run.json writes otherwise
 * @unit: of perf
 * @suffix: of the counter
 * @factor: onto the value
 */
static const struct scale {
	const char *unit;
	const char *suffix;
	double factor;
} scales[] = {
	{ "msec", "_ns", 1e6 },
	{ "ns", "_ns", 1 },
	{ "Joules", "_uj", 1e6 },
	{ "MiB", "_bytes", 1048576 },
};

static const struct scale *scale_of(const char *unit)
{
	for (size_t i = 0; unit && i < sizeof(scales) / sizeof(scales[0]); i++) {
		if (!strcmp(unit, scales[i].unit))
			return &scales[i];
	}
	return NULL;
}

/* "<not counted>" and "<not supported>" are unknown. Return: 0, -EINVAL. */
static int parse_value(const json_t *field, double factor, int64_t *value)
{
	const char *text = json_string_value(field);
	double number;
	char *end;

	if (json_is_number(field)) {
		number = json_number_value(field);
	} else {
		if (!text)
			return -EINVAL;
		*value = LU_NULL;
		if (text[0] == '<')
			return 0;
		number = strtod(text, &end);
		if (end == text || *end)
			return -EINVAL;
	}
	number *= factor;
	if (!(fabs(number) < 9e18))
		return -EINVAL;
	*value = llround(number);
	return 0;
}

static bool is_aggregated(const json_t *line)
{
	/* Keys of print_aggr_id_json() in tools/perf/util/stat-display.c. */
	static const char *const by[] = { "cpu", "core",   "cache", "cluster",
					  "die", "socket", "node",  "thread" };

	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		if (json_object_get(line, by[i]))
			return true;
	}
	return false;
}

/*
 * Events that take turns on too few counters are counted in part and scaled up by perf; that is an
 * estimate, not a count (perf-stat(1), "pcnt-running").
 */
static bool counted_in_part(const json_t *line)
{
	const json_t *field = json_object_get(line, "pcnt-running");
	double percent = json_is_number(field) ? json_number_value(field) :
			 json_is_string(field) ? strtod(json_string_value(field), NULL) :
						 100;

	return percent < 100;
}

/**
 * struct reading - a file being read, line by line
 * @run: where samples are appended
 * @design: what was counted
 * @name: of the file
 * @line: number of the line
 * @first: the first sample of the file
 * @interval: time of the interval of the last line; NAN without -I
 * @of_interval: the first sample of that interval
 * @events: every event so far, as perf calls it
 * @counters: for each of them the counter that it becomes
 * @in_part: counts that are left out because events took turns
 */
struct reading {
	struct run *run;
	const char *design;
	const char *name;
	size_t line;
	size_t first;
	double interval;
	size_t of_interval;
	struct lu_strings events;
	struct lu_strings counters;
	size_t in_part;
};

/* The sample that a line belongs to: of its interval, and of its cgroup. NULL without memory. */
static struct sample *sample_of(struct reading *r, const json_t *line)
{
	const json_t *interval = json_object_get(line, "interval");
	const char *cgroup = json_string_value(json_object_get(line, "cgroup"));
	double at = json_is_number(interval) ? json_number_value(interval) : NAN;
	char *variant = cgroup ? import_unlike_name(cgroup) : NULL;
	struct sample *s = NULL;

	if (cgroup && !variant)
		return NULL;
	if (!isnan(at) && at != r->interval)
		r->of_interval = r->run->nr_samples;
	r->interval = at;
	for (size_t i = r->of_interval; i < r->run->nr_samples && !s; i++) {
		const char *known = r->run->samples[i].variant;

		if (!known == !variant && (!known || !strcmp(known, variant)))
			s = &r->run->samples[i];
	}
	if (!s)
		s = import_add_sample(r->run, r->design, variant,
				      import_iterations(r->run, r->design, variant));
	free(variant);
	return s;
}

static bool is_in(const struct lu_strings *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], text))
			return true;
	return false;
}

/* The counter of an event; other events always have other counters. NULL without memory. */
static const char *counter_of(struct reading *r, const char *event, const char *suffix)
{
	char *full, *name;

	if (asprintf(&full, "%s%s", event, suffix) < 0)
		return NULL;
	for (size_t i = 0; i < r->events.n; i++) {
		if (!strcmp(r->events.v[i], full)) {
			free(full);
			return r->counters.v[i];
		}
	}
	name = import_name(full);
	if (name && is_in(&r->counters, name)) {
		free(name);
		name = import_hashed_name(full);
	}
	if (name && !lu_strings_add(&r->events, full) && lu_strings_add(&r->counters, name))
		free(r->events.v[--r->events.n]);
	free(full);
	if (!name || r->events.n != r->counters.n || !is_in(&r->counters, name)) {
		free(name);
		return NULL;
	}
	free(name);
	return r->counters.v[r->counters.n - 1];
}

static const struct lu_value *known_count(const struct sample *s, const char *name)
{
	for (size_t i = 0; i < s->counters.n; i++)
		if (!strcmp(s->counters.v[i].name, name))
			return &s->counters.v[i];
	return NULL;
}

/* Counts of several CPUs add up; one that is unknown makes the sum unknown. */
static int add_count(struct sample *s, const char *name, int64_t value, bool summed)
{
	const struct lu_value *known = known_count(s, name);
	char *another = NULL;
	int64_t sum = value;
	int ret;

	if (known && summed) {
		if (known->value == LU_NULL || value == LU_NULL ||
		    __builtin_add_overflow(known->value, value, &sum))
			sum = LU_NULL;
		return lu_values_set(&s->counters, name, sum);
	}
	for (int nr = 2; known; nr++) {
		free(another);
		if (asprintf(&another, "%.60s.%d", name, nr) < 0)
			return -ENOMEM;
		known = known_count(s, another);
	}
	ret = lu_values_set(&s->counters, another ? another : name, value);
	free(another);
	return ret;
}

/* A comma between digits: what a number has in other languages, and JSON has not. */
static bool has_decimal_comma(const char *text, size_t len)
{
	for (size_t i = 1; i + 1 < len; i++)
		if (text[i] == ',' && text[i - 1] >= '0' && text[i - 1] <= '9' &&
		    text[i + 1] >= '0' && text[i + 1] <= '9')
			return true;
	return false;
}

static int read_event(struct reading *r, const json_t *line, const char *event, char **err)
{
	const struct scale *scale = scale_of(json_string_value(json_object_get(line, "unit")));
	const char *counter;
	struct sample *s;
	int64_t value;

	if (parse_value(json_object_get(line, "counter-value"), scale ? scale->factor : 1, &value))
		return lu_fail(err, -EINVAL,
			       "%s:%zu: counter-value: want a number, <not counted> or <not "
			       "supported>; run perf with LC_ALL=C",
			       r->name, r->line);
	if (value != LU_NULL && counted_in_part(line)) {
		value = LU_NULL;
		r->in_part++;
	}
	s = sample_of(r, line);
	counter = counter_of(r, event, scale ? scale->suffix : "");
	return s && counter ? add_count(s, counter, value, is_aggregated(line)) : -ENOMEM;
}

static int read_line(struct reading *r, const char *text, size_t len, char **err)
{
	json_error_t problem;
	const char *event;
	json_t *line;
	int ret = 0;

	line = json_loadb(text, len, 0, &problem);
	if (!line && has_decimal_comma(text, len))
		return lu_fail(err, -EINVAL,
			       "%s:%zu: a number with a decimal comma; run perf with LC_ALL=C",
			       r->name, r->line);
	if (!line)
		return lu_fail(err, -EINVAL, "%s:%zu: %s: want lines of perf stat -j", r->name,
			       r->line, problem.text);
	event = json_string_value(json_object_get(line, "event"));
	/* Lines of metrics without an event carry nothing to count. */
	if (event && json_object_get(line, "counter-value"))
		ret = read_event(r, line, event, err);
	json_decref(line);
	return ret;
}

static int note_in_part(struct reading *r)
{
	char *note;
	int ret;

	if (!r->in_part)
		return 0;
	if (asprintf(&note,
		     "%.200s: %zu counts are unknown because events took turns on the counters: count "
		     "fewer events at once",
		     r->name, r->in_part) < 0)
		return -ENOMEM;
	ret = lu_strings_add(&r->run->notes, note);
	free(note);
	return ret;
}

int import_perf_stat(struct run *run, const char *design, const char *text, size_t len,
		     const char *name, char **err)
{
	struct reading r = {
		.run = run,
		.design = design,
		.name = name,
		.first = run->nr_samples,
		.interval = NAN,
		.of_interval = run->nr_samples,
	};
	int ret = 0;

	while (len && !ret) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;

		r.line++;
		/* perf -o writes a comment and an empty line first. */
		if (line && text[0] == '{')
			ret = read_line(&r, text, line, err);
		line += end != NULL;
		text += line;
		len -= line;
	}
	if (!ret && run->nr_samples == r.first)
		ret = lu_fail(err, -EINVAL, "%s: no event in it: want lines of perf stat -j", name);
	if (!ret)
		ret = note_in_part(&r);
	if (ret)
		import_undo(run, r.first);
	lu_strings_release(&r.events);
	lu_strings_release(&r.counters);
	return ret;
}
