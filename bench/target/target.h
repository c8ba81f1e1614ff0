/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target is a place where samples are taken. One file each behind one table of operations;
 * adding one touches its file and the list in target.c.
 */
#ifndef LUBENCH_TARGET_TARGET_H
#define LUBENCH_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"
#include "run/run.h"
#include "workload/workload.h"

struct target;

/**
 * struct target_progress - where a sample is.
 * @step: "boot", "allocate", "map", "kexec", …
 * @done, @total: how far this step is; @total 0 when it cannot say.
 */
struct target_progress {
	const char *step;
	int64_t done;
	int64_t total;
};

/**
 * struct target_config - what a target needs to know. It outlives the target.
 * @workload: the machine and IOMMU that it asks for.
 * @dir: the run folder, for console.log.
 * @kernel, @initrd, @emulator, @emulator_data: files given on the command line, or NULL.
 * @delay_phase, @delay_permille: lengthen this phase by this part of itself, to test whether the
 *	statistics notice; NULL for never.
 * @die_at: mark at which the agent dies, to test what becomes of the sample; NULL for never.
 * @cancel_fd: becomes readable when the user wants to stop.
 * @progress: called now and then while a sample is taken; may be NULL.
 */
struct target_config {
	const struct workload *workload;
	const char *dir;
	const char *kernel;
	const char *initrd;
	const char *emulator;
	const char *emulator_data;
	const char *delay_phase;
	int64_t delay_permille;
	const char *die_at;
	int cancel_fd;
	void (*progress)(void *data, const struct target_progress *p);
	void *progress_data;
};

/**
 * struct target_ops - one target.
 *
 * @name: as on the command line and in run.json.
 * @what: what runs there.
 * @good_for: what its numbers are good for.
 * @designs, @iommus: what it can measure; each ends with NULL.
 * @page_sizes: the values of page_size that it can measure, in bytes; ends with 0.
 * @tables: which page tables the IOMMU may have, and how a workload chooses.
 * @counts: what is counted besides time.
 *
 * @check: tell without starting anything whether the workload fits. Return 0 or -EINVAL with
 *	@err "what: what is allowed".
 * @prepare: get ready to take samples: find files, choose an accelerator by trying it. May take
 *	minutes. On failure nothing is left behind. Return 0, -errno with @err, -EINTR when the
 *	user wants to stop.
 * @describe: fill run->target, run->host.iommu and run->kernel with what was found. Called after
 *	@prepare, before the first @take and again after the last.
 * @take: take one sample. @s comes with everything that @item says filled in already. Return 0
 *	when @s tells what happened, also when it failed: then s->error says why, and the next
 *	call starts from a fresh machine. Return -EINTR when the user wants to stop (@s is then
 *	thrown away), another -errno with @err when no further sample can be taken.
 *	It never hangs: every step has a time limit.
 * @release: stop and free everything. After it no process of the target is alive. If lubench
 *	dies without calling it, the processes die as well.
 */
struct target_ops {
	const char *name;
	const char *what;
	const char *good_for;
	const char *const *designs;
	const char *const *iommus;
	const int64_t *page_sizes;
	const char *tables;
	const char *counts;

	int (*check)(const struct workload *w, char **err);
	int (*prepare)(const struct target_config *config, struct target **out, char **err);
	int (*describe)(struct target *t, struct run *run);
	int (*take)(struct target *t, const struct plan_item *item, struct sample *s, char **err);
	void (*release)(struct target *t);
};

/* Every target, in the order of `lubench list targets`; ends with NULL. */
extern const struct target_ops *const targets[];

/** target_find() - Return: the target of that name, NULL when there is none. */
const struct target_ops *target_find(const char *name);

/**
 * target_check() - whether a target can measure a workload, told before anything is started.
 *
 * Return: 0, or -EINVAL with @err in the words "file:line: …, allowed is …".
 */
int target_check(const struct target_ops *ops, const struct workload *w, char **err);

#endif
