// SPDX-License-Identifier: GPL-3.0-or-later
/* What each design costs, then every time of each case, as Markdown. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "export/costs.h"
#include "export/export.h"
#include "export/grid.h"
#include "run/unit.h"
#include "stats/stats.h"
#include "store/measures.h"

static const char *const columns[] = { "<case",	  "<metric",   ">n",   ">failed", ">min",
				       ">median", ">interval", ">p95", ">MAD",	  ">outliers" };
static const char *const metrics[] = { "blackout_ns", "brownout_ns", "tail_ns", "dma_gap_ns" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int fill(struct grid *grid, const struct run *run, const struct measured_case *of,
		const struct measure *measure)
{
	enum run_unit unit = run_unit(run);
	double *values = calloc(measure->n, sizeof(*values));
	char text[6][AMOUNT_MAX];
	struct stats_summary s;
	int err;

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < measure->n; i++)
		values[i] = (double)measure->values[i];
	err = stats_summarise(values, measure->n, &s);
	free(values);
	if (err)
		return err;
	grid_cell(grid, "%s", of->label);
	grid_cell(grid, "%s", measure->name);
	grid_cell(grid, "%zu", s.n);
	grid_cell(grid, "%zu", of->failed);
	grid_cell(grid, "%s", amount_text(s.min, unit, text[0]));
	grid_cell(grid, "%s", amount_text(s.median, unit, text[1]));
	if (isnan(s.median_ci.low))
		grid_cell(grid, "–");
	else
		grid_cell(grid, "%s … %s (%.0f %%)", amount_text(s.median_ci.low, unit, text[2]),
			  amount_text(s.median_ci.high, unit, text[3]),
			  floor(s.median_ci.level * 100 + 1e-9));
	grid_cell(grid, "%s", amount_text(s.p95, unit, text[4]));
	grid_cell(grid, "%s", amount_text(s.mad, unit, text[5]));
	grid_cell(grid, "%zu", s.outliers);
	return 0;
}

/* Where a case has no blackout, as on the micro target, its phases stand for it. */
static int fill_case(struct grid *grid, const struct run *run, const struct measured_case *of)
{
	const struct measure *measure;
	int err = 0;

	for (size_t i = 0; i < COUNT(metrics) && !err; i++) {
		measure = case_measure(of, metrics[i]);
		if (measure)
			err = fill(grid, run, of, measure);
	}
	if (err || case_measure(of, "blackout_ns"))
		return err;
	for (size_t i = 0; i < of->nr_measures && !err; i++) {
		if (measure_is_phase(of->measures[i].name))
			err = fill(grid, run, of, &of->measures[i]);
	}
	return err;
}

static int write_costs(const struct run *run, FILE *f)
{
	struct cost_table table;
	int err = cost_table_of(run, &table);

	if (err)
		return err;
	costs_print_markdown(&table, f);
	cost_table_release(&table);
	return 0;
}

static int write_run(const struct run *run, FILE *f)
{
	struct measures measures;
	struct grid grid;
	int err;

	err = measures_of(&run, 1, &measures);
	if (err)
		return err;
	fprintf(f, "### %s\n\n%s%s, workload %s, kernel %s, lubench %s\n\n", run->id,
		run->target.name, run->target.emulated ? " (emulated)" : "", run->workload.name,
		run->kernel.release ? run->kernel.release : "unknown", run->tool.commit);
	err = write_costs(run, f);
	grid_init(&grid, columns, COUNT(columns));
	for (size_t i = 0; i < measures.nr_cases && !err; i++)
		err = fill_case(&grid, run, &measures.cases[i]);
	grid_print_markdown(&grid, f);
	fputc('\n', f);
	grid_release(&grid);
	measures_release(&measures);
	return err;
}

static int write_markdown(const struct run *const *runs, size_t nr_runs,
			  const struct export_options *options, FILE *f)
{
	int err = 0;

	(void)options;
	for (size_t i = 0; i < nr_runs && !err; i++)
		err = write_run(runs[i], f);
	return err;
}

const struct exporter export_markdown = {
	.name = "markdown",
	.what = "tables of costs and of all times",
	.write = write_markdown,
};
