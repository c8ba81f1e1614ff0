// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of unlike machines side by side: each against its own rebuild, so ratios only. */
#include <math.h>
#include <string.h>

#include "report/page.h"

static const enum metric_id shown[] = { METRIC_COST, METRIC_BLACKOUT, METRIC_PAGETABLE };

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

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
		const struct cell *c = t ? series_cell(t, guest_bytes) : NULL;

		if (!c || !c->base)
			return false;
	}
	return true;
}

static void write_ratio(FILE *f, const struct estimate *pt)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	fprintf(f, "<td>%s", pt->n ? text_digits(pt->value, a) : "\xe2\x80\x93");
	if (pt->n && isfinite(pt->low) && pt->low < pt->high)
		fprintf(f, " <small>[%s\xe2\x80\x93%s]</small>", text_digits(pt->low, a),
			text_digits(pt->high, b));
	fputs("</td>", f);
}

static void write_row(FILE *f, const struct dataset *d, const struct panel *like,
		      const struct series *s, int64_t guest_bytes, const bool used[NR_SHOWN])
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
	for (size_t m = 0; m < NR_SHOWN; m++) {
		for (size_t i = 0; i < d->nr_runs && used[m]; i++) {
			const struct panel *p = panel_of_run(d, i, like);
			const struct cell *c = series_cell(series_like(p, s), guest_bytes);

			write_ratio(f, &c->ratios[shown[m]]);
		}
	}
	fputs("</tr>\n", f);
}

static void write_head(FILE *f, const struct dataset *d, const bool used[NR_SHOWN])
{
	fputs("<section id=\"side\">\n<h2>Side by side</h2>\n<p class=\"quiet\">How many times "
	      "the rebuild of its own run each design takes. Times of unlike machines are not "
	      "compared with each other; these ratios can be. Intervals in brackets.</p>\n"
	      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table: ratios side "
	      "by side\"><table>\n<thead><tr><th scope=\"col\" rowspan=\"2\">design</th>"
	      "<th scope=\"col\" rowspan=\"2\">guest</th><th scope=\"col\" rowspan=\"2\">pages</th>",
	      f);
	for (size_t m = 0; m < NR_SHOWN; m++)
		if (used[m])
			fprintf(f,
				"<th scope=\"colgroup\" colspan=\"%zu\">%s, \xc3\x97 "
				"rebuild</th>",
				d->nr_runs, metrics[shown[m]].axis);
	fputs("</tr>\n<tr>", f);
	for (size_t i = 0; i < NR_SHOWN * d->nr_runs; i++) {
		if (!used[i / d->nr_runs])
			continue;
		fputs("<th scope=\"col\">", f);
		text_htmlf(f, "%s: %s", run_label(d, i % d->nr_runs),
			   d->runs[i % d->nr_runs]->target.name);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

/* What every run has is in the panels of the first. Without @f: only find out what is used. */
static bool write_rows(FILE *f, const struct dataset *d, bool used[NR_SHOWN])
{
	bool any = false;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		if (p->run_index)
			continue;
		for (size_t j = 0; j < p->nr_series; j++) {
			const struct series *s = &p->series[j];

			for (size_t k = 0; k < s->nr_cells; k++) {
				if (!in_every_run(d, p, s, s->cells[k].guest_bytes))
					continue;
				any = true;
				for (size_t m = 0; m < NR_SHOWN && !f; m++)
					used[m] |= s->cells[k].ratios[shown[m]].n > 0;
				if (f)
					write_row(f, d, p, s, s->cells[k].guest_bytes, used);
			}
		}
	}
	return any;
}

int tables_side(FILE *f, const struct dataset *d)
{
	bool used[NR_SHOWN] = { false };

	if (runs_of_one_kind(d) || !write_rows(NULL, d, used))
		return 0;
	write_head(f, d, used);
	write_rows(f, d, used);
	fputs("</tbody></table></div>\n</section>\n", f);
	return 0;
}
