/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A workload: what to measure, from workloads/NAME.ini. Reading it checks every key, number and
 * combination, so that what comes after can rely on it.
 */
#ifndef LUBENCH_WORKLOAD_WORKLOAD_H
#define LUBENCH_WORKLOAD_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct size_list, struct word_list - a comma list of a workload, without repetition. */
struct size_list {
	int64_t *v;
	size_t n;
};

struct word_list {
	char **v;
	size_t n;
};

/* Keys that a [matrix] section knows. */
#define WORKLOAD_MATRIX_KEYS 13

/**
 * struct matrix - one [matrix] or [matrix NAME] section: the product of its lists is measured.
 * @name: "" for [matrix].
 * @line: line of the section.
 * @guest_size: bytes.
 * @page_size: bytes, 4 KiB, 2 MiB or 1 GiB.
 * @layout: contig, fragmented, holes, mixed.
 * @backing: real, aliased.
 * @backing_size: bytes behind an aliased guest.
 * @devices: how many devices are passed through.
 * @design: empty for every design of the target.
 * @iommu: page table formats; empty for what the target has.
 * @variant: variants of a design (micro: cold, warm); empty for none.
 * @stage: first, second; empty for what the IOMMU has.
 * @redrive: how userspace issues its calls again; empty for "same".
 * @attack: how userspace re-drives wrongly on purpose; empty for never.
 * @iterations: samples of each combination.
 */
struct matrix {
	char *name;
	int line;
	struct size_list guest_size;
	struct size_list page_size;
	struct word_list layout;
	struct word_list backing;
	int64_t backing_size;
	struct size_list devices;
	struct word_list design;
	struct word_list iommu;
	struct word_list variant;
	struct word_list stage;
	struct word_list redrive;
	struct word_list attack;
	int64_t iterations;
	int key_line[WORKLOAD_MATRIX_KEYS]; /* read with matrix_line() */
};

/**
 * struct workload - one file.
 * @path: where it was read from.
 * @sha256: of the file, in hexadecimal.
 * @seed: of the random order; 0: choose one.
 * @dut: the machine to measure on.
 * @target: how it runs.
 * @iommu: its IOMMU.
 */
struct workload {
	char *path;
	char *name;
	char *description;
	char sha256[65];
	int64_t seed;
	struct {
		int64_t memory; /* bytes */
		int64_t cpus;
	} dut;
	struct {
		char *accelerator; /* auto, kvm, tcg */
		char *clock; /* tsc: the CPU's own counter, whatever its name; icount */
		int64_t timeout_s; /* longest time one step of a sample may take */
		int64_t warmup; /* kexecs after a start that are not measured; -1: by clock */
	} target;
	struct {
		int64_t aw_bits; /* 39, 48 or 57 */
		bool scalable; /* VT-d's scalable mode; SMMUv3: stage 1 beside stage 2 */
		bool caching_mode;
	} iommu;
	struct matrix *matrix;
	size_t nr_matrix;
};

/**
 * workload_load() - read and check a workload.
 * @path: the file.
 * @err: on failure one line "FILE:LINE: what: what is allowed".
 *
 * Return: 0, -EINVAL when it is not right, -ENOMEM, or what opening the file gave.
 */
int workload_load(const char *path, struct workload **out, char **err);

/** workload_load_buffer() - as workload_load(), from memory; @name stands for the file. */
int workload_load_buffer(const char *buf, size_t len, const char *name, struct workload **out,
			 char **err);

/** workload_free() - free it and all it owns. NULL is fine. */
void workload_free(struct workload *w);

/** matrix_line() - Return: the line of that key, or of the section when it is not there. */
int matrix_line(const struct matrix *m, const char *key);

/**
 * workload_find() - the file of a workload.
 * @name: a path, or the bare name of a file in workloads/.
 *
 * Return: a malloc()ed path that exists, NULL when there is none.
 */
char *workload_find(const char *name);

/** workload_folder() - Return: the folder of the shipped workloads, malloc()ed, or NULL. */
char *workload_folder(void);

/**
 * parse_size() - "4096", "64K", "2M", "1G", "1T" in bytes.
 *
 * Return: 0, or -EINVAL when it is not a positive integer with at most one suffix, or too large.
 */
int parse_size(const char *text, int64_t *bytes);

/** size_text() - bytes in the form parse_size() reads, in @buf. Return: @buf. */
const char *size_text(int64_t bytes, char *buf, size_t size);

#endif
