// SPDX-License-Identifier: GPL-2.0-or-later
/* The `micro` target on the page: speed of the algorithms against the memory's limit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "report/ratios.h"

#define WIDTH 430
#define HEIGHT 370

struct curve {
	const char *phase;
	const char *label;
	struct style style;
};

static const struct curve compare_curves[] = {
	{ "rebuild", "rebuild", { INK_GREY, 11, 4 } },
	{ "compare_plain", "plain walk", { INK_VERMILLION, 9, 5 } },
	{ "compare_mixed", "mixed compare", { INK_PURPLE, 13, 3 } },
	{ "verify_ioas", "verify-ioas", { INK_GREEN, 5, 1 } },
	{ "compare", "compare", { INK_BLUE, 7, 1 } },
	{ "memcmp", "memcmp", { INK_BLACK, 1, 2 } },
};

static const struct curve walk_curves[] = {
	{ "rebuild", "rebuild", { INK_GREY, 11, 4 } },
	{ "teardown", "teardown", { INK_ORANGE, 13, 3 } },
	{ "preserve", "preserve", { INK_BLUE, 7, 1 } },
	{ "restore", "restore", { INK_VERMILLION, 9, 5 } },
};

#define NR_COMPARE_CURVES (sizeof(compare_curves) / sizeof(compare_curves[0]))
#define NR_WALK_CURVES (sizeof(walk_curves) / sizeof(walk_curves[0]))

static double counter(const struct sample *s, const char *name)
{
	int64_t v = lu_values_get(&s->counters, name);

	return v == LU_NULL || v <= 0 ? NAN : (double)v;
}

/* Leaf entries: counted where the target counts them, else one a page of the guest. */
static double entries_of(const struct sample *s)
{
	double n = counter(s, "entries");

	return isfinite(n) ? n : (double)s->guest_bytes / (double)s->page_bytes;
}

struct micro_job {
	struct figures *fs;
	const struct curve *curves;
	size_t nr_curves;
	double (*divisor)(const struct sample *s);
	const char *unit; /* what the y axis shows of the time: "", " per entry" */
	enum run_unit clock; /* of the panel that is drawn */
	bool single_sizes; /* panels of one size are all there is */
	int64_t page_bytes; /* panels of this page size share their axes */
	struct axis x;
	struct axis y;
};

/* A line needs two sizes: panels of one size are told by the table. */
static bool worth_plotting(const struct micro_job *job, const struct panel *p,
			   const struct series *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nr_cells; i++)
		n += s->cells[i].nr_ok ? 1 : 0;
	return run_is_micro(p->run) && (n > 1 || (job->single_sizes && n));
}

static int measure(struct micro_job *job, const struct series *s)
{
	for (size_t k = 0; k < job->nr_curves; k++) {
		for (size_t i = 0; i < s->nr_cells; i++) {
			struct point pt;
			int ret =
				phase_point(&s->cells[i], job->curves[k].phase, job->divisor, &pt);

			if (ret)
				return ret;
			if (!pt.n || s->cells[i].guest_bytes <= 0)
				continue;
			axis_add(&job->x, (double)s->cells[i].guest_bytes);
			axis_add(&job->y, pt.value);
			axis_add(&job->y, pt.low);
			axis_add(&job->y, pt.high);
		}
	}
	return 0;
}

static int write_curves(FILE *f, const struct micro_job *job, const struct series *s, bool *used,
			FILE *text)
{
	char v[TEXT_MAX], size[TEXT_MAX];

	for (size_t k = 0; k < job->nr_curves; k++) {
		const struct curve *c = &job->curves[k];

		fprintf(f, "$c%zu << EOD\n", k);
		for (size_t i = 0; i < s->nr_cells; i++) {
			struct point pt;
			int ret = phase_point(&s->cells[i], c->phase, job->divisor, &pt);

			if (ret)
				return ret;
			if (!pt.n || pt.value <= 0 || s->cells[i].guest_bytes <= 0) {
				fputc('\n', f);
				continue;
			}
			fprintf(text, "%s%s%s at %s", used[k] ? "" : c->label,
				used[k] ? ", " : ": ", amount_words(pt.value, job->clock, v),
				text_bytes((double)s->cells[i].guest_bytes, size));
			used[k] = true;
			fprintf(f, "%lld %.17g ", (long long)s->cells[i].guest_bytes, pt.value);
			if (isfinite(pt.low) && pt.low > 0)
				fprintf(f, "%.17g %.17g\n", pt.low, pt.high);
			else
				fputs("NaN NaN\n", f);
		}
		fputs("EOD\n", f);
		if (used[k])
			fputs(". ", text);
	}
	return 0;
}

static void write_plot(FILE *f, const struct micro_job *job, const char *title, const bool *used)
{
	char *ylabel = text_asprintf(
		"%s%s", job->clock == RUN_UNIT_INSTRUCTIONS ? "instructions" : "time", job->unit);

	plot_write_frame(f, title, NULL);
	axis_write_sizes(f, &job->x);
	axis_write(f, "y", &job->y, axis_of_clock(job->clock));
	fputs("set ylabel ", f);
	text_gnuplot(f, ylabel ? ylabel : job->unit);
	fputc('\n', f);
	free(ylabel);
	fputs("plot NaN notitle", f);
	for (size_t k = 0; k < job->nr_curves; k++) {
		const struct curve *c = &job->curves[k];

		if (!used[k])
			continue;
		fprintf(f,
			", $c%zu using 1:3:(0):($4-$3) with vectors nohead dt 1 lw 1.5 lc rgb '#%06x' "
			"notitle, $c%zu using 1:2 with linespoints pt %d dt %d lw 2 ps 0.8 lc rgb "
			"'#%06x' title ",
			k, inks[c->style.ink].light, k, c->style.point, c->style.dash,
			inks[c->style.ink].light);
		text_gnuplot(f, c->label);
	}
	fputc('\n', f);
}

typedef int (*visitor)(struct micro_job *job, struct figure *fig, const struct panel *p,
		       const struct series *s);

static int fit(struct micro_job *job, struct figure *fig, const struct panel *p,
	       const struct series *s)
{
	(void)fig;
	return p->page_bytes == job->page_bytes && p->clock == job->clock ? measure(job, s) : 0;
}

static int each_series(struct micro_job *job, struct figure *fig, visitor visit)
{
	const struct dataset *d = job->fs->data;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		for (size_t j = 0; j < p->nr_series; j++) {
			int ret = worth_plotting(job, p, &p->series[j]) ?
					  visit(job, fig, p, &p->series[j]) :
					  0;

			if (ret)
				return ret;
		}
	}
	return 0;
}

static int draw_series(struct micro_job *job, struct figure *fig, const struct panel *p,
		       const struct series *s)
{
	bool used[NR_COMPARE_CURVES + NR_WALK_CURVES] = { false };
	char *body = NULL, *text = NULL, *title;
	size_t body_len, text_len;
	FILE *b, *t, *f = NULL;
	int ret;

	job->page_bytes = p->page_bytes;
	job->clock = p->clock;
	axis_init(&job->x);
	axis_init(&job->y);
	ret = each_series(job, NULL, fit);
	if (ret || axis_empty(&job->y))
		return ret;
	b = open_memstream(&body, &body_len);
	t = open_memstream(&text, &text_len);
	ret = b && t ? write_curves(b, job, s, used, t) : -ENOMEM;
	if ((b && fclose(b)) | (t && fclose(t)))
		ret = ret ? ret : -ENOMEM;
	title = text_asprintf("%s%s%s%s%s", strstr(p->title, p->iommu) ? "" : p->iommu,
			      strstr(p->title, p->iommu) ? "" : ": ", p->title,
			      s->variant ? ", " : "", s->variant ? s->variant : "");
	if (!ret && title)
		f = figure_add_plot(job->fs, fig, WIDTH, HEIGHT, title, text);
	if (f) {
		fwrite(body, 1, body_len, f);
		write_plot(f, job, title, used);
	} else if (!ret) {
		ret = -ENOMEM;
	}
	free(body);
	free(text);
	free(title);
	return ret;
}

static bool any_line(const struct micro_job *job)
{
	const struct dataset *d = job->fs->data;

	for (size_t i = 0; i < d->nr_panels; i++)
		for (size_t j = 0; j < d->panels[i].nr_series; j++)
			if (worth_plotting(job, &d->panels[i], &d->panels[i].series[j]))
				return true;
	return false;
}

static int draw(struct figures *fs, const struct curve *curves, size_t nr_curves,
		double (*divisor)(const struct sample *), const char *unit, const char *id,
		const char *title, const char *lead)
{
	struct micro_job job = {
		.fs = fs, .curves = curves, .nr_curves = nr_curves, .divisor = divisor, .unit = unit
	};
	struct figure *fig;
	int ret;

	/* With one size a panel there are no lines, but better dots than nothing. */
	job.single_sizes = !any_line(&job);
	fig = figures_add(fs, id, title, lead);
	ret = fig ? each_series(&job, fig, draw_series) : -ENOMEM;
	if (!ret && !fig->nr_plots)
		figures_drop_last(fs);
	return ret;
}

/* Whether what there is to draw of micro counts instructions, all of it. */
static bool in_instructions(const struct dataset *d)
{
	bool any = false;

	for (size_t i = 0; i < d->nr_runs; i++) {
		if (!run_is_micro(d->runs[i]))
			continue;
		any = true;
		if (run_unit(d->runs[i]) != RUN_UNIT_INSTRUCTIONS)
			return false;
	}
	return any;
}

int figure_micro(struct figures *fs)
{
	bool instructions = in_instructions(fs->data);
	int ret =
		draw(fs, compare_curves, NR_COMPARE_CURVES, NULL, "", "micro-compare",
		     instructions ? "Instructions to compare against guest size" :
				    "Time to compare against guest size",
		     "Two equal trees compared, beside memcmp of the same leaf tables (the limit "
		     "that memory sets), the plain entry-by-entry walk that one would write first, "
		     "and building the tree again. Mixed: the same translation in other page "
		     "sizes. Median with its interval.");

	ret = ret ? ret :
		    draw(fs, compare_curves, NR_COMPARE_CURVES, entries_of, " per entry",
			 "micro-entry", instructions ? "Instructions per entry" : "Time per entry",
			 "The same, divided by the number of leaf entries.");
	ret = ret ? ret :
		    draw(fs, walk_curves, NR_WALK_CURVES, NULL, "", "micro-walk",
			 "Preserve and restore against guest size",
			 "Handing every table page over, and taking it back, beside building "
			 "the tree.");
	return ret ? ret :
		     draw(fs, walk_curves, NR_WALK_CURVES, table_pages_of, " per table page",
			  "micro-page",
			  instructions ? "Instructions per table page" : "Time per table page",
			  "The same, divided by the number of table pages: flat when the cost "
			  "grows with the tree and not faster.");
}

/* The cell to speak of: VT-d second stage, small pages, contiguous, as near to 64 GiB as it gets. */
static const struct cell *headline_cell(const struct dataset *d, size_t run_index,
					const struct panel **panel)
{
	const struct cell *best = NULL;

	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];

		if (p->run_index != run_index)
			continue;
		for (size_t j = 0; j < p->nr_series; j++) {
			const struct cell *c = ratio_cell(&p->series[j]);

			if (c && (!best || (strcmp((*panel)->iommu, "vtd-ss") != 0 &&
					    !strcmp(p->iommu, "vtd-ss")))) {
				best = c;
				*panel = p;
			}
		}
	}
	return best;
}

int answer_micro(FILE *f, const struct dataset *d, size_t run_index)
{
	static const struct ratio_goal against_memcmp = { .phase = "compare", .against = "memcmp" };
	static const struct ratio_goal against_plain = { .phase = "compare_plain",
							 .against = "compare" };
	static const struct ratio_goal against_rebuild = { .phase = "rebuild",
							   .against = "compare" };
	const struct panel *p = NULL;
	const struct cell *c = headline_cell(d, run_index, &p);
	struct point time, memcmp_ratio, plain, rebuild;
	char a[TEXT_MAX], b[TEXT_MAX];

	if (!c) {
		fputs("<p><strong>No sample of this run is a result.</strong> "
		      "<a href=\"#checks\">Why</a></p>\n",
		      f);
		return 0;
	}
	if (phase_point(c, "compare", NULL, &time) || ratio_of(c, &against_memcmp, &memcmp_ratio) ||
	    ratio_of(c, &against_plain, &plain) || ratio_of(c, &against_rebuild, &rebuild))
		return -ENOMEM;
	if (!time.n)
		return 0;
	fprintf(f, "<p><strong>Comparing the page tables of a %s guest takes %s</strong> (",
		text_bytes((double)c->guest_bytes, a), amount_words(time.value, p->clock, b));
	text_html(f, p->iommu);
	fprintf(f, ", %s pages, ", text_bytes((double)p->page_bytes, a));
	text_html(f, layout_word(p->layout));
	fputs(")", f);
	if (memcmp_ratio.n)
		fprintf(f, ": %s times as long as <code>memcmp</code> of the same tables",
			text_digits(memcmp_ratio.value, a));
	if (plain.n)
		fprintf(f, ", %s times as fast as the straightforward walk",
			text_digits(plain.value, a));
	if (rebuild.n)
		fprintf(f, ", %s times as fast as building them again",
			text_digits(rebuild.value, a));
	fputs(".</p>\n", f);
	return 0;
}

static void write_ratio(FILE *f, const struct ratio *r)
{
	const char *verdict = ratio_verdict_word(r->verdict);
	char buf[TEXT_MAX];

	if (!r->value.n) {
		fputs("<td>\xe2\x80\x93</td>", f);
		return;
	}
	fprintf(f, "<td>%s", text_digits(r->value.value, buf));
	if (isfinite(r->value.cv))
		fprintf(f, " <small>cv\xc2\xa0%.1f\xc2\xa0%%</small>", r->value.cv * 100);
	if (verdict)
		fprintf(f, "<br><span class=\"%s\">%s</span>",
			r->verdict == RATIO_PASS ? "pass" : "short", verdict);
	if (isnan(r->repeat))
		fputs("<br><small>one sample</small>", f);
	else if (!ratio_repeats(r))
		fprintf(f, "<br><small>repeats within %.0f\xc2\xa0%%</small>",
			ceil(r->repeat * 100));
	fputs("</td>", f);
}

static int write_row(FILE *f, const struct panel *p, const struct series *s)
{
	const struct cell *c = ratio_cell(s);
	char buf[TEXT_MAX];

	if (!c)
		return 0;
	fputs("<tr><td>", f);
	text_htmlf(f, "%s", p->iommu);
	fprintf(f, "</td><td>%s</td><td>", text_bytes((double)p->page_bytes, buf));
	text_htmlf(f, "%s%s%s", p->layout, s->variant ? ", " : "", s->variant ? s->variant : "");
	fprintf(f, "</td><td>%s</td><td>%zu</td>", text_bytes((double)c->guest_bytes, buf),
		c->nr_ok);
	for (size_t i = 0; i < nr_ratio_goals; i++) {
		struct ratio r;
		int ret = ratio_measured(&ratio_goals[i], p, s, &r);

		if (ret)
			return ret;
		write_ratio(f, &r);
	}
	fputs("</tr>\n", f);
	return 0;
}

static void write_head(FILE *f)
{
	char buf[TEXT_MAX], name[64];

	fputs("<section id=\"ratios\">\n<h2>Ratios wanted and reached</h2>\n<p class=\"quiet\">"
	      "Both phases of a ratio come from the same passes of the same process. Median; cv: "
	      "coefficient of variation of the ratio over the samples. Where the samples spread so "
	      "much that two runs might lie more than 5\xc2\xa0% apart, the cell says how far. "
	      "<q>a page</q>: time per table page of the largest guest, as a multiple of the "
	      "smallest one. Most goals are for contiguous 4 KiB pages: trees of larger ones have so "
	      "few tables that the fixed cost of a call decides.</p>\n"
	      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Ratios\"><table>"
	      "<thead><tr><th scope=\"col\">format</th><th scope=\"col\">page</th>"
	      "<th scope=\"col\">layout</th><th scope=\"col\">guest</th>"
	      "<th scope=\"col\">samples</th>",
	      f);
	for (size_t i = 0; i < nr_ratio_goals; i++) {
		const struct ratio_goal *g = &ratio_goals[i];

		/* Broken in two: the table is wide as it is. */
		if (g->against)
			fprintf(f, "<th scope=\"col\">%s<br>/ %s", g->phase, g->against);
		else
			fprintf(f, "<th scope=\"col\">%s", ratio_name(g, name));
		fprintf(f, "<br>%s %s</th>", g->at_least ? "\xe2\x89\xa5" : "\xe2\x89\xa4",
			text_digits(g->limit, buf));
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

int tables_micro(FILE *f, const struct dataset *d)
{
	bool head = false;
	int ret = 0;

	for (size_t i = 0; i < d->nr_panels && !ret; i++) {
		const struct panel *p = &d->panels[i];

		if (!run_is_micro(p->run))
			continue;
		if (!head)
			write_head(f);
		head = true;
		for (size_t j = 0; j < p->nr_series && !ret; j++)
			ret = write_row(f, p, &p->series[j]);
	}
	if (head)
		fputs("</tbody></table></div>\n</section>\n", f);
	return ret;
}
