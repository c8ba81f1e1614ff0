/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plots by gnuplot: commands in, SVG for the page and PNG files beside it out.
 */
#ifndef LUBENCH_REPORT_GNUPLOT_H
#define LUBENCH_REPORT_GNUPLOT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct ink - a colour that is one on light and another on dark ground.
 * @css: name of its custom property in the page's style
 * @light: as gnuplot draws it, 0xrrggbb; the page replaces it by the property
 * @dark: its value on dark ground
 */
struct ink {
	const char *css;
	uint32_t light;
	uint32_t dark;
};

/* Axes and grid, then one for each series; safe for colour-blind readers (M. Okabe, K. Ito,
 * "Color Universal Design", 2008), with the yellow of that set left out: it is lost on white.
 */
enum ink_name {
	INK_GRID,
	INK_PAPER,
	INK_BLACK,
	INK_BLUE,
	INK_VERMILLION,
	INK_GREEN,
	INK_PURPLE,
	INK_ORANGE,
	INK_SKY,
	INK_GREY,
	INK_BROWN, /* the next two are for areas only: phases are more than the set has colours */
	INK_OLIVE,
	NR_INKS,
};

extern const struct ink inks[NR_INKS];

struct plotter;

/**
 * plotter_new() - plots of one page; PNG files go to @dir, or nowhere when that is NULL.
 *
 * gnuplot works in a scratch folder in $TMPDIR, or else /tmp.
 * Return: 0 or -errno; then *@err is one malloc()ed line.
 */
int plotter_new(const char *dir, struct plotter **plotter, char **err);

/** plotter_free() - free it, with its scratch folder. NULL is fine. */
void plotter_free(struct plotter *p);

/**
 * plotter_add() - begin a plot.
 * @id: of letters, digits and '-'; unique; names the PNG and the element of the page.
 * @width: in pixels of the SVG; the page scales it.
 * @height: likewise.
 * @title: what the plot shows, for those who cannot see it.
 * @text: what there is to see in it, likewise.
 *
 * Strings are copied. Return: a stream for the gnuplot commands, which begin with the data blocks
 * they use; it is closed by the next plotter_add() or by plotter_run(). NULL without memory.
 */
FILE *plotter_add(struct plotter *p, const char *id, int width, int height, const char *title,
		  const char *text);

/**
 * plotter_run() - draw everything.
 *
 * Return: 0, -ENOPKG when there is no gnuplot, -EIO when it fails, -ETIMEDOUT, -EINTR, -ENOMEM or
 * what writing gave; then *@err is one malloc()ed line.
 */
int plotter_run(struct plotter *p, char **err);

/** plotter_emit() - write the SVG of plot @id as an element of a page. Return: 0 or -errno. */
int plotter_emit(struct plotter *p, const char *id, FILE *html);

/**
 * svg_inline() - turn a gnuplot SVG file into an element of a page.
 *
 * Drops the XML prolog and gnuplot's own titles, makes ids unique with the prefix @id, replaces
 * fixed colours by the properties of inks[] and adds title and text for screen readers.
 * Return: 0, -EINVAL when @svg is not an SVG file.
 */
int svg_inline(const char *svg, const char *id, const char *title, const char *text, FILE *html);

#endif
