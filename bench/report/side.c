// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of unlike machines side by side: each against its own rebuild, so ratios only. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "report/page.h"

static const struct metric *const metrics[] = { &metric_blackout, &metric_pagetable };

#define NR_METRICS (sizeof(metrics) / sizeof(metrics[0]))

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The series of @p that measured what @s did elsewhere, NULL when there is none. */
static const struct series *series_like(const struct panel *p, const struct series *s)
{
	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *t = &p->series[i];

		if (!strcmp(t->label, s->label) && t->aliased == s->aliased &&
		    same_text(t->variant, s->variant) && same_text(t->redrive, s->redrive))
			return t;
	}
	return NULL;
}

static const struct panel *panel_of_run(const struct dataset *d, size_t run_index,
					const struct panel *like)
{
	for (size_t i = 0; i < d->nr_panels; i++)
		if (d->panels[i].run_index == run_index && panels_alike(&d->panels[i], like))
			return &d->panels[i];
	return NULL;
}

/* Whether every run has this cell and a rebuild to hold it against. */
static bool in_every_run(const struct dataset *d, const struct panel *like, const struct series *s,
			 int64_t guest_bytes)
{
	for (size_t i = 0; i < d->nr_runs; i++) {
		const struct panel *p = panel_of_run(d, i, like);
		const struct series *t = p ? series_like(p, s) : NULL;
		const struct series *base = t ? panel_baseline(p, t) : NULL;

		if (!base || base == t || !series_cell(t, guest_bytes) ||
		    !series_cell(base, guest_bytes))
			return false;
	}
	return true;
}

static void write_ratio(FILE *f, const struct point *pt)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	fprintf(f, "<td>%s", pt->n ? text_digits(pt->value, a) : "\xe2\x80\x93");
	if (pt->n && isfinite(pt->low) && pt->low < pt->high)
		fprintf(f, " <small>[%s\xe2\x80\x93%s]</small>", text_digits(pt->low, a),
			text_digits(pt->high, b));
	fputs("</td>", f);
}

static int write_row(FILE *f, const struct dataset *d, const struct panel *like,
		     const struct series *s, int64_t guest_bytes)
{
	char size[TEXT_MAX], page[TEXT_MAX];

	fputs("<tr><td>", f);
	design_swatch(f, s->design);
	text_html(f, s->label);
	fprintf(f, "</td><td>%s</td><td>%s, %s%s", text_bytes((double)guest_bytes, size),
		text_bytes((double)like->page_bytes, page), layout_word(like->layout),
		s->aliased ? ", aliased" : "");
	if (like->devices != 1)
		fprintf(f, ", %lld devices", (long long)like->devices);
	if (like->stage && strcmp(like->stage, "second") != 0)
		text_htmlf(f, ", %s stage", like->stage);
	fputs("</td>", f);
	for (size_t m = 0; m < NR_METRICS; m++) {
		for (size_t i = 0; i < d->nr_runs; i++) {
			const struct panel *p = panel_of_run(d, i, like);
			const struct series *t = series_like(p, s);
			struct point pt = { 0 };
			int ret = point_ratio(series_cell(t, guest_bytes),
					      series_cell(panel_baseline(p, t), guest_bytes),
					      metrics[m], &pt);

			if (ret)
				return ret;
			write_ratio(f, &pt);
		}
	}
	fputs("</tr>\n", f);
	return 0;
}

static void write_head(FILE *f, const struct dataset *d)
{
	fputs("<section id=\"side\">\n<h2>Side by side</h2>\n<p class=\"quiet\">How many times "
	      "the rebuild of its own run each design takes. Times of unlike machines are not held "
	      "against each other; these ratios can be. Intervals in brackets.</p>\n"
	      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table: ratios side "
	      "by side\"><table>\n<thead><tr><th scope=\"col\" rowspan=\"2\">design</th>"
	      "<th scope=\"col\" rowspan=\"2\">guest</th><th scope=\"col\" rowspan=\"2\">pages</th>",
	      f);
	for (size_t m = 0; m < NR_METRICS; m++)
		fprintf(f, "<th scope=\"colgroup\" colspan=\"%zu\">%s, \xc3\x97 rebuild</th>",
			d->nr_runs, metrics[m]->axis);
	fputs("</tr>\n<tr>", f);
	for (size_t i = 0; i < NR_METRICS * d->nr_runs; i++) {
		fputs("<th scope=\"col\">", f);
		text_htmlf(f, "%s: %s", run_label(d, i % d->nr_runs),
			   d->runs[i % d->nr_runs]->target.name);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

int tables_side(FILE *f, const struct dataset *d)
{
	bool head = false;
	int ret = 0;

	if (runs_of_one_kind(d))
		return 0;
	/* What every run has is in the panels of the first. */
	for (size_t i = 0; i < d->nr_panels && !ret; i++) {
		const struct panel *p = &d->panels[i];

		if (p->run_index)
			continue;
		for (size_t j = 0; j < p->nr_series; j++) {
			const struct series *s = &p->series[j];

			for (size_t k = 0; k < s->nr_cells && !ret; k++) {
				if (!in_every_run(d, p, s, s->cells[k].guest_bytes))
					continue;
				if (!head)
					write_head(f, d);
				head = true;
				ret = write_row(f, d, p, s, s->cells[k].guest_bytes);
			}
		}
	}
	if (head)
		fputs("</tbody></table></div>\n</section>\n", f);
	return ret;
}
