/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures of the page: a title, a sentence, and one plot for each panel.
 */
#ifndef LUBENCH_REPORT_FIGURE_H
#define LUBENCH_REPORT_FIGURE_H

#include "report/dataset.h"
#include "report/gnuplot.h"
#include "report/text.h"

/** struct figure_plot - one plot of a figure. */
struct figure_plot {
	char *id;
	char *title;
};

/** struct figure - plots that answer one question. */
struct figure {
	char *id;
	char *title;
	char *lead; /* plain text: what is drawn and how to read it */
	struct figure_plot *plots;
	size_t nr_plots;
};

/** struct figures - all figures of a page, in the order of the page. */
struct figures {
	const struct dataset *data;
	struct plotter *plotter;
	bool png; /* beside the page there is a PNG file of each plot */
	struct figure *list;
	size_t n;
};

/** figures_release() - free the list; dataset and plotter are the caller's. */
void figures_release(struct figures *fs);

/** figures_add() - begin a figure; strings are copied. Return: it, or NULL without memory. */
struct figure *figures_add(struct figures *fs, const char *id, const char *title, const char *lead);

/** figures_drop_last() - take back the figure added last: it got no plot. */
void figures_drop_last(struct figures *fs);

/**
 * figure_add_plot() - begin a plot of the figure added last.
 * @fig: that figure.
 * @title: of the panel, drawn above it by the page and inside the PNG.
 * @text: what there is to see, for screen readers.
 *
 * Return: the stream for its gnuplot commands (see plotter_add()), NULL without memory.
 */
FILE *figure_add_plot(struct figures *fs, struct figure *fig, int width, int height,
		      const char *title, const char *text);

/*
 * The figures themselves. Each adds none when there is nothing to draw.
 * Return: 0 or -ENOMEM.
 */

/** figure_lines() - a metric against guest size, one line a design; one figure for each kind of
 * machine among the runs.
 */
int figure_lines(struct figures *fs, enum metric_id m);

/** figure_ratio() - the same as ratio to the rebuild; machines of all kinds together. */
int figure_ratio(struct figures *fs, enum metric_id m);

/** figure_stack() - the phases as bars end to end, one bar a design. */
int figure_stack(struct figures *fs);

/** figure_stack_cost() - the same of what each phase adds to the floor. */
int figure_stack_cost(struct figures *fs);

/** figure_stack_pagetable() - the same of the page-table part alone. */
int figure_stack_pagetable(struct figures *fs);

/** figure_waterfall() - each phase in its place in time, for the panel of the headline. */
int figure_waterfall(struct figures *fs);

/** figure_micro() - the figures of the `micro` target: speed of the algorithms. */
int figure_micro(struct figures *fs);

/** struct style - how a series is drawn, the same on every plot. */
struct style {
	enum ink_name ink;
	int point; /* gnuplot point type, filled; one less is its outline */
	int dash; /* gnuplot dash type */
};

/** style_of() - Return: the style of a design. */
struct style style_of(const char *design);

/**
 * struct axis - a logarithmic axis
 * @low: smallest value above 0 on it
 * @high: largest value; below @low while there is none
 * @zero: there are values that are not above 0; they are drawn at axis_zero(), marked "<= 0"
 */
struct axis {
	double low;
	double high;
	bool zero;
};

/** axis_init() - nothing on it yet. */
void axis_init(struct axis *a);

/** axis_add() - make room for @v; what is not finite is left out. */
void axis_add(struct axis *a, double v);

/** axis_empty() - Return: whether it holds nothing. */
bool axis_empty(const struct axis *a);

/** axis_zero() - Return: where on it values are drawn that are not above 0. */
double axis_zero(const struct axis *a);

/** enum axis_unit - what the ticks of an axis say. */
enum axis_unit {
	AXIS_NS,
	AXIS_INSTRUCTIONS,
	AXIS_BYTES,
	AXIS_NUMBER,
};

/** axis_of_clock() - Return: the ticks of an axis of what a run counts. */
enum axis_unit axis_of_clock(enum run_unit clock);

/** axis_write_label() - what the axis shows, and that it counts instructions where it does. */
void axis_write_label(FILE *f, const char *name, const char *what, enum run_unit clock);

/** axis_write() - range and ticks of axis @name ("x" or "y"). */
void axis_write(FILE *f, const char *name, const struct axis *a, enum axis_unit unit);

/** axis_write_close() - a linear axis close about its values, where small changes are to be seen. */
void axis_write_close(FILE *f, const char *name, const struct axis *a, enum axis_unit unit);

/** axis_write_sizes() - the x axis of guest sizes, base 2. */
void axis_write_sizes(FILE *f, const struct axis *a);

/** plot_write_frame() - title, with a line @below it or NULL, border, grid and key that all plots share. */
void plot_write_frame(FILE *f, const char *title, const char *below);

/** headline_size() - the guest size to speak of: the largest at which most series of the panel
 * have results. @aliased: with that backing. Return: it, 0 when there is none.
 */
int64_t headline_size(const struct panel *p, bool aliased);

/** headline_panel() - the panel to speak of: small pages, contiguous. Return: NULL if none. */
const struct panel *headline_panel(const struct dataset *d, size_t run_index);

#endif
