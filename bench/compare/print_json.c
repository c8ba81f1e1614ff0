// SPDX-License-Identifier: GPL-3.0-or-later
/* A comparison for programs. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "compare/compare.h"
#include "run/unit.h"

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *side_json(const struct compare_side *side)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < side->nr_runs; i++)
		json_array_append_new(
			runs,
			json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "id", side->runs[i]->id, "started",
				  side->runs[i]->started, "kernel", side->runs[i]->kernel.release,
				  "patches_sha256", side->runs[i]->kernel.patches_sha256,
				  "tool_commit", side->runs[i]->tool.commit));
	return runs;
}

static json_t *differences_json(const struct setup_differences *differences)
{
	json_t *list = json_array();

	for (size_t i = 0; i < differences->n; i++) {
		const struct setup_difference *d = &differences->v[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:b}", "field", d->field, "base",
						d->base, "new", d->new, "unlike", d->unlike));
	}
	return list;
}

static json_t *row_json(const struct comparison *c, const struct compare_row *row)
{
	const char *const units[] = {
		[MEASURE_NS] = run_unit_name(c->exact ? RUN_UNIT_INSTRUCTIONS : RUN_UNIT_NS),
		[MEASURE_BYTES] = "bytes",
		[MEASURE_COUNT] = "count",
	};
	const struct stats_comparison *f = &row->figures;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:s, s:i, s:b}",
		"case", row->case_key, "label", row->case_label, "metric", row->metric, "unit",
		units[row->unit], "statistic", row->lowest ? "minimum" : "median", "base_n",
		(json_int_t)f->base_n, "new_n", (json_int_t)f->new_n, "base", number(f->base),
		"new", number(f->new), "shift", number(f->difference.shift), "low",
		number(f->difference.interval.low), "high", number(f->difference.interval.high),
		"level", number(f->difference.interval.level), "relative",
		number(compare_relative(row)), "threshold", number(f->threshold), "p", number(f->p),
		"q", number(f->q), "verdict", stats_verdict_name(f->verdict), "iterations",
		(int)f->iterations, "busy", row->busy);
}

static json_t *failures_json(const struct comparison *c)
{
	static const char *const losses[] = {
		[COMPARE_NO_LOSS] = "none",	  [COMPARE_UNSURE] = "inconclusive",
		[COMPARE_MORE_FAILURES] = "more", [COMPARE_DEAD] = "no result left",
		[COMPARE_LOST] = "lost",
	};
	json_t *list = json_array();

	for (size_t i = 0; i < c->nr_failures; i++) {
		const struct compare_failures *f = &c->failures[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s?, s:o, s:s, s:b}",
					"case", f->case_key, "label", f->case_label, "base_results",
					(json_int_t)f->base_results, "base_failed",
					(json_int_t)f->base_failed, "new_results",
					(json_int_t)f->new_results, "new_failed",
					(json_int_t)f->new_failed, "error", f->error, "q",
					number(f->q), "loss", losses[f->loss], "worse", f->worse));
	}
	return list;
}

static json_t *estimate_json(const struct estimate *e)
{
	if (!e->n)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:b}", "n", (json_int_t)e->n, "value",
			 number(e->value), "low", number(e->low), "high", number(e->high), "level",
			 number(e->level), "exact", e->exact);
}

static json_t *costs_json(const struct comparison *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->nr_cost; i++) {
		const struct compare_cost *cost = &c->cost[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "case",
						cost->case_key, "label", cost->case_label, "base",
						estimate_json(&cost->base_cost), "new",
						estimate_json(&cost->new_cost), "base_ratio",
						estimate_json(&cost->base_ratio), "new_ratio",
						estimate_json(&cost->new_ratio)));
	}
	return list;
}

static json_t *blame_json(const struct comparison *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i], *phase;

		if (row->figures.verdict != STATS_REGRESSION ||
		    strcmp(row->metric, "blackout_ns") != 0)
			continue;
		phase = compare_blame(c, row);
		if (phase)
			json_array_append_new(list,
					      json_pack("{s:s, s:s}", "label", row->case_label,
							"metric", phase->metric));
	}
	return list;
}

int compare_print_json(const struct comparison *c, FILE *f)
{
	json_t *rows = json_array(), *root;
	int ret;

	for (size_t i = 0; i < c->nr_rows; i++)
		json_array_append_new(rows, row_json(c, &c->rows[i]));
	root = json_pack(
		"{s:s, s:o, s:o, s:b, s:b, s:b, s:b, s:s?, s:b, s:o, s:s?, s:{s:I, s:I, s:I, s:I}, s:o, s:o,"
		" s:o, s:o, s:o}",
		"schema", "lubench-compare/1", "base", side_json(&c->base), "new",
		side_json(&c->new), "exact", c->exact, "emulated", c->emulated, "in_turn",
		c->in_turn, "of_costs", c->costs, "no_costs", c->no_costs, "comparable",
		c->comparable, "differences", differences_json(&c->differences), "verdict",
		c->comparable ? stats_verdict_name(c->verdict) : NULL, "count", "regression",
		(json_int_t)c->count[STATS_REGRESSION], "improvement",
		(json_int_t)c->count[STATS_IMPROVEMENT], "inconclusive",
		(json_int_t)c->count[STATS_INCONCLUSIVE], "same", (json_int_t)c->count[STATS_SAME],
		"rows", rows, "failures", failures_json(c), "blame", blame_json(c), "failures_p",
		number(c->failures_p), "costs", costs_json(c));
	if (!root)
		return -ENOMEM;
	ret = json_dumpf(root, f, JSON_INDENT(1));
	json_decref(root);
	return ret || fputc('\n', f) == EOF || fflush(f) ? -EIO : 0;
}
