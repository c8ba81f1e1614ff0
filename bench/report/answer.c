// SPDX-License-Identifier: GPL-2.0-or-later
/* What the runs say, in words. */
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

/* "9.3 % less than the rebuild", or that nothing is shown. @less, @more: of what it is. */
static void write_ratio(FILE *f, const struct estimate *r, const char *less, const char *more)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	if (!r->exact && isfinite(r->low) && r->low <= 1 && r->high >= 1)
		fprintf(f, "no difference from the rebuild shown (%s\xe2\x80\x93%s \xc3\x97)",
			text_digits(r->low, a), text_digits(r->high, b));
	else if (r->value < 0.5 || r->value > 2)
		fprintf(f, "%s times the rebuild\xe2\x80\x99s", text_digits(r->value, a));
	else if (r->value < 1)
		fprintf(f, "%s\xc2\xa0%% %s than the rebuild", percent(1 - r->value, a), less);
	else
		fprintf(f, "%s\xc2\xa0%% %s than the rebuild", percent(r->value - 1, a), more);
	if (!r->exact && r->n < 2)
		fputs(", in this one sample", f);
}

/* How sure the large number of a card is. */
static void write_interval(FILE *f, const struct estimate *pt, enum run_unit clock)
{
	char buf[TEXT_MAX], high[TEXT_MAX];

	fputs("<span class=\"quiet\">", f);
	if (pt->exact && pt->n > 1 &&
	    !strcmp(amount_text(pt->low, clock, buf), amount_text(pt->high, clock, high)))
		fprintf(f, "%zu iterations agree", pt->n);
	else if (pt->exact && pt->n > 1)
		fprintf(f, "%s over %zu iterations",
			amount_range_text(pt->low, pt->high, clock, buf), pt->n);
	else if (pt->exact)
		fputs("counted exactly", f);
	else if (isfinite(pt->low))
		fprintf(f, "%.0f\xc2\xa0%% interval %s, %zu samples", floor(pt->level * 100),
			amount_range_text(pt->low, pt->high, clock, buf), pt->n);
	else
		fputs("one sample, so no interval", f);
	fputs("</span><br>", f);
}

static void write_plain(FILE *f, const char *what, const struct cell *c, enum metric_id id,
			enum run_unit clock)
{
	const struct estimate *pt = &c->points[id], *r = &c->ratios[id];
	char buf[TEXT_MAX];

	if (!pt->n)
		return;
	fprintf(f, "<br>%s: %s", what, metric_text(&metrics[id], clock, pt->value, buf));
	if (r->n)
		fprintf(f, ", %s \xc3\x97 the rebuild\xe2\x80\x99s", text_digits(r->value, buf));
}

/* @cost: the run has a floor, so that the cost is what there is to say. */
static void write_card(FILE *f, const struct panel *p, const struct series *s, int64_t size,
		       bool cost)
{
	const struct cell *c = series_cell(s, size);
	enum metric_id id = cost ? METRIC_COST : METRIC_BLACKOUT;
	char buf[TEXT_MAX];

	if (!c || !c->points[METRIC_BLACKOUT].n)
		return;
	fputs("<li><span class=\"name\">", f);
	design_swatch(f, s->design);
	text_html(f, s->label);
	fputs("</span>", f);
	if (cost && design_is_floor(s->design)) {
		fprintf(f, "<b>0</b><span class=\"quiet\">the floor: no device, no I/O page table"
			   "</span>");
		write_plain(f, "whole blackout", c, METRIC_BLACKOUT, p->clock);
		fputs("</li>\n", f);
		return;
	}
	fprintf(f, "<b>%s</b>",
		c->points[id].n ? metric_text(&metrics[id], p->clock, c->points[id].value, buf) :
				  "\xe2\x80\x93");
	if (c->points[id].n)
		write_interval(f, &c->points[id], p->clock);
	else
		fputs("<span class=\"quiet\">cost unknown: its guest has no floor</span><br>", f);
	if (c->ratios[id].n)
		write_ratio(f, &c->ratios[id], cost ? "less" : "shorter", cost ? "more" : "longer");
	else if (design_is_baseline(s->design))
		fputs("the baseline", f);
	if (cost)
		write_plain(f, "whole blackout", c, METRIC_BLACKOUT, p->clock);
	write_plain(f, "page-table part", c, METRIC_PAGETABLE, p->clock);
	fputs("</li>\n", f);
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

static bool any_cost(const struct panel *p, int64_t size, bool aliased)
{
	for (size_t i = 0; i < p->nr_series; i++) {
		const struct cell *c = series_cell(&p->series[i], size);

		if (p->series[i].aliased == aliased && c && c->points[METRIC_COST].n)
			return true;
	}
	return false;
}

static void write_headline(FILE *f, const struct panel *p, bool aliased)
{
	int64_t size = headline_size(p, aliased);
	bool cost = any_cost(p, size, aliased), insn = p->clock == RUN_UNIT_INSTRUCTIONS;
	char buf[TEXT_MAX];

	if (!size)
		return;
	text_bytes((double)size, buf);
	if (cost)
		fprintf(f, "<p><strong>For a %s guest a design costs%s</strong> (", buf,
			insn ? ", in instructions" : "");
	else if (insn)
		fprintf(f,
			"<p><strong>Instructions from the pause of a %s guest to its resume"
			"</strong> (",
			buf);
	else
		fprintf(f, "<p><strong>A %s guest is down for</strong> (median; ", buf);
	write_where(f, p, aliased);
	fputs("):</p>\n<ul class=\"cards\">\n", f);
	for (size_t i = 0; i < p->nr_series; i++)
		if (p->series[i].aliased == aliased)
			write_card(f, p, &p->series[i], size, cost);
	fputs("</ul>\n", f);
}

/* How much of the rebuild's blackout is about page tables at all. */
static void write_share(FILE *f, const struct panel *p)
{
	bool aliased = !headline_size(p, false);
	int64_t size = headline_size(p, aliased);
	char buf[TEXT_MAX];

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *s = &p->series[i];
		const struct cell *c = series_cell(s, size);
		const struct estimate *whole, *part, *cost;

		if (!design_is_baseline(s->design) || s->variant || s->redrive ||
		    s->aliased != aliased || !c)
			continue;
		whole = &c->points[METRIC_BLACKOUT];
		part = &c->points[METRIC_PAGETABLE];
		cost = &c->points[METRIC_COST];
		if (!whole->n || whole->value <= 0)
			continue;
		if (cost->n)
			fprintf(f,
				"<p>The cost of the rebuild is %s\xc2\xa0%% of its blackout; the "
				"rest is shutdown, kexec and boot, as without any page table.</p>\n",
				percent(cost->value / whole->value, buf));
		else if (part->n)
			fprintf(f,
				"<p>With the rebuild, %s\xc2\xa0%% of that blackout is the page "
				"table; the rest is shutdown, kexec and boot. This run has no guest "
				"without page table (<code>none</code>), so what a design causes "
				"there is not known.</p>\n",
				percent(part->value / whole->value, buf));
	}
}

/* ---- cost of each design, guest by guest ---- */

/* Series of the panel that have a column: those that cost something. */
static bool has_column(const struct panel *p, const struct series *s)
{
	(void)p;
	for (size_t i = 0; i < s->nr_cells; i++)
		if (s->cells[i].points[METRIC_COST].n)
			return true;
	return false;
}

/* Each label once, in the order of the designs. */
static size_t find_labels(const struct dataset *d, size_t run_index, const struct series **labels,
			  size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		if (p->run_index != run_index || run_is_micro(p->run))
			continue;
		for (size_t j = 0; j < p->nr_series; j++) {
			size_t k = 0;

			if (!has_column(p, &p->series[j]))
				continue;
			while (k < n && strcmp(labels[k]->label, p->series[j].label) != 0)
				k++;
			if (k == n && n < max)
				labels[n++] = &p->series[j];
		}
	}
	return n;
}

static void write_cost_cell(FILE *f, const struct panel *p, const struct cell *c)
{
	const struct estimate *cost = c ? &c->points[METRIC_COST] : NULL;
	char buf[TEXT_MAX];

	if (!c || !cost->n) {
		fprintf(f, "<td>%s</td><td></td><td></td>",
			c && c->nr_failed ? "<span class=\"short\">failed</span>" : "\xe2\x80\x93");
		return;
	}
	fprintf(f, "<td><b>%s</b></td>", amount_text(cost->value, p->clock, buf));
	if (c->ratios[METRIC_COST].n)
		fprintf(f, "<td>%s</td>", text_digits(c->ratios[METRIC_COST].value, buf));
	else
		fputs(design_is_baseline(c->first->design) ? "<td>1</td>" : "<td>\xe2\x80\x93</td>",
		      f);
	fprintf(f, "<td><small>%s</small></td>",
		amount_text(c->points[METRIC_BLACKOUT].value, p->clock, buf));
}

static void write_cost_row(FILE *f, const struct panel *p, const struct cell *of, bool aliased,
			   const struct series *const *labels, size_t n)
{
	char size[TEXT_MAX], page[TEXT_MAX];

	fprintf(f, "<tr><td>%s</td><td class=\"left\">%s, %s%s",
		text_bytes((double)of->guest_bytes, size), text_bytes((double)p->page_bytes, page),
		layout_word(p->layout), aliased ? ", aliased" : "");
	if (p->devices != LU_NULL && p->devices != 1)
		fprintf(f, ", %lld devices", (long long)p->devices);
	if (p->stage && strcmp(p->stage, "second") != 0)
		text_htmlf(f, ", %s stage", p->stage);
	fputs("</td>", f);
	for (size_t k = 0; k < n; k++) {
		const struct cell *c = NULL;

		for (size_t j = 0; j < p->nr_series && !c; j++) {
			const struct series *s = &p->series[j];

			if (strcmp(s->label, labels[k]->label) != 0 || s->aliased != aliased)
				continue;
			c = series_cell(s, of->guest_bytes);
		}
		write_cost_cell(f, p, c);
	}
	fputs("</tr>\n", f);
}

/* Whether no earlier series of the panel has this guest. */
static bool first_of_guest(const struct panel *p, size_t i, const struct cell *c)
{
	for (size_t j = 0; j < i; j++)
		if (p->series[j].aliased == p->series[i].aliased &&
		    series_cell(&p->series[j], c->guest_bytes))
			return false;
	return true;
}

/* Columns of one table: more designs than this do not fit on a page. */
#define MAX_LABELS 16

static void write_costs(FILE *f, const struct dataset *d, size_t run_index)
{
	const struct series *labels[MAX_LABELS];
	size_t n = find_labels(d, run_index, labels, MAX_LABELS);
	bool insn = run_unit(d->runs[run_index]) == RUN_UNIT_INSTRUCTIONS;

	if (!n)
		return;
	fprintf(f,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Cost of each "
		"design\"><table class=\"costs\"><caption>Cost of each design%s, how many times the "
		"rebuild\xe2\x80\x99s, and the whole blackout</caption>\n<thead><tr>"
		"<th scope=\"col\" rowspan=\"2\">guest</th>"
		"<th scope=\"col\" rowspan=\"2\" class=\"left\">pages</th>",
		insn ? " in instructions" : "");
	for (size_t k = 0; k < n; k++) {
		fputs("<th scope=\"colgroup\" colspan=\"3\">", f);
		design_swatch(f, labels[k]->design);
		text_html(f, labels[k]->label);
		fputs("</th>", f);
	}
	fputs("</tr>\n<tr>", f);
	for (size_t k = 0; k < n; k++)
		fputs("<th scope=\"col\">cost</th><th scope=\"col\">\xc3\x97 rebuild</th>"
		      "<th scope=\"col\">blackout</th>",
		      f);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		for (size_t j = 0; j < p->nr_series && p->run_index == run_index; j++)
			for (size_t k = 0; k < p->series[j].nr_cells; k++)
				if (first_of_guest(p, j, &p->series[j].cells[k]))
					write_cost_row(f, p, &p->series[j].cells[k],
						       p->series[j].aliased, labels, n);
	}
	fputs("</tbody></table></div>\n", f);
}

static void write_emulated(FILE *f, const struct run *run)
{
	bool insn = run_unit(run) == RUN_UNIT_INSTRUCTIONS;

	fprintf(f, "<p class=\"note\">%s (",
		insn ? "These are instructions that an emulator counted" :
		       "These are times of an emulator");
	text_html(f, run->target.name);
	if (run->target.accelerator)
		text_htmlf(f, ", %s", run->target.accelerator);
	text_htmlf(f, ", clock %s", run->target.clock);
	fputs(insn ? "), not times. They repeat exactly and tell the designs apart; how long real "
		     "hardware takes they do not say.</p>\n" :
		     "). They tell the designs apart on the same machine; how long real hardware "
		     "takes they do not say.</p>\n",
	      f);
}

static int write_run(FILE *f, const struct dataset *d, size_t i)
{
	const struct panel *p = headline_panel(d, i);
	const struct run *run = d->runs[i];

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
	if (p) {
		write_headline(f, p, false);
		write_share(f, p);
		write_headline(f, p, true);
		write_costs(f, d, i);
	}
	return 0;
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
