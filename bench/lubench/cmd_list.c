// SPDX-License-Identifier: GPL-2.0-or-later
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/designs.h"
#include "common/phases.h"
#include "lubench/cmd.h"
#include "run/run.h"
#include "target/target.h"
#include "workload/workload.h"

struct list_options {
	const char *what;
	bool json;
};

/* Rows of two columns, or of two keys in JSON. */
static void row(json_t *rows, const char *name, const char *what)
{
	if (rows)
		json_array_append_new(rows, json_pack("{s:s,s:s}", "name", name, "what", what));
	else
		printf("  %-16s %s\n", name, what);
}

static int list_designs(json_t *rows)
{
	for (size_t i = 0; i < lu_nr_designs; i++)
		row(rows, lu_designs[i].name, lu_designs[i].what);
	return 0;
}

static void print_words(const char *label, const char *const *words)
{
	printf("  %-16s %s", "", label);
	for (; *words; words++)
		printf(" %s", *words);
	putchar('\n');
}

static int list_targets(json_t *rows)
{
	for (size_t i = 0; targets[i]; i++) {
		row(rows, targets[i]->name, targets[i]->what);
		if (rows)
			continue;
		printf("  %-16s good for: %s\n", "", targets[i]->good_for);
		print_words("designs:", targets[i]->designs);
		print_words("iommu:", targets[i]->iommus);
		printf("  %-16s tables: %s\n", "", targets[i]->tables);
		printf("  %-16s counts: %s\n", "", targets[i]->counts);
	}
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_ini(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 4 && !strcmp(e->d_name + len - 4, ".ini");
}

static void list_workload(json_t *rows, const char *folder, const char *file)
{
	struct workload *w = NULL;
	char *path, *err = NULL, *name = strdup(file);

	if (!name || asprintf(&path, "%s/%s", folder, file) < 0) {
		free(name);
		return;
	}
	name[strlen(name) - 4] = '\0';
	if (workload_load(path, &w, &err))
		row(rows, name, err ? err : "cannot be read");
	else
		row(rows, name, w->description ? w->description : "");
	workload_free(w);
	free(err);
	free(path);
	free(name);
}

static int list_workloads(json_t *rows)
{
	char *folder = workload_folder();
	struct dirent **e;
	int n = folder ? scandir(folder, &e, is_ini, by_name) : -1;

	if (n < 0)
		fprintf(stderr, "lubench list: no folder of workloads, neither beside lubench nor "
				"here\n");
	for (int i = 0; i < n; i++) {
		list_workload(rows, folder, e[i]->d_name);
		free(e[i]);
	}
	if (n >= 0)
		free(e);
	free(folder);
	return n < 0 ? -ENOENT : 0;
}

static int list_phases(json_t *rows)
{
	for (size_t i = 0; i < lu_nr_phases; i++)
		row(rows, lu_phases[i].name, lu_phases[i].what);
	return 0;
}

static int list_marks(json_t *rows)
{
	for (int i = 0; i < LU_NR_MARKS; i++)
		row(rows, lu_marks[i].name, lu_marks[i].what);
	return 0;
}

static const struct {
	const char *name;
	int (*list)(json_t *rows); /* Return: 0, or -errno after a message */
} lists[] = {
	{ "designs", list_designs }, { "targets", list_targets }, { "workloads", list_workloads },
	{ "phases", list_phases },   { "marks", list_marks },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list_options *opt = state->input;

	switch (key) {
	case 'j':
		opt->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			return ARGP_ERR_UNKNOWN;
		opt->what = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What could not be written was not shown. */
static int close_stdout(int ret)
{
	if (!fflush(stdout) && !ferror(stdout))
		return ret;
	fprintf(stderr, "lubench list: standard output: %s\n", strerror(errno));
	return CMD_USAGE;
}

static int list_all(const struct list_options *opt, json_t *all)
{
	int ret = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_t *rows;

		if (opt->what && strcmp(opt->what, lists[i].name) != 0)
			continue;
		if (!opt->json && !opt->what)
			printf("%s%s:\n", i ? "\n" : "", lists[i].name);
		rows = opt->json ? json_array() : NULL;
		if (lists[i].list(rows))
			ret = CMD_USAGE;
		if (opt->json)
			json_object_set_new(all, lists[i].name, rows);
	}
	return ret;
}

static bool is_list(const char *name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!strcmp(name, lists[i].name))
			return true;
	return false;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ .name = "json", .key = 'j', .doc = "Print JSON" },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[designs|targets|workloads|phases|marks|schema]",
		.doc = "Shows what there is; `schema` prints the JSON Schema of run.json.",
	};
	struct list_options opt = { 0 };
	json_t *all;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &opt))
		return CMD_USAGE;
	if (opt.what && !strcmp(opt.what, "schema"))
		return close_stdout(run_schema(stdout) ? CMD_USAGE : CMD_OK);
	if (opt.what && !is_list(opt.what)) {
		fprintf(stderr,
			"%s: no list of '%s': designs, targets, workloads, phases, marks, schema\n",
			argv[0], opt.what);
		return CMD_USAGE;
	}
	all = opt.json ? json_object() : NULL;
	ret = list_all(&opt, all);
	if (opt.json && (json_dumpf(all, stdout, JSON_INDENT(1)) || putchar('\n') == EOF))
		ret = CMD_USAGE;
	json_decref(all);
	return close_stdout(ret);
}
