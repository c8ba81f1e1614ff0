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
	const struct metric *m;
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

static int point_at(const struct job *job, const struct panel *p, const struct series *s,
		    const struct cell *c, struct point *pt)
{
	const struct series *base;
	const struct cell *bc;

	*pt = (struct point){ 0 };
	if (c->guest_bytes <= 0)
		return 0;
	if (!job->ratio)
		return point_of(c, job->m, pt);
	base = panel_baseline(p, s);
	bc = base ? series_cell(base, c->guest_bytes) : NULL;
	if (!bc || base == s)
		return 0;
	return point_ratio(c, bc, job->m, pt);
}

static const char *value_text(const struct job *job, double v, char buf[static TEXT_MAX])
{
	char num[TEXT_MAX];

	if (job->ratio) {
		snprintf(buf, TEXT_MAX, "%.16s times the rebuild", text_digits(v, num));
		return buf;
	}
	return job->m->unit == UNIT_NS ? text_ns(v, buf) : text_bytes(v, buf);
}

/* Fit the axes and tell whether a panel has anything to show. */
static int measure(struct job *job, const struct panel *p, bool *any)
{
	*any = false;
	for (size_t i = 0; i < p->nr_series; i++) {
		const struct series *s = &p->series[i];

		for (size_t j = 0; j < s->nr_cells; j++) {
			struct point pt;
			int ret = point_at(job, p, s, &s->cells[j], &pt);

			if (ret)
				return ret;
			if (!pt.n || pt.value <= 0)
				continue;
			*any = true;
			axis_add(&job->x, (double)s->cells[j].guest_bytes);
			axis_add(&job->y, pt.value);
			axis_add(&job->y, pt.low);
			axis_add(&job->y, pt.high);
		}
	}
	return 0;
}

/* "rebuild: 1.2 s at 256 MiB, 19 s at 4 GiB." for each series. */
static int describe(const struct job *job, const struct panel *p, char **text)
{
	size_t len;
	FILE *f = open_memstream(text, &len);
	int ret = 0;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr_series && !ret; i++) {
		const struct series *s = &p->series[i];
		int n = 0;

		for (size_t j = 0; j < s->nr_cells && !ret; j++) {
			char v[TEXT_MAX], size[TEXT_MAX];
			struct point pt;

			ret = point_at(job, p, s, &s->cells[j], &pt);
			if (ret || !pt.n)
				continue;
			if (n++)
				fputs(", ", f);
			else
				fprintf(f, "%s%s%s: ", i ? " " : "", s->label,
					s->aliased ? " (aliased)" : "");
			fprintf(f, "%s at %s", value_text(job, pt.value, v),
				text_bytes((double)s->cells[j].guest_bytes, size));
		}
		if (n)
			fputc('.', f);
	}
	if (fclose(f))
		ret = -ENOMEM;
	return ret;
}

static int write_data(FILE *f, const struct job *job, const struct panel *p, size_t i, int *n)
{
	const struct series *s = &p->series[i];

	*n = 0;
	fprintf(f, "$s%zu << EOD\n", i);
	for (size_t j = 0; j < s->nr_cells; j++) {
		struct point pt;
		int ret = point_at(job, p, s, &s->cells[j], &pt);

		if (ret)
			return ret;
		/* A size without result breaks the line rather than being bridged by it. */
		if (!pt.n || pt.value <= 0) {
			fputc('\n', f);
			continue;
		}
		(*n)++;
		fprintf(f, "%lld %.17g ", (long long)s->cells[j].guest_bytes, pt.value);
		if (isfinite(pt.low) && pt.low > 0)
			fprintf(f, "%.17g %.17g\n", pt.low, pt.high);
		else
			fputs("NaN NaN\n", f);
	}
	fputs("EOD\n", f);
	return 0;
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
	int ret = n ? 0 : -ENOMEM;

	for (size_t i = 0; i < p->nr_series && !ret; i++) {
		ret = write_data(f, job, p, i, &n[i]);
		aliased |= !ret && n[i] && p->series[i].aliased;
	}
	if (ret)
		goto out;
	plot_write_frame(f, p->title, NULL);
	axis_write_sizes(f, &job->x);
	axis_write(f, "y", &job->y,
		   job->ratio		   ? AXIS_NUMBER :
		   job->m->unit == UNIT_NS ? AXIS_NS :
					     AXIS_BYTES);
	fputs("set ylabel ", f);
	text_gnuplot(f, job->ratio ? "times the rebuild" : job->m->axis);
	fputs("\nplot ", f);
	if (job->ratio)
		fprintf(f, "1 with lines lw 2 dt 2 lc rgb '#%06x' title 'rebuild = 1'",
			inks[INK_BLACK].light);
	else
		fputs("NaN notitle", f);
	for (size_t i = 0; i < p->nr_series; i++)
		if (n[i])
			write_series(f, &p->series[i], i, !drawn_before(p, i, n));
	if (aliased)
		fprintf(f,
			", keyentry with linespoints pt 6 ps 0.8 lw 1 lc rgb '#%06x' "
			"title 'hollow: aliased'",
			inks[INK_GREY].light);
	fputc('\n', f);
out:
	free(n);
	return ret;
}

static int draw_panel(struct job *job, struct figure *fig, const struct panel *p)
{
	struct axis x = job->x, y = job->y;
	bool any = false;
	char *text = NULL;
	FILE *f = NULL;
	int ret = 0;

	if (panel_taken(job, p))
		ret = measure(job, p, &any);
	if (!ret && any)
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
	for (size_t i = 0; i < d->nr_panels; i++) {
		int ret = panel_taken(job, &d->panels[i]) ? measure(job, &d->panels[i], &any) : 0;

		if (ret)
			return ret;
	}
	if (axis_empty(&job->y))
		return 0;
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

int figure_lines(struct figures *fs, const struct metric *m)
{
	const struct dataset *d = fs->data;
	int ret = 0;

	for (size_t i = 0; i < d->nr_runs && !ret; i++) {
		const struct run *run = d->runs[i];
		bool one = runs_of_one_kind(d);
		struct job job = { .fs = fs, .m = m, .like = run };
		char *id, *title, *lead;

		if (!first_of_its_kind(d, i))
			continue;
		id = text_asprintf("%s%s%s", m->id, one ? "" : "-", one ? "" : run_label(d, i));
		title = text_asprintf("%s against guest size%s%s", m->title, one ? "" : ", ",
				      one ? "" : run->target.name);
		lead = text_asprintf(
			"%s Median with its interval; both axes are logarithmic.%s", m->what,
			any_aliased(d) ?
				" Hollow marks: aliased backing, "
				"where a small piece of memory is mapped again and again." :
				"");
		ret = id && title && lead ? draw(&job, id, title, lead) : -ENOMEM;
		free(id);
		free(title);
		free(lead);
	}
	return ret;
}

int figure_ratio(struct figures *fs, const struct metric *m)
{
	struct job job = { .fs = fs, .m = m, .ratio = true };
	char *id = text_asprintf("%s-ratio", m->id);
	char *title = text_asprintf("%s as ratio to the rebuild", m->title);
	int ret = -ENOMEM;

	if (id && title)
		ret = draw(&job, id, title,
			   "Below 1 a design is faster than building the page "
			   "table again, above 1 slower. Hodges\xe2\x80\x93Lehmann estimate of the "
			   "ratio with its interval; a design whose interval holds 1 is not shown "
			   "to differ from the rebuild.");
	free(id);
	free(title);
	return ret;
}
