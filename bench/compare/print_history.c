// SPDX-License-Identifier: GPL-3.0-or-later
/* Change points for people and for programs. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "compare/history.h"
#include "export/grid.h"
#include "report/text.h"

static const char *const change_columns[] = { "<case",	"<metric", ">before",
					      ">after", ">change", ">p" };
static const char *const run_columns[] = {
	"<started", "<run", "<kernel", ">samples", ">failed", "<"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *time_text(int64_t seconds, char buf[32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(buf, "?");
	return buf;
}

static const char *value_text(double value, enum measure_unit unit, char buf[static TEXT_MAX])
{
	if (unit == MEASURE_NS)
		return text_ns(value, buf);
	return unit == MEASURE_BYTES ? text_bytes(value, buf) : text_digits(value, buf);
}

static bool differs(const char *a, const char *b)
{
	return (a || b) && (!a || !b || strcmp(a, b) != 0);
}

/* What else changed with that run: where to look first. */
static void print_causes(const struct history_change *change, FILE *f)
{
	const struct store_run *run = change->run, *before = change->previous;
	const char *comma = "";

	if (!before)
		return;
	if (differs(run->kernel, before->kernel)) {
		fprintf(f, "kernel %s -> %s", before->kernel ? before->kernel : "unknown",
			run->kernel ? run->kernel : "unknown");
		comma = ", ";
	}
	if (differs(run->kernel_source, before->kernel_source)) {
		fprintf(f, "%sother kernel source", comma);
		comma = ", ";
	}
	if (differs(run->kernel_patches, before->kernel_patches)) {
		fprintf(f, "%sother patches", comma);
		comma = ", ";
	}
	if (differs(run->kernel_config, before->kernel_config)) {
		fprintf(f, "%sother kernel configuration", comma);
		comma = ", ";
	}
	if (differs(run->commit, before->commit)) {
		fprintf(f, "%slubench %s -> %s", comma, before->commit, run->commit);
		comma = ", ";
	}
	if (!*comma)
		fputs("same kernel and lubench as the run before", f);
}

static void print_run(const struct history_change *change, bool markdown, FILE *f)
{
	const struct store_run *run = change->run;
	char when[32];

	fprintf(f, "%s%s  %s\n%s", markdown ? "#### " : "", time_text(run->started, when),
		run->name, markdown ? "\n" : "  ");
	fprintf(f, "%s; kernel %s, commit %s; ", run->setup_label,
		run->kernel ? run->kernel : "unknown", run->commit ? run->commit : "unknown");
	print_causes(change, f);
	fputs(markdown ? "\n\n" : "\n", f);
}

static void fill(struct grid *grid, const struct history_change *change)
{
	const struct stats_change *figures = &change->figures;
	char before[TEXT_MAX], after[TEXT_MAX];

	grid_cell(grid, "%s", change->case_label);
	grid_cell(grid, "%s", change->metric);
	grid_cell(grid, "%s", value_text(figures->before, change->unit, before));
	grid_cell(grid, "%s", value_text(figures->after, change->unit, after));
	if (figures->before != 0)
		grid_cell(grid, "%+.2f %%",
			  100 * (figures->after - figures->before) / figures->before);
	else
		grid_cell(grid, "new");
	grid_cell(grid, figures->p < 0.001 ? "< 0.001" : "%.3f", figures->p);
	grid_colour(grid, figures->after > figures->before ? "31;1" : "32");
}

/* Return: the first change of the next run. */
static size_t print_changes_of_run(const struct history *history, size_t first, bool markdown,
				   FILE *f)
{
	const struct store_run *run = history->changes[first].run;
	struct grid grid;
	size_t i;

	print_run(&history->changes[first], markdown, f);
	grid_init(&grid, change_columns, COUNT(change_columns));
	for (i = first; i < history->nr_changes && history->changes[i].run == run; i++)
		fill(&grid, &history->changes[i]);
	if (markdown)
		grid_print_markdown(&grid, f);
	else
		grid_print(&grid, f, grid_wants_colour(f));
	grid_release(&grid);
	fputc('\n', f);
	return i;
}

static int finish(FILE *f)
{
	return fflush(f) || ferror(f) ? -EIO : 0;
}

static int print_people(const struct history *history, bool markdown, FILE *f)
{
	size_t at = 0, nr_runs = 0;

	if (markdown)
		fputs("### lubench history\n\n", f);
	while (at < history->nr_changes) {
		at = print_changes_of_run(history, at, markdown, f);
		nr_runs++;
	}
	fprintf(f, "%zu change point%s at %zu run%s; %zu series, %zu runs, %zu medians looked at\n",
		history->nr_changes, history->nr_changes == 1 ? "" : "s", nr_runs,
		nr_runs == 1 ? "" : "s", history->nr_series, history->runs.n, history->nr_points);
	return finish(f);
}

int history_print_text(const struct history *history, FILE *f)
{
	return print_people(history, false, f);
}

int history_print_markdown(const struct history *history, FILE *f)
{
	return print_people(history, true, f);
}

static int dump(json_t *root, FILE *f)
{
	int ret;

	if (!root)
		return -ENOMEM;
	ret = json_dumpf(root, f, JSON_INDENT(1));
	json_decref(root);
	return ret || fputc('\n', f) == EOF ? -EIO : finish(f);
}

static json_t *run_json(const struct store_run *run)
{
	char when[32];

	return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:I, s:I, s:b, s:b,"
			 " s:b}",
			 "id", run->name, "started", time_text(run->started, when), "setup",
			 run->setup_label, "path", run->path, "tool_commit", run->commit, "kernel",
			 run->kernel, "source_sha256", run->kernel_source, "patches_sha256",
			 run->kernel_patches, "config_sha256", run->kernel_config, "samples",
			 (json_int_t)run->samples, "failed", (json_int_t)run->failed, "complete",
			 run->complete, "exact", run->exact, "regressed", run->regressed);
}

int history_print_json(const struct history *history, FILE *f)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < history->nr_changes; i++) {
		const struct history_change *change = &history->changes[i];

		json_array_append_new(
			changes, json_pack("{s:o, s:s?, s:s, s:s, s:s, s:f, s:f, s:f}", "run",
					   run_json(change->run), "previous",
					   change->previous ? change->previous->name : NULL, "case",
					   change->case_key, "label", change->case_label, "metric",
					   change->metric, "before", change->figures.before,
					   "after", change->figures.after, "p", change->figures.p));
	}
	return dump(json_pack("{s:s, s:I, s:I, s:I, s:o}", "schema", "lubench-history/1", "runs",
			      (json_int_t)history->runs.n, "series", (json_int_t)history->nr_series,
			      "points", (json_int_t)history->nr_points, "changes", changes),
		    f);
}

int history_print_runs(const struct store_runs *runs, FILE *f)
{
	struct grid grid;

	grid_init(&grid, run_columns, COUNT(run_columns));
	for (size_t i = 0; i < runs->n; i++) {
		const struct store_run *run = &runs->v[i];
		char when[32];

		grid_cell(&grid, "%s", time_text(run->started, when));
		grid_cell(&grid, "%s", run->name);
		grid_cell(&grid, "%s", run->kernel ? run->kernel : "unknown");
		grid_cell(&grid, "%jd", (intmax_t)run->samples);
		grid_cell(&grid, "%jd", (intmax_t)run->failed);
		grid_cell(&grid, "%s%s", run->complete ? "" : "cut short ",
			  run->regressed ? "regressed" : "");
	}
	grid_print(&grid, f, false);
	grid_release(&grid);
	return finish(f);
}

int history_print_runs_json(const struct store_runs *runs, FILE *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < runs->n; i++)
		json_array_append_new(list, run_json(&runs->v[i]));
	return dump(json_pack("{s:s, s:o}", "schema", "lubench-runs/1", "runs", list), f);
}
