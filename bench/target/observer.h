/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outside check: a thread that times, with this machine's clock, bytes that the DUT sends at
 * vm_pause and vm_resume, and that knows how late it may have been.
 */
#ifndef LUBENCH_TARGET_OBSERVER_H
#define LUBENCH_TARGET_OBSERVER_H

#include <stdint.h>
#include <sys/types.h>

#define OBSERVER_PAUSE 0x01
#define OBSERVER_RESUME 0x02

struct observer;

/**
 * observer_start() - begin to watch @fd, which stays the caller's and must be non-blocking.
 * @emulator: the process at its other end, or 0.
 *
 * Return: the observer, NULL when there is no thread or timer to be had.
 */
struct observer *observer_start(int fd, pid_t emulator);

/** observer_stop() - end the thread. NULL is fine. */
void observer_stop(struct observer *o);

/** observer_reset() - forget what was seen, before a sample. */
void observer_reset(struct observer *o);

/**
 * observer_blackout() - the time between the last pause and the resume after it.
 * @ns: the time, LU_NULL when not both were seen.
 * @resolution_ns: how far @ns may be off. The thread wakes itself every few milliseconds and
 *	notes how late that was; the worst around each of the two bytes, once for each thread that
 *	a byte passes, and a floor, is how late it may have been for them.
 */
void observer_blackout(struct observer *o, int64_t *ns, int64_t *resolution_ns);

/**
 * observer_waited() - how long the emulator waited for a processor of this machine meanwhile.
 *
 * Return: ns, LU_NULL when that is not known.
 */
int64_t observer_waited(struct observer *o);

#endif
