/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware events of a child process, from its exec() to its end. */
#ifndef LUBENCH_MICRO_COUNTERS_H
#define LUBENCH_MICRO_COUNTERS_H

#include <sys/types.h>

#include "run/run.h"

#define MAX_COUNTERS 8

/**
 * struct counters - events that are being counted.
 * @fd: of each, -1 for one that this machine cannot count.
 */
struct counters {
	int fd[MAX_COUNTERS];
};

/**
 * counters_open() - count the events of a process, in user mode, with all of its threads, from its
 * next exec() on.
 * @pid: a child that has not called exec() yet.
 *
 * Return: 0 when at least one hardware event is counted, -errno when there is none: -ENOENT when
 * the machine has no such counter (no PMU), -EACCES when the user may not.
 */
int counters_open(struct counters *c, pid_t pid);

/**
 * counters_close() - read them, and close them.
 * @to: gets a number for each event; unknown where it was not counted all the time.
 *
 * Return: 0 or -ENOMEM.
 */
int counters_close(struct counters *c, struct lu_values *to);

#endif
