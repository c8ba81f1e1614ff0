// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of designs, the one definition of a case, the state of a sample, its checks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/designs.h"
#include "report/dataset.h"
#include "run/case.h"
#include "store/measures.h"
#include "target/designs.h"

static void designs_are_one_list(void **state)
{
	size_t k = 0;

	(void)state;
	assert_true(design_is_floor("none"));
	assert_true(design_is_baseline("rebuild"));
	assert_true(design_adopts("verify-ioas"));
	assert_true(design_adopts("verify-shadow"));
	assert_false(design_adopts("none"));
	assert_false(design_adopts("rebuild"));
	assert_false(design_adopts("micro"));
	assert_false(design_adopts("sort -n"));
	assert_false(design_is_floor("sort -n"));
	assert_null(design_info("sort -n"));
	assert_string_equal(design_info("rebuild")->name, "rebuild");
	assert_int_equal(design_rank("none"), 0);
	assert_true(design_rank("rebuild") < design_rank("verify-ioas"));
	assert_int_equal(design_rank("sort -n"), lu_nr_designs);
	/* What a kexec can measure is the list without those that have none, in its order. */
	for (size_t i = 0; i < lu_nr_designs; i++) {
		if (lu_designs[i].role == DESIGN_OTHER)
			continue;
		assert_non_null(designs_with_kexec[k]);
		assert_string_equal(designs_with_kexec[k++], lu_designs[i].name);
	}
	assert_null(designs_with_kexec[k]);
}

static struct sample plain_sample(void)
{
	struct sample s;

	sample_init(&s);
	s.design = "rebuild";
	s.iommu = "intel";
	s.guest_bytes = 1LL << 32;
	s.page_bytes = 4096;
	s.layout = "contig";
	s.backing = "real";
	s.backing_bytes = 1LL << 32;
	s.devices = 1;
	s.iteration = 0;
	s.stage = "second";
	s.redrive = "same";
	return s;
}

static void differ(const struct sample *a, const struct sample *b, bool guest)
{
	char *keys[] = { case_key(a), case_key(b) }, *labels[] = { case_label(a), case_label(b) };

	assert_string_not_equal(keys[0], keys[1]);
	assert_string_not_equal(labels[0], labels[1]);
	assert_int_not_equal(case_compare(a, b), 0);
	/* An order: the other way round it is the other way round. */
	assert_int_equal(case_compare(a, b) < 0, case_compare(b, a) > 0);
	assert_int_equal(case_compare_guest(a, b) != 0, guest);
	for (int i = 0; i < 2; i++) {
		free(keys[i]);
		free(labels[i]);
	}
}

static void every_field_makes_another_case(void **state)
{
	const struct sample a = plain_sample();
	struct sample b;

	(void)state;
#define OTHER(field, value, guest)       \
	do {                             \
		b = a;                   \
		b.field = value;         \
		differ(&a, &b, (guest)); \
	} while (0)
	OTHER(design, "none", false);
	OTHER(variant, "lazy", false);
	OTHER(iommu, "armv8-4k", true);
	OTHER(guest_bytes, 1LL << 33, true);
	OTHER(page_bytes, 1LL << 21, true);
	OTHER(layout, "holes", true);
	OTHER(backing, "aliased", true);
	OTHER(backing_bytes, 1LL << 30, true);
	OTHER(devices, 4, true);
	OTHER(stage, "first", true);
	OTHER(redrive, "split", true);
	OTHER(attack, "shift", true);
#undef OTHER
	b = a;
	b.iteration = 7;
	b.order = 12;
	b.place = 2;
	b.scatter = 1000;
	b.error = "died";
	assert_int_equal(case_compare(&a, &b), 0);
}

static void labels_read_well(void **state)
{
	struct sample s = plain_sample();
	char *label = case_label(&s);

	(void)state;
	assert_string_equal(label, "rebuild 4G/4K contig");
	free(label);
	s.backing = "aliased";
	s.backing_bytes = 1 << 30;
	s.variant = "lazy";
	s.devices = 4;
	label = case_label(&s);
	assert_string_equal(label, "rebuild 4G/4K contig aliased 1G lazy 4 devices");
	free(label);
	label = case_guest_label(&s);
	assert_string_equal(label, "4G/4K contig aliased 1G 4 devices");
	free(label);
	/* What other tools measured has no guest. */
	s = plain_sample();
	s.iommu = "none";
	s.guest_bytes = s.backing_bytes = s.devices = 0;
	label = case_label(&s);
	assert_string_equal(label, "rebuild");
	free(label);
	label = case_guest_label(&s);
	assert_string_equal(label, "");
	free(label);
}

static void tables_show_the_guest_first_then_the_design(void **state)
{
	struct sample small = plain_sample(), large = plain_sample();

	(void)state;
	large.guest_bytes *= 2;
	small.design = "verify-shadow";
	large.design = "none";
	assert_true(case_compare(&small, &large) < 0);
	large.guest_bytes = small.guest_bytes;
	assert_true(case_compare(&small, &large) > 0);
	/* Unknown designs come last, by name. */
	small.design = "a-new-one";
	large.design = "verify-shadow";
	assert_true(case_compare(&small, &large) > 0);
}

/*
 * Two matrices that differ in nothing but backing_size are two rows with two labels: the report
 * made one of them, the history two with one name.
 */
static void backing_sizes_are_told_apart_everywhere(void **state)
{
	struct run *run = run_new();
	const struct run *runs[] = { run };
	struct measures measures;
	struct dataset data;

	(void)state;
	run->target.name = strdup("qemu-vtd");
	run->target.clock = strdup("tsc");
	for (int i = 0; i < 6; i++) {
		struct sample *s = run_add_sample(run), from = plain_sample();

		*s = from;
		s->design = strdup(i < 4 ? from.design : "verify-ioas");
		s->iommu = strdup(from.iommu);
		s->layout = strdup(from.layout);
		s->backing = strdup("aliased");
		s->stage = strdup(from.stage);
		s->redrive = strdup(from.redrive);
		s->backing_bytes = (i % 2 ? 1LL : 2LL) << 30;
		s->iteration = i / 2;
		s->blackout_ns = i % 2 ? 1000000 : 10000000;
		s->verified = true;
	}
	assert_int_equal(measures_of(runs, 1, &measures), 0);
	assert_int_equal(measures.nr_cases, 4);
	assert_string_not_equal(measures.cases[0].label, measures.cases[1].label);
	assert_int_equal(measures.cases[0].results, 2);
	measures_release(&measures);
	assert_int_equal(dataset_build(runs, 1, &data), 0);
	assert_int_equal(data.nr_panels, 1);
	assert_int_equal(data.panels[0].nr_series, 4);
	assert_string_equal(data.panels[0].series[0].label, "rebuild, 1 GiB of memory");
	assert_string_equal(data.panels[0].series[1].label, "rebuild, 2 GiB of memory");
	assert_int_equal(data.panels[0].series[0].cells[0].nr_ok, 2);
	/* Each is the baseline of its own memory. */
	for (int i = 0; i < 2; i++) {
		const struct series *baseline = &data.panels[0].series[i], *s = baseline + 2;

		assert_string_equal(s->design, "verify-ioas");
		assert_ptr_equal(s->cells[0].base, &baseline->cells[0]);
	}
	dataset_release(&data);
	run_free(run);
}

static void a_sample_has_one_state(void **state)
{
	struct sample s = plain_sample();

	(void)state;
	assert_int_equal(sample_state(&s), SAMPLE_FAILED);
	s.verified = true;
	assert_int_equal(sample_state(&s), SAMPLE_RESULT);
	s.error = "died";
	assert_int_equal(sample_state(&s), SAMPLE_FAILED);
	s.error = NULL;
	/* An attack that was let through has failed, whatever was verified. */
	s.attack = "shift";
	assert_int_equal(sample_state(&s), SAMPLE_FAILED);
	lu_values_set(&s.counters, ADOPT_ERRNO, 0);
	assert_int_equal(sample_state(&s), SAMPLE_FAILED);
	lu_values_set(&s.counters, ADOPT_ERRNO, 22);
	assert_int_equal(sample_state(&s), SAMPLE_REFUSED);
	assert_false(sample_is_result(&s));
	s.verified = false;
	assert_int_equal(sample_state(&s), SAMPLE_FAILED);
	lu_values_release(&s.counters);
}

static void closure_is_one_limit(void **state)
{
	struct sample s = plain_sample();

	(void)state;
	assert_true(isnan(sample_open_part(&s)));
	assert_false(sample_is_closed(&s));
	s.blackout_ns = 1000000;
	s.unaccounted_ns = 10000;
	assert_true(sample_is_closed(&s));
	s.unaccounted_ns = 10001;
	assert_false(sample_is_closed(&s));
	/* Phases that explain more than there was are as wrong as ones that explain less. */
	s.unaccounted_ns = -10001;
	assert_false(sample_is_closed(&s));
}

/* The report held samples to the resolution alone, so it contradicted those it reported. */
static void the_outside_check_is_one_predicate(void **state)
{
	struct sample s = plain_sample();

	(void)state;
	assert_true(sample_outside_agrees(&s));
	assert_int_equal(sample_outside_off_ns(&s), LU_NULL);
	s.blackout_ns = 10000000000;
	s.outside_ns = 10015000000;
	s.outside_resolution_ns = 10000000;
	assert_int_equal(sample_outside_off_ns(&s), 15000000);
	assert_int_equal(sample_outside_allowed_ns(&s), 20000000);
	assert_true(sample_outside_agrees(&s));
	s.outside_ns = 10020000001;
	assert_false(sample_outside_agrees(&s));
	s.outside_ns = 9979999999;
	assert_false(sample_outside_agrees(&s));
	/* A hostile file cannot make the sum overflow. */
	s.outside_resolution_ns = INT64_MAX;
	assert_true(sample_outside_agrees(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(designs_are_one_list),
		cmocka_unit_test(every_field_makes_another_case),
		cmocka_unit_test(labels_read_well),
		cmocka_unit_test(tables_show_the_guest_first_then_the_design),
		cmocka_unit_test(backing_sizes_are_told_apart_everywhere),
		cmocka_unit_test(a_sample_has_one_state),
		cmocka_unit_test(closure_is_one_limit),
		cmocka_unit_test(the_outside_check_is_one_predicate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
