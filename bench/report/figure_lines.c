// SPDX-License-Identifier: GPL-2.0-or-later
/* A metric, or its ratio to the rebuild, against guest size. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"

#define WIDTH 430
#define HEIGHT 340

/* What one figure draws: everything of a metric, or its ratio. */
struct job {
	struct figures *fs;
	enum metric_id id;
	const struct metric *m; /* of that id */
	bool ratio;
	const struct run *like; /* only runs comparable with this one; NULL for all */
	struct axis x;
	struct axis y;
};

static bool panel_taken(const struct job *job, const struct panel *p)
{
	return strcmp(p->run->target.name, "micro") != 0 &&
	       (!job->like || runs_comparable(job->like, p->run));
}

/* Without values (n is 0) where there is nothing to draw. */
static struct estimate point_at(const struct job *job, const struct cell *c)
{
	struct estimate pt = job->ratio ? c->ratios[job->id] : c->points[job->id];

	if (c->guest_bytes <= 0 || !isfinite(pt.value))
		pt.n = 0;
	return pt;
}

static const char *value_text(const struct job *job, const struct panel *p, double v,
			      char buf[static TEXT_MAX])
{
	char num[TEXT_MAX];

	if (!job->ratio)
		return metric_words(job->m, p->clock, v, buf);
	snprintf(buf, TEXT_MAX, "%.16s times the rebuild", text_digits(v, num));
	return buf;
}

/* Fit the axes. Return: whether a panel has anything to show. */
static bool measure(struct job *job, const struct panel *p)
{
	bool any = false;

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *s = &p->series[i];

		for (size_t j = 0; j < s->nr_cells; j++) {
			struct estimate pt = point_at(job, &s->cells[j]);

			if (!pt.n)
				continue;
			any |= pt.value > 0 || job->m->cost;
			axis_add(&job->x, (double)s->cells[j].guest_bytes);
			axis_add(&job->y, pt.value);
			axis_add(&job->y, pt.low);
			axis_add(&job->y, pt.high);
		}
	}
	return any;
}

/* "rebuild: 1.2 s at 256 MiB, 19 s at 4 GiB." for each series. */
static int describe(const struct job *job, const struct panel *p, char **text)
{
	size_t len;
	FILE *f = open_memstream(text, &len);

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *s = &p->series[i];
		int n = 0;

		for (size_t j = 0; j < s->nr_cells; j++) {
			char v[TEXT_MAX], size[TEXT_MAX];
			struct estimate pt = point_at(job, &s->cells[j]);

			if (!pt.n)
				continue;
			if (n++)
				fputs(", ", f);
			else
				fprintf(f, "%s%s%s: ", i ? " " : "", s->label,
					s->aliased ? " (aliased)" : "");
			fprintf(f, "%s at %s", value_text(job, p, pt.value, v),
				text_bytes((double)s->cells[j].guest_bytes, size));
		}
		if (n)
			fputc('.', f);
	}
	return fclose(f) ? -ENOMEM : 0;
}

/* Data blocks $s<i>: size, value, ends of the interval; $z<i>: those that are not above 0. */
static int write_data(FILE *f, const struct job *job, const struct panel *p, size_t i)
{
	const struct series *s = &p->series[i];
	double zero = axis_zero(&job->y);
	int n = 0;

	fprintf(f, "$s%zu << EOD\n", i);
	for (size_t j = 0; j < s->nr_cells; j++) {
		struct estimate pt = point_at(job, &s->cells[j]);

		/* A size without result breaks the line rather than being bridged by it. */
		if (!pt.n) {
			fputc('\n', f);
			continue;
		}
		n++;
		fprintf(f, "%lld %.17g ", (long long)s->cells[j].guest_bytes,
			pt.value > 0 ? pt.value : zero);
		if (isfinite(pt.low) && pt.high > 0)
			fprintf(f, "%.17g %.17g\n", pt.low > 0 ? pt.low : zero, pt.high);
		else
			fputs("NaN NaN\n", f);
	}
	fprintf(f, "EOD\n$z%zu << EOD\n", i);
	for (size_t j = 0; j < s->nr_cells; j++) {
		struct estimate pt = point_at(job, &s->cells[j]);
		char buf[TEXT_MAX];

		if (!pt.n || pt.value > 0)
			continue;
		/* In data only double quotes hold a blank; an amount has no character of its own. */
		fprintf(f, "%lld %.17g \"%s\"\n", (long long)s->cells[j].guest_bytes, zero,
			job->ratio ? text_digits(pt.value, buf) :
				     metric_text(job->m, p->clock, pt.value, buf));
	}
	fputs("EOD\n", f);
	return n;
}

static bool any_below(const struct job *job, const struct series *s)
{
	for (size_t i = 0; i < s->nr_cells; i++) {
		struct estimate pt = point_at(job, &s->cells[i]);

		if (pt.n && pt.value <= 0)
			return true;
	}
	return false;
}

static void write_series(FILE *f, const struct series *s, size_t i, bool in_key)
{
	struct style st = style_of(s->design);

	fprintf(f,
		", $s%zu using 1:3:(0):($4-$3) with vectors nohead dt 1 lw 1.5 lc rgb '#%06x' notitle",
		i, inks[st.ink].light);
	fprintf(f, ", $s%zu using 1:2 with linespoints pt %d dt %d lw %s ps 0.8 lc rgb '#%06x' ", i,
		s->aliased ? st.point - 1 : st.point,
		s->variant || s->redrive ? st.dash + 1 : st.dash, s->aliased ? "1" : "2",
		inks[st.ink].light);
	if (in_key) {
		fputs("title ", f);
		text_gnuplot(f, s->label);
	} else {
		fputs("notitle", f);
	}
}

/* What is not above 0 has no place on the axis: it lies at its lower end, with its value. */
static void write_below(FILE *f, const struct series *s, size_t i)
{
	unsigned int ink = inks[style_of(s->design).ink].light;

	fprintf(f,
		", $z%zu using 1:2 with points pt 10 ps 1.4 lw 1.5 lc rgb '#%06x' notitle"
		", $z%zu using 1:2:3 with labels left offset 2.2,0.45 tc rgb '#%06x' notitle",
		i, ink, i, ink);
}

static bool drawn_before(const struct panel *p, size_t i, const int *n)
{
	for (size_t k = 0; k < i; k++)
		if (n[k] && !strcmp(p->series[k].label, p->series[i].label))
			return true;
	return false;
}

static int write_panel(FILE *f, const struct job *job, const struct panel *p)
{
	int *n = calloc(p->nr_series + 1, sizeof(*n));
	bool aliased = false;

	if (!n)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr_series; i++) {
		n[i] = write_data(f, job, p, i);
		aliased |= n[i] && p->series[i].aliased;
	}
	plot_write_frame(f, p->title, NULL);
	axis_write_sizes(f, &job->x);
	axis_write(f, "y", &job->y,
		   job->ratio		      ? AXIS_NUMBER :
		   job->m->unit == UNIT_BYTES ? AXIS_BYTES :
						axis_of_clock(p->clock));
	axis_write_label(f, "y", job->ratio ? "times the rebuild" : job->m->axis,
			 job->ratio || job->m->unit == UNIT_BYTES ? RUN_UNIT_NS : p->clock);
	fputs("plot ", f);
	if (job->ratio)
		fprintf(f, "1 with lines lw 2 dt 2 lc rgb '#%06x' title 'rebuild = 1'",
			inks[INK_BLACK].light);
	else if (job->m->cost)
		fprintf(f, "%.17g with lines lw 2 dt 3 lc rgb '#%06x' title 'none = 0'",
			axis_zero(&job->y), inks[INK_GREY].light);
	else
		fputs("NaN notitle", f);
	for (size_t i = 0; i < p->nr_series; i++) {
		if (!n[i])
			continue;
		write_series(f, &p->series[i], i, !drawn_before(p, i, n));
		if (any_below(job, &p->series[i]))
			write_below(f, &p->series[i], i);
	}
	if (aliased)
		fprintf(f,
			", keyentry with linespoints pt 6 ps 0.8 lw 1 lc rgb '#%06x' "
			"title 'hollow: aliased'",
			inks[INK_GREY].light);
	fputc('\n', f);
	free(n);
	return 0;
}

static int draw_panel(struct job *job, struct figure *fig, const struct panel *p)
{
	struct axis x = job->x, y = job->y;
	bool any = false;
	char *text = NULL;
	FILE *f = NULL;
	int ret = 0;

	if (panel_taken(job, p))
		any = measure(job, p);
	if (any)
		ret = describe(job, p, &text);
	job->x = x;
	job->y = y;
	if (!ret && any)
		f = figure_add_plot(job->fs, fig, WIDTH, HEIGHT, p->title, text);
	free(text);
	if (ret || !any)
		return ret;
	return f && !write_panel(f, job, p) ? 0 : -ENOMEM;
}

static bool alike_before(const struct dataset *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (panels_alike(&d->panels[k], &d->panels[i]))
			return true;
	return false;
}

/* The panels of one run after another; ratios, which all runs share, with those alike together. */
static int draw_panels(struct job *job, struct figure *fig)
{
	const struct dataset *d = job->fs->data;
	int ret = 0;

	for (size_t i = 0; i < d->nr_panels && !ret; i++) {
		if (!job->ratio)
			ret = draw_panel(job, fig, &d->panels[i]);
		if (!job->ratio || alike_before(d, i))
			continue;
		for (size_t k = i; k < d->nr_panels && !ret; k++)
			if (panels_alike(&d->panels[i], &d->panels[k]))
				ret = draw_panel(job, fig, &d->panels[k]);
	}
	return ret;
}

static int draw(struct job *job, const char *id, const char *title, const char *lead)
{
	const struct dataset *d = job->fs->data;
	struct figure *fig;
	bool any = false;

	axis_init(&job->x);
	axis_init(&job->y);
	for (size_t i = 0; i < d->nr_panels; i++)
		if (panel_taken(job, &d->panels[i]))
			any |= measure(job, &d->panels[i]);
	if (!any)
		return 0;
	/* Nothing is above 0: any axis will do for what lies at its lower end. */
	if (axis_empty(&job->y))
		axis_add(&job->y, 1e6);
	job->y.zero |= job->m->cost && !job->ratio;
	if (job->ratio)
		axis_add(&job->y, 1);
	fig = figures_add(job->fs, id, title, lead);
	return fig ? draw_panels(job, fig) : -ENOMEM;
}

static bool first_of_its_kind(const struct dataset *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (runs_comparable(d->runs[k], d->runs[i]))
			return false;
	return true;
}

static bool any_aliased(const struct dataset *d)
{
	for (size_t i = 0; i < d->nr_panels; i++)
		for (size_t j = 0; j < d->panels[i].nr_series; j++)
			if (d->panels[i].series[j].aliased)
				return true;
	return false;
}

/* What there is to know about the numbers themselves. */
static const char *kind_of_point(const struct metric *m, const struct run *run)
{
	if (run_is_exact(run))
		return m->sampled ?
			       "Median with its interval" :
			       "Instructions, counted exactly; a bar spans the iterations, each "
			       "of which has another guest";
	return m->cost ? "Hodges\xe2\x80\x93Lehmann shift with its interval" :
			 "Median with its interval";
}

int figure_lines(struct figures *fs, enum metric_id id)
{
	const struct metric *m = &metrics[id];
	const struct dataset *d = fs->data;
	int ret = 0;

	for (size_t i = 0; i < d->nr_runs && !ret; i++) {
		const struct run *run = d->runs[i];
		bool one = runs_of_one_kind(d);
		struct job job = { .fs = fs, .id = id, .m = m, .like = run };
		char *html_id, *title, *lead;

		if (!first_of_its_kind(d, i))
			continue;
		html_id =
			text_asprintf("%s%s%s", m->id, one ? "" : "-", one ? "" : run_label(d, i));
		title = text_asprintf("%s against guest size%s%s", m->title, one ? "" : ", ",
				      one ? "" : run->target.name);
		lead = text_asprintf(
			"%s %s; both axes are logarithmic.%s%s", m->what, kind_of_point(m, run),
			m->cost ? " What is not above 0 is drawn at the lower end, with its "
				  "value." :
				  "",
			any_aliased(d) ?
				" Hollow marks: aliased backing, "
				"where a small piece of memory is mapped again and again." :
				"");
		ret = html_id && title && lead ? draw(&job, html_id, title, lead) : -ENOMEM;
		free(html_id);
		free(title);
		free(lead);
	}
	return ret;
}

int figure_ratio(struct figures *fs, enum metric_id id)
{
	const struct metric *m = &metrics[id];
	struct job job = { .fs = fs, .id = id, .m = m, .ratio = true };
	char *html_id = text_asprintf("%s-ratio", m->id);
	char *title = text_asprintf("%s as ratio to the rebuild", m->title);
	int ret = -ENOMEM;

	if (html_id && title)
		ret = draw(
			&job, html_id, title,
			m->cost ? "Below 1 a design costs less than building the page table "
				  "again, above 1 more. A design whose interval holds 1 is not "
				  "shown to differ from the rebuild." :
				  "Below 1 a design is faster than building the page table again, "
				  "above 1 slower. A design whose interval holds 1 is not shown to "
				  "differ from the rebuild.");
	free(html_id);
	free(title);
	return ret;
}
