// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void grid_init(struct grid *grid, const char *const *columns, size_t nr_columns)
{
	*grid = (struct grid){ .columns = columns, .nr_columns = nr_columns };
}

void grid_release(struct grid *grid)
{
	for (size_t i = 0; i < grid->nr_cells; i++)
		free(grid->cells[i]);
	free(grid->cells);
	free(grid->colour);
	*grid = (struct grid){ 0 };
}

static bool grow(struct grid *grid)
{
	size_t room = grid->nr_cells ? 2 * grid->nr_cells : 1;
	const char **colour;
	char **cells;

	if (grid->nr_cells & (grid->nr_cells - 1))
		return true;
	cells = reallocarray(grid->cells, room, sizeof(*cells));
	if (cells)
		grid->cells = cells;
	colour = reallocarray(grid->colour, room, sizeof(*colour));
	if (colour)
		grid->colour = colour;
	return cells && colour;
}

void grid_cell(struct grid *grid, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (!grow(grid))
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	/* The colour of a row lies at its first cell; unused places stay NULL. */
	grid->colour[grid->nr_cells] = NULL;
	grid->cells[grid->nr_cells++] = text;
}

void grid_colour(struct grid *grid, const char *sgr)
{
	if (grid->nr_cells)
		grid->colour[(grid->nr_cells - 1) / grid->nr_columns * grid->nr_columns] = sgr;
}

bool grid_wants_colour(FILE *f)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(fileno(f)) && (!no_colour || !*no_colour);
}

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static const char *cell_text(const struct grid *grid, size_t row, size_t column)
{
	size_t at = row * grid->nr_columns + column;

	return at < grid->nr_cells && grid->cells[at] ? grid->cells[at] : "?";
}

static size_t column_width(const struct grid *grid, size_t column, size_t rows)
{
	size_t widest = width_of(grid->columns[column] + 1);

	for (size_t row = 0; row < rows; row++) {
		size_t width = width_of(cell_text(grid, row, column));

		widest = width > widest ? width : widest;
	}
	return widest;
}

static void print_cell(const struct grid *grid, size_t column, const char *text, size_t width,
		       FILE *f)
{
	bool last = column + 1 == grid->nr_columns, right = grid->columns[column][0] == '>';
	int pad = (int)(width - width_of(text));

	/* No blanks at the end of a line. */
	if (last && !*text)
		return;
	fprintf(f, "  %*s%s", right ? pad : 0, "", text);
	if (!right && !last)
		fprintf(f, "%*s", pad, "");
}

void grid_print(const struct grid *grid, FILE *f, bool colours)
{
	size_t rows = grid->nr_cells / grid->nr_columns;
	size_t *width = calloc(grid->nr_columns, sizeof(*width));

	if (!width)
		return;
	for (size_t column = 0; column < grid->nr_columns; column++) {
		width[column] = column_width(grid, column, rows);
		print_cell(grid, column, grid->columns[column] + 1, width[column], f);
	}
	fputc('\n', f);
	for (size_t row = 0; row < rows; row++) {
		const char *colour = colours ? grid->colour[row * grid->nr_columns] : NULL;

		if (colour)
			fprintf(f, "\033[%sm", colour);
		for (size_t column = 0; column < grid->nr_columns; column++)
			print_cell(grid, column, cell_text(grid, row, column), width[column], f);
		fputs(colour ? "\033[0m\n" : "\n", f);
	}
	free(width);
}

static void print_markdown_cell(const char *text, FILE *f)
{
	fputs(" ", f);
	for (; *text; text++) {
		if (strchr("|\\`*_<>[]", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
	fputs(" |", f);
}

void grid_print_markdown(const struct grid *grid, FILE *f)
{
	size_t rows = grid->nr_cells / grid->nr_columns;

	fputc('|', f);
	for (size_t column = 0; column < grid->nr_columns; column++)
		print_markdown_cell(grid->columns[column] + 1, f);
	fputs("\n|", f);
	for (size_t column = 0; column < grid->nr_columns; column++)
		fputs(grid->columns[column][0] == '>' ? " ---: |" : " --- |", f);
	fputc('\n', f);
	for (size_t row = 0; row < rows; row++) {
		fputc('|', f);
		for (size_t column = 0; column < grid->nr_columns; column++)
			print_markdown_cell(cell_text(grid, row, column), f);
		fputc('\n', f);
	}
}
