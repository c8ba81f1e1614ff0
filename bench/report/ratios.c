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

const struct ratio_goal ratio_goals[] = {
	{ "compare", "memcmp", 1.15, false, FAST },
	{ "compare_plain", "compare", 3.5, true, FAST },
	{ "compare_mixed", "memcmp", 3, false, NULL },
	{ "verify_ioas", "compare", 2, false, NULL },
	{ "preserve", "rebuild", 0.10, false, NULL },
	{ "restore", "rebuild", 0.10, false, NULL },
};

const size_t nr_ratio_goals = sizeof(ratio_goals) / sizeof(ratio_goals[0]);

const char *ratio_name(const struct ratio_goal *g, char buf[static 64])
{
	snprintf(buf, 64, "%s / %s", g->phase, g->against);
	return buf;
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

enum ratio_verdict ratio_judge(const struct ratio_goal *g, const struct panel *panel,
			       const struct point *p)
{
	char word[TEXT_MAX];

	snprintf(word, sizeof(word), " %.60s ", panel->iommu);
	if (!p->n || panel->page_bytes != GOAL_PAGE_BYTES || strcmp(panel->layout, "contig") != 0 ||
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

static int print_series(FILE *f, const struct panel *p, const struct series *s)
{
	const struct cell *c = ratio_cell(s);
	char page[TEXT_MAX], size[TEXT_MAX], num[TEXT_MAX], name[64];

	for (size_t i = 0; c && i < nr_ratio_goals; i++) {
		const struct ratio_goal *g = &ratio_goals[i];
		enum ratio_verdict verdict;
		struct point pt;
		int ret = ratio_of(c, g, &pt);

		if (ret)
			return ret;
		verdict = ratio_judge(g, p, &pt);
		if (!pt.n)
			continue;
		fprintf(f, "%-12s %7s %-10s %-6s %8s  %-24s %7s", p->iommu,
			text_bytes((double)p->page_bytes, page), p->layout,
			s->variant ? s->variant : "", text_bytes((double)c->guest_bytes, size),
			ratio_name(g, name), text_digits(pt.value, num));
		if (isfinite(pt.cv))
			fprintf(f, " %5.1f %%", pt.cv * 100);
		else
			fprintf(f, " %7s", "");
		if (verdict != RATIO_NO_GOAL)
			fprintf(f, "  %s %s: %s",
				g->at_least ? ">=" : "<=", text_digits(g->limit, num),
				verdict == RATIO_PASS ? "pass" : "falls short");
		fputc('\n', f);
	}
	return 0;
}

int ratios_print(FILE *f, const struct run *run)
{
	struct dataset d;
	int ret = dataset_build(&run, 1, &d);

	if (ret)
		return ret;
	fprintf(f, "%-12s %7s %-10s %-6s %8s  %-24s %7s %7s  %s\n", "format", "page", "layout",
		"cache", "guest", "ratio", "median", "cv", "goal");
	for (size_t i = 0; i < d.nr_panels && !ret; i++)
		for (size_t j = 0; j < d.panels[i].nr_series && !ret; j++)
			ret = print_series(f, &d.panels[i], &d.panels[i].series[j]);
	dataset_release(&d);
	return ret;
}
