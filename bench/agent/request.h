/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the controller asks for: one sample, from one line of JSON.
 */
#ifndef LUBENCH_AGENT_REQUEST_H
#define LUBENCH_AGENT_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/phases.h"
#include "common/redrives.h"

/** enum layout - how guest memory lies in physical memory and in IOVA space. */
enum layout {
	LAYOUT_CONTIG,
	LAYOUT_FRAGMENTED,
	LAYOUT_HOLES,
	LAYOUT_MIXED,
};

/**
 * struct request - one sample.
 * @id: number that the answer carries.
 * @design: name, see designs/design.h.
 * @guest_bytes: guest memory mapped, a multiple of @page_bytes.
 * @page_bytes: the kernel's smallest or 2 MiB: size of the pages of the backing, which bounds the
 *	I/O page size.
 * @backing_bytes: size of the memfd; @guest_bytes unless aliased.
 * @devices: number of devices to pass through.
 * @first_stage: the page table is a first-stage one (scalable mode).
 * @delay_phase: phase to lengthen for a test, or NULL.
 * @delay_permille: by how much of its own duration.
 * @die_at: mark at which the agent dies for a test, or LU_NO_MARK.
 * @start_s: time since boot at which to begin, in seconds; 0 or a time that has passed for at once.
 */
struct request {
	int64_t id;
	char design[32];
	uint64_t guest_bytes;
	uint64_t page_bytes;
	uint64_t backing_bytes;
	bool aliased;
	enum layout layout;
	enum redrive redrive;
	enum attack attack;
	unsigned int devices;
	bool first_stage;
	uint64_t seed;
	const struct lu_phase *delay_phase;
	unsigned int delay_permille;
	enum lu_mark die_at;
	int64_t start_s;
};

/**
 * request_parse() - read and check the JSON of a sample request.
 *
 * Return: 0, or -EINVAL with err_text() naming the key and what it may hold.
 */
int request_parse(const json_t *obj, struct request *req);

#endif
