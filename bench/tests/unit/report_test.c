// SPDX-License-Identifier: GPL-2.0-or-later
/* The report: what it says, what it keeps apart, and what it survives. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/dataset.h"
#include "report/file.h"
#include "report/gnuplot.h"
#include "report/ratios.h"
#include "report/report.h"
#include "report/site.h"
#include "report/text.h"

#define GIB (1LL << 30)
#define MS 1000000LL

/* ---- runs made up here ---- */

static struct run *made_run(const char *target)
{
	struct run *run = run_new();

	assert_non_null(run);
	run->id = text_asprintf("20260101T000000Z-%s-made", target);
	run->started = strdup("2026-01-01T00:00:00Z");
	run->tool.version = strdup("0");
	run->tool.commit = strdup("made");
	run->target.name = strdup(target);
	run->target.emulated = true;
	run->target.accelerator = strdup("tcg");
	run->target.clock = strdup("tsc");
	run->host.cpu = strdup("made up");
	run->host.iommu.kind = strdup("intel");
	run->workload.name = strdup("made");
	return run;
}

static void set_string(char **to, const char *s)
{
	free(*to);
	*to = strdup(s);
}

static struct sample *add(struct run *run, const char *design, int64_t guest_bytes,
			  int64_t blackout_ns)
{
	struct sample *s = run_add_sample(run);

	assert_non_null(s);
	s->design = strdup(design);
	s->iommu = strdup("intel");
	s->guest_bytes = guest_bytes;
	s->page_bytes = 4096;
	s->layout = strdup("contig");
	s->backing = strdup("real");
	s->backing_bytes = guest_bytes;
	s->devices = 1;
	s->iteration = 0;
	s->order = (int64_t)run->nr_samples;
	s->verified = true;
	s->blackout_ns = blackout_ns;
	lu_values_set(&s->phases_ns, "redrive", blackout_ns / 2);
	lu_values_set(&s->phases_ns, "attach", blackout_ns / 4);
	return s;
}

static char *scratch(void)
{
	char *dir = strdup("/tmp/lubench-report-test-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

/* Write @run to a folder of its own, report on it, give back the page. */
static char *page_of(struct run *run, char **dir)
{
	char *path, *index = NULL, *err = NULL, *html = NULL;
	const char *paths[1];
	int ret;

	*dir = scratch();
	path = text_asprintf("%s/run.json", *dir);
	if (run_write(run, path, &err))
		fail_msg("%s", err);
	run_free(run);
	paths[0] = *dir;
	ret = report_write(paths, 1, NULL, &index, &err);
	if (ret)
		fail_msg("%d: %s", ret, err);
	assert_int_equal(file_read(index, &html), 0);
	free(index);
	free(path);
	return html;
}

static void forget(char *html, char *dir)
{
	file_remove_tree(dir);
	free(html);
	free(dir);
}

/* ---- text ---- */

static void html_is_escaped(void **state)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	text_html(f, "<a b='c' d=\"e\">&\x01");
	text_html(f, NULL);
	fclose(f);
	assert_string_equal(out, "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\xef\xbf\xbd"
				 "\xe2\x80\x93");
	free(out);
}

static void gnuplot_strings_are_quoted(void **state)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	text_gnuplot(f, "it's `id` \"@x\"\\n\nquit");
	fclose(f);
	assert_string_equal(out, "'it''s `id` \"@x\"\\n quit'");
	free(out);
}

static void numbers_read_well(void **state)
{
	char buf[TEXT_MAX];

	(void)state;
	assert_string_equal(text_ns(0, buf), "0 s");
	assert_string_equal(text_ns(999, buf), "999 ns");
	assert_string_equal(text_ns(4, buf), "4 ns");
	assert_string_equal(text_ns(0.4567, buf), "0.457 ns");
	assert_string_equal(text_ns(1234567, buf), "1.23 ms");
	assert_string_equal(text_ns(999999, buf), "1.00 ms");
	assert_string_equal(text_ns(12.34e9, buf), "12.3 s");
	assert_string_equal(text_ns(1234e9, buf), "1234 s");
	assert_string_equal(text_ns(NAN, buf), "\xe2\x80\x93");
	assert_string_equal(text_bytes(4.0 * GIB, buf), "4 GiB");
	assert_string_equal(text_bytes(1536, buf), "1.50 KiB");
	assert_string_equal(text_bytes(0, buf), "0 B");
	assert_string_equal(text_digits(0.09876, buf), "0.0988");
	assert_string_equal(text_digits(9.996, buf), "10.0");
}

/* ---- what may share a line ---- */

static void unlike_samples_are_kept_apart(void **state)
{
	struct run *a = made_run("qemu-vtd"), *b = made_run("qemu-smmuv3");
	const struct run *runs[] = { a, b };
	struct dataset d;
	struct sample *s;

	(void)state;
	add(a, "rebuild", GIB, 1000 * MS);
	add(a, "rebuild", GIB, 1001 * MS);
	s = add(a, "rebuild", GIB, 1000 * MS);
	set_string(&s->backing, "aliased");
	s = add(a, "rebuild", GIB, 1000 * MS);
	set_string(&s->layout, "fragmented");
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->page_bytes = 2 << 20;
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->devices = 2;
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->stage = strdup("first");
	s = add(a, "rebuild", GIB, 1000 * MS);
	set_string(&s->iommu, "amd");
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->redrive = strdup("split");
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->variant = strdup("lazy");
	s = add(a, "rebuild", GIB, 1000 * MS);
	s->redrive = strdup("same");
	s = add(a, "verify-ioas", GIB, 900 * MS);
	s->attack = strdup("shift");
	add(b, "rebuild", GIB, 1000 * MS);

	assert_int_equal(dataset_build(runs, 2, &d), 0);
	/* layout, page size, devices, stage, IOMMU, target: panels of their own */
	assert_int_equal(d.nr_panels, 7);
	for (size_t i = 0; i < d.nr_panels; i++) {
		const struct panel *p = &d.panels[i];

		for (size_t j = 0; j < p->nr_series; j++) {
			assert_string_equal(p->series[j].design, "rebuild");
			for (size_t k = 0; k < p->series[j].nr_cells; k++) {
				size_t n = p->series[j].cells[k].nr_ok;

				/* the two alike and the one redriven as before */
				assert_true(n == 1 || n == 3);
			}
		}
	}
	assert_false(runs_comparable(a, b));
	dataset_release(&d);
	run_free(a);
	run_free(b);
}

static void the_page_table_part_is_summed(void **state)
{
	struct run *run = made_run("qemu-vtd");
	const struct run *runs[] = { run };
	struct sample *s = add(run, "verify-ioas", GIB, 1000);
	const struct metric *m = &metrics[METRIC_PAGETABLE];
	struct dataset d;

	(void)state;
	assert_int_equal(m->get(s), 750);
	lu_values_set(&s->phases_ns, "restore", 20);
	lu_values_set(&s->phases_ns, "verify", 10);
	lu_values_set(&s->phases_ns, "adopt", 7);
	assert_int_equal(m->get(s), 787);
	/* As in runs of schema lubench-run/1. */
	lu_values_set(&s->phases_ns, "compare", 13);
	assert_int_equal(m->get(s), 800);
	lu_values_set(&s->phases_ns, "attach", LU_NULL);
	assert_int_equal(m->get(s), LU_NULL);
	assert_int_equal(dataset_build(runs, 1, &d), 0);
	assert_int_equal(d.panels[0].series[0].cells[0].points[METRIC_PAGETABLE].n, 0);
	dataset_release(&d);
	run_free(run);
}

static void ratios_are_to_the_rebuild_of_the_same_backing(void **state)
{
	struct run *run = made_run("qemu-vtd");
	const struct run *runs[] = { run };
	const struct estimate *pt;
	const struct panel *p;
	struct dataset d;
	struct sample *s;

	(void)state;
	for (int i = 0; i < 6; i++) {
		add(run, "rebuild", GIB, 1000 * MS + i);
		add(run, "verify-ioas", GIB, 500 * MS + i);
		s = add(run, "verify-ioas", GIB, 500 * MS + i);
		set_string(&s->backing, "aliased");
	}
	assert_int_equal(dataset_build(runs, 1, &d), 0);
	p = &d.panels[0];
	assert_int_equal(p->nr_series, 3);
	assert_ptr_equal(p->series[1].cells[0].base, &p->series[0].cells[0]);
	assert_null(p->series[0].cells[0].base);
	assert_null(p->series[2].cells[0].base);
	pt = &p->series[1].cells[0].ratios[METRIC_BLACKOUT];
	assert_int_equal(pt->n, 6);
	assert_true(fabs(pt->value - 0.5) < 1e-6);
	assert_true(pt->low <= pt->value && pt->value <= pt->high);
	assert_int_equal(p->series[2].cells[0].ratios[METRIC_BLACKOUT].n, 0);
	dataset_release(&d);
	run_free(run);
}

static void failures_are_counted_not_averaged(void **state)
{
	struct run *run = made_run("qemu-vtd");
	const struct run *runs[] = { run };
	const struct estimate *pt;
	struct dataset d;
	struct sample *s;

	(void)state;
	add(run, "rebuild", GIB, 1000);
	s = add(run, "rebuild", GIB, 9000);
	s->error = strdup("no answer");
	s = add(run, "rebuild", GIB, 9000);
	s->verified = false;
	assert_int_equal(dataset_build(runs, 1, &d), 0);
	assert_int_equal(d.panels[0].series[0].cells[0].nr_failed, 2);
	pt = &d.panels[0].series[0].cells[0].points[METRIC_BLACKOUT];
	assert_int_equal(pt->n, 1);
	assert_true(pt->value == 1000);
	assert_true(isnan(pt->low));
	dataset_release(&d);
	run_free(run);
}

/* A run by instructions: the floor, the rebuild, and a design that costs @less than nothing. */
static struct run *made_costs(int64_t verify)
{
	struct run *run = made_run("qemu-vtd");

	set_string(&run->target.clock, "icount");
	run->target.unit = strdup("instructions");
	for (int size = 0; size < 3; size++) {
		int64_t floor = 800 * MS, cost = 100 * MS << size;
		struct sample *s;

		for (int i = 0; i < 2; i++) {
			/* Iterations differ by a guest of their own: pairs within one do not. */
			int64_t guest = i * 40 * MS;

			s = add(run, "none", GIB << size, floor + guest);
			lu_values_release(&s->phases_ns);
			lu_values_set(&s->phases_ns, "kho", floor + guest);
			s->iteration = i;
			s->place = 0;
			s = add(run, "rebuild", GIB << size, floor + guest + cost);
			lu_values_release(&s->phases_ns);
			lu_values_set(&s->phases_ns, "kho", floor + guest);
			lu_values_set(&s->phases_ns, "redrive", cost / 10);
			lu_values_set(&s->phases_ns, "attach", cost - cost / 10);
			lu_values_set(&s->counters, "pin_ns", cost / 2);
			lu_values_set(&s->counters, "map_ns", cost / 4);
			lu_values_set(&s->counters, "leaves_4k", 512);
			lu_values_set(&s->counters, "leaves_2m", 510 << size);
			s->iteration = i;
			s->place = 1 + i;
			s = add(run, "verify-ioas", GIB << size, floor + guest + verify);
			lu_values_release(&s->phases_ns);
			lu_values_set(&s->phases_ns, "kho", floor + guest + verify - 30 * MS);
			lu_values_set(&s->phases_ns, "redrive", 10 * MS);
			lu_values_set(&s->phases_ns, "verify", 15 * MS);
			lu_values_set(&s->phases_ns, "attach", 5 * MS);
			lu_values_set(&s->counters, "pin_ns", 12 * MS);
			lu_values_set(&s->counters, "compare_ns", 2 * MS);
			lu_values_set(&s->counters, "leaves_4k", 512);
			lu_values_set(&s->counters, "leaves_2m", size ? 510 << size : 7);
			s->iteration = i;
			s->place = 2 - i;
			s->scatter = 17 + i;
		}
	}
	return run;
}

static void a_cost_is_what_the_floor_has_not(void **state)
{
	struct run *run = made_costs(30 * MS);
	const struct run *runs[] = { run };
	const struct panel *p;
	struct dataset d;

	(void)state;
	assert_int_equal(dataset_build(runs, 1, &d), 0);
	assert_true(dataset_has_floor(&d));
	p = &d.panels[0];
	assert_int_equal(p->clock, RUN_UNIT_INSTRUCTIONS);
	assert_string_equal(p->series[0].design, "none");
	assert_int_equal(p->series[0].cells[0].points[METRIC_COST].n, 0);
	for (int size = 0; size < 3; size++) {
		const struct cell *rebuild = &p->series[1].cells[size];
		const struct cell *verify = &p->series[2].cells[size];

		assert_true(rebuild->points[METRIC_COST].exact);
		assert_int_equal(rebuild->points[METRIC_COST].n, 2);
		assert_true(rebuild->points[METRIC_COST].value == 100. * MS * (1 << size));
		assert_true(verify->points[METRIC_COST].value == 30. * MS);
		assert_true(fabs(verify->ratios[METRIC_COST].value - 0.3 / (1 << size)) < 1e-12);
	}
	dataset_release(&d);
	run_free(run);
}

/* ---- pages ---- */

static void a_page_of_two_designs(void **state)
{
	struct run *run = made_run("qemu-vtd");
	char *dir, *html, *png;

	(void)state;
	for (int size = 0; size < 3; size++) {
		for (int i = 0; i < 6; i++) {
			add(run, "rebuild", GIB << size, (1000 << size) * MS + i * 1000);
			add(run, "verify-ioas", GIB << size, (500 << size) * MS + i * 1000);
		}
	}
	html = page_of(run, &dir);
	assert_non_null(strstr(html, "EMULATED"));
	assert_non_null(strstr(html, "A 4 GiB guest is down for"));
	assert_non_null(strstr(html, "4.00 s"));
	assert_non_null(strstr(html, "50\xc2\xa0% shorter than the rebuild"));
	assert_non_null(strstr(html, "id=\"blackout-1\""));
	assert_non_null(strstr(html, "id=\"blackout-ratio-1\""));
	assert_non_null(strstr(html, "id=\"waterfall-2\""));
	assert_non_null(strstr(html, "href=\"../run.json\""));
	assert_non_null(
		strstr(html, "rebuild: 1.00 s at 1 GiB, 2.00 s at 2 GiB, 4.00 s at 4 GiB."));
	assert_null(strstr(html, "<script"));
	png = text_asprintf("%s/report/blackout-1.png", dir);
	assert_int_equal(access(png, R_OK), 0);
	free(png);
	forget(html, dir);
}

static void a_page_of_costs_in_instructions(void **state)
{
	char *dir, *html = page_of(made_costs(30 * MS), &dir);
	const char *seconds[] = { " ms", " s<", " ns", "\xc2\xb5s" };
	const char *at;

	(void)state;
	assert_non_null(strstr(html, "For a 4 GiB guest a design costs, in instructions"));
	assert_non_null(strstr(html, "<b>400.0 M</b>"));
	assert_non_null(strstr(html, "<b>30.00 M</b>"));
	assert_non_null(strstr(html, "0.0750 times the rebuild"));
	assert_non_null(strstr(html, "whole blackout: 820.0 M"));
	assert_non_null(strstr(html, "the floor: no device, no I/O page table"));
	/* The table guest by guest, with the blackout beside the cost. */
	assert_non_null(strstr(html, "<td><b>200.0 M</b></td><td>1</td><td><small>1.020 G"));
	assert_non_null(strstr(html, "id=\"cost-1\""));
	assert_non_null(strstr(html, "id=\"cost-ratio-1\""));
	assert_non_null(strstr(html, "id=\"cost-phases-1\""));
	assert_null(strstr(html, "id=\"blackout-ratio-1\""));
	assert_non_null(strstr(html,
			       "rebuild: 100.0 M instructions at 1 GiB, 200.0 M instructions at "
			       "2 GiB, 400.0 M instructions at 4 GiB."));
	/* Parts are taken out of their phase. */
	assert_non_null(strstr(html,
			       "rebuild: 400.0 M instructions, of it redrive 40.00 M, pin 200.0 M, "
			       "map 100.0 M, verify, attach 60.00 M."));
	assert_non_null(strstr(html, "Leaves of the page table"));
	assert_non_null(strstr(html, "<td>512</td><td>2040</td>"));
	/* Unlike leaves are unlike treatment: in one guest here, of two designs. */
	at = strstr(html, "<span class=\"short\">7, unlike the rebuild</span>");
	assert_non_null(at);
	assert_null(strstr(at + strlen("<span class=\"short\">7, u"), "unlike the rebuild"));
	assert_non_null(strstr(html, "Separate runs of preserved memory: contiguous 17 to 18"));
	assert_non_null(strstr(html, "Place in the order of designs: "));
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		at = strstr(html, seconds[i]);
		if (at)
			fail_msg("'%s' in a page of instructions: ...%.60s", seconds[i], at - 40);
	}
	assert_null(strstr(html, "Time "));
	forget(html, dir);
}

/* Its value is on the plot, and it is in the words for those who cannot see it. */
static void a_negative_cost_stays_visible(void **state)
{
	char *dir, *html = page_of(made_costs(-5 * MS), &dir);
	char *plot, *end;

	(void)state;
	assert_non_null(strstr(html, "<b>-5.000 M</b>"));
	plot = strstr(html, "id=\"cost-1\"");
	assert_non_null(plot);
	end = plot ? strstr(plot, "</svg>") : NULL;
	assert_non_null(end);
	if (end)
		*end = '\0';
	assert_non_null(strstr(plot, "verify-ioas: -5.000 M instructions at 1 GiB"));
	assert_non_null(strstr(plot, ">\xe2\x89\xa4 0<"));
	assert_non_null(strstr(plot, ">-5.000 M<"));
	assert_non_null(strstr(plot, "none = 0"));
	forget(html, dir);
}

/* Of a design measured at three places, the later the slower by @part of it. */
static char *page_of_places(double part, char **dir)
{
	struct run *run = made_run("qemu-vtd");

	for (int i = 0; i < 12; i++) {
		for (int size = 0; size < 2; size++) {
			int64_t ns = 1000 * MS << size;
			struct sample *s =
				add(run, "rebuild", GIB << size,
				    ns + (int64_t)((double)ns * part * (i % 3)) + i % 5 * 1000);

			s->iteration = i;
			s->place = i % 3;
		}
	}
	return page_of(run, dir);
}

static void an_effect_of_the_place_is_shown(void **state)
{
	char *dir, *html = page_of_places(0.05, &dir);
	const char *at;

	(void)state;
	at = strstr(html, "it explains the blackout</span> (p &lt; 0.001), most the place ");
	assert_non_null(at);
	/* The first is as far below the second as the third is above it. */
	assert_non_null(strstr(at, "4.76\xc2\xa0% off"));
	forget(html, dir);
	html = page_of_places(0, &dir);
	assert_non_null(strstr(html, "explains nothing that counts</span>"));
	forget(html, dir);
	/* However certain: a hundredth of a thousandth is no reason to doubt a run. */
	html = page_of_places(0.00001, &dir);
	assert_non_null(strstr(html, "explains nothing that counts</span>"));
	forget(html, dir);
}

static void an_empty_run(void **state)
{
	char *dir, *html = page_of(made_run("qemu-vtd"), &dir);

	(void)state;
	assert_non_null(strstr(html, "This run holds no samples"));
	assert_null(strstr(html, "<svg"));
	forget(html, dir);
}

static void a_run_that_failed(void **state)
{
	struct run *run = made_run("qemu-vtd");
	char *dir, *html;

	(void)state;
	for (int i = 0; i < 3; i++)
		add(run, "rebuild", GIB, 1000)->error = strdup("kexec: no answer for 60 s");
	html = page_of(run, &dir);
	assert_non_null(strstr(html, "all 3 failed"));
	assert_non_null(strstr(html, "<td>3</td><td class=\"text\">kexec: no answer for 60 s"));
	assert_null(strstr(html, "<svg"));
	forget(html, dir);
}

static void a_single_sample_without_figures(void **state)
{
	struct run *run = made_run("qemu-vtd");
	struct sample *s = add(run, "verify-ioas", GIB, 1000 * MS);
	char *dir, *html;

	(void)state;
	lu_values_release(&s->phases_ns);
	s->blackout_ns = LU_NULL;
	add(run, "rebuild", 0, 1000 * MS);
	s = add(run, "rebuild", GIB, 2000 * MS);
	html = page_of(run, &dir);
	assert_non_null(strstr(html, "one sample, so no interval"));
	assert_null(strstr(html, "nan"));
	assert_null(strstr(html, ">inf"));
	forget(html, dir);
}

static void hostile_text_stays_text(void **state)
{
	static const char evil[] = "</dd><script>alert(1)</script>'`touch owned`\"@x {/Bold y}";
	struct run *run = made_run("qemu-vtd");
	char *dir, *html, *owned;
	struct sample *s;

	(void)state;
	set_string(&run->host.cpu, evil);
	run->workload.description = strdup(evil);
	lu_strings_add(&run->notes, evil);
	s = add(run, "rebuild", GIB, 1000 * MS);
	lu_values_set(&s->phases_ns, "x.y:z-1", 5 * MS);
	add(run, "rebuild", GIB, 1000 * MS)->error = strdup(evil);
	html = page_of(run, &dir);
	assert_null(strstr(html, "<script"));
	assert_non_null(strstr(html, "&lt;script&gt;alert(1)"));
	assert_non_null(strstr(html, "Content-Security-Policy"));
	owned = text_asprintf("%s/report/owned", dir);
	assert_int_not_equal(access(owned, F_OK), 0);
	free(owned);
	forget(html, dir);
}

static void open_closure_is_said(void **state)
{
	struct run *run = made_run("qemu-vtd");
	struct sample *s = add(run, "rebuild", GIB, 1000 * MS);
	char *dir, *html;

	(void)state;
	lu_values_set(&s->phases_ns, "redrive", 780 * MS);
	lu_values_set(&s->phases_ns, "attach", 200 * MS);
	s->unaccounted_ns = 20 * MS;
	s->outside_ns = 1010 * MS;
	s->outside_resolution_ns = 1 * MS;
	run->planned = 5;
	html = page_of(run, &dir);
	assert_non_null(strstr(html, "1 of 1 samples exceed 1 %"));
	assert_non_null(strstr(html, "1 of 1 samples exceed what it may be off"));
	assert_non_null(strstr(html, "cut short: 5 were planned"));
	forget(html, dir);
}

static void machines_share_ratios_only(void **state)
{
	struct run *runs[2] = { made_run("qemu-vtd"), made_run("qemu-smmuv3") };
	char *dirs[2], *out, *index = NULL, *err = NULL, *html = NULL, *path, *side, *end;
	int halves = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (int k = 0; k < 2; k++) {
			add(runs[i], "rebuild", GIB, (1000 + k) * MS);
			add(runs[i], "verify-ioas", GIB, (500 + k) * MS);
		}
		dirs[i] = scratch();
		path = text_asprintf("%s/run.json", dirs[i]);
		assert_int_equal(run_write(runs[i], path, NULL), 0);
		run_free(runs[i]);
		free(path);
	}
	out = text_asprintf("%s/made/deep", dirs[0]);
	{
		const struct report_options opt = { .dir = out };

		if (report_write((const char *const *)dirs, 2, &opt, &index, &err))
			fail_msg("%s", err);
	}
	assert_int_equal(file_read(index, &html), 0);
	assert_non_null(strstr(html, "Blackout against guest size, qemu-vtd"));
	assert_non_null(strstr(html, "Blackout against guest size, qemu-smmuv3"));
	assert_null(strstr(html, "id=\"blackout-A-2\""));
	assert_non_null(strstr(html, "id=\"blackout-ratio-2\""));
	assert_non_null(strstr(html, "B: qemu-smmuv3</th>"));
	assert_non_null(strstr(html, "href=\"raw-2/run.json\""));
	/* One row, the blackout and its page-table part of either machine, each half its rebuild's. */
	side = strstr(html, "<section id=\"side\">");
	assert_non_null(side);
	end = side ? strstr(side, "</section>") : NULL;
	assert_non_null(end);
	for (const char *at = side; at && (at = strstr(at, "<td>0.500")) && at < end; at++)
		halves++;
	assert_int_equal(halves, 4);
	free(index);
	free(out);
	file_remove_tree(dirs[1]);
	free(dirs[1]);
	forget(html, dirs[0]);
}

static void nothing_is_lost_without_gnuplot(void **state)
{
	struct run *run = made_run("qemu-vtd");
	char *dir, *html, *again = NULL, *err = NULL, *path = strdup(getenv("PATH"));
	char *index, *listing;
	const char *paths[1];

	(void)state;
	add(run, "rebuild", GIB, 1000 * MS);
	html = page_of(run, &dir);
	paths[0] = dir;
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(report_write(paths, 1, NULL, NULL, &err), -ENOPKG);
	setenv("PATH", path, 1);
	assert_non_null(strstr(err, "gnuplot-nox"));
	assert_null(strchr(err, '\n'));
	index = text_asprintf("%s/report/index.html", dir);
	assert_int_equal(file_read(index, &again), 0);
	assert_string_equal(html, again);
	/* and nothing half-done lies beside it */
	listing = text_asprintf("ls '%s' | grep -q new-", dir);
	assert_int_not_equal(system(listing), 0); /* NOLINT(cert-env33-c) */
	free(listing);
	free(index);
	free(again);
	free(err);
	free(path);
	forget(html, dir);
}

static void other_folders_are_left_alone(void **state)
{
	struct run *run = made_run("qemu-vtd");
	char *dir, *html, *err = NULL, *mine;
	struct report_options opt;
	const char *paths[1];

	(void)state;
	html = page_of(run, &dir);
	paths[0] = dir;
	/* the run folder itself holds run.json */
	opt = (struct report_options){ .dir = dir };
	assert_int_equal(report_write(paths, 1, &opt, NULL, &err), -EEXIST);
	assert_non_null(strstr(err, "not a report"));
	free(err);
	err = NULL;
	/* an empty folder is fine, and so is a slash behind it */
	mine = text_asprintf("%s/empty/", dir);
	assert_int_equal(mkdir(mine, 0700), 0);
	opt.dir = mine;
	assert_int_equal(report_write(paths, 1, &opt, NULL, &err), 0);
	free(mine);
	forget(html, dir);
}

static void a_run_that_cannot_be_read(void **state)
{
	const char *paths[] = { "/nowhere/run" };
	char *err = NULL;

	(void)state;
	assert_int_equal(report_write(paths, 1, NULL, NULL, &err), -ENOENT);
	assert_non_null(err);
	free(err);
	err = NULL;
	assert_int_equal(report_write(paths, 0, NULL, NULL, &err), -EINVAL);
	free(err);
}

/* ---- the site ---- */

/* Of the emulator of the nights that follow. */
static const char *set_version;

/* A night of three samples of two designs; the rebuild takes @ms. */
static void add_night(const char *results, int night, int ms)
{
	struct run *run = made_run("qemu-vtd");
	char *dir = text_asprintf("%s/night-%d", results, night);
	char *path = text_asprintf("%s/run.json", dir), *err = NULL;

	free(run->id);
	run->id = text_asprintf("night-%d", night);
	free(run->started);
	run->started = text_asprintf("2026-01-%02dT00:00:00Z", (night - 1) % 30 + 1);
	run->target.version = set_version ? strdup(set_version) : NULL;
	for (int i = 0; i < 3; i++) {
		add(run, "rebuild", GIB, ms * MS + i * 1000)->iteration = i;
		add(run, "verify-ioas", GIB, 500 * MS + i * 1000)->iteration = i;
	}
	run->planned = 6;
	assert_int_equal(mkdir(dir, 0700), 0);
	if (run_write(run, path, &err))
		fail_msg("%s", err);
	run_free(run);
	free(path);
	free(dir);
}

static char *read_page(const char *dir, const char *name)
{
	char *path = text_asprintf("%s/%s", dir, name), *html = NULL;

	if (file_read(path, &html))
		fail_msg("%s is missing", path);
	free(path);
	return html;
}

static void a_site_of_nights(void **state)
{
	char *results = scratch(), *dir = text_asprintf("%s-site", results);
	struct site_options opt = { .dir = dir, .results = results, .nights = 2 };
	char *err = NULL, *html, *old, *path;

	(void)state;
	for (int night = 1; night <= 3; night++)
		add_night(results, night, night < 3 ? 1000 : 1400);
	if (site_write(&opt, NULL, &err))
		fail_msg("%s", err);
	html = read_page(dir, "index.html");
	assert_non_null(strstr(html, "3 runs"));
	assert_non_null(strstr(html, "href=\"night-3/index.html\""));
	assert_null(strstr(html, "href=\"night-1/index.html\""));
	assert_non_null(strstr(html, "href=\"design-verify-ioas.html\""));
	free(html);
	html = read_page(dir, "trends.html");
	assert_non_null(strstr(html, "<svg"));
	assert_non_null(strstr(html, "3 runs from "));
	free(html);
	free(read_page(dir, "design-rebuild.html"));
	html = read_page(dir, "night-3/index.html");
	assert_non_null(strstr(html, "Against the last good run"));
	assert_non_null(strstr(html, "href=\"../index.html\""));
	assert_non_null(strstr(html, "href=\"raw-1/run.json\""));
	free(html);

	/* again: one night more, the others as they were */
	path = text_asprintf("%s/night-3/index.html", dir);
	old = read_page(dir, "night-3/index.html");
	add_night(results, 4, 1400);
	opt.nights = 1;
	if (site_write(&opt, NULL, &err))
		fail_msg("%s", err);
	html = read_page(dir, "index.html");
	assert_non_null(strstr(html, "href=\"night-4/index.html\""));
	assert_non_null(strstr(html, "href=\"night-3/index.html\""));
	free(html);
	html = read_page(dir, "night-3/index.html");
	assert_string_equal(html, old);
	free(html);
	free(old);
	free(path);

	/* the results are no site */
	opt.dir = results;
	assert_int_equal(site_write(&opt, NULL, &err), -EEXIST);
	free(err);
	file_remove_tree(results);
	file_remove_tree(dir);
	free(results);
	free(dir);
}

/* Of two emulators one became slower; what changed there is not said of the other. */
static void a_change_is_of_one_setup_only(void **state)
{
	char *results = scratch(), *dir = text_asprintf("%s-site", results);
	struct site_options opt = { .dir = dir, .results = results, .nights = 0 };
	char *err = NULL, *html;
	const char *flat;
	int changed = 0;

	(void)state;
	for (int night = 1; night <= 30; night++) {
		set_version = "10.0.2";
		add_night(results, night, night < 16 ? 1000 : 1200);
		set_version = "10.0.3";
		add_night(results, 30 + night, 1000);
	}
	set_version = NULL;
	if (site_write(&opt, NULL, &err))
		fail_msg("%s", err);
	html = read_page(dir, "trends.html");
	for (const char *at = html; (at = strstr(at, "Changed on 2026-01-16")); at++)
		changed++;
	assert_int_equal(changed, 1);
	flat = strstr(html, "The last is at 1.00 s.");
	assert_non_null(flat);
	assert_int_equal(strncmp(flat + strlen("The last is at 1.00 s."), "</desc>", 7), 0);
	assert_non_null(strstr(html, "(target.version 10.0.3): blackout"));
	free(html);
	file_remove_tree(results);
	file_remove_tree(dir);
	free(results);
	free(dir);
}

static void a_change_from_nothing_is_new(void **state)
{
	char buf[TEXT_MAX];

	(void)state;
	assert_string_equal(text_change(0, 5, buf), "new");
	assert_string_equal(text_change(100, 120, buf), "+20.0\xc2\xa0%");
}

static void a_path_in_a_link_keeps_its_characters(void **state)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	text_href(f, "../a#b?c%d \"e'<f>.json");
	fclose(f);
	assert_string_equal(out, "../a%23b%3Fc%25d%20%22e%27%3Cf%3E.json");
	free(out);
}

/* ---- SVG ---- */

static void svg_becomes_part_of_the_page(void **state)
{
	static const char svg[] =
		"<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 430 340\"\n xmlns=\"x\"\n>\n"
		"<title>Gnuplot</title>\n<desc>Produced by</desc>\n"
		"<g id=\"c\" fill=\"black\"><circle id='p'/><use xlink:href='#p' "
		"color='rgb(  0, 114, 178)'/><path stroke='#d9dcdf' fill=\"rgb(34,34,34)\"/>"
		"<text> id='p' a>b</text></g></svg>\n";
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	(void)state;
	assert_int_equal(svg_inline(svg, "x1", "A <title>", "text & more", f), 0);
	fclose(f);
	assert_non_null(strstr(out, "role=\"img\" aria-labelledby=\"x1-t x1-d\""));
	assert_non_null(strstr(out, "<title id=\"x1-t\">A &lt;title&gt;</title>"));
	assert_non_null(strstr(out, "<desc id=\"x1-d\">text &amp; more</desc>"));
	assert_null(strstr(out, "Gnuplot"));
	assert_null(strstr(out, "<?xml"));
	assert_non_null(strstr(out, "<g id=\"x1-c\" fill=\"currentColor\">"));
	assert_non_null(strstr(out, "id='x1-p'"));
	assert_non_null(strstr(out, "href='#x1-p' color='var(--i-blue)'"));
	assert_non_null(strstr(out, "stroke='var(--grid)' fill=\"var(--i-black)\""));
	assert_non_null(strstr(out, "<text> id='p' a>b</text>"));
	free(out);
	f = open_memstream(&out, &len);
	assert_int_equal(svg_inline("<html>", "x1", "t", "d", f), -EINVAL);
	fclose(f);
	free(out);
}

/* ---- micro ---- */

static struct run *native_run(void)
{
	struct run *run = made_run("micro");

	run->target.emulated = false;
	return run;
}

/* A sample that has no phase yet. */
static struct sample *add_micro(struct run *run, int64_t guest_bytes)
{
	struct sample *s = add(run, "micro", guest_bytes, LU_NULL);

	set_string(&s->iommu, "vtd-ss");
	lu_values_release(&s->phases_ns);
	return s;
}

static struct run *micro_run(double compare, double plain)
{
	struct run *run = native_run();

	for (int i = 0; i < 5; i++) {
		struct sample *s = add_micro(run, 64 * GIB);

		lu_values_set(&s->phases_ns, "memcmp", 10 * MS + i);
		lu_values_set(&s->phases_ns, "compare", (int64_t)((double)(10 * MS) * compare));
		lu_values_set(&s->phases_ns, "compare_plain", (int64_t)((double)(10 * MS) * plain));
		lu_values_set(&s->phases_ns, "rebuild", 500 * MS);
		lu_values_set(&s->phases_ns, "preserve", 60 * MS);
	}
	return run;
}

static char *ratios_of(const struct run *run)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_int_equal(ratios_print(f, run), 0);
	fclose(f);
	return text;
}

static void goals_are_judged(void **state)
{
	struct run *run = micro_run(1.1, 4.4);
	char *text = ratios_of(run);

	(void)state;
	assert_non_null(strstr(text, "<= 1.15: pass"));
	assert_non_null(strstr(text, ">= 3.50: pass"));
	assert_non_null(strstr(text, "<= 0.100: falls short"));
	assert_null(strstr(text, "restore"));
	free(text);
	run_free(run);
}

/* As many samples as there are times to preserve a tree of so many tables. */
static void add_preserved(struct run *run, int64_t guest_bytes, int64_t tables,
			  const int64_t *preserve_ns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sample *s = add_micro(run, guest_bytes);

		lu_values_set(&s->phases_ns, "preserve", preserve_ns[i]);
		lu_values_set(&s->counters, "tables", tables);
	}
}

static void a_page_costs_the_same_in_a_large_tree_or_falls_short(void **state)
{
	const int64_t small[] = { 1000, 1000 }, flat[] = { 10500, 10500 }, steep[] = { 16000 };
	struct run *run = native_run();
	char *text;

	(void)state;
	add_preserved(run, GIB, 10, small, 2);
	text = ratios_of(run);
	assert_null(strstr(text, "preserve a page"));
	free(text);
	add_preserved(run, 64 * GIB, 100, flat, 2);
	text = ratios_of(run);
	assert_non_null(strstr(text, "64 GiB  preserve a page"));
	assert_non_null(strstr(text, "<= 1.50: pass"));
	assert_null(strstr(text, "may not repeat"));
	free(text);
	add_preserved(run, 1024 * GIB, 100, steep, 1);
	text = ratios_of(run);
	assert_non_null(strstr(text, "1.60"));
	assert_non_null(strstr(text, "once"));
	assert_non_null(strstr(text, "<= 1.50: falls short"));
	assert_non_null(strstr(text, "1 ratios marked with ! or once may not repeat within 5 %"));
	free(text);
	run_free(run);
}

static void a_spread_that_two_runs_would_not_share_is_told(void **state)
{
	struct run *run = micro_run(1.1, 4.4);
	char *text, *dir, *html;

	(void)state;
	text = ratios_of(run);
	assert_null(strstr(text, "!"));
	free(text);
	/* 20 %: (2.306 * 0.2 * sqrt(pi / 5)) is more than 5 %. */
	for (size_t i = 0; i < run->nr_samples; i++)
		lu_values_set(&run->samples[i].phases_ns, "rebuild",
			      (int64_t)(500 * MS * (1 + 0.2 * (double)i)));
	text = ratios_of(run);
	assert_non_null(strstr(text, " %! <= 0.100"));
	free(text);
	html = page_of(run, &dir);
	assert_non_null(strstr(html, "<small>repeats within "));
	forget(html, dir);
}

static void instructions_are_not_held_against_goals_in_time(void **state)
{
	struct run *run = micro_run(1.2, 4.8);
	char *text;

	(void)state;
	run->target.emulated = true;
	text = ratios_of(run);
	assert_non_null(strstr(text, "compare / memcmp"));
	assert_null(strstr(text, "pass"));
	assert_null(strstr(text, "falls short"));
	free(text);
	run_free(run);
}

static void a_micro_page(void **state)
{
	char *dir, *html = page_of(micro_run(1.2, 4.8), &dir);

	(void)state;
	assert_non_null(strstr(html, "Comparing the page tables of a 64 GiB guest takes 12.0 ms"));
	assert_non_null(strstr(html, "1.20 times as long as <code>memcmp</code>"));
	assert_non_null(strstr(html, "falls short"));
	assert_non_null(strstr(html, "id=\"micro-compare-1\""));
	assert_null(strstr(html, "is down for"));
	forget(html, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_escaped),
		cmocka_unit_test(gnuplot_strings_are_quoted),
		cmocka_unit_test(numbers_read_well),
		cmocka_unit_test(unlike_samples_are_kept_apart),
		cmocka_unit_test(the_page_table_part_is_summed),
		cmocka_unit_test(ratios_are_to_the_rebuild_of_the_same_backing),
		cmocka_unit_test(failures_are_counted_not_averaged),
		cmocka_unit_test(a_cost_is_what_the_floor_has_not),
		cmocka_unit_test(a_page_of_costs_in_instructions),
		cmocka_unit_test(a_negative_cost_stays_visible),
		cmocka_unit_test(an_effect_of_the_place_is_shown),
		cmocka_unit_test(a_page_of_two_designs),
		cmocka_unit_test(an_empty_run),
		cmocka_unit_test(a_run_that_failed),
		cmocka_unit_test(a_single_sample_without_figures),
		cmocka_unit_test(hostile_text_stays_text),
		cmocka_unit_test(open_closure_is_said),
		cmocka_unit_test(machines_share_ratios_only),
		cmocka_unit_test(nothing_is_lost_without_gnuplot),
		cmocka_unit_test(other_folders_are_left_alone),
		cmocka_unit_test(a_run_that_cannot_be_read),
		cmocka_unit_test(a_site_of_nights),
		cmocka_unit_test(a_change_is_of_one_setup_only),
		cmocka_unit_test(a_change_from_nothing_is_new),
		cmocka_unit_test(a_path_in_a_link_keeps_its_characters),
		cmocka_unit_test(svg_becomes_part_of_the_page),
		cmocka_unit_test(goals_are_judged),
		cmocka_unit_test(a_page_costs_the_same_in_a_large_tree_or_falls_short),
		cmocka_unit_test(a_spread_that_two_runs_would_not_share_is_told),
		cmocka_unit_test(instructions_are_not_held_against_goals_in_time),
		cmocka_unit_test(a_micro_page),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
