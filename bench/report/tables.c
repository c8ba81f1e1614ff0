// SPDX-License-Identifier: GPL-2.0-or-later
/* Every figure of every panel as a table. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "report/page.h"

struct column {
	const struct metric *m;
	bool ratio;
	const char *head;
};

static const struct column columns[] = {
	{ &metric_blackout, false, "blackout" },
	{ &metric_blackout, true, "\xc3\x97 rebuild" },
	{ &metric_pagetable, false, "page-table part" },
	{ &metric_pagetable, true, "\xc3\x97 rebuild" },
	{ &metric_brownout, false, "brownout" },
	{ &metric_tail, false, "tail" },
	{ &metric_dma_gap, false, "DMA gap" },
	{ &metric_tables, false, "tables" },
	{ &metric_serialised, false, "serialised" },
	{ &metric_extra_peak, false, "extra peak" },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int get_point(const struct column *col, const struct panel *p, const struct series *s,
		     const struct cell *c, struct point *pt)
{
	const struct series *base = col->ratio ? panel_baseline(p, s) : NULL;
	const struct cell *bc = base && base != s ? series_cell(base, c->guest_bytes) : NULL;

	*pt = (struct point){ 0 };
	if (!col->ratio)
		return point_of(c, col->m, pt);
	return bc ? point_ratio(c, bc, col->m, pt) : 0;
}

/* A column that no cell knows would be a column of dashes. */
static int column_used(const struct column *col, const struct panel *p, bool *used)
{
	*used = false;
	for (size_t i = 0; i < p->nr_series; i++) {
		for (size_t j = 0; j < p->series[i].nr_cells && !*used; j++) {
			struct point pt;
			int ret = get_point(col, p, &p->series[i], &p->series[i].cells[j], &pt);

			if (ret)
				return ret;
			*used = pt.n > 0;
		}
	}
	return 0;
}

static void write_value(FILE *f, const struct column *col, const struct point *pt)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	fputs("<td>", f);
	if (!pt->n)
		fputs("\xe2\x80\x93", f);
	else if (col->ratio)
		fputs(text_digits(pt->value, a), f);
	else
		fputs(col->m->unit == UNIT_NS ? text_ns(pt->value, a) : text_bytes(pt->value, a),
		      f);
	if (pt->n && isfinite(pt->low) && pt->low < pt->high) {
		if (col->ratio)
			fprintf(f, " <small>[%s\xe2\x80\x93%s]</small>", text_digits(pt->low, a),
				text_digits(pt->high, b));
		else if (col->m->unit == UNIT_NS)
			fprintf(f, " <small>[%s]</small>", text_ns_range(pt->low, pt->high, a));
	}
	fputs("</td>", f);
}

static int write_row(FILE *f, const struct panel *p, const struct series *s, const struct cell *c,
		     const bool *used)
{
	char buf[TEXT_MAX];

	fputs("<tr><td>", f);
	design_swatch(f, s->design);
	text_html(f, s->label);
	fprintf(f, "</td><td>%s</td><td>%s</td><td>%zu</td><td>",
		text_bytes((double)c->guest_bytes, buf), s->aliased ? "aliased" : "real", c->nr_ok);
	if (c->nr_failed)
		fprintf(f, "<span class=\"short\">%zu</span>", c->nr_failed);
	else
		fputs("0", f);
	fputs("</td>", f);
	for (size_t k = 0; k < NR_COLUMNS; k++) {
		struct point pt;
		int ret;

		if (!used[k])
			continue;
		ret = get_point(&columns[k], p, s, c, &pt);
		if (ret)
			return ret;
		write_value(f, &columns[k], &pt);
	}
	fputs("</tr>\n", f);
	return 0;
}

static int write_panel(FILE *f, const struct panel *p)
{
	bool used[NR_COLUMNS];
	int ret;

	for (size_t k = 0; k < NR_COLUMNS; k++) {
		ret = column_used(&columns[k], p, &used[k]);
		if (ret)
			return ret;
	}
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
	text_htmlf(f, "Table: %s", p->title);
	fputs("\"><table><caption>", f);
	text_html(f, p->title);
	fputs("</caption>\n<thead><tr><th scope=\"col\">design</th><th scope=\"col\">guest</th>"
	      "<th scope=\"col\">backing</th><th scope=\"col\">results</th>"
	      "<th scope=\"col\">failed</th>",
	      f);
	for (size_t k = 0; k < NR_COLUMNS; k++)
		if (used[k])
			fprintf(f, "<th scope=\"col\">%s</th>", columns[k].head);
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < p->nr_series; i++) {
		for (size_t j = 0; j < p->series[i].nr_cells; j++) {
			ret = write_row(f, p, &p->series[i], &p->series[i].cells[j], used);
			if (ret)
				return ret;
		}
	}
	fputs("</tbody></table></div>\n", f);
	return 0;
}

/* The lowest confidence that an interval of the page has: few samples cannot give 95 %. */
static int lowest_level(const struct dataset *d, double *level)
{
	*level = 1;
	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		for (size_t j = 0; j < p->nr_series; j++) {
			for (size_t k = 0; k < p->series[j].nr_cells; k++) {
				struct point pt;
				int ret = point_of(&p->series[j].cells[k], &metric_blackout, &pt);

				if (ret)
					return ret;
				if (pt.n && isfinite(pt.low))
					*level = fmin(*level, pt.level);
			}
		}
	}
	return 0;
}

static bool is_micro_panel(const struct panel *p)
{
	return run_is_micro(p->run);
}

int tables_write(FILE *f, const struct dataset *d)
{
	double level;
	int ret = lowest_level(d, &level);
	char buf[TEXT_MAX];
	bool head = false;

	for (size_t i = 0; i < d->nr_panels && !ret; i++) {
		if (is_micro_panel(&d->panels[i]))
			continue;
		if (!head) {
			fputs("<section id=\"figures\">\n<h2>All figures</h2>\n<p class=\"quiet\">"
			      "Medians with intervals of at least 95 % in brackets (order "
			      "statistics; ratios: Hodges\xe2\x80\x93Lehmann on logarithms). "
			      "Failed samples are counted, never averaged.",
			      f);
			if (level < 0.95)
				fprintf(f,
					" Few samples: the narrowest claim here has only "
					"%s %% confidence; six or more iterations give 95 %%.",
					text_digits(level * 100, buf));
			fputs("</p>\n", f);
			head = true;
		}
		ret = write_panel(f, &d->panels[i]);
	}
	if (head)
		fputs("</section>\n", f);
	return ret;
}
