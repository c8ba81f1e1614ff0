// SPDX-License-Identifier: GPL-2.0-or-later
/* lubench: measures how an I/O page table gets through a kernel live update. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lubench/cmd.h"
#include "version.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
};

static const struct command commands[] = {
	{ "list", cmd_list, "designs, targets, workloads and phases there are" },
	{ "run", cmd_run, "take the samples of a workload on a target" },
	{ "report", cmd_report, "write the report of one or more runs" },
	{ "compare", cmd_compare, "tell whether a run is slower than another" },
	{ "history", cmd_history, "show change points over all kept runs" },
	{ "export", cmd_export, "write runs in formats of other tools" },
	{ "import", cmd_import, "read results of other tools" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *argp_program_version = "lubench " LUBENCH_VERSION " (" LUBENCH_COMMIT ")";

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static char *list_of_commands(int key, const char *text, void *input)
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
	fputs("Commands:\n", f);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].what);
	fputs("\n`lubench COMMAND --help` tells more about each.", f);
	fclose(f);
	return out;
}

struct call {
	int argc;
	char **argv;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct call *call = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		/* What follows belongs to the command, options too. */
		call->argc = state->argc - state->next + 1;
		call->argv = state->argv + state->next - 1;
		state->next = state->argc;
		(void)arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Measures how an I/O page table gets through a kernel live update.\v",
		.help_filter = list_of_commands,
	};
	const struct command *command;
	struct call call = { 0 };
	char *name;
	int ret;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &call))
		return CMD_USAGE;
	command = find(call.argv[0]);
	if (!command) {
		fprintf(stderr, "lubench: no command '%s': `lubench --help` lists them\n",
			call.argv[0]);
		return CMD_USAGE;
	}
	if (asprintf(&name, "lubench %s", command->name) < 0)
		return CMD_NOT_POSSIBLE;
	call.argv[0] = name;
	ret = command->run(call.argc, call.argv);
	/* A full disk shows only now, where the command has not looked itself. */
	if (ret < CMD_USAGE && (fflush(stdout) || ferror(stdout))) {
		fprintf(stderr, "%s: standard output: %s\n", name, strerror(errno));
		ret = CMD_USAGE;
	}
	free(name);
	return ret;
}
