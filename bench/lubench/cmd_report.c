// SPDX-License-Identifier: GPL-2.0-or-later
/* lubench report: write the report of one or more runs, or a site of all that were kept. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lubench/cmd.h"
#include "report/report.h"
#include "report/site.h"

/* A month of nights. */
#define NIGHTS 31

enum {
	OPT_AGAINST = 0x100,
	OPT_JSON,
	OPT_NIGHTS,
	OPT_PDF,
	OPT_RESULTS,
	OPT_SITE,
};

struct args {
	struct report_options report;
	struct site_options site;
	bool want_site;
	bool json;
	const char **runs;
	size_t nr_runs;
};

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0,
	  "Write to DIR; otherwise to `report` in the folder of the first run", 0 },
	{ "pdf", OPT_PDF, NULL, 0,
	  "Print each report to report.pdf beside it, too; needs a Chromium browser", 0 },
	{ "against", OPT_AGAINST, "RUN", 0, "Begin with a verdict against this earlier run", 0 },
	{ "json", OPT_JSON, NULL, 0, "Say where the pages are as JSON", 0 },
	{ "site", OPT_SITE, NULL, 0,
	  "Publish every kept run: index, reports, trends with change points; into -o DIR", 1 },
	{ "results", OPT_RESULTS, "DIR", 0, "Folder of run folders for --site (default: results)",
	  1 },
	{ "nights", OPT_NIGHTS, "N", 0, "With --site: report on the newest N runs (default: 31)",
	  1 },
	{ 0 },
};

static void check(const struct args *a, struct argp_state *state)
{
	if (a->want_site && a->nr_runs)
		argp_error(state, "--site takes all kept runs: name none");
	if (a->want_site && !a->report.dir)
		argp_error(state, "--site wants a folder to write to: -o DIR");
	if (!a->want_site && !a->nr_runs)
		argp_error(state, "which run? Give a run folder, e.g. results/*-qemu-vtd-*");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	char *end;

	switch (key) {
	case 'o':
		a->report.dir = arg;
		return 0;
	case OPT_PDF:
		a->report.pdf = true;
		return 0;
	case OPT_AGAINST:
		a->report.against = arg;
		return 0;
	case OPT_JSON:
		a->json = true;
		return 0;
	case OPT_SITE:
		a->want_site = true;
		return 0;
	case OPT_RESULTS:
		a->site.results = arg;
		return 0;
	case OPT_NIGHTS:
		a->site.nights = strtoul(arg, &end, 10);
		if (end == arg || *end || *arg == '-')
			argp_error(state, "--nights %s: want a number", arg);
		return 0;
	case ARGP_KEY_ARG:
		a->runs[a->nr_runs++] = arg;
		return 0;
	case ARGP_KEY_END:
		check(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void tell(const char *line)
{
	fprintf(stderr, "lubench report: %s\n", line);
}

/* Return: 0 or -ENOMEM. */
static int tell_json(const char *index)
{
	json_t *root = json_pack("{s:s}", "index", index);
	int ret = root && !json_dumpf(root, stdout, JSON_INDENT(2)) ? 0 : -ENOMEM;

	putchar('\n');
	json_decref(root);
	return ret;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN...\n--site -o DIR",
		.doc = "Write the report of one run, or of several side by side, as static HTML.\v"
		       "A RUN is a folder with a run.json, or that file. The pages need neither "
		       "network nor script.\n\n"
		       "Exit status: 0 done, 2 usage or unreadable input, 3 gnuplot or the "
		       "browser is missing.",
	};
	struct args args = { .site = { .nights = NIGHTS, .tell = tell } };
	char *index = NULL, *err = NULL;
	int ret;

	args.runs = calloc((size_t)argc, sizeof(const char *));
	if (!args.runs)
		return CMD_NOT_POSSIBLE;
	argp_err_exit_status = CMD_USAGE;
	ret = argp_parse(&argp, argc, argv, 0, NULL, &args);
	args.site.dir = args.report.dir;
	args.site.pdf = args.report.pdf;
	if (!ret)
		ret = args.want_site ?
			      site_write(&args.site, &index, &err) :
			      report_write(args.runs, args.nr_runs, &args.report, &index, &err);
	if (ret)
		fprintf(stderr, "%s: %s\n", argv[0], err ? err : "out of memory");
	else if (args.json)
		ret = tell_json(index);
	else
		printf("%s\n", index);
	free(args.runs);
	free(index);
	free(err);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", argv[0], strerror(errno));
		return CMD_USAGE;
	}
	if (ret == -EINTR)
		return CMD_INTERRUPTED;
	if (ret == -ENOPKG)
		return CMD_NOT_POSSIBLE;
	return ret ? CMD_USAGE : CMD_OK;
}
