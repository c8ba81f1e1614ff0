/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples put in order for drawing. Like meets like only: what differs in machine, IOMMU, page
 * size, layout or number of devices lies in another panel; what differs in design, variant or
 * backing in another series of the panel.
 */
#ifndef LUBENCH_REPORT_DATASET_H
#define LUBENCH_REPORT_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cost/cost.h"
#include "report/text.h"
#include "run/run.h"
#include "run/unit.h"

/** enum metric_id - index into metrics[] */
enum metric_id {
	METRIC_COST,
	METRIC_BLACKOUT,
	METRIC_PAGETABLE,
	METRIC_BROWNOUT,
	METRIC_TAIL,
	METRIC_DMA_GAP,
	METRIC_PIN,
	METRIC_MAP,
	METRIC_COMPARE,
	METRIC_TABLES,
	METRIC_SERIALISED,
	METRIC_EXTRA_PEAK,
	NR_METRICS,
};

/**
 * struct cell - all samples of one series at one guest size
 * @first: any sample of it, failed or not: what they have in common is in each
 * @ok: results, in the order of the file
 * @floor: the cell of the same guest without I/O page table, or NULL
 * @base: the cell of the baseline for the same guest, or NULL; the baseline itself has none
 * @points: of each metric, computed once
 * @ratios: of each metric to the baseline's, likewise
 */
struct cell {
	int64_t guest_bytes;
	const struct sample *first;
	const struct sample **ok;
	size_t nr_ok;
	size_t nr_failed;
	const struct cell *floor;
	const struct cell *base;
	struct estimate points[NR_METRICS];
	struct estimate ratios[NR_METRICS];
};

/** struct series - one line of a plot: one design with one backing. */
struct series {
	const char *design;
	const char *variant; /* or NULL */
	const char *redrive; /* or NULL: as before the kexec */
	bool aliased;
	const struct sample *first; /* any sample of it: what they have in common is in each */
	char *label; /* design and variant, for the key */
	struct cell *cells; /* by rising guest size */
	size_t nr_cells;
};

/** struct panel - what may share a pair of axes. */
struct panel {
	const struct run *run;
	size_t run_index;
	const char *iommu;
	const char *stage; /* or NULL */
	int64_t page_bytes;
	const char *layout;
	int64_t devices;
	enum run_unit clock; /* what its times are */
	char *title; /* what tells it from the other panels */
	struct series *series; /* as designs.def lists the designs */
	size_t nr_series;
};

/** struct dataset - everything there is to draw. Strings belong to the runs. */
struct dataset {
	const struct run *const *runs;
	size_t nr_runs;
	struct panel *panels;
	size_t nr_panels;
};

/**
 * dataset_build() - order the samples of runs that outlive the dataset.
 *
 * Samples with an attack are no measurements and are left out: see report.c, which counts them.
 * Return: 0 or -ENOMEM.
 */
int dataset_build(const struct run *const *runs, size_t nr_runs, struct dataset *d);

/** dataset_release() - free what it owns. */
void dataset_release(struct dataset *d);

/** layout_word() - Return: a layout as one says it. */
const char *layout_word(const char *layout);

/** series_cell() - Return: the cell of that guest size, or NULL. */
const struct cell *series_cell(const struct series *s, int64_t guest_bytes);

/** run_label() - Return: "A", "B", … for a run among several, "" for a single one. */
const char *run_label(const struct dataset *d, size_t run_index);

/** runs_comparable() - Return: whether times of two runs may share an axis. */
bool runs_comparable(const struct run *a, const struct run *b);

/** runs_of_one_kind() - Return: whether that holds for all of them. */
bool runs_of_one_kind(const struct dataset *d);

/** panels_alike() - Return: whether two panels differ in their machine only. */
bool panels_alike(const struct panel *a, const struct panel *b);

/** dataset_has_floor() - Return: whether any cell has a cost: its guest was measured without table. */
bool dataset_has_floor(const struct dataset *d);

/** enum unit - what a metric counts. */
enum unit {
	UNIT_CLOCK, /* nanoseconds or instructions: panel.clock */
	UNIT_BYTES,
};

/** struct metric - one figure of a sample. */
struct metric {
	const char *id; /* also an HTML id */
	const char *title;
	const char *axis; /* short name for an axis */
	const char *what; /* one sentence */
	enum unit unit;
	bool cost; /* the difference to the floor, not the value itself */
	int64_t (*get)(const struct sample *s); /* LU_NULL when unknown */
	bool sampled; /* looked at now and then, so never exact */
};

extern const struct metric metrics[NR_METRICS];

/** metric_text() - a value of a metric, for where the unit is named: "1.24 s", "281.3 M", "4 GiB". */
const char *metric_text(const struct metric *m, enum run_unit clock, double v,
			char buf[static TEXT_MAX]);

/** metric_words() - the same for a sentence: "281.3 M instructions". */
const char *metric_words(const struct metric *m, enum run_unit clock, double v,
			 char buf[static TEXT_MAX]);

/**
 * struct point - what samples say about one figure
 * @n: how many know it; the rest holds only when this is not 0
 * @value: median
 * @low: lower end of its interval; NAN when there are too few samples
 * @high: upper end; NAN likewise
 * @level: confidence that the interval has
 * @cv: coefficient of variation; NAN when there are too few samples
 */
struct point {
	size_t n;
	double value;
	double low;
	double high;
	double level;
	double min;
	double max;
	double cv;
};

/**
 * point_summarise() - median and interval of what is finite of @v, which is freed.
 *
 * @p stays as it is where nothing is.
 * Return: 0 or -ENOMEM.
 */
int point_summarise(double *v, size_t n, struct point *p);

/** cell_median_sample() - Return: the sample whose blackout is the (lower) median, or NULL. */
const struct sample *cell_median_sample(const struct cell *c);

#endif
