// SPDX-License-Identifier: GPL-2.0-or-later
/* What the runs say, in words. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/designs.h"
#include "report/page.h"

void design_swatch(FILE *f, const char *design)
{
	fprintf(f,
		"<span class=\"swatch\" aria-hidden=\"true\" style=\"background:var(%s)\">"
		"</span>",
		inks[style_of(design).ink].css);
}

bool run_is_micro(const struct run *run)
{
	return !strcmp(run->target.name, "micro");
}

/* Percent as one says them: "18", "4.2". */
static const char *percent(double part, char buf[static TEXT_MAX])
{
	snprintf(buf, TEXT_MAX, part >= 0.0995 ? "%.0f" : "%.1f", part * 100);
	return buf;
}

/* "9.3 % shorter than with the rebuild", or that nothing is shown. */
static void write_ratio(FILE *f, const struct point *r)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	if (r->n > 1 && isfinite(r->low) && r->low <= 1 && r->high >= 1)
		fprintf(f, "no difference from the rebuild shown (%s\xe2\x80\x93%s \xc3\x97)",
			text_digits(r->low, a), text_digits(r->high, b));
	else if (r->value < 0.5)
		fprintf(f, "%s times as fast as the rebuild", text_digits(1 / r->value, a));
	else if (r->value < 1)
		fprintf(f, "%s\xc2\xa0%% shorter than with the rebuild", percent(1 - r->value, a));
	else if (r->value > 2)
		fprintf(f, "%s times as long as with the rebuild", text_digits(r->value, a));
	else
		fprintf(f, "%s\xc2\xa0%% longer than with the rebuild", percent(r->value - 1, a));
	if (r->n < 2)
		fputs(", in this one sample", f);
}

static int write_card(FILE *f, const struct panel *p, const struct series *s, int64_t size)
{
	const struct cell *c = series_cell(s, size);
	const struct series *base = panel_baseline(p, s);
	const struct cell *bc = base && base != s ? series_cell(base, size) : NULL;
	struct point pt = { 0 }, ratio = { 0 }, table = { 0 }, table_ratio = { 0 };
	char buf[TEXT_MAX];
	int ret = c ? point_of(c, &metric_blackout, &pt) : 0;

	if (ret || !pt.n)
		return ret;
	ret = point_of(c, &metric_pagetable, &table);
	if (!ret && bc)
		ret = point_ratio(c, bc, &metric_blackout, &ratio);
	if (!ret && bc)
		ret = point_ratio(c, bc, &metric_pagetable, &table_ratio);
	if (ret)
		return ret;
	fputs("<li><span class=\"name\">", f);
	design_swatch(f, s->design);
	text_html(f, s->label);
	fprintf(f, "</span><b>%s</b>", text_ns(pt.value, buf));
	if (isfinite(pt.low))
		fprintf(f,
			"<span class=\"quiet\">%.0f\xc2\xa0%% interval %s, %zu samples</span>"
			"<br>",
			floor(pt.level * 100), text_ns_range(pt.low, pt.high, buf), pt.n);
	else
		fputs("<span class=\"quiet\">one sample, so no interval</span><br>", f);
	if (ratio.n)
		write_ratio(f, &ratio);
	else if (design_is_baseline(s->design))
		fputs("the baseline", f);
	if (table.n) {
		fprintf(f, "<br>page-table part: %s", text_ns(table.value, buf));
		if (table_ratio.n)
			fprintf(f, ", %s \xc3\x97 the rebuild\xe2\x80\x99s",
				text_digits(table_ratio.value, buf));
	}
	fputs("</li>\n", f);
	return 0;
}

static void write_where(FILE *f, const struct panel *p, bool aliased)
{
	char buf[TEXT_MAX];

	fprintf(f, "%s pages, ", text_bytes((double)p->page_bytes, buf));
	text_html(f, layout_word(p->layout));
	fprintf(f, ", %s memory", aliased ? "aliased" : "real");
	if (p->stage)
		text_htmlf(f, ", %s stage", p->stage);
	if (p->devices != LU_NULL)
		fprintf(f, ", %lld device%s", (long long)p->devices, p->devices == 1 ? "" : "s");
}

static int write_headline(FILE *f, const struct panel *p, bool aliased)
{
	int64_t size = headline_size(p, aliased);
	char buf[TEXT_MAX];

	if (!size)
		return 0;
	fprintf(f, "<p><strong>A %s guest is down for</strong> (median; ",
		text_bytes((double)size, buf));
	write_where(f, p, aliased);
	fputs("):</p>\n<ul class=\"cards\">\n", f);
	for (size_t i = 0; i < p->nr_series; i++) {
		int ret = p->series[i].aliased == aliased ? write_card(f, p, &p->series[i], size) :
							    0;

		if (ret)
			return ret;
	}
	fputs("</ul>\n", f);
	return 0;
}

/* How much of the rebuild's blackout is about page tables at all. */
static int write_share(FILE *f, const struct panel *p)
{
	bool aliased = !headline_size(p, false);
	int64_t size = headline_size(p, aliased);
	char buf[TEXT_MAX];

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *s = &p->series[i];
		const struct cell *c = series_cell(s, size);
		struct point whole, part;

		if (!design_is_baseline(s->design) || s->variant || s->redrive ||
		    s->aliased != aliased || !c)
			continue;
		if (point_of(c, &metric_blackout, &whole) || point_of(c, &metric_pagetable, &part))
			return -ENOMEM;
		if (!whole.n || !part.n || whole.value <= 0)
			continue;
		fprintf(f,
			"<p>With the rebuild, %s\xc2\xa0%% of that blackout is the page table; "
			"the rest is shutdown, kexec and boot, which no design changes.</p>\n",
			percent(part.value / whole.value, buf));
	}
	return 0;
}

static void write_emulated(FILE *f, const struct run *run)
{
	fputs("<p class=\"note\">These are times of an emulator (", f);
	text_html(f, run->target.name);
	if (run->target.accelerator)
		text_htmlf(f, ", %s", run->target.accelerator);
	text_htmlf(f, ", clock %s", run->target.clock);
	fputs("). They tell the designs apart on the same machine; they do not tell how long real "
	      "hardware takes.</p>\n",
	      f);
}

static int write_run(FILE *f, const struct dataset *d, size_t i)
{
	const struct panel *p = headline_panel(d, i);
	const struct run *run = d->runs[i];
	int ret = 0;

	if (d->nr_runs > 1) {
		fputs("<h3>", f);
		text_htmlf(f, "%s: %s, %s, %s", run_label(d, i), run->target.name,
			   run->workload.name, run->started);
		fputs("</h3>\n", f);
	}
	if (run_is_micro(run))
		return answer_micro(f, d, i);
	if (run->target.emulated)
		write_emulated(f, run);
	if (!run->nr_samples)
		fputs("<p><strong>This run holds no samples.</strong></p>\n", f);
	else if (!p)
		fprintf(f,
			"<p><strong>No sample of this run is a result: all %zu failed.</strong> "
			"<a href=\"#checks\">Why</a></p>\n",
			run->nr_samples);
	if (p)
		ret = write_headline(f, p, false);
	if (p && !ret)
		ret = write_share(f, p);
	if (p && !ret)
		ret = write_headline(f, p, true);
	return ret;
}

int answer_write(FILE *f, const struct dataset *d)
{
	fputs("<section id=\"answer\" aria-label=\"The answer\">\n", f);
	for (size_t i = 0; i < d->nr_runs; i++) {
		int ret = write_run(f, d, i);

		if (ret)
			return ret;
	}
	fputs("</section>\n", f);
	return 0;
}
