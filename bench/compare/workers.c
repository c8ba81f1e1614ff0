// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#define MAX_THREADS 16
/* Enough that no thread waits while the caller does a job itself. */
#define MAX_WAITING (2 * MAX_THREADS)

/**
 * struct workers - threads and the jobs that wait for them
 * @work: does one job
 * @lock: of all below
 * @more: there is a job, or there will be none
 * @waiting: jobs, a ring
 * @first: place of the oldest in it
 * @nr_waiting: how many
 * @done: there will be no more
 * @threads: the threads
 * @nr_threads: how many
 */
struct workers {
	void (*work)(void *job);
	pthread_mutex_t lock;
	pthread_cond_t more;
	void *waiting[MAX_WAITING];
	size_t first;
	size_t nr_waiting;
	bool done;
	pthread_t threads[MAX_THREADS];
	size_t nr_threads;
};

/* The next job, NULL when there will be none. */
static void *take(struct workers *w)
{
	void *job = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->nr_waiting && !w->done)
		pthread_cond_wait(&w->more, &w->lock);
	if (w->nr_waiting) {
		job = w->waiting[w->first];
		w->first = (w->first + 1) % MAX_WAITING;
		w->nr_waiting--;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void *work_on(void *data)
{
	struct workers *w = data;
	void *job;

	while ((job = take(w)))
		w->work(job);
	return NULL;
}

static size_t nr_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 1 : (size_t)CPU_COUNT(&set);
}

struct workers *workers_start(void (*work)(void *job))
{
	struct workers *w = calloc(1, sizeof(*w));
	size_t wanted = nr_processors() - 1;

	if (!w)
		return NULL;
	w->work = work;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	while (w->nr_threads < wanted && w->nr_threads < MAX_THREADS &&
	       !pthread_create(&w->threads[w->nr_threads], NULL, work_on, w))
		w->nr_threads++;
	return w;
}

void workers_give(struct workers *w, void *job)
{
	bool given;

	pthread_mutex_lock(&w->lock);
	given = w->nr_threads && w->nr_waiting < MAX_WAITING;
	if (given) {
		w->waiting[(w->first + w->nr_waiting++) % MAX_WAITING] = job;
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	if (!given)
		w->work(job);
}

void workers_finish(struct workers *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	work_on(w);
	for (size_t i = 0; i < w->nr_threads; i++)
		pthread_join(w->threads[i], NULL);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
