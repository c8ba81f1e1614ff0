// SPDX-License-Identifier: GPL-2.0-or-later
/* The history as the sub-commands want it: up to date, whatever it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"

static void tell(const struct store_place *place, const char *line)
{
	if (place->tell && line)
		place->tell(line);
}

static int fill(const struct store_place *place, const char *results, struct store *store,
		bool anew, char **err)
{
	struct store_synced synced = { 0 };
	char line[96];
	int ret = 0;

	if (anew)
		ret = store_clear(store, err);
	if (!ret)
		ret = store_sync(store, results, place->tell, &synced, err);
	if (ret || !synced.unreadable)
		return ret;
	snprintf(line, sizeof(line), "%zu run%s could not be read and stay%s out of the history",
		 synced.unreadable, synced.unreadable == 1 ? "" : "s",
		 synced.unreadable == 1 ? "s" : "");
	tell(place, line);
	return 0;
}

static int repair_and_fill(const struct store_place *place, const char *results,
			   struct store *store, char **err)
{
	char *notice = NULL;
	int ret;

	free(*err);
	*err = NULL;
	ret = store_repair(store, &notice, err);
	tell(place, notice);
	free(notice);
	return ret ? ret : fill(place, results, store, false, err);
}

static int open_as_it_is(const struct store_place *place, const char *file, struct store **out,
			 char **err)
{
	char *problem = *err, *notice = NULL;
	int ret;

	*err = NULL;
	ret = store_open(file, STORE_READ, out, &notice, err);
	if (ret) {
		free(*err);
		*err = problem;
		return ret;
	}
	tell(place, problem);
	tell(place, "the history is shown as it was when it could last be written");
	free(problem);
	return 0;
}

static int open_place(const struct store_place *place, const char *file, const char *results,
		      struct store **out, char **err)
{
	char *notice = NULL;
	int ret;

	ret = store_open(file, STORE_WRITE, out, &notice, err);
	if ((ret == -EROFS || ret == -EACCES) && !place->rebuild && !access(file, R_OK))
		return open_as_it_is(place, file, out, err);
	if (ret)
		return ret;
	tell(place, notice);
	free(notice);
	ret = fill(place, results, *out, place->rebuild, err);
	if (ret == -EUCLEAN)
		ret = repair_and_fill(place, results, *out, err);
	if (ret) {
		store_close(*out);
		*out = NULL;
	}
	return ret;
}

int store_open_synced(const struct store_place *place, struct store **out, char **err)
{
	const char *results = place->results ? place->results : STORE_RESULTS;
	char *file, *own_err = NULL;
	int ret;

	if (place->file)
		file = strdup(place->file);
	else if (asprintf(&file, "%s/%s", results, STORE_FILE) < 0)
		file = NULL;
	if (!file)
		return -ENOMEM;
	ret = open_place(place, file, results, out, &own_err);
	free(file);
	if (err && !*err)
		*err = own_err;
	else
		free(own_err);
	return ret;
}
