// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, specification): one
 * gauge family a metric, in base units, each with its median, the interval of
 * the median, minimum and percentiles.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/export.h"
#include "stats/stats.h"
#include "store/measures.h"

/**
 * struct family - metrics that share a name
 * @name: in OpenMetrics
 * @unit: its unit, or NULL
 * @help: what it is
 * @metric: name of the measure, or the beginning of it when @label is set
 * @label: name of the label that takes the rest of the name of the measure
 * @scale: from the unit of run.json to the base unit
 */
struct family {
	const char *name;
	const char *unit;
	const char *help;
	const char *metric;
	const char *label;
	double scale;
};

static const struct family families[] = {
	{ "lubench_blackout_seconds", "seconds", "The guest does not run.", "blackout_ns", NULL,
	  1e-9 },
	{ "lubench_brownout_seconds", "seconds", "Work for the update while the guest runs.",
	  "brownout_ns", NULL, 1e-9 },
	{ "lubench_tail_seconds", "seconds", "Work left after the guest runs again.", "tail_ns",
	  NULL, 1e-9 },
	{ "lubench_dma_gap_seconds", "seconds", "Longest time without DMA.", "dma_gap_ns", NULL,
	  1e-9 },
	{ "lubench_phase_seconds", "seconds", "A part of the blackout.", "phases_ns.", "phase",
	  1e-9 },
	{ "lubench_memory_bytes", "bytes", "Memory that the hand-over takes.", "bytes.", "kind",
	  1 },
	{ "lubench_counter", NULL, "Whatever else was counted.", "counters.", "counter", 1 },
};

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

static int put_measure(const struct family *family, const struct run *run,
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
			fprintf(f, "%s{", family->name);
			put_run(run, f);
			put_case(of->key, f);
			if (family->label)
				put_label(family->label, measure->name + strlen(family->metric), f);
			fprintf(f, "figure=\"%s\"} %.17g %lld\n", figures[i].name,
				figures[i].value * family->scale, timestamp(run));
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

static int put_family(const struct family *family, const struct run *const *runs,
		      const struct measures *of, size_t nr_runs, FILE *f)
{
	int err = 0;

	fprintf(f, "# TYPE %s gauge\n", family->name);
	if (family->unit)
		fprintf(f, "# UNIT %s %s\n", family->name, family->unit);
	fprintf(f, "# HELP %s %s\n", family->name, family->help);
	for (size_t i = 0; i < nr_runs; i++) {
		for (size_t j = 0; j < of[i].nr_cases; j++) {
			const struct measured_case *c = &of[i].cases[j];

			for (size_t k = 0; k < c->nr_measures && !err; k++) {
				if (belongs(family, c->measures[k].name))
					err = put_measure(family, runs[i], c, &c->measures[k], f);
			}
		}
	}
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
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]) && !err; i++)
		err = put_family(&families[i], runs, of, nr_runs, f);
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
