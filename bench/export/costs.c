// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/costs.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "export/export.h"
#include "export/grid.h"
#include "report/text.h"
#include "run/case.h"
#include "run/unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DASH "\xe2\x80\x93"
#define TIMES "\xc3\x97"

/* More failures than this would push the table off the screen. */
#define MOST_FAILURES 8

/* Half of the last digit that is shown of an exact amount, as a part of it. */
#define SHOWN 5e-5

/* A width that holds every column without intervals. */
#define WIDE 100

/**
 * struct columns - what a table of one metric has
 * @cost: there is a floor, so costs
 * @interval: some figure has an interval or a range
 * @repeated: some figure is of several samples
 * @elsewhere: the cost outside of the blackout as well
 * @failed: some sample failed
 * @repeat: the guest in each row, not in the first of its rows alone
 */
struct columns {
	bool cost;
	bool interval;
	bool repeated;
	bool elsewhere;
	bool failed;
	bool repeat;
};

/* What other tools measured, and what has no kexec, has neither floor nor baseline. */
static bool is_shown(const struct cost_row *row)
{
	const struct design_info *info = design_info(row->sample->design);

	return info ? info->role != DESIGN_OTHER : row->sample->guest_bytes > 0;
}

static const char *figure_text(const struct cost_table *table, const struct cost_metric *metric,
			       double value, char buf[static AMOUNT_MAX])
{
	if (metric->kind == COST_BYTES)
		return text_bytes(value, buf);
	return amount_text(value, run_unit(table->run), buf);
}

static void put_figure(struct grid *grid, const struct cost_table *table,
		       const struct cost_metric *metric, const struct estimate *e)
{
	char buf[AMOUNT_MAX];

	grid_cell(grid, "%s", e->n ? figure_text(table, metric, e->value, buf) : DASH);
}

/* " (95 %)"; a range has no level. */
static const char *level_text(const struct estimate *e, char buf[static 32])
{
	buf[0] = '\0';
	if (isfinite(e->level))
		snprintf(buf, 32, " (%.0f %%)", floor(e->level * 100 + 1e-9));
	return buf;
}

/* Whether there is one to show: a range that ends where it begins, as printed, is none. */
static bool has_interval(const struct estimate *e)
{
	if (!e->n || !isfinite(e->low) || !isfinite(e->high))
		return false;
	return !e->exact || e->high - e->low > SHOWN * fabs(e->value);
}

static void put_interval(struct grid *grid, const struct cost_table *table,
			 const struct cost_metric *metric, const struct estimate *e)
{
	char low[AMOUNT_MAX], high[AMOUNT_MAX], level[32];

	if (!has_interval(e))
		grid_cell(grid, "%s", "");
	else if (metric->kind == COST_AMOUNT)
		grid_cell(grid, "%s%s",
			  amount_range_text(e->low, e->high, run_unit(table->run), low),
			  level_text(e, level));
	else
		grid_cell(grid, "%s to %s%s", text_bytes(e->low, low), text_bytes(e->high, high),
			  level_text(e, level));
}

static void put_ratio(struct grid *grid, const struct estimate *e, bool interval, bool floor)
{
	char buf[3][TEXT_MAX], level[32];

	grid_cell(grid, "%s", e->n ? text_digits(e->value, buf[0]) : floor ? "" : DASH);
	if (!interval)
		return;
	if (!has_interval(e))
		grid_cell(grid, "%s", "");
	else
		grid_cell(grid, "%s" DASH "%s%s", text_digits(e->low, buf[1]),
			  text_digits(e->high, buf[2]), level_text(e, level));
}

static void put_cost(struct grid *grid, const struct cost_table *table,
		     const struct cost_metric *metric, const struct cost_cell *cell)
{
	if (cell->reason == COST_IS_FLOOR)
		grid_cell(grid, "floor");
	else
		put_figure(grid, table, metric, &cell->cost);
}

static void put_row(struct grid *grid, const struct cost_table *table, const struct cost_row *row,
		    enum cost_metric_id metric, const struct columns *columns)
{
	const struct cost_metric *m = &cost_metrics[metric];
	const struct cost_cell *cell = &row->cell[metric];
	const struct sample *s = row->sample;
	char *guest = case_guest_label(s);

	grid_cell(grid, "%s", columns->repeat || row->new_guest ? (guest ? guest : "?") : "");
	free(guest);
	grid_cell(grid, "%s%s%s", s->design, s->variant ? " " : "", s->variant ? s->variant : "");
	if (columns->cost) {
		put_cost(grid, table, m, cell);
		if (columns->interval)
			put_interval(grid, table, m, &cell->cost);
		put_ratio(grid, &cell->ratio, columns->interval, cell->reason == COST_IS_FLOOR);
	}
	put_figure(grid, table, m, &cell->whole);
	if (!columns->cost) {
		if (columns->interval)
			put_interval(grid, table, m, &cell->whole);
		put_ratio(grid, &cell->plain, columns->interval, false);
	}
	if (columns->elsewhere) {
		put_cost(grid, table, &cost_metrics[COST_BROWNOUT], &row->cell[COST_BROWNOUT]);
		put_cost(grid, table, &cost_metrics[COST_TAIL], &row->cell[COST_TAIL]);
	}
	if (!columns->failed)
		;
	else if (row->failed)
		grid_cell(grid, "%zu of %zu failed", row->failed, row->failed + row->results);
	else
		grid_cell(grid, "%s", "");
	if (!row->results)
		grid_colour(grid, "31");
	else if (design_is_floor(s->design))
		grid_colour(grid, "2");
}

/* Heads of columns, of which each begins with its alignment. */
struct heads {
	const char *v[12];
	size_t n;
};

static void add_head(struct heads *heads, const char *head)
{
	heads->v[heads->n++] = head;
}

static void make_heads(struct heads *heads, const struct cost_table *table,
		       enum cost_metric_id metric, const struct columns *columns,
		       char whole[static 32])
{
	const char *interval =
		run_is_exact(table->run) && !cost_metrics[metric].sampled ? ">range" : ">interval";

	snprintf(whole, 32, ">%s", cost_metrics[metric].title);
	add_head(heads, "<guest");
	add_head(heads, "<design");
	if (!columns->cost)
		add_head(heads, whole);
	else
		add_head(heads, ">cost");
	if (columns->interval)
		add_head(heads, interval);
	add_head(heads, ">" TIMES " rebuild");
	if (columns->interval)
		add_head(heads, interval);
	if (columns->cost)
		add_head(heads, whole);
	if (columns->elsewhere) {
		add_head(heads, ">brownout cost");
		add_head(heads, ">tail cost");
	}
	if (columns->failed)
		add_head(heads, "<");
}

static struct columns columns_of(const struct cost_table *table, enum cost_metric_id metric)
{
	struct columns columns = { 0 };

	for (size_t i = 0; i < table->n; i++) {
		const struct cost_row *row = &table->row[i];
		const struct cost_cell *cell = &row->cell[metric];

		if (!is_shown(row))
			continue;
		columns.cost |= cell->cost.n > 0;
		columns.failed |= row->failed > 0;
		columns.interval |= has_interval(&cell->whole) || has_interval(&cell->cost) ||
				    has_interval(&cell->ratio);
		columns.repeated |= cell->whole.n > 1;
	}
	return columns;
}

static bool is_known(const struct cost_table *table, enum cost_metric_id metric)
{
	for (size_t i = 0; i < table->n; i++)
		if (is_shown(&table->row[i]) && table->row[i].cell[metric].whole.n)
			return true;
	return false;
}

static void fill(struct grid *grid, const struct cost_table *table, enum cost_metric_id metric,
		 const struct columns *columns)
{
	for (size_t i = 0; i < table->n; i++)
		if (is_shown(&table->row[i]))
			put_row(grid, table, &table->row[i], metric, columns);
}

/* What the figures are, a sentence a line. */
static void put_legend(const struct cost_table *table, const struct columns *columns, FILE *f,
		       const char *bullet)
{
	const struct run *run = table->run;

	if (columns->cost)
		fprintf(f,
			"%scost: what the design adds to none, the same guest without device and "
			"I/O page table\n",
			bullet);
	if (run_is_exact(run))
		fprintf(f, "%sinstructions: the same on any machine, and no times%s\n", bullet,
			columns->interval ? "; range: over the iterations, each with a guest of "
					    "its own" :
			columns->repeated ? "; the same in every iteration" :
					    "");
	else if (run->target.emulated)
		fprintf(f,
			"%semulated (%s, clock %s): ratios are between designs, not for hardware\n",
			bullet, run->target.accelerator ? run->target.accelerator : "?",
			run->target.clock);
}

/* Why some cases have no cost: each reason once, with how many cases it holds for. */
static void put_reasons(const struct cost_table *table, FILE *f, const char *bullet)
{
	static const enum cost_reason reasons[] = { COST_NO_FLOOR, COST_FLOOR_FAILED,
						    COST_UNPAIRED };

	for (size_t k = 0; k < COUNT(reasons); k++) {
		const struct cost_row *first = NULL;
		size_t n = 0;
		char *label;

		for (size_t i = 0; i < table->n; i++) {
			const struct cost_row *row = &table->row[i];

			if (!design_info(row->sample->design) || !is_shown(row) ||
			    row->cell[COST_BLACKOUT].reason != reasons[k])
				continue;
			first = first ? first : row;
			n++;
		}
		if (!n)
			continue;
		if (!table->has_floor && reasons[k] == COST_NO_FLOOR) {
			fprintf(f,
				"%sno costs: the run has no sample of design none to count from\n",
				bullet);
			continue;
		}
		label = case_label(first->sample);
		if (n > 1)
			fprintf(f, "%sno cost for %zu cases, such as %s: %s\n", bullet, n,
				label ? label : "?", cost_reason_text(reasons[k]));
		else
			fprintf(f, "%sno cost for %s: %s\n", bullet, label ? label : "?",
				cost_reason_text(reasons[k]));
		free(label);
	}
}

static void put_failures(const struct cost_table *table, FILE *f, const char *bullet)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct cost_row *row = &table->row[i];
		char *label;

		if (!row->failed || !is_shown(row) || n++ >= MOST_FAILURES)
			continue;
		label = case_label(row->sample);
		fprintf(f, "%sfailed: %s: %s\n", bullet, label ? label : "?", row->error);
		free(label);
	}
	if (n > MOST_FAILURES)
		fprintf(f, "%sand %zu more cases with failures: see the report\n", bullet,
			n - MOST_FAILURES);
}

static bool anything(const struct cost_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		if (is_shown(&table->row[i]))
			return true;
	return false;
}

void costs_print(const struct cost_table *table, FILE *f, int width, bool colours)
{
	struct columns columns = columns_of(table, COST_BLACKOUT);
	struct heads heads = { 0 };
	struct grid grid;
	char whole[32];

	if (!anything(table))
		return;
	columns.elsewhere = columns.cost && !columns.interval && (!width || width >= WIDE);
	make_heads(&heads, table, COST_BLACKOUT, &columns, whole);
	grid_init(&grid, heads.v, heads.n);
	fill(&grid, table, COST_BLACKOUT, &columns);
	grid_print(&grid, f, colours);
	grid_release(&grid);
	put_legend(table, &columns, f, "");
	put_reasons(table, f, "");
	put_failures(table, f, "");
}

void costs_print_markdown(const struct cost_table *table, FILE *f)
{
	if (!anything(table))
		return;
	for (int m = 0; m < NR_COST_METRICS; m++) {
		struct columns columns = columns_of(table, m);
		struct heads heads = { 0 };
		struct grid grid;
		char whole[32];

		if (m != COST_BLACKOUT && !is_known(table, m))
			continue;
		columns.repeat = true;
		make_heads(&heads, table, m, &columns, whole);
		grid_init(&grid, heads.v, heads.n);
		fill(&grid, table, m, &columns);
		grid_print_markdown(&grid, f);
		fputc('\n', f);
		grid_release(&grid);
		if (m != COST_BLACKOUT)
			continue;
		put_legend(table, &columns, f, "- ");
		put_reasons(table, f, "- ");
		put_failures(table, f, "- ");
		fputc('\n', f);
	}
}

static json_t *real_or_null(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *estimate_json(const struct estimate *e)
{
	if (!e->n)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:b}", "n", (json_int_t)e->n, "value",
			 real_or_null(e->value), "low", real_or_null(e->low), "high",
			 real_or_null(e->high), "level", real_or_null(e->level), "exact", e->exact);
}

static json_t *metrics_json(const struct cost_row *row)
{
	json_t *metrics = json_object();

	for (int m = 0; metrics && m < NR_COST_METRICS; m++) {
		const struct cost_cell *cell = &row->cell[m];
		const char *reason = cost_reason_text(cell->reason);

		if (json_object_set_new(
			    metrics, cost_metrics[m].name,
			    json_pack("{s:o, s:o, s:o, s:o, s:s?}", "whole",
				      estimate_json(&cell->whole), "cost",
				      estimate_json(&cell->cost), "cost_ratio",
				      cost_metrics[m].floorless ? json_null() :
								  estimate_json(&cell->ratio),
				      "ratio", estimate_json(&cell->plain), "no_cost", reason))) {
			json_decref(metrics);
			return NULL;
		}
	}
	return metrics;
}

static json_t *row_json(const struct cost_row *row)
{
	char *label = case_label(row->sample), *guest = case_guest_label(row->sample);
	json_t *json = NULL;

	if (label && guest)
		json = json_pack("{s:s, s:s, s:s, s:s?, s:I, s:I, s:s?, s:o}", "case", label,
				 "guest", guest, "design", row->sample->design, "variant",
				 row->sample->variant, "results", (json_int_t)row->results,
				 "failed", (json_int_t)row->failed, "error", row->error, "metrics",
				 metrics_json(row));
	free(label);
	free(guest);
	return json;
}

json_t *costs_json(const struct cost_table *table)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < table->n; i++) {
		if (json_array_append_new(list, row_json(&table->row[i]))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
