// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/ratios.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/text.h"
#include "stats/stats.h"

#define GOAL_BYTES (64LL << 30)
#define GOAL_PAGE_BYTES 4096

/* Formats of generic_pt in which leaf tables may be compared as words. */
#define FAST " vtd-ss x86-64 amdv1 "

/*
 * How much dearer a table page of the largest tree may be. A tree of 1 GiB lies in the caches of the
 * CPU, one of 1 TiB does not: the algorithm is flat as long as it is not more than that.
 */
#define FLAT 1.5

const struct ratio_goal ratio_goals[] = {
	{ .phase = "compare", .against = "memcmp", .limit = 1.15, .formats = FAST },
	{ .phase = "compare_plain",
	  .against = "compare",
	  .limit = 3.5,
	  .formats = FAST,
	  .at_least = true },
	{ .phase = "compare_mixed", .against = "memcmp", .limit = 3 },
	{ .phase = "verify_ioas", .against = "compare", .limit = 2, .everywhere = true },
	{ .phase = "preserve", .against = "rebuild", .limit = 0.10 },
	{ .phase = "restore", .against = "rebuild", .limit = 0.10 },
	{ .phase = "preserve", .limit = FLAT },
	{ .phase = "restore", .limit = FLAT },
};

const size_t nr_ratio_goals = sizeof(ratio_goals) / sizeof(ratio_goals[0]);

const char *ratio_name(const struct ratio_goal *g, char buf[static 64])
{
	if (g->against)
		snprintf(buf, 64, "%s / %s", g->phase, g->against);
	else
		snprintf(buf, 64, "%s a page", g->phase);
	return buf;
}

const char *ratio_verdict_word(enum ratio_verdict verdict)
{
	switch (verdict) {
	case RATIO_PASS:
		return "pass";
	case RATIO_SHORT:
		return "falls short";
	default:
		return NULL;
	}
}

double table_pages_of(const struct sample *s)
{
	int64_t pages = lu_values_get(&s->counters, "tables");

	return pages == LU_NULL || pages <= 0 ? NAN : (double)pages;
}

static double phase_ns(const struct sample *s, const char *name)
{
	int64_t v = lu_values_get(&s->phases_ns, name);

	return v == LU_NULL ? NAN : (double)v;
}

int phase_point(const struct cell *c, const char *phase, double (*divisor)(const struct sample *s),
		struct point *p)
{
	double *v = calloc(c->nr_ok + 1, sizeof(*v));

	*p = (struct point){ 0 };
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_ok; i++)
		v[i] = phase_ns(c->ok[i], phase) / (divisor ? divisor(c->ok[i]) : 1);
	return point_summarise(v, c->nr_ok, p);
}

int ratio_of(const struct cell *c, const struct ratio_goal *g, struct point *p)
{
	double *v = calloc(c->nr_ok + 1, sizeof(*v));

	*p = (struct point){ 0 };
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_ok; i++)
		v[i] = phase_ns(c->ok[i], g->phase) / phase_ns(c->ok[i], g->against);
	return point_summarise(v, c->nr_ok, p);
}

static enum ratio_verdict judge(const struct ratio_goal *g, const struct panel *panel,
				const struct point *p)
{
	char word[TEXT_MAX];

	snprintf(word, sizeof(word), " %.60s ", panel->iommu);
	if (!p->n || panel->run->target.emulated ||
	    (!g->everywhere &&
	     (panel->page_bytes != GOAL_PAGE_BYTES || strcmp(panel->layout, "contig") != 0)) ||
	    (g->formats && !strstr(g->formats, word)))
		return RATIO_NO_GOAL;
	return (g->at_least ? p->value >= g->limit : p->value <= g->limit) ? RATIO_PASS :
									     RATIO_SHORT;
}

const struct cell *ratio_cell(const struct series *s)
{
	const struct cell *best = NULL;

	for (size_t i = 0; i < s->nr_cells; i++) {
		const struct cell *c = &s->cells[i];

		if (c->nr_ok && (!best || c->guest_bytes <= GOAL_BYTES))
			best = c;
	}
	return best;
}

static const struct cell *end_cell(const struct series *s, bool largest)
{
	const struct cell *end = NULL;

	for (size_t i = 0; i < s->nr_cells; i++)
		if (s->cells[i].nr_ok && (!end || largest))
			end = &s->cells[i];
	return end;
}

/* What a table page costs in the largest tree, as a multiple of the smallest one. */
static int flatness(struct ratio *r)
{
	struct point large, small;
	int ret;

	r->base = end_cell(r->series, false);
	r->cell = end_cell(r->series, true);
	r->value = (struct point){ 0 };
	if (r->base == r->cell)
		return 0;
	ret = phase_point(r->cell, r->goal->phase, table_pages_of, &large);
	ret = ret ? ret : phase_point(r->base, r->goal->phase, table_pages_of, &small);
	if (ret || !large.n || !small.n)
		return ret;
	r->value = large;
	r->value.n = large.n < small.n ? large.n : small.n;
	r->value.value = large.value / small.value;
	/* Relative errors of a quotient add up in squares, to first order. */
	r->value.cv = hypot(large.cv, small.cv);
	return 0;
}

int ratio_measured(const struct ratio_goal *g, const struct panel *p, const struct series *s,
		   struct ratio *r)
{
	int ret;

	*r = (struct ratio){ .goal = g, .panel = p, .series = s };
	if (g->against) {
		r->cell = r->base = ratio_cell(s);
		ret = r->cell ? ratio_of(r->cell, g, &r->value) : 0;
	} else {
		ret = flatness(r);
	}
	r->repeat = stats_repeatability(r->value.cv, r->value.n);
	r->verdict = judge(g, p, &r->value);
	return ret;
}

bool ratio_repeats(const struct ratio *r)
{
	return r->repeat <= RATIO_REPEATS;
}

static void print_ratio(FILE *f, const struct ratio *r)
{
	const struct ratio_goal *g = r->goal;
	const char *variant = r->series->variant, *verdict = ratio_verdict_word(r->verdict);
	char page[TEXT_MAX], size[TEXT_MAX], num[TEXT_MAX], name[64];

	fprintf(f, "%-12s %7s %-10s %-5s %8s  %-23s %6s", r->panel->iommu,
		text_bytes((double)r->panel->page_bytes, page), r->panel->layout,
		variant ? variant : "", text_bytes((double)r->cell->guest_bytes, size),
		ratio_name(g, name), text_digits(r->value.value, num));
	if (isfinite(r->value.cv))
		fprintf(f, " %5.1f %%", r->value.cv * 100);
	else
		fprintf(f, " %7s", "");
	if (isnan(r->repeat))
		fprintf(f, " %9s", "once");
	else
		fprintf(f, " %6.1f %%%c", r->repeat * 100, ratio_repeats(r) ? ' ' : '!');
	if (verdict)
		fprintf(f, " %s %s: %s", g->at_least ? ">=" : "<=", text_digits(g->limit, num),
			verdict);
	fputc('\n', f);
}

static int print_series(FILE *f, const struct panel *p, const struct series *s, size_t *rows,
			size_t *unsteady)
{
	for (size_t i = 0; i < nr_ratio_goals; i++) {
		struct ratio r;
		int ret = ratio_measured(&ratio_goals[i], p, s, &r);

		if (ret)
			return ret;
		if (!r.value.n)
			continue;
		print_ratio(f, &r);
		*rows += 1;
		*unsteady += !ratio_repeats(&r);
	}
	return 0;
}

int ratios_print(FILE *f, const struct run *run)
{
	size_t rows = 0, unsteady = 0;
	struct dataset d;
	int ret = dataset_build(&run, 1, &d);

	if (ret)
		return ret;
	fprintf(f, "%-12s %7s %-10s %-5s %8s  %-23s %6s %7s %9s %s\n", "format", "page", "layout",
		"cache", "guest", "ratio", "median", "cv", "two runs", "goal");
	for (size_t i = 0; i < d.nr_panels && !ret; i++)
		for (size_t j = 0; j < d.panels[i].nr_series && !ret; j++)
			ret = print_series(f, &d.panels[i], &d.panels[i].series[j], &rows,
					   &unsteady);
	dataset_release(&d);
	if (rows)
		fputs("a page: time per table page, against the smallest guest of the same kind\n"
		      "two runs: they lie at most so far apart, going by the spread of the samples\n",
		      f);
	if (unsteady)
		fprintf(f, "%zu ratios marked with ! or once may not repeat within %.0f %%\n",
			unsteady, RATIO_REPEATS * 100);
	return ret;
}
