// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * usage: place exact PPM RUN...    every sample of a case has the same blackout and kho, up to PPM
 *        place rank ALPHA RUN...   the place explains nothing of either: the p-value is not below ALPHA
 *
 * Whether a sample depends on its place among the designs of its block, that is, on what was measured
 * before it. Prints what it found; exits with 1 when it does, with 2 when that cannot be said.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/case.h"
#include "run/run.h"
#include "stats/stats.h"

#define MAX_RUNS 16

/** struct one - a result and the number of its run. */
struct one {
	const struct sample *sample;
	int run;
};

static int by_case(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	int order = case_compare(x->sample, y->sample);

	return order ? order : x->run - y->run;
}

static int64_t value_of(const struct sample *s, const char *metric)
{
	return !strcmp(metric, "blackout") ? s->blackout_ns : lu_values_get(&s->phases_ns, metric);
}

/* The end of the case (with @of_run: of its samples of one run) that begins at @i. */
static size_t end_of(const struct one *v, size_t n, size_t i, bool of_run)
{
	size_t end = i;

	while (end < n && !case_compare(v[i].sample, v[end].sample) &&
	       (!of_run || v[i].run == v[end].run))
		end++;
	return end;
}

static bool several_places(const struct one *v, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (v[i].sample->place != v[from].sample->place)
			return true;
	return false;
}

static bool is_exact(const struct one *v, size_t n, const char *metric, double ppm)
{
	bool good = true;

	for (size_t i = 0, end; i < n; i = end) {
		int64_t low = value_of(v[i].sample, metric), high = low;
		char *label = case_label(v[i].sample);
		double off;

		end = end_of(v, n, i, false);
		for (size_t k = i; k < end; k++) {
			int64_t value = value_of(v[k].sample, metric);

			low = value < low ? value : low;
			high = value > high ? value : high;
		}
		off = low > 0 ? (double)(high - low) * 1e6 / (double)low : 1e6;
		printf("%-8s %-40s %2zu samples, %lld to %lld: %.1f ppm apart\n", metric,
		       label ? label : "?", end - i, (long long)low, (long long)high, off);
		good &= off <= ppm;
		free(label);
	}
	return good;
}

static bool explains_nothing(const struct one *v, size_t n, const char *metric, double alpha)
{
	struct stats_placed *values = calloc(n, sizeof(*values));
	struct stats_place_test test;
	size_t block = 0;

	if (!values)
		exit(2);
	for (size_t i = 0, end; i < n; i = end, block++) {
		end = end_of(v, n, i, true);
		for (size_t k = i; k < end; k++)
			values[k] = (struct stats_placed){ (double)value_of(v[k].sample, metric),
							   block, v[k].sample->place };
	}
	if (stats_place_test(values, n, 1, &test))
		exit(2);
	printf("%-8s %zu samples, %zu cases and runs, %zu places: p = %.4f\n", metric, test.n,
	       test.blocks, test.places, test.p);
	free(values);
	return test.p >= alpha;
}

int main(int argc, char **argv)
{
	static const char *const metrics[] = { "blackout", "kho" };
	bool exact = argc > 3 && !strcmp(argv[1], "exact"), good = true, several = false;
	struct run *runs[MAX_RUNS] = { NULL };
	struct one *v = NULL;
	size_t n = 0;

	if (argc < 4 || argc > 3 + MAX_RUNS || (!exact && strcmp(argv[1], "rank") != 0)) {
		fprintf(stderr, "usage: %s exact PPM | rank ALPHA RUN...\n", argv[0]);
		return 2;
	}
	for (int r = 0; r < argc - 3; r++) {
		char *err = NULL;

		if (run_load(argv[3 + r], &runs[r], &err)) {
			fprintf(stderr, "%s\n", err ? err : argv[3 + r]);
			return 2;
		}
		v = reallocarray(v, n + runs[r]->nr_samples + 1, sizeof(*v));
		if (!v)
			return 2;
		for (size_t i = 0; i < runs[r]->nr_samples; i++) {
			const struct sample *s = &runs[r]->samples[i];

			if (sample_state(s) != SAMPLE_RESULT)
				continue;
			if (s->place == LU_NULL) {
				fprintf(stderr, "%s: a sample without a place\n", argv[3 + r]);
				return 2;
			}
			v[n++] = (struct one){ s, r };
		}
	}
	qsort(v, n, sizeof(*v), by_case);
	for (size_t i = 0, end; i < n; i = end) {
		end = end_of(v, n, i, false);
		several |= several_places(v, i, end);
	}
	if (!several) {
		fprintf(stderr, "no case was measured at two places\n");
		return 2;
	}
	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++)
		good &= exact ? is_exact(v, n, metrics[m], atof(argv[2])) :
				explains_nothing(v, n, metrics[m], atof(argv[2]));
	for (int r = 0; r < argc - 3; r++)
		run_free(runs[r]);
	free(v);
	return !good;
}
