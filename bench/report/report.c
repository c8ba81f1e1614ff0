// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "report/child.h"
#include "report/file.h"
#include "report/interrupt.h"
#include "report/page.h"

/* Letters to name them by end here. */
#define MAX_RUNS 26
#define PDF_TIMEOUT_S 120

#define MARKER "<meta name=\"generator\" content=\"" PAGE_REPORT "\">"

/* What one call of report_write() works with. */
struct job {
	const struct report_options *opt;
	struct run **runs;
	size_t nr_runs;
	char *dir; /* where the report goes, without links and dots */
	char *stage; /* where it is put together: beside it, or in it where it stays the same folder */
	bool fixed; /* file_is_fixed() */
	struct raw_links *links;
	struct run *against;
	char **err;
};

static int out_of_memory(char **err)
{
	return lu_fail(err, -ENOMEM, "out of memory");
}

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static int load_runs(struct job *job, const char *const *paths)
{
	if (!job->nr_runs || job->nr_runs > MAX_RUNS) {
		lu_fail(job->err, -EINVAL, "a report takes 1 to %d runs, not %zu", MAX_RUNS,
			job->nr_runs);
		return -EINVAL;
	}
	job->runs = calloc(job->nr_runs, sizeof(struct run *));
	job->links = calloc(job->nr_runs, sizeof(*job->links));
	if (!job->runs || !job->links)
		return out_of_memory(job->err);
	for (size_t i = 0; i < job->nr_runs; i++) {
		int ret = run_load(paths[i], &job->runs[i], job->err);

		if (ret)
			return ret;
	}
	return job->opt->against ? run_load(job->opt->against, &job->against, job->err) : 0;
}

/* Only what is a report, or empty, is replaced: -o may have been mistyped. */
static int check_replaceable(const char *dir, char **err)
{
	char *index = text_asprintf("%s/index.html", dir);
	char *html = NULL;
	bool ours;
	int state;

	if (!index)
		return out_of_memory(err);
	ours = !file_read(index, &html) && strstr(html, MARKER);
	free(html);
	free(index);
	if (ours)
		return 0;
	state = file_folder_state(dir);
	if (state < 0 && state != -ENOENT)
		return lu_fail(err, state, "%s: cannot write the report there: %s", dir,
			       strerror(-state));
	if (state <= 0)
		return 0;
	return lu_fail(err, -EEXIST,
		       "%s: holds something that is not a report: choose another "
		       "folder with -o",
		       dir);
}

/* Where the report goes, as it was named. */
static char *named_dir(const struct job *job)
{
	char *run_dir, *dir;

	if (job->opt->dir)
		return strdup(job->opt->dir);
	run_dir = dir_of(job->runs[0]->path);
	dir = run_dir ? text_asprintf("%s/report", run_dir) : NULL;
	free(run_dir);
	return dir;
}

static int find_dir(struct job *job)
{
	char *named = named_dir(job);
	int ret = named ? file_make_parents(named) : -ENOMEM;

	if (!ret)
		ret = file_resolve(named, &job->dir);
	if (ret)
		lu_fail(job->err, ret, "%s: cannot write the report there: %s",
			named ? named : "report", strerror(-ret));
	free(named);
	return ret ? ret : check_replaceable(job->dir, job->err);
}

static int make_stage(struct job *job)
{
	mode_t mask = umask(0);
	int ret;

	umask(mask);
	ret = find_dir(job);
	if (ret)
		return ret;
	job->fixed = file_is_fixed(job->dir);
	job->stage = text_asprintf("%s%s.new-XXXXXX", job->dir, job->fixed ? "/" : "");
	if (!job->stage)
		return out_of_memory(job->err);
	if (!mkdtemp(job->stage)) {
		ret = -errno;
		free(job->stage);
		job->stage = NULL;
		return lu_fail(job->err, ret, "%s: cannot write the report there: %s", job->dir,
			       strerror(-ret));
	}
	/* mkdtemp() closes the folder to others, a web server among them. */
	chmod(job->stage, 0777 & ~mask);
	return 0;
}

/* Is the report a child of the folder of this run, so that "../" leads to the data? */
static bool lies_in_run(const struct job *job, const char *run_dir)
{
	char *parent = dir_of(job->dir);
	char *a = parent ? realpath(parent, NULL) : NULL;
	char *b = realpath(run_dir, NULL);
	bool same = a && b && !strcmp(a, b);

	free(parent);
	free(a);
	free(b);
	return same;
}

static int link_file(struct job *job, const char *run_dir, size_t i, const char *name, char **link)
{
	char *from = text_asprintf("%s/%s", run_dir, name);
	char *folder = text_asprintf("%s/raw-%zu", job->stage, i + 1);
	char *to = text_asprintf("%s/raw-%zu/%s", job->stage, i + 1, name);
	int ret = from && folder && to ? 0 : out_of_memory(job->err);

	if (ret || access(from, R_OK))
		goto out;
	if (lies_in_run(job, run_dir)) {
		*link = text_asprintf("../%s", name);
	} else {
		if (mkdir(folder, 0777) && errno != EEXIST)
			ret = -errno;
		else
			ret = file_copy(from, to);
		if (ret)
			lu_fail(job->err, ret, "%s: cannot copy: %s", from, strerror(-ret));
		else
			*link = text_asprintf("raw-%zu/%s", i + 1, name);
	}
	if (!ret && !*link)
		ret = out_of_memory(job->err);
out:
	free(from);
	free(folder);
	free(to);
	return ret;
}

static int link_raw(struct job *job)
{
	int ret = 0;

	for (size_t i = 0; i < job->nr_runs && !ret; i++) {
		const char *path = job->runs[i]->path;
		const char *base = strrchr(path, '/');
		char *run_dir = dir_of(path);

		base = base ? base + 1 : path;
		ret = run_dir ? link_file(job, run_dir, i, base, &job->links[i].run_json) :
				out_of_memory(job->err);
		if (!ret)
			ret = link_file(job, run_dir, i, "console.log", &job->links[i].console_log);
		free(run_dir);
	}
	return ret;
}

static int make_figures(struct figures *fs)
{
	static const enum metric_id lines[] = {
		METRIC_BROWNOUT, METRIC_TAIL,	    METRIC_DMA_GAP,
		METRIC_TABLES,	 METRIC_SERIALISED, METRIC_EXTRA_PEAK,
	};
	int ret = figure_micro(fs);

	ret = ret ? ret : figure_lines(fs, METRIC_COST);
	ret = ret ? ret : figure_ratio(fs, METRIC_COST);
	ret = ret ? ret : figure_stack_cost(fs);
	ret = ret ? ret : figure_lines(fs, METRIC_BLACKOUT);
	/* With a floor the ratio of the whole is mostly that of the boot to itself. */
	if (!ret && !dataset_has_floor(fs->data))
		ret = figure_ratio(fs, METRIC_BLACKOUT);
	ret = ret ? ret : figure_lines(fs, METRIC_PAGETABLE);
	ret = ret ? ret : figure_ratio(fs, METRIC_PAGETABLE);
	ret = ret ? ret : figure_stack(fs);
	ret = ret ? ret : figure_stack_pagetable(fs);
	ret = ret ? ret : figure_waterfall(fs);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && !ret; i++)
		ret = figure_lines(fs, lines[i]);
	return ret;
}

static int write_page(struct job *job, const struct figures *fs)
{
	char *path = text_asprintf("%s/index.html", job->stage);
	FILE *f = path ? fopen(path, "we") : NULL;
	struct page_context context = { job->links, job->against, job->opt->home };
	int ret = f ? page_write(f, fs, &context) : -errno;

	if (f && fflush(f) && !ret)
		ret = -errno;
	if (f && fsync(fileno(f)) && !ret)
		ret = -errno;
	if (f && fclose(f) && !ret)
		ret = -errno;
	if (ret)
		lu_fail(job->err, ret, "%s: cannot write: %s", path ? path : job->stage,
			strerror(-ret));
	free(path);
	return ret;
}

static int draw_and_write(struct job *job)
{
	struct dataset data;
	struct figures fs = { .data = &data, .png = true };
	int ret = dataset_build((const struct run *const *)job->runs, job->nr_runs, &data);

	if (ret)
		return out_of_memory(job->err);
	ret = plotter_new(job->stage, &fs.plotter, job->err);
	if (!ret)
		ret = make_figures(&fs);
	if (!ret)
		ret = plotter_run(fs.plotter, job->err);
	else
		lu_fail(job->err, ret, "%s", ret == -ENOMEM ? "out of memory" : strerror(-ret));
	if (!ret)
		ret = write_page(job, &fs);
	plotter_free(fs.plotter);
	figures_release(&fs);
	dataset_release(&data);
	return ret;
}

/* The address of a file for a browser. Return: malloc()ed, NULL without memory. */
static char *url_of(const char *path)
{
	char *url = NULL;
	size_t len;
	FILE *f = open_memstream(&url, &len);

	if (!f)
		return NULL;
	fputs("file://", f);
	text_href(f, path);
	if (fclose(f)) {
		free(url);
		return NULL;
	}
	return url;
}

static int print_pdf(struct job *job)
{
	static const char *const browsers[] = { "chromium", "chromium-browser", "google-chrome" };
	char *page = text_asprintf("%s/index.html", job->stage);
	char *url = page ? url_of(page) : NULL;
	int ret = url ? -ENOENT : -ENOMEM;

	for (size_t i = 0; i < 3 && ret == -ENOENT; i++) {
		const char *argv[] = { browsers[i],
				       "--headless",
				       "--no-sandbox",
				       "--disable-gpu",
				       "--no-pdf-header-footer",
				       "--print-to-pdf=report.pdf",
				       url,
				       NULL };

		ret = child_run((char *const *)argv, job->stage, PDF_TIMEOUT_S, NULL);
	}
	if (ret == -ENOENT)
		ret = lu_fail(job->err, -ENOPKG,
			      "no browser to print the PDF with: install one with "
			      "'apt-get install chromium'");
	else if (ret == -EINTR)
		lu_fail(job->err, ret, "interrupted");
	else if (ret)
		lu_fail(job->err, ret, "the browser could not print the PDF: %s", strerror(-ret));
	free(page);
	free(url);
	return ret;
}

static int put_in_place(struct job *job)
{
	int ret;

	if (interrupt_pending())
		return lu_fail(job->err, -EINTR, "interrupted");
	ret = job->fixed ? file_replace_content(job->stage, job->dir, "index.html") :
			   file_replace_tree(job->stage, job->dir);
	if (ret)
		return lu_fail(job->err, ret, "%s: cannot put the report there: %s", job->dir,
			       strerror(-ret));
	if (job->fixed)
		return 0;
	free(job->stage);
	job->stage = NULL;
	return 0;
}

static void job_release(struct job *job)
{
	for (size_t i = 0; i < job->nr_runs; i++) {
		if (job->runs)
			run_free(job->runs[i]);
		if (job->links) {
			free(job->links[i].run_json);
			free(job->links[i].console_log);
		}
	}
	if (job->stage)
		file_remove_tree(job->stage);
	run_free(job->against);
	free(job->runs);
	free(job->links);
	free(job->dir);
	free(job->stage);
}

int report_write(const char *const *runs, size_t nr_runs, const struct report_options *opt,
		 char **index, char **err)
{
	static const struct report_options defaults;
	struct job job = { .opt = opt ? opt : &defaults, .nr_runs = nr_runs, .err = err };
	int ret;

	interrupt_catch();
	ret = load_runs(&job, runs);
	ret = ret ? ret : make_stage(&job);
	ret = ret ? ret : link_raw(&job);
	ret = ret ? ret : draw_and_write(&job);
	if (!ret && job.opt->pdf)
		ret = print_pdf(&job);
	ret = ret ? ret : put_in_place(&job);
	if (!ret && index) {
		char *dir = named_dir(&job);
		size_t n = dir ? strlen(dir) : 0;

		while (n > 1 && dir[n - 1] == '/')
			dir[--n] = '\0';
		*index = dir ? text_asprintf("%s/index.html", dir) : NULL;
		ret = *index ? 0 : out_of_memory(err);
		free(dir);
	}
	job_release(&job);
	interrupt_release();
	return ret;
}
