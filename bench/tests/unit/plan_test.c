// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan: complete, repeatable, and in an order that favours no design. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/plan.h"

static const char *const designs[] = { "rebuild", "verify-ioas", "verify-shadow", NULL };
static const char *const iommus[] = { "intel", NULL };

static const struct plan_choice all = { .designs = designs, .iommus = iommus, .seed = 42 };

static struct workload *load(const char *matrix)
{
	struct workload *w;
	char *text, *err = NULL;

	assert_true(asprintf(&text, "[workload]\nname = x\n%s", matrix) > 0);
	if (workload_load_buffer(text, strlen(text), "w.ini", &w, &err))
		fail_msg("%s", err);
	free(text);
	return w;
}

static struct plan *make(const struct workload *w, const struct plan_choice *choice)
{
	struct plan *plan;
	char *err = NULL;

	if (plan_make(w, choice, &plan, &err))
		fail_msg("%s", err);
	return plan;
}

static void product_is_complete(void **state)
{
	struct workload *w =
		load("[matrix]\nguest_size = 1G, 2G\npage_size = 4K, 2M\nlayout = contig, "
		     "fragmented, holes\niterations = 4\n");
	struct plan *plan = make(w, &all);

	(void)state;
	assert_int_equal(plan->n, 2 * 2 * 3 * 3 * 4);
	/* Each sample is there exactly once. */
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_item *a = &plan->item[i];

		assert_int_equal(a->order, i);
		assert_string_equal(a->iommu, "intel");
		assert_int_equal(a->backing_bytes, a->guest_bytes);
		for (size_t k = 0; k < i; k++) {
			const struct plan_item *b = &plan->item[k];

			assert_false(a->iteration == b->iteration && a->block == b->block &&
				     !strcmp(a->design, b->design));
		}
	}
	plan_free(plan);
	workload_free(w);
}

static void designs_of_a_block_stay_together(void **state)
{
	struct workload *w = load("[matrix]\nguest_size = 1G, 2G, 3G, 4G\niterations = 5\n");
	struct plan *plan = make(w, &all);

	(void)state;
	for (size_t i = 0; i < plan->n; i += 3) {
		for (size_t k = 1; k < 3; k++) {
			assert_int_equal(plan->item[i].block, plan->item[i + k].block);
			assert_int_equal(plan->item[i].iteration, plan->item[i + k].iteration);
			assert_true(plan->item[i].seed == plan->item[i + k].seed);
		}
	}
	/* An iteration is done before the next begins. */
	for (size_t i = 1; i < plan->n; i++)
		assert_true(plan->item[i].iteration >= plan->item[i - 1].iteration);
	plan_free(plan);
	workload_free(w);
}

/* Each design is at each place, and follows each other design, equally often: exactly. */
static void check_balance(size_t n, size_t blocks, size_t at_each_place, size_t after_each_other)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", NULL };
	const char *list[7] = { NULL };
	struct plan_choice choice = { .designs = list, .iommus = iommus, .seed = 7 };
	size_t at[6][6] = { { 0 } }, after[6][6] = { { 0 } };
	struct workload *w;
	struct plan *plan;
	char *text;

	memcpy(list, names, n * sizeof(*list));
	assert_true(asprintf(&text, "[matrix]\nguest_size = 1G\niterations = %zu\n", blocks) > 0);
	w = load(text);
	free(text);
	plan = make(w, &choice);
	assert_int_equal(plan->n, n * blocks);
	for (size_t i = 0; i < plan->n; i++) {
		size_t d = (size_t)(plan->item[i].design[0] - 'a');

		assert_int_equal(plan->item[i].place, i % n);
		at[d][i % n]++;
		if (i % n)
			after[plan->item[i - 1].design[0] - 'a'][d]++;
	}
	for (size_t d = 0; d < n; d++) {
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(at[d][k], at_each_place);
			assert_int_equal(after[d][k], d == k ? 0 : after_each_other);
		}
	}
	plan_free(plan);
	workload_free(w);
}

static void order_favours_no_design(void **state)
{
	(void)state;
	check_balance(1, 1, 1, 0);
	check_balance(2, 2, 1, 1);
	check_balance(3, 6, 2, 2);
	check_balance(4, 4, 1, 1);
	check_balance(5, 10, 2, 2);
	check_balance(6, 6, 1, 1);
}

/* One iteration of many guests is balanced, too. */
static void blocks_take_different_rows(void **state)
{
	struct workload *w =
		load("[matrix]\nguest_size = 1G, 2G, 3G, 4G, 5G, 6G\niterations = 1\n");
	struct plan *plan = make(w, &all);
	int at[3][3] = { { 0 } };

	(void)state;
	for (size_t i = 0; i < plan->n; i++)
		for (int d = 0; d < 3; d++)
			at[d][i % 3] += !strcmp(plan->item[i].design, designs[d]);
	for (int d = 0; d < 3; d++)
		for (int place = 0; place < 3; place++)
			assert_int_equal(at[d][place], 2);
	plan_free(plan);
	workload_free(w);
}

static void same_seed_same_plan(void **state)
{
	struct workload *w = load("[matrix]\nguest_size = 1G, 2G, 4G\niterations = 3\n");
	struct plan_choice other = all;
	struct plan *a, *b, *c;
	size_t same = 0;

	(void)state;
	other.seed = 43;
	a = make(w, &all);
	b = make(w, &all);
	c = make(w, &other);
	for (size_t i = 0; i < a->n; i++) {
		assert_string_equal(a->item[i].design, b->item[i].design);
		assert_int_equal(a->item[i].guest_bytes, b->item[i].guest_bytes);
		assert_true(a->item[i].seed == b->item[i].seed);
		same += !strcmp(a->item[i].design, c->item[i].design) &&
			a->item[i].guest_bytes == c->item[i].guest_bytes;
	}
	assert_true(same < a->n);
	plan_free(a);
	plan_free(b);
	plan_free(c);
	workload_free(w);
}

static void command_line_goes_first(void **state)
{
	static const char *const only[] = { "verify-ioas", NULL };
	struct workload *w = load("[matrix]\nguest_size = 1G\ndesign = rebuild\niterations = 9\n");
	struct plan_choice choice = all;
	struct plan *plan = make(w, &choice);

	(void)state;
	assert_int_equal(plan->n, 9);
	assert_string_equal(plan->item[0].design, "rebuild");
	plan_free(plan);
	choice.only = only;
	choice.iterations = 2;
	plan = make(w, &choice);
	assert_int_equal(plan->n, 2);
	assert_string_equal(plan->item[0].design, "verify-ioas");
	plan_free(plan);
	workload_free(w);
}

static void matrices_keep_apart(void **state)
{
	struct workload *w = load("[matrix small]\nguest_size = 1G\niterations = 3\n[matrix big]\n"
				  "guest_size = 1T\nbacking = aliased\nbacking_size = 64M\n"
				  "iterations = 1\n");
	struct plan *plan = make(w, &all);
	size_t big = 0;

	(void)state;
	assert_int_equal(plan->n, 3 * 3 + 3);
	for (size_t i = 0; i < plan->n; i++) {
		if (strcmp(plan->item[i].backing, "aliased") != 0)
			continue;
		big++;
		assert_int_equal(plan->item[i].backing_bytes, 64 << 20);
		assert_int_equal(plan->item[i].iteration, 0);
	}
	assert_int_equal(big, 3);
	plan_free(plan);
	workload_free(w);
}

static void attacks_leave_rebuild_out(void **state)
{
	struct workload *w =
		load("[matrix]\nguest_size = 1G\nattack = shift, swap\niterations = 1\n");
	struct plan *plan = make(w, &all);

	(void)state;
	assert_int_equal(plan->n, 2 * 2);
	for (size_t i = 0; i < plan->n; i++)
		assert_string_not_equal(plan->item[i].design, "rebuild");
	assert_int_equal(plan->notes.n, 1);
	plan_free(plan);
	workload_free(w);
}

static void unknown_words_are_refused(void **state)
{
	static const char *const only[] = { "magic", NULL }, *const rebuild[] = { "rebuild", NULL };
	struct workload *w = load("[matrix]\nguest_size = 1G\ndesign = swap\n");
	struct plan_choice choice = all;
	struct plan *plan;
	char *err = NULL;

	(void)state;
	assert_int_equal(plan_make(w, &all, &plan, &err), -22);
	assert_string_equal(err,
			    "w.ini:5: design 'swap' is not known to this target: `lubench list "
			    "targets` shows what is");
	free(err);
	choice.only = only;
	assert_int_equal(plan_make(w, &choice, &plan, &err), -22);
	assert_string_equal(err,
			    "design 'magic' is not known to this target: `lubench list targets` "
			    "shows what is");
	free(err);
	workload_free(w);

	w = load("[matrix]\nguest_size = 1G\niommu = smmuv3\n");
	assert_int_equal(plan_make(w, &all, &plan, &err), -22);
	assert_string_equal(err,
			    "w.ini:5: iommu 'smmuv3' is not known to this target: `lubench list "
			    "targets` shows what is");
	free(err);
	workload_free(w);

	w = load("[matrix]\nguest_size = 1G\nattack = shift\n");
	choice.only = rebuild;
	assert_int_equal(plan_make(w, &choice, &plan, &err), -22);
	assert_string_equal(err, "w.ini: nothing is left to measure: choose other designs");
	free(err);
	workload_free(w);
}

static void too_much_is_refused(void **state)
{
	static const char *const twice[] = { "rebuild", "verify-ioas", "rebuild", NULL };
	struct workload *w = load("[matrix]\nguest_size = 1G, 2G, 3G, 4G, 5G\n");
	struct plan_choice choice = all;
	struct plan *plan;
	char *err = NULL;

	(void)state;
	choice.only = twice;
	assert_int_equal(plan_make(w, &choice, &plan, &err), -22);
	assert_string_equal(err, "design 'rebuild' is named twice");
	free(err);
	choice.only = NULL;
	choice.iterations = 100000;
	assert_int_equal(plan_make(w, &choice, &plan, &err), -22);
	assert_string_equal(err,
			    "w.ini: these are 1500000 samples, allowed are 1000000: shorten a list "
			    "or lower iterations");
	free(err);
	workload_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(product_is_complete),
		cmocka_unit_test(designs_of_a_block_stay_together),
		cmocka_unit_test(order_favours_no_design),
		cmocka_unit_test(blocks_take_different_rows),
		cmocka_unit_test(same_seed_same_plan),
		cmocka_unit_test(command_line_goes_first),
		cmocka_unit_test(matrices_keep_apart),
		cmocka_unit_test(attacks_leave_rebuild_out),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(too_much_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
