/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.json in memory. struct run and struct sample mirror the file field by field; the table in
 * run.c reads, writes and checks them and prints results/schema/run.schema.json.
 *
 * Every char * is owned by the run and freed by run_free(), so put strdup()ed strings there.
 * A string that the file may hold as null is NULL; a number that it may hold as null is LU_NULL.
 */
#ifndef LUBENCH_RUN_RUN_H
#define LUBENCH_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The schema that this program writes. It reads lubench-run/1 as well; what that lacks is unknown,
 * and the run in memory is one of RUN_SCHEMA.
 */
#define RUN_SCHEMA "lubench-run/2"

/* Unknown: null in the file, never 0. */
#define LU_NULL INT64_MIN

/** struct lu_value - a number with a name. @value is LU_NULL when unknown. */
struct lu_value {
	char *name;
	int64_t value;
};

/** struct lu_values - numbers by name, in the order in which they were set. */
struct lu_values {
	struct lu_value *v;
	size_t n;
};

/** struct lu_strings - a list of strings. */
struct lu_strings {
	char **v;
	size_t n;
};

/**
 * struct sample - one pass of one design through one kexec (or one pass of `micro`).
 *
 * What is called _ns counts instructions where the run says so: see run_unit() in run/unit.h.
 *
 * @design: "rebuild", "verify-ioas", …; "micro" for the micro target.
 * @iommu: the IOMMU or page table format: "intel", "vtd-ss", …
 * @guest_bytes: guest memory mapped into the IOAS.
 * @page_bytes: size of a page of the backing, which bounds the I/O page size.
 * @layout: "contig", "fragmented", "holes" or "mixed".
 * @backing: "real" or "aliased".
 * @backing_bytes: memory that really lies behind the guest; @guest_bytes when real.
 * @devices: number of devices passed through.
 * @iteration: counts from 0 within one combination.
 * @order: place in the order in which the samples of this run were taken, from 0.
 * @place: place among the designs of its block, from 0, or LU_NULL.
 * @scatter: physically separate runs of preserved memory in address order, or LU_NULL.
 * @variant: what tells this sample from others of the same design ("cold", "lazy"), or NULL.
 * @stage: "first" or "second"; NULL where the word has no meaning.
 * @redrive: how userspace issued its calls again ("same", "split", …), or NULL.
 * @attack: how userspace re-drove wrongly on purpose, or NULL.
 * @refusal: what the kernel found that does not match ("address", …), or NULL.
 * @marks: ns since vm_pause, may be negative.
 * @phases_ns: the phases of common/phases.h in order; for `micro` its own.
 * @brownout_ns: vm_pause - brownout_begin, or LU_NULL.
 * @blackout_ns: vm_resume - vm_pause, or LU_NULL.
 * @tail_ns: tail_end - vm_resume, or LU_NULL.
 * @dma_gap_ns: longest time without DMA, or LU_NULL.
 * @unaccounted_ns: @blackout_ns - sum of @phases_ns, or LU_NULL.
 * @outside_ns: the blackout as the outside observer saw it, or LU_NULL.
 * @outside_resolution_ns: how far it may be off, or LU_NULL.
 * @bytes: sizes, each LU_NULL when unknown.
 * @counters: everything else that was counted; unknown ones are LU_NULL.
 * @verified: DMA through the IOMMU and the guest's memory were checked and right.
 * @error: NULL, or why this sample is not a result.
 */
struct sample {
	char *design;
	char *iommu;
	int64_t guest_bytes;
	int64_t page_bytes;
	char *layout;
	char *backing;
	int64_t backing_bytes;
	int64_t devices;
	int64_t iteration;
	int64_t order;
	int64_t place;
	int64_t scatter;
	char *variant;
	char *stage;
	char *redrive;
	char *attack;
	char *refusal;
	struct lu_values marks;
	struct lu_values phases_ns;
	int64_t brownout_ns;
	int64_t blackout_ns;
	int64_t tail_ns;
	int64_t dma_gap_ns;
	int64_t unaccounted_ns;
	int64_t outside_ns;
	int64_t outside_resolution_ns;
	struct {
		int64_t serialised;
		int64_t tables;
		int64_t extra_peak;
	} bytes;
	struct lu_values counters;
	bool verified;
	char *error;
};

/**
 * struct run - one run.json.
 * @path: file it was loaded from, NULL when it was not; not part of the file.
 * @id: name of the run folder: `<UTC time>-<target>-<workload>-<commit>`.
 * @started: RFC 3339, UTC.
 * @finished: the same, NULL when unknown.
 * @planned: samples that the workload asked for; fewer in @samples means it was cut short.
 * @seed: of the random order.
 * @notes: what a reader must know: combinations left out, checks not possible, and why.
 */
struct run {
	char *path;
	char *schema;
	char *id;
	char *started;
	char *finished;
	int64_t planned;
	int64_t seed;
	struct {
		char *version;
		char *commit;
	} tool;
	struct {
		char *name; /* "qemu-vtd", "micro", … */
		bool emulated;
		char *accelerator; /* "tcg", "kvm", NULL where there is none */
		char *clock; /* "tsc", "cntvct", "icount", … */
		int64_t clock_hz; /* or LU_NULL */
		char *version; /* of the emulator, or NULL */
		int64_t cpus; /* of the DUT, or LU_NULL */
		int64_t memory; /* of the DUT in bytes, or LU_NULL */
		int64_t mark_ns; /* what taking a mark costs, rounded up, or LU_NULL */
		char *unit; /* of what is called _ns: "ns" or "instructions"; NULL when unknown */
		int64_t warmup; /* samples thrown away before the first of a machine, or LU_NULL */
		char *delay; /* phase lengthened on purpose, and permille: "attach:25"; or NULL */
		char *ioas; /* options set on the IOAS: "huge_pages=1"; NULL when unknown */
		char *emulator_sha256; /* of its program, or NULL */
	} target;
	struct {
		char *cpu;
		char *microcode; /* or NULL */
		int64_t cpus; /* or LU_NULL */
		int64_t memory; /* bytes, or LU_NULL */
		char *governor; /* or NULL */
		char *kernel; /* of the machine that runs lubench, or NULL */
		struct {
			char *kind; /* "intel", "amd", "smmuv3", "none" */
			struct lu_values caps; /* aw_bits, scalable, … */
		} iommu; /* the IOMMU of the DUT */
	} host;
	struct {
		char *release; /* or NULL */
		char *source_sha256; /* or NULL, as the next three */
		char *patches_sha256;
		char *config_sha256;
		char *cmdline;
		char *image_sha256; /* of the image that was booted, or NULL */
	} kernel; /* of the DUT */
	struct {
		char *initramfs_sha256; /* or NULL, as the next */
		char *agent_sha256;
	} dut; /* what else ran on it */
	struct {
		char *name;
		char *sha256; /* of the file, or NULL */
		char *description; /* or NULL */
	} workload;
	struct lu_strings notes;
	struct sample *samples;
	size_t nr_samples;
};

/**
 * run_load() - read and check one run.json.
 * @path: the file, or the run folder that holds it.
 * @out: the run on success; free with run_free().
 * @err: on failure one malloc()ed line "file: what: what to do", without newline; may be NULL.
 *
 * Return: 0, or -errno: what opening the file gave, -EINVAL when it is not a valid run, -ENOMEM.
 */
int run_load(const char *path, struct run **out, char **err);

/** run_load_buffer() - as run_load(), from memory; @name stands for the file in messages. */
int run_load_buffer(const char *buf, size_t len, const char *name, struct run **out, char **err);

/**
 * run_write() - check a run and write it so that @path holds the old or the new file, never half.
 *
 * Writes a temporary file beside it, fsync(), rename(), fsync() of the folder.
 * Return: 0, or -errno with @err as in run_load().
 */
int run_write(const struct run *run, const char *path, char **err);

/** run_dump() - write the JSON text of @run to @f. Return: 0 or -errno, @err as in run_load(). */
int run_dump(const struct run *run, FILE *f, char **err);

/** run_schema() - write the JSON Schema of run.json to @f. Return: 0 or -errno. */
int run_schema(FILE *f);

/** run_new() - Return: a run with the schema set and every number LU_NULL, NULL without memory. */
struct run *run_new(void);

/** run_free() - free a run and all it owns. NULL is fine. */
void run_free(struct run *run);

/**
 * run_add_sample() - append a sample with every number LU_NULL and every string NULL.
 *
 * Return: the sample, owned by @run and valid until the next call; NULL without memory.
 */
struct sample *run_add_sample(struct run *run);

/** sample_init() - every number LU_NULL, every string NULL, for a sample outside of a run. */
void sample_init(struct sample *s);

/** sample_release() - free what a sample owns, not the sample. */
void sample_release(struct sample *s);

/** sample_to_text() - Return: one line of JSON, malloc()ed; NULL when it is not valid, see @err. */
char *sample_to_text(const struct sample *s, char **err);

/** sample_from_text() - the way back. Return: 0 or -errno; @s is initialised either way. */
int sample_from_text(const char *text, size_t len, const char *name, struct sample *s, char **err);

/** lu_values_get() - Return: the number of that name; LU_NULL when unknown or absent. */
int64_t lu_values_get(const struct lu_values *vals, const char *name);

/** lu_values_set() - add or change. Return: 0 or -ENOMEM. */
int lu_values_set(struct lu_values *vals, const char *name, int64_t value);

/** lu_values_release() - free what it owns. */
void lu_values_release(struct lu_values *vals);

/** lu_strings_add() - append a copy. Return: 0 or -ENOMEM. */
int lu_strings_add(struct lu_strings *list, const char *s);

/** lu_strings_release() - free what it owns. */
void lu_strings_release(struct lu_strings *list);

#endif
