// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * CSV for Apache Otava (docs/CSV.md of it): one line a run, one column a metric
 * of a case, medians; beside it an otava.yaml with one test a case. Otava takes
 * no empty field, so a column that not every run can fill is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "stats/stats.h"
#include "store/measures.h"

/**
 * struct table - the measures of all runs, and which columns every run fills
 * @of: measures of each run
 * @order: runs, oldest first
 */
struct table {
	struct measures *of;
	const struct run **order;
	size_t nr_runs;
};

static int oldest_first(const void *a, const void *b)
{
	const struct run *const *x = a, *const *y = b;
	int by_time = strcmp((*x)->started, (*y)->started);

	return by_time ? by_time : strcmp((*x)->id, (*y)->id);
}

static void table_release(struct table *table)
{
	for (size_t i = 0; i < table->nr_runs && table->of; i++)
		measures_release(&table->of[i]);
	free(table->of);
	free(table->order);
}

static int table_init(struct table *table, const struct run *const *runs, size_t nr_runs)
{
	int err = 0;

	table->nr_runs = nr_runs;
	table->of = calloc(nr_runs, sizeof(*table->of));
	table->order = calloc(nr_runs, sizeof(const struct run *));
	if (!table->of || !table->order) {
		table_release(table);
		return -ENOMEM;
	}
	memcpy(table->order, runs, nr_runs * sizeof(const struct run *));
	qsort(table->order, nr_runs, sizeof(const struct run *), oldest_first);
	for (size_t i = 0; i < nr_runs && !err; i++)
		err = measures_of(&table->order[i], 1, &table->of[i]);
	if (err)
		table_release(table);
	return err;
}

static const struct measure *cell(const struct table *table, size_t run, const char *key,
				  const char *metric)
{
	const struct measured_case *of = measures_case(&table->of[run], key);

	return of ? case_measure(of, metric) : NULL;
}

static bool is_full(const struct table *table, const char *key, const char *metric)
{
	for (size_t i = 0; i < table->nr_runs; i++) {
		if (!cell(table, i, key, metric))
			return false;
	}
	return true;
}

/* Calls @each for every column, in the order of the first run. */
static void each_column(const struct table *table,
			void (*each)(const struct measured_case *of, const struct measure *measure,
				     bool first_of_case, void *data),
			void *data)
{
	const struct measures *first = &table->of[0];

	for (size_t i = 0; i < first->nr_cases; i++) {
		const struct measured_case *of = &first->cases[i];
		bool first_of_case = true;

		for (size_t j = 0; j < of->nr_measures; j++) {
			if (!is_full(table, of->key, of->measures[j].name))
				continue;
			each(of, &of->measures[j], first_of_case, data);
			first_of_case = false;
		}
	}
}

/* "verify-ioas 4G/4K contig" as verify-ioas.4G.4K.contig: no quoting in CSV, YAML or a shell. */
static void put_name(const char *label, FILE *f)
{
	for (; *label; label++)
		fputc(strchr(" /=", *label) ? '.' : *label, f);
}

static void put_head(const struct measured_case *of, const struct measure *measure, bool first,
		     void *data)
{
	FILE *f = data;

	(void)first;
	fputc(',', f);
	put_name(of->label, f);
	fprintf(f, ".%s", measure->name);
}

struct line {
	const struct table *table;
	size_t run;
	FILE *f;
};

static void put_value(const struct measured_case *of, const struct measure *measure, bool first,
		      void *data)
{
	const struct line *line = data;
	const struct measure *here = cell(line->table, line->run, of->key, measure->name);
	double *values = calloc(here->n, sizeof(*values));

	(void)first;
	fputc(',', line->f);
	for (size_t i = 0; values && i < here->n; i++)
		values[i] = (double)here->values[i];
	if (values)
		fprintf(line->f, "%.17g", stats_median(values, here->n));
	free(values);
}

static int write_otava(const struct run *const *runs, size_t nr_runs,
		       const struct export_options *options, FILE *f)
{
	struct table table;
	int err;

	(void)options;
	err = table_init(&table, runs, nr_runs);
	if (err)
		return err;
	fputs("time,run,commit,kernel", f);
	each_column(&table, put_head, f);
	fputc('\n', f);
	for (size_t i = 0; i < nr_runs; i++) {
		const struct run *run = table.order[i];
		struct line line = { &table, i, f };

		/* Otava's date parser wants an offset. */
		fprintf(f, "%.19s+00:00,%s,", run->started, run->id);
		export_csv_text(run->tool.commit, f);
		fputc(',', f);
		export_csv_text(run->kernel.release ? run->kernel.release : "unknown", f);
		each_column(&table, put_value, &line);
		fputc('\n', f);
	}
	table_release(&table);
	return 0;
}

/* In single quotes YAML knows no escape but the doubled quote (YAML 1.2.2, section 7.3.2). */
static void put_yaml_text(const char *text, FILE *f)
{
	fputc('\'', f);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', f);
		fputc(*text, f);
	}
	fputc('\'', f);
}

struct config {
	const char *file;
	FILE *f;
};

static void put_test(const struct measured_case *of, const struct measure *measure, bool first,
		     void *data)
{
	const struct config *config = data;
	FILE *f = config->f;

	if (first) {
		fputs("  ", f);
		put_name(of->label, f);
		fputs(":\n    type: csv\n    file: ", f);
		put_yaml_text(config->file, f);
		fputs("\n    time_column: time\n    attributes: [run, commit, kernel]\n"
		      "    metrics:\n",
		      f);
	}
	fprintf(f, "      %s:\n        column: ", measure->name);
	put_name(of->label, f);
	fprintf(f, ".%s\n        direction: -1\n", measure->name);
}

static int write_config(const struct run *const *runs, size_t nr_runs, const char *file, FILE *f)
{
	struct config config = { file, f };
	struct table table;
	int err;

	err = table_init(&table, runs, nr_runs);
	if (err)
		return err;
	fputs("# otava analyze TEST --config-file this-file\ntests:\n", f);
	each_column(&table, put_test, &config);
	table_release(&table);
	return 0;
}

const struct exporter export_otava = {
	.name = "otava",
	.what = "one line a run, for Apache Otava; with -o FILE.csv its configuration in FILE.yaml",
	.alike = true,
	.write = write_otava,
	.companion = write_config,
	.companion_suffix = ".yaml",
};
