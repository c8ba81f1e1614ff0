// SPDX-License-Identifier: GPL-3.0-or-later
/* Costs: what a design adds to the floor of the same guest, and how often the baseline's that is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cost/cost.h"
#include "run/case.h"
#include "stats/random.h"

#define VALUES(...)                                                              \
	(const struct cost_values)                                               \
	{                                                                        \
		.value = (const int64_t[]){ __VA_ARGS__ },                       \
		.iteration = (const int64_t[]){ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 },  \
		.n = sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t), \
	}

static void exact_costs_are_differences_of_one_iteration(void **state)
{
	const struct cost_values floor = VALUES(100, 110, 120);
	const struct cost_values x = VALUES(400, 415, 420);
	/* The first iteration of it failed, and the last two came the other way round. */
	const struct cost_values gap = {
		.value = (const int64_t[]){ 420, 415 },
		.iteration = (const int64_t[]){ 2, 1 },
		.n = 2,
	};
	struct estimate e;

	(void)state;
	assert_int_equal(cost_of(&x, &floor, true, &e), 0);
	assert_true(e.exact);
	assert_int_equal(e.n, 3);
	assert_float_equal(e.value, 300, 0);
	assert_float_equal(e.low, 300, 0);
	assert_float_equal(e.high, 305, 0);
	assert_true(isnan(e.level)); /* it is a range, of which nobody knows how often it covers */
	assert_int_equal(cost_of(&gap, &floor, true, &e), 0);
	assert_int_equal(e.n, 2);
	assert_float_equal(e.low, 300, 0);
	assert_float_equal(e.high, 305, 0);
}

static void one_sample_is_a_value_without_interval(void **state)
{
	const struct cost_values floor = VALUES(100), x = VALUES(400), base = VALUES(700);
	struct estimate e;

	(void)state;
	for (int exact = 0; exact < 2; exact++) {
		assert_int_equal(cost_of(&x, &floor, exact, &e), 0);
		assert_int_equal(e.n, 1);
		assert_float_equal(e.value, 300, 0);
		assert_true(isnan(e.low) && isnan(e.high) && isnan(e.level));
		assert_int_equal(ratio_to_baseline(&x, &base, &floor, exact, &e), 0);
		assert_int_equal(e.n, 1);
		assert_float_equal(e.value, 0.5, 1e-12);
		assert_true(isnan(e.low) && isnan(e.high));
		assert_int_equal(ratio_to_baseline(&x, &base, NULL, exact, &e), 0);
		assert_float_equal(e.value, 4.0 / 7, 1e-12);
		assert_true(isnan(e.low) && isnan(e.high));
	}
}

static void nothing_gives_nothing(void **state)
{
	const struct cost_values none = { 0 }, x = VALUES(400, 410);
	const struct cost_values later = {
		.value = (const int64_t[]){ 100 },
		.iteration = (const int64_t[]){ 7 },
		.n = 1,
	};
	struct estimate e;

	(void)state;
	for (int exact = 0; exact < 2; exact++) {
		assert_int_equal(estimate_of(&none, exact, &e), 0);
		assert_int_equal(e.n, 0);
		assert_int_equal(cost_of(&x, &none, exact, &e), 0);
		assert_int_equal(e.n, 0);
		assert_int_equal(cost_of(&none, &x, exact, &e), 0);
		assert_int_equal(e.n, 0);
		assert_int_equal(ratio_to_baseline(&x, &none, NULL, exact, &e), 0);
		assert_int_equal(e.n, 0);
		/* A baseline that costs nothing, or less. */
		assert_int_equal(ratio_to_baseline(&x, &x, &x, exact, &e), 0);
		assert_int_equal(e.n, 0);
	}
	/* Exact values of other iterations met another guest. */
	assert_int_equal(cost_of(&x, &later, true, &e), 0);
	assert_int_equal(e.n, 0);
}

static void pools_pair_within_their_run(void **state)
{
	const struct cost_values floor = {
		.value = (const int64_t[]){ 100, 1100 },
		.iteration = (const int64_t[]){ 0, 0 },
		.run = (const size_t[]){ 0, 1 },
		.n = 2,
	};
	const struct cost_values x = {
		.value = (const int64_t[]){ 1400, 400 },
		.iteration = (const int64_t[]){ 0, 0 },
		.run = (const size_t[]){ 1, 0 },
		.n = 2,
	};
	struct estimate e;

	(void)state;
	assert_int_equal(cost_of(&x, &floor, true, &e), 0);
	assert_int_equal(e.n, 2);
	assert_float_equal(e.low, 300, 0);
	assert_float_equal(e.high, 300, 0);
}

static void ratios_are_of_costs_not_of_wholes(void **state)
{
	const struct cost_values floor = VALUES(1000, 1000), base = VALUES(1100, 1200);
	const struct cost_values x = VALUES(1080, 1100), cheap = VALUES(990, 990);
	struct estimate e;

	(void)state;
	assert_int_equal(ratio_to_baseline(&x, &base, &floor, true, &e), 0);
	assert_float_equal(e.value, 0.65, 1e-12);
	assert_float_equal(e.low, 0.5, 1e-12);
	assert_float_equal(e.high, 0.8, 1e-12);
	/* Less than the floor: it saves more elsewhere than it costs. */
	assert_int_equal(ratio_to_baseline(&cheap, &base, &floor, true, &e), 0);
	assert_float_equal(e.value, -0.075, 1e-12);
	/* The baseline is one time itself, with time as well. */
	for (int exact = 0; exact < 2; exact++) {
		assert_int_equal(ratio_to_baseline(&base, &base, &floor, exact, &e), 0);
		assert_float_equal(e.value, 1, 0);
		assert_float_equal(e.low, 1, 0);
		assert_float_equal(e.high, 1, 0);
	}
}

static void times_shift_by_hodges_and_lehmann(void **state)
{
	const struct cost_values floor = VALUES(10, 20, 30, 40), x = VALUES(111, 125, 131, 144);
	const struct cost_values base = VALUES(210, 220, 231, 240);
	struct estimate cost, base_cost, e;

	(void)state;
	assert_int_equal(cost_of(&x, &floor, false, &cost), 0);
	assert_false(cost.exact);
	/* Of the sixteen differences 71 81 85 91 91 95 101 101 | 104 105 111 114 115 121 124 134. */
	assert_float_equal(cost.value, 102.5, 1e-9);
	/* Four and four: the outermost of them, 1 - 2/70. */
	assert_float_equal(cost.low, 71, 0);
	assert_float_equal(cost.high, 134, 0);
	assert_float_equal(cost.level, 1 - 2.0 / 70, 1e-9);
	assert_int_equal(cost_of(&base, &floor, false, &base_cost), 0);
	assert_int_equal(ratio_to_baseline(&x, &base, &floor, false, &e), 0);
	assert_float_equal(e.value, cost.value / base_cost.value, 1e-12);
	assert_float_equal(e.low, 71 / base_cost.high, 1e-12);
	assert_float_equal(e.high, 134 / base_cost.low, 1e-12);
	assert_float_equal(e.level, 1 - 4.0 / 70, 1e-9);
}

/* A baseline whose cost may be 0 leaves the ratio without an end. */
static void a_baseline_that_may_cost_nothing_gives_no_interval(void **state)
{
	const struct cost_values floor = VALUES(10, 20, 30, 40), x = VALUES(111, 125, 131, 144);
	const struct cost_values base = VALUES(15, 25, 35, 45);
	struct estimate e;

	(void)state;
	assert_int_equal(ratio_to_baseline(&x, &base, &floor, false, &e), 0);
	assert_true(e.n > 0 && e.value > 0);
	assert_true(isnan(e.low) && isnan(e.high) && isnan(e.level));
}

/* A value of a skewed distribution: what a busy host adds. */
static int64_t draw(uint64_t *rng, double at)
{
	double u = ((double)random_below(rng, 1000000) + 0.5) / 1e6;

	return (int64_t)(at + 1000 * -log(u));
}

static void intervals_of_ratios_cover_what_they_claim(void **state)
{
	enum { SETS = 1000, N = 6 };
	static const int64_t iteration[N];
	uint64_t rng = 7;
	int covered = 0, told = 0;
	double level = 0;

	(void)state;
	for (int k = 0; k < SETS; k++) {
		int64_t floor_v[N], base_v[N], x_v[N];
		struct cost_values floor = { floor_v, iteration, NULL, N };
		struct cost_values base = { base_v, iteration, NULL, N };
		struct cost_values x = { x_v, iteration, NULL, N };
		struct estimate e;

		for (int i = 0; i < N; i++) {
			floor_v[i] = draw(&rng, 100000);
			base_v[i] = draw(&rng, 120000);
			x_v[i] = draw(&rng, 108000);
		}
		assert_int_equal(ratio_to_baseline(&x, &base, &floor, false, &e), 0);
		if (isnan(e.low))
			continue;
		told++;
		level = e.level;
		covered += e.low <= 0.4 && e.high >= 0.4;
	}
	assert_true(told > SETS * 9 / 10);
	assert_true(level > 0.9 && level < 1);
	/* Less three standard deviations of the simulation itself. */
	assert_true(covered > (level - 3 * sqrt(level * (1 - level) / told)) * told);
}

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
	s->bytes.tables = 5000;
	s->verified = true;
	return s;
}

static struct run *icount_run(void)
{
	struct run *run = run_new();

	run->target.name = strdup("qemu-vtd");
	run->target.clock = strdup("icount");
	run->target.unit = strdup("instructions");
	return run;
}

static void broken(struct sample *s)
{
	s->error = strdup("died");
	s->verified = false;
}

static void a_table_lists_costs_by_case(void **state)
{
	struct run *run = icount_run();
	struct cost_table table;
	const struct cost_row *row;

	(void)state;
	add(run, "verify-ioas", 0, 1820);
	add(run, "rebuild", 0, 2000);
	add(run, "none", 0, 1000)->bytes.tables = LU_NULL;
	add(run, "rebuild", 0, 3000)->guest_bytes = 2LL << 30;
	broken(add(run, "verify-shadow", 0, LU_NULL));
	add(run, "verify-ioas", 0, 500)->attack = strdup("shift");
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_int_equal(table.n, 5);
	assert_true(table.has_floor);
	assert_string_equal(table.row[0].sample->design, "none");
	assert_true(table.row[0].new_guest);
	assert_int_equal(table.row[0].cell[COST_BLACKOUT].reason, COST_IS_FLOOR);
	assert_float_equal(table.row[0].cell[COST_BLACKOUT].whole.value, 1000, 0);
	assert_int_equal(table.row[0].cell[COST_BLACKOUT].cost.n, 0);
	row = &table.row[1];
	assert_string_equal(row->sample->design, "rebuild");
	assert_false(row->new_guest);
	assert_float_equal(row->cell[COST_BLACKOUT].cost.value, 1000, 0);
	assert_float_equal(row->cell[COST_BLACKOUT].ratio.value, 1, 0);
	row = &table.row[2];
	assert_string_equal(row->sample->design, "verify-ioas");
	assert_float_equal(row->cell[COST_BLACKOUT].whole.value, 1820, 0);
	assert_float_equal(row->cell[COST_BLACKOUT].cost.value, 820, 0);
	assert_float_equal(row->cell[COST_BLACKOUT].ratio.value, 0.82, 1e-12);
	assert_float_equal(row->cell[COST_BLACKOUT].plain.value, 0.91, 1e-12);
	/* Unknown of the floor is not 0. */
	assert_float_equal(row->cell[COST_TABLES].whole.value, 5000, 0);
	assert_int_equal(row->cell[COST_TABLES].cost.n, 0);
	assert_int_equal(row->cell[COST_TABLES].reason, COST_UNKNOWN);
	row = &table.row[3];
	assert_int_equal(row->failed, 1);
	assert_string_equal(row->error, "died");
	assert_int_equal(row->cell[COST_BLACKOUT].reason, COST_NO_RESULT);
	/* The other guest has no floor. */
	row = &table.row[4];
	assert_true(row->new_guest);
	assert_int_equal(row->cell[COST_BLACKOUT].reason, COST_NO_FLOOR);
	assert_int_equal(row->cell[COST_BLACKOUT].cost.n, 0);
	assert_int_equal(row->cell[COST_BLACKOUT].ratio.n, 0);
	assert_float_equal(row->cell[COST_BLACKOUT].whole.value, 3000, 0);
	assert_ptr_equal(cost_table_find(&table, &run->samples[3]), row);
	cost_table_release(&table);
	run_free(run);
}

static void a_failed_floor_is_no_floor(void **state)
{
	struct run *run = icount_run();
	struct cost_table table;

	(void)state;
	broken(add(run, "none", 0, 1000));
	add(run, "rebuild", 0, 2000);
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_false(table.has_floor);
	assert_int_equal(table.row[1].cell[COST_BLACKOUT].cost.n, 0);
	assert_int_equal(table.row[1].cell[COST_BLACKOUT].reason, COST_FLOOR_FAILED);
	cost_table_release(&table);
	/* One that is left, of another iteration. */
	add(run, "none", 1, 1000);
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_int_equal(table.row[1].cell[COST_BLACKOUT].cost.n, 0);
	assert_int_equal(table.row[1].cell[COST_BLACKOUT].reason, COST_UNPAIRED);
	cost_table_release(&table);
	run_free(run);
}

static void a_variant_has_the_floor_of_its_guest(void **state)
{
	struct run *run = icount_run();
	struct cost_table table;

	(void)state;
	add(run, "none", 0, 1000);
	add(run, "rebuild", 0, 2000);
	add(run, "verify-ioas", 0, 1100)->variant = strdup("lazy");
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_float_equal(table.row[2].cell[COST_BLACKOUT].ratio.value, 0.1, 1e-12);
	cost_table_release(&table);
	/* Where the variant has one of its own, that one. */
	add(run, "none", 0, 1050)->variant = strdup("lazy");
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_float_equal(
		cost_table_find(&table, &run->samples[2])->cell[COST_BLACKOUT].cost.value, 50, 0);
	cost_table_release(&table);
	run_free(run);
}

static int64_t phase_of(const struct sample *s, const void *name)
{
	return lu_values_get(&s->phases_ns, name);
}

static void phases_have_costs_too(void **state)
{
	static const struct cost_metric kho = { "phases_ns.kho", "kho", COST_AMOUNT, false, false };
	struct run *run = icount_run();
	struct cost_table table;
	struct cost_cell cell;

	(void)state;
	lu_values_set(&add(run, "none", 0, 1000)->phases_ns, "kho", 300);
	lu_values_set(&add(run, "rebuild", 0, 2000)->phases_ns, "kho", 560);
	assert_int_equal(cost_table_of(run, &table), 0);
	assert_int_equal(cost_table_cell(&table, &table.row[1], &kho, phase_of, "kho", &cell), 0);
	assert_float_equal(cell.whole.value, 560, 0);
	assert_float_equal(cell.cost.value, 260, 0);
	assert_int_equal(cost_table_cell(&table, &table.row[1], &kho, phase_of, "adopt", &cell), 0);
	assert_int_equal(cell.whole.n, 0);
	assert_int_equal(cell.reason, COST_UNKNOWN);
	cost_table_release(&table);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_costs_are_differences_of_one_iteration),
		cmocka_unit_test(one_sample_is_a_value_without_interval),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(pools_pair_within_their_run),
		cmocka_unit_test(ratios_are_of_costs_not_of_wholes),
		cmocka_unit_test(times_shift_by_hodges_and_lehmann),
		cmocka_unit_test(a_baseline_that_may_cost_nothing_gives_no_interval),
		cmocka_unit_test(intervals_of_ratios_cover_what_they_claim),
		cmocka_unit_test(a_table_lists_costs_by_case),
		cmocka_unit_test(a_failed_floor_is_no_floor),
		cmocka_unit_test(a_variant_has_the_floor_of_its_guest),
		cmocka_unit_test(phases_have_costs_too),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
