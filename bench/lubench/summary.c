// SPDX-License-Identifier: GPL-2.0-or-later
#include "lubench/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "lubench/progress.h"
#include "run/case.h"
#include "stats/stats.h"
#include "workload/workload.h"

static int compare_samples(const void *x, const void *y)
{
	return case_compare(*(const struct sample *const *)x, *(const struct sample *const *)y);
}

/* A column of the terminal holds a character, not a byte; negative widths pad on the right. */
static void print_padded(FILE *f, const char *text, int width)
{
	int used = 0;

	for (const char *p = text; *p; p++)
		used += (*p & 0xc0) != 0x80;
	if (width > used)
		fprintf(f, "%*s", width - used, "");
	fputs(text, f);
	if (-width > used)
		fprintf(f, "%*s", -width - used, "");
}

/* One line: the samples @s[0..n) of one combination and design. Return: its median, or NAN. */
static double print_line(FILE *f, const struct sample *const *s, size_t n, bool first,
			 double rebuild)
{
	char guest[32], page[32], median[32], low[32], high[32], where[96] = "", interval[80] = "";
	struct stats_summary sum;
	double *v = calloc(n, sizeof(*v));
	size_t good = 0;

	if (!v)
		return NAN;
	for (size_t i = 0; i < n; i++)
		if (sample_is_result(s[i]) && s[i]->blackout_ns != LU_NULL)
			v[good++] = (double)s[i]->blackout_ns;
	if (first)
		snprintf(where, sizeof(where), "%s/%s %s %s%s",
			 size_text(s[0]->guest_bytes, guest, sizeof(guest)),
			 size_text(s[0]->page_bytes, page, sizeof(page)), s[0]->layout,
			 s[0]->backing,
			 s[0]->stage && !strcmp(s[0]->stage, "first") ? " first" : "");
	fprintf(f, "%-34s %-14s", where, s[0]->design);
	if (!good || stats_summarise(v, good, &sum)) {
		fprintf(f, "  no result, %zu failed\n", n);
		free(v);
		return NAN;
	}
	free(v);
	duration_text((int64_t)sum.median, median, sizeof(median));
	if (good > 1)
		snprintf(interval, sizeof(interval), "%s … %s (%.0f %%)",
			 duration_text((int64_t)sum.median_ci.low, low, sizeof(low)),
			 duration_text((int64_t)sum.median_ci.high, high, sizeof(high)),
			 floor(sum.median_ci.level * 100));
	fputc(' ', f);
	print_padded(f, median, 10);
	fputs("  ", f);
	print_padded(f, interval, -30);
	if (design_is_baseline(s[0]->design))
		fputs("  1.00", f);
	else if (!isnan(rebuild))
		fprintf(f, "  %4.2f", sum.median / rebuild);
	else
		fputs("     –", f);
	if (good < n)
		fprintf(f, "  %zu failed", n - good);
	fputc('\n', f);
	return sum.median;
}

void summary_print(FILE *f, const struct run *run)
{
	const struct sample **s = calloc(run->nr_samples + 1, sizeof(*s));
	double rebuild = NAN;
	size_t n = 0;

	for (size_t i = 0; s && i < run->nr_samples; i++)
		if (!run->samples[i].attack && strcmp(run->samples[i].design, "micro") != 0)
			s[n++] = &run->samples[i];
	if (!n) {
		free(s);
		return;
	}
	qsort(s, n, sizeof(*s), compare_samples);
	fprintf(f, "%-34s %-14s %10s  %-30s  %s\n", "guest/page layout backing stage", "design",
		"blackout", "interval (confidence)", "of rebuild");
	for (size_t i = 0, k; i < n; i = k) {
		bool first = !i || case_compare_guest(s[i - 1], s[i]);
		double median;

		for (k = i + 1; k < n && !compare_samples(&s[i], &s[k]); k++)
			;
		if (first)
			rebuild = NAN;
		median = print_line(f, s + i, k - i, first, rebuild);
		if (design_is_baseline(s[i]->design))
			rebuild = median;
	}
	if (run->target.emulated)
		fprintf(f,
			"emulated (%s, clock %s): ratios hold between designs, not for hardware\n",
			run->target.accelerator ? run->target.accelerator : "?", run->target.clock);
	free(s);
}

struct summary_counts summary_count(const struct run *run)
{
	struct summary_counts c = { 0 };

	for (size_t i = 0; i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];

		switch (sample_state(s)) {
		case SAMPLE_RESULT:
			c.results++;
			break;
		case SAMPLE_REFUSED:
			c.refused++;
			break;
		case SAMPLE_FAILED:
			c.failed++;
			break;
		}
		if (sample_is_result(s) && s->blackout_ns != LU_NULL && !sample_is_closed(s))
			c.open++;
	}
	return c;
}
