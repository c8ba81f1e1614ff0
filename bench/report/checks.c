// SPDX-License-Identifier: GPL-2.0-or-later
/* What went wrong, counted: failures, closure, the outside check, attacks. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "run/case.h"
#include "stats/stats.h"

/* Rows of one table: what is counted, and what it is counted by. */
struct tally {
	const char *key;
	const char *design;
	const char *error; /* or NULL */
	int64_t guest_min;
	int64_t guest_max;
	size_t n;
};

struct tallies {
	struct tally *v;
	size_t n;
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static int count(struct tallies *t, const char *key, const struct sample *s, const char *error)
{
	struct tally *v;

	for (size_t i = 0; i < t->n; i++) {
		v = &t->v[i];
		if (!same(v->key, key) || !same(v->design, s->design) || !same(v->error, error))
			continue;
		v->n++;
		if (s->guest_bytes < v->guest_min)
			v->guest_min = s->guest_bytes;
		if (s->guest_bytes > v->guest_max)
			v->guest_max = s->guest_bytes;
		return 0;
	}
	v = reallocarray(t->v, t->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->v = v;
	v[t->n++] = (struct tally){ key, s->design, error, s->guest_bytes, s->guest_bytes, 1 };
	return 0;
}

static int more_first(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	return (a->n < b->n) - (a->n > b->n);
}

static void write_tallies(FILE *f, struct tallies *t, const char *caption, const char *key_head)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	if (!t->n)
		return;
	qsort(t->v, t->n, sizeof(*t->v), more_first);
	fprintf(f,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>"
		"<caption>%s</caption>\n<thead><tr>",
		caption, caption);
	if (key_head)
		fprintf(f, "<th scope=\"col\">%s</th>", key_head);
	fputs("<th scope=\"col\">design</th><th scope=\"col\">guest</th>"
	      "<th scope=\"col\">samples</th><th scope=\"col\" style=\"text-align:left\">"
	      "message</th></tr></thead>\n<tbody>\n",
	      f);
	for (size_t i = 0; i < t->n; i++) {
		const struct tally *v = &t->v[i];

		fputs("<tr>", f);
		if (key_head) {
			fputs("<td>", f);
			text_html(f, v->key);
			fputs("</td>", f);
		}
		fputs("<td>", f);
		text_html(f, v->design);
		fprintf(f, "</td><td>%s", text_bytes((double)v->guest_min, a));
		if (v->guest_max != v->guest_min)
			fprintf(f, " to %s", text_bytes((double)v->guest_max, b));
		fprintf(f, "</td><td>%zu</td><td class=\"text\">", v->n);
		text_html(f, v->error ? v->error :
			     v->key   ? "none" :
					"not verified, no error given");
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
	free(t->v);
	*t = (struct tallies){ 0 };
}

/* What the checks over one run found. */
struct findings {
	size_t samples; /* without attacks */
	size_t results;
	size_t closed; /* results whose closure is known */
	size_t open; /* of these, beyond CLOSURE_PERMILLE */
	double worst_open;
	size_t watched; /* results that were timed from outside */
	size_t disagree; /* of these, beyond what the observer may be off */
	double worst_outside_ns;
};

/* A place that explains this much by chance is one in a hundred runs. */
#define PLACE_ALPHA 0.01

/* What instructions differ by without a reason that matters: less explains nothing that counts. */
#define PLACE_MATTERS 0.001

/* In HTML. */
static const char *text_p(double p, char buf[static TEXT_MAX])
{
	snprintf(buf, TEXT_MAX, p < 0.001 ? "&lt; 0.001" : "%.3f", p);
	return buf;
}

static void check_sample(struct findings *x, const struct sample *s)
{
	x->samples++;
	if (!sample_is_result(s))
		return;
	x->results++;
	if (!isnan(sample_open_part(s))) {
		x->closed++;
		x->open += sample_is_closed(s) ? 0 : 1;
		x->worst_open = fmax(x->worst_open, sample_open_part(s));
	}
	if (sample_outside_off_ns(s) != LU_NULL) {
		x->watched++;
		x->worst_outside_ns = fmax(x->worst_outside_ns, (double)sample_outside_off_ns(s));
		x->disagree += sample_outside_agrees(s) ? 0 : 1;
	}
}

/* Whether the place in the block of designs explains the blackout, as it must not. */
static void write_place(FILE *f, const struct run *run)
{
	struct stats_placed *v = calloc(run->nr_samples + 1, sizeof(*v));
	struct stats_place_test test;
	size_t n = 0, known = 0;
	char buf[TEXT_MAX], off[TEXT_MAX];

	for (size_t i = 0; v && i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];
		size_t block = 0;

		if (!sample_is_result(s) || s->place == LU_NULL || s->blackout_ns == LU_NULL ||
		    s->blackout_ns <= 0)
			continue;
		known++;
		/* Samples of one case are a block: they differ in their place only. */
		while (case_compare(&run->samples[block], s) || run->samples[block].attack)
			block++;
		v[n++] = (struct stats_placed){ (double)s->blackout_ns, block, s->place };
	}
	if (!known || stats_place_test(v, n, STATS_SEED, &test))
		goto out;
	fputs("<li>Place in the order of designs: ", f);
	if (isnan(test.p)) {
		fputs("not tested, as no case was measured at two places", f);
	} else if (test.p < PLACE_ALPHA && fabs(test.worst) >= PLACE_MATTERS) {
		fprintf(f,
			"<span class=\"short\">it explains the blackout</span> (p %s), most the "
			"place %lld, whose median is %+.2f\xc2\xa0%% off",
			text_p(test.p, buf), (long long)test.worst_place + 1, test.worst * 100);
	} else {
		fprintf(f,
			"<span class=\"pass\">explains nothing that counts</span> (p %s; the median of "
			"a place is at most %s\xc2\xa0%% off; %zu samples of %zu cases, aligned "
			"ranks)",
			text_p(test.p, buf), text_digits(fabs(test.worst) * 100, off), test.n,
			test.blocks);
	}
	fputs(".</li>\n", f);
out:
	free(v);
}

/* How scattered the preserved memory was: what the cost of KHO depends on. */
static void write_scatter(FILE *f, const struct run *run)
{
	static const char *const layouts[] = { "contig", "fragmented", "holes", "mixed" };
	bool head = false;

	for (size_t k = 0; k < sizeof(layouts) / sizeof(layouts[0]); k++) {
		int64_t low = LU_NULL, high = LU_NULL;

		for (size_t i = 0; i < run->nr_samples; i++) {
			const struct sample *s = &run->samples[i];

			if (!sample_is_result(s) || s->scatter == LU_NULL ||
			    strcmp(s->layout, layouts[k]) != 0)
				continue;
			low = low == LU_NULL || s->scatter < low ? s->scatter : low;
			high = high == LU_NULL || s->scatter > high ? s->scatter : high;
		}
		if (low == LU_NULL)
			continue;
		fprintf(f, "%s%s %lld", head ? ", " : "<li>Separate runs of preserved memory: ",
			layout_word(layouts[k]), (long long)low);
		if (high != low)
			fprintf(f, " to %lld", (long long)high);
		head = true;
	}
	if (head)
		fputs(".</li>\n", f);
}

static void write_findings(FILE *f, const struct run *run, const struct findings *x)
{
	char buf[TEXT_MAX];

	fprintf(f, "<ul>\n<li>%zu of %zu samples are results", x->results, x->samples);
	if (run->planned != LU_NULL && run->planned > (int64_t)run->nr_samples)
		fprintf(f,
			"; <span class=\"short\">the run was cut short: %lld were planned</span>",
			(long long)run->planned);
	fputs(".</li>\n", f);
	if (x->closed) {
		fprintf(f, "<li>Unaccounted: at most %s %% of a blackout belongs to no phase",
			text_digits(x->worst_open * 100, buf));
		if (x->open)
			fprintf(f, "; <span class=\"short\">%zu of %zu samples exceed 1 %%</span>",
				x->open, x->closed);
		else
			fprintf(f, ", <span class=\"pass\">within 1 %%</span> in all %zu samples",
				x->closed);
		fputs(".</li>\n", f);
	}
	if (x->watched) {
		fprintf(f, "<li>Outside check: the second observer is off by at most %s",
			amount_words(x->worst_outside_ns, run_unit(run), buf));
		if (x->disagree)
			fprintf(f,
				"; <span class=\"short\">%zu of %zu samples exceed what it may be "
				"off</span>",
				x->disagree, x->watched);
		else
			fprintf(f,
				", <span class=\"pass\">within what it may be off</span> in all %zu "
				"samples",
				x->watched);
		fputs(".</li>\n", f);
	}
	write_place(f, run);
	write_scatter(f, run);
	for (size_t i = 0; i < run->notes.n; i++) {
		fputs("<li>", f);
		text_html(f, run->notes.v[i]);
		fputs("</li>\n", f);
	}
	fputs("</ul>\n", f);
}

static int write_run(FILE *f, const struct dataset *d, size_t i)
{
	const struct run *run = d->runs[i];
	struct tallies failures = { 0 }, attacks = { 0 };
	struct findings x = { 0 };
	int ret = 0;

	for (size_t j = 0; j < run->nr_samples && !ret; j++) {
		const struct sample *s = &run->samples[j];

		if (s->attack) {
			ret = count(&attacks, s->attack, s, s->error);
			continue;
		}
		check_sample(&x, s);
		if (!sample_is_result(s))
			ret = count(&failures, NULL, s, s->error);
	}
	if (!ret) {
		if (d->nr_runs > 1)
			fprintf(f, "<h3>Run %s</h3>\n", run_label(d, i));
		write_findings(f, run, &x);
		write_tallies(f, &failures, "Failures", NULL);
		write_tallies(f, &attacks, "Deliberate mismatches (must be refused)", "attack");
	}
	free(failures.v);
	free(attacks.v);
	return ret;
}

int checks_write(FILE *f, const struct dataset *d)
{
	int ret = 0;

	fputs("<section id=\"checks\">\n<h2>Checks and failures</h2>\n", f);
	for (size_t i = 0; i < d->nr_runs && !ret; i++)
		ret = write_run(f, d, i);
	fputs("</section>\n", f);
	return ret;
}
