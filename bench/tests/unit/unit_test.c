// SPDX-License-Identifier: GPL-2.0-or-later
/* Amounts as people read them: times, and instructions, which are no time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/unit.h"

static void reads(double amount, enum run_unit unit, const char *want)
{
	char buf[AMOUNT_MAX];

	assert_string_equal(amount_text(amount, unit, buf), want);
}

static void times_have_three_digits(void **state)
{
	(void)state;
	reads(0, RUN_UNIT_NS, "0 s");
	reads(7, RUN_UNIT_NS, "7 ns");
	reads(12.5, RUN_UNIT_NS, "12.5 ns");
	reads(999, RUN_UNIT_NS, "999 ns");
	reads(1000, RUN_UNIT_NS, "1.00 µs");
	reads(999600, RUN_UNIT_NS, "1.00 ms");
	reads(1234567, RUN_UNIT_NS, "1.23 ms");
	reads(-45678901, RUN_UNIT_NS, "-45.7 ms");
	reads(1.2e9, RUN_UNIT_NS, "1.20 s");
	reads(123.4e9, RUN_UNIT_NS, "123 s");
	reads(NAN, RUN_UNIT_NS, "–");
	reads(INFINITY, RUN_UNIT_NS, "–");
}

static void instructions_have_four_and_no_seconds(void **state)
{
	char buf[AMOUNT_MAX];

	(void)state;
	reads(0, RUN_UNIT_INSTRUCTIONS, "0");
	reads(953, RUN_UNIT_INSTRUCTIONS, "953");
	reads(1234, RUN_UNIT_INSTRUCTIONS, "1.234 k");
	reads(281254321, RUN_UNIT_INSTRUCTIONS, "281.3 M");
	reads(999960000, RUN_UNIT_INSTRUCTIONS, "1.000 G");
	reads(-82e6, RUN_UNIT_INSTRUCTIONS, "-82.00 M");
	reads(12345678901, RUN_UNIT_INSTRUCTIONS, "12.35 G");
	assert_string_equal(amount_words(281254321, RUN_UNIT_INSTRUCTIONS, buf),
			    "281.3 M instructions");
	assert_string_equal(amount_words(1.5e9, RUN_UNIT_NS, buf), "1.50 s");
	assert_string_equal(amount_words(NAN, RUN_UNIT_INSTRUCTIONS, buf), "–");
}

static void intervals_and_ticks_share_a_unit(void **state)
{
	char buf[AMOUNT_MAX];

	(void)state;
	assert_string_equal(amount_range_text(0.99e9, 1.3e9, RUN_UNIT_NS, buf), "0.99–1.30 s");
	assert_string_equal(amount_range_text(-2e6, 3e6, RUN_UNIT_NS, buf), "-2.00 to 3.00 ms");
	assert_string_equal(amount_range_text(NAN, 3e6, RUN_UNIT_NS, buf), "–");
	assert_string_equal(amount_tick(5e8, 2e9, RUN_UNIT_NS, buf), "0.5 s");
	assert_string_equal(amount_tick(2e8, NAN, RUN_UNIT_INSTRUCTIONS, buf), "200 M");
	assert_string_equal(amount_tick(0, 2e9, RUN_UNIT_INSTRUCTIONS, buf), "0");
}

static void a_run_says_what_it_counts(void **state)
{
	struct run *run = run_new();

	(void)state;
	assert_int_equal(run_unit(run), RUN_UNIT_NS);
	run->target.clock = strdup("icount");
	assert_int_equal(run_unit(run), RUN_UNIT_INSTRUCTIONS);
	assert_true(run_is_exact(run));
	run->target.unit = strdup("ns");
	assert_int_equal(run_unit(run), RUN_UNIT_NS);
	assert_false(run_is_exact(run));
	free(run->target.unit);
	run->target.unit = strdup("instructions");
	assert_int_equal(run_unit(run), RUN_UNIT_INSTRUCTIONS);
	assert_string_equal(run_unit_name(run_unit(run)), "instructions");
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_three_digits),
		cmocka_unit_test(instructions_have_four_and_no_seconds),
		cmocka_unit_test(intervals_and_ticks_share_a_unit),
		cmocka_unit_test(a_run_says_what_it_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
