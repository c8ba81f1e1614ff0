// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/measures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/case.h"

#define PHASES "phases_ns."
#define BYTES "bytes."
#define COUNTERS "counters."

bool measure_is_phase(const char *name)
{
	return !strncmp(name, PHASES, strlen(PHASES));
}

enum measure_unit measure_unit(const char *name)
{
	size_t len = strlen(name);

	if (measure_is_phase(name) || (len > 3 && !strcmp(name + len - 3, "_ns")))
		return MEASURE_NS;
	if (!strncmp(name, BYTES, strlen(BYTES)))
		return MEASURE_BYTES;
	return MEASURE_COUNT;
}

bool measure_is_sampled(const char *name)
{
	return !strcmp(name, BYTES "extra_peak");
}

bool measure_is_judged(const char *name)
{
	return strncmp(name, COUNTERS, strlen(COUNTERS)) != 0;
}

static void case_release(struct measured_case *of)
{
	for (size_t i = 0; i < of->nr_measures; i++) {
		free(of->measures[i].name);
		free(of->measures[i].values);
		free(of->measures[i].iterations);
		free(of->measures[i].runs);
	}
	free(of->measures);
	free(of->key);
	free(of->label);
}

void measures_release(struct measures *measures)
{
	for (size_t i = 0; i < measures->nr_cases; i++)
		case_release(&measures->cases[i]);
	free(measures->cases);
	*measures = (struct measures){ 0 };
}

const struct measured_case *measures_case(const struct measures *measures, const char *key)
{
	for (size_t i = 0; i < measures->nr_cases; i++) {
		if (!strcmp(measures->cases[i].key, key))
			return &measures->cases[i];
	}
	return NULL;
}

const struct measure *case_measure(const struct measured_case *of, const char *name)
{
	for (size_t i = 0; i < of->nr_measures; i++) {
		if (!strcmp(of->measures[i].name, name))
			return &of->measures[i];
	}
	return NULL;
}

static struct measured_case *find_case(struct measures *measures, const struct sample *s)
{
	struct measured_case *bigger, *found;
	char *key = case_key(s);

	if (!key)
		return NULL;
	found = (struct measured_case *)measures_case(measures, key);
	if (found) {
		free(key);
		return found;
	}
	bigger = reallocarray(measures->cases, measures->nr_cases + 1, sizeof(*bigger));
	if (!bigger) {
		free(key);
		return NULL;
	}
	measures->cases = bigger;
	found = &bigger[measures->nr_cases++];
	*found = (struct measured_case){ .key = key, .label = case_label(s), .sample = s };
	return found->label ? found : NULL;
}

static struct measure *find_measure(struct measured_case *of, const char *prefix, const char *name)
{
	size_t prefix_len = strlen(prefix);
	struct measure *bigger, *added;

	for (size_t i = 0; i < of->nr_measures; i++) {
		const char *known = of->measures[i].name;

		if (!strncmp(known, prefix, prefix_len) && !strcmp(known + prefix_len, name))
			return &of->measures[i];
	}
	bigger = reallocarray(of->measures, of->nr_measures + 1, sizeof(*bigger));
	if (!bigger)
		return NULL;
	of->measures = bigger;
	added = &bigger[of->nr_measures];
	*added = (struct measure){ 0 };
	if (asprintf(&added->name, "%s%s", prefix, name) < 0)
		return NULL;
	of->nr_measures++;
	return added;
}

/** struct placed - a sample and which one it is: of the run at this place this iteration */
struct placed {
	const struct sample *sample;
	size_t run;
	size_t place;
};

/* Room for one more value: doubling, without a capacity beside it, when n is 0 or a power of two. */
static int grow(struct measure *measure)
{
	size_t n = measure->n, wanted = n ? 2 * n : 1, *runs;
	int64_t *values, *iterations;

	if (n & (n - 1))
		return 0;
	values = reallocarray(measure->values, wanted, sizeof(*values));
	if (!values)
		return -ENOMEM;
	measure->values = values;
	iterations = reallocarray(measure->iterations, wanted, sizeof(*iterations));
	if (!iterations)
		return -ENOMEM;
	measure->iterations = iterations;
	runs = reallocarray(measure->runs, wanted, sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	measure->runs = runs;
	return 0;
}

static int add_value(struct measured_case *of, const struct placed *placed, const char *prefix,
		     const char *name, int64_t value)
{
	struct measure *measure;

	if (value == LU_NULL)
		return 0;
	measure = find_measure(of, prefix, name);
	if (!measure || grow(measure))
		return -ENOMEM;
	measure->values[measure->n] = value;
	measure->iterations[measure->n] = placed->sample->iteration;
	measure->runs[measure->n] = placed->run;
	measure->n++;
	return 0;
}

static int add_values(struct measured_case *of, const struct placed *placed, const char *prefix,
		      const struct lu_values *values)
{
	int err = 0;

	for (size_t i = 0; i < values->n && !err; i++)
		err = add_value(of, placed, prefix, values->v[i].name, values->v[i].value);
	return err;
}

static int add_sample(struct measures *measures, const struct placed *placed)
{
	const struct sample *s = placed->sample;
	const struct {
		const char *prefix, *name;
		int64_t value;
	} single[] = {
		{ "", "blackout_ns", s->blackout_ns },
		{ "", "brownout_ns", s->brownout_ns },
		{ "", "tail_ns", s->tail_ns },
		{ "", "dma_gap_ns", s->dma_gap_ns },
		{ BYTES, "serialised", s->bytes.serialised },
		{ BYTES, "tables", s->bytes.tables },
		{ BYTES, "extra_peak", s->bytes.extra_peak },
	};
	struct measured_case *of;
	int err = 0;

	of = find_case(measures, s);
	if (!of)
		return -ENOMEM;
	if (!sample_is_result(s)) {
		of->failed++;
		if (!of->error)
			of->error = s->error ? s->error : "not verified";
		return 0;
	}
	of->results++;
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]) && !err; i++)
		err = add_value(of, placed, single[i].prefix, single[i].name, single[i].value);
	if (!err)
		err = add_values(of, placed, PHASES, &s->phases_ns);
	if (!err)
		err = add_values(of, placed, COUNTERS, &s->counters);
	return err;
}

static int by_iteration(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->sample->iteration != y->sample->iteration)
		return x->sample->iteration < y->sample->iteration ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static int add_run(struct measures *measures, const struct run *run, size_t nr)
{
	struct placed *order;
	int err = 0;

	order = calloc(run->nr_samples ? run->nr_samples : 1, sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < run->nr_samples; i++)
		order[i] = (struct placed){ &run->samples[i], nr, i };
	qsort(order, run->nr_samples, sizeof(*order), by_iteration);
	for (size_t i = 0; i < run->nr_samples && !err; i++) {
		if (!order[i].sample->attack)
			err = add_sample(measures, &order[i]);
	}
	free(order);
	return err;
}

int measures_of(const struct run *const *runs, size_t nr_runs, struct measures *measures)
{
	int err = 0;

	*measures = (struct measures){ 0 };
	for (size_t i = 0; i < nr_runs && !err; i++)
		err = add_run(measures, runs[i], i);
	if (err)
		measures_release(measures);
	return err;
}
