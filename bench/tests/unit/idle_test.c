// SPDX-License-Identifier: GPL-2.0-or-later
/* What the DUT waited is taken out of a clock that counts instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/phases.h"
#include "sample/idle.h"

#define PAUSE 5000

/*
 * Each mark 1000 after the one before, vm_pause at PAUSE. The old kernel was idle for 300 before
 * vm_pause and 50 after it; the new one is idle for 100 in each step from agent_start on.
 */
static int64_t counter_of(int mark)
{
	return PAUSE + 1000 * (mark - LU_VM_PAUSE);
}

static int64_t idle_of(int mark)
{
	if (mark < LU_VM_PAUSE)
		return 300 - 10 * (LU_VM_PAUSE - mark);
	if (mark < LU_ENTRY)
		return mark < LU_DEVICES_DOWN ? 300 : 350;
	return mark < LU_AGENT_START ? 0 : 100 * (mark - LU_AGENT_START);
}

static json_t *message(void)
{
	json_t *marks = json_object(), *idle = json_object();

	for (int i = 0; i < LU_NR_MARKS; i++) {
		json_object_set_new(marks, lu_marks[i].name, json_integer(counter_of(i)));
		json_object_set_new(idle, lu_marks[i].name, json_integer(idle_of(i)));
	}
	return json_pack("{s:o,s:o,s:I,s:{}}", "marks", marks, "idle", idle, "clock_hz",
			 (json_int_t)1000000000, "counters");
}

static int64_t mark_of(const json_t *msg, enum lu_mark mark)
{
	return json_integer_value(
		json_object_get(json_object_get(msg, "marks"), lu_marks[mark].name));
}

static const json_t *idle_counter(const json_t *msg)
{
	return json_object_get(json_object_get(msg, "counters"), "idle_ns");
}

static void idle_time_is_no_instruction(void **state)
{
	json_t *msg = message();

	(void)state;
	assert_int_equal(sample_take_idle(msg, true), 0);
	assert_int_equal(mark_of(msg, LU_VM_PAUSE), PAUSE);
	/* 40 of the 4000 (10 a mark) before vm_pause were idle. */
	assert_int_equal(mark_of(msg, LU_BROWNOUT_BEGIN),
			 counter_of(LU_BROWNOUT_BEGIN) + 10 * (LU_VM_PAUSE - LU_BROWNOUT_BEGIN));
	assert_int_equal(mark_of(msg, LU_JUMP), counter_of(LU_JUMP) - 50);
	/* The new kernel counts from 0: what the old one waited is not forgotten. */
	assert_int_equal(mark_of(msg, LU_ENTRY), counter_of(LU_ENTRY) - 50);
	assert_int_equal(mark_of(msg, LU_VM_RESUME),
			 counter_of(LU_VM_RESUME) - 50 - 100 * (LU_VM_RESUME - LU_AGENT_START));
	assert_int_equal(json_integer_value(idle_counter(msg)),
			 50 + 100 * (LU_VM_RESUME - LU_AGENT_START));
	json_decref(msg);
}

static void a_clock_of_time_keeps_it(void **state)
{
	json_t *msg = message();

	(void)state;
	json_object_set_new(msg, "clock_hz", json_integer(2000000000));
	assert_int_equal(sample_take_idle(msg, false), 0);
	for (int i = 0; i < LU_NR_MARKS; i++)
		assert_int_equal(mark_of(msg, (enum lu_mark)i), counter_of(i));
	assert_int_equal(json_integer_value(idle_counter(msg)),
			 (50 + 100 * (LU_VM_RESUME - LU_AGENT_START)) / 2);
	json_decref(msg);
}

/* @mark's idle time becomes @value: nothing is moved, nothing is claimed. */
static void expect_untouched(enum lu_mark mark, json_t *value)
{
	json_t *msg = message();

	json_object_set_new(json_object_get(msg, "idle"), lu_marks[mark].name, value);
	assert_int_equal(sample_take_idle(msg, true), 0);
	for (int i = 0; i < LU_NR_MARKS; i++)
		assert_int_equal(mark_of(msg, (enum lu_mark)i), counter_of(i));
	assert_null(idle_counter(msg));
	json_decref(msg);
}

static void what_contradicts_itself_is_not_used(void **state)
{
	(void)state;
	expect_untouched(LU_REDRIVE_END, json_null());
	expect_untouched(LU_REDRIVE_END, json_integer(-1));
	expect_untouched(LU_REDRIVE_END, json_integer(INT32_MAX));
	expect_untouched(LU_JUMP, json_integer(0));
	expect_untouched(LU_VM_PAUSE, json_string("300"));
}

static void without_idle_times_nothing_changes(void **state)
{
	json_t *msg = message();

	(void)state;
	json_object_set_new(msg, "idle", json_null());
	assert_int_equal(sample_take_idle(msg, true), 0);
	assert_int_equal(mark_of(msg, LU_VM_RESUME), counter_of(LU_VM_RESUME));
	assert_null(idle_counter(msg));
	json_decref(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_time_is_no_instruction),
		cmocka_unit_test(a_clock_of_time_keeps_it),
		cmocka_unit_test(what_contradicts_itself_is_not_used),
		cmocka_unit_test(without_idle_times_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
