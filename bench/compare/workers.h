/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that is done on every processor this process may use. */
#ifndef LUBENCH_COMPARE_WORKERS_H
#define LUBENCH_COMPARE_WORKERS_H

struct workers;

/*
 * workers_start - one thread for every processor but the caller's own
 * @work: does one job; runs in several threads at once
 *
 * Where a thread cannot be started there are fewer, or none.
 * Return: to be ended with workers_finish(), NULL without memory.
 */
struct workers *workers_start(void (*work)(void *job));

/*
 * workers_give - have a job done
 *
 * By a thread, or by the caller at once when as many as fit are waiting. Jobs
 * may be done in any order.
 */
void workers_give(struct workers *workers, void *job);

/* Waits until every job is done, then ends the threads. NULL is fine. */
void workers_finish(struct workers *workers);

#endif
