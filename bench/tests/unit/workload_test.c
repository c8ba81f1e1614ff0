// SPDX-License-Identifier: GPL-2.0-or-later
/* The workload parser: what it accepts, and every mistake with its file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target/target.h"
#include "workload/workload.h"

#define NAME "[workload]\nname = x\n"

static struct workload *good(const char *text)
{
	struct workload *w;
	char *err = NULL;
	int ret = workload_load_buffer(text, strlen(text), "w.ini", &w, &err);

	if (ret)
		print_error("%s\n", err ? err : "no message");
	assert_int_equal(ret, 0);
	assert_null(err);
	return w;
}

/* The text is refused, with exactly this message. */
static void bad(const char *text, const char *message)
{
	struct workload *w = (void *)1;
	char *err = NULL;
	int ret = workload_load_buffer(text, strlen(text), "w.ini", &w, &err);

	assert_int_equal(ret, -22);
	assert_null(w);
	assert_non_null(err);
	assert_string_equal(err, message);
	free(err);
}

/* The target refuses what the parser accepts. */
static void bad_for_qemu(const char *text, const char *message)
{
	struct workload *w = good(text);
	char *err = NULL;

	assert_int_equal(target_check(target_find("qemu-vtd"), w, &err), -22);
	assert_string_equal(err, message);
	free(err);
	workload_free(w);
}

static void an_smmu_is_no_vtd(void **state)
{
	static const struct {
		const char *iommu, *message;
	} wrong[] = {
		{ "aw_bits = 57", "w.ini: aw_bits is 57: allowed here is 48" },
		{ "caching_mode = yes",
		  "w.ini: caching_mode = yes: an SMMUv3 has none, allowed here is no" },
	};
	const struct target_ops *smmuv3 = target_find("qemu-smmuv3");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct workload *w;
		char *text, *err = NULL;

		assert_true(asprintf(&text,
				     "[workload]\nname = x\n[iommu]\nscalable = yes\n%s\n"
				     "[matrix]\nguest_size = 64M\nstage = first, second\n",
				     i < 2 ? wrong[i].iommu : "") > 0);
		w = good(text);
		/* QEMU's VT-d has first-stage tables of 48 bits only. */
		assert_int_equal(target_check(target_find("qemu-vtd"), w, &err), i ? 0 : -22);
		free(err);
		assert_int_equal(target_check(smmuv3, w, &err), i < 2 ? -22 : 0);
		if (i < 2)
			assert_string_equal(err, wrong[i].message);
		free(err);
		workload_free(w);
		free(text);
	}
}

static void everything_is_read(void **state)
{
	struct workload *w =
		good("; a comment\n"
		     "[workload]\nname = all\ndescription = some words\n"
		     " and more\nseed = 7\n"
		     "[dut]\nmemory = 6G\ncpus = 2\n"
		     "[target]\naccelerator = tcg\nclock = icount\ntimeout = 9\nwarmup = 2\n"
		     "[iommu]\naw_bits = 57\nscalable = yes\ncaching_mode = no\n"
		     "[matrix]\nguest_size = 64M, 1G,\n  2G\npage_size = 4K, 2M\n"
		     "layout = contig, holes\ndesign = verify-ioas\ndevices = 1, 2\n"
		     "stage = first\nredrive = split\nattack = shift\niterations = 3\n"
		     "[matrix big]\nguest_size = 16G\nbacking = aliased\n"
		     "backing_size = 64M\n");

	(void)state;
	assert_string_equal(w->name, "all");
	assert_string_equal(w->description, "some words and more");
	assert_int_equal(w->seed, 7);
	assert_int_equal(w->dut.memory, 6LL << 30);
	assert_int_equal(w->dut.cpus, 2);
	assert_string_equal(w->target.accelerator, "tcg");
	assert_string_equal(w->target.clock, "icount");
	assert_int_equal(w->target.timeout_s, 9);
	assert_int_equal(w->target.warmup, 2);
	assert_int_equal(w->iommu.aw_bits, 57);
	assert_true(w->iommu.scalable);
	assert_false(w->iommu.caching_mode);
	assert_int_equal(w->nr_matrix, 2);
	assert_int_equal(w->matrix[0].guest_size.n, 3);
	assert_int_equal(w->matrix[0].guest_size.v[2], 2LL << 30);
	assert_int_equal(w->matrix[0].page_size.v[1], 2 << 20);
	assert_string_equal(w->matrix[0].layout.v[1], "holes");
	assert_int_equal(w->matrix[0].iterations, 3);
	assert_int_equal(matrix_line(&w->matrix[0], "guest_size"), 20);
	assert_string_equal(w->matrix[1].name, "big");
	assert_int_equal(w->matrix[1].backing_size, 64 << 20);
	workload_free(w);
}

static void defaults_are_filled_in(void **state)
{
	struct workload *w = good(NAME "[matrix]\nguest_size = 1G\n");

	(void)state;
	assert_int_equal(w->dut.memory, 2LL << 30);
	assert_string_equal(w->target.accelerator, "auto");
	assert_string_equal(w->target.clock, "tsc");
	assert_int_equal(w->matrix[0].page_size.v[0], 4096);
	assert_string_equal(w->matrix[0].layout.v[0], "contig");
	assert_string_equal(w->matrix[0].backing.v[0], "real");
	assert_int_equal(w->matrix[0].devices.v[0], 1);
	assert_int_equal(w->matrix[0].iterations, 5);
	/* printf '[workload]\nname = x\n[matrix]\nguest_size = 1G\n' | sha256sum */
	assert_string_equal(w->sha256,
			    "4ff47ba5f4e192efbd5403760ee1d6707f5ab401f4e3fc83771a40ec6dbb0be2");
	workload_free(w);
}

static void sizes_have_suffixes(void **state)
{
	int64_t v;
	char buf[32];

	(void)state;
	assert_int_equal(parse_size("4096", &v), 0);
	assert_int_equal(v, 4096);
	assert_int_equal(parse_size("64k", &v), 0);
	assert_int_equal(v, 65536);
	assert_int_equal(parse_size("1T", &v), 0);
	assert_int_equal(v, 1LL << 40);
	assert_string_equal(size_text(v, buf, sizeof(buf)), "1T");
	assert_string_equal(size_text(1536LL << 20, buf, sizeof(buf)), "1536M");
	assert_string_equal(size_text(4097, buf, sizeof(buf)), "4097");
	for (const char *const *t =
		     (const char *const[]){ "", "0", "-1", "+1", "1.5G", "1GB", "G", "1 G", "1P",
					    "99999999999999999999", "9000000T", "0x10", NULL };
	     *t; t++)
		assert_int_equal(parse_size(*t, &v), -22);
}

static void names_and_sections(void **state)
{
	(void)state;
	bad("[workload]\nnmae = x\n",
	    "w.ini:2: unknown key 'nmae' in [workload]: allowed are name, description, seed");
	bad("[wokload]\nname = x\n",
	    "w.ini:1: unknown section [wokload]: allowed are [workload], [dut], [target], [iommu], "
	    "[matrix] and [matrix NAME]");
	bad("[dut x]\ncpus = 1\n",
	    "w.ini:1: unknown section [dut x]: allowed are [workload], [dut], [target], [iommu], "
	    "[matrix] and [matrix NAME]");
	bad("name = x\n", "w.ini:1: a key before the first section: start with [workload], [dut], "
			  "[target], [iommu] or [matrix]");
	bad("[workload]\nname = Big One\n",
	    "w.ini:2: 'Big One' is not a value for name: allowed is a-z, 0-9, _ and -, at most 40 "
	    "long");
	bad("[matrix]\nguest_size = 1G\n", "w.ini:2: no name: add name = … to [workload]");
	bad("", "w.ini:1: no name: add name = … to [workload]");
	bad(NAME, "w.ini:2: nothing to measure: add a [matrix] section");
	bad(NAME "[matrix A]\n",
	    "w.ini:3: 'A' is not a name for a matrix: allowed are a-z, 0-9, _ and -");
	bad(NAME "[matrix]\n[matrix]\n",
	    "w.ini:4: [matrix] is there twice: name sections apart, [matrix NAME]");
	bad(NAME "[matrix a]\n[matrix a]\n",
	    "w.ini:4: [matrix a] is there twice: name sections apart, [matrix NAME]");
	bad("[workload]\nname = x\nname = y\n",
	    "w.ini:3: name is set twice: it is in line 2 already");
	bad("[workload]\njust words\n",
	    "w.ini:2: not understood: write [section], key = value or ; "
	    "comment");
}

static void numbers_and_words(void **state)
{
	(void)state;
	bad(NAME "[dut]\nmemory = lots\n",
	    "w.ini:4: 'lots' is not a value for memory: allowed is 256M to 1T");
	bad(NAME "[dut]\nmemory = 1M\n",
	    "w.ini:4: '1M' is not a value for memory: allowed is 256M to 1T");
	bad(NAME "[dut]\ncpus = 0\n", "w.ini:4: '0' is not a value for cpus: allowed is 1 to 64");
	bad(NAME "[dut]\ncpus = 1\n  2\n",
	    "w.ini:5: cpus does not go over several lines: write one value");
	bad(NAME "[target]\nclock = hpet\n",
	    "w.ini:4: 'hpet' is not a value for clock: allowed is tsc or icount");
	bad(NAME "[iommu]\naw_bits = 40\n",
	    "w.ini:4: '40' is not a value for aw_bits: allowed is 39, 48 or 57");
	bad(NAME "[iommu]\nscalable = true\n",
	    "w.ini:4: 'true' is not a value for scalable: allowed is yes or no");
	bad(NAME "[matrix]\nguest_size = 1G, 2X\n",
	    "w.ini:4: '2X' is not a value for guest_size: allowed are, separated by commas, sizes "
	    "like 512M, 4G, 1T");
	bad(NAME "[matrix]\nguest_size = 1G,, 2G\n",
	    "w.ini:4: '' is not a value for guest_size: allowed are, separated by commas, sizes "
	    "like 512M, 4G, 1T");
	bad(NAME "[matrix]\nguest_size = 1G, 1024M\n",
	    "w.ini:4: '1024M' is twice in guest_size: name it once");
	bad(NAME "[matrix]\npage_size = 32K\n",
	    "w.ini:4: '32K' is not a value for page_size: allowed are, separated by commas, 4K, 16K, "
	    "64K, 2M, 1G");
	bad(NAME "[matrix]\nlayout = scattered\n",
	    "w.ini:4: 'scattered' is not a value for layout: allowed are, separated by commas, "
	    "contig, fragmented, holes, mixed");
	bad(NAME "[matrix]\nlayout = holes, holes\n",
	    "w.ini:4: 'holes' is twice in layout: name it once");
	bad(NAME "[matrix]\niterations = -3\n",
	    "w.ini:4: '-3' is not a value for iterations: allowed is 1 to 10000");
	bad(NAME "[matrix]\ngest_size = 1G\n",
	    "w.ini:4: unknown key 'gest_size' in [matrix]: allowed are guest_size, page_size, "
	    "layout, backing, backing_size, devices, design, iommu, variant, stage, redrive, "
	    "attack, iterations");
}

static void impossible_combinations(void **state)
{
	(void)state;
	bad(NAME "[matrix a]\nlayout = holes\n",
	    "w.ini:3: this matrix has no guest_size: add sizes like 512M, 4G");
	bad(NAME "[matrix]\npage_size = 2M\nguest_size = 3M\n",
	    "w.ini:5: guest_size 3M is not made of pages of 2M: take a multiple of page_size");
	bad(NAME "[matrix]\nguest_size = 1G\nbacking_size = 64M\n",
	    "w.ini:5: backing_size with backing = real: it belongs to backing = aliased; put real "
	    "into a matrix of its own");
	bad(NAME "[matrix]\nguest_size = 64M\nbacking = aliased\nbacking_size = 64M\n",
	    "w.ini:6: guest_size 64M is not a multiple of backing_size 64M, and larger: only then "
	    "is the backing aliased");
	bad(NAME
	    "[matrix]\nguest_size = 6M\npage_size = 2M\nbacking = aliased\nbacking_size = 3M\n",
	    "w.ini:7: backing_size 3M is not made of pages of 2M: take a multiple of page_size");
	bad(NAME "[matrix]\nguest_size = 1G\nstage = first\n",
	    "w.ini:5: stage = first without scalable mode: set scalable = yes in [iommu]");
	bad(NAME "[matrix]\nguest_size = 1G\ndesign = rebuild\nattack = shift\n",
	    "w.ini:6: attack with designs that keep no tree: there is nothing to attack; choose a "
	    "design that adopts one");
	bad(NAME "[matrix]\nguest_size = 1G\ndesign = none, rebuild\nattack = shift\n",
	    "w.ini:6: attack with designs that keep no tree: there is nothing to attack; choose a "
	    "design that adopts one");
	bad(NAME "[iommu]\nscalable = yes\naw_bits = 39\n[matrix]\nguest_size = 1G\n",
	    "w.ini:5: aw_bits = 39 with scalable = yes: scalable mode has 48 or 57");
	bad(NAME "[matrix]\nguest_size = 1G\nattack = shift, swap, twice\ndesign = verify-ioas, "
		 "verify-shadow\nredrive = same, split, merge, remap, ids\nvariant = a, b, c, d\n"
		 "iommu = x, y, z\niterations = 3000\n",
	    "w.ini:3: this matrix asks for more than 1000000 samples: shorten a list");
	bad(NAME "[iommu]\naw_bits = 39\n[matrix]\nguest_size = 1T\n",
	    "w.ini:6: guest_size does not fit into aw_bits = 39: raise aw_bits in [iommu]");
	bad(NAME "[target]\nclock = icount\naccelerator = kvm\n[matrix]\nguest_size = 1G\n",
	    "w.ini:4: clock = icount with accelerator = kvm: only tcg counts instructions");
	bad(NAME "[matrix]\nguest_size = 1G, 2G, 3G\nlayout = contig, holes\ndevices = 1, 2, 3, 4, "
		 "5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18\niterations = 10000\n",
	    "w.ini:3: this matrix asks for more than 1000000 samples: shorten a list");
}

static void lines_that_are_no_text(void **state)
{
	char longest[400];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "[workload]\nname = ", 18);
	longest[sizeof(longest) - 1] = '\0';
	bad(longest, "w.ini:2: the line is longer than 199 bytes: go on in an indented line");
	bad("[workload]\nname = \x1b[31m\n", "w.ini:2: a control character: write plain text");
	bad("[workload]\ndescription =\n",
	    "w.ini:2: '' is not a value for description: allowed is one line of text");
}

static void what_qemu_cannot_do(void **state)
{
	(void)state;
	bad_for_qemu(
		NAME "[matrix]\nguest_size = 4G\n",
		"w.ini:4: guest_size 4G with backing = real needs a DUT of 5824M: raise memory "
		"in [dut], or take backing = aliased");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\nbacking = aliased\n",
		     "w.ini:5: backing = aliased needs backing_size: add a size like 64M");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\npage_size = 1G\n",
		     "w.ini:5: '1G' is not a value for page_size: allowed here are 4K, 2M");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\npage_size = 2M, 16K\n",
		     "w.ini:5: '16K' is not a value for page_size: allowed here are 4K, 2M");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\ndevices = 0\n",
		     "w.ini:5: devices is 0: allowed are 1 to 7");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\nvariant = cold\n",
		     "w.ini:5: 'cold' is not a value for variant: allowed here are none");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\nredrive = twice\n",
		     "w.ini:5: 'twice' is not a value for redrive: allowed here are same, split, "
		     "split4k, merge, reverse, remap, ids");
	bad_for_qemu(NAME "[matrix]\nguest_size = 1G\nattack = bribe\n",
		     "w.ini:5: 'bribe' is not a value for attack: allowed here are shift, swap, "
		     "missing, extra, readonly, other-file, other-size, other-iommu, other-token, "
		     "twice, busy-ioas, attached, moved, damage-magic, damage-size, damage-count, "
		     "damage-checksum, damage-version, damage-address, damage-list, damage-table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_smmu_is_no_vtd),	   cmocka_unit_test(everything_is_read),
		cmocka_unit_test(defaults_are_filled_in),  cmocka_unit_test(sizes_have_suffixes),
		cmocka_unit_test(names_and_sections),	   cmocka_unit_test(numbers_and_words),
		cmocka_unit_test(impossible_combinations), cmocka_unit_test(lines_that_are_no_text),
		cmocka_unit_test(what_qemu_cannot_do),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
