// SPDX-License-Identifier: GPL-2.0-or-later
/* What went wrong, counted: failures, closure, the outside check, attacks. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "run/case.h"

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
		fprintf(f, "<li>Closure: no phase explains at most %s %% of a blackout",
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
			text_ns(x->worst_outside_ns, buf));
		if (x->disagree)
			fprintf(f,
				"; <span class=\"short\">%zu of %zu samples exceed its "
				"resolution</span>",
				x->disagree, x->watched);
		else
			fprintf(f,
				", <span class=\"pass\">within its resolution</span> in all %zu "
				"samples",
				x->watched);
		fputs(".</li>\n", f);
	}
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
		write_tallies(f, &attacks, "Wrong re-drives, made on purpose", "attack");
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
