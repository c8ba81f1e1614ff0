// SPDX-License-Identifier: GPL-3.0-or-later
/* The ratios of the target micro that `make micro` prints, as JSON. */
#include "report/ratios.h"

#include <errno.h>
#include <math.h>

#include <jansson.h>

#include "export/export.h"
#include "export/ratios.h"

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* What the ratio is wanted to be; null where nothing is. */
static json_t *goal(const struct ratio *r)
{
	const char *verdict = ratio_verdict_word(r->verdict);

	if (!verdict)
		return json_null();
	return json_pack("{s:f, s:s}", r->goal->at_least ? "at_least" : "at_most", r->goal->limit,
			 "verdict", verdict);
}

static json_t *row(const struct ratio *r)
{
	char name[64];

	return json_pack("{s:s, s:s?, s:s, s:I, s:s, s:s?, s:I, s:I, s:i, s:o, s:o, s:o, s:o}",
			 "ratio", ratio_name(r->goal, name), "run", r->panel->run->id, "iommu",
			 r->panel->iommu, "page_bytes", (json_int_t)r->panel->page_bytes, "layout",
			 r->panel->layout, "variant", r->series->variant, "guest_bytes",
			 (json_int_t)r->cell->guest_bytes, "base_guest_bytes",
			 (json_int_t)r->base->guest_bytes, "samples", (int)r->value.n, "median",
			 number(r->value.value), "cv", number(r->value.cv), "two_runs",
			 number(r->repeat), "goal", goal(r));
}

static int add_series(json_t *rows, const struct panel *p, const struct series *s)
{
	for (size_t i = 0; i < nr_ratio_goals; i++) {
		struct ratio r;
		int ret = ratio_measured(&ratio_goals[i], p, s, &r);

		if (ret)
			return ret;
		if (r.value.n && json_array_append_new(rows, row(&r)))
			return -ENOMEM;
	}
	return 0;
}

static int add_runs(json_t *rows, const struct run *const *runs, size_t nr_runs)
{
	struct dataset d;
	int ret = dataset_build(runs, nr_runs, &d);

	if (ret)
		return ret;
	for (size_t i = 0; i < d.nr_panels && !ret; i++)
		for (size_t j = 0; j < d.panels[i].nr_series && !ret; j++)
			ret = add_series(rows, &d.panels[i], &d.panels[i].series[j]);
	dataset_release(&d);
	return ret;
}

json_t *ratios_json(const struct run *const *runs, size_t nr_runs)
{
	json_t *rows = json_array();

	if (rows && add_runs(rows, runs, nr_runs)) {
		json_decref(rows);
		rows = NULL;
	}
	return rows;
}

static int write_ratios(const struct run *const *runs, size_t nr_runs,
			const struct export_options *options, FILE *f)
{
	json_t *root = json_pack("{s:o}", "ratios", ratios_json(runs, nr_runs));
	int ret = root && !json_dumpf(root, f, JSON_INDENT(2)) ? 0 : -ENOMEM;

	(void)options;
	fputc('\n', f);
	json_decref(root);
	return ret;
}

const struct exporter export_ratios = {
	.name = "ratios",
	.what = "JSON of the ratios of micro runs: value, spread, goal, verdict",
	.write = write_ratios,
};
