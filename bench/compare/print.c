// SPDX-License-Identifier: GPL-3.0-or-later
/* A comparison for people: in a terminal, or as Markdown. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "export/grid.h"
#include "report/text.h"
#include "run/unit.h"

#define RED "31;1"
#define GREEN "32"
#define YELLOW "33"

static const char *time_text(const struct comparison *c, double value, char buf[static TEXT_MAX])
{
	return amount_text(value, c->exact ? RUN_UNIT_INSTRUCTIONS : RUN_UNIT_NS, buf);
}

static const char *value_text(const struct comparison *c, double value, enum measure_unit unit,
			      char buf[static TEXT_MAX])
{
	switch (unit) {
	case MEASURE_NS:
		return time_text(c, value, buf);
	case MEASURE_BYTES:
		return text_bytes(value, buf);
	default:
		return text_digits(value, buf);
	}
}

static const char *percent_text(double fraction, char buf[static TEXT_MAX])
{
	if (isnan(fraction))
		strcpy(buf, "new");
	else
		snprintf(buf, TEXT_MAX, "%+.*f %%", fabs(fraction) < 0.0995 ? 2 : 1,
			 100 * fraction);
	return buf;
}

/* One pair of exact values has a difference, but no interval. */
static void interval_cell(struct grid *grid, const struct compare_row *row)
{
	const struct stats_interval *interval = &row->figures.difference.interval;
	double base = row->whole;
	char low[TEXT_MAX], high[TEXT_MAX];
	bool exact = isnan(row->figures.q);

	if (base == 0 || isnan(interval->low) || (exact && row->figures.base_n == 1))
		grid_cell(grid, "–");
	else if (exact || interval->level >= STATS_CONFIDENCE - 1e-9)
		grid_cell(grid, "%s … %s", percent_text(interval->low / base, low),
			  percent_text(interval->high / base, high));
	else
		grid_cell(grid, "%s … %s (%.0f %%)", percent_text(interval->low / base, low),
			  percent_text(interval->high / base, high), floor(interval->level * 100));
}

static void verdict_cell(struct grid *grid, const struct compare_row *row)
{
	const struct stats_comparison *figures = &row->figures;
	const char *name = stats_verdict_name(figures->verdict);

	if (row->busy)
		grid_cell(grid, "%s, host busy", name);
	else if (figures->verdict == STATS_INCONCLUSIVE && figures->iterations)
		grid_cell(grid, "%s (needs about %u iterations)", name, figures->iterations);
	else
		grid_cell(grid, "%s", name);
}

/* What a reader who asks for what changed wants to see. */
static bool is_shown(const struct compare_row *row)
{
	const struct stats_comparison *f = &row->figures;

	if (row->aside && f->verdict == STATS_INCONCLUSIVE)
		return fabs(f->difference.shift) >= f->threshold && f->difference.shift != 0;
	return f->verdict != STATS_SAME;
}

static const char *colour_of(enum stats_verdict verdict)
{
	static const char *const colours[] = {
		[STATS_REGRESSION] = RED,
		[STATS_IMPROVEMENT] = GREEN,
		[STATS_INCONCLUSIVE] = YELLOW,
		[STATS_SAME] = NULL,
	};

	return colours[verdict];
}

static void fill_rows(struct grid *grid, const struct comparison *c, bool all)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];
		const struct stats_comparison *f = &row->figures;
		char base[TEXT_MAX], new[TEXT_MAX], change[TEXT_MAX];

		if (!all && !is_shown(row))
			continue;
		grid_cell(grid, "%s", row->case_label);
		grid_cell(grid, "%s", row->metric);
		grid_cell(grid, "%s", value_text(c, f->base, row->unit, base));
		grid_cell(grid, "%s", value_text(c, f->new, row->unit, new));
		grid_cell(grid, "%s", percent_text(compare_relative(row), change));
		interval_cell(grid, row);
		if (isnan(f->q))
			grid_cell(grid, "exact");
		else
			grid_cell(grid, f->q < 0.001 ? "< 0.001" : "%.3f", f->q);
		verdict_cell(grid, row);
		grid_colour(grid, colour_of(f->verdict));
	}
}

static const char *ratio_text(const struct estimate *ratio, char buf[static TEXT_MAX])
{
	if (!ratio->n)
		strcpy(buf, "–");
	else
		snprintf(buf, TEXT_MAX, "%.3f", ratio->value);
	return buf;
}

static void fill_costs(struct grid *grid, const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_cost; i++) {
		const struct compare_cost *cost = &c->cost[i];
		double base = cost->base_cost.value, new = cost->new_cost.value;
		char text[TEXT_MAX];

		grid_cell(grid, "%s", cost->case_label);
		grid_cell(grid, "%s", time_text(c, base, text));
		grid_cell(grid, "%s", time_text(c, new, text));
		if (base > 0)
			grid_cell(grid, "%s", percent_text((new - base) / base, text));
		else
			grid_cell(grid, "–");
		grid_cell(grid, "%s", ratio_text(&cost->base_ratio, text));
		grid_cell(grid, "%s", ratio_text(&cost->new_ratio, text));
	}
}

static const char *loss_text(const struct compare_failures *f)
{
	static const char *const texts[] = {
		[COMPARE_NO_LOSS] = "no more than before",
		[COMPARE_UNSURE] = "inconclusive",
		[COMPARE_MORE_FAILURES] = "regression: more failures",
		[COMPARE_DEAD] = "regression: no result left",
		[COMPARE_LOST] = "regression: lost",
	};

	if (!(f->base_failed + f->base_results))
		return "not in base";
	if (!(f->new_failed + f->new_results) && !f->worse)
		return "not in new";
	return texts[f->loss];
}

static void fill_failures(struct grid *grid, const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_failures; i++) {
		const struct compare_failures *f = &c->failures[i];

		grid_cell(grid, "%s", f->case_label);
		grid_cell(grid, "%zu of %zu", f->base_failed, f->base_failed + f->base_results);
		grid_cell(grid, "%zu of %zu", f->new_failed, f->new_failed + f->new_results);
		if (isnan(f->q) || c->exact)
			grid_cell(grid, "–");
		else
			grid_cell(grid, f->q < 0.001 ? "< 0.001" : "%.3f", f->q);
		grid_cell(grid, "%s", loss_text(f));
		grid_cell(grid, "%s", f->error ? f->error : "–");
		if (f->loss != COMPARE_NO_LOSS)
			grid_colour(grid, f->worse ? RED : YELLOW);
	}
}

static const char *const row_columns[] = { "<case",   "<metric",   ">base", ">new",
					   ">change", ">interval", ">q",    "<verdict" };
static const char *const cost_columns[] = {
	"<cost", ">base", ">new", ">change", ">of rebuild's base", ">of rebuild's new"
};
static const char *const failure_columns[] = { "<case", ">failed in base", ">failed in new",
					       ">q",	"<verdict",	   "<error" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void print_side(const char *name, const struct compare_side *side, FILE *f)
{
	const struct run *first = side->runs[0];

	fprintf(f, "%s  %s", name, first->id);
	if (side->nr_runs > 1)
		fprintf(f, " and %zu more", side->nr_runs - 1);
	fprintf(f, "  (%s, kernel %s, lubench %s)\n", first->target.name,
		first->kernel.release ? first->kernel.release : "unknown", first->tool.commit);
}

/* The beginning of a hash is enough to see that it is another. */
static int shown(const char *text)
{
	size_t len = strlen(text);

	return len == 64 && strspn(text, "0123456789abcdef") == 64 ? 12 : (int)len;
}

static void print_differences(const struct comparison *c, const char *bullet, FILE *f)
{
	for (size_t i = 0; i < c->differences.n; i++) {
		const struct setup_difference *d = &c->differences.v[i];

		fprintf(f, "%s%s differs%s: %.*s -> %.*s\n", bullet, d->field,
			d->unlike ? ", so times are not comparable" : "", shown(d->base), d->base,
			shown(d->new), d->new);
	}
}

static void print_refusal(const struct comparison *c, FILE *f)
{
	const char *comma = "";

	if (c->no_costs) {
		fprintf(f, "Not comparable: %s.\n", c->no_costs);
		return;
	}
	fputs("Not comparable. To compare these runs anyway: --allow ", f);
	for (size_t i = 0; i < c->differences.n; i++) {
		if (!c->differences.v[i].unlike)
			continue;
		fprintf(f, "%s%s", comma, c->differences.v[i].field);
		comma = ",";
	}
	fputc('\n', f);
}

static void print_blame(const struct comparison *c, const char *bullet, FILE *f)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i], *phase;
		char total[TEXT_MAX], part[TEXT_MAX];

		if (row->figures.verdict != STATS_REGRESSION ||
		    strcmp(row->metric, "blackout_ns") != 0)
			continue;
		phase = compare_blame(c, row);
		fprintf(f, "%s%s: blackout +%s", bullet, row->case_label,
			time_text(c, row->figures.difference.shift, total));
		if (phase)
			fprintf(f, ", %s of it in %s\n",
				time_text(c, phase->figures.difference.shift, part),
				strchr(phase->metric, '.') + 1);
		else
			fputs(", spread over phases that are not slower by themselves\n", f);
	}
}

static void print_busy(const struct comparison *c, const char *bullet, FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr_rows; i++)
		n += c->rows[i].busy;
	if (n)
		fprintf(f,
			"%shost was busy (emulator starved of CPU): %zu difference%s left undecided; "
			"measure on a quiet host, or with --clock icount\n",
			bullet, n, n == 1 ? "" : "s");
}

/* What stands for a side, and what a difference has to reach. */
static void print_rule(const struct comparison *c, const char *bullet, FILE *f)
{
	if (c->exact)
		fprintf(f, "%stimes are in instructions%s\n", bullet,
			c->costs ?
				", less those of the design none; changes are of the whole time" :
				"");
	if (!compare_any_lowest(c))
		return;
	fprintf(f, "%semulated: compared by the fastest sample of each side", bullet);
	fputs(c->in_turn ? "\n" :
			   "; the sides were not interleaved (use scripts/ab), so only what is "
			   "beyond the drift of an emulator counts\n",
	      f);
}

static void print_losses(const struct comparison *c, const char *bullet, FILE *f)
{
	if (c->more_failures)
		fprintf(f, "%smore failures over all cases: %zu of %zu, before %zu of %zu\n",
			bullet, c->new_failed, c->new_samples, c->base_failed, c->base_samples);
}

static void print_sum(const struct comparison *c, FILE *f)
{
	size_t worse = 0;

	for (size_t i = 0; i < c->nr_failures; i++)
		worse += c->failures[i].worse;
	fprintf(f, "%zu regression%s, %zu inconclusive, %zu improvement%s, %zu same",
		c->count[STATS_REGRESSION], c->count[STATS_REGRESSION] == 1 ? "" : "s",
		c->count[STATS_INCONCLUSIVE], c->count[STATS_IMPROVEMENT],
		c->count[STATS_IMPROVEMENT] == 1 ? "" : "s", c->count[STATS_SAME]);
	if (worse)
		fprintf(f, ", %zu case%s lost or failing more", worse, worse == 1 ? "" : "s");
	fprintf(f, ": %s\n", stats_verdict_name(c->verdict));
}

static int finish(FILE *f)
{
	return fflush(f) || ferror(f) ? -EIO : 0;
}

int compare_print_text(const struct comparison *c, bool all, FILE *f)
{
	bool colours = grid_wants_colour(f);
	struct grid grid;

	print_side("BASE", &c->base, f);
	print_side("NEW ", &c->new, f);
	print_differences(c, "  ", f);
	if (!c->comparable) {
		print_refusal(c, f);
		return finish(f);
	}
	fputc('\n', f);
	grid_init(&grid, failure_columns, COUNT(failure_columns));
	fill_failures(&grid, c);
	if (grid.nr_cells) {
		grid_print(&grid, f, colours);
		fputc('\n', f);
	}
	grid_release(&grid);
	grid_init(&grid, cost_columns, COUNT(cost_columns));
	fill_costs(&grid, c);
	if (grid.nr_cells) {
		grid_print(&grid, f, colours);
		fputc('\n', f);
	}
	grid_release(&grid);
	grid_init(&grid, row_columns, COUNT(row_columns));
	fill_rows(&grid, c, all);
	if (grid.nr_cells) {
		grid_print(&grid, f, colours);
		fputc('\n', f);
	}
	grid_release(&grid);
	print_losses(c, "  ", f);
	print_blame(c, "  ", f);
	print_busy(c, "  ", f);
	print_rule(c, "  ", f);
	print_sum(c, f);
	return finish(f);
}

int compare_print_markdown(const struct comparison *c, bool all, FILE *f)
{
	struct grid grid;

	fprintf(f, "### lubench compare: %s\n\n",
		c->comparable ? stats_verdict_name(c->verdict) : "not comparable");
	fprintf(f, "`%s` against `%s`\n\n", c->new.runs[0]->id, c->base.runs[0]->id);
	print_differences(c, "- ", f);
	if (c->no_costs)
		fprintf(f, "%s%s.\n", c->differences.n ? "\n" : "", c->no_costs);
	if (!c->comparable)
		return finish(f);
	if (c->differences.n)
		fputc('\n', f);
	grid_init(&grid, failure_columns, COUNT(failure_columns));
	fill_failures(&grid, c);
	if (grid.nr_cells) {
		grid_print_markdown(&grid, f);
		fputc('\n', f);
	}
	grid_release(&grid);
	grid_init(&grid, cost_columns, COUNT(cost_columns));
	fill_costs(&grid, c);
	if (grid.nr_cells) {
		grid_print_markdown(&grid, f);
		fputc('\n', f);
	}
	grid_release(&grid);
	grid_init(&grid, row_columns, COUNT(row_columns));
	fill_rows(&grid, c, all);
	if (grid.nr_cells) {
		grid_print_markdown(&grid, f);
		fputc('\n', f);
	}
	grid_release(&grid);
	print_losses(c, "- ", f);
	print_blame(c, "- ", f);
	print_busy(c, "- ", f);
	print_rule(c, "- ", f);
	fputc('\n', f);
	print_sum(c, f);
	return finish(f);
}
