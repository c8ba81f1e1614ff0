/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sub-commands of lubench, one file cmd_NAME.c each, listed in main.c. argv[0] is
 * "lubench NAME", so that argp's messages name what the user typed.
 */
#ifndef LUBENCH_LUBENCH_CMD_H
#define LUBENCH_LUBENCH_CMD_H

/** enum cmd_exit - what a sub-command returns to the shell. */
enum cmd_exit {
	CMD_OK = 0, /* done, nothing to complain about */
	CMD_FOUND = 1, /* done: a regression, a failed sample */
	CMD_USAGE = 2, /* wrong usage or unreadable input */
	CMD_NOT_POSSIBLE = 3, /* not comparable, or this machine cannot run it */
	CMD_INTERRUPTED = 130, /* stopped by Ctrl-C; the same command goes on */
};

int cmd_compare(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);

#endif
