// SPDX-License-Identifier: GPL-3.0-or-later
#include "lubench/show.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "export/costs.h"
#include "export/ratios.h"
#include "lubench/summary.h"
#include "report/ratios.h"
#include "run/unit.h"
#include "stats/stats.h"
#include "store/measures.h"
#include "workload/workload.h"

static void print_item(const struct plan_item *item)
{
	char guest[32], page[32];

	printf("%5lld  %-14s %6s/%-4s %-10s %-8s devices %lld iteration %lld%s%s%s%s%s%s\n",
	       (long long)item->order, item->design,
	       size_text(item->guest_bytes, guest, sizeof(guest)),
	       size_text(item->page_bytes, page, sizeof(page)), item->layout, item->backing,
	       (long long)item->devices, (long long)item->iteration,
	       item->redrive ? " redrive " : "", item->redrive ? item->redrive : "",
	       item->attack ? " attack " : "", item->attack ? item->attack : "",
	       item->variant ? " " : "", item->variant ? item->variant : "");
}

static json_t *item_json(const struct plan_item *item)
{
	return json_pack(
		"{s:I, s:I, s:s, s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:s?, s:s?, s:s?, s:s?}",
		"order", (json_int_t)item->order, "place", (json_int_t)item->place, "design",
		item->design, "iommu", item->iommu, "guest_bytes", (json_int_t)item->guest_bytes,
		"page_bytes", (json_int_t)item->page_bytes, "layout", item->layout, "backing",
		item->backing, "devices", (json_int_t)item->devices, "iteration",
		(json_int_t)item->iteration, "stage", item->stage, "redrive", item->redrive,
		"attack", item->attack, "variant", item->variant);
}

/* Takes @json. Return: 0 or -ENOMEM. */
static int dump(json_t *json)
{
	int ret = json && !json_dumpf(json, stdout, JSON_INDENT(2)) ? 0 : -ENOMEM;

	if (!ret)
		putchar('\n');
	json_decref(json);
	return ret;
}

int show_plan(const struct plan *plan, bool json)
{
	json_t *list = json ? json_array() : NULL;

	for (size_t i = 0; i < plan->n; i++) {
		if (!json)
			print_item(&plan->item[i]);
		else if (json_array_append_new(list, item_json(&plan->item[i])))
			goto fail;
	}
	return json ? dump(list) : 0;
fail:
	json_decref(list);
	return -ENOMEM;
}

void show_run(const struct run *run, const char *dir)
{
	struct summary_counts c = summary_count(run);

	if (strcmp(run->target.name, "micro") ? summary_print(stdout, run) :
						ratios_print(stdout, run))
		puts("out of memory for the table: see the report");
	printf("%zu results, %zu failed", c.results, c.failed);
	if (c.refused)
		printf(", %zu attacks refused", c.refused);
	printf("\nrun: %s\n", dir);
	for (size_t i = 0; i < run->notes.n; i++)
		printf("note: %s\n", run->notes.v[i]);
}

/* Return: the median as JSON, NULL without memory. */
static json_t *median_json(const struct measure *measure)
{
	double *values = calloc(measure->n, sizeof(*values)), median;

	if (!values)
		return NULL;
	for (size_t i = 0; i < measure->n; i++)
		values[i] = (double)measure->values[i];
	median = stats_median(values, measure->n);
	free(values);
	return isfinite(median) ? json_real(median) : NULL;
}

static json_t *case_json(const struct measured_case *of)
{
	json_t *medians = json_object();

	for (size_t i = 0; i < of->nr_measures; i++) {
		if (!json_object_set_new(medians, of->measures[i].name,
					 median_json(&of->measures[i])))
			continue;
		json_decref(medians);
		return NULL;
	}
	return json_pack("{s:s, s:I, s:I, s:s?, s:o}", "case", of->label, "results",
			 (json_int_t)of->results, "failed", (json_int_t)of->failed, "error",
			 of->error, "medians", medians);
}

static json_t *cases_json(const struct run *run)
{
	struct measures measures;
	json_t *list = json_array();

	if (measures_of(&run, 1, &measures)) {
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; list && i < measures.nr_cases; i++) {
		if (json_array_append_new(list, case_json(&measures.cases[i]))) {
			json_decref(list);
			list = NULL;
		}
	}
	measures_release(&measures);
	return list;
}

static json_t *notes_json(const struct run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < run->notes.n; i++)
		json_array_append_new(list, json_string(run->notes.v[i]));
	return list;
}

static json_t *run_costs_json(const struct run *run)
{
	struct cost_table table;
	json_t *list;

	if (cost_table_of(run, &table))
		return NULL;
	list = costs_json(&table);
	cost_table_release(&table);
	return list;
}

int show_run_json(const struct run *run, const char *dir, const char *report)
{
	bool micro = !strcmp(run->target.name, "micro");
	struct summary_counts c = summary_count(run);

	return dump(json_pack(
		"{s:s, s:s?, s:b, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "run", dir, "report",
		report, "emulated", run->target.emulated, "unit", run_unit_name(run_unit(run)),
		"results", (json_int_t)c.results, "failed", (json_int_t)c.failed, "refused",
		(json_int_t)c.refused, "cases", cases_json(run), "costs", run_costs_json(run),
		"ratios", micro ? ratios_json(&run, 1) : json_array(), "notes", notes_json(run)));
}
