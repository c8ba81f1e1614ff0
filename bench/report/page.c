// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The policy keeps the page to itself: no script, nothing from elsewhere, even if a run.json finds
 * a hole in the escaping.
 */
void page_begin(FILE *f, const char *generator, const char *title)
{
	fprintf(f,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"generator\" content=\"%s\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; img-src 'self' data:\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		/* Without it a browser asks for /favicon.ico and complains. */
		"<link rel=\"icon\" href=\"data:,\">\n<title>",
		generator);
	text_html(f, title);
	fputs("</title>\n", f);
	page_style(f);
	fputs("</head>\n<body>\n", f);
}

void page_end(FILE *f)
{
	fputs("</main>\n</body>\n</html>\n", f);
}

static bool any_emulated(const struct dataset *d)
{
	for (size_t i = 0; i < d->nr_runs; i++)
		if (d->runs[i]->target.emulated)
			return true;
	return false;
}

static char *make_title(const struct dataset *d)
{
	const struct run *run = d->runs[0];

	if (d->nr_runs > 1)
		return text_asprintf("lubench: %zu runs side by side", d->nr_runs);
	return text_asprintf("lubench: %s on %s, %.10s", run->workload.name, run->target.name,
			     run->started);
}

static void write_header(FILE *f, const struct dataset *d, const char *title)
{
	const struct run *run = d->runs[0];

	fputs("<header>\n", f);
	if (any_emulated(d))
		fputs("<span class=\"badge\">EMULATED</span>\n", f);
	fputs("<h1>", f);
	text_html(f, title);
	fputs("</h1>\n", f);
	fputs("<p class=\"quiet\">How long a guest stands still while its host goes to a new kernel "
	      "by kexec, and what its I/O page table has to do with it.",
	      f);
	if (d->nr_runs == 1 && run->workload.description) {
		fputs(" Workload: ", f);
		text_html(f, run->workload.description);
	}
	fputs("</p>\n</header>\n", f);
}

static void write_nav(FILE *f, const struct figures *fs)
{
	fputs("<nav aria-label=\"Contents\">", f);
	for (size_t i = 0; i < fs->n; i++) {
		fprintf(f, "<a href=\"#fig-%s\">", fs->list[i].id);
		text_html(f, fs->list[i].title);
		fputs("</a> ", f);
	}
	fputs("<a href=\"#checks\">Checks and failures</a> <a href=\"#environment\">Environment</a> "
	      "<a href=\"#raw\">Raw data</a></nav>\n",
	      f);
}

static void write_png_link(FILE *f, const struct figure_plot *p)
{
	fprintf(f, "<figcaption class=\"noprint\"><a href=\"%s.png\">PNG<span hidden> of ", p->id);
	text_html(f, p->title);
	fputs("</span></a></figcaption>\n", f);
}

int page_figure(FILE *f, const struct figures *fs, const struct figure *fig)
{
	fprintf(f, "<section id=\"fig-%s\">\n<h2>", fig->id);
	text_html(f, fig->title);
	fputs("</h2>\n<p class=\"quiet\">", f);
	text_html(f, fig->lead);
	fputs("</p>\n<div class=\"plots\">\n", f);
	for (size_t i = 0; i < fig->nr_plots; i++) {
		const struct figure_plot *p = &fig->plots[i];
		int ret;

		fputs("<figure>\n", f);
		ret = plotter_emit(fs->plotter, p->id, f);
		if (ret)
			return ret;
		if (fs->png)
			write_png_link(f, p);
		fputs("</figure>\n", f);
	}
	fputs("</div>\n</section>\n", f);
	return 0;
}

static void item(FILE *f, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(f, "<dt>%s</dt><dd>", name);
	text_html(f, value);
	fputs("</dd>\n", f);
}

static void item_number(FILE *f, const char *name, int64_t v, const char *unit)
{
	if (v != LU_NULL)
		fprintf(f, "<dt>%s</dt><dd>%lld%s</dd>\n", name, (long long)v, unit);
}

static void item_bytes(FILE *f, const char *name, int64_t v)
{
	char buf[TEXT_MAX];

	if (v != LU_NULL)
		fprintf(f, "<dt>%s</dt><dd>%s</dd>\n", name, text_bytes((double)v, buf));
}

static void item_clock(FILE *f, const struct run *run)
{
	fputs("<dt>clock</dt><dd>", f);
	text_html(f, run->target.clock);
	if (run->target.clock_hz != LU_NULL)
		fprintf(f, ", %.6g MHz", (double)run->target.clock_hz / 1e6);
	fputs("</dd>\n", f);
}

static void item_iommu(FILE *f, const struct run *run)
{
	const struct lu_values *caps = &run->host.iommu.caps;

	fputs("<dt>IOMMU</dt><dd>", f);
	text_html(f, run->host.iommu.kind);
	for (size_t i = 0; i < caps->n; i++) {
		text_htmlf(f, ", %s ", caps->v[i].name);
		if (caps->v[i].value == LU_NULL)
			fputs("unknown", f);
		else
			fprintf(f, "%lld", (long long)caps->v[i].value);
	}
	fputs("</dd>\n", f);
}

static void write_environment(FILE *f, const struct dataset *d)
{
	fputs("<section id=\"environment\">\n<h2>Environment</h2>\n", f);
	for (size_t i = 0; i < d->nr_runs; i++) {
		const struct run *run = d->runs[i];

		if (d->nr_runs > 1)
			fprintf(f, "<h3>Run %s</h3>\n", run_label(d, i));
		fputs("<dl>\n", f);
		item(f, "run", run->id);
		item(f, "started", run->started);
		item(f, "finished", run->finished);
		item(f, "target", run->target.name);
		item(f, "emulated", run->target.emulated ? "yes" : "no");
		item(f, "accelerator", run->target.accelerator);
		item(f, "emulator", run->target.version);
		item(f, "emulator program", run->target.emulator_sha256);
		item(f, "unit", run_unit_name(run_unit(run)));
		item_number(f, "samples thrown away first", run->target.warmup, "");
		item(f, "lengthened on purpose", run->target.delay);
		item(f, "options of the IOAS", run->target.ioas);
		item_clock(f, run);
		item_number(f, "cost of a mark, at most", run->target.mark_ns,
			    run_is_exact(run) ? " instructions" : " ns");
		item_number(f, "DUT CPUs", run->target.cpus, "");
		item_bytes(f, "DUT memory", run->target.memory);
		item_iommu(f, run);
		item(f, "kernel", run->kernel.release);
		item(f, "kernel image", run->kernel.image_sha256);
		item(f, "kernel source", run->kernel.source_sha256);
		item(f, "kernel patches", run->kernel.patches_sha256);
		item(f, "kernel config", run->kernel.config_sha256);
		item(f, "kernel command line", run->kernel.cmdline);
		item(f, "initramfs", run->dut.initramfs_sha256);
		item(f, "agent", run->dut.agent_sha256);
		item(f, "workload", run->workload.name);
		item(f, "workload file", run->workload.sha256);
		item(f, "host CPU", run->host.cpu);
		item(f, "microcode", run->host.microcode);
		item_number(f, "host CPUs", run->host.cpus, "");
		item_bytes(f, "host memory", run->host.memory);
		item(f, "host kernel", run->host.kernel);
		item(f, "governor", run->host.governor);
		item(f, "lubench", run->tool.version);
		item(f, "commit", run->tool.commit);
		item_number(f, "seed", run->seed, "");
		fputs("</dl>\n", f);
	}
	fputs("<p class=\"quiet\">Long hexadecimal values are SHA-256 sums.</p>\n</section>\n", f);
}

static void write_link(FILE *f, const char *href, const char *text)
{
	if (!href)
		return;
	fputs("<a href=\"", f);
	text_href(f, href);
	fprintf(f, "\">%s</a> ", text);
}

static void write_raw(FILE *f, const struct dataset *d, const struct raw_links *links)
{
	fputs("<section id=\"raw\">\n<h2>Raw data</h2>\n<ul>\n", f);
	for (size_t i = 0; i < d->nr_runs; i++) {
		fputs("<li>", f);
		text_htmlf(f, "%s%s%s: ", run_label(d, i), d->nr_runs > 1 ? ", " : "",
			   d->runs[i]->id);
		write_link(f, links[i].run_json, "run.json");
		write_link(f, links[i].console_log, "console.log");
		fputs("</li>\n", f);
	}
	fputs("</ul>\n</section>\n", f);
}

int page_write(FILE *f, const struct figures *fs, const struct page_context *context)
{
	char *title = make_title(fs->data);
	int ret;

	if (!title)
		return -ENOMEM;
	page_begin(f, PAGE_REPORT, title);
	if (context->home) {
		fputs("<nav aria-label=\"Home\"><a href=\"", f);
		text_href(f, context->home);
		fputs("\">All runs</a></nav>\n", f);
	}
	write_header(f, fs->data, title);
	free(title);
	fputs("<main>\n", f);
	ret = answer_write(f, fs->data);
	if (!ret && context->against)
		ret = verdict_write(f, context->against, fs->data->runs[0],
				    context->home ? "the last good run" : "another run");
	if (!ret)
		ret = tables_micro(f, fs->data);
	if (!ret)
		ret = tables_side(f, fs->data);
	write_nav(f, fs);
	for (size_t i = 0; i < fs->n && !ret; i++)
		ret = page_figure(f, fs, &fs->list[i]);
	if (!ret)
		ret = tables_write(f, fs->data);
	if (!ret)
		ret = checks_write(f, fs->data);
	if (ret)
		return ret;
	write_environment(f, fs->data);
	write_raw(f, fs->data, context->links);
	page_end(f);
	return ferror(f) ? -EIO : 0;
}
