// SPDX-License-Identifier: GPL-3.0-or-later
/* lubench history: where the figures changed, over all kept runs. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "compare/history.h"
#include "lubench/cmd.h"
#include "lubench/place.h"
#include "store/store.h"

enum {
	OPT_CASE = 0x100,
	OPT_CHECK,
	OPT_JSON,
	OPT_MIN_CHANGE,
	OPT_REBUILD,
	OPT_RUNS,
	OPT_SINCE,
};

enum format {
	FORMAT_TEXT,
	FORMAT_MARKDOWN,
	FORMAT_JSON,
};

struct arguments {
	struct store_filter filter;
	struct stats_change_options options;
	struct store_place place;
	enum format format;
	bool check;
	bool runs;
};

static const struct argp_option argp_options[] = {
	{ "metric", 'm', "PATTERN", 0,
	  "Only metrics whose name matches: blackout_ns, 'phases_ns.*', counters.…", 0 },
	{ "case", OPT_CASE, "PATTERN", 0, "Only cases whose label matches: 'verify-ioas 4G/*'", 0 },
	{ "since", OPT_SINCE, "YYYY-MM-DD", 0, "Only runs from that day on", 0 },
	{ "min-change", OPT_MIN_CHANGE, "PERCENT", 0, "Leave out smaller changes (default: 1 %)",
	  0 },
	{ "runs", OPT_RUNS, NULL, 0, "List the kept runs instead", 0 },
	{ "format", 'f', "FORMAT", 0, "text (default), markdown or json", 0 },
	{ "json", OPT_JSON, NULL, 0, "The same as --format json", 0 },
	{ "check", OPT_CHECK, NULL, 0, "Look for damage in the whole file first", 0 },
	{ "rebuild", OPT_REBUILD, NULL, 0, "Forget everything and read every run folder again", 0 },
	{ 0 },
};

static error_t parse_since(const char *arg, struct arguments *a, struct argp_state *state)
{
	struct tm tm = { 0 };
	const char *end = strptime(arg, "%Y-%m-%d", &tm);

	if (!end || *end)
		argp_error(state, "--since %s: want a day like 2026-01-31", arg);
	a->filter.since = timegm(&tm);
	return 0;
}

static error_t parse_min_change(const char *arg, struct arguments *a, struct argp_state *state)
{
	char *end;
	double percent = strtod(arg, &end);

	if (end == arg || *end || !(percent >= 0 && percent <= 1e6))
		argp_error(state, "--min-change %s: want a percentage from 0 up", arg);
	a->options.relative = percent / 100;
	return 0;
}

static error_t parse_format(const char *arg, struct arguments *a, struct argp_state *state)
{
	if (!strcmp(arg, "text"))
		a->format = FORMAT_TEXT;
	else if (!strcmp(arg, "markdown"))
		a->format = FORMAT_MARKDOWN;
	else if (!strcmp(arg, "json"))
		a->format = FORMAT_JSON;
	else
		argp_error(state, "--format %s: want text, markdown or json", arg);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->place;
		return 0;
	case 'm':
		a->filter.metric = arg;
		return 0;
	case 'f':
		return parse_format(arg, a, state);
	case OPT_JSON:
		a->format = FORMAT_JSON;
		return 0;
	case OPT_CASE:
		a->filter.of_case = arg;
		return 0;
	case OPT_SINCE:
		return parse_since(arg, a, state);
	case OPT_MIN_CHANGE:
		return parse_min_change(arg, a, state);
	case OPT_RUNS:
		a->runs = true;
		return 0;
	case OPT_CHECK:
		a->check = true;
		return 0;
	case OPT_REBUILD:
		a->place.rebuild = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void tell(const char *line)
{
	fprintf(stderr, "lubench history: %s\n", line);
}

static int show_runs(const struct arguments *a, struct store *store, char **err)
{
	struct store_runs runs;
	int ret;

	ret = store_runs(store, NULL, &runs, err);
	if (ret)
		return ret;
	ret = a->format == FORMAT_JSON ? history_print_runs_json(&runs, stdout) :
					 history_print_runs(&runs, stdout);
	store_runs_release(&runs);
	return ret;
}

static int show_changes(const struct arguments *a, struct store *store, char **err)
{
	static int (*const print[])(const struct history *history, FILE *f) = {
		[FORMAT_TEXT] = history_print_text,
		[FORMAT_MARKDOWN] = history_print_markdown,
		[FORMAT_JSON] = history_print_json,
	};
	struct history history;
	int ret;

	ret = history_find(store, &a->filter, &a->options, &history, err);
	if (!ret)
		ret = print[a->format](&history, stdout);
	history_release(&history);
	return ret;
}

static int show(const struct arguments *a, struct store *store, char **err)
{
	int ret = a->check ? store_check(store, err) : 0;

	if (ret)
		return ret;
	return a->runs ? show_runs(a, store, err) : show_changes(a, store, err);
}

/* Damage that shows only now is repaired once, then everything is read again. */
static int show_or_repair(struct arguments *a, struct store **store, char **err)
{
	char *notice = NULL;
	int ret = show(a, *store, err);

	if (ret != -EUCLEAN)
		return ret;
	free(*err);
	*err = NULL;
	ret = store_repair(*store, &notice, err);
	if (notice)
		tell(notice);
	free(notice);
	store_close(*store);
	*store = NULL;
	if (!ret)
		ret = store_open_synced(&a->place, store, err);
	return ret ? ret : show(a, *store, err);
}

int cmd_history(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.children = place_children,
		.doc = "Takes in every run folder and shows where figures changed their level, with "
		       "the run, commit and kernel at which they did.\v"
		       "Runs of another machine, target, accelerator, clock or workload are another "
		       "series. PATTERN is a shell pattern.\n\n"
		       "Exit status: 0 done, 2 usage or unreadable input.",
	};
	struct arguments a = { .options = stats_change_defaults, .place = { .tell = tell } };
	struct store *store = NULL;
	char *err = NULL;
	int ret;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CMD_USAGE;
	ret = store_open_synced(&a.place, &store, &err);
	if (!ret)
		ret = show_or_repair(&a, &store, &err);
	if (ret) {
		lu_fail(&err, ret, "%s", strerror(-ret));
		tell(err ? err : "out of memory");
	}
	free(err);
	store_close(store);
	return ret ? CMD_USAGE : CMD_OK;
}
