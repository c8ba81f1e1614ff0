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

#include <jansson.h>

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
 * struct target_identity - what is measured, known by content.
 * @kernel_sha256, @initramfs_sha256, @emulator_sha256: of the files; empty where there is none.
 * @emulator_version: in one line, malloc()ed; NULL where there is none or it does not say.
 */
struct target_identity {
	char kernel_sha256[65];
	char initramfs_sha256[65];
	char emulator_sha256[65];
	char *emulator_version;
};

/** target_identity_release() - free what it owns. */
void target_identity_release(struct target_identity *id);

/**
 * struct target_config - what a target needs to know. It outlives the target.
 * @workload: the machine and IOMMU that it asks for.
 * @identity: of what is measured, from struct target_ops' @identify.
 * @dir: the run folder, for console.log.
 * @worker: which of several machines of one run this is, from 0. Only the first one chooses an
 *	accelerator and can describe the run.
 * @same_machine: take sample after sample on one machine, to test what they leave behind. Otherwise
 *	each sample has a fresh machine.
 * @kernel, @initrd, @emulator, @emulator_data: files given on the command line, or NULL.
 * @delay_phase, @delay_permille: lengthen this phase by this part of itself, to test whether the
 *	statistics notice; NULL for never.
 * @die_at: mark at which the agent dies, to test what becomes of the sample; NULL for never.
 * @cancel_fd: becomes readable when the user wants to stop.
 * @progress: called now and then while a sample is taken; may be NULL.
 */
struct target_config {
	const struct workload *workload;
	const struct target_identity *identity;
	const char *dir;
	int worker;
	bool same_machine;
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
 * @parallel: samples whose clock counts instructions may be taken on several machines at once.
 *
 * @check: tell without starting anything whether the workload fits. Return 0 or -EINVAL with
 *	@err "what: what is allowed".
 * @identify: find the files that @config names and say what they are, before anything is written or
 *	measured. Takes about a second. Return 0, -ENOENT when one is not there, -EINVAL when one is
 *	not what it should be, -EINTR when the user wants to stop, else -errno; with @err.
 * @prepare: get ready to take samples: choose an accelerator by trying it. May take
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
	bool parallel;

	int (*check)(const struct workload *w, char **err);
	int (*identify)(const struct target_config *config, struct target_identity *id, char **err);
	int (*prepare)(const struct target_config *config, struct target **out, char **err);
	int (*describe)(struct target *t, struct run *run);
	int (*take)(struct target *t, const struct plan_item *item, struct sample *s, char **err);
	void (*release)(struct target *t);
};

/**
 * target_hash_file() - the digest of a file that the command line names.
 * @what: its option, for the message.
 *
 * Return: 0 or -errno with @err.
 */
int target_hash_file(const char *path, const char *what, char hex[65], char **err);

/**
 * target_kernel_info() - kernel.json, which the build leaves beside a kernel.
 * @out: what it says; NULL when there is no such file: what it would say stays unknown.
 *
 * Return: 0; -EINVAL with @err when it cannot be read or a hash in it is not one.
 */
int target_kernel_info(const char *kernel, json_t **out, char **err);

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
