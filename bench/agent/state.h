/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent knows across the kexec. It lies in a memfd that the live update session
 * preserves, mapped: what is written after the memfd was preserved arrives as well.
 */
#ifndef LUBENCH_AGENT_STATE_H
#define LUBENCH_AGENT_STATE_H

#include <stdint.h>

#include "agent/counters.h"
#include "agent/device.h"
#include "agent/kexec.h"
#include "agent/marks.h"

#define STATE_MAGIC 0x31686b6e6562756cULL /* "lubenkh1" */
#define STATE_REQUEST_BYTES 4096

/**
 * struct state - both sides of one sample.
 * @magic: STATE_MAGIC.
 * @size: sizeof(struct state) of the agent that wrote it.
 * @generation: kernels since the machine was switched on; 0 is the first.
 * @clock_hz: of the counter that marks hold, as measured by the first kernel.
 * @marks: of both kernels.
 * @request: the JSON of the request, zero-terminated.
 * @cmdline: of the first kernel, zero-terminated.
 * @before: page counters before the sample, in the old kernel.
 * @perf: how to count cycles.
 * @devices: found in the old kernel, not open: a VMM knows which ones it has, and does not look for them
 *	while its guest is paused.
 * @hwpt_flags: of IOMMU_HWPT_ALLOC, for a table of the stage asked for.
 * @phys_extents: physically contiguous pieces of guest memory, in the order of the guest.
 * @scatter: the same in the order of physical addresses, which is what KHO has to describe.
 * @tables_bytes: I/O page table of the guest in the old kernel, 0 without one, COUNTER_NONE when unknown.
 * @serialised_bytes: what describes the table to the new kernel, COUNTER_NONE when nothing.
 */
struct state {
	uint64_t magic;
	uint64_t size;
	uint64_t generation;
	uint64_t clock_hz;
	struct marks marks;
	char request[STATE_REQUEST_BYTES];
	char cmdline[KEXEC_CMDLINE_BYTES];
	struct page_counters before;
	struct perf_codes perf;
	struct device devices[DEVICE_MAX];
	uint32_t hwpt_flags;
	uint32_t reserved;
	int64_t phys_extents;
	int64_t scatter;
	int64_t tables_bytes;
	int64_t serialised_bytes;
};

/**
 * state_create() - a state in a new memfd, for the old side of a sample.
 * @fd: the memfd, for the session to preserve.
 *
 * Return: 0 or -errno.
 */
int state_create(struct state **state, int *fd);

/**
 * state_open() - the state in a memfd that came through the kexec.
 *
 * Return: 0, -EUCLEAN when it is not a state of this agent, or -errno.
 */
int state_open(int fd, struct state **state);

/** state_close() - unmap it. NULL is fine. */
void state_close(struct state *state);

#endif
