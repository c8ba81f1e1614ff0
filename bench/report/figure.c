// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/figure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"

struct figure *figures_add(struct figures *fs, const char *id, const char *title, const char *lead)
{
	struct figure *list = reallocarray(fs->list, fs->n + 1, sizeof(*list));

	if (!list)
		return NULL;
	fs->list = list;
	list += fs->n;
	*list = (struct figure){ .id = strdup(id), .title = strdup(title), .lead = strdup(lead) };
	fs->n++;
	return list->id && list->title && list->lead ? list : NULL;
}

FILE *figure_add_plot(struct figures *fs, struct figure *fig, int width, int height,
		      const char *title, const char *text)
{
	struct figure_plot *plots = reallocarray(fig->plots, fig->nr_plots + 1, sizeof(*plots));
	char *full = text_asprintf("%s: %s", fig->title, title);
	FILE *f = NULL;

	if (!plots || !full)
		goto out;
	fig->plots = plots;
	plots += fig->nr_plots;
	*plots = (struct figure_plot){
		.id = text_asprintf("%s-%zu", fig->id, fig->nr_plots + 1),
		.title = strdup(title),
	};
	fig->nr_plots++;
	if (plots->id && plots->title)
		f = plotter_add(fs->plotter, plots->id, width, height, full, text);
out:
	free(full);
	return f;
}

static void figure_release(struct figure *fig)
{
	for (size_t j = 0; j < fig->nr_plots; j++) {
		free(fig->plots[j].id);
		free(fig->plots[j].title);
	}
	free(fig->plots);
	free(fig->id);
	free(fig->title);
	free(fig->lead);
}

void figures_drop_last(struct figures *fs)
{
	figure_release(&fs->list[--fs->n]);
}

void figures_release(struct figures *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		figure_release(&fs->list[i]);
	free(fs->list);
	fs->list = NULL;
	fs->n = 0;
}

struct style style_of(const char *design)
{
	/* By the ink of the design: colour, mark and dash each tell the designs apart. */
	static const struct {
		const char *ink;
		struct style style;
	} styles[] = {
		{ "black", { INK_BLACK, 5, 2 } }, /* the baseline, dashed */
		{ "green", { INK_GREEN, 9, 1 } },    { "purple", { INK_PURPLE, 13, 4 } },
		{ "blue", { INK_BLUE, 7, 1 } },	     { "vermillion", { INK_VERMILLION, 9, 5 } },
		{ "orange", { INK_ORANGE, 11, 3 } }, { "sky", { INK_SKY, 15, 1 } },
	};
	const struct design_info *info = design_info(design);

	for (size_t i = 0; info && i < sizeof(styles) / sizeof(styles[0]); i++)
		if (!strcmp(info->ink, styles[i].ink))
			return styles[i].style;
	return (struct style){ INK_GREY, 3, 1 };
}

void axis_init(struct axis *a)
{
	*a = (struct axis){ .low = INFINITY, .high = -INFINITY };
}

void axis_add(struct axis *a, double v)
{
	if (!isfinite(v))
		return;
	if (v <= 0) {
		a->zero = true;
		return;
	}
	a->low = fmin(a->low, v);
	a->high = fmax(a->high, v);
}

bool axis_empty(const struct axis *a)
{
	return a->high < a->low;
}

/* Half a decade below the rest, or less where the rest is not as long. */
double axis_zero(const struct axis *a)
{
	return a->low / fmax(fmin(sqrt(a->high / a->low), 4), 1.6);
}

/* The largest of 1, 2, 5 times a power of ten that is not above @v. */
static double nice_below(double v)
{
	double p = pow(10, floor(log10(v)));

	return v >= 5 * p ? 5 * p : v >= 2 * p ? 2 * p : p;
}

static void tick(FILE *f, double v, int *n, enum axis_unit unit)
{
	char buf[TEXT_MAX];

	fputs((*n)++ ? ", " : "", f);
	switch (unit) {
	case AXIS_NS:
		amount_tick(v, NAN, RUN_UNIT_NS, buf);
		break;
	case AXIS_INSTRUCTIONS:
		amount_tick(v, NAN, RUN_UNIT_INSTRUCTIONS, buf);
		break;
	case AXIS_BYTES:
		text_bytes(v, buf);
		break;
	case AXIS_NUMBER:
		text_digits_tick(v, buf);
		break;
	}
	text_gnuplot(f, buf);
	fprintf(f, " %.17g", v);
}

static void write_even_ticks(FILE *f, double low, double high, int *n, enum axis_unit unit)
{
	double step = nice_below((high - low) / 3);
	int first = (int)ceil(low / step), last = (int)floor(high / step);

	for (int k = first; k <= last; k++)
		tick(f, k * step, n, unit);
}

/* Ticks a reader can name: powers of ten, else 1-2-5, else even steps. */
static void write_ticks(FILE *f, double low, double high, int *n, enum axis_unit unit)
{
	static const int steps[] = { 1, 2, 5 };
	double span = log10(high / low);

	if (span < 0.8) {
		write_even_ticks(f, low, high, n, unit);
		return;
	}
	for (int e = (int)floor(log10(low)); e <= (int)floor(log10(high)); e++) {
		for (int i = 0; i < (span < 2.3 ? 3 : 1); i++) {
			double v = pow(10, e) * steps[i];

			if (v >= low && v <= high)
				tick(f, v, n, unit);
		}
	}
}

/* Sizes are powers of two. */
static void write_byte_ticks(FILE *f, double low, double high, int most, int *n)
{
	int first = (int)ceil(log2(low)), last = (int)floor(log2(high));
	int step = (last - first) / most + 1;

	for (int i = first; i <= last; i += step)
		tick(f, exp2(i), n, AXIS_BYTES);
}

void axis_write(FILE *f, const char *name, const struct axis *a, enum axis_unit unit)
{
	double low = a->low / 1.25, high = a->high * 1.25;
	int n = 0;

	/* A flat line needs an axis as well: a factor of two, at least. */
	if (high / low < 2) {
		low /= 1.3;
		high *= 1.3;
	}
	fprintf(f, "set logscale %s\nset %srange [%.17g:%.17g]\nset %stics (", name, name,
		a->zero ? axis_zero(a) / 1.3 : low, high, name);
	if (a->zero) {
		/* The least that is above it has its place a little higher. */
		low = fmax(low, axis_zero(a) * 1.25);
		fprintf(f, "'\xe2\x89\xa4 0' %.17g", axis_zero(a));
		n++;
	}
	if (unit == AXIS_BYTES)
		write_byte_ticks(f, low, high, 6, &n);
	else
		write_ticks(f, low, high, &n, unit);
	fputs(") nomirror\n", f);
}

void axis_write_close(FILE *f, const char *name, const struct axis *a, enum axis_unit unit)
{
	double middle = (a->low + a->high) / 2;
	double half = fmax((a->high - a->low) * 0.6, middle * 0.02);
	int n = 0;

	fprintf(f, "set %srange [%.17g:%.17g]\nset %stics (", name, middle - half, middle + half,
		name);
	write_even_ticks(f, middle - half, middle + half, &n, unit);
	fputs(") nomirror\n", f);
}

void axis_write_sizes(FILE *f, const struct axis *a)
{
	double low = a->low / 1.4, high = a->high * 1.4;
	int n = 0;

	fprintf(f, "set logscale x 2\nset xrange [%.17g:%.17g]\nset xtics (", low, high);
	write_byte_ticks(f, low, high, 5, &n);
	fputs(") nomirror\nset xlabel \"guest size\\n\" offset 0,0.5\n", f);
}

enum axis_unit axis_of_clock(enum run_unit clock)
{
	return clock == RUN_UNIT_INSTRUCTIONS ? AXIS_INSTRUCTIONS : AXIS_NS;
}

void axis_write_label(FILE *f, const char *name, const char *what, enum run_unit clock)
{
	char *text =
		text_asprintf("%s%s", what, clock == RUN_UNIT_INSTRUCTIONS ? ", instructions" : "");

	fprintf(f, "set %slabel ", name);
	text_gnuplot(f, text ? text : what);
	fputc('\n', f);
	free(text);
}

void plot_write_frame(FILE *f, const char *title, const char *below)
{
	fputs("set title ", f);
	text_gnuplot(f, title);
	if (below) {
		fputs(".\"\\n\".", f);
		text_gnuplot(f, below);
	}
	fprintf(f,
		"\nset border 3 lc rgb '#%06x'\nset tics scale 0.5\n"
		"set grid xtics ytics back lt 1 lc rgb '#%06x' lw 1\n"
		"set key below center horizontal reverse Left samplen 3 width 1\n",
		inks[INK_BLACK].light, inks[INK_GRID].light);
}

/*
 * How much can be said at that size: the rebuild must have results where there is any, then count
 * the series that have some, then those with more than one.
 */
static size_t weight_of(const struct panel *p, bool aliased, int64_t guest_bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct cell *c = series_cell(&p->series[i], guest_bytes);

		if (p->series[i].aliased == aliased && c && c->nr_ok)
			n += (design_is_baseline(p->series[i].design) ? 1000000 : 1000) +
			     (c->nr_ok > 1);
	}
	return n;
}

int64_t headline_size(const struct panel *p, bool aliased)
{
	int64_t best = 0;
	size_t most = 0;

	for (size_t i = 0; i < p->nr_series; i++) {
		for (size_t j = 0; j < p->series[i].nr_cells; j++) {
			int64_t size = p->series[i].cells[j].guest_bytes;
			size_t n = weight_of(p, aliased, size);

			if (n > most || (n && n == most && size > best)) {
				most = n;
				best = size;
			}
		}
	}
	return best;
}

const struct panel *headline_panel(const struct dataset *d, size_t run_index)
{
	const struct panel *best = NULL;
	bool best_real = false;

	/* Panels come with small pages and contiguous memory first. */
	for (size_t i = 0; i < d->nr_panels; i++) {
		const struct panel *p = &d->panels[i];
		bool real = headline_size(p, false) > 0;

		if (p->run_index != run_index || (!real && !headline_size(p, true)))
			continue;
		if (!best || (real && !best_real)) {
			best = p;
			best_real = real;
		}
	}
	return best;
}
