// SPDX-License-Identifier: GPL-3.0-or-later
/* The costs of runs: as JSON, and as CSV with one line for each case and metric. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "export/costs.h"
#include "export/export.h"
#include "run/unit.h"

static json_t *run_json(const struct run *run)
{
	struct cost_table table;
	json_t *cases;

	if (cost_table_of(run, &table))
		return NULL;
	cases = costs_json(&table);
	cost_table_release(&table);
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o}", "run", run->id, "started", run->started,
			 "target", run->target.name, "emulated", run->target.emulated, "unit",
			 run_unit_name(run_unit(run)), "cases", cases);
}

static int write_json(const struct run *const *runs, size_t nr_runs,
		      const struct export_options *options, FILE *f)
{
	json_t *list = json_array(), *all;
	int err = list ? 0 : -ENOMEM;

	(void)options;
	for (size_t i = 0; i < nr_runs && !err; i++)
		if (json_array_append_new(list, run_json(runs[i])))
			err = -ENOMEM;
	if (err) {
		json_decref(list);
		return err;
	}
	all = json_pack("{s:s, s:o}", "schema", "lubench-costs/1", "runs", list);
	/* A write that fails is found out when the file is closed. */
	if (!all)
		return -ENOMEM;
	json_dumpf(all, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(all);
	return 0;
}

static void put_real(double v, FILE *f)
{
	if (isfinite(v))
		fprintf(f, ",%.12g", v);
	else
		fputc(',', f);
}

static void put_number(int64_t v, FILE *f)
{
	if (v != LU_NULL)
		fprintf(f, ",%jd", (intmax_t)v);
	else
		fputc(',', f);
}

static void put_text(const char *text, FILE *f)
{
	fputc(',', f);
	export_csv_text(text, f);
}

static void put_estimate(const struct estimate *e, FILE *f)
{
	put_real(e->n ? e->value : NAN, f);
	put_real(e->n ? e->low : NAN, f);
	put_real(e->n ? e->high : NAN, f);
	put_real(e->n ? e->level : NAN, f);
}

static void write_cell(const struct run *run, const struct cost_row *row, int metric, FILE *f)
{
	const struct cost_cell *cell = &row->cell[metric];
	const struct sample *s = row->sample;
	static const struct estimate none;

	export_csv_text(run->id, f);
	put_text(run->started, f);
	put_text(run->target.name, f);
	put_text(s->design, f);
	put_text(s->iommu, f);
	put_number(s->guest_bytes, f);
	put_number(s->page_bytes, f);
	put_text(s->layout, f);
	put_text(s->backing, f);
	put_number(s->backing_bytes, f);
	put_number(s->devices, f);
	put_text(s->variant, f);
	put_text(s->stage, f);
	put_text(s->redrive, f);
	put_number((int64_t)row->results, f);
	put_number((int64_t)row->failed, f);
	put_text(cost_metrics[metric].name, f);
	put_text(cost_metrics[metric].kind == COST_BYTES ? "bytes" : run_unit_name(run_unit(run)),
		 f);
	put_estimate(&cell->whole, f);
	put_estimate(&cell->cost, f);
	put_estimate(cost_metrics[metric].floorless ? &none : &cell->ratio, f);
	put_estimate(&cell->plain, f);
	put_text(cost_reason_text(cell->reason), f);
	fputs("\r\n", f);
}

static int write_costs(const struct run *const *runs, size_t nr_runs,
		       const struct export_options *options, FILE *f)
{
	(void)options;
	fputs("run,started,target,design,iommu,guest_bytes,page_bytes,layout,backing,backing_bytes,"
	      "devices,variant,stage,redrive,results,failed,metric,unit,value,value_low,value_high,"
	      "value_level,cost,cost_low,cost_high,cost_level,cost_ratio,cost_ratio_low,"
	      "cost_ratio_high,cost_ratio_level,ratio,ratio_low,ratio_high,ratio_level,no_cost\r\n",
	      f);
	for (size_t i = 0; i < nr_runs; i++) {
		struct cost_table table;

		if (cost_table_of(runs[i], &table))
			return -ENOMEM;
		for (size_t k = 0; k < table.n; k++)
			for (int m = 0; m < NR_COST_METRICS; m++)
				if (table.row[k].cell[m].whole.n || table.row[k].failed)
					write_cell(runs[i], &table.row[k], m, f);
		cost_table_release(&table);
	}
	return 0;
}

const struct exporter export_json = {
	.name = "json",
	.what = "the cost of each case, its ratio to the rebuild's, with intervals",
	.write = write_json,
};

const struct exporter export_costs = {
	.name = "costs",
	.what = "the same as CSV, one line a case and metric",
	.write = write_costs,
};
