/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks: the CPU's counter at a named point in time.
 */
#ifndef LUBENCH_AGENT_MARKS_H
#define LUBENCH_AGENT_MARKS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/request.h"
#include "common/phases.h"

#if defined(__x86_64__)
#define MARKS_CLOCK "tsc"
#elif defined(__aarch64__)
#define MARKS_CLOCK "cntvct"
#else
#error "lubench-agent: no clock known that runs through a kexec on this architecture"
#endif

/**
 * struct marks - all marks of a sample
 * @counter: raw values, 0 where not taken.
 * @idle: how much of the counter had passed by then while the CPU was idle, since the kernel that took
 *	the mark was started; MARKS_NO_IDLE where unknown.
 */
struct marks {
	uint64_t counter[LU_NR_MARKS];
	uint64_t idle[LU_NR_MARKS];
};

#define MARKS_NO_IDLE UINT64_MAX

/** marks_now() - Return: the counter, not before the instructions above it are done. */
static inline uint64_t marks_now(void)
{
#if defined(__x86_64__)
	uint32_t lo, hi;

	/* Intel SDM vol. 2B, RDTSC: LFENCE before it orders it after all earlier instructions. */
	asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
#else
	uint64_t val;

	/* Arm ARM D12.1.2: without ISB the read may be done early. */
	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(val) : : "memory");
	return val;
#endif
}

/**
 * marks_bind() - from now on marks go to @to; those taken so far too.
 * @to: memory that survives the kexec, or NULL to forget all and start again.
 */
void marks_bind(struct marks *to);

/**
 * marks_open() - find out where this kernel shows how long its CPUs have been idle.
 *
 * To be called once after each kexec; what was idle before counts as idle before the marks taken so far,
 * so nothing may sleep between them. Where the kernel does not show it, or has more than one CPU, whose
 * idle times say nothing about a point in time, marks come without.
 */
void marks_open(void);

/** marks_die_at() - the agent is to die at @mark, as if it was killed; LU_NO_MARK for never. */
void marks_die_at(enum lu_mark mark);

/** marks_take() - record the point in time. */
void marks_take(enum lu_mark mark);

/**
 * marks_end() - record the end of one of the agent's phases.
 *
 * If the request wants this phase longer, this first waits the part of its duration asked for.
 */
void marks_end(enum lu_mark mark, const struct request *req);

/**
 * marks_outside_open() - look for the way to the outside observer, before a byte to it is timed.
 *
 * On x86-64 that is QEMU's debug console at port 0x402, elsewhere the transmit register of a serial
 * port on PCI that QEMU has at a place agreed upon. Without them there is no observer.
 */
void marks_outside_open(void);

/** marks_outside() - tell the outside observer: one byte, which it sees at once. */
void marks_outside(uint8_t byte);

/** marks_clock_hz() - Return: the counter's frequency, measured over 0.25 s, or architected. */
uint64_t marks_clock_hz(void);

/** marks_cost_ns() - Return: what taking a mark costs: median of many, in ns. */
double marks_cost_ns(uint64_t clock_hz);

/**
 * marks_kernel() - add the kernel's marks to @marks.
 *
 * Return: how many there were, or -errno: -ENOENT when the kernel does not record marks.
 */
int marks_kernel(struct marks *marks);

/**
 * struct marks_sums - what this kernel has added up, see lu_sums.
 * @known: the kernel added up anything at all; without, nothing else is worth reading.
 * @ticks: of the counter.
 */
struct marks_sums {
	bool known;
	uint64_t ticks[LU_NR_SUMS];
};

/** marks_sums() - what the kernel has added up so far. Return: 0 or -errno, with nothing known. */
int marks_sums(struct marks_sums *sums);

/** marks_sums_json() - Return: an object of what was added up between two readings, null if unknown. */
json_t *marks_sums_json(const struct marks_sums *before, const struct marks_sums *after);

/** marks_json() - Return: an object of the marks that were taken. */
json_t *marks_json(const struct marks *marks);

/** marks_idle_json() - Return: the same of the idle times; null where one of them is unknown. */
json_t *marks_idle_json(const struct marks *marks);

#endif
