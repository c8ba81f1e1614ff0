// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * JSON as hyperfine --export-json writes it, so that hyperfine's own plot
 * scripts read it: one result a case, times in seconds. What hyperfine measures
 * and lubench does not, user and system time, is null.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "export/export.h"
#include "stats/stats.h"
#include "store/measures.h"

/* "design=rebuild iommu=intel ...", as parameters. */
static json_t *parameters(const char *key)
{
	json_t *object = json_object();

	while (*key) {
		size_t name = strcspn(key, "="), value = strcspn(key + name + 1, " ");
		char *text = strndup(key, name);

		if (text)
			json_object_set_new(object, text, json_stringn(key + name + 1, value));
		free(text);
		key += name + 1 + value;
		key += *key == ' ';
	}
	return object;
}

static json_t *result(const struct measured_case *of, const struct measure *measure)
{
	double *seconds = calloc(measure->n, sizeof(*seconds));
	json_t *times = json_array(), *codes = json_array();
	struct stats_summary s;

	if (!seconds)
		goto none;
	for (size_t i = 0; i < measure->n; i++) {
		seconds[i] = (double)measure->values[i] * 1e-9;
		json_array_append_new(times, json_real(seconds[i]));
		json_array_append_new(codes, json_integer(0));
	}
	if (stats_summarise(seconds, measure->n, &s))
		goto none;
	free(seconds);
	return json_pack("{s:s, s:f, s:o, s:f, s:n, s:n, s:f, s:f, s:o, s:o, s:o}", "command",
			 of->label, "mean", s.mean, "stddev",
			 isnan(s.cv) ? json_null() : json_real(s.cv * s.mean), "median", s.median,
			 "user", "system", "min", s.min, "max", s.max, "times", times, "exit_codes",
			 codes, "parameters", parameters(of->key));
none:
	free(seconds);
	json_decref(times);
	json_decref(codes);
	return NULL;
}

static int write_hyperfine(const struct run *const *runs, size_t nr_runs,
			   const struct export_options *options, FILE *f)
{
	json_t *results = json_array(), *root;
	struct measures measures;
	int err;

	err = measures_of(runs, nr_runs, &measures);
	for (size_t i = 0; i < measures.nr_cases && !err; i++) {
		const struct measured_case *of = &measures.cases[i];
		const struct measure *measure = case_measure(of, options->metric);

		if (measure && json_array_append_new(results, result(of, measure)))
			err = -ENOMEM;
	}
	measures_release(&measures);
	root = json_pack("{s:o}", "results", results);
	if (!err && (!root || json_dumpf(root, f, JSON_INDENT(2))))
		err = -ENOMEM;
	fputc('\n', f);
	json_decref(root);
	return err;
}

const struct exporter export_hyperfine = {
	.name = "hyperfine",
	.what = "JSON of hyperfine, one metric (--metric, default blackout_ns)",
	.alike = true,
	.seconds = true,
	.write = write_hyperfine,
};
