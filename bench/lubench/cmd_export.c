// SPDX-License-Identifier: GPL-3.0-or-later
/* lubench export: runs in formats of other tools. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "compare/select.h"
#include "export/export.h"
#include "lubench/cmd.h"
#include "lubench/place.h"
#include "run/unit.h"
#include "store/setup.h"
#include "store/store.h"

enum {
	OPT_METRIC = 0x100,
};

static const struct exporter *const exporters[] = { &export_csv,	 &export_otava,
						    &export_openmetrics, &export_markdown,
						    &export_hyperfine,	 &export_ratios,
						    &export_json,	 &export_costs };

#define NR_EXPORTERS (sizeof(exporters) / sizeof(exporters[0]))

struct arguments {
	const struct exporter *exporter;
	struct export_options options;
	struct store_place place;
	const char *output;
	char **words;
	size_t nr_words;
};

static const struct argp_option argp_options[] = {
	{ "format", 'f', "FORMAT", 0, "What to write; see below", 0 },
	{ "output", 'o', "FILE", 0, "Where to (default: standard output)", 0 },
	{ "metric", OPT_METRIC, "NAME", 0, "For hyperfine: which metric (default: blackout_ns)",
	  0 },
	{ 0 },
};

static const struct exporter *find(const char *name)
{
	for (size_t i = 0; i < NR_EXPORTERS; i++) {
		if (!strcmp(exporters[i]->name, name))
			return exporters[i];
	}
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->place;
		return 0;
	case 'f':
		a->exporter = find(arg);
		if (!a->exporter)
			argp_error(state,
				   "--format %s: want csv, otava, openmetrics, markdown, "
				   "hyperfine, ratios, json or costs",
				   arg);
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPT_METRIC:
		a->options.metric = arg;
		return 0;
	case ARGP_KEY_ARGS:
		a->words = state->argv + state->next;
		a->nr_words = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!a->exporter)
			argp_error(state, "--format is missing");
		if (!a->nr_words)
			argp_error(state, "no run is named");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *list_of_formats(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&out, &size);
	if (!f)
		return (char *)text;
	fputs("Formats:\n", f);
	for (size_t i = 0; i < NR_EXPORTERS; i++)
		fprintf(f, "  %-12s %s\n", exporters[i]->name, exporters[i]->what);
	fprintf(f, "\n%s", text);
	fclose(f);
	return out;
}

static void tell(const char *line)
{
	fprintf(stderr, "lubench export: %s\n", line);
}

static bool needs_history(const struct arguments *a)
{
	for (size_t i = 0; i < a->nr_words; i++) {
		if (access(a->words[i], F_OK))
			return true;
	}
	return false;
}

static int select_all(const struct arguments *a, struct store *store, struct selection *all,
		      char **err)
{
	struct select_from from = {
		.results = a->place.results ? a->place.results : STORE_RESULTS,
		.store = store,
	};
	int ret = 0;

	for (size_t i = 0; i < a->nr_words && !ret; i++) {
		struct selection some;
		struct run **bigger;

		ret = select_runs(a->words[i], &from, &some, err);
		if (ret)
			break;
		bigger = reallocarray(all->runs, all->nr_runs + some.nr_runs, sizeof(*bigger));
		if (!bigger) {
			selection_release(&some);
			return -ENOMEM;
		}
		all->runs = bigger;
		memcpy(bigger + all->nr_runs, some.runs, some.nr_runs * sizeof(*bigger));
		all->nr_runs += some.nr_runs;
		free(some.runs);
	}
	return ret;
}

/* Return: 0, -EXDEV with @err set if the runs are not alike. */
static int check_alike(const struct selection *all, char **err)
{
	struct setup_differences d;
	int ret = 0;

	for (size_t i = 1; i < all->nr_runs && !ret; i++) {
		ret = setup_compare(all->runs[0], all->runs[i], &d);
		for (size_t j = 0; !ret && j < d.n; j++) {
			if (d.v[j].unlike)
				ret = lu_fail(err, -EXDEV,
					      "%s and %s are not alike: %s: %s, %s: export them "
					      "apart",
					      all->runs[0]->id, all->runs[i]->id, d.v[j].field,
					      d.v[j].base, d.v[j].new);
		}
		setup_differences_release(&d);
	}
	return ret;
}

/* Return: 0, -EXDEV with @err set if a run counts what the format has no unit for. */
static int check_unit(const struct arguments *a, const struct selection *all, char **err)
{
	for (size_t i = 0; a->exporter->seconds && i < all->nr_runs; i++) {
		if (run_unit(all->runs[i]) == RUN_UNIT_INSTRUCTIONS)
			return lu_fail(err, -EXDEV,
				       "%s counts instructions, and a file of %s holds seconds: "
				       "export it as json or csv",
				       all->runs[i]->id, a->exporter->name);
	}
	return 0;
}

static int close_output(FILE *f, const char *name, int ret, char **err)
{
	bool failed = fflush(f) || ferror(f);

	if (f != stdout)
		failed |= fclose(f) != 0;
	if (!ret && failed)
		ret = lu_fail(err, -EIO, "%s: %s: free some space or name another with -o", name,
			      strerror(errno ? errno : EIO));
	return ret;
}

static FILE *open_output(const char *name, int *ret, char **err)
{
	FILE *f = fopen(name, "w");

	if (!f)
		*ret = lu_fail(err, -errno, "%s: %s: name another with -o", name, strerror(errno));
	return f;
}

static int write_runs(const struct arguments *a, const struct selection *all, char **err)
{
	const struct run *const *runs = (const struct run *const *)all->runs;
	FILE *f = stdout;
	int ret = 0;

	if (a->output)
		f = open_output(a->output, &ret, err);
	if (!f)
		return ret;
	ret = a->exporter->write(runs, all->nr_runs, &a->options, f);
	return close_output(f, a->output ? a->output : "standard output", ret, err);
}

static int write_companion(const struct arguments *a, const struct selection *all, char **err)
{
	const struct run *const *runs = (const struct run *const *)all->runs;
	const char *dot, *slash;
	char *name;
	int ret = 0;
	FILE *f;

	if (!a->output || !a->exporter->companion)
		return 0;
	slash = strrchr(a->output, '/');
	dot = strrchr(slash ? slash : a->output, '.');
	if (asprintf(&name, "%.*s%s", (int)(dot ? dot - a->output : (long)strlen(a->output)),
		     a->output, a->exporter->companion_suffix) < 0)
		return -ENOMEM;
	f = open_output(name, &ret, err);
	if (f) {
		ret = a->exporter->companion(runs, all->nr_runs, slash ? slash + 1 : a->output, f);
		ret = close_output(f, name, ret, err);
	}
	free(name);
	return ret;
}

int cmd_export(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.children = place_children,
		.args_doc = "--format FORMAT RUN...",
		.doc = "Writes runs in formats of other tools.\v"
		       "RUN is a run.json, a run folder, a folder of run folders, a run id, last or "
		       "last-good.\n\n"
		       "Exit status: 0 done, 2 usage or unreadable input, 3 the runs are not alike "
		       "and the format would mix them, or it has no unit for what they count.",
		.help_filter = list_of_formats,
	};
	struct arguments a = { .options = { .metric = "blackout_ns" }, .place = { .tell = tell } };
	struct selection all = { 0 };
	struct store *store = NULL;
	char *err = NULL;
	int ret;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CMD_USAGE;
	ret = needs_history(&a) ? store_open_synced(&a.place, &store, &err) : 0;
	if (!ret)
		ret = select_all(&a, store, &all, &err);
	if (!ret && a.exporter->alike)
		ret = check_alike(&all, &err);
	if (!ret)
		ret = check_unit(&a, &all, &err);
	if (!ret)
		ret = write_runs(&a, &all, &err);
	if (!ret)
		ret = write_companion(&a, &all, &err);
	if (ret) {
		lu_fail(&err, ret, "%s", strerror(-ret));
		tell(err ? err : "out of memory");
	}
	free(err);
	selection_release(&all);
	store_close(store);
	if (ret == -EXDEV)
		return CMD_NOT_POSSIBLE;
	return ret ? CMD_USAGE : CMD_OK;
}
