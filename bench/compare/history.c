// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/history.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "compare/workers.h"

/**
 * struct search - what finding change points needs along the way
 * @by_id: index into the runs of @history, by number of the run
 * @workers: look for the change points of one series each
 * @lock: of the change points of @history, and of @err
 * @err: what the workers failed with, 0 if they did not
 */
struct search {
	struct history *history;
	const struct stats_change_options *options;
	const struct store_run **by_id;
	size_t nr_ids;
	struct workers *workers;
	pthread_mutex_t lock;
	int err;
};

/**
 * struct job - one series on its way to a worker
 * @search: what it belongs to
 * @series: the series; its arrays and texts are copies, but for what a change has no use for
 */
struct job {
	struct search *search;
	struct store_series series;
};

static int index_runs(struct search *search)
{
	const struct store_runs *runs = &search->history->runs;

	for (size_t i = 0; i < runs->n; i++) {
		if ((size_t)runs->v[i].id >= search->nr_ids)
			search->nr_ids = (size_t)runs->v[i].id + 1;
	}
	search->by_id = calloc(search->nr_ids + 1, sizeof(const struct store_run *));
	if (!search->by_id)
		return -ENOMEM;
	for (size_t i = 0; i < runs->n; i++)
		search->by_id[runs->v[i].id] = &runs->v[i];
	return 0;
}

/* A run that was taken in after the list of runs was read has no place in it. */
static const struct store_run *run_of(const struct search *search, int64_t id)
{
	return id >= 0 && (size_t)id < search->nr_ids ? search->by_id[id] : NULL;
}

static int add_change(struct search *search, const struct store_series *series,
		      const struct stats_change *figures)
{
	const struct store_run *run = run_of(search, series->run[figures->index]);
	struct history *history = search->history;
	struct history_change *bigger, *added;
	size_t n = history->nr_changes;

	if (!run)
		return 0;
	if (!(n & (n - 1))) {
		bigger = reallocarray(history->changes, n ? 2 * n : 1, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		history->changes = bigger;
	}
	added = &history->changes[history->nr_changes++];
	*added = (struct history_change){
		.run = run,
		.previous = run_of(search, series->run[figures->index - 1]),
		.case_key = strdup(series->case_key),
		.case_label = strdup(series->case_label),
		.metric = strdup(series->metric),
		.unit = measure_unit(series->metric),
		.figures = *figures,
	};
	return added->case_key && added->case_label && added->metric ? 0 : -ENOMEM;
}

static void job_free(struct job *job)
{
	free((char *)job->series.case_key);
	free((char *)job->series.case_label);
	free((char *)job->series.metric);
	free((int64_t *)job->series.run);
	free((double *)job->series.median);
	free(job);
}

static void *copy(const void *from, size_t n, size_t size)
{
	void *to = calloc(n, size);

	return to ? memcpy(to, from, n * size) : NULL;
}

static struct job *job_new(struct search *search, const struct store_series *series)
{
	struct job *job = calloc(1, sizeof(*job));
	struct store_series *own;

	if (!job)
		return NULL;
	job->search = search;
	own = &job->series;
	own->case_key = strdup(series->case_key);
	own->case_label = strdup(series->case_label);
	own->metric = strdup(series->metric);
	own->n = series->n;
	own->run = copy(series->run, series->n, sizeof(*series->run));
	own->median = copy(series->median, series->n, sizeof(*series->median));
	if (own->case_key && own->case_label && own->metric && own->run && own->median)
		return job;
	job_free(job);
	return NULL;
}

/* In any order: they are sorted in the end, and every series has its own random numbers. */
static void find_changes(void *data)
{
	struct job *job = data;
	struct search *search = job->search;
	struct stats_change *changes;
	long nr;

	nr = stats_changes(job->series.median, job->series.n, search->options, &changes);
	pthread_mutex_lock(&search->lock);
	if (nr < 0)
		search->err = (int)nr;
	for (long i = 0; i < nr && !search->err; i++)
		search->err = add_change(search, &job->series, &changes[i]);
	pthread_mutex_unlock(&search->lock);
	if (nr >= 0)
		free(changes);
	job_free(job);
}

static int look_at(const struct store_series *series, void *data)
{
	struct search *search = data;
	struct job *job = job_new(search, series);

	if (!job)
		return -ENOMEM;
	search->history->nr_series++;
	search->history->nr_points += series->n;
	workers_give(search->workers, job);
	return 0;
}

static int find_all(struct search *search, struct store *store, const struct store_filter *filter,
		    char **err)
{
	struct store_filter judged = filter ? *filter : (struct store_filter){ 0 };
	int ret;

	judged.judged = !judged.metric;
	search->workers = workers_start(find_changes);
	if (!search->workers)
		return -ENOMEM;
	pthread_mutex_init(&search->lock, NULL);
	ret = store_each_series(store, &judged, look_at, search, err);
	workers_finish(search->workers);
	pthread_mutex_destroy(&search->lock);
	return ret ? ret : search->err;
}

static double size_of_change(const struct history_change *change)
{
	double before = change->figures.before;

	return before ? (change->figures.after - before) / (before < 0 ? -before : before) : 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct history_change *x = a, *y = b;
	double dx = size_of_change(x), dy = size_of_change(y);
	int by_case;

	if (x->run->started != y->run->started)
		return x->run->started > y->run->started ? -1 : 1;
	if (x->run->id != y->run->id)
		return x->run->id > y->run->id ? -1 : 1;
	if (dx != dy)
		return dx > dy ? -1 : 1;
	by_case = strcmp(x->case_key, y->case_key);
	return by_case ? by_case : strcmp(x->metric, y->metric);
}

int history_find(struct store *store, const struct store_filter *filter,
		 const struct stats_change_options *options, struct history *history, char **err)
{
	struct search search = {
		.history = history,
		.options = options,
	};
	int ret;

	*history = (struct history){ 0 };
	ret = store_runs(store, NULL, &history->runs, err);
	if (!ret)
		ret = index_runs(&search);
	if (!ret)
		ret = find_all(&search, store, filter, err);
	if (!ret && history->nr_changes)
		qsort(history->changes, history->nr_changes, sizeof(*history->changes),
		      newest_first);
	free(search.by_id);
	return ret;
}

void history_release(struct history *history)
{
	for (size_t i = 0; i < history->nr_changes; i++) {
		free(history->changes[i].case_key);
		free(history->changes[i].case_label);
		free(history->changes[i].metric);
	}
	free(history->changes);
	store_runs_release(&history->runs);
	*history = (struct history){ 0 };
}
