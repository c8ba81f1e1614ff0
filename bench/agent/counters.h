/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel counts: pages (to find leaks) and, where the CPU can, cycles and instructions.
 */
#ifndef LUBENCH_AGENT_COUNTERS_H
#define LUBENCH_AGENT_COUNTERS_H

#include <jansson.h>
#include <linux/perf_event.h>
#include <stdint.h>

#include "common/phases.h"

/* A counter that is not known. */
#define COUNTER_NONE INT64_MIN

/** enum page_counter - what of the kernel's page accounting is followed. */
enum page_counter {
	PAGES_FREE, /* nr_free_pages */
	PAGES_IOMMU, /* nr_iommu_pages */
	PAGES_SECONDARY, /* nr_sec_page_table_pages */
	PAGES_SHMEM, /* nr_shmem */
	PAGES_SLAB, /* nr_slab_unreclaimable */
	PAGES_FOLL_PIN, /* nr_foll_pin_acquired - nr_foll_pin_released */
	NR_PAGE_COUNTERS,
};

/** struct page_counters - one reading; COUNTER_NONE where the kernel does not tell. */
struct page_counters {
	int64_t pages[NR_PAGE_COUNTERS];
};

/** enum perf_event_kind - what is counted, in user and in kernel mode apart. */
enum perf_event_kind { PERF_CYCLES, PERF_INSTRUCTIONS, NR_PERF_EVENTS };

/**
 * struct perf_codes - how to count each event on this CPU.
 * @found: a bit for each event that can be counted.
 * @why: why the others cannot; empty when there are none.
 */
struct perf_codes {
	uint32_t type[NR_PERF_EVENTS];
	uint64_t config[NR_PERF_EVENTS];
	uint32_t found;
	char why[140];
};

/** counters_pages() - read the page counters, after folding the per-CPU parts. */
void counters_pages(struct page_counters *pc);

/** counters_pages_json() - add them to @obj as NAME followed by @suffix, in pages. */
void counters_pages_json(json_t *obj, const struct page_counters *pc, const char *suffix);

/**
 * counters_leaves_json() - add the leaves of an I/O page table to @obj, by size: leaves_4k,
 * leaves_2m and leaves_1g always, other sizes where there are any.
 * @nr: as from ioas_count_leaves(); NULL when unknown.
 */
void counters_leaves_json(json_t *obj, const uint64_t *nr);

/** counters_iommu_bytes() - Return: I/O page tables in bytes, COUNTER_NONE when unknown. */
int64_t counters_iommu_bytes(void);

/**
 * counters_perf_find() - ask libpfm4 how to count cycles and instructions, and try it.
 *
 * Slow: done once at boot, outside of everything measured.
 */
void counters_perf_find(struct perf_codes *codes);

/** counters_perf_open() - start counting for this process what @codes says how to count. */
void counters_perf_open(const struct perf_codes *codes);

/** counters_perf_phase() - account what passed since the last call to the phase ending at @end. */
void counters_perf_phase(enum lu_mark end);

/**
 * counters_perf_json() - add PHASE_EVENT_MODE of the agent's phases to @obj, as
 * redrive_instructions_kernel; null where it was not counted.
 */
void counters_perf_json(json_t *obj);

/** counters_peak_start() - begin to follow the peak of I/O page table memory, with >1 CPU. */
void counters_peak_start(void);

/**
 * counters_peak_stop() - stop following.
 * @begin, @end: counter values of the time in which the peak is sought.
 *
 * Return: the peak seen in bytes; COUNTER_NONE when not followed, or when that time was too short
 * to be looked at often enough.
 */
int64_t counters_peak_stop(uint64_t begin, uint64_t end);

#endif
