/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs in the formats of other tools, and results of other tools as runs. */
#ifndef LUBENCH_EXPORT_EXPORT_H
#define LUBENCH_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "run/run.h"

/**
 * struct export_options - what to export
 * @metric: for formats that hold one metric: which
 */
struct export_options {
	const char *metric;
};

/**
 * struct exporter - one format
 * @name: as the user says it
 * @what: in a few words
 * @alike: the format makes one series of all runs, so they must be alike
 * @seconds: the format holds seconds and nothing else, so no run that counts instructions
 * @write: write all runs; returns 0 or -ENOMEM
 * @companion: write what lies beside the file, or NULL; @file is its name
 * @companion_suffix: which takes the place of the suffix of the file
 */
struct exporter {
	const char *name;
	const char *what;
	bool alike;
	bool seconds;
	int (*write)(const struct run *const *runs, size_t nr_runs,
		     const struct export_options *options, FILE *f);
	int (*companion)(const struct run *const *runs, size_t nr_runs, const char *file, FILE *f);
	const char *companion_suffix;
};

extern const struct exporter export_costs;
extern const struct exporter export_csv;
extern const struct exporter export_hyperfine;
extern const struct exporter export_ratios;
extern const struct exporter export_json;
extern const struct exporter export_markdown;
extern const struct exporter export_openmetrics;
extern const struct exporter export_otava;

/* Text as a field of CSV (RFC 4180); NULL as an empty one. */
void export_csv_text(const char *text, FILE *f);

#endif
