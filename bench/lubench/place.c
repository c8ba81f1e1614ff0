// SPDX-License-Identifier: GPL-2.0-or-later
#include "lubench/place.h"

#include "store/store.h"

enum {
	OPT_DB = 0x1000, /* beyond the options of any parent */
	OPT_RESULTS,
};

static const struct argp_option options[] = {
	{ "db", OPT_DB, "FILE", 0, "The history (default: history.db in the results folder)", 0 },
	{ "results", OPT_RESULTS, "DIR", 0, "Folder of run folders (default: results)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct store_place *place = state->input;

	switch (key) {
	case OPT_DB:
		place->file = arg;
		return 0;
	case OPT_RESULTS:
		place->results = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { .options = options, .parser = parse };

const struct argp_child place_children[] = { { .argp = &argp }, { 0 } };
