// SPDX-License-Identifier: GPL-2.0-or-later
/* lubench report: write the report of one or more runs. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "lubench/cmd.h"
#include "report/report.h"

#define OPT_PDF 0x100

struct args {
	struct report_options opt;
	const char **runs;
	size_t nr_runs;
};

static const struct argp_option options[] = {
	{ "output", 'o', "DIR", 0,
	  "write to DIR; otherwise to `report` in the folder of the first run", 0 },
	{ "pdf", OPT_PDF, NULL, 0, "print to DIR/report.pdf too; needs a Chromium browser", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'o':
		args->opt.dir = arg;
		return 0;
	case OPT_PDF:
		args->opt.pdf = true;
		return 0;
	case ARGP_KEY_ARG:
		args->runs[args->nr_runs++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which run? Give a run folder, e.g. results/*-qemu-vtd-*");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_report(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN...",
		.doc = "Write the report of one run, or of several side by side, as static HTML.\v"
		       "A RUN is a folder with a run.json, or that file. The page needs neither "
		       "network nor script.",
	};
	struct args args = { .runs = calloc((size_t)argc, sizeof(*args.runs)) };
	char *index = NULL, *err = NULL;
	int ret;

	if (!args.runs)
		return CMD_NOT_POSSIBLE;
	argp_err_exit_status = CMD_USAGE;
	ret = argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (!ret)
		ret = report_write(args.runs, args.nr_runs, &args.opt, &index, &err);
	if (ret)
		fprintf(stderr, "%s: %s\n", argv[0], err ? err : "out of memory");
	else
		printf("%s\n", index);
	free(args.runs);
	free(index);
	free(err);
	return ret ? CMD_USAGE : CMD_OK;
}
