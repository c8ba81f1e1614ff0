// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, specification): one
 * gauge family a metric, in base units or in instructions, each with its median, the interval of
 * the median, minimum and percentiles.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cost/cost.h"
#include "export/export.h"
#include "run/case.h"
#include "run/unit.h"
#include "stats/stats.h"
#include "store/measures.h"

/* What a family counts: seconds or instructions as the run, bytes, or nothing that has a name. */
enum family_unit { AMOUNTS, BYTES, COUNTS };

/**
 * struct family - metrics that share a name
 * @name: in OpenMetrics, without its unit, which comes at its end
 * @unit: what it counts
 * @help: what it is
 * @metric: name of the measure, or the beginning of it when @label is set
 * @label: name of the label that takes the rest of the name of the measure
 */
struct family {
	const char *name;
	enum family_unit unit;
	const char *help;
	const char *metric;
	const char *label;
};

static const struct family families[] = {
	{ "lubench_blackout", AMOUNTS, "The guest does not run.", "blackout_ns", NULL },
	{ "lubench_brownout", AMOUNTS, "Work for the update while the guest runs.", "brownout_ns",
	  NULL },
	{ "lubench_tail", AMOUNTS, "Work left after the guest runs again.", "tail_ns", NULL },
	{ "lubench_dma_gap", AMOUNTS, "Longest time without DMA.", "dma_gap_ns", NULL },
	{ "lubench_phase", AMOUNTS, "A part of the blackout.", "phases_ns.", "phase" },
	{ "lubench_memory", BYTES, "Memory that the hand-over takes.", "bytes.", "kind" },
	{ "lubench_counter", COUNTS, "Whatever else was counted.", "counters.", "counter" },
};

/**
 * struct base - a base unit
 * @name: in OpenMetrics; NULL for a bare number
 * @scale: from the unit of run.json
 */
struct base {
	const char *name;
	double scale;
};

static const struct base seconds = { "seconds", 1e-9 };
static const struct base instructions = { "instructions", 1 };
static const struct base bytes = { "bytes", 1 };
static const struct base number = { NULL, 1 };

/* The base unit that amounts of a run have. */
static const struct base *amount_of(const struct run *run)
{
	return run_unit(run) == RUN_UNIT_INSTRUCTIONS ? &instructions : &seconds;
}

static void put_escaped(const char *text, FILE *f)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", f);
		else if (*text == '\\' || *text == '"')
			fprintf(f, "\\%c", *text);
		else
			fputc(*text, f);
	}
}

static void put_label(const char *name, const char *value, FILE *f)
{
	fprintf(f, "%s=\"", name);
	put_escaped(value, f);
	fputs("\",", f);
}

/* "design=rebuild iommu=intel ...", as labels. */
static void put_case(const char *key, FILE *f)
{
	while (*key) {
		size_t name = strcspn(key, "="), value = strcspn(key + name + 1, " ");

		fprintf(f, "%.*s=\"%.*s\",", (int)name, key, (int)value, key + name + 1);
		key += name + 1 + value;
		key += *key == ' ';
	}
}

static void put_run(const struct run *run, FILE *f)
{
	put_label("run", run->id, f);
	put_label("target", run->target.name, f);
	put_label("workload", run->workload.name, f);
}

static long long timestamp(const struct run *run)
{
	struct tm tm = { 0 };

	return strptime(run->started, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (long long)timegm(&tm) : 0;
}

/* "lubench_blackout_seconds" */
static void put_name(const char *family, const struct base *base, FILE *f)
{
	fprintf(f, "%s%s%s", family, base->name ? "_" : "", base->name ? base->name : "");
}

static void put_head(const char *family, const struct base *base, const char *help, FILE *f)
{
	fputs("# TYPE ", f);
	put_name(family, base, f);
	fputs(" gauge\n", f);
	if (base->name) {
		fputs("# UNIT ", f);
		put_name(family, base, f);
		fprintf(f, " %s\n", base->name);
	}
	fputs("# HELP ", f);
	put_name(family, base, f);
	fprintf(f, " %s\n", help);
}

static int put_measure(const struct family *family, const struct base *base, const struct run *run,
		       const struct measured_case *of, const struct measure *measure, FILE *f)
{
	double *values = calloc(measure->n, sizeof(*values));
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
	{
		const struct {
			const char *name;
			double value;
		} figures[] = {
			{ "median", s.median },
			{ "low", s.median_ci.low },
			{ "high", s.median_ci.high },
			{ "min", s.min },
			{ "p95", s.p95 },
			{ "p99", s.p99 },
		};

		for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
			if (isnan(figures[i].value))
				continue;
			put_name(family->name, base, f);
			fputc('{', f);
			put_run(run, f);
			put_case(of->key, f);
			if (family->label)
				put_label(family->label, measure->name + strlen(family->metric), f);
			fprintf(f, "figure=\"%s\"} %.17g %lld\n", figures[i].name,
				figures[i].value * base->scale, timestamp(run));
		}
	}
	return 0;
}

static bool belongs(const struct family *family, const char *metric)
{
	if (family->label)
		return !strncmp(metric, family->metric, strlen(family->metric));
	return !strcmp(metric, family->metric);
}

static bool any_in(const struct run *const *runs, size_t nr_runs, const struct base *base)
{
	for (size_t i = 0; i < nr_runs; i++)
		if (amount_of(runs[i]) == base)
			return true;
	return false;
}

/* Those of the runs whose amounts have that base unit; all runs where it is not of an amount. */
static int put_family(const struct family *family, const struct base *base,
		      const struct run *const *runs, const struct measures *of, size_t nr_runs,
		      FILE *f)
{
	int err = 0;

	if (family->unit == AMOUNTS && !any_in(runs, nr_runs, base))
		return 0;
	put_head(family->name, base, family->help, f);
	for (size_t i = 0; i < nr_runs; i++) {
		if (family->unit == AMOUNTS && amount_of(runs[i]) != base)
			continue;
		for (size_t j = 0; j < of[i].nr_cases; j++) {
			const struct measured_case *c = &of[i].cases[j];

			for (size_t k = 0; k < c->nr_measures && !err; k++) {
				if (belongs(family, c->measures[k].name))
					err = put_measure(family, base, runs[i], c, &c->measures[k],
							  f);
			}
		}
	}
	return err;
}

static int put_families(const struct run *const *runs, const struct measures *of, size_t nr_runs,
			FILE *f)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]) && !err; i++) {
		const struct family *family = &families[i];

		switch (family->unit) {
		case AMOUNTS:
			err = put_family(family, &seconds, runs, of, nr_runs, f);
			if (!err)
				err = put_family(family, &instructions, runs, of, nr_runs, f);
			break;
		case BYTES:
			err = put_family(family, &bytes, runs, of, nr_runs, f);
			break;
		case COUNTS:
			err = put_family(family, &number, runs, of, nr_runs, f);
			break;
		}
	}
	return err;
}

/* What the figures of costs are: of the costs, or of their ratio to the baseline's. */
struct costs {
	const char *family;
	const struct base *base;
	const char *help;
	bool ratio;
};

static bool has_costs(const struct costs *costs, const struct run *run, int metric)
{
	if (costs->ratio)
		return !cost_metrics[metric].floorless;
	if (cost_metrics[metric].kind == COST_BYTES)
		return costs->base == &bytes;
	return costs->base == amount_of(run);
}

static int put_cost(const struct costs *costs, const struct run *run, const struct cost_row *row,
		    int metric, FILE *f)
{
	const struct cost_cell *cell = &row->cell[metric];
	const struct estimate *e = costs->ratio ? &cell->ratio : &cell->cost;
	const struct {
		const char *name;
		double value;
	} figures[] = { { "value", e->value }, { "low", e->low }, { "high", e->high } };
	char *key;

	if (!e->n)
		return 0;
	key = case_key(row->sample);
	if (!key)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (isnan(figures[i].value))
			continue;
		put_name(costs->family, costs->base, f);
		fputc('{', f);
		put_run(run, f);
		put_case(key, f);
		fprintf(f, "metric=\"%s\",figure=\"%s\"} %.17g %lld\n", cost_metrics[metric].name,
			figures[i].name, figures[i].value * costs->base->scale, timestamp(run));
	}
	free(key);
	return 0;
}

static int put_costs(const struct costs *costs, const struct cost_table *tables, size_t nr_runs,
		     FILE *f)
{
	int err = 0;

	put_head(costs->family, costs->base, costs->help, f);
	for (size_t i = 0; i < nr_runs; i++)
		for (size_t k = 0; k < tables[i].n; k++)
			for (int m = 0; m < NR_COST_METRICS && !err; m++)
				if (has_costs(costs, tables[i].run, m))
					err = put_cost(costs, tables[i].run, &tables[i].row[k], m,
						       f);
	return err;
}

static int put_all_costs(const struct run *const *runs, size_t nr_runs, FILE *f)
{
	static const struct costs all[] = {
		{ "lubench_cost", &seconds, "What a design adds to the floor.", false },
		{ "lubench_cost", &instructions, "What a design adds to the floor.", false },
		{ "lubench_cost", &bytes, "What a design adds to the floor.", false },
		{ "lubench_cost_ratio", &number, "Cost of a design, in costs of the rebuild.",
		  true },
	};
	struct cost_table *tables = calloc(nr_runs + 1, sizeof(*tables));
	int err = tables ? 0 : -ENOMEM;

	for (size_t i = 0; i < nr_runs && !err; i++)
		err = cost_table_of(runs[i], &tables[i]);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !err; i++) {
		if ((all[i].base == &seconds || all[i].base == &instructions) &&
		    !any_in(runs, nr_runs, all[i].base))
			continue;
		err = put_costs(&all[i], tables, nr_runs, f);
	}
	for (size_t i = 0; i < nr_runs && tables; i++)
		cost_table_release(&tables[i]);
	free(tables);
	return err;
}

static void put_samples(const struct run *const *runs, const struct measures *of, size_t nr_runs,
			FILE *f)
{
	fputs("# TYPE lubench_samples gauge\n# HELP lubench_samples Samples by result.\n", f);
	for (size_t i = 0; i < nr_runs; i++) {
		for (size_t j = 0; j < of[i].nr_cases; j++) {
			const struct measured_case *c = &of[i].cases[j];

			for (int failed = 0; failed < 2; failed++) {
				fputs("lubench_samples{", f);
				put_run(runs[i], f);
				put_case(c->key, f);
				fprintf(f, "result=\"%s\"} %zu %lld\n", failed ? "failed" : "ok",
					failed ? c->failed : c->results, timestamp(runs[i]));
			}
		}
	}
}

static void put_info(const struct run *const *runs, size_t nr_runs, FILE *f)
{
	fputs("# TYPE lubench_run info\n# HELP lubench_run What was measured with what.\n", f);
	for (size_t i = 0; i < nr_runs; i++) {
		const struct run *run = runs[i];

		fputs("lubench_run_info{", f);
		put_run(run, f);
		put_label("kernel", run->kernel.release ? run->kernel.release : "", f);
		put_label("clock", run->target.clock, f);
		put_label("unit", run_unit_name(run_unit(run)), f);
		put_label("emulated", run->target.emulated ? "true" : "false", f);
		put_label("cpu", run->host.cpu, f);
		fputs("tool_commit=\"", f);
		put_escaped(run->tool.commit, f);
		fprintf(f, "\"} 1 %lld\n", timestamp(run));
	}
}

static int write_openmetrics(const struct run *const *runs, size_t nr_runs,
			     const struct export_options *options, FILE *f)
{
	struct measures *of = calloc(nr_runs ? nr_runs : 1, sizeof(*of));
	int err = of ? 0 : -ENOMEM;

	(void)options;
	for (size_t i = 0; i < nr_runs && !err; i++)
		err = measures_of(&runs[i], 1, &of[i]);
	if (!err) {
		put_info(runs, nr_runs, f);
		put_samples(runs, of, nr_runs, f);
	}
	if (!err)
		err = put_families(runs, of, nr_runs, f);
	if (!err)
		err = put_all_costs(runs, nr_runs, f);
	if (!err)
		fputs("# EOF\n", f);
	for (size_t i = 0; i < nr_runs && of; i++)
		measures_release(&of[i]);
	free(of);
	return err;
}

const struct exporter export_openmetrics = {
	.name = "openmetrics",
	.what = "OpenMetrics text, for Prometheus and its kin",
	.write = write_openmetrics,
};
