// SPDX-License-Identifier: GPL-2.0-or-later
/* A run held against an earlier one. */
#include <errno.h>
#include <math.h>

#include "compare/compare.h"
#include "report/page.h"

/* What is worse comes first; the rest is for `lubench compare`. */
#define MAX_ROWS 25

static const char *value_text(double v, enum measure_unit unit, enum run_unit clock,
			      char buf[static TEXT_MAX])
{
	if (unit == MEASURE_NS)
		return amount_words(v, clock, buf);
	return unit == MEASURE_BYTES ? text_bytes(v, buf) : text_digits(v, buf);
}

static void write_row(FILE *f, const struct compare_row *row, enum run_unit clock)
{
	char base[TEXT_MAX], new[TEXT_MAX];
	double change = compare_relative(row);

	fputs("<tr><td>", f);
	text_html(f, row->case_label);
	fputs("</td><td>", f);
	text_html(f, row->metric);
	fprintf(f, "</td><td>%s</td><td>%s</td><td>",
		value_text(row->figures.base, row->unit, clock, base),
		value_text(row->figures.new, row->unit, clock, new));
	if (isfinite(change))
		fprintf(f, "%+.1f\xc2\xa0%%", change * 100);
	else
		fputs("\xe2\x80\x93", f);
	fprintf(f, "</td><td><span class=\"%s\">%s</span></td></tr>\n",
		row->figures.verdict == STATS_REGRESSION ? "short" : "pass",
		stats_verdict_name(row->figures.verdict));
}

static void write_rows(FILE *f, const struct comparison *c)
{
	size_t wanted = c->count[STATS_REGRESSION] + c->count[STATS_IMPROVEMENT], n = 0;

	if (!wanted)
		return;
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Verdicts\"><table>"
	      "<thead><tr><th scope=\"col\">case</th><th scope=\"col\">metric</th>"
	      "<th scope=\"col\">before</th><th scope=\"col\">now</th><th scope=\"col\">change</th>"
	      "<th scope=\"col\">verdict</th></tr></thead>\n<tbody>\n",
	      f);
	for (size_t i = 0; i < c->nr_rows && n < MAX_ROWS; i++) {
		enum stats_verdict v = c->rows[i].figures.verdict;

		if (v != STATS_REGRESSION && v != STATS_IMPROVEMENT)
			continue;
		write_row(f, &c->rows[i], c->exact ? RUN_UNIT_INSTRUCTIONS : RUN_UNIT_NS);
		n++;
	}
	fputs("</tbody></table></div>\n", f);
	if (compare_any_lowest(c))
		fputs("<p class=\"quiet\">Smallest times, to which a busy host adds least; only what "
		      "is more than the emulator's drift counts.</p>\n",
		      f);
	if (n < wanted)
		fprintf(f, "<p class=\"quiet\">%zu more: <code>lubench compare</code>.</p>\n",
			wanted - n);
}

/* What became of cases that had results: each with its reason. */
static void write_losses(FILE *f, const struct comparison *c)
{
	static const char *const words[] = {
		[COMPARE_UNSURE] = "more samples fail, too few to be sure",
		[COMPARE_MORE_FAILURES] = "more samples fail",
		[COMPARE_DEAD] = "no sample is a result any more",
		[COMPARE_LOST] = "not measured any more",
	};
	bool head = false;

	for (size_t i = 0; i < c->nr_failures; i++) {
		const struct compare_failures *x = &c->failures[i];

		if (!words[x->loss])
			continue;
		fputs(head ? "<li>" : "<ul>\n<li>", f);
		head = true;
		text_htmlf(f, "%s: ", x->case_label);
		fprintf(f, "<span class=\"%s\">%s</span>", x->worse ? "short" : "quiet",
			words[x->loss]);
		if (x->error && x->new_failed)
			text_htmlf(f, " (%s)", x->error);
		fputs("</li>\n", f);
	}
	if (head)
		fputs("</ul>\n", f);
}

static bool any_worse(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_failures; i++)
		if (c->failures[i].worse)
			return true;
	return c->more_failures;
}

static void write_words(FILE *f, const struct comparison *c)
{
	static const char *const words[] = {
		[STATS_SAME] = "Nothing changed",
		[STATS_REGRESSION] = "Something became slower or larger",
		[STATS_IMPROVEMENT] = "Something became faster or smaller",
		[STATS_INCONCLUSIVE] = "Too noisy, or too few samples, to decide",
	};

	fprintf(f,
		"<p><strong class=\"%s\">%s.</strong> %zu regressions, %zu improvements, %zu "
		"the same, %zu inconclusive.</p>\n",
		c->verdict == STATS_REGRESSION ? "short" : "",
		any_worse(c) ? "Results are missing that were there" : words[c->verdict],
		c->count[STATS_REGRESSION], c->count[STATS_IMPROVEMENT], c->count[STATS_SAME],
		c->count[STATS_INCONCLUSIVE]);
	write_losses(f, c);
}

static void write_unlike(FILE *f, const struct comparison *c)
{
	fputs("<p>Not comparable, because these differ:</p>\n<ul>\n", f);
	for (size_t i = 0; i < c->differences.n; i++) {
		const struct setup_difference *d = &c->differences.v[i];

		if (!d->unlike)
			continue;
		fputs("<li>", f);
		text_htmlf(f, "%s: %s, now %s", d->field, d->base, d->new);
		fputs("</li>\n", f);
	}
	fputs("</ul>\n", f);
}

int verdict_write(FILE *f, const struct run *base, const struct run *run, const char *called)
{
	const struct compare_side before = { &base, 1 }, now = { &run, 1 };
	struct comparison c;
	int ret = compare_runs(&before, &now, &compare_defaults, &c);

	if (ret)
		goto out;
	fprintf(f, "<section id=\"verdict\">\n<h2>Against %s</h2>\n<p class=\"quiet\">", called);
	text_html(f, base->id);
	fputs("</p>\n", f);
	if (!c.comparable) {
		write_unlike(f, &c);
	} else {
		write_words(f, &c);
		write_rows(f, &c);
	}
	fputs("</section>\n", f);
out:
	comparison_release(&c);
	return ret;
}
