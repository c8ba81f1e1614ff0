// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/dataset.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "report/text.h"
#include "run/case.h"
#include "stats/stats.h"

/* NULL sorts first and equals NULL only. */
static int cmp_str(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int cmp_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* "same" is how it always is: no reason for a series of its own. */
static const char *redrive_of(const struct sample *s)
{
	return s->redrive && strcmp(s->redrive, "same") != 0 ? s->redrive : NULL;
}

static int64_t get_blackout(const struct sample *s)
{
	return s->blackout_ns;
}

/* "compare" is of runs of schema lubench-run/1. */
static int64_t get_pagetable(const struct sample *s)
{
	static const char *const parts[] = { "restore", "verify", "compare", "adopt" };
	int64_t redrive = lu_values_get(&s->phases_ns, "redrive");
	int64_t attach = lu_values_get(&s->phases_ns, "attach");
	int64_t sum = 0;

	if (redrive == LU_NULL || attach == LU_NULL ||
	    __builtin_add_overflow(redrive, attach, &sum))
		return LU_NULL;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int64_t part = lu_values_get(&s->phases_ns, parts[i]);

		if (part != LU_NULL && __builtin_add_overflow(sum, part, &sum))
			return LU_NULL;
	}
	return sum;
}

static int64_t get_brownout(const struct sample *s)
{
	return s->brownout_ns;
}

static int64_t get_tail(const struct sample *s)
{
	return s->tail_ns;
}

static int64_t get_dma_gap(const struct sample *s)
{
	return s->dma_gap_ns;
}

static int64_t get_pin(const struct sample *s)
{
	return lu_values_get(&s->counters, "pin_ns");
}

static int64_t get_map(const struct sample *s)
{
	return lu_values_get(&s->counters, "map_ns");
}

static int64_t get_compare(const struct sample *s)
{
	return lu_values_get(&s->counters, "compare_ns");
}

static int64_t get_tables(const struct sample *s)
{
	return s->bytes.tables;
}

static int64_t get_serialised(const struct sample *s)
{
	return s->bytes.serialised;
}

static int64_t get_extra_peak(const struct sample *s)
{
	return s->bytes.extra_peak;
}

const struct metric metrics[NR_METRICS] = {
	[METRIC_COST] = { "cost", "Cost", "cost",
			  "The blackout, less the blackout of a guest of the same size and layout "
			  "that has no device and no I/O page table (none): all that a design "
			  "causes, wherever it falls.",
			  UNIT_CLOCK, true, get_blackout },
	[METRIC_BLACKOUT] = { "blackout", "Blackout", "blackout",
			      "From the pause of the guest to its resume: the guest does not run.",
			      UNIT_CLOCK, false, get_blackout },
	[METRIC_PAGETABLE] = { "pagetable", "Page-table part of the blackout", "page-table part",
			       "Only the phases that hand the I/O page table over: redrive, "
			       "restore, verify, adopt and attach; for the rebuild redrive and "
			       "attach. The boot of the new kernel is left out.",
			       UNIT_CLOCK, false, get_pagetable },
	[METRIC_BROWNOUT] = { "brownout", "Brownout", "brownout",
			      "Work for the live update while the guest still runs.", UNIT_CLOCK,
			      false, get_brownout },
	[METRIC_TAIL] = { "tail", "Tail", "tail",
			  "Work left after the guest runs again, until the system is as before.",
			  UNIT_CLOCK, false, get_tail },
	[METRIC_DMA_GAP] = { "dma-gap", "DMA gap", "DMA gap",
			     "Longest time in which the device could not do DMA.", UNIT_CLOCK,
			     false, get_dma_gap },
	[METRIC_PIN] = { "pin", "Pinning", "pin",
			 "Pinning guest memory and reading where it is, added up.", UNIT_CLOCK,
			 false, get_pin },
	[METRIC_MAP] = { "map", "Mapping", "map", "Mapping into an I/O page table, added up.",
			 UNIT_CLOCK, false, get_map },
	[METRIC_COMPARE] = { "compare", "Comparing", "compare",
			     "Comparing the kept tree with what it should hold, added up.",
			     UNIT_CLOCK, false, get_compare },
	[METRIC_TABLES] = { "tables", "Page tables handed over", "page tables",
			    "Bytes of I/O page table that stay in memory across the kexec.",
			    UNIT_BYTES, false, get_tables },
	[METRIC_SERIALISED] = { "serialised", "Serialised state", "serialised",
				"Bytes written to describe what is handed over.", UNIT_BYTES, false,
				get_serialised },
	[METRIC_EXTRA_PEAK] = { "extra-peak", "Extra memory at the peak", "extra memory",
				"Bytes needed on top of guest and tables.", UNIT_BYTES, false,
				get_extra_peak, .sampled = true },
};

const char *metric_text(const struct metric *m, enum run_unit clock, double v,
			char buf[static TEXT_MAX])
{
	return m->unit == UNIT_BYTES ? text_bytes(v, buf) : amount_text(v, clock, buf);
}

const char *metric_words(const struct metric *m, enum run_unit clock, double v,
			 char buf[static TEXT_MAX])
{
	return m->unit == UNIT_BYTES ? text_bytes(v, buf) : amount_words(v, clock, buf);
}

struct row {
	const struct sample *s;
	const struct run *run;
	size_t run_index;
	size_t place;
};

static int cmp_panel(const struct row *a, const struct row *b)
{
	int c = cmp_i64((int64_t)a->run_index, (int64_t)b->run_index);

	return c ? c : case_compare_machine(a->s, b->s);
}

static bool is_aliased(const struct sample *s)
{
	return strcmp(s->backing, "real") != 0;
}

static int cmp_series(const struct row *a, const struct row *b)
{
	int c = design_rank(a->s->design) - design_rank(b->s->design);

	c = c ? c : strcmp(a->s->design, b->s->design);
	c = c ? c : cmp_str(a->s->variant, b->s->variant);
	c = c ? c : cmp_str(redrive_of(a->s), redrive_of(b->s));
	return c ? c : case_compare_memory(a->s, b->s);
}

static int cmp_row(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int c = cmp_panel(a, b);

	c = c ? c : cmp_series(a, b);
	c = c ? c : cmp_i64(a->s->guest_bytes, b->s->guest_bytes);
	return c ? c : cmp_i64((int64_t)a->place, (int64_t)b->place);
}

static int add_sample(struct cell *c, const struct sample *s)
{
	const struct sample **ok;

	if (!sample_is_result(s)) {
		c->nr_failed++;
		return 0;
	}
	ok = reallocarray(c->ok, c->nr_ok + 1, sizeof(const struct sample *));
	if (!ok)
		return -ENOMEM;
	c->ok = ok;
	ok[c->nr_ok++] = s;
	return 0;
}

static struct cell *add_cell(struct series *s, const struct sample *first)
{
	struct cell *cells = reallocarray(s->cells, s->nr_cells + 1, sizeof(*cells));

	if (!cells)
		return NULL;
	s->cells = cells;
	cells += s->nr_cells++;
	*cells = (struct cell){ .guest_bytes = first->guest_bytes, .first = first };
	return cells;
}

static struct series *add_series(struct panel *p, const struct sample *s)
{
	struct series *list = reallocarray(p->series, p->nr_series + 1, sizeof(*list));
	const char *redrive = redrive_of(s);

	if (!list)
		return NULL;
	p->series = list;
	list += p->nr_series++;
	*list = (struct series){
		.design = s->design,
		.variant = s->variant,
		.redrive = redrive,
		.aliased = is_aliased(s),
		.first = s,
		.label = text_asprintf("%s%s%s%s%s", s->design, s->variant ? ", " : "",
				       s->variant ? s->variant : "", redrive ? ", " : "",
				       redrive ? redrive : ""),
	};
	return list->label ? list : NULL;
}

static struct panel *add_panel(struct dataset *d, const struct row *r)
{
	struct panel *list = reallocarray(d->panels, d->nr_panels + 1, sizeof(*list));

	if (!list)
		return NULL;
	d->panels = list;
	list += d->nr_panels++;
	*list = (struct panel){
		.run = r->run,
		.run_index = r->run_index,
		.iommu = r->s->iommu,
		.stage = r->s->stage,
		.page_bytes = r->s->page_bytes,
		.layout = r->s->layout,
		.devices = r->s->devices,
		.clock = run_unit(r->run),
	};
	return list;
}

const char *layout_word(const char *layout)
{
	if (!strcmp(layout, "contig"))
		return "contiguous";
	if (!strcmp(layout, "holes"))
		return "with holes";
	if (!strcmp(layout, "mixed"))
		return "mixed sizes";
	return layout;
}

/* Page size and layout always; the rest only where it tells panels apart. */
static int title_panels(struct dataset *d)
{
	bool iommu = false, stage = false, devices = false;

	for (size_t i = 1; i < d->nr_panels; i++) {
		iommu |= cmp_str(d->panels[0].iommu, d->panels[i].iommu) != 0;
		stage |= cmp_str(d->panels[0].stage, d->panels[i].stage) != 0;
		devices |= d->panels[0].devices != d->panels[i].devices;
	}
	for (size_t i = 0; i < d->nr_panels; i++) {
		struct panel *p = &d->panels[i];
		const char *label = run_label(d, p->run_index);
		char size[TEXT_MAX], dev[TEXT_MAX] = "";

		if (devices)
			snprintf(dev, sizeof(dev), ", %lld device%s", (long long)p->devices,
				 p->devices == 1 ? "" : "s");
		p->title = text_asprintf("%s%s%s%s%s pages, %s%s%s%s%s", label, *label ? ": " : "",
					 iommu ? p->iommu : "", iommu ? ", " : "",
					 text_bytes((double)p->page_bytes, size),
					 layout_word(p->layout),
					 stage && p->stage ? ", stage " : "",
					 stage && p->stage ? p->stage : "", dev,
					 p->run->target.emulated ? " (emulated)" : "");
		if (!p->title)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The size of what lies behind aliased memory, where two series of a panel differ in nothing
 * else.
 */
static int label_memory(struct panel *p)
{
	for (size_t i = 0; i < p->nr_series; i++) {
		struct series *s = &p->series[i];
		char size[TEXT_MAX], *label;
		bool alike = false;

		for (size_t j = 0; j < p->nr_series; j++) {
			const struct series *t = &p->series[j];

			alike |= i != j && !strcmp(s->design, t->design) &&
				 !cmp_str(s->variant, t->variant) &&
				 !cmp_str(s->redrive, t->redrive) && s->aliased == t->aliased;
		}
		if (!alike || s->first->backing_bytes == LU_NULL ||
		    s->first->backing_bytes == s->first->guest_bytes)
			continue;
		label = text_asprintf("%s, %s of memory", s->label,
				      text_bytes((double)s->first->backing_bytes, size));
		if (!label)
			return -ENOMEM;
		free(s->label);
		s->label = label;
	}
	return 0;
}

/*
 * The cell that has the guest of @c in common and is of that kind of design: of its own variant, or
 * of none where that variant has none.
 */
static const struct cell *counterpart(const struct panel *p, const struct series *s,
				      const struct cell *c, bool (*is_kind)(const char *design))
{
	const struct cell *plain = NULL;

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *t = &p->series[i];

		if (!is_kind(t->design) || (t->variant && cmp_str(t->variant, s->variant)))
			continue;
		for (size_t j = 0; j < t->nr_cells; j++) {
			if (case_compare_guest(t->cells[j].first, c->first))
				continue;
			if (!cmp_str(t->variant, s->variant))
				return &t->cells[j];
			plain = &t->cells[j];
		}
	}
	return plain;
}

/* The values of a metric that are known, in arrays to be freed with values_release(). */
static int values_init(struct cost_values *x, const struct cell *c, const struct metric *m)
{
	size_t n = c ? c->nr_ok : 0;
	int64_t *value = calloc(n + 1, sizeof(*value)), *iteration = calloc(n + 1, sizeof(*value));

	*x = (struct cost_values){ .value = value, .iteration = iteration };
	if (!value || !iteration)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		value[x->n] = m->get(c->ok[i]);
		iteration[x->n] = c->ok[i]->iteration;
		x->n += value[x->n] != LU_NULL ? 1 : 0;
	}
	return 0;
}

static void values_release(struct cost_values *x)
{
	free((int64_t *)x->value);
	free((int64_t *)x->iteration);
}

static int compute_metric(struct cell *c, enum metric_id id, bool exact)
{
	const struct metric *m = &metrics[id];
	struct cost_values x, floor, base;
	int ret = values_init(&x, c, m);

	ret |= values_init(&floor, c->floor, m);
	ret |= values_init(&base, c->base, m);
	exact = exact && !m->sampled;
	if (ret)
		goto out;
	if (!m->cost)
		ret = estimate_of(&x, exact, &c->points[id]);
	else if (c->floor)
		ret = cost_of(&x, &floor, exact, &c->points[id]);
	if (!ret && c->base && (!m->cost || c->floor))
		ret = ratio_to_baseline(&x, &base, m->cost ? &floor : NULL, exact, &c->ratios[id]);
out:
	values_release(&x);
	values_release(&floor);
	values_release(&base);
	return ret;
}

/* Every figure once: pages show the same ones several times. */
static int compute(struct panel *p)
{
	bool exact = run_is_exact(p->run);

	for (size_t i = 0; i < p->nr_series; i++) {
		struct series *s = &p->series[i];

		for (size_t j = 0; j < s->nr_cells; j++) {
			struct cell *c = &s->cells[j];

			if (!design_is_floor(s->design))
				c->floor = counterpart(p, s, c, design_is_floor);
			if (!design_is_floor(s->design) && !design_is_baseline(s->design))
				c->base = counterpart(p, s, c, design_is_baseline);
			for (int m = 0; m < NR_METRICS; m++)
				if (compute_metric(c, (enum metric_id)m, exact))
					return -ENOMEM;
		}
	}
	return 0;
}

static int build_rows(struct dataset *d, const struct row *rows, size_t n)
{
	struct panel *p = NULL;
	struct series *s = NULL;
	struct cell *c = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		bool new_panel = !p || cmp_panel(r, r - 1);
		bool new_series = new_panel || cmp_series(r, r - 1);

		if (new_panel && !(p = add_panel(d, r)))
			return -ENOMEM;
		if (new_series && !(s = add_series(p, r->s)))
			return -ENOMEM;
		if (new_series || r->s->guest_bytes != c->guest_bytes)
			c = add_cell(s, r->s);
		if (!c || add_sample(c, r->s))
			return -ENOMEM;
	}
	for (size_t i = 0; i < d->nr_panels; i++)
		if (label_memory(&d->panels[i]) || compute(&d->panels[i]))
			return -ENOMEM;
	return title_panels(d);
}

int dataset_build(const struct run *const *runs, size_t nr_runs, struct dataset *d)
{
	struct row *rows = NULL;
	size_t n = 0;
	int ret;

	*d = (struct dataset){ .runs = runs, .nr_runs = nr_runs };
	for (size_t i = 0; i < nr_runs; i++)
		n += runs[i]->nr_samples;
	rows = calloc(n + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < nr_runs; i++) {
		for (size_t j = 0; j < runs[i]->nr_samples; j++) {
			const struct sample *s = &runs[i]->samples[j];

			if (s->attack)
				continue;
			rows[n] = (struct row){ s, runs[i], i, n };
			n++;
		}
	}
	qsort(rows, n, sizeof(*rows), cmp_row);
	ret = build_rows(d, rows, n);
	free(rows);
	if (ret)
		dataset_release(d);
	return ret;
}

void dataset_release(struct dataset *d)
{
	for (size_t i = 0; i < d->nr_panels; i++) {
		struct panel *p = &d->panels[i];

		for (size_t j = 0; j < p->nr_series; j++) {
			for (size_t k = 0; k < p->series[j].nr_cells; k++)
				free(p->series[j].cells[k].ok);
			free(p->series[j].cells);
			free(p->series[j].label);
		}
		free(p->series);
		free(p->title);
	}
	free(d->panels);
	*d = (struct dataset){ 0 };
}

const struct cell *series_cell(const struct series *s, int64_t guest_bytes)
{
	for (size_t i = 0; i < s->nr_cells; i++)
		if (s->cells[i].guest_bytes == guest_bytes)
			return &s->cells[i];
	return NULL;
}

bool dataset_has_floor(const struct dataset *d)
{
	for (size_t i = 0; i < d->nr_panels; i++)
		for (size_t j = 0; j < d->panels[i].nr_series; j++)
			for (size_t k = 0; k < d->panels[i].series[j].nr_cells; k++)
				if (d->panels[i].series[j].cells[k].points[METRIC_COST].n)
					return true;
	return false;
}

const char *run_label(const struct dataset *d, size_t run_index)
{
	static const char *const letters[] = {
		"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
		"N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z",
	};

	return d->nr_runs < 2 ? "" : letters[run_index % 26];
}

bool runs_comparable(const struct run *a, const struct run *b)
{
	return !strcmp(a->target.name, b->target.name) &&
	       !cmp_str(a->target.accelerator, b->target.accelerator) &&
	       !cmp_str(a->target.clock, b->target.clock);
}

bool runs_of_one_kind(const struct dataset *d)
{
	for (size_t i = 1; i < d->nr_runs; i++)
		if (!runs_comparable(d->runs[0], d->runs[i]))
			return false;
	return true;
}

bool panels_alike(const struct panel *a, const struct panel *b)
{
	return a->page_bytes == b->page_bytes && !strcmp(a->layout, b->layout) &&
	       a->devices == b->devices && !cmp_str(a->stage, b->stage);
}

int point_summarise(double *v, size_t n, struct point *p)
{
	struct stats_summary sum;
	size_t known = 0;
	int ret;

	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i]))
			v[known++] = v[i];
	ret = known ? stats_summarise(v, known, &sum) : 0;
	free(v);
	if (ret || !known)
		return ret;
	*p = (struct point){
		.n = known,
		.value = sum.median,
		.low = sum.median_ci.low,
		.high = sum.median_ci.high,
		.level = sum.median_ci.level,
		.min = sum.min,
		.max = sum.max,
		.cv = sum.cv,
	};
	return 0;
}

static int cmp_blackout(const void *pa, const void *pb)
{
	const struct sample *a = *(const struct sample *const *)pa;
	const struct sample *b = *(const struct sample *const *)pb;

	return cmp_i64(a->blackout_ns, b->blackout_ns);
}

const struct sample *cell_median_sample(const struct cell *c)
{
	const struct sample **sorted = calloc(c->nr_ok + 1, sizeof(const struct sample *));
	const struct sample *s = NULL;
	size_t n = 0;

	for (size_t i = 0; sorted && i < c->nr_ok; i++)
		if (c->ok[i]->blackout_ns != LU_NULL)
			sorted[n++] = c->ok[i];
	if (n) {
		qsort(sorted, n, sizeof(const struct sample *), cmp_blackout);
		s = sorted[(n - 1) / 2];
	}
	free(sorted);
	return s;
}
