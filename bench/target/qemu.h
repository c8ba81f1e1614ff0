/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU machine as DUT: started, watched and stopped here; what differs between architectures is
 * one table.
 */
#ifndef LUBENCH_TARGET_QEMU_H
#define LUBENCH_TARGET_QEMU_H

#include <stdbool.h>
#include <stddef.h>

#include "target/target.h"

/** struct arguments - a command line that grows. */
struct arguments {
	char **v;
	size_t n;
	bool failed;
};

/** arguments_add() - append words; the last one is NULL. */
void arguments_add(struct arguments *args, ...) __attribute__((sentinel));

/** arguments_addf() - append one word. */
void arguments_addf(struct arguments *args, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** arguments_release() - free what it owns. */
void arguments_release(struct arguments *args);

/** arguments_add_icount() - a clock of QEMU that counts instructions, and nothing left to chance. */
void arguments_add_icount(struct arguments *args);

/** arguments_add_data_folders() - where QEMU finds its firmware, when not where it was built for. */
void arguments_add_data_folders(const struct target_config *config, struct arguments *args);

/** qemu_find() - Return: where this QEMU lies, looked for in PATH, malloc()ed; or NULL. */
char *qemu_find(const char *name);

/**
 * qemu_identify() - find an emulator and say what it is.
 * @name: a path, or looked for in PATH.
 * @cancel_fd: becomes readable when the user wants to stop; -1 for none.
 *
 * Return: 0, -ENOENT, -ETIMEDOUT when it does not say its version in time, -EINTR, or another -errno;
 * with @err.
 */
int qemu_identify(const char *name, int cancel_fd, struct target_identity *id, char **err);

/**
 * struct qemu_machine - how one start of the machine differs from another.
 * @accelerator: "kvm" or "tcg".
 * @icount: the clock counts instructions.
 * @first_stage: the IOMMU translates with first-stage tables.
 * @devices: to pass through.
 * @seed: of what is random inside, with @icount.
 * @console: log of the kernel's console.
 */
struct qemu_machine {
	const struct workload *workload;
	const char *accelerator;
	bool icount;
	bool first_stage;
	int64_t devices;
	const char *console;
};

/**
 * struct qemu_arch - one architecture.
 * @emulator: its QEMU, looked for in PATH when no other is given.
 * @console: of the kernel, for its command line.
 * @kho: what its command line says of KHO beyond kho=on, beginning with a blank, or "".
 * @port: the serial port of the protocol, as the agent sees it.
 * @clock: name of the DUT's clock.
 * @native: this program was built for it, so that KVM may run it.
 * @arguments: add machine, IOMMU and the device of the outside check, which the character device
 *	"outside" is connected to. The devices to pass through take slots up to 30.
 * @clock_hz: the frequency of the DUT's clock where the host knows it exactly, else 0. The DUT has
 *	to calibrate its clock against emulated timers, which a busy host makes late.
 * @cmdline: what to add to the kernel's command line, malloc()ed; NULL without memory.
 * @caps: add what the workload asks of the IOMMU to what the DUT says about it. Return: 0 or -ENOMEM.
 */
struct qemu_arch {
	const char *emulator;
	const char *console;
	const char *kho;
	const char *port;
	const char *clock;
	bool native;
	void (*arguments)(const struct qemu_machine *m, struct arguments *args);
	int64_t (*clock_hz)(const struct qemu_machine *m);
	char *(*cmdline)(const struct qemu_machine *m);
	int (*caps)(const struct workload *w, struct lu_values *caps);
};

/* What a target behind QEMU shares; see struct target_ops. */
int qemu_check(const struct workload *w, char **err);
int qemu_identify_all(const struct qemu_arch *arch, const struct target_config *config,
		      struct target_identity *id, char **err);
int qemu_prepare(const struct qemu_arch *arch, const struct target_config *config,
		 struct target **out, char **err);
int qemu_describe(struct target *t, struct run *run);
int qemu_take(struct target *t, const struct plan_item *item, struct sample *s, char **err);
void qemu_release(struct target *t);

#endif
