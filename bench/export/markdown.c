// SPDX-License-Identifier: GPL-3.0-or-later
/* A table of the summary, as Markdown. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "export/export.h"
#include "export/grid.h"
#include "report/text.h"
#include "stats/stats.h"
#include "store/measures.h"

static const char *const columns[] = { "<case",	  "<metric",   ">n",   ">failed", ">min",
				       ">median", ">interval", ">p95", ">MAD",	  ">outliers" };
static const char *const metrics[] = { "blackout_ns", "brownout_ns", "tail_ns", "dma_gap_ns" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int fill(struct grid *grid, const struct measured_case *of, const struct measure *measure)
{
	double *values = calloc(measure->n, sizeof(*values));
	char text[6][TEXT_MAX];
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
	grid_cell(grid, "%s", text_ns(s.min, text[0]));
	grid_cell(grid, "%s", text_ns(s.median, text[1]));
	if (isnan(s.median_ci.low))
		grid_cell(grid, "–");
	else
		grid_cell(grid, "%s … %s (%.0f %%)", text_ns(s.median_ci.low, text[2]),
			  text_ns(s.median_ci.high, text[3]), floor(s.median_ci.level * 100));
	grid_cell(grid, "%s", text_ns(s.p95, text[4]));
	grid_cell(grid, "%s", text_ns(s.mad, text[5]));
	grid_cell(grid, "%zu", s.outliers);
	return 0;
}

/* Where a case has no blackout, as on the micro target, its phases stand for it. */
static int fill_case(struct grid *grid, const struct measured_case *of)
{
	const struct measure *measure;
	int err = 0;

	for (size_t i = 0; i < COUNT(metrics) && !err; i++) {
		measure = case_measure(of, metrics[i]);
		if (measure)
			err = fill(grid, of, measure);
	}
	if (err || case_measure(of, "blackout_ns"))
		return err;
	for (size_t i = 0; i < of->nr_measures && !err; i++) {
		if (measure_is_phase(of->measures[i].name))
			err = fill(grid, of, &of->measures[i]);
	}
	return err;
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
	grid_init(&grid, columns, COUNT(columns));
	for (size_t i = 0; i < measures.nr_cases && !err; i++)
		err = fill_case(&grid, &measures.cases[i]);
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
	.what = "a table of the summary",
	.write = write_markdown,
};
