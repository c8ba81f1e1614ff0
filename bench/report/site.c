// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/designs.h"
#include "common/error.h"
#include "report/file.h"
#include "report/interrupt.h"
#include "report/page.h"
#include "report/report.h"
#include "report/trend.h"

/* Change points listed on the page of trends. */
#define MAX_CHANGES 100
#define MAX_DESIGNS 16

/* What one call of site_write() works with. */
struct site {
	const struct site_options *opt;
	struct store *store;
	struct history history; /* its runs are all runs there are, oldest first */
	struct trends trends;
	char *designs[MAX_DESIGNS];
	size_t nr_designs;
	char **err;
};

static int out_of_memory(struct site *s)
{
	return lu_fail(s->err, -ENOMEM, "out of memory");
}

static void tell(const struct site *s, const char *line)
{
	if (s->opt->tell)
		s->opt->tell(line);
}

static bool exists(const struct site *s, const char *name, const char *file)
{
	char *path = text_asprintf("%s/%s/%s", s->opt->dir, name, file);
	bool yes = path && !access(path, R_OK);

	free(path);
	return yes;
}

/* ---- the reports ---- */

/* The newest earlier run of the same setup that one may hold this one against. */
static const struct store_run *last_good(const struct store_runs *runs, size_t i)
{
	for (size_t k = i; k-- > 0;) {
		const struct store_run *r = &runs->v[k];

		if (r->setup == runs->v[i].setup && r->complete && !r->failed && !r->regressed &&
		    r->path && !access(r->path, R_OK))
			return r;
	}
	return NULL;
}

/* Is the report of that run younger than the run? */
static bool up_to_date(const struct site *s, const struct store_run *run)
{
	char *page = text_asprintf("%s/%s/index.html", s->opt->dir, run->name);
	struct stat a, b;
	bool yes =
		page && !stat(page, &a) && !stat(run->path, &b) &&
		(a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
		 (a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec >= b.st_mtim.tv_nsec));

	free(page);
	return yes;
}

static int write_night(struct site *s, size_t i)
{
	const struct store_run *run = &s->history.runs.v[i];
	const struct store_run *base = last_good(&s->history.runs, i);
	struct report_options opt = { .home = "../index.html", .pdf = s->opt->pdf };
	const char *paths[] = { run->path };
	char *why = NULL;
	int ret;

	if (!run->path || access(run->path, R_OK) || up_to_date(s, run))
		return 0;
	opt.dir = text_asprintf("%s/%s", s->opt->dir, run->name);
	opt.against = base ? base->path : NULL;
	ret = opt.dir ? report_write(paths, 1, &opt, NULL, &why) : out_of_memory(s);
	/* One bad run must not keep the others from being seen. */
	if (ret == -EINVAL && why) {
		tell(s, why);
		ret = 0;
	}
	if (ret && why)
		lu_fail(s->err, ret, "%s", why);
	free(why);
	free((char *)opt.dir);
	return ret;
}

static int write_nights(struct site *s)
{
	size_t n = s->history.runs.n;
	int ret = 0;

	for (size_t i = n > s->opt->nights ? n - s->opt->nights : 0; i < n && !ret; i++)
		ret = interrupt_pending() ? lu_fail(s->err, -EINTR, "interrupted") :
					    write_night(s, i);
	return ret;
}

/* ---- pages ---- */

static const char *time_text(int64_t seconds, char buf[static TEXT_MAX])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, TEXT_MAX, "%Y-%m-%d %H:%M", &tm))
		snprintf(buf, TEXT_MAX, "?");
	return buf;
}

/* @text, leading to the report of the run when there is one. */
static void write_run_link(FILE *f, const struct site *s, const struct store_run *run,
			   const char *text)
{
	bool linked = exists(s, run->name, "index.html");

	if (linked) {
		fputs("<a href=\"", f);
		text_href(f, run->name);
		fputs("/index.html\">", f);
	}
	text_html(f, text);
	if (linked)
		fputs("</a>", f);
}

static void write_links(FILE *f, const struct site *s)
{
	fputs("<nav aria-label=\"Pages\"><a href=\"index.html\">All runs</a> "
	      "<a href=\"trends.html\">Trends</a> ",
	      f);
	for (size_t i = 0; i < s->nr_designs; i++) {
		fputs("<a href=\"design-", f);
		text_href(f, s->designs[i]);
		fputs(".html\">", f);
		text_html(f, s->designs[i]);
		fputs("</a> ", f);
	}
	fputs("</nav>\n", f);
}

/* With the unit: the changes of clocks of all kinds are in one table. */
static const char *level_text(const struct history_change *c, double v, char buf[static TEXT_MAX])
{
	if (c->unit == MEASURE_NS)
		return amount_words(v, c->run->exact ? RUN_UNIT_INSTRUCTIONS : RUN_UNIT_NS, buf);
	return c->unit == MEASURE_BYTES ? text_bytes(v, buf) : text_digits(v, buf);
}

static void write_changes(FILE *f, const struct site *s, const char *design)
{
	const struct history *h = &s->history;
	size_t n = 0, wanted = design ? strlen(design) : 0;

	fputs("<section id=\"changes\">\n<h2>Change points</h2>\n", f);
	for (size_t i = 0; i < h->nr_changes && n < MAX_CHANGES; i++) {
		const struct history_change *c = &h->changes[i];
		char a[TEXT_MAX], b[TEXT_MAX], change[TEXT_MAX];

		if (design && (strncmp(c->case_label, design, wanted) != 0 ||
			       (c->case_label[wanted] && c->case_label[wanted] != ' ')))
			continue;
		if (!n++)
			fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\""
			      "Change points\"><table><thead><tr><th scope=\"col\">since</th>"
			      "<th scope=\"col\" class=\"left\">case</th>"
			      "<th scope=\"col\" class=\"left\">metric</th>"
			      "<th scope=\"col\">before</th><th scope=\"col\">after</th>"
			      "<th scope=\"col\">change</th><th scope=\"col\">kernel</th>"
			      "<th scope=\"col\" class=\"left\">first run</th></tr></thead>\n<tbody>\n",
			      f);
		fprintf(f, "<tr><td>%s</td><td class=\"left\">", time_text(c->run->started, a));
		text_html(f, c->case_label);
		fputs("</td><td class=\"left\">", f);
		text_html(f, c->metric);
		fprintf(f, "</td><td>%s</td><td>%s</td><td>%s</td><td>",
			level_text(c, c->figures.before, a), level_text(c, c->figures.after, b),
			text_change(c->figures.before, c->figures.after, change));
		text_html(f, c->run->kernel);
		fputs("</td><td class=\"left\">", f);
		write_run_link(f, s, c->run, c->run->name);
		fputs("</td></tr>\n", f);
	}
	if (n)
		fputs("</tbody></table></div>\n", f);
	else
		fputs("<p>None: nothing changed its level.</p>\n", f);
	fputs("</section>\n", f);
}

/* What stands out about a run; whether it was compared with another is not known here. */
static void write_findings(FILE *f, const struct site *s, const struct store_run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < s->history.nr_changes; i++)
		n += s->history.changes[i].run == run;
	if (run->failed)
		fputs("<span class=\"short\">failures</span> ", f);
	if (run->regressed)
		fputs("<span class=\"short\">slower</span> ", f);
	if (!n && !run->failed && !run->regressed)
		fputs("\xe2\x80\x93", f);
	if (n)
		fprintf(f, "<a href=\"trends.html#changes\">%zu change point%s</a>", n,
			n == 1 ? "" : "s");
}

/* Newest first: last night is what one comes for. */
static void write_index(FILE *f, const struct site *s)
{
	const struct store_runs *runs = &s->history.runs;

	fputs("<header><h1>lubench: all runs</h1>\n<p class=\"quiet\">How long guests stand still "
	      "while their host goes to a new kernel by kexec, and what their I/O page tables have "
	      "to do with it.</p></header>\n<main>\n",
	      f);
	write_links(f, s);
	fprintf(f, "<p>%zu runs, %zu change points.</p>\n", runs->n, s->history.nr_changes);
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Runs\"><table><thead>"
	      "<tr><th scope=\"col\">started (UTC)</th><th scope=\"col\" class=\"left\">findings</th>"
	      "<th scope=\"col\">failed</th><th scope=\"col\">samples</th>"
	      "<th scope=\"col\">kernel</th>"
	      "<th scope=\"col\" class=\"left\">setup</th>"
	      "<th scope=\"col\" class=\"left\">run</th></tr></thead>\n<tbody>\n",
	      f);
	for (size_t i = runs->n; i-- > 0;) {
		const struct store_run *r = &runs->v[i];
		char buf[TEXT_MAX];

		fputs("<tr><td>", f);
		write_run_link(f, s, r, time_text(r->started, buf));
		fputs("</td><td class=\"left\">", f);
		write_findings(f, s, r);
		fprintf(f, "</td><td>%lld</td><td>%lld%s</td><td>", (long long)r->failed,
			(long long)r->samples, r->complete ? "" : ", cut short");
		text_html(f, r->kernel);
		fputs("</td><td class=\"left\">", f);
		text_html(f, r->setup_label);
		fputs("</td><td class=\"left\">", f);
		text_html(f, r->name);
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

static int write_trends(FILE *f, const struct site *s, const struct figures *fs, const char *design,
			const char *title)
{
	int ret = 0;

	fputs("<header><h1>", f);
	text_html(f, title);
	fputs("</h1></header>\n<main>\n", f);
	write_links(f, s);
	if (!fs->n)
		fputs("<p>A trend needs two runs of the same setup.</p>\n", f);
	for (size_t i = 0; i < fs->n && !ret; i++)
		ret = page_figure(f, fs, &fs->list[i]);
	write_changes(f, s, design);
	return ret;
}

/* Write a page beside its place and put it there; @fs is NULL for the index. */
static int put_page(struct site *s, const char *name, const char *title, const char *design,
		    const struct figures *fs)
{
	char *path = text_asprintf("%s/%s", s->opt->dir, name);
	char *draft = text_asprintf("%s/%s.new", s->opt->dir, name);
	FILE *f = path && draft ? fopen(draft, "we") : NULL;
	int ret = f ? 0 : -errno;

	if (f) {
		page_begin(f, PAGE_SITE, title);
		if (fs)
			ret = write_trends(f, s, fs, design, title);
		else
			write_index(f, s);
		page_end(f);
		if ((ferror(f) | fflush(f) | fsync(fileno(f))) && !ret)
			ret = -EIO;
		if (fclose(f) && !ret)
			ret = -errno;
	}
	if (!ret && rename(draft, path))
		ret = -errno;
	if (ret && draft)
		unlink(draft);
	if (ret)
		lu_fail(s->err, ret, "%s/%s: cannot write: %s", s->opt->dir, name, strerror(-ret));
	free(path);
	free(draft);
	return ret;
}

/* Without PNG files: drawing them would take two thirds of the time for such a page. */
static int put_trends(struct site *s, const char *stem, const char *design)
{
	static const struct dataset none;
	char *name = text_asprintf("%s.html", stem);
	char *title = design ? text_asprintf("lubench: %s over time", design) :
			       strdup("lubench: trends");
	struct figures fs = { .data = &none };
	int ret = name && title ? plotter_new(NULL, &fs.plotter, s->err) : out_of_memory(s);

	if (!ret && figure_trends(&fs, &s->trends, &s->history, design))
		ret = out_of_memory(s);
	if (!ret)
		ret = plotter_run(fs.plotter, s->err);
	if (!ret)
		ret = put_page(s, name, title, design, &fs);
	plotter_free(fs.plotter);
	figures_release(&fs);
	free(name);
	free(title);
	return ret;
}

static int by_rank(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;
	int c = design_rank(*x) - design_rank(*y);

	return c ? c : strcmp(*x, *y);
}

static int find_designs(struct site *s)
{
	for (size_t i = 0; i < s->trends.n; i++) {
		char design[TEXT_MAX];
		bool known = !strcmp(trend_design(&s->trends.v[i], design), "");

		/* It becomes part of a file name. */
		known |= strchr(design, '/') || design[0] == '.';
		for (size_t k = 0; k < s->nr_designs; k++)
			known |= !strcmp(s->designs[k], design);
		if (known || s->nr_designs == MAX_DESIGNS)
			continue;
		s->designs[s->nr_designs] = strdup(design);
		if (!s->designs[s->nr_designs++])
			return out_of_memory(s);
	}
	qsort(s->designs, s->nr_designs, sizeof(s->designs[0]), by_rank);
	return 0;
}

static int put_designs(struct site *s)
{
	int ret = 0;

	for (size_t i = 0; i < s->nr_designs && !ret; i++) {
		char *stem = text_asprintf("design-%s", s->designs[i]);

		ret = stem ? put_trends(s, stem, s->designs[i]) : out_of_memory(s);
		free(stem);
	}
	return ret;
}

static int make_folder(struct site *s)
{
	char *index = text_asprintf("%s/index.html", s->opt->dir);
	char *html = NULL;
	int ret = 0, state;

	if (!index)
		return out_of_memory(s);
	if (mkdir(s->opt->dir, 0777) && errno != EEXIST) {
		ret = -errno;
		lu_fail(s->err, ret, "%s: cannot make it: %s", s->opt->dir, strerror(-ret));
	} else if (file_read(index, &html) || !strstr(html, "content=\"" PAGE_SITE "\"")) {
		state = file_folder_state(s->opt->dir);
		if (state < 0)
			ret = lu_fail(s->err, state, "%s: cannot write the site there: %s",
				      s->opt->dir, strerror(-state));
		else if (state)
			ret = lu_fail(s->err, -EEXIST,
				      "%s: holds something that is not a site: choose another "
				      "folder with -o",
				      s->opt->dir);
	}
	free(html);
	free(index);
	return ret;
}

int site_write(const struct site_options *opt, char **index, char **err)
{
	const struct store_place place = { .results = opt->results, .tell = opt->tell };
	const struct store_filter all = { 0 };
	struct site s = { .opt = opt, .err = err };
	int ret;

	interrupt_catch();
	ret = make_folder(&s);
	ret = ret ? ret : store_open_synced(&place, &s.store, err);
	ret = ret ? ret : history_find(s.store, &all, NULL, &s.history, err);
	ret = ret ? ret : trends_read(s.store, &s.trends, err);
	ret = ret ? ret : find_designs(&s);
	/* The index at once: a first run that is stopped half-way is a site to go on with. */
	ret = ret ? ret : put_page(&s, "index.html", "lubench: all runs", NULL, NULL);
	ret = ret ? ret : write_nights(&s);
	ret = ret ? ret : put_trends(&s, "trends", NULL);
	ret = ret ? ret : put_designs(&s);
	ret = ret ? ret : put_page(&s, "index.html", "lubench: all runs", NULL, NULL);
	if (!ret && index) {
		*index = text_asprintf("%s/index.html", opt->dir);
		ret = *index ? 0 : out_of_memory(&s);
	}
	for (size_t i = 0; i < s.nr_designs; i++)
		free(s.designs[i]);
	trends_release(&s.trends);
	history_release(&s.history);
	store_close(s.store);
	interrupt_release();
	return ret;
}
