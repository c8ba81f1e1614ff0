// SPDX-License-Identifier: GPL-3.0-or-later
/* lubench compare: is NEW slower than BASE? */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "compare/compare.h"
#include "compare/select.h"
#include "lubench/cmd.h"
#include "lubench/place.h"
#include "store/store.h"

enum {
	OPT_ALLOW = 0x100,
	OPT_ALL,
	OPT_ALPHA,
	OPT_BASE_DESIGN,
	OPT_COSTS,
	OPT_FDR,
	OPT_JSON,
	OPT_NEW_DESIGN,
	OPT_RECORD,
	OPT_THRESHOLD_NS,
};

enum format {
	FORMAT_TEXT,
	FORMAT_MARKDOWN,
	FORMAT_JSON,
};

struct arguments {
	const char *words[2];
	const char *designs[2];
	struct compare_options options;
	struct store_place place;
	enum format format;
	bool all;
	bool record;
};

static const struct argp_option argp_options[] = {
	{ "format", 'f', "FORMAT", 0, "text (default), markdown or json", 0 },
	{ "json", OPT_JSON, NULL, 0, "The same as --format json", 0 },
	{ "all", OPT_ALL, NULL, 0, "Show metrics that are the same, too", 0 },
	{ "threshold", 't', "PERCENT", 0,
	  "Smallest difference that matters (default: 3 % of a time, 5 % in an emulator unless the "
	  "sides were interleaved, 0.5 % with clock = icount, 1 % of a size)",
	  0 },
	{ "threshold-ns", OPT_THRESHOLD_NS, "N", 0,
	  "The same in ns, or in instructions with clock = icount (default there: 1000); the larger "
	  "of the two holds",
	  0 },
	{ "alpha", OPT_ALPHA, "FRACTION", 0,
	  "False discoveries accepted among what is called significant (default: 0.05)", 0 },
	{ "fdr", OPT_FDR, "METHOD", 0, "bh: Benjamini-Hochberg (default), by: Benjamini-Yekutieli",
	  0 },
	{ "allow", OPT_ALLOW, "FIELD,...", 0,
	  "Compare though the runs differ in these fields; all for any", 0 },
	{ "costs", OPT_COSTS, NULL, 0,
	  "Compare what each design adds to a time: less that of the design none for the same guest "
	  "(clock = icount)",
	  0 },
	{ "base-design", OPT_BASE_DESIGN, "NAME", 0,
	  "Take only the samples of this design from BASE; with another --new-design two designs are "
	  "compared, with the same one only its cases",
	  0 },
	{ "new-design", OPT_NEW_DESIGN, "NAME", 0, "Take only the samples of this design from NEW",
	  0 },
	{ "record", OPT_RECORD, NULL, 0,
	  "Keep the verdict as verdict.json beside NEW and in the history: last-good passes over "
	  "runs that regressed",
	  0 },
	{ 0 },
};

static error_t parse_format(const char *arg, struct arguments *a, struct argp_state *state)
{
	static const char *const names[] = { "text", "markdown", "json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(arg, names[i])) {
			a->format = (enum format)i;
			return 0;
		}
	}
	argp_error(state, "--format %s: want text, markdown or json", arg);
	return EINVAL;
}

static double parse_number(const char *arg, double max, const char *option,
			   struct argp_state *state)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= 0 && value <= max))
		argp_error(state, "--%s %s: want a number from 0 to %g", option, arg, max);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->place;
		return 0;
	case 'f':
		return parse_format(arg, a, state);
	case 't':
		a->options.relative = parse_number(arg, 1000, "threshold", state) / 100;
		return 0;
	case OPT_THRESHOLD_NS:
		a->options.absolute_ns = parse_number(arg, 1e18, "threshold-ns", state);
		return 0;
	case OPT_ALPHA:
		a->options.alpha = parse_number(arg, 1, "alpha", state);
		if (a->options.alpha <= 0)
			argp_error(state, "--alpha %s: want a fraction above 0", arg);
		return 0;
	case OPT_FDR:
		if (strcmp(arg, "bh") != 0 && strcmp(arg, "by") != 0)
			argp_error(state, "--fdr %s: want bh or by", arg);
		a->options.fdr = strcmp(arg, "by") != 0 ? STATS_FDR_BENJAMINI_HOCHBERG :
							  STATS_FDR_BENJAMINI_YEKUTIELI;
		return 0;
	case OPT_COSTS:
		a->options.costs = true;
		return 0;
	case OPT_ALLOW:
		a->options.allow = arg;
		return 0;
	case OPT_BASE_DESIGN:
		a->designs[0] = arg;
		return 0;
	case OPT_NEW_DESIGN:
		a->designs[1] = arg;
		return 0;
	case OPT_ALL:
		a->all = true;
		return 0;
	case OPT_JSON:
		a->format = FORMAT_JSON;
		return 0;
	case OPT_RECORD:
		a->record = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_usage(state);
		a->words[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num != 2)
			argp_usage(state);
		if (!a->designs[0] != !a->designs[1])
			argp_error(state, "--base-design and --new-design go together");
		if (a->designs[0] && a->record)
			argp_error(state, "--record keeps verdicts on runs, not on designs");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void tell(const char *line)
{
	fprintf(stderr, "lubench compare: %s\n", line);
}

/* The history is needed only for words that are no files. */
static bool needs_history(const struct arguments *a)
{
	return a->record || access(a->words[0], F_OK) || access(a->words[1], F_OK);
}

/* A symbolic BASE means a run before NEW and like it, so NEW comes first. */
static int select_both(const struct arguments *a, struct store *store, struct selection *base,
		       struct selection *new, char **err)
{
	struct select_from from = {
		.results = a->place.results ? a->place.results : STORE_RESULTS,
		.store = store,
	};
	int ret;

	ret = select_runs(a->words[1], &from, new, err);
	if (ret)
		return ret;
	from.like = new->runs[0];
	return select_runs(a->words[0], &from, base, err);
}

/*
 * Two designs become one, called "NEW/BASE", so that their cases meet. The same design twice keeps
 * its name: only its cases are compared.
 */
static int pair_designs(const struct arguments *a, struct selection *base, struct selection *new,
			char **err)
{
	struct selection *sides[] = { base, new };
	char *name;
	int ret = 0;

	if (!a->designs[0])
		return 0;
	if (!strcmp(a->designs[0], a->designs[1]))
		name = strdup(a->designs[0]);
	else if (asprintf(&name, "%s/%s", a->designs[1], a->designs[0]) < 0)
		name = NULL;
	if (!name)
		return -ENOMEM;
	for (int i = 0; i < 2 && !ret; i++) {
		long kept = select_design(sides[i], a->designs[i], name, a->options.costs);

		if (kept < 0)
			ret = (int)kept;
		else if (!kept)
			ret = lu_fail(err, -ENOENT, "%s: no sample of design %s: name one it has",
				      a->words[i], a->designs[i]);
	}
	free(name);
	return ret;
}

static int write_verdict(const struct comparison *c, const struct run *run, char **err)
{
	char *path = NULL, *temporary = NULL;
	const char *slash;
	FILE *f = NULL;
	int ret = -ENOMEM;

	slash = run->path ? strrchr(run->path, '/') : NULL;
	if (asprintf(&path, "%.*s/verdict.json", slash ? (int)(slash - run->path) : 1,
		     slash ? run->path : ".") < 0)
		path = NULL;
	if (!path || asprintf(&temporary, "%s.tmp", path) < 0)
		goto out;
	f = fopen(temporary, "w");
	ret = f ? compare_print_json(c, f) : -errno;
	if (f && fclose(f) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret) {
		lu_fail(err, ret, "%s: %s: make the run folder writable, or leave out --record",
			path, strerror(-ret));
		unlink(temporary);
	}
out:
	free(path);
	free(temporary);
	return ret;
}

static int record(const struct comparison *c, struct store *store, char **err)
{
	bool regressed = c->verdict == STATS_REGRESSION;
	int ret = 0;

	for (size_t i = 0; i < c->new.nr_runs && !ret; i++) {
		ret = write_verdict(c, c->new.runs[i], err);
		if (!ret)
			ret = store_set_regressed(store, c->new.runs[i]->id, regressed, err);
	}
	return ret;
}

static int print(const struct comparison *c, const struct arguments *a)
{
	switch (a->format) {
	case FORMAT_MARKDOWN:
		return compare_print_markdown(c, a->all, stdout);
	case FORMAT_JSON:
		return compare_print_json(c, stdout);
	default:
		return compare_print_text(c, a->all, stdout);
	}
}

static int compare(const struct arguments *a, struct store *store, char **err)
{
	struct selection base = { 0 }, new = { 0 };
	struct comparison c = { 0 };
	int ret, code = CMD_USAGE;

	ret = select_both(a, store, &base, &new, err);
	if (!ret)
		ret = pair_designs(a, &base, &new, err);
	if (!ret) {
		struct compare_side base_side = { (const struct run *const *)base.runs,
						  base.nr_runs };
		struct compare_side new_side = { (const struct run *const *)new.runs, new.nr_runs };

		ret = compare_runs(&base_side, &new_side, &a->options, &c);
	}
	if (!ret && a->record && c.comparable)
		ret = record(&c, store, err);
	if (!ret)
		ret = print(&c, a);
	if (ret)
		lu_fail(err, ret, "%s", strerror(-ret));
	else if (!c.comparable)
		code = CMD_NOT_POSSIBLE;
	else
		code = c.verdict == STATS_REGRESSION ? CMD_FOUND : CMD_OK;
	comparison_release(&c);
	selection_release(&base);
	selection_release(&new);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.children = place_children,
		.args_doc = "BASE NEW",
		.doc = "Reports whether NEW is slower than BASE, worst first.\v"
		       "BASE and NEW are run.json files, run folders, folders of run folders (whose "
		       "samples are pooled), run ids, or the words last and last-good.\n\n"
		       "Exit status: 0 no regression, 1 regression, 2 usage or unreadable input, 3 "
		       "the runs are not comparable.",
	};
	struct arguments a = { .options = compare_defaults, .place = { .tell = tell } };
	struct store *store = NULL;
	char *err = NULL;
	int code = CMD_USAGE, ret;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CMD_USAGE;
	ret = needs_history(&a) ? store_open_synced(&a.place, &store, &err) : 0;
	/* A path that is not there is a better message than a history that is not. */
	if (ret && !a.record && !select_is_symbolic(a.words[0]) &&
	    !select_is_symbolic(a.words[1])) {
		free(err);
		err = NULL;
		ret = 0;
	}
	if (!ret)
		code = compare(&a, store, &err);
	if (err)
		tell(err);
	free(err);
	store_close(store);
	return code;
}
