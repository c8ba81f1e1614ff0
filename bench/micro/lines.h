/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page table benchmark of the kernel (iommu_pt_bench) prints, read line by line. */
#ifndef LUBENCH_MICRO_LINES_H
#define LUBENCH_MICRO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/run.h"

/* What each of its lines begins with, after whatever the kernel's log puts in front. */
#define MICRO_PREFIX "iommu_pt_bench: "

/**
 * struct micro_lines - what was read so far.
 * @counted: ticks are instructions.
 * @tree: the numbers of the "tree" line: tables, table_bytes, leaf_tables, leaf_bytes, entries.
 * @passes: of each "pass" line its phases, in ticks of the clock.
 * @serialised_bytes: from the last one of these, or LU_NULL.
 * @clock: ticks from start to end.
 * @clock_ns: the same by the clock of the host.
 * @done: the last line was there: everything was measured and every comparison said what it should.
 * @trouble: the last complaint, malloc()ed, or NULL.
 */
struct micro_lines {
	bool counted;
	struct lu_values tree;
	struct lu_values *passes;
	size_t nr_passes;
	int64_t serialised_bytes;
	int64_t clock;
	int64_t clock_ns;
	bool done;
	char *trouble;
};

/* Names of the phases of design "micro", in the order of run.json; ends with NULL. */
extern const char *const micro_phases[];

/**
 * micro_lines_init() - nothing was read yet.
 * @counted: a tick is an instruction, to be told as a nanosecond each.
 */
void micro_lines_init(struct micro_lines *lines, bool counted);

/**
 * micro_lines_read() - read one line of the console, of any origin.
 *
 * Return: 0, -ENOMEM, or -EINVAL for a line of the benchmark that is not as it should be.
 */
int micro_lines_read(struct micro_lines *lines, const char *line);

/**
 * micro_lines_sample() - put what was read into a sample: phases_ns, bytes, counters, verified.
 *
 * A phase is the median of the passes, whose number becomes the counter "passes".
 * Return: 0, -ENOMEM, or -EINVAL when something is missing; @s->error is then for the caller to set.
 */
int micro_lines_sample(const struct micro_lines *lines, struct sample *s);

/** micro_lines_hz() - Return: ticks a second, LU_NULL when unknown. */
int64_t micro_lines_hz(const struct micro_lines *lines);

/** micro_lines_release() - free what it owns. */
void micro_lines_release(struct micro_lines *lines);

#endif
