// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "report/child.h"
#include "report/file.h"
#include "report/text.h"

/* Hundreds of plots take seconds; this long means that gnuplot hangs. */
#define TIMEOUT_S 180

const struct ink inks[NR_INKS] = {
	[INK_GRID] = { "--grid", 0xd9dcdf, 0x3a3f45 },
	[INK_PAPER] = { "--paper", 0xfefefe, 0x16191d },
	[INK_BLACK] = { "--i-black", 0x222222, 0xe8e8e8 },
	[INK_BLUE] = { "--i-blue", 0x0072b2, 0x4aa8e8 },
	[INK_VERMILLION] = { "--i-vermillion", 0xd55e00, 0xff8540 },
	[INK_GREEN] = { "--i-green", 0x009e73, 0x2fc79b },
	[INK_PURPLE] = { "--i-purple", 0xb8568f, 0xe39bc5 },
	[INK_ORANGE] = { "--i-orange", 0xe69f00, 0xf5bd4a },
	[INK_SKY] = { "--i-sky", 0x56b4e9, 0xa5dbff },
	[INK_GREY] = { "--i-grey", 0x8a9099, 0x9aa2ac },
	[INK_BROWN] = { "--i-brown", 0x7a4a2b, 0xb98563 },
	[INK_OLIVE] = { "--i-olive", 0xb5b83c, 0xd6d960 },
};

struct plot {
	char *id;
	char *title;
	char *text;
	int width;
	int height;
	char *commands;
	size_t commands_len;
};

struct plotter {
	char *dir;
	char *scratch;
	struct plot *plots;
	size_t n;
	FILE *open;
};

static int make_scratch(struct plotter *p, char **err)
{
	const char *tmp = getenv("TMPDIR");

	p->scratch = text_asprintf("%s/lubench-plots-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!p->scratch)
		return -ENOMEM;
	if (!mkdtemp(p->scratch)) {
		int ret = -errno;

		lu_fail(err, ret,
			"%s: cannot make a folder for the plots: %s: set TMPDIR to "
			"another",
			tmp && *tmp ? tmp : "/tmp", strerror(-ret));
		free(p->scratch);
		p->scratch = NULL;
		return ret;
	}
	return 0;
}

int plotter_new(const char *dir, struct plotter **plotter, char **err)
{
	struct plotter *p = calloc(1, sizeof(*p));
	int ret = p ? 0 : -ENOMEM;

	*plotter = NULL;
	/* gnuplot runs in the scratch folder, so the way to the PNG files must be absolute. */
	if (!ret && dir) {
		p->dir = realpath(dir, NULL);
		if (!p->dir)
			ret = lu_fail(err, -errno, "%s: %s", dir, strerror(errno));
	}
	if (!ret)
		ret = make_scratch(p, err);
	if (ret) {
		plotter_free(p);
		return lu_fail(err, ret, "%s", strerror(-ret));
	}
	*plotter = p;
	return 0;
}

static void close_open(struct plotter *p)
{
	if (p->open)
		fclose(p->open);
	p->open = NULL;
}

void plotter_free(struct plotter *p)
{
	if (!p)
		return;
	close_open(p);
	if (p->scratch)
		file_remove_tree(p->scratch);
	free(p->scratch);
	for (size_t i = 0; i < p->n; i++) {
		free(p->plots[i].id);
		free(p->plots[i].title);
		free(p->plots[i].text);
		free(p->plots[i].commands);
	}
	free(p->plots);
	free(p->dir);
	free(p);
}

FILE *plotter_add(struct plotter *p, const char *id, int width, int height, const char *title,
		  const char *text)
{
	struct plot **slot;
	struct plot *plot;

	close_open(p);
	/* open_memstream() keeps the address of commands until it is closed: now it is. */
	slot = &p->plots;
	plot = reallocarray(*slot, p->n + 1, sizeof(*plot));
	if (!plot)
		return NULL;
	*slot = plot;
	plot += p->n;
	*plot = (struct plot){ .id = strdup(id),
			       .title = strdup(title),
			       .text = strdup(text),
			       .width = width,
			       .height = height };
	p->n++;
	if (!plot->id || !plot->title || !plot->text)
		return NULL;
	p->open = open_memstream(&plot->commands, &plot->commands_len);
	return p->open;
}

static void write_png(FILE *f, const struct plotter *p, const struct plot *plot)
{
	char *path = text_asprintf("%s/%s.png", p->dir, plot->id);

	fprintf(f, "\nreset session\nset encoding utf8\n");
	fprintf(f,
		"set term pngcairo size %d,%d noenhanced background rgb '#ffffff' "
		"font 'DejaVu Sans,12' fontscale 1.6 linewidth 2 pointscale 2\n",
		plot->width * 2, plot->height * 2);
	fputs("set output ", f);
	text_gnuplot(f, path);
	fputc('\n', f);
	fwrite(plot->commands, 1, plot->commands_len, f);
	free(path);
}

/*
 * The same commands for both terminals. The SVG has no ground of its own, so that it takes that of
 * the page; the PNG stands alone and is white.
 */
static void write_plot(FILE *f, const struct plotter *p, const struct plot *plot)
{
	fprintf(f, "reset session\nset encoding utf8\n");
	fprintf(f, "set term svg size %d,%d dynamic noenhanced font 'sans-serif,13'\n", plot->width,
		plot->height);
	fprintf(f, "set output '%s.svg'\n", plot->id);
	fwrite(plot->commands, 1, plot->commands_len, f);
	if (p->dir)
		write_png(f, p, plot);
	fputs("\nunset output\n", f);
}

/* gnuplot draws a caret under the mistake: the last line that says something is the message. */
static const char *last_line(char *s)
{
	char *line;

	for (;;) {
		size_t n = strlen(s);

		while (n && (s[n - 1] == '\n' || s[n - 1] == ' '))
			s[--n] = '\0';
		line = strrchr(s, '\n');
		line = line ? line + 1 : s;
		if (strspn(line, " \t^") < strlen(line) || line == s)
			return line;
		*line = '\0';
	}
}

int plotter_run(struct plotter *p, char **err)
{
	char *argv[] = { (char *)"gnuplot", (char *)"-d", (char *)"plots.gp", NULL };
	char *path = text_asprintf("%s/plots.gp", p->scratch);
	char *out = NULL;
	FILE *f;
	int ret;

	close_open(p);
	f = path ? fopen(path, "we") : NULL;
	if (!f) {
		ret = lu_fail(err, -errno, "%s: cannot write: %s", path, strerror(errno));
		goto out;
	}
	for (size_t i = 0; i < p->n; i++)
		write_plot(f, p, &p->plots[i]);
	if (ferror(f) | fclose(f)) {
		ret = lu_fail(err, -errno, "%s: cannot write: %s", path, strerror(errno));
		goto out;
	}
	ret = child_run(argv, p->scratch, TIMEOUT_S, &out);
	if (ret == -ENOENT)
		ret = lu_fail(err, -ENOPKG,
			      "gnuplot is missing, so there are no plots: install it with "
			      "'apt-get install gnuplot-nox'");
	else if (ret == -EINTR)
		lu_fail(err, ret, "interrupted");
	else if (ret)
		lu_fail(err, ret, "gnuplot failed: %s",
			out && *out ? last_line(out) : strerror(-ret));
out:
	free(out);
	free(path);
	return ret;
}

int plotter_emit(struct plotter *p, const char *id, FILE *html)
{
	for (size_t i = 0; i < p->n; i++) {
		char *path, *svg = NULL;
		int ret;

		if (strcmp(p->plots[i].id, id) != 0)
			continue;
		path = text_asprintf("%s/%s.svg", p->scratch, id);
		ret = path ? file_read(path, &svg) : -ENOMEM;
		if (!ret)
			ret = svg_inline(svg, id, p->plots[i].title, p->plots[i].text, html);
		free(svg);
		free(path);
		return ret;
	}
	return -ENOENT;
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* gnuplot writes a colour in one of three ways. Return: bytes taken, 0 when there is none. */
static size_t replace_colour(const char *s, FILE *html)
{
	static const char *const forms[] = { "rgb(%3u, %3u, %3u)", "rgb(%u,%u,%u)",
					     "#%02x%02x%02x" };

	if (*s != '#' && !starts(s, "rgb("))
		return 0;
	for (int i = 0; i < NR_INKS; i++) {
		unsigned int r = inks[i].light >> 16, g = inks[i].light >> 8 & 0xff;
		unsigned int b = inks[i].light & 0xff;

		for (int k = 0; k < 3; k++) {
			char word[32];

			snprintf(word, sizeof(word), forms[k], r, g, b);
			if (!starts(s, word))
				continue;
			fprintf(html, "var(%s)", inks[i].css);
			return strlen(word);
		}
	}
	return 0;
}

/* One attribute's worth of rewriting inside a tag. Return: bytes of @s that were dealt with. */
static size_t rewrite(const char *s, const char *id, FILE *html)
{
	static const char *const refs[] = { " id='", " id=\"", "href='#", "href=\"#", "url(#" };
	static const char *const black[] = { "=\"black\"", "='black'" };
	size_t n;

	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		if (!starts(s, refs[i]))
			continue;
		fprintf(html, "%s%s-", refs[i], id);
		return strlen(refs[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		if (!starts(s, black[i]))
			continue;
		fputs("=\"currentColor\"", html);
		return strlen(black[i]);
	}
	n = replace_colour(s, html);
	if (n)
		return n;
	fputc(*s, html);
	return 1;
}

/* Return: what follows the element @name that @s begins with, or @s when it is another. */
static const char *skip_element(const char *s, const char *open, const char *close)
{
	const char *end;

	if (!starts(s, open))
		return s;
	end = strstr(s, close);
	return end ? end + strlen(close) : s;
}

int svg_inline(const char *svg, const char *id, const char *title, const char *text, FILE *html)
{
	const char *s = strstr(svg, "<svg");
	const char *end = s ? strchr(s, '>') : NULL;
	const char *box = s ? strstr(s, "viewBox=\"") : NULL;
	bool tag = false;

	if (!end || !box || box > end || !strstr(end, "</svg>"))
		return -EINVAL;
	box += strlen("viewBox=\"");
	fprintf(html,
		"<svg id=\"%s\" class=\"plot\" viewBox=\"%.*s\" role=\"img\" "
		"aria-labelledby=\"%s-t %s-d\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n",
		id, (int)strcspn(box, "\""), box, id, id);
	fprintf(html, "<title id=\"%s-t\">", id);
	text_html(html, title);
	fprintf(html, "</title>\n<desc id=\"%s-d\">", id);
	text_html(html, text);
	fputs("</desc>\n", html);
	for (s = end + 1; *s;) {
		const char *next = skip_element(s, "<title>", "</title>");

		next = skip_element(next, "<desc>", "</desc>");
		if (next != s) {
			s = next;
			continue;
		}
		if (*s == '<')
			tag = true;
		else if (*s == '>')
			tag = false;
		if (tag) {
			s += rewrite(s, id, html);
			continue;
		}
		fputc(*s++, html);
	}
	return ferror(html) ? -EIO : 0;
}
