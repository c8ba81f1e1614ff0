// SPDX-License-Identifier: GPL-2.0-or-later
/* From the agent's message to a sample. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/phases.h"
#include "common/protocol.h"
#include "sample/sample.h"

/* A clock of 2 GHz that has run for 100 days: products of its ticks leave 64 bits. */
#define HZ 2000000000LL
#define BASE (8640000LL * HZ)

static const struct plan_item item = {
	.design = "verify-ioas",
	.iommu = "intel",
	.layout = "contig",
	.backing = "real",
	.guest_bytes = 1 << 30,
	.page_bytes = 4096,
	.backing_bytes = 1 << 30,
	.devices = 1,
};

/* A message in which each mark from vm_pause on comes 1 ms after the one before. */
static json_t *message(void)
{
	json_t *marks = json_object();

	for (int i = 0; i < LU_NR_MARKS; i++)
		json_object_set_new(marks, lu_marks[i].name,
				    json_integer(BASE + (i - LU_VM_PAUSE) * (HZ / 1000)));
	return json_pack("{s:s,s:o,s:I,s:{s:i,s:i,s:n},s:{s:i,s:n},s:b,s:n,s:n,s:n,s:i}", "ev",
			 "sample", "marks", marks, "clock_hz", (json_int_t)HZ, "bytes",
			 "serialised", 100, "tables", 200, "extra_peak", "counters", "Pages-Free",
			 5, "cycles", "verified", 1, "error", "errno", "diff", "generation", 3);
}

static void convert(struct sample *s, const json_t *msg)
{
	sample_init(s);
	assert_int_equal(sample_from_plan(s, &item), 0);
	assert_int_equal(sample_convert(s, msg), 0);
}

static void set_mark(json_t *msg, const char *name, int64_t ns)
{
	json_object_set_new(json_object_get(msg, "marks"), name,
			    json_integer(BASE + ns * (HZ / 1000000000)));
}

static void figures_follow_from_marks(void **state)
{
	json_t *msg = message();
	struct sample s;
	int64_t sum = 0;

	(void)state;
	convert(&s, msg);
	assert_null(s.error);
	assert_true(sample_is_result(&s));
	assert_int_equal(s.brownout_ns, LU_VM_PAUSE * 1000000LL);
	assert_int_equal(s.blackout_ns, (LU_VM_RESUME - LU_VM_PAUSE) * 1000000LL);
	assert_int_equal(s.tail_ns, (LU_TAIL_END - LU_VM_RESUME) * 1000000LL);
	assert_int_equal(s.dma_gap_ns, LU_NULL);
	assert_int_equal(lu_values_get(&s.marks, "brownout_begin"), -3000000);
	assert_int_equal(lu_values_get(&s.marks, "vm_pause"), 0);
	assert_int_equal(lu_values_get(&s.phases_ns, "freeze"), 1000000);
	for (size_t i = 0; i < s.phases_ns.n; i++)
		sum += s.phases_ns.v[i].value;
	assert_int_equal(s.unaccounted_ns, s.blackout_ns - sum);
	/* Between agent_start and retrieve_begin, and so on, lies what no phase explains. */
	assert_int_equal(s.unaccounted_ns, 5000000);
	assert_false(sample_is_closed(&s));
	assert_int_equal(s.bytes.serialised, 100);
	assert_int_equal(s.bytes.extra_peak, LU_NULL);
	assert_int_equal(lu_values_get(&s.counters, "pages_free"), 5);
	assert_int_equal(lu_values_get(&s.counters, "cycles"), LU_NULL);
	assert_int_equal(lu_values_get(&s.counters, "generation"), 3);
	sample_release(&s);
	json_decref(msg);
}

static void closure_at_one_percent(void **state)
{
	json_t *msg = message();
	struct sample s;

	(void)state;
	set_mark(msg, "retrieve_begin", 11000000);
	set_mark(msg, "redrive_begin", 13000000);
	set_mark(msg, "restore_begin", 15000000);
	set_mark(msg, "verify_begin", 17000000);
	set_mark(msg, "adopt_begin", 19000000);
	convert(&s, msg);
	assert_int_equal(s.unaccounted_ns, 0);
	assert_true(sample_is_closed(&s));
	sample_release(&s);
	/* The blackout is 23 ms: 220 us are within a hundredth of it, 240 us are not. */
	set_mark(msg, "redrive_begin", 13220000);
	convert(&s, msg);
	assert_true(sample_is_closed(&s));
	sample_release(&s);
	set_mark(msg, "redrive_begin", 13240000);
	convert(&s, msg);
	assert_false(sample_is_closed(&s));
	sample_release(&s);
	json_decref(msg);
}

static void rebuild_verifies_nothing(void **state)
{
	static const char *const absent[] = { "restore_begin", "restore_end", "verify_begin",
					      "verify_end",    "adopt_begin", "adopt_end" };
	json_t *msg = message();
	struct sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		json_object_del(json_object_get(msg, "marks"), absent[i]);
	convert(&s, msg);
	assert_null(s.error);
	assert_int_equal(lu_values_get(&s.phases_ns, "restore"), LU_NULL);
	assert_int_equal(lu_values_get(&s.phases_ns, "verify"), LU_NULL);
	assert_int_equal(lu_values_get(&s.phases_ns, "adopt"), LU_NULL);
	/* attach then begins where the re-drive ended: seven marks later. */
	assert_int_equal(lu_values_get(&s.phases_ns, "attach"), 7000000);
	sample_release(&s);
	json_decref(msg);
}

static void sums_become_times(void **state)
{
	json_t *msg = message();
	struct sample s;

	(void)state;
	/* An agent that knows none, or of before there were any. */
	convert(&s, msg);
	assert_null(s.error);
	for (int i = 0; i < LU_NR_SUMS; i++)
		assert_int_equal(lu_values_get(&s.counters, lu_sums[i].counter), LU_NULL);
	sample_release(&s);
	json_object_set_new(msg, "sums", json_null());
	convert(&s, msg);
	assert_null(s.error);
	assert_int_equal(lu_values_get(&s.counters, "pin_ns"), LU_NULL);
	sample_release(&s);

	/* Ticks of 2 GHz; nothing compared is 0 and not unknown; no word of what is freed. */
	json_object_set_new(msg, "sums",
			    json_pack("{s:i,s:i,s:i,s:i,s:i}", "pin", 3000000, "map", 5000000,
				      "compare", 0, "claim", 7, "of_tomorrow", 1));
	convert(&s, msg);
	assert_null(s.error);
	assert_int_equal(lu_values_get(&s.counters, "pin_ns"), 1500000);
	assert_int_equal(lu_values_get(&s.counters, "map_ns"), 2500000);
	assert_int_equal(lu_values_get(&s.counters, "compare_ns"), 0);
	assert_int_equal(lu_values_get(&s.counters, "claim_ns"), 3);
	assert_int_equal(lu_values_get(&s.counters, "free_ns"), LU_NULL);
	/* They are parts of phases, not phases. */
	assert_int_equal(lu_values_get(&s.phases_ns, "pin"), LU_NULL);
	sample_release(&s);

	json_object_set_new(msg, "sums", json_pack("{s:i}", "map", -1));
	convert(&s, msg);
	assert_string_equal(s.error, "the sum map is not a time");
	sample_release(&s);
	json_decref(msg);
}

static void phases_of_old_runs(void **state)
{
	(void)state;
	assert_string_equal(lu_phase_end_name("verify"), "verify_end");
	assert_string_equal(lu_phase_end_name("attach"), "attach_end");
	/* It is in runs of before, and nothing today ends there. */
	assert_string_equal(lu_phase_end_name("compare"), "compare_end");
	assert_null(lu_phase_by_name("compare"));
	assert_int_equal(lu_mark_by_name("compare_end"), LU_NO_MARK);
	assert_null(lu_phase_end_name("tomorrow"));
}

static void wrong(json_t *msg, const char *error)
{
	struct sample s;

	convert(&s, msg);
	assert_non_null(s.error);
	assert_string_equal(s.error, error);
	assert_false(sample_is_result(&s));
	sample_release(&s);
	json_decref(msg);
}

static void contradictions_are_errors(void **state)
{
	json_t *msg;

	(void)state;
	msg = message();
	json_object_del(msg, "marks");
	wrong(msg, "the agent sent no marks");
	msg = message();
	json_object_set_new(msg, "clock_hz", json_integer(0));
	wrong(msg, "the agent sent no clock_hz");
	msg = message();
	json_object_del(json_object_get(msg, "marks"), "vm_pause");
	wrong(msg, "the agent sent no vm_pause");
	msg = message();
	json_object_del(json_object_get(msg, "marks"), "vm_resume");
	wrong(msg, "the agent sent no vm_resume");
	msg = message();
	json_object_set_new(json_object_get(msg, "marks"), "entry", json_integer(INT64_MIN));
	wrong(msg, "a mark is not a counter value near the others");
	msg = message();
	json_object_set_new(json_object_get(msg, "marks"), "entry", json_string("soon"));
	wrong(msg, "a mark is not a counter value near the others");
	msg = message();
	set_mark(msg, "freeze_end", 500000);
	wrong(msg,
	      "marks are out of order: phase freeze begins at 1000000 ns and ends at 500000 ns, "
	      "after a phase that ended at 1000000 ns");
	msg = message();
	set_mark(msg, "vm_resume", -1);
	wrong(msg, "marks are out of order: vm_resume is before vm_pause");
	msg = message();
	set_mark(msg, "brownout_begin", 1);
	wrong(msg, "marks are out of order: vm_pause is before brownout_begin");
	msg = message();
	json_object_set_new(msg, "verified", json_false());
	wrong(msg, "DMA and memory were not verified");
}

static void the_agents_error_is_kept(void **state)
{
	json_t *msg = message();

	(void)state;
	json_object_set_new(msg, "error", json_string("adopt: \x1b[1mEBADMSG\xc3\xa9"));
	wrong(msg, "adopt: ?[1mEBADMSG??");
}

static void attack_that_was_refused(void **state)
{
	struct plan_item attack = item;
	json_t *msg = message();
	struct sample s;

	(void)state;
	attack.attack = "shift";
	json_object_set_new(msg, "errno", json_integer(74));
	json_object_set_new(msg, "diff",
			    json_pack("{s:s,s:I}", "kind", "addr", "iova", (json_int_t)4096));
	convert(&s, msg);
	assert_int_not_equal(sample_state(&s), SAMPLE_REFUSED); /* it was no attack */
	sample_release(&s);
	/* The try to adopt comes before userspace's honest calls. */
	set_mark(msg, "verify_begin", 12100000);
	sample_init(&s);
	assert_int_equal(sample_from_plan(&s, &attack), 0);
	assert_int_equal(sample_convert(&s, msg), 0);
	assert_null(s.error);
	assert_int_equal(sample_state(&s), SAMPLE_REFUSED);
	assert_false(sample_is_result(&s));
	assert_int_equal(s.phases_ns.n, 0);
	assert_int_equal(lu_values_get(&s.counters, "adopt_errno"), 74);
	assert_int_equal(lu_values_get(&s.counters, "diff_iova"), 4096);
	assert_string_equal(s.refusal, "addr");
	sample_release(&s);
	json_decref(msg);
}

#define RECORDED "bench/tests/fixtures/protocol-refused.log"

/* The agent's words as a machine's protocol.log has them: two attacks, each with its request before it. */
static void recorded_refusals(void **state)
{
	static const struct {
		const char *attack;
		const char *refusal;
		int64_t iova;
	} want[] = { { "shift", "addr", 4313460736 }, { "missing", "extra", 4298137600 } };
	json_t *request = NULL, *hello = NULL;
	size_t seen = 0, size = 0;
	char *line = NULL;
	FILE *f;

	(void)state;
	f = fopen(RECORDED, "re");
	if (!f) {
		skip(); /* not run from the top of the tree */
		return;
	}
	while (getline(&line, &size, f) > 0) {
		json_t *msg = json_loads(line + 2, 0, NULL);
		const char *ev = json_string_value(json_object_get(msg, PROTO_EV));
		struct plan_item attack = item;
		struct sample s;

		assert_non_null(msg);
		if (*line == '>') {
			json_decref(request);
			request = msg;
			continue;
		}
		if (!strcmp(ev, PROTO_EV_HELLO)) {
			hello = msg;
			continue;
		}
		assert_string_equal(ev, PROTO_EV_SAMPLE);
		assert_true(seen < sizeof(want) / sizeof(want[0]));
		assert_string_equal(json_string_value(json_object_get(request, PROTO_ATTACK)),
				    want[seen].attack);
		attack.attack = want[seen].attack;
		sample_init(&s);
		assert_int_equal(sample_from_plan(&s, &attack), 0);
		assert_int_equal(sample_convert(&s, msg), 0);
		assert_null(s.error);
		assert_int_equal(sample_state(&s), SAMPLE_REFUSED);
		assert_string_equal(s.refusal, want[seen].refusal);
		assert_int_equal(lu_values_get(&s.counters, "diff_iova"), want[seen].iova);
		assert_true(s.verified && s.scatter > 0 && s.blackout_ns > 0);
		seen++;
		sample_release(&s);
		json_decref(msg);
	}
	assert_int_equal(seen, sizeof(want) / sizeof(want[0]));
	assert_int_equal(json_integer_value(json_object_get(hello, PROTO_PROTO)), PROTO_VERSION);
	assert_string_equal(json_string_value(json_object_get(hello, PROTO_IOAS)), "huge_pages=1");
	assert_int_equal(strlen(json_string_value(json_object_get(hello, PROTO_AGENT_SHA256))), 64);
	json_decref(request);
	json_decref(hello);
	free(line);
	fclose(f);
}

static void outside_check(void **state)
{
	json_t *msg = message();
	struct sample s;

	(void)state;
	/* The blackout is 23 ms, the clock may be off by 23 us, the observer by 1 ms. */
	convert(&s, msg);
	assert_int_equal(sample_check_outside(&s, 24000000, 1000000, true), 0);
	assert_null(s.error);
	assert_int_equal(s.outside_ns, 24000000);
	assert_int_equal(s.outside_resolution_ns, 1000000);
	sample_release(&s);
	convert(&s, msg);
	assert_int_equal(sample_check_outside(&s, 24030000, 1000000, true), 0);
	assert_string_equal(s.error,
			    "the outside check saw a blackout of 24030000 ns, the DUT one of "
			    "23000000 ns: they differ by more than the 1023000 ns that the "
			    "observer may be off");
	sample_release(&s);
	convert(&s, msg);
	assert_int_equal(sample_check_outside(&s, 19900000, 1000000, true), 0);
	assert_non_null(s.error);
	sample_release(&s);
	convert(&s, msg);
	assert_int_equal(sample_check_outside(&s, LU_NULL, LU_NULL, true), 0);
	assert_string_equal(s.error, "the outside check saw no pause and resume");
	sample_release(&s);
	convert(&s, msg);
	assert_int_equal(sample_check_outside(&s, LU_NULL, LU_NULL, false), 0);
	assert_null(s.error);
	sample_release(&s);
	json_decref(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_follow_from_marks),
		cmocka_unit_test(closure_at_one_percent),
		cmocka_unit_test(rebuild_verifies_nothing),
		cmocka_unit_test(sums_become_times),
		cmocka_unit_test(phases_of_old_runs),
		cmocka_unit_test(contradictions_are_errors),
		cmocka_unit_test(the_agents_error_is_kept),
		cmocka_unit_test(attack_that_was_refused),
		cmocka_unit_test(recorded_refusals),
		cmocka_unit_test(outside_check),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
