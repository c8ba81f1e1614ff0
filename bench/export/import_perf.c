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

/* Counts of several CPUs add up; one that is unknown makes the sum unknown. */
static int add_count(struct sample *s, const char *event, const struct scale *scale, int64_t value,
		     bool summed)
{
	char *name, *with_unit;
	int64_t sum = value;
	int ret;

	if (asprintf(&with_unit, "%s%s", event, scale ? scale->suffix : "") < 0)
		return -ENOMEM;
	name = import_name(with_unit);
	free(with_unit);
	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < s->counters.n && summed; i++) {
		const struct lu_value *known = &s->counters.v[i];

		if (strcmp(known->name, name) != 0)
			continue;
		if (known->value == LU_NULL || value == LU_NULL ||
		    __builtin_add_overflow(known->value, value, &sum))
			sum = LU_NULL;
	}
	ret = lu_values_set(&s->counters, name, sum);
	free(name);
	return ret;
}

static bool is_aggregated(const json_t *line)
{
	static const char *const by[] = { "cpu", "core", "die", "socket", "node", "thread" };

	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		if (json_object_get(line, by[i]))
			return true;
	}
	return false;
}

/**
 * struct reading - a file being read, line by line
 * @run: where samples are appended
 * @design: what was counted
 * @name: of the file
 * @line: number of the line
 * @interval: time of the interval of the last line; NAN without -I
 * @started: there is a sample to add to
 */
struct reading {
	struct run *run;
	const char *design;
	const char *name;
	size_t line;
	double interval;
	bool started;
};

static int next_sample(struct reading *r, const json_t *line)
{
	const json_t *interval = json_object_get(line, "interval");
	double at = json_is_number(interval) ? json_number_value(interval) : NAN;

	if (r->started && (isnan(at) || at == r->interval))
		return 0;
	r->started = true;
	r->interval = at;
	return import_add_sample(r->run, r->design, import_iterations(r->run, r->design)) ? 0 :
											    -ENOMEM;
}

static int read_line(struct reading *r, const char *text, size_t len, char **err)
{
	const struct scale *scale;
	json_error_t problem;
	const char *event;
	int64_t value;
	json_t *line;
	int ret = 0;

	line = json_loadb(text, len, 0, &problem);
	if (!line)
		return lu_fail(err, -EINVAL, "%s:%zu: %s: want lines of perf stat -j", r->name,
			       r->line, problem.text);
	event = json_string_value(json_object_get(line, "event"));
	/* Lines of metrics without an event carry nothing to count. */
	if (!event || !json_object_get(line, "counter-value"))
		goto out;
	scale = scale_of(json_string_value(json_object_get(line, "unit")));
	if (parse_value(json_object_get(line, "counter-value"), scale ? scale->factor : 1,
			&value)) {
		ret = lu_fail(err, -EINVAL,
			      "%s:%zu: counter-value: want a number, <not counted> or <not "
			      "supported>; run perf with LC_ALL=C",
			      r->name, r->line);
		goto out;
	}
	ret = next_sample(r, line);
	if (!ret)
		ret = add_count(&r->run->samples[r->run->nr_samples - 1], event, scale, value,
				is_aggregated(line));
out:
	json_decref(line);
	return ret;
}

int import_perf_stat(struct run *run, const char *design, const char *text, size_t len,
		     const char *name, char **err)
{
	struct reading r = { .run = run, .design = design, .name = name };
	size_t first = run->nr_samples;
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
	if (!ret && !r.started)
		ret = lu_fail(err, -EINVAL, "%s: no event in it: want lines of perf stat -j", name);
	if (ret)
		import_undo(run, first);
	return ret;
}
