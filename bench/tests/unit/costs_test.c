// SPDX-License-Identifier: GPL-3.0-or-later
/* The table at the end of a run, and the same figures in Markdown, JSON and CSV. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "export/costs.h"
#include "export/export.h"

static struct sample *add(struct run *run, const char *design, int64_t iteration, int64_t blackout)
{
	struct sample *s = run_add_sample(run);

	s->design = strdup(design);
	s->iommu = strdup("intel");
	s->guest_bytes = s->backing_bytes = 1 << 30;
	s->page_bytes = 4096;
	s->layout = strdup("contig");
	s->backing = strdup("real");
	s->devices = 1;
	s->iteration = iteration;
	s->blackout_ns = blackout;
	s->brownout_ns = blackout / 10;
	s->tail_ns = 5000;
	s->verified = true;
	return s;
}

static struct run *new_run(bool exact)
{
	struct run *run = run_new();

	run->id = strdup("20260131T235959Z-qemu-vtd-smoke-0123abc");
	run->started = strdup("2026-01-31T23:59:59Z");
	run->target.name = strdup("qemu-vtd");
	run->target.emulated = true;
	run->target.accelerator = strdup("tcg");
	run->target.clock = strdup(exact ? "icount" : "tsc");
	run->target.unit = strdup(exact ? "instructions" : "ns");
	run->workload.name = strdup("smoke");
	run->tool.commit = strdup("0123abc");
	return run;
}

static struct run *exact_run(void)
{
	struct run *run = new_run(true);

	add(run, "verify-ioas", 0, 1082000000);
	add(run, "rebuild", 0, 1101000000);
	add(run, "none", 0, 1000000000);
	return run;
}

static char *printed(const struct run *run, int width, bool colours)
{
	struct cost_table table;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(cost_table_of(run, &table), 0);
	costs_print(&table, f, width, colours);
	cost_table_release(&table);
	fclose(f);
	return text;
}

static void prints(const struct run *run, int width, const char *want)
{
	char *text = printed(run, width, false);

	assert_string_equal(text, want);
	free(text);
}

static void headline_is_cost_ratio_and_blackout(void **state)
{
	struct run *run = exact_run();

	(void)state;
	prints(run, 80,
	       "  guest         design          cost  × rebuild  blackout\n"
	       "  1G/4K contig  none           floor              1.000 G\n"
	       "                rebuild      101.0 M       1.00   1.101 G\n"
	       "                verify-ioas  82.00 M      0.812   1.082 G\n"
	       "cost: what the design adds to none, the same guest without device and I/O page "
	       "table\n"
	       "instructions: the same on any machine, and no times\n");
	/* Where there is room: what it costs elsewhere. */
	prints(run, 120,
	       "  guest         design          cost  × rebuild  blackout  brownout cost  tail "
	       "cost\n"
	       "  1G/4K contig  none           floor              1.000 G          floor      "
	       "floor\n"
	       "                rebuild      101.0 M       1.00   1.101 G        10.10 M          "
	       "0\n"
	       "                verify-ioas  82.00 M      0.812   1.082 G        8.200 M          "
	       "0\n"
	       "cost: what the design adds to none, the same guest without device and I/O page "
	       "table\n"
	       "instructions: the same on any machine, and no times\n");
	run_free(run);
}

static void repeats_are_said_and_ranges_shown(void **state)
{
	struct run *run = exact_run();

	(void)state;
	add(run, "verify-ioas", 1, 1082000000);
	add(run, "rebuild", 1, 1101000000);
	add(run, "none", 1, 1000000000);
	prints(run, 80,
	       "  guest         design          cost  × rebuild  blackout\n"
	       "  1G/4K contig  none           floor              1.000 G\n"
	       "                rebuild      101.0 M       1.00   1.101 G\n"
	       "                verify-ioas  82.00 M      0.812   1.082 G\n"
	       "cost: what the design adds to none, the same guest without device and I/O page "
	       "table\n"
	       "instructions: the same on any machine, and no times; the same in every iteration\n");
	run->samples[3].blackout_ns += 2000000;
	prints(run, 80,
	       "  guest         design          cost          range  × rebuild        range  "
	       "blackout\n"
	       "  1G/4K contig  none           floor                                          "
	       "1.000 G\n"
	       "                rebuild      101.0 M                      1.00                "
	       "1.101 G\n"
	       "                verify-ioas  83.00 M  82.00–84.00 M      0.822  0.812–0.832   "
	       "1.083 G\n"
	       "cost: what the design adds to none, the same guest without device and I/O page "
	       "table\n"
	       "instructions: the same on any machine, and no times; range: over the iterations, "
	       "each with a guest of its own\n");
	run_free(run);
}

static void what_is_missing_is_a_dash_and_a_note(void **state)
{
	struct run *run = exact_run();
	struct sample *broken;

	(void)state;
	add(run, "verify-ioas", 0, 2000000000)->guest_bytes = 2LL << 30;
	broken = add(run, "verify-shadow", 0, LU_NULL);
	broken->verified = false;
	broken->error = strdup("no answer within 60 s");
	prints(run, 80,
	       "  guest            design            cost  × rebuild  blackout\n"
	       "  1G/4K contig     none             floor              1.000 G\n"
	       "                   rebuild        101.0 M       1.00   1.101 G\n"
	       "                   verify-ioas    82.00 M      0.812   1.082 G\n"
	       "                   verify-shadow        –          –         –  1 of 1 failed\n"
	       "  2G/4K contig 1G  verify-ioas          –          –   2.000 G\n"
	       "cost: what the design adds to none, the same guest without device and I/O page "
	       "table\n"
	       "instructions: the same on any machine, and no times\n"
	       "no cost for verify-ioas 2G/4K contig 1G: no sample of design none for this guest to "
	       "count from\n"
	       "failed: verify-shadow 1G/4K contig: no answer within 60 s\n");
	run_free(run);
}

/* Runs of before there was a floor. */
static void without_floor_the_blackouts_are_compared(void **state)
{
	struct run *run = new_run(false);

	(void)state;
	for (int i = 0; i < 3; i++) {
		add(run, "rebuild", i, 1000000000 + i * 10000000);
		add(run, "verify-ioas", i, 900000000 + i * 10000000);
	}
	prints(run, 120,
	       "  guest         design       blackout            interval  × rebuild            "
	       "interval\n"
	       "  1G/4K contig  rebuild        1.01 s  1.00–1.02 s (75 %)       1.00\n"
	       "                verify-ioas    910 ms   900–920 ms (75 %)      0.901  "
	       "0.882–0.920 (90 %)\n"
	       "emulated (tcg, clock tsc): ratios are between designs, not for hardware\n"
	       "no costs: the run has no sample of design none to count from\n");
	run_free(run);
}

static void colours_only_when_asked_for(void **state)
{
	struct run *run = exact_run();
	char *text = printed(run, 80, true);

	(void)state;
	assert_non_null(strstr(text, "\033[2m  1G/4K contig  none"));
	free(text);
	text = printed(run, 80, false);
	assert_null(strchr(text, '\033'));
	free(text);
	run_free(run);
}

static void other_tools_and_micro_have_no_table_of_costs(void **state)
{
	struct run *run = new_run(false);

	(void)state;
	add(run, "micro", 0, LU_NULL);
	add(run, "sort -n", 0, 1000)->guest_bytes = 0;
	prints(run, 80, "");
	run_free(run);
}

static char *exported(const struct exporter *exporter, const struct run *run)
{
	struct export_options options = { 0 };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(exporter->write(&run, 1, &options, f), 0);
	fclose(f);
	return text;
}

static void every_format_has_the_same_figures(void **state)
{
	struct run *run = exact_run();
	char *text = exported(&export_markdown, run);
	json_t *all, *metric;

	(void)state;
	assert_non_null(strstr(text, "| 1G/4K contig | verify-ioas | 82.00 M | 0.812 | 1.082 G |"));
	/* No second, of any size, in what counts instructions. */
	assert_null(strstr(text, " ms "));
	assert_null(strstr(text, " s "));
	free(text);

	text = exported(&export_costs, run);
	assert_non_null(strstr(text, ",blackout_ns,instructions,1082000000,,,,82000000,,,,"
				     "0.811881188119,,,,0.982742960945,,,,\r\n"));
	free(text);

	text = exported(&export_json, run);
	all = json_loads(text, 0, NULL);
	assert_non_null(all);
	free(text);
	metric = json_object_get(json_array_get(json_object_get(all, "runs"), 0), "cases");
	assert_int_equal(json_array_size(metric), 3);
	metric = json_object_get(json_array_get(metric, 2), "metrics");
	metric = json_object_get(metric, "blackout_ns");
	assert_float_equal(
		json_number_value(json_object_get(json_object_get(metric, "cost"), "value")), 82e6,
		0);
	assert_true(json_is_null(json_object_get(json_object_get(metric, "cost"), "low")));
	assert_float_equal(
		json_number_value(json_object_get(json_object_get(metric, "cost_ratio"), "value")),
		82.0 / 101, 1e-12);
	json_decref(all);
	run_free(run);
}

static void without_floor_json_has_null_and_the_reason(void **state)
{
	struct run *run = new_run(true);
	char *text;
	json_t *all, *metric;

	(void)state;
	add(run, "rebuild", 0, 1000);
	text = exported(&export_json, run);
	all = json_loads(text, 0, NULL);
	free(text);
	metric = json_array_get(json_object_get(all, "runs"), 0);
	assert_string_equal(json_string_value(json_object_get(metric, "unit")), "instructions");
	metric = json_array_get(json_object_get(metric, "cases"), 0);
	metric = json_object_get(json_object_get(metric, "metrics"), "blackout_ns");
	assert_true(json_is_null(json_object_get(metric, "cost")));
	assert_true(json_is_null(json_object_get(metric, "cost_ratio")));
	assert_string_equal(json_string_value(json_object_get(metric, "no_cost")),
			    "no sample of design none for this guest to count from");
	json_decref(all);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headline_is_cost_ratio_and_blackout),
		cmocka_unit_test(repeats_are_said_and_ranges_shown),
		cmocka_unit_test(what_is_missing_is_a_dash_and_a_note),
		cmocka_unit_test(without_floor_the_blackouts_are_compared),
		cmocka_unit_test(colours_only_when_asked_for),
		cmocka_unit_test(other_tools_and_micro_have_no_table_of_costs),
		cmocka_unit_test(every_format_has_the_same_figures),
		cmocka_unit_test(without_floor_json_has_null_and_the_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
