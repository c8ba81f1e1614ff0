// SPDX-License-Identifier: GPL-3.0-or-later
/* The test of place finds what depends on the place, and nothing else. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/random.h"
#include "stats/stats.h"

#define BLOCKS 12
#define PLACES 3
#define N (BLOCKS * PLACES)

/* A value a block and place, blocks of unlike size, 2 % of noise; @effect: of each place. */
static void make(struct stats_placed *v, uint64_t *rng, double effect)
{
	for (size_t b = 0; b < BLOCKS; b++) {
		for (size_t p = 0; p < PLACES; p++) {
			double noise = (double)random_below(rng, 2001) / 1e5 - 0.01;

			v[b * PLACES + p] = (struct stats_placed){
				.value = 1e6 * (double)(b * b + 1) *
					 (1 + noise + effect * (double)p),
				.block = b,
				.place = (int64_t)p,
			};
		}
	}
}

static void an_effect_of_place_is_found(void **state)
{
	struct stats_placed v[N];
	struct stats_place_test test;
	uint64_t rng = 1;

	(void)state;
	make(v, &rng, 0.05);
	assert_int_equal(stats_place_test(v, N, 7, &test), 0);
	assert_int_equal(test.n, N);
	assert_int_equal(test.blocks, BLOCKS);
	assert_int_equal(test.places, PLACES);
	assert_true(test.p < 0.001);
	assert_true(fabs(fabs(test.worst) - 0.05) < 0.02);
	assert_int_equal(test.worst_place == 1, 0);
}

/* 5 % of sets without an effect have a p below 0.05: of 400 that is 20, and 33 is 3 sigma more. */
static void without_an_effect_p_is_even(void **state)
{
	size_t below = 0;
	uint64_t rng = 2;

	(void)state;
	for (int i = 0; i < 400; i++) {
		struct stats_placed v[N];
		struct stats_place_test test;

		make(v, &rng, 0);
		assert_int_equal(stats_place_test(v, N, (uint64_t)i, &test), 0);
		below += test.p < 0.05;
	}
	assert_in_range(below, 7, 33);
}

static void the_order_of_the_values_is_nothing(void **state)
{
	struct stats_placed v[N], mixed[N];
	struct stats_place_test a, b;
	uint64_t rng = 3;

	(void)state;
	make(v, &rng, 0.01);
	for (size_t i = 0; i < N; i++)
		mixed[i] = v[(i * 7) % N];
	assert_int_equal(stats_place_test(v, N, 7, &a), 0);
	assert_int_equal(stats_place_test(mixed, N, 7, &b), 0);
	assert_true(a.worst == b.worst);
	assert_true(fabs(a.p - b.p) < 0.05);
}

static void equal_values_explain_nothing(void **state)
{
	struct stats_placed v[N];
	struct stats_place_test test;

	(void)state;
	for (size_t i = 0; i < N; i++)
		v[i] = (struct stats_placed){ 1234, i / PLACES, (int64_t)(i % PLACES) };
	assert_int_equal(stats_place_test(v, N, 7, &test), 0);
	assert_true(test.p == 1);
	assert_true(test.worst == 0);
}

static void single_values_say_nothing(void **state)
{
	const struct stats_placed single[] = { { 1, 0, 0 }, { 2, 1, 1 }, { 3, 2, 2 } };
	const struct stats_placed one_place[] = { { 1, 0, 4 }, { 2, 0, 4 } };
	const struct stats_placed bad[] = { { 0, 0, 4 }, { 2, 0, 5 } };
	struct stats_place_test test;

	(void)state;
	assert_int_equal(stats_place_test(single, 3, 7, &test), 0);
	assert_int_equal(test.n, 0);
	assert_true(isnan(test.p));
	assert_int_equal(stats_place_test(NULL, 0, 7, &test), 0);
	assert_true(isnan(test.p));
	assert_int_equal(stats_place_test(one_place, 2, 7, &test), 0);
	assert_int_equal(test.n, 2);
	assert_true(isnan(test.p));
	assert_int_equal(stats_place_test(bad, 2, 7, &test), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_effect_of_place_is_found),
		cmocka_unit_test(without_an_effect_p_is_even),
		cmocka_unit_test(the_order_of_the_values_is_nothing),
		cmocka_unit_test(equal_values_explain_nothing),
		cmocka_unit_test(single_values_say_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
