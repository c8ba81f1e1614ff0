// SPDX-License-Identifier: GPL-3.0-or-later
/* The costs of all cases of a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "cost/cost.h"
#include "run/case.h"
#include "run/unit.h"

const struct cost_metric cost_metrics[NR_COST_METRICS] = {
	[COST_BLACKOUT] = { "blackout_ns", "blackout", COST_AMOUNT, false, false },
	[COST_BROWNOUT] = { "brownout_ns", "brownout", COST_AMOUNT, false, false },
	[COST_TAIL] = { "tail_ns", "tail", COST_AMOUNT, false, false },
	[COST_DMA_GAP] = { "dma_gap_ns", "DMA gap", COST_AMOUNT, true, false },
	[COST_SERIALISED] = { "bytes.serialised", "serialised", COST_BYTES, false, false },
	[COST_TABLES] = { "bytes.tables", "page tables", COST_BYTES, false, false },
	[COST_EXTRA_PEAK] = { "bytes.extra_peak", "extra memory", COST_BYTES, false, true },
};

static int64_t metric_value(const struct sample *s, const void *arg)
{
	enum cost_metric_id metric = *(const int *)arg;

	switch (metric) {
	case COST_BLACKOUT:
		return s->blackout_ns;
	case COST_BROWNOUT:
		return s->brownout_ns;
	case COST_TAIL:
		return s->tail_ns;
	case COST_DMA_GAP:
		return s->dma_gap_ns;
	case COST_SERIALISED:
		return s->bytes.serialised;
	case COST_TABLES:
		return s->bytes.tables;
	case COST_EXTRA_PEAK:
		return s->bytes.extra_peak;
	case NR_COST_METRICS:
		break;
	}
	return LU_NULL;
}

const char *cost_reason_text(enum cost_reason reason)
{
	static const char *const texts[] = {
		[COST_NO_RESULT] = "no sample of it is a result",
		[COST_NO_FLOOR] = "no sample of design none for this guest to count from",
		[COST_FLOOR_FAILED] = "every sample of design none for this guest failed",
		[COST_UNPAIRED] = "no iteration has both it and design none",
		[COST_UNKNOWN] = "not measured of both it and design none",
		[COST_NONE] = "without a device it has no meaning",
	};

	return reason < sizeof(texts) / sizeof(texts[0]) ? texts[reason] : NULL;
}

static int by_case(const void *pa, const void *pb)
{
	const struct sample *a = *(const struct sample *const *)pa;
	const struct sample *b = *(const struct sample *const *)pb;
	int c = case_compare(a, b);

	return c ? c : (a->iteration > b->iteration) - (a->iteration < b->iteration);
}

static bool same_variant(const struct sample *a, const char *variant)
{
	if (!a->variant || !variant)
		return a->variant == variant;
	return !strcmp(a->variant, variant);
}

/* The row of that kind of design for the guest of @row: of its variant, else of none; or NULL. */
static const struct cost_row *find_row(const struct cost_table *table, const struct cost_row *row,
				       bool (*is_kind)(const char *))
{
	const struct cost_row *plain = NULL, *r = row;

	/* Rows of one guest come one after another. */
	while (!r->new_guest)
		r--;
	for (const struct cost_row *first = r; r < table->row + table->n; r++) {
		if (r != first && r->new_guest)
			break;
		if (!is_kind(r->sample->design))
			continue;
		if (same_variant(r->sample, row->sample->variant))
			return r;
		if (same_variant(r->sample, NULL))
			plain = r;
	}
	return plain;
}

/* A column of one row: what is known of one metric. Frees what @values holds. */
struct column {
	int64_t *value;
	int64_t *iteration;
	struct cost_values values;
};

static void column_release(struct column *column)
{
	free(column->value);
	free(column->iteration);
	*column = (struct column){ 0 };
}

/* How a metric is read off a sample. */
struct getter {
	int64_t (*get)(const struct sample *s, const void *arg);
	const void *arg;
};

static int column_of(const struct cost_table *table, const struct cost_row *row,
		     const struct getter *getter, struct column *column)
{
	size_t nr, begin, n = 0;

	*column = (struct column){ 0 };
	if (!row)
		return 0;
	begin = table->first[row - table->row];
	nr = table->first[row - table->row + 1] - begin;
	column->value = calloc(nr, sizeof(*column->value));
	column->iteration = calloc(nr, sizeof(*column->iteration));
	if (!column->value || !column->iteration)
		return -ENOMEM;
	for (size_t i = begin; i < begin + nr; i++) {
		const struct sample *s = table->order[i];
		int64_t value = getter->get(s, getter->arg);

		if (!sample_is_result(s) || value == LU_NULL)
			continue;
		column->value[n] = value;
		column->iteration[n++] = s->iteration;
	}
	column->values = (struct cost_values){
		.value = column->value,
		.iteration = column->iteration,
		.n = n,
	};
	return 0;
}

static enum cost_reason reason_of(const struct cost_row *row, const struct cost_row *floor,
				  const struct cost_cell *cell, const struct column *at_floor,
				  const struct cost_metric *metric)
{
	if (design_is_floor(row->sample->design))
		return COST_IS_FLOOR;
	if (cell->cost.n)
		return COST_KNOWN;
	if (!row->results)
		return COST_NO_RESULT;
	if (metric->floorless)
		return COST_NONE;
	if (!floor)
		return COST_NO_FLOOR;
	if (!floor->results)
		return COST_FLOOR_FAILED;
	return cell->whole.n && at_floor->values.n ? COST_UNPAIRED : COST_UNKNOWN;
}

static int fill_cell(struct cost_cell *cell, const struct cost_metric *metric, bool exact,
		     const struct cost_values *x, const struct cost_values *base,
		     const struct cost_values *floor)
{
	int ret = estimate_of(x, exact, &cell->whole);

	if (!ret)
		ret = ratio_to_baseline(x, base, NULL, exact, &cell->plain);
	/* The floor costs nothing, by definition. */
	if (ret || x == floor)
		return ret;
	if (metric->floorless) {
		cell->ratio = cell->plain;
		return 0;
	}
	ret = cost_of(x, floor, exact, &cell->cost);
	return ret ? ret : ratio_to_baseline(x, base, floor, exact, &cell->ratio);
}

int cost_table_cell(const struct cost_table *table, const struct cost_row *row,
		    const struct cost_metric *metric,
		    int64_t (*get)(const struct sample *s, const void *arg), const void *arg,
		    struct cost_cell *cell)
{
	const struct cost_row *floor = find_row(table, row, design_is_floor);
	const struct cost_row *base = find_row(table, row, design_is_baseline);
	const struct getter getter = { get, arg };
	bool exact = run_is_exact(table->run) && !metric->sampled;
	struct column x, f = { 0 }, b = { 0 };
	int ret;

	*cell = (struct cost_cell){ 0 };
	ret = column_of(table, row, &getter, &x);
	if (!ret)
		ret = column_of(table, floor, &getter, &f);
	if (!ret)
		ret = column_of(table, base, &getter, &b);
	if (!ret)
		ret = fill_cell(cell, metric, exact, &x.values, base == row ? &x.values : &b.values,
				floor == row ? &x.values : &f.values);
	cell->reason = reason_of(row, floor, cell, &f, metric);
	column_release(&x);
	column_release(&f);
	column_release(&b);
	return ret;
}

static void count(struct cost_row *row, const struct sample *s)
{
	if (sample_is_result(s)) {
		row->results++;
		return;
	}
	row->failed++;
	if (!row->error)
		row->error = s->error ? s->error : "not verified";
}

/* Rows without their figures: the cases, and how many samples each has. */
static int begin_rows(struct cost_table *table)
{
	const struct run *run = table->run;
	size_t n = 0;

	table->order = calloc(run->nr_samples + 1, sizeof(const struct sample *));
	table->first = calloc(run->nr_samples + 1, sizeof(*table->first));
	table->row = calloc(run->nr_samples + 1, sizeof(*table->row));
	if (!table->order || !table->first || !table->row)
		return -ENOMEM;
	for (size_t i = 0; i < run->nr_samples; i++)
		if (!run->samples[i].attack)
			table->order[n++] = &run->samples[i];
	qsort(table->order, n, sizeof(const struct sample *), by_case);
	for (size_t i = 0; i < n; i++) {
		const struct sample *s = table->order[i];

		if (!i || case_compare(s, table->order[i - 1])) {
			table->first[table->n] = i;
			table->row[table->n++] = (struct cost_row){
				.sample = s,
				.new_guest = !i || case_compare_guest(s, table->order[i - 1]),
			};
		}
		count(&table->row[table->n - 1], s);
		table->has_floor |= design_is_floor(s->design) && sample_is_result(s);
	}
	table->first[table->n] = n;
	return 0;
}

int cost_table_of(const struct run *run, struct cost_table *table)
{
	int ret;

	*table = (struct cost_table){ .run = run };
	ret = begin_rows(table);
	for (size_t i = 0; i < table->n && !ret; i++) {
		struct cost_row *row = &table->row[i];

		for (int m = 0; m < NR_COST_METRICS && !ret; m++)
			ret = cost_table_cell(table, row, &cost_metrics[m], metric_value, &m,
					      &row->cell[m]);
	}
	if (ret)
		cost_table_release(table);
	return ret;
}

const struct cost_row *cost_table_find(const struct cost_table *table, const struct sample *s)
{
	for (size_t i = 0; i < table->n; i++)
		if (!case_compare(table->row[i].sample, s))
			return &table->row[i];
	return NULL;
}

void cost_table_release(struct cost_table *table)
{
	free(table->row);
	free(table->order);
	free(table->first);
	*table = (struct cost_table){ 0 };
}
