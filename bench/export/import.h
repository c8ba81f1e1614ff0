/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of other tools as samples of a run. */
#ifndef LUBENCH_EXPORT_IMPORT_H
#define LUBENCH_EXPORT_IMPORT_H

#include <stddef.h>

#include "run/run.h"

/*
 * import_hyperfine - samples out of the JSON of hyperfine --export-json
 * @run: where they are appended
 * @name: of the file, for messages
 *
 * One design a command, named after it; other commands always have other names, and a note says
 * what a shortened one stands for. Its times are the phase "time". A run
 * of the command that failed is a failed sample. Hyperfine checks nothing but
 * the exit code, and that is what "verified" means here.
 *
 * Return: 0, -EINVAL with @err set, -ENOMEM; on failure @run is as it was.
 */
int import_hyperfine(struct run *run, const char *text, size_t len, const char *name, char **err);

/*
 * import_perf_stat - a sample out of the JSON lines of perf stat -j
 * @design: what was counted
 *
 * Events are counters; what perf could not count, or counted only part of the
 * time because events took turns, is unknown, and a note says so. With -I each
 * interval is a sample; each cgroup is a variant with samples of its own; with
 * aggregation by CPU, cache, cluster or socket the counts are summed. An event
 * that is counted twice has two counters, the second with ".2" behind its name.
 */
int import_perf_stat(struct run *run, const char *design, const char *text, size_t len,
		     const char *name, char **err);

/*
 * import_name - text as a name that run.json takes: lower-case, a-z 0-9 _ . : -
 *
 * Return: malloc()ed, NULL without memory.
 */
char *import_name(const char *text);

#endif
