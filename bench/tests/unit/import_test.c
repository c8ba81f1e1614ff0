// SPDX-License-Identifier: GPL-3.0-or-later
/* Results of other tools in, and runs out in the formats of other tools. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "export/export.h"
#include "export/import.h"
#include "made_run.h"
#include "run/case.h"

static const char hyperfine_json[] =
	"{\"results\": [{\"command\": \"Sleep 0.01\", \"mean\": 0.02, \"times\": [0.020113651, 0.5],"
	" \"exit_codes\": [0, 3], \"memory_usage_byte\": [1048576, 2]},"
	" {\"command\": \"true\", \"times\": [0.001], \"exit_codes\": [null]}]}";

/* As perf 6.12 writes it with -j -o. */
static const char perf_lines[] =
	"# started on Sun Nov 22 14:58:36 2026\n\n"
	"{\"counter-value\" : \"0.622694\", \"unit\" : \"msec\", \"event\" : \"task-clock\"}\n"
	"{\"counter-value\" : \"49.000000\", \"unit\" : \"\", \"event\" : \"page-faults:u\"}\n"
	"{\"counter-value\" : \"<not supported>\", \"unit\" : \"\", \"event\" : \"cycles\"}\n"
	"{\"metric-value\" : 1.2, \"metric-unit\" : \"insn per cycle\"}\n";

static void hyperfine_times_become_samples(void **state)
{
	struct run *run = run_new();

	(void)state;
	assert_int_equal(import_hyperfine(run, hyperfine_json, strlen(hyperfine_json), "f", NULL),
			 0);
	assert_int_equal(run->nr_samples, 3);
	assert_int_equal(strncmp(run->samples[0].design, "sleep-0.01-", 11), 0);
	assert_string_equal(run->samples[2].design, "true");
	assert_int_equal(lu_values_get(&run->samples[0].phases_ns, "time"), 20113651);
	assert_int_equal(lu_values_get(&run->samples[0].counters, "memory_usage_bytes"), 1048576);
	assert_true(sample_is_result(&run->samples[0]));
	assert_string_equal(run->samples[1].error, "exit code 3");
	assert_string_equal(run->samples[2].error, "killed by a signal");
	/* Another file of the same command goes on counting. */
	assert_int_equal(import_hyperfine(run, hyperfine_json, strlen(hyperfine_json), "f", NULL),
			 0);
	assert_int_equal(run->samples[3].iteration, 2);
	run_free(run);
}

static void refuse(const char *text, int (*import)(struct run *run, const char *text, char **err))
{
	struct run *run = run_new();
	char *err = NULL;

	assert_int_equal(import(run, text, &err), -EINVAL);
	assert_non_null(err);
	assert_int_equal(run->nr_samples, 0);
	free(err);
	run_free(run);
}

static int hyperfine(struct run *run, const char *text, char **err)
{
	return import_hyperfine(run, text, strlen(text), "file.json", err);
}

static int perf(struct run *run, const char *text, char **err)
{
	return import_perf_stat(run, "perf", text, strlen(text), "file.json", err);
}

static void what_is_not_of_the_tool_is_refused(void **state)
{
	(void)state;
	refuse("", hyperfine);
	refuse("[]", hyperfine);
	refuse("{\"results\": []}", hyperfine);
	refuse("{\"results\": [{\"times\": [1]}]}", hyperfine);
	refuse("{\"results\": [{\"command\": \"a\", \"mean\": 1}]}", hyperfine);
	refuse("{\"results\": [{\"command\": \"a\", \"times\": [1, -1]}]}", hyperfine);
	refuse("{\"results\": [{\"command\": \"a\", \"times\": [1, \"2\"]}]}", hyperfine);
	refuse("{\"results\": [{\"command\": \"a\", \"times\": [1e300]}]}", hyperfine);
	refuse("", perf);
	refuse("nothing\n", perf);
	refuse("{\"event\": \"cycles\", \"counter-value\": \"1,5\"}\n", perf);
	refuse("{\"event\": \"cycles\", \"counter-value\": \"1e300\"}\n", perf);
	refuse("{\"event\": \"cycles\", \"counter-value\": []}\n", perf);
	refuse("{\"event\": \"cycles\", \"counter-value\": \"1\"}\n{\"event\"\n", perf);
}

static void perf_events_become_counters(void **state)
{
	struct run *run = run_new();
	const struct lu_values *counters;

	(void)state;
	assert_int_equal(perf(run, perf_lines, NULL), 0);
	assert_int_equal(run->nr_samples, 1);
	counters = &run->samples[0].counters;
	assert_int_equal(counters->n, 3);
	assert_int_equal(lu_values_get(counters, "task-clock_ns"), 622694);
	assert_int_equal(lu_values_get(counters, "page-faults:u"), 49);
	assert_int_equal(lu_values_get(counters, "cycles"), LU_NULL);
	assert_int_equal(perf(run, perf_lines, NULL), 0);
	assert_int_equal(run->samples[1].iteration, 1);
	run_free(run);
}

static void perf_intervals_and_cpus(void **state)
{
	static const char lines[] =
		"{\"interval\": 1.0, \"cpu\": \"0\", \"counter-value\": \"5\", \"event\": \"x\"}\n"
		"{\"interval\": 1.0, \"cpu\": \"1\", \"counter-value\": \"7\", \"event\": \"x\"}\n"
		"{\"interval\": 2.0, \"cpu\": \"0\", \"counter-value\": \"1\", \"event\": \"x\"}\n"
		"{\"interval\": 2.0, \"cpu\": \"1\", \"counter-value\": \"<not counted>\", \"event\":"
		" \"x\"}\n";
	struct run *run = run_new();

	(void)state;
	assert_int_equal(perf(run, lines, NULL), 0);
	assert_int_equal(run->nr_samples, 2);
	assert_int_equal(lu_values_get(&run->samples[0].counters, "x"), 12);
	assert_int_equal(lu_values_get(&run->samples[1].counters, "x"), LU_NULL);
	run_free(run);
}

static void other_commands_have_other_names(void **state)
{
	static const char *const commands[][2] = {
		{ "grep -i foo", "grep -I foo" },
		{ "sleep 0.01", "sleep-0.01" },
		{ "sleep 0.01", "sleep  0.01" },
		{ "x", "x " },
		{ "/a/very/long/path/to/a/program/that/takes/a/mode/as/an/argument --mode=fast",
		  "/a/very/long/path/to/a/program/that/takes/a/mode/as/an/argument --mode=slow" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct run *run = run_new();
		char *json, *err = NULL;

		assert_true(asprintf(&json,
				     "{\"results\": [{\"command\": \"%s\", \"times\": [1, 2]}, "
				     "{\"command\": \"%s\", \"times\": [3]}]}",
				     commands[i][0], commands[i][1]) > 0);
		assert_int_equal(hyperfine(run, json, &err), 0);
		assert_int_equal(run->nr_samples, 3);
		assert_string_equal(run->samples[0].design, run->samples[1].design);
		assert_string_not_equal(run->samples[0].design, run->samples[2].design);
		assert_int_equal(run->samples[2].iteration, 0);
		assert_true(strlen(run->samples[0].design) <= 64);
		/* In another file the command has the name that it has here. */
		assert_int_equal(hyperfine(run, json, &err), 0);
		assert_string_equal(run->samples[5].design, run->samples[2].design);
		free(json);
		run_free(run);
	}
}

/* As perf 6.12 writes it with --for-each-cgroup a,b and -j. */
static void cgroups_are_not_added_up(void **state)
{
	static const char lines[] =
		"{\"counter-value\" : \"2000\", \"event\" : \"cycles\", \"cgroup\" : \"a\"}\n"
		"{\"counter-value\" : \"3000\", \"event\" : \"cycles\", \"cgroup\" : \"b\"}\n"
		"{\"counter-value\" : \"7\", \"event\" : \"faults\", \"cgroup\" : \"a\"}\n";
	struct run *run = run_new();

	(void)state;
	assert_int_equal(perf(run, lines, NULL), 0);
	assert_int_equal(run->nr_samples, 2);
	assert_string_equal(run->samples[0].variant, "a");
	assert_int_equal(lu_values_get(&run->samples[0].counters, "cycles"), 2000);
	assert_int_equal(lu_values_get(&run->samples[0].counters, "faults"), 7);
	assert_string_equal(run->samples[1].variant, "b");
	assert_int_equal(lu_values_get(&run->samples[1].counters, "cycles"), 3000);
	assert_int_equal(run->samples[1].iteration, 0);
	run_free(run);
}

static void perf_caches_and_clusters_add_up(void **state)
{
	static const char *const by[] = { "cache", "cluster" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run *run = run_new();
		char *lines;

		assert_true(
			asprintf(
				&lines,
				"{\"%s\": \"S0-1\", \"counter-value\": \"2000\", \"event\": \"x\"}\n"
				"{\"%s\": \"S0-2\", \"counter-value\": \"3000\", \"event\": \"x\"}\n",
				by[i], by[i]) > 0);
		assert_int_equal(perf(run, lines, NULL), 0);
		assert_int_equal(run->nr_samples, 1);
		assert_int_equal(lu_values_get(&run->samples[0].counters, "x"), 5000);
		free(lines);
		run_free(run);
	}
}

static void counts_of_events_that_took_turns_are_unknown(void **state)
{
	static const char lines[] =
		"{\"counter-value\": \"1000\", \"event\": \"a\", \"event-runtime\": 375, "
		"\"pcnt-running\": 37.50}\n"
		"{\"counter-value\": \"2000\", \"event\": \"b\", \"event-runtime\": 1000, "
		"\"pcnt-running\": 100.00}\n";
	struct run *run = run_new();

	(void)state;
	assert_int_equal(perf(run, lines, NULL), 0);
	assert_int_equal(lu_values_get(&run->samples[0].counters, "a"), LU_NULL);
	assert_int_equal(lu_values_get(&run->samples[0].counters, "b"), 2000);
	assert_int_equal(run->notes.n, 1);
	assert_non_null(strstr(run->notes.v[0], "took turns"));
	run_free(run);
}

/* A hybrid machine counts each event on each kind of core; names that would be one stay two. */
static void events_are_not_merged(void **state)
{
	static const char lines[] = "{\"counter-value\": \"1\", \"event\": \"cpu_core/cycles/\"}\n"
				    "{\"counter-value\": \"2\", \"event\": \"cpu_atom/cycles/\"}\n"
				    "{\"counter-value\": \"3\", \"event\": \"cycles\"}\n"
				    "{\"counter-value\": \"4\", \"event\": \"cycles\"}\n"
				    "{\"counter-value\": \"5\", \"event\": \"r1A/x/\"}\n"
				    "{\"counter-value\": \"6\", \"event\": \"r1a/x/\"}\n";
	struct run *run = run_new();
	const struct lu_values *counters;

	(void)state;
	assert_int_equal(perf(run, lines, NULL), 0);
	assert_int_equal(run->nr_samples, 1);
	counters = &run->samples[0].counters;
	assert_int_equal(counters->n, 6);
	assert_int_equal(lu_values_get(counters, "cpu_core-cycles"), 1);
	assert_int_equal(lu_values_get(counters, "cpu_atom-cycles"), 2);
	assert_int_equal(lu_values_get(counters, "cycles"), 3);
	assert_int_equal(lu_values_get(counters, "cycles.2"), 4);
	run_free(run);
}

static void a_decimal_comma_has_its_remedy(void **state)
{
	static const char *const lines[] = {
		"{\"counter-value\" : \"1,5\", \"event\" : \"x\"}\n",
		"{\"counter-value\" : \"1\", \"event\" : \"x\", \"pcnt-running\" : 100,00}\n",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run *run = run_new();
		char *err = NULL;

		assert_int_equal(perf(run, lines[i], &err), -EINVAL);
		assert_non_null(strstr(err, "LC_ALL=C"));
		free(err);
		run_free(run);
	}
}

static void names_are_made_fit(void **state)
{
	static const char *const pairs[][2] = {
		{ "sleep 0.01", "sleep-0.01" },
		{ "  --x  Y", "x-y" },
		{ "", "unnamed" },
		{ "\xc3\xa4", "unnamed" },
		{ "cpu/event=1/", "cpu-event-1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *name = import_name(pairs[i][0]);

		assert_string_equal(name, pairs[i][1]);
		free(name);
	}
}

static char *exported(const struct exporter *exporter, const struct run *run)
{
	struct export_options options = { .metric = "blackout_ns" };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(exporter->write(&run, 1, &options, f), 0);
	fclose(f);
	return text;
}

static struct run *some_run(void)
{
	const struct made_run made = { .name = "one",
				       .level = 1,
				       .iterations = 3,
				       .cases = 2,
				       .started = 1700000000,
				       .failed = 1 };

	return make_run(&made);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void csv_has_a_line_a_sample(void **state)
{
	struct run *run = some_run();
	char *text = exported(&export_csv, run);

	(void)state;
	assert_int_equal(count_lines(text), 7);
	assert_non_null(strstr(text, ",false,no answer within 60 s,"));
	/* What is unknown is empty, never 0. */
	assert_non_null(strstr(text, ",28000000,2000000,,0,,4096,"));
	free(text);
	run_free(run);
}

static void csv_quotes_what_needs_it(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	export_csv_text("say \"a, b\"", f);
	export_csv_text(NULL, f);
	export_csv_text("plain", f);
	fclose(f);
	assert_string_equal(text, "\"say \"\"a, b\"\"\"plain");
	free(text);
}

static void hyperfine_reads_itself(void **state)
{
	struct run *run = some_run(), *back = run_new();
	char *text = exported(&export_hyperfine, run);

	(void)state;
	assert_int_equal(import_hyperfine(back, text, strlen(text), "f", NULL), 0);
	/* One failed sample is no result. */
	assert_int_equal(back->nr_samples, 5);
	assert_int_equal(lu_values_get(&back->samples[0].phases_ns, "time"), 28000000);
	free(text);
	run_free(run);
	run_free(back);
}

static void openmetrics_ends_and_has_units(void **state)
{
	struct run *run = some_run();
	char *text = exported(&export_openmetrics, run);

	(void)state;
	assert_non_null(strstr(text, "# UNIT lubench_blackout_seconds seconds\n"));
	assert_non_null(strstr(text, "phase=\"redrive\",figure=\"median\"} 0.005"));
	assert_non_null(strstr(text, "result=\"failed\"} 1 1700000000\n"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	run_free(run);
}

/* Instructions are no time. */
static void openmetrics_has_no_seconds_of_instructions(void **state)
{
	const struct made_run made = {
		.name = "one",
		.started = 1700000000,
		.level = 1,
		.exact = true,
		.iterations = 1,
		.cases = 1,
		.designs = 2,
	};
	struct run *run = make_run(&made);
	struct sample *none = &run->samples[0];
	char *text;

	(void)state;
	free(none->design);
	none->design = strdup("none");
	run->samples[1].blackout_ns = none->blackout_ns + 1000;
	text = exported(&export_openmetrics, run);
	assert_null(strstr(text, "seconds"));
	assert_non_null(strstr(text, "# UNIT lubench_blackout_instructions instructions\n"));
	assert_non_null(strstr(text, "\nlubench_cost_instructions{run=\"one\","));
	assert_non_null(strstr(text, "metric=\"blackout_ns\",figure=\"value\"} 1000 1700000000\n"));
	assert_non_null(strstr(text, "\nlubench_cost_ratio{"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	run_free(run);
}

static void otava_has_a_column_a_metric_and_a_test_a_case(void **state)
{
	struct run *run = some_run();
	char *text = exported(&export_otava, run), *config = NULL;
	const struct run *runs[] = { run };
	size_t size;
	FILE *f = open_memstream(&config, &size);

	(void)state;
	assert_int_equal(count_lines(text), 2);
	assert_non_null(
		strstr(text, "\n2023-11-14T22:13:20+00:00,one,0123456789ab,7.3.4,28000000,"));
	assert_int_equal(export_otava.companion(runs, 1, "x.csv", f), 0);
	fclose(f);
	assert_non_null(strstr(config, "  verify-ioas.512M.4K.contig:\n    type: csv\n"));
	assert_non_null(strstr(config, "column: verify-ioas.256M.4K.contig.phases_ns.redrive\n"));
	free(text);
	free(config);
	run_free(run);
}

static void markdown_is_a_table(void **state)
{
	struct run *run = some_run();
	char *text = exported(&export_markdown, run);

	(void)state;
	assert_non_null(strstr(text, "| verify-ioas 256M/4K contig | blackout\\_ns | 2 | 1 |"));
	free(text);
	run_free(run);
}

static void ratios_of_micro_have_goal_and_verdict(void **state)
{
	struct run *run = run_new();
	json_t *root, *row;
	const char *name;
	char *text;

	(void)state;
	run->id = strdup("one");
	run->target.name = strdup("micro");
	for (int64_t i = 0; i < 3; i++) {
		struct sample *s = run_add_sample(run);

		s->design = strdup("micro");
		s->iommu = strdup("vtd-ss");
		s->layout = strdup("contig");
		s->backing = strdup("real");
		s->guest_bytes = 64LL << 30;
		s->page_bytes = 4096;
		s->verified = true;
		lu_values_set(&s->phases_ns, "memcmp", 1000);
		lu_values_set(&s->phases_ns, "compare", 1200 + i);
	}
	text = exported(&export_ratios, run);
	root = json_loads(text, 0, NULL);
	row = json_array_get(json_object_get(root, "ratios"), 0);
	assert_int_equal(json_array_size(json_object_get(root, "ratios")), 1);
	name = json_string_value(json_object_get(row, "ratio"));
	assert_string_equal(name, "compare / memcmp");
	assert_int_equal(json_integer_value(json_object_get(row, "samples")), 3);
	assert_true(json_real_value(json_object_get(row, "median")) == 1.201);
	assert_true(json_real_value(json_object_get(row, "two_runs")) < 0.05);
	row = json_object_get(row, "goal");
	assert_true(json_real_value(json_object_get(row, "at_most")) == 1.15);
	assert_string_equal(json_string_value(json_object_get(row, "verdict")), "falls short");
	json_decref(root);
	free(text);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hyperfine_times_become_samples),
		cmocka_unit_test(what_is_not_of_the_tool_is_refused),
		cmocka_unit_test(perf_events_become_counters),
		cmocka_unit_test(perf_intervals_and_cpus),
		cmocka_unit_test(other_commands_have_other_names),
		cmocka_unit_test(cgroups_are_not_added_up),
		cmocka_unit_test(perf_caches_and_clusters_add_up),
		cmocka_unit_test(counts_of_events_that_took_turns_are_unknown),
		cmocka_unit_test(events_are_not_merged),
		cmocka_unit_test(a_decimal_comma_has_its_remedy),
		cmocka_unit_test(names_are_made_fit),
		cmocka_unit_test(csv_has_a_line_a_sample),
		cmocka_unit_test(csv_quotes_what_needs_it),
		cmocka_unit_test(hyperfine_reads_itself),
		cmocka_unit_test(openmetrics_ends_and_has_units),
		cmocka_unit_test(openmetrics_has_no_seconds_of_instructions),
		cmocka_unit_test(otava_has_a_column_a_metric_and_a_test_a_case),
		cmocka_unit_test(markdown_is_a_table),
		cmocka_unit_test(ratios_of_micro_have_goal_and_verdict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
