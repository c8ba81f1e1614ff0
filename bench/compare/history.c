// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct search - what finding change points needs along the way
 * @by_id: index into the runs of @history, by number of the run
 */
struct search {
	struct history *history;
	const struct stats_change_options *options;
	const struct store_run **by_id;
	size_t nr_ids;
	bool counters;
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

static int look_at(const struct store_series *series, void *data)
{
	struct search *search = data;
	struct stats_change *changes;
	int err = 0;
	long nr;

	if (!search->counters && !measure_is_judged(series->metric))
		return 0;
	search->history->nr_series++;
	search->history->nr_points += series->n;
	nr = stats_changes(series->median, series->n, search->options, &changes);
	if (nr < 0)
		return (int)nr;
	for (long i = 0; i < nr && !err; i++)
		err = add_change(search, series, &changes[i]);
	free(changes);
	return err;
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
		.counters = filter && filter->metric,
	};
	int ret;

	*history = (struct history){ 0 };
	ret = store_runs(store, NULL, &history->runs, err);
	if (!ret)
		ret = index_runs(&search);
	if (!ret)
		ret = store_each_series(store, filter, look_at, &search, err);
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
