// SPDX-License-Identifier: GPL-2.0-or-later
/* Every figure of every panel as a table. */
#include <math.h>
#include <string.h>

#include "common/designs.h"
#include "report/page.h"

struct column {
	enum metric_id id;
	bool ratio;
	const char *head;
};

static const struct column columns[] = {
	{ METRIC_COST, false, "cost" },
	{ METRIC_COST, true, "\xc3\x97 rebuild" },
	{ METRIC_BLACKOUT, false, "blackout" },
	{ METRIC_BLACKOUT, true, "\xc3\x97 rebuild" },
	{ METRIC_PAGETABLE, false, "page-table part" },
	{ METRIC_PAGETABLE, true, "\xc3\x97 rebuild" },
	{ METRIC_PIN, false, "of it pin" },
	{ METRIC_MAP, false, "map" },
	{ METRIC_COMPARE, false, "compare" },
	{ METRIC_BROWNOUT, false, "brownout" },
	{ METRIC_TAIL, false, "tail" },
	{ METRIC_DMA_GAP, false, "DMA gap" },
	{ METRIC_TABLES, false, "tables" },
	{ METRIC_SERIALISED, false, "serialised" },
	{ METRIC_EXTRA_PEAK, false, "extra peak" },
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct estimate *get_point(const struct column *col, const struct cell *c)
{
	return col->ratio ? &c->ratios[col->id] : &c->points[col->id];
}

/* A column that no cell knows would be a column of dashes. */
static bool column_used(const struct column *col, const struct panel *p)
{
	for (size_t i = 0; i < p->nr_series; i++)
		for (size_t j = 0; j < p->series[i].nr_cells; j++)
			if (get_point(col, &p->series[i].cells[j])->n)
				return true;
	return false;
}

static void write_value(FILE *f, const struct column *col, const struct panel *p,
			const struct cell *c)
{
	const struct estimate *pt = get_point(col, c);
	const struct metric *m = &metrics[col->id];
	char a[TEXT_MAX], b[TEXT_MAX];

	fputs("<td>", f);
	if (!pt->n)
		fputs(m->cost && !col->ratio && design_is_floor(c->first->design) ? "0, the floor" :
										    "\xe2\x80\x93",
		      f);
	else if (col->ratio)
		fputs(text_digits(pt->value, a), f);
	else
		fputs(metric_text(m, p->clock, pt->value, a), f);
	if (pt->n && isfinite(pt->low) && pt->low < pt->high) {
		if (col->ratio)
			fprintf(f, " <small>[%s\xe2\x80\x93%s]</small>", text_digits(pt->low, a),
				text_digits(pt->high, b));
		else if (m->unit == UNIT_CLOCK)
			fprintf(f, " <small>[%s]</small>",
				amount_range_text(pt->low, pt->high, p->clock, a));
	}
	fputs("</td>", f);
}

static void write_row(FILE *f, const struct panel *p, const struct series *s, const struct cell *c,
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
	for (size_t k = 0; k < NR_COLUMNS; k++)
		if (used[k])
			write_value(f, &columns[k], p, c);
	fputs("</tr>\n", f);
}

/* @clock: there are figures of the clock in it. */
static void begin_table(FILE *f, const struct panel *p, bool clock)
{
	bool insn = clock && p->clock == RUN_UNIT_INSTRUCTIONS;

	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
	text_htmlf(f, "Table: %s", p->title);
	fputs("\"><table><caption>", f);
	text_htmlf(f, "%s%s", p->title, insn ? ", in instructions" : "");
	fputs("</caption>\n<thead><tr><th scope=\"col\">design</th><th scope=\"col\">guest</th>"
	      "<th scope=\"col\">backing</th>",
	      f);
}

static void write_panel(FILE *f, const struct panel *p)
{
	bool used[NR_COLUMNS];

	begin_table(f, p, true);
	fputs("<th scope=\"col\">results</th><th scope=\"col\">failed</th>", f);
	for (size_t k = 0; k < NR_COLUMNS; k++) {
		used[k] = column_used(&columns[k], p);
		if (used[k])
			fprintf(f, "<th scope=\"col\">%s</th>", columns[k].head);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < p->nr_series; i++)
		for (size_t j = 0; j < p->series[i].nr_cells; j++)
			write_row(f, p, &p->series[i], &p->series[i].cells[j], used);
	fputs("</tbody></table></div>\n", f);
}

/* ---- leaves of the table by size ---- */

static const struct {
	const char *counter;
	const char *head;
} leaves[] = {
	{ "leaves_4k", "4 KiB" },
	{ "leaves_2m", "2 MiB" },
	{ "leaves_1g", "1 GiB" },
};

#define NR_LEAVES (sizeof(leaves) / sizeof(leaves[0]))

/* The counts of a cell; samples of one case whose memory lies otherwise may differ in them. */
static bool leaves_of(const struct cell *c, int64_t low[NR_LEAVES], int64_t high[NR_LEAVES])
{
	bool any = false;

	for (size_t k = 0; k < NR_LEAVES; k++) {
		low[k] = high[k] = LU_NULL;
		for (size_t i = 0; i < c->nr_ok; i++) {
			int64_t v = lu_values_get(&c->ok[i]->counters, leaves[k].counter);

			if (v == LU_NULL)
				continue;
			low[k] = low[k] == LU_NULL || v < low[k] ? v : low[k];
			high[k] = high[k] == LU_NULL || v > high[k] ? v : high[k];
			any = true;
		}
	}
	return any;
}

/* Whether the baseline of the same guest is known to have other leaves. */
static bool leaves_differ(const struct cell *c, size_t k)
{
	int64_t low[NR_LEAVES], high[NR_LEAVES], base_low[NR_LEAVES], base_high[NR_LEAVES];

	if (!c->base || !leaves_of(c, low, high) || !leaves_of(c->base, base_low, base_high))
		return false;
	return low[k] != base_low[k] || high[k] != base_high[k];
}

static void write_leaves_row(FILE *f, const struct series *s, const struct cell *c)
{
	int64_t low[NR_LEAVES], high[NR_LEAVES];
	char buf[TEXT_MAX];

	if (!leaves_of(c, low, high))
		return;
	fputs("<tr><td>", f);
	design_swatch(f, s->design);
	text_html(f, s->label);
	fprintf(f, "</td><td>%s</td><td>%s</td>", text_bytes((double)c->guest_bytes, buf),
		s->aliased ? "aliased" : "real");
	for (size_t k = 0; k < NR_LEAVES; k++) {
		bool differ = leaves_differ(c, k);

		fputs(differ ? "<td><span class=\"short\">" : "<td>", f);
		if (low[k] == LU_NULL)
			fputs("\xe2\x80\x93", f);
		else if (low[k] == high[k])
			fprintf(f, "%lld", (long long)low[k]);
		else
			fprintf(f, "%lld to %lld", (long long)low[k], (long long)high[k]);
		fputs(differ ? ", unlike the rebuild</span></td>" : "</td>", f);
	}
	fputs("</tr>\n", f);
}

static bool any_leaves(const struct panel *p)
{
	int64_t low[NR_LEAVES], high[NR_LEAVES];

	for (size_t i = 0; i < p->nr_series; i++)
		for (size_t j = 0; j < p->series[i].nr_cells; j++)
			if (leaves_of(&p->series[i].cells[j], low, high))
				return true;
	return false;
}

static void tables_leaves(FILE *f, const struct dataset *d)
{
	bool head = false;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		if (!any_leaves(p))
			continue;
		if (!head)
			fputs("<section id=\"leaves\">\n<h2>Leaves of the page table</h2>\n"
			      "<p class=\"quiet\">How many entries of each size map the guest once "
			      "it runs again. A fair comparison has the same numbers for every "
			      "design.</p>\n",
			      f);
		head = true;
		begin_table(f, p, false);
		for (size_t k = 0; k < NR_LEAVES; k++)
			fprintf(f, "<th scope=\"col\">%s</th>", leaves[k].head);
		fputs("</tr></thead>\n<tbody>\n", f);
		for (size_t j = 0; j < p->nr_series; j++)
			for (size_t k = 0; k < p->series[j].nr_cells; k++)
				write_leaves_row(f, &p->series[j], &p->series[j].cells[k]);
		fputs("</tbody></table></div>\n", f);
	}
	if (head)
		fputs("</section>\n", f);
}

/* The lowest confidence that an interval of the page has: few samples cannot give 95 %. */
static double lowest_level(const struct dataset *d)
{
	double level = 1;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		for (size_t j = 0; j < p->nr_series; j++) {
			for (size_t k = 0; k < p->series[j].nr_cells; k++) {
				const struct estimate *pt =
					&p->series[j].cells[k].points[METRIC_BLACKOUT];

				if (pt->n && isfinite(pt->low) && isfinite(pt->level))
					level = fmin(level, pt->level);
			}
		}
	}
	return level;
}

static bool is_micro_panel(const struct panel *p)
{
	return run_is_micro(p->run);
}

static bool any_by(const struct dataset *d, enum run_unit clock)
{
	for (size_t i = 0; i < d->nr_panels; i++)
		if (!is_micro_panel(&d->panels[i]) && d->panels[i].clock == clock)
			return true;
	return false;
}

static void write_figures_head(FILE *f, const struct dataset *d)
{
	double level = lowest_level(d);
	char buf[TEXT_MAX];

	fputs("<section id=\"figures\">\n<h2>All figures</h2>\n<p class=\"quiet\">", f);
	if (dataset_has_floor(d))
		fputs("Cost: the blackout, less that of <code>none</code>. ", f);
	if (any_by(d, RUN_UNIT_INSTRUCTIONS))
		fputs("Instructions are counted, not estimated: where there is more than one "
		      "iteration, the median and in brackets the range. ",
		      f);
	if (any_by(d, RUN_UNIT_NS))
		fputs("Times: medians with intervals of at least 95 % in brackets (order "
		      "statistics; costs and ratios: Hodges\xe2\x80\x93Lehmann). ",
		      f);
	fputs("Failed samples are counted, never averaged.", f);
	if (level < 0.95)
		fprintf(f,
			" Few samples: the narrowest claim here has only %s %% confidence; six or "
			"more iterations give 95 %%.",
			text_digits(level * 100, buf));
	fputs("</p>\n", f);
}

int tables_write(FILE *f, const struct dataset *d)
{
	bool head = false;

	for (size_t i = 0; i < d->nr_panels; i++) {
		if (is_micro_panel(&d->panels[i]))
			continue;
		if (!head)
			write_figures_head(f, d);
		head = true;
		write_panel(f, &d->panels[i]);
	}
	if (head)
		fputs("</section>\n", f);
	tables_leaves(f, d);
	return 0;
}
