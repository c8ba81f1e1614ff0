// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/error.h"
#include "export/import.h"
#include "export/import_common.h"

/* Longer than any sample: a year in seconds. */
#define MAX_SECONDS 3.2e7
#define MAX_BYTES 9e18

/* Why a run of the command is no result; NULL if it is one. */
static char *failure(const json_t *codes, size_t i)
{
	const json_t *code = json_array_get(codes, i);
	char *text;

	if (!codes || (json_is_integer(code) && json_integer_value(code) == 0))
		return NULL;
	if (!json_is_integer(code))
		return strdup("killed by a signal");
	if (asprintf(&text, "exit code %jd", (intmax_t)json_integer_value(code)) < 0)
		return NULL;
	return text;
}

static int add_time(struct run *run, const char *design, int64_t iteration, const json_t *result,
		    size_t i, double seconds)
{
	const json_t *codes = json_object_get(result, "exit_codes");
	const json_t *memory = json_array_get(json_object_get(result, "memory_usage_byte"), i);
	struct sample *s;
	int err;

	s = import_add_sample(run, design, NULL, iteration);
	if (!s)
		return -ENOMEM;
	err = lu_values_set(&s->phases_ns, "time", llround(seconds * 1e9));
	if (!err && json_is_number(memory) && json_number_value(memory) >= 0 &&
	    json_number_value(memory) < MAX_BYTES)
		err = lu_values_set(&s->counters, "memory_usage_bytes",
				    llround(json_number_value(memory)));
	s->error = failure(codes, i);
	s->verified = !s->error;
	return err;
}

/* What a name stands for, where the name does not say all of it. */
static int note_command(struct run *run, const char *design, const char *command)
{
	char *note, *plain = import_name(command);
	int ret = plain ? 0 : -ENOMEM;

	if (!ret && strcmp(plain, design) != 0) {
		if (asprintf(&note, "%s is the command: %.200s", design, command) < 0)
			note = NULL;
		ret = note ? 0 : -ENOMEM;
		for (size_t i = 0; !ret && i < run->notes.n; i++)
			if (!strcmp(run->notes.v[i], note))
				goto known;
		ret = ret ? ret : lu_strings_add(&run->notes, note);
known:
		free(note);
	}
	free(plain);
	return ret;
}

static int add_result(struct run *run, const json_t *result, size_t nr, const char *name,
		      char **err)
{
	const json_t *times = json_object_get(result, "times");
	const char *command = json_string_value(json_object_get(result, "command"));
	int64_t iteration;
	char *design;
	int ret = 0;

	if (!command)
		return lu_fail(err, -EINVAL,
			       "%s: results[%zu].command: want a text: export it anew "
			       "with hyperfine --export-json",
			       name, nr);
	if (!json_array_size(times))
		return lu_fail(
			err, -EINVAL,
			"%s: results[%zu].times: want a list of seconds: export it anew with "
			"hyperfine --export-json; a summary alone is not enough",
			name, nr);
	design = import_unlike_name(command);
	if (!design)
		return -ENOMEM;
	if (note_command(run, design, command)) {
		free(design);
		return -ENOMEM;
	}
	iteration = import_iterations(run, design, NULL);
	for (size_t i = 0; i < json_array_size(times) && !ret; i++) {
		double seconds = json_number_value(json_array_get(times, i));

		if (!json_is_number(json_array_get(times, i)) ||
		    !(seconds >= 0 && seconds <= MAX_SECONDS))
			ret = lu_fail(err, -EINVAL,
				      "%s: results[%zu].times[%zu]: want seconds from 0 to %g",
				      name, nr, i, MAX_SECONDS);
		else
			ret = add_time(run, design, iteration + (int64_t)i, result, i, seconds);
	}
	free(design);
	return ret;
}

int import_hyperfine(struct run *run, const char *text, size_t len, const char *name, char **err)
{
	size_t first = run->nr_samples, nr;
	json_error_t problem;
	json_t *root, *results;
	int ret = 0;

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
	if (!root)
		return lu_fail(err, -EINVAL, "%s:%d: %s: want JSON of hyperfine --export-json",
			       name, problem.line, problem.text);
	results = json_object_get(root, "results");
	nr = json_array_size(results);
	if (!nr)
		ret = lu_fail(err, -EINVAL,
			      "%s: results: want a list with a command or more: is it of hyperfine "
			      "--export-json?",
			      name);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = add_result(run, json_array_get(results, i), i, name, err);
	json_decref(root);
	if (ret)
		import_undo(run, first);
	return ret;
}
