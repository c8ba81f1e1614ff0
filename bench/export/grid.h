/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of text, for terminals and for Markdown. */
#ifndef LUBENCH_EXPORT_GRID_H
#define LUBENCH_EXPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct grid - a table being filled, cell by cell, row by row
 * @columns: its heads, before each '<' for left or '>' for right alignment
 * @nr_columns: how many
 * @cells: text of all cells; a cell without memory for it is NULL and shows as "?"
 * @nr_cells: how many are filled
 * @colour: for each row an SGR sequence like "31;1", or NULL
 */
struct grid {
	const char *const *columns;
	size_t nr_columns;
	char **cells;
	size_t nr_cells;
	const char **colour;
};

/* Columns outlive the grid. */
void grid_init(struct grid *grid, const char *const *columns, size_t nr_columns);

void grid_release(struct grid *grid);

/* The next cell. */
__attribute__((format(printf, 2, 3))) void grid_cell(struct grid *grid, const char *fmt, ...);

/* The colour of the row that has the cell filled last; @sgr outlives the grid. */
void grid_colour(struct grid *grid, const char *sgr);

/* With columns aligned; coloured when asked for. UTF-8 characters take one column. */
void grid_print(const struct grid *grid, FILE *f, bool colours);

/* As a table of GitHub-flavoured Markdown. */
void grid_print_markdown(const struct grid *grid, FILE *f);

/* Whether output to @f should be coloured: a terminal, and NO_COLOR is not set. */
bool grid_wants_colour(FILE *f);

#endif
