// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the kernel's page table benchmark become a sample, and nothing else does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "micro/lines.h"

#define TREE                                                                                    \
	"[    0.31] iommu_pt_bench: tree format=vtd-ss guest_bytes=4294967296 page_bytes=4096 " \
	"layout=contig seed=1 tables=2054 table_bytes=8413184 leaf_tables=2048 "                \
	"leaf_bytes=8388608 entries=1048576\r\n"
#define PASS                                                                                \
	"iommu_pt_bench: pass iteration=0 cache=cold rebuild=3000 preserve=300 compare=42 " \
	"memcmp=40 read=30 teardown=1500 serialised_bytes=16500\n"
#define DONE "iommu_pt_bench: done clock=3000000000 clock_ns=1000000000\n"

static void read_all(struct micro_lines *lines, const char *const *text)
{
	micro_lines_init(lines, false);
	for (; *text; text++)
		assert_int_equal(micro_lines_read(lines, *text), 0);
}

/* The sample that the lines make, to be released. */
static void read_sample(struct sample *s, const char *const *text)
{
	struct micro_lines lines;

	read_all(&lines, text);
	sample_init(s);
	assert_int_equal(micro_lines_sample(&lines, s), 0);
	micro_lines_release(&lines);
}

static void ticks_become_ns_of_the_host(void **state)
{
	const char *const text[] = { "Linux version 7.3.4", TREE, PASS, DONE, NULL };
	struct micro_lines lines;
	struct sample s;

	(void)state;
	read_all(&lines, text);
	sample_init(&s);
	assert_int_equal(micro_lines_hz(&lines), 3000000000);
	assert_int_equal(micro_lines_sample(&lines, &s), 0);
	assert_int_equal(lu_values_get(&s.phases_ns, "rebuild"), 1000);
	assert_int_equal(lu_values_get(&s.phases_ns, "compare"), 14);
	assert_int_equal(lu_values_get(&s.phases_ns, "memcmp"), 13);
	assert_int_equal(lu_values_get(&s.phases_ns, "verify_ioas"), LU_NULL);
	assert_int_equal(s.phases_ns.n, 6);
	assert_int_equal(s.bytes.tables, 8413184);
	assert_int_equal(s.bytes.serialised, 16500);
	assert_int_equal(lu_values_get(&s.counters, "entries"), 1048576);
	assert_int_equal(lu_values_get(&s.counters, "leaf_tables"), 2048);
	assert_int_equal(lu_values_get(&s.counters, "passes"), 1);
	assert_true(s.verified);
	sample_release(&s);
	micro_lines_release(&lines);
}

static void a_phase_is_the_median_of_the_passes(void **state)
{
	static const char tree[] = TREE;
	const char *const text[] = { tree,
				     "iommu_pt_bench: pass iteration=0 compare=90 memcmp=30",
				     "iommu_pt_bench: pass iteration=1 compare=33 memcmp=60",
				     "iommu_pt_bench: pass iteration=2 compare=36",
				     DONE,
				     NULL };
	struct sample s;

	(void)state;
	read_sample(&s, text);
	assert_int_equal(lu_values_get(&s.phases_ns, "compare"), 12);
	assert_int_equal(lu_values_get(&s.phases_ns, "memcmp"), 15);
	assert_int_equal(lu_values_get(&s.counters, "passes"), 3);
	sample_release(&s);
}

static void counted_ticks_are_told_as_they_are(void **state)
{
	struct micro_lines lines;
	struct sample s;

	(void)state;
	micro_lines_init(&lines, true);
	assert_int_equal(micro_lines_read(&lines, TREE), 0);
	assert_int_equal(micro_lines_read(&lines, PASS), 0);
	assert_int_equal(micro_lines_read(&lines, DONE), 0);
	sample_init(&s);
	assert_int_equal(micro_lines_sample(&lines, &s), 0);
	assert_int_equal(lu_values_get(&s.phases_ns, "rebuild"), 3000);
	assert_int_equal(micro_lines_hz(&lines), 1000000000);
	sample_release(&s);
	micro_lines_release(&lines);
}

static void phases_come_in_the_order_of_run_json(void **state)
{
	const char *const text[] = { TREE, "iommu_pt_bench: pass teardown=3 read=2 rebuild=1", DONE,
				     NULL };
	struct sample s;

	(void)state;
	read_sample(&s, text);
	assert_string_equal(s.phases_ns.v[0].name, "rebuild");
	assert_string_equal(s.phases_ns.v[1].name, "read");
	assert_string_equal(s.phases_ns.v[2].name, "teardown");
	sample_release(&s);
}

static void a_run_that_stopped_early_is_no_sample(void **state)
{
	const char *const cut[][4] = {
		{ NULL },
		{ TREE, NULL },
		{ TREE, PASS, NULL },
		{ TREE, DONE, NULL },
		{ PASS, DONE, NULL },
		{ TREE, "iommu_pt_bench: pass iteration=0", DONE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		struct micro_lines lines;
		struct sample s;

		read_all(&lines, cut[i]);
		sample_init(&s);
		assert_int_equal(micro_lines_sample(&lines, &s), -EINVAL);
		assert_false(s.verified);
		assert_int_equal(s.phases_ns.n, 0);
		sample_release(&s);
		micro_lines_release(&lines);
	}
}

static void complaints_are_kept(void **state)
{
	const char *const text[] = { TREE, "iommu_pt_bench: compare failed: -EIO\n", NULL };
	const char *const panic[] = { "Kernel panic - not syncing: out of memory\n", NULL };
	struct micro_lines lines;

	(void)state;
	read_all(&lines, text);
	assert_string_equal(lines.trouble, "compare failed: -EIO");
	micro_lines_release(&lines);
	read_all(&lines, panic);
	assert_string_equal(lines.trouble, "Kernel panic - not syncing: out of memory");
	micro_lines_release(&lines);
}

static void broken_lines_are_refused(void **state)
{
	static const char *const bad[] = {
		"iommu_pt_bench: pass rebuild",
		"iommu_pt_bench: pass rebuild=",
		"iommu_pt_bench: pass rebuild=-1",
		"iommu_pt_bench: pass rebuild=1x",
		"iommu_pt_bench: pass rebuild=99999999999999999999",
		"iommu_pt_bench: done clock=",
		"iommu_pt_bench: tree tables=0x10",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct micro_lines lines;

		micro_lines_init(&lines, false);
		assert_int_equal(micro_lines_read(&lines, bad[i]), -EINVAL);
		micro_lines_release(&lines);
	}
}

static void a_clock_that_stands_still_is_not_done(void **state)
{
	const char *const text[] = { TREE, PASS, "iommu_pt_bench: done clock=0 clock_ns=5", NULL };
	struct micro_lines lines;

	(void)state;
	read_all(&lines, text);
	assert_false(lines.done);
	assert_int_equal(micro_lines_hz(&lines), LU_NULL);
	micro_lines_release(&lines);
}

static void entries_that_a_format_cannot_count_are_unknown(void **state)
{
	const char *const text[] = { "iommu_pt_bench: tree tables=3 table_bytes=12288 entries=0",
				     PASS, DONE, NULL };
	struct micro_lines lines;
	struct sample s;

	(void)state;
	read_all(&lines, text);
	sample_init(&s);
	assert_int_equal(micro_lines_sample(&lines, &s), 0);
	assert_int_equal(s.counters.n, 4);
	assert_int_equal(lu_values_get(&s.counters, "entries"), LU_NULL);
	sample_release(&s);
	micro_lines_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_become_ns_of_the_host),
		cmocka_unit_test(a_phase_is_the_median_of_the_passes),
		cmocka_unit_test(counted_ticks_are_told_as_they_are),
		cmocka_unit_test(phases_come_in_the_order_of_run_json),
		cmocka_unit_test(a_run_that_stopped_early_is_no_sample),
		cmocka_unit_test(complaints_are_kept),
		cmocka_unit_test(broken_lines_are_refused),
		cmocka_unit_test(a_clock_that_stands_still_is_not_done),
		cmocka_unit_test(entries_that_a_format_cannot_count_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
