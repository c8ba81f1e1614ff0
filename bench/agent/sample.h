/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sample: the old kernel's side up to the kexec, the new kernel's side after it.
 */
#ifndef LUBENCH_AGENT_SAMPLE_H
#define LUBENCH_AGENT_SAMPLE_H

#include <stdint.h>

#include "agent/device.h"
#include "agent/dma.h"
#include "agent/guest.h"
#include "agent/ioas.h"
#include "agent/marks.h"
#include "agent/request.h"
#include "agent/state.h"

struct design;

/**
 * struct sample
 * @state: what goes through the kexec.
 * @state_fd: its memfd.
 * @session: live update session, -1 when there is none.
 * @iommufd: -1 while not open.
 * @ioas_id: the guest's IOAS.
 * @hwpt_id: the guest's page table.
 * @token: of the preserved tree to adopt.
 * @adopted: what the last try to adopt gave.
 * @adopt_errno: of the last refused try, 0 when none was refused.
 * @sums_before, @sums_after: what the kernel had added up, before the guest's ioctls and when it ran.
 * @leaves: of the guest's page table, by size; nothing is known unless @has_leaves.
 * @error: the first thing that went wrong, empty when nothing did.
 */
struct sample {
	struct request req;
	const struct design *design;
	struct state *state;
	int state_fd;
	int session;
	struct guest guest;
	struct device devices[DEVICE_MAX];
	int iommufd;
	uint32_t ioas_id;
	uint32_t hwpt_id;
	uint64_t token;
	struct adopted adopted;
	int adopt_errno;
	struct dma_result dma;
	struct marks_sums sums_before;
	struct marks_sums sums_after;
	bool has_leaves;
	uint64_t leaves[LEAF_SIZES];
	char error[512];
};

/**
 * struct boot - what the agent knows about the machine since it was switched on.
 * @cmdline: of the first kernel. A kernel with CONFIG_CMDLINE puts that in front of what it is given,
 *	so that its own line, passed on, would grow with every kexec until no more fits.
 */
struct boot {
	uint64_t generation;
	uint64_t clock_hz;
	struct perf_codes perf;
	char cmdline[KEXEC_CMDLINE_BYTES];
};

/**
 * sample_old() - take a sample up to the kexec.
 * @obj: the request.
 *
 * Does not return when the machine goes into the next kernel. Otherwise everything is given back
 * and the controller has been told what went wrong.
 */
void sample_old(const json_t *obj, const struct boot *boot);

/**
 * sample_new() - go on with the sample of the kernel before, and answer the controller.
 * @session: the retrieved session.
 * @boot: what came through the kexec is written here.
 */
void sample_new(int session, struct boot *boot);

/** sample_attach() - attach every device to s->hwpt_id. Return: 0, or -errno and none is attached. */
int sample_attach(struct sample *s);

#endif
