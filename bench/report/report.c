// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "report/child.h"
#include "report/file.h"
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
	char *dir; /* where the report goes */
	char *stage; /* where it is put together, beside it */
	struct raw_links *links;
	struct run *against;
	char **err;
};

static int out_of_memory(char **err)
{
	lu_fail(err, -ENOMEM, "out of memory: close other programs or report fewer runs");
	return -ENOMEM;
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
	struct dirent *e;
	bool ours;
	DIR *d;

	if (!index)
		return out_of_memory(err);
	ours = !file_read(index, &html) && strstr(html, MARKER);
	free(html);
	free(index);
	if (ours)
		return 0;
	d = opendir(dir);
	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return lu_fail(err, -errno, "%s: cannot write the report there: %s", dir,
			       strerror(errno));
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			break;
	closedir(d);
	if (!e)
		return 0;
	return lu_fail(err, -EEXIST,
		       "%s: holds something that is not a report: choose another "
		       "folder with -o",
		       dir);
}

static int make_parents(char *path)
{
	for (char *p = path + 1; *p; p++) {
		int ret;

		if (*p != '/')
			continue;
		*p = '\0';
		ret = mkdir(path, 0777);
		*p = '/';
		if (ret && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int make_stage(struct job *job)
{
	mode_t mask = umask(0);
	size_t n;

	umask(mask);
	job->dir = job->opt->dir ? strdup(job->opt->dir) : NULL;
	if (!job->opt->dir) {
		char *run_dir = dir_of(job->runs[0]->path);

		job->dir = run_dir ? text_asprintf("%s/report", run_dir) : NULL;
		free(run_dir);
	}
	if (!job->dir)
		return out_of_memory(job->err);
	n = strlen(job->dir);
	while (n > 1 && job->dir[n - 1] == '/')
		job->dir[--n] = '\0';
	if (check_replaceable(job->dir, job->err))
		return -EEXIST;
	job->stage = text_asprintf("%s.new-XXXXXX", job->dir);
	if (!job->stage)
		return out_of_memory(job->err);
	if (make_parents(job->stage) || !mkdtemp(job->stage)) {
		int ret = -errno;

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
	static const struct metric *const lines[] = {
		&metric_brownout, &metric_tail,	      &metric_dma_gap,
		&metric_tables,	  &metric_serialised, &metric_extra_peak,
	};
	int ret = figure_micro(fs);

	ret = ret ? ret : figure_lines(fs, &metric_blackout);
	ret = ret ? ret : figure_ratio(fs, &metric_blackout);
	ret = ret ? ret : figure_lines(fs, &metric_pagetable);
	ret = ret ? ret : figure_ratio(fs, &metric_pagetable);
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
	fs.plotter = plotter_new(job->stage);
	ret = fs.plotter ? make_figures(&fs) : -ENOMEM;
	if (ret)
		out_of_memory(job->err);
	else
		ret = plotter_run(fs.plotter, job->err);
	if (!ret)
		ret = write_page(job, &fs);
	plotter_free(fs.plotter);
	figures_release(&fs);
	dataset_release(&data);
	return ret;
}

static int print_pdf(struct job *job)
{
	static const char *const browsers[] = { "chromium", "chromium-browser", "google-chrome" };
	char *stage = realpath(job->stage, NULL);
	char *url = text_asprintf("file://%s/index.html", stage);
	int ret = stage && url ? -ENOENT : -ENOMEM;

	for (size_t i = 0; i < 3 && ret == -ENOENT; i++) {
		const char *argv[] = { browsers[i],
				       "--headless",
				       "--no-sandbox",
				       "--disable-gpu",
				       "--no-pdf-header-footer",
				       "--print-to-pdf=report.pdf",
				       url,
				       NULL };

		ret = child_run((char *const *)argv, stage, PDF_TIMEOUT_S, NULL);
	}
	if (ret == -ENOENT)
		lu_fail(job->err, ret,
			"no browser to print the PDF with: install one with "
			"'apt-get install chromium'");
	else if (ret)
		lu_fail(job->err, ret, "the browser could not print the PDF: try without --pdf");
	free(stage);
	free(url);
	return ret;
}

static int put_in_place(struct job *job)
{
	int ret = file_replace_tree(job->stage, job->dir);

	if (ret)
		return lu_fail(job->err, ret, "%s: cannot put the report there: %s", job->dir,
			       strerror(-ret));
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
	int ret = load_runs(&job, runs);

	ret = ret ? ret : make_stage(&job);
	ret = ret ? ret : link_raw(&job);
	ret = ret ? ret : draw_and_write(&job);
	if (!ret && job.opt->pdf)
		ret = print_pdf(&job);
	ret = ret ? ret : put_in_place(&job);
	if (!ret && index) {
		*index = text_asprintf("%s/index.html", job.dir);
		ret = *index ? 0 : out_of_memory(err);
	}
	job_release(&job);
	return ret;
}
