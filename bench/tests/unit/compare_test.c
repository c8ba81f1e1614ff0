// SPDX-License-Identifier: GPL-3.0-or-later
/* Verdicts over whole runs, and what must never be compared. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "compare/compare.h"
#include "compare/history.h"
#include "compare/select.h"
#include "compare/workers.h"
#include "made_run.h"

#define NIGHT 86400
#define FIRST_NIGHT 1700000000

static struct made_run usual(const char *name, uint64_t seed)
{
	return (struct made_run){ .name = name,
				  .level = 1,
				  .noise = 0.01,
				  .iterations = 10,
				  .cases = 2,
				  .started = FIRST_NIGHT,
				  .seed = seed };
}

static void compare(const struct run *base, const struct run *new,
		    const struct compare_options *options, struct comparison *c)
{
	/* They must outlive the comparison. */
	static const struct run *runs[2];

	runs[0] = base;
	runs[1] = new;
	assert_int_equal(compare_runs(&(struct compare_side){ &runs[0], 1 },
				      &(struct compare_side){ &runs[1], 1 }, options, c),
			 0);
}

static void a_run_is_the_same_as_another_like_it(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new = make_run(&b);
	struct comparison c;

	(void)state;
	compare(base, new, NULL, &c);
	assert_true(c.comparable);
	assert_int_equal(c.verdict, STATS_SAME);
	/* 7 phases, 3 totals, 2 sizes of 2 cases; no counters. */
	assert_int_equal(c.nr_rows, 24);
	assert_int_equal(c.count[STATS_SAME], 24);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void the_slow_phase_is_blamed(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new;
	const struct compare_row *phase = NULL;
	struct comparison c;

	(void)state;
	b.slow_phase = "redrive";
	b.slow = 1.5;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.count[STATS_REGRESSION], 4);
	/* Worst first: half of a phase is more than half of a phase of the whole. */
	assert_string_equal(c.rows[0].metric, "phases_ns.redrive");
	assert_string_equal(c.rows[2].metric, "blackout_ns");
	phase = compare_blame(&c, &c.rows[2]);
	assert_non_null(phase);
	assert_string_equal(phase->metric, "phases_ns.redrive");
	comparison_release(&c);
	compare(new, base, NULL, &c);
	assert_int_equal(c.verdict, STATS_IMPROVEMENT);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* @permille of each blackout the emulator waited for a processor. */
static void let_it_wait(struct run *run, int64_t permille)
{
	for (size_t i = 0; i < run->nr_samples; i++) {
		struct sample *s = &run->samples[i];

		assert_int_equal(lu_values_set(&s->counters, "emulator_wait_ns",
					       s->blackout_ns / 1000 * permille),
				 0);
	}
}

/* Five runs a side: one side after the other, or in turn; and two designs of one run. */
static void what_was_measured_in_turn_is_judged_finer(void **state)
{
	static const struct run *runs[2][5];
	struct compare_side base = { runs[0], 5 }, new = { runs[1], 5 };
	struct comparison c;

	(void)state;
	for (int in_turn = 0; in_turn < 2; in_turn++) {
		for (int i = 0; i < 10; i++) {
			struct made_run made = usual(i < 5 ? "base" : "new", (uint64_t)i + 1);
			int place = in_turn ? 2 * (i % 5) + ((i < 5) == (i % 2)) : i;

			made.started += place * 60;
			made.level = i < 5 ? 1 : 1.045;
			runs[i / 5][i % 5] = make_run(&made);
		}
		assert_int_equal(compare_runs(&base, &new, NULL, &c), 0);
		assert_int_equal(c.in_turn, in_turn);
		assert_int_equal(c.verdict, in_turn ? STATS_REGRESSION : STATS_SAME);
		for (size_t i = 0; i < c.nr_rows; i++)
			assert_int_equal(c.rows[i].lowest, c.rows[i].unit == MEASURE_NS);
		comparison_release(&c);
		assert_int_equal(compare_runs(&base, &base, NULL, &c), 0);
		assert_true(c.in_turn);
		comparison_release(&c);
		base.nr_runs = new.nr_runs = 2;
		assert_int_equal(compare_runs(&base, &new, NULL, &c), 0);
		assert_false(c.in_turn);
		comparison_release(&c);
		base.nr_runs = new.nr_runs = 5;
		for (int i = 0; i < 10; i++)
			run_free((struct run *)runs[i / 5][i % 5]);
	}
}

static void a_busy_host_is_no_regression(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new;
	struct comparison c;

	(void)state;
	b.level = 1.5;
	new = make_run(&b);
	let_it_wait(base, 10);
	let_it_wait(new, 40);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	comparison_release(&c);
	let_it_wait(new, 60);
	for (int turned = 0; turned < 2; turned++) {
		compare(turned ? new : base, turned ? base : new, NULL, &c);
		assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
		assert_int_equal(c.count[STATS_REGRESSION] + c.count[STATS_IMPROVEMENT], 0);
		for (size_t i = 0; i < c.nr_rows; i++)
			assert_int_equal(c.rows[i].busy, c.rows[i].unit == MEASURE_NS);
		comparison_release(&c);
	}
	compare(new, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_SAME);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* The emulator waited for half of the blackout: its clock stood still meanwhile. */
static void a_busy_host_does_not_change_instructions(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 1);
	struct run *base, *new;
	struct comparison c;

	(void)state;
	a.exact = b.exact = true;
	b.level = 1.02;
	base = make_run(&a);
	new = make_run(&b);
	let_it_wait(base, 500);
	let_it_wait(new, 500);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	for (size_t i = 0; i < c.nr_rows; i++)
		assert_false(c.rows[i].busy);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void one_percent_of_a_phase_is_found_by_icount(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct made_run a = usual("a", seed), b = usual("b", seed + 100);
		struct run *base, *new;
		struct comparison c;

		/* Two runs of the emulator differ by 0.01 %. */
		a.exact = b.exact = true;
		a.noise = b.noise = 0.0001;
		a.iterations = b.iterations = 1;
		base = make_run(&a);
		new = make_run(&b);
		compare(base, new, NULL, &c);
		assert_true(c.exact);
		assert_int_equal(c.verdict, STATS_SAME);
		comparison_release(&c);
		run_free(new);
		b.slow_phase = "compare";
		b.slow = 1.01;
		new = make_run(&b);
		compare(base, new, NULL, &c);
		assert_int_equal(c.verdict, STATS_REGRESSION);
		for (size_t i = 0; i < c.count[STATS_REGRESSION]; i++)
			assert_string_equal(c.rows[i].metric, "phases_ns.compare");
		comparison_release(&c);
		run_free(base);
		run_free(new);
	}
}

static void unlike_runs_are_refused(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new = make_run(&b);
	struct compare_options options = compare_defaults;
	struct comparison c;

	(void)state;
	strcpy(new->host.microcode, "0x43");
	strcpy(new->kernel.release, "7.3.5");
	compare(base, new, NULL, &c);
	assert_false(c.comparable);
	assert_int_equal(c.nr_rows, 0);
	assert_int_equal(c.differences.n, 2);
	assert_string_equal(c.differences.v[0].field, "host.microcode");
	assert_true(c.differences.v[0].unlike);
	assert_string_equal(c.differences.v[0].base, "0x42");
	assert_string_equal(c.differences.v[0].new, "0x43");
	/* The kernel is what is under test: reported, not refused. */
	assert_string_equal(c.differences.v[1].field, "kernel.release");
	assert_false(c.differences.v[1].unlike);
	comparison_release(&c);
	options.allow = "host.cpu,host.microcode";
	compare(base, new, &options, &c);
	assert_true(c.comparable);
	assert_int_equal(c.differences.n, 2);
	comparison_release(&c);
	options.allow = "host.micro";
	compare(base, new, &options, &c);
	assert_false(c.comparable);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static char *printed(const struct comparison *c,
		     int (*print)(const struct comparison *c, bool all, FILE *f))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(print(c, false, f), 0);
	fclose(f);
	return text;
}

/* What changes the meaning of a time refuses the comparison; what is under test does not. */
static void what_was_measured_is_known_by_content(void **state)
{
	static const struct {
		const char *field;
		size_t offset;
		bool unlike;
	} texts[] = {
		{ "target.delay", offsetof(struct run, target.delay), true },
		{ "target.ioas", offsetof(struct run, target.ioas), true },
		{ "target.emulator_sha256", offsetof(struct run, target.emulator_sha256), true },
		{ "kernel.image_sha256", offsetof(struct run, kernel.image_sha256), false },
		{ "dut.initramfs_sha256", offsetof(struct run, dut.initramfs_sha256), false },
		{ "dut.agent_sha256", offsetof(struct run, dut.agent_sha256), false },
	};
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new = make_run(&b);
	struct comparison c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char **text = (char **)((char *)new + texts[i].offset);

		*text = strdup("huge_pages=1");
		compare(base, new, NULL, &c);
		assert_int_equal(c.comparable, !texts[i].unlike);
		assert_int_equal(c.differences.n, 1);
		assert_string_equal(c.differences.v[0].field, texts[i].field);
		comparison_release(&c);
		free(*text);
		*text = NULL;
	}
	base->target.warmup = 0;
	new->target.warmup = 3;
	compare(base, new, NULL, &c);
	assert_false(c.comparable);
	assert_string_equal(c.differences.v[0].field, "target.warmup");
	comparison_release(&c);
	new->target.warmup = 0;
	/* The schema before this one has no unit; its clock says which. */
	new->target.unit = strdup("ns");
	compare(base, new, NULL, &c);
	assert_true(c.comparable);
	assert_int_equal(c.differences.n, 0);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* Every boot of the machine measures another one; what else differs is shown. */
static void the_clock_in_the_command_line_is_no_difference(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new = make_run(&b);
	struct comparison c;

	(void)state;
	base->kernel.cmdline = strdup("console=ttyS0 tsc_early_khz=2596136 kho=on");
	new->kernel.cmdline = strdup("console=ttyS0 kho=on tsc_early_khz=2596138");
	compare(base, new, NULL, &c);
	assert_int_equal(c.differences.n, 0);
	comparison_release(&c);
	free(new->kernel.cmdline);
	new->kernel.cmdline = strdup("console=ttyS0 tsc_early_khz=2596138 kho=off");
	compare(base, new, NULL, &c);
	assert_int_equal(c.differences.n, 1);
	assert_string_equal(c.differences.v[0].base, "console=ttyS0 kho=on");
	assert_string_equal(c.differences.v[0].new, "console=ttyS0 kho=off");
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static char *json_of(const struct comparison *c)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(compare_print_json(c, f), 0);
	fclose(f);
	return text;
}

static void fail_sample(struct run *run, size_t nr)
{
	struct sample *s = &run->samples[nr];

	free(s->error);
	s->error = strdup("no answer within 60 s");
	s->verified = false;
}

static void failures_are_compared_as_rates(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new;
	struct comparison c;

	(void)state;
	b.failed = 5;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.nr_failures, 1);
	assert_true(c.failures[0].worse);
	assert_int_equal(c.failures[0].loss, COMPARE_MORE_FAILURES);
	assert_int_equal(c.failures[0].new_failed, 5);
	assert_string_equal(c.failures[0].error, "no answer within 60 s");
	assert_float_equal(c.failures[0].q, 252.0 / 15504, 1e-9);
	comparison_release(&c);
	/* Failures that were there before are reported, but are no regression. */
	compare(new, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_SAME);
	assert_int_equal(c.nr_failures, 1);
	comparison_release(&c);
	run_free(new);
	/* One of ten may be chance by the clock of the wall, but it is not the same. */
	b.failed = 1;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
	assert_int_equal(c.failures[0].loss, COMPARE_UNSURE);
	assert_false(c.failures[0].worse);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void many_cases_that_fail_now_and_then_are_a_regression(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base, *new;
	struct comparison c;
	char *text = NULL;

	(void)state;
	a.cases = b.cases = 12;
	base = make_run(&a);
	new = make_run(&b);
	for (size_t i = 0; i < new->nr_samples; i += 10)
		fail_sample(new, i);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_true(c.more_failures);
	for (size_t i = 0; i < c.nr_failures; i++)
		assert_int_equal(c.failures[i].loss, COMPARE_UNSURE);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "more failures over all cases: 12 of 120, before 0 of 120"));
	free(text);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void a_new_failure_counts_at_once_by_icount(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 1);
	struct run *base, *new;
	struct comparison c;

	(void)state;
	a.exact = b.exact = true;
	base = make_run(&a);
	b.failed = 1;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.failures[0].loss, COMPARE_MORE_FAILURES);
	comparison_release(&c);
	compare(new, base, NULL, &c);
	assert_int_equal(c.verdict, STATS_SAME);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* 3 of 8 failed before, now 3 of 3: fewer samples, no more failures, and nothing left. */
static void a_case_without_a_result_left_is_a_regression(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base, *new;
	struct comparison c;
	char *text = NULL;

	(void)state;
	a.iterations = 8;
	b.iterations = a.failed = b.failed = 3;
	base = make_run(&a);
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.failures[0].loss, COMPARE_DEAD);
	assert_true(c.failures[0].worse);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "no result left"));
	free(text);
	comparison_release(&c);
	/* Broken on both sides is no regression, and not the same either. */
	compare(new, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void a_lost_case_is_a_regression(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new;
	struct comparison c;
	char *text = NULL;

	(void)state;
	b.cases = 1;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.nr_failures, 1);
	assert_int_equal(c.failures[0].loss, COMPARE_LOST);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "regression: lost"));
	free(text);
	comparison_release(&c);
	/* A case that is new is none. */
	compare(new, base, NULL, &c);
	assert_int_equal(c.verdict, STATS_SAME);
	assert_int_equal(c.failures[0].loss, COMPARE_NO_LOSS);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* Iteration i takes 10 % of itself more than the one before; one failed on each side, another one. */
static void exact_values_are_paired_by_iteration(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 1);
	struct run *base, *new;
	struct comparison c;

	(void)state;
	a.exact = b.exact = true;
	a.noise = b.noise = 0;
	a.cases = b.cases = 1;
	a.iterations = b.iterations = 5;
	base = make_run(&a);
	new = make_run(&b);
	for (size_t i = 0; i < 5; i++) {
		base->samples[i].blackout_ns = 1000000000 + (int64_t)i * 100000000;
		new->samples[i].blackout_ns = base->samples[i].blackout_ns;
	}
	fail_sample(base, 4);
	fail_sample(new, 0);
	for (int turned = 0; turned < 2; turned++) {
		compare(turned ? new : base, turned ? base : new, NULL, &c);
		assert_int_equal(c.count[STATS_REGRESSION] + c.count[STATS_IMPROVEMENT], 0);
		assert_int_equal(c.verdict, STATS_SAME);
		for (size_t i = 0; i < c.nr_rows; i++)
			assert_int_equal(c.rows[i].figures.base_n, 3);
		comparison_release(&c);
	}
	/* Not one iteration in common: nothing is exact then, and one value a side is too few. */
	for (size_t i = 1; i < 4; i++) {
		fail_sample(base, i);
		fail_sample(new, i);
	}
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* Of several runs a side the first is paired with the first, though both have an iteration 0. */
static void exact_values_of_pooled_runs_are_paired_by_run(void **state)
{
	static const struct run *runs[2][3];
	struct compare_side base = { runs[0], 3 }, new = { runs[1], 3 };
	struct comparison c;

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct made_run made = usual(i < 3 ? "base" : "new", 1);

		made.exact = true;
		made.noise = 0;
		made.iterations = 2;
		made.cases = 1;
		made.level = 1 + 0.2 * (i % 3);
		runs[i / 3][i % 3] = make_run(&made);
	}
	fail_sample((struct run *)runs[0][2], 1);
	fail_sample((struct run *)runs[1][0], 0);
	assert_int_equal(compare_runs(&base, &new, NULL, &c), 0);
	assert_int_equal(c.verdict, STATS_SAME);
	for (size_t i = 0; i < c.nr_rows; i++) {
		assert_int_equal(c.rows[i].figures.verdict, STATS_SAME);
		assert_int_equal(c.rows[i].figures.base_n, 4);
	}
	comparison_release(&c);
	for (int i = 0; i < 6; i++)
		run_free((struct run *)runs[i / 3][i % 3]);
}

static void set_peaks(struct run *run, const int64_t *mib)
{
	for (size_t i = 0; i < run->nr_samples; i++)
		run->samples[i].bytes.extra_peak = mib[i] << 20;
}

static const struct compare_row *row_of(const struct comparison *c, const char *metric)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		if (!strcmp(c->rows[i].metric, metric))
			return &c->rows[i];
	}
	return NULL;
}

/* A thread looks at the peak every 2 ms: what it saw is a sample, whatever the clock. */
static void sampled_sizes_are_tested(void **state)
{
	static const int64_t before[] = { 100, 105, 102 }, after[] = { 103, 108, 104 };

	(void)state;
	for (int exact = 0; exact < 2; exact++) {
		struct made_run a = usual("a", 1), b = usual("b", 1);
		struct run *base, *new;
		const struct compare_row *row;
		struct comparison c;

		a.cases = b.cases = 1;
		a.iterations = b.iterations = 3;
		a.exact = b.exact = exact;
		base = make_run(&a);
		new = make_run(&b);
		set_peaks(base, before);
		set_peaks(new, after);
		compare(base, new, NULL, &c);
		assert_int_not_equal(c.verdict, STATS_REGRESSION);
		row = row_of(&c, "bytes.extra_peak");
		assert_non_null(row);
		assert_float_equal(row->figures.p, 0.4, 1e-9);
		assert_int_equal(row->figures.verdict, STATS_INCONCLUSIVE);
		/* What else repeats is the same, and is all that decides where the clock is exact. */
		assert_int_equal(c.verdict, exact ? STATS_SAME : STATS_INCONCLUSIVE);
		row = row_of(&c, "bytes.tables");
		assert_true(isnan(row->figures.p));
		assert_int_equal(row->figures.verdict, STATS_SAME);
		comparison_release(&c);
		/* A size that is not the same in all samples of a side is no exact one either. */
		base->samples[1].bytes.tables += 4096;
		compare(base, new, NULL, &c);
		row = row_of(&c, "bytes.tables");
		assert_int_equal(isnan(row->figures.p), exact);
		comparison_release(&c);
		run_free(base);
		run_free(new);
	}
}

/* freeze takes 1 000 000 instructions in runs that are made up, exec is not measured, tail 2 000 000. */
static void one_percent_of_a_million_instructions_counts(void **state)
{
	static const struct {
		double level, slow, relative, absolute;
		enum stats_verdict verdict;
	} cases[] = {
		/* As a gate is set: 1 %, and of what is shorter than a million 10 000. */
		{ 1, 1.01, 0.01, 10000, STATS_REGRESSION },
		{ 1, 0.99, 0.01, 10000, STATS_IMPROVEMENT },
		{ 1, 1.009, 0.01, 10000, STATS_SAME },
		{ 0.5, 1.019, 0.01, 10000, STATS_SAME },
		{ 0.5, 1.021, 0.01, 10000, STATS_REGRESSION },
		/* By default: 0.5 %, and 1000 of what is shorter. */
		{ 1, 1.0051, -1, -1, STATS_REGRESSION },
		{ 1, 1.0049, -1, -1, STATS_SAME },
		{ 0.1, 1.011, -1, -1, STATS_REGRESSION },
		{ 0.1, 1.009, -1, -1, STATS_SAME },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct compare_options options = compare_defaults;
		struct made_run a = usual("a", 1), b = usual("b", 1);
		struct run *base, *new;
		struct comparison c;

		a.exact = b.exact = true;
		a.noise = b.noise = 0;
		a.cases = b.cases = a.iterations = b.iterations = 1;
		a.level = b.level = cases[i].level;
		b.slow_phase = "freeze";
		b.slow = cases[i].slow;
		options.relative = cases[i].relative;
		options.absolute_ns = cases[i].absolute;
		base = make_run(&a);
		new = make_run(&b);
		compare(base, new, &options, &c);
		assert_int_equal(row_of(&c, "phases_ns.freeze")->figures.verdict, cases[i].verdict);
		comparison_release(&c);
		run_free(base);
		run_free(new);
	}
}

/* A run of rebuild and of the floor, which does not re-drive, compare or attach. */
static struct run *with_floor(struct made_run *made)
{
	static const char *const without[] = { "redrive", "compare", "attach" };
	struct run *run;

	made->exact = true;
	made->noise = 0;
	made->cases = 1;
	made->designs = 2;
	run = make_run(made);
	for (size_t i = 0; i < run->nr_samples; i++) {
		struct sample *s = &run->samples[i];

		if (!strcmp(s->design, "rebuild"))
			continue;
		free(s->design);
		s->design = strdup("none");
		for (size_t k = 0; k < 3; k++) {
			s->blackout_ns -= lu_values_get(&s->phases_ns, without[k]);
			lu_values_set(&s->phases_ns, without[k], LU_NULL);
		}
	}
	return run;
}

/* Another kernel elsewhere in memory: 4 % of a phase of all designs; then 1 % of what one does. */
static void costs_are_less_what_every_design_meets(void **state)
{
	json_t *root, *cost;
	struct compare_options options = { .relative = 0.01, .absolute_ns = 10000, .costs = true };
	struct made_run a = usual("a", 1), b = usual("b", 1);
	struct run *base, *new;
	struct comparison c;
	char *text;

	(void)state;
	a.iterations = b.iterations = 2;
	base = with_floor(&a);
	b.slow_phase = "handoff";
	b.slow = 1.04;
	new = with_floor(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	comparison_release(&c);
	compare(base, new, &options, &c);
	assert_int_equal(c.verdict, STATS_SAME);
	assert_float_equal(row_of(&c, "phases_ns.handoff")->figures.base, 0, 0);
	assert_float_equal(row_of(&c, "phases_ns.attach")->figures.base, 7e6, 0);
	assert_float_equal(row_of(&c, "blackout_ns")->figures.base, 18e6, 0);
	assert_int_equal(c.nr_cost, 1);
	assert_float_equal(c.cost[0].base_cost.value, 18e6, 0);
	assert_float_equal(c.cost[0].new_cost.value, 18e6, 0);
	assert_float_equal(c.cost[0].new_ratio.value, 1, 0);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "18.00 M  18.00 M  +0.00 %"));
	free(text);
	text = json_of(&c);
	root = json_loads(text, 0, NULL);
	assert_true(json_is_true(json_object_get(root, "of_costs")));
	cost = json_array_get(json_object_get(root, "costs"), 0);
	assert_float_equal(
		json_number_value(json_object_get(json_object_get(cost, "new"), "value")), 18e6, 0);
	json_decref(root);
	free(text);
	for (size_t i = 0; i < c.nr_rows; i++)
		assert_null(strstr(c.rows[i].case_label, "none"));
	comparison_release(&c);
	for (size_t i = 0; i < new->nr_samples; i++) {
		struct sample *s = &new->samples[i];

		if (!strcmp(s->design, "rebuild"))
			lu_values_set(&s->phases_ns, "attach", 7070000);
	}
	compare(base, new, &options, &c);
	assert_int_equal(c.verdict, STATS_REGRESSION);
	assert_int_equal(c.count[STATS_REGRESSION], 1);
	assert_string_equal(c.rows[0].metric, "phases_ns.attach");
	assert_float_equal(compare_relative(&c.rows[0]), 0.01, 1e-9);
	/* What is no cost has no part of itself either, but one of the whole. */
	assert_float_equal(compare_relative(row_of(&c, "phases_ns.handoff")), 0, 1e-9);
	comparison_release(&c);
	/* Without a floor there is no cost. */
	for (size_t i = 0; i < new->nr_samples; i++) {
		if (!strcmp(new->samples[i].design, "none"))
			fail_sample(new, i);
	}
	compare(base, new, &options, &c);
	assert_false(c.comparable);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "NEW lacks results of the design none"));
	free(text);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

/* No spread is known of one value: no interval of no width, no number of iterations. */
static void one_sample_a_side_decides_nothing(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base, *new;
	struct comparison c;
	char *text = NULL;

	(void)state;
	a.iterations = b.iterations = 1;
	b.level = 46;
	base = make_run(&a);
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
	for (size_t i = 0; i < c.nr_rows; i++) {
		assert_true(isnan(c.rows[i].figures.difference.interval.low));
		assert_int_equal(c.rows[i].figures.iterations, 0);
	}
	text = printed(&c, compare_print_text);
	assert_null(strstr(text, "…"));
	assert_null(strstr(text, "iterations"));
	free(text);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void too_few_values_say_how_many_would_do(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base, *new;
	struct comparison c;
	char *text = NULL;

	(void)state;
	a.iterations = b.iterations = 3;
	b.slow_phase = "compare";
	b.slow = 1.5;
	base = make_run(&a);
	new = make_run(&b);
	compare(base, new, NULL, &c);
	assert_int_equal(c.verdict, STATS_INCONCLUSIVE);
	assert_string_equal(c.rows[0].metric, "phases_ns.compare");
	assert_in_range(c.rows[0].figures.iterations, 4, 20);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "inconclusive (needs about "));
	/* The widest interval of three and three covers 90 %. */
	assert_non_null(strstr(text, "(90 %)"));
	free(text);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static void what_is_printed_can_be_read(void **state)
{
	struct made_run a = usual("a", 1), b = usual("b", 2);
	struct run *base = make_run(&a), *new;
	struct comparison c;
	char *text = NULL;
	json_t *root;

	(void)state;
	b.slow_phase = "attach";
	b.slow = 2;
	new = make_run(&b);
	compare(base, new, NULL, &c);
	text = printed(&c, compare_print_text);
	assert_non_null(strstr(text, "in attach"));
	assert_non_null(strstr(text, "4 regressions, 0 inconclusive, 0 improvements, 20 same"));
	free(text);
	text = printed(&c, compare_print_markdown);
	assert_non_null(strstr(text, "| phases\\_ns.attach |"));
	free(text);
	text = json_of(&c);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "rows")), 24);
	assert_string_equal(json_string_value(json_object_get(root, "verdict")), "regression");
	assert_int_equal(json_array_size(json_object_get(root, "blame")), 2);
	json_decref(root);
	free(text);
	comparison_release(&c);
	run_free(base);
	run_free(new);
}

static int make_folder(void **state)
{
	char *folder = strdup("/tmp/lubench-compare-XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[128];
	int ret;

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	ret = system(command);
	free(*state);
	return ret;
}

static struct store *synced(const char *folder)
{
	struct store_place place = { .results = folder };
	struct store *store;
	char *err = NULL;

	if (store_open_synced(&place, &store, &err))
		fail_msg("%s", err);
	return store;
}

/* Between the second night and the third one phase was lengthened on purpose. */
static void write_delayed_run(const char *folder)
{
	struct made_run made = usual("delayed", 9);
	char path[256], *err = NULL;
	struct run *run;

	made.started += NIGHT + NIGHT / 2;
	run = make_run(&made);
	run->target.delay = strdup("attach:25");
	snprintf(path, sizeof(path), "%s/delayed", folder);
	assert_int_equal(mkdir(path, 0777), 0);
	strcat(path, "/run.json");
	if (run_write(run, path, &err))
		fail_msg("%s", err);
	run_free(run);
}

static void words_name_runs(void **state)
{
	static const char *const names[] = { "night-1", "night-2", "night-3", "night-4", "other" };
	struct select_from from = { .results = *state };
	struct selection some, newest;
	char path[256], *err = NULL;

	for (int i = 0; i < 5; i++) {
		struct made_run made = usual(names[i], (uint64_t)i);

		made.started += i * NIGHT;
		made.failed = i == 2;
		made.exact = i == 4;
		assert_int_equal(write_made_run(&made, *state), 0);
	}
	write_delayed_run(*state);
	from.store = synced(*state);
	assert_int_equal(select_runs("last", &from, &newest, NULL), 0);
	assert_string_equal(newest.runs[0]->id, "other");
	selection_release(&newest);
	assert_int_equal(select_runs("night-4", &from, &newest, NULL), 0);
	from.like = newest.runs[0];
	assert_int_equal(select_runs("last", &from, &some, NULL), 0);
	assert_string_equal(some.runs[0]->id, "night-3");
	selection_release(&some);
	assert_int_equal(select_runs("last-good", &from, &some, NULL), 0);
	assert_string_equal(some.runs[0]->id, "night-2");
	selection_release(&some);
	assert_int_equal(store_set_regressed(from.store, "night-2", true, NULL), 0);
	assert_int_equal(select_runs("last-good", &from, &some, NULL), 0);
	assert_string_equal(some.runs[0]->id, "night-1");
	selection_release(&some);
	assert_int_equal(select_runs("oth", &from, &some, NULL), 0);
	assert_int_equal(some.nr_runs, 1);
	selection_release(&some);
	assert_int_equal(select_runs("night", &from, &some, &err), -EEXIST);
	assert_non_null(strstr(err, "4 runs begin so"));
	free(err);
	err = NULL;
	assert_int_equal(select_runs("nothing", &from, &some, &err), -ENOENT);
	free(err);
	assert_int_equal(select_runs(*state, &from, &some, NULL), 0);
	assert_int_equal(some.nr_runs, 6);
	selection_release(&some);
	snprintf(path, sizeof(path), "%s/night-1/run.json", (char *)*state);
	assert_int_equal(select_runs(path, &from, &some, NULL), 0);
	assert_int_equal(some.nr_runs, 1);
	selection_release(&some);
	selection_release(&newest);
	store_close(from.store);
}

static char *history_text(struct store *store)
{
	struct history history;
	char *text = NULL;
	size_t size;
	FILE *f;

	assert_int_equal(history_find(store, NULL, NULL, &history, NULL), 0);
	f = open_memstream(&text, &size);
	assert_int_equal(history_print_json(&history, f), 0);
	fclose(f);
	history_release(&history);
	return text;
}

static void history_is_the_same_on_one_processor(void **state)
{
	cpu_set_t all, one;
	struct store *store;
	char name[32], *with_threads, *without;

	for (int i = 0; i < 40; i++) {
		struct made_run made = usual(name, (uint64_t)i);

		snprintf(name, sizeof(name), "night-%02d", i);
		made.started += i * NIGHT;
		made.cases = 12;
		made.iterations = 2;
		made.level = i >= 20 ? 1.1 : 1;
		assert_int_equal(write_made_run(&made, *state), 0);
	}
	store = synced(*state);
	with_threads = history_text(store);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	without = history_text(store);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_non_null(strstr(with_threads, "night-20"));
	assert_string_equal(with_threads, without);
	free(with_threads);
	free(without);
	store_close(store);
}

static void count_job(void *job)
{
	__atomic_add_fetch((int *)job, 1, __ATOMIC_RELAXED);
}

static void workers_do_every_job_once(void **state)
{
	struct workers *workers = workers_start(count_job);
	int done[1000] = { 0 };

	(void)state;
	assert_non_null(workers);
	for (size_t i = 0; i < 1000; i++)
		workers_give(workers, &done[i]);
	workers_finish(workers);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(done[i], 1);
}

static void history_tells_where_a_level_changed(void **state)
{
	struct store *store;
	struct history history;
	char name[32], *text = NULL;
	size_t size;
	FILE *f;

	for (int i = 0; i < 30; i++) {
		struct made_run made = usual(name, (uint64_t)i);

		snprintf(name, sizeof(name), "night-%02d", i);
		made.started += i * NIGHT;
		made.iterations = 2;
		made.slow_phase = i >= 20 ? "compare" : NULL;
		made.slow = 1.3;
		assert_int_equal(write_made_run(&made, *state), 0);
	}
	store = synced(*state);
	assert_int_equal(history_find(store, NULL, NULL, &history, NULL), 0);
	assert_int_equal(history.nr_series, 24);
	assert_int_equal(history.nr_points, 24 * 30);
	/* The phase and its blackout, of two cases. */
	assert_int_equal(history.nr_changes, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(history.changes[i].run->name, "night-20");
		assert_string_equal(history.changes[i].previous->name, "night-19");
	}
	assert_string_equal(history.changes[0].metric, "phases_ns.compare");
	f = open_memstream(&text, &size);
	assert_int_equal(history_print_text(&history, f), 0);
	fclose(f);
	assert_non_null(strstr(text, "night-20"));
	assert_non_null(strstr(text, "4 change points at 1 run;"));
	free(text);
	history_release(&history);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_the_same_as_another_like_it),
		cmocka_unit_test(the_slow_phase_is_blamed),
		cmocka_unit_test(a_busy_host_is_no_regression),
		cmocka_unit_test(what_was_measured_in_turn_is_judged_finer),
		cmocka_unit_test(a_busy_host_does_not_change_instructions),
		cmocka_unit_test(one_percent_of_a_phase_is_found_by_icount),
		cmocka_unit_test(unlike_runs_are_refused),
		cmocka_unit_test(what_was_measured_is_known_by_content),
		cmocka_unit_test(the_clock_in_the_command_line_is_no_difference),
		cmocka_unit_test(failures_are_compared_as_rates),
		cmocka_unit_test(many_cases_that_fail_now_and_then_are_a_regression),
		cmocka_unit_test(a_new_failure_counts_at_once_by_icount),
		cmocka_unit_test(a_case_without_a_result_left_is_a_regression),
		cmocka_unit_test(a_lost_case_is_a_regression),
		cmocka_unit_test(exact_values_are_paired_by_iteration),
		cmocka_unit_test(exact_values_of_pooled_runs_are_paired_by_run),
		cmocka_unit_test(sampled_sizes_are_tested),
		cmocka_unit_test(one_percent_of_a_million_instructions_counts),
		cmocka_unit_test(costs_are_less_what_every_design_meets),
		cmocka_unit_test(one_sample_a_side_decides_nothing),
		cmocka_unit_test(too_few_values_say_how_many_would_do),
		cmocka_unit_test(what_is_printed_can_be_read),
		cmocka_unit_test_setup_teardown(words_name_runs, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(history_tells_where_a_level_changed, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(history_is_the_same_on_one_processor, make_folder,
						remove_folder),
		cmocka_unit_test(workers_do_every_job_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
