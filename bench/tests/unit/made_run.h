/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs made up for tests of what reads runs. */
#ifndef LUBENCH_TESTS_MADE_RUN_H
#define LUBENCH_TESTS_MADE_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "run/run.h"
#include "stats/random.h"

/**
 * struct made_run - what a made-up run is like
 * @name: its id
 * @started: seconds since 1970
 * @exact: an icount run
 * @level: factor on every time
 * @slow_phase: phase that takes longer, or NULL
 * @slow: factor on that phase
 * @noise: largest relative deviation of a time
 * @iterations: samples of each case
 * @cases: how many cases, of different guest sizes and numbers of devices
 * @designs: how many designs each case has; 0 is one
 * @failed: samples that failed, the first ones
 * @seed: of the noise
 */
struct made_run {
	const char *name;
	int64_t started;
	bool exact;
	double level;
	const char *slow_phase;
	double slow;
	double noise;
	int iterations;
	int cases;
	int designs;
	int failed;
	uint64_t seed;
};

static inline int64_t made_time(const struct made_run *made, uint64_t *rng, double ns)
{
	double noise = ((double)random_below(rng, 20001) / 1e4 - 1) * made->noise;

	return (int64_t)(ns * made->level * (1 + noise));
}

static inline void made_sample(struct run *run, const struct made_run *made, int design,
			       int case_nr, int k, uint64_t *rng)
{
	static const char *const designs[] = { "verify-ioas", "rebuild", "verify-shadow" };
	static const char *const phases[] = { "freeze",	 "devices", "handoff", "initcalls",
					      "redrive", "compare", "attach" };
	struct sample *s = run_add_sample(run);

	s->design = strdup(designs[design]);
	s->iommu = strdup("intel");
	s->guest_bytes = 1LL << (28 + case_nr % 12);
	s->page_bytes = 4096;
	s->layout = strdup("contig");
	s->backing = strdup("real");
	s->backing_bytes = s->guest_bytes;
	s->devices = 1 + case_nr / 12;
	s->iteration = k;
	s->order = k;
	s->stage = strdup("second");
	s->redrive = strdup("same");
	s->blackout_ns = 0;
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		int64_t ns = made_time(made, rng, 1e6 * (double)(i + 1));

		if (made->slow_phase && !strcmp(phases[i], made->slow_phase))
			ns = (int64_t)((double)ns * made->slow);
		lu_values_set(&s->phases_ns, phases[i], ns);
		s->blackout_ns += ns;
	}
	s->unaccounted_ns = 0;
	s->brownout_ns = made_time(made, rng, 5e6);
	s->tail_ns = made_time(made, rng, 2e6);
	s->bytes.serialised = 4096;
	s->bytes.tables = s->guest_bytes / 512;
	lu_values_set(&s->counters, "table_pages", s->bytes.tables / 4096);
	s->verified = case_nr * made->iterations + k >= made->failed;
	if (!s->verified)
		s->error = strdup("no answer within 60 s");
}

static inline struct run *make_run(const struct made_run *made)
{
	int designs = made->designs ? made->designs : 1;
	time_t started = (time_t)made->started;
	struct run *run = run_new();
	uint64_t rng = made->seed;
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&started, &tm));
	run->id = strdup(made->name);
	run->started = strdup(text);
	run->planned = (int64_t)made->cases * designs * made->iterations;
	run->tool.version = strdup("0.1.0");
	run->tool.commit = strdup("0123456789ab");
	run->target.name = strdup("qemu-vtd");
	run->target.emulated = true;
	run->target.accelerator = strdup("tcg");
	run->target.clock = strdup(made->exact ? "icount" : "tsc");
	run->target.clock_hz = 1000000000;
	run->host.cpu = strdup("Imaginary CPU @ 3.00GHz");
	run->host.microcode = strdup("0x42");
	run->host.iommu.kind = strdup("intel");
	run->kernel.release = strdup("7.3.4");
	run->workload.name = strdup("default");
	for (int i = 0; i < made->cases * designs; i++) {
		for (int k = 0; k < made->iterations; k++)
			made_sample(run, made, i % designs, i / designs, k, &rng);
	}
	return run;
}

/* Writes it to FOLDER/NAME/run.json. Return: as run_write(). */
static inline int write_made_run(const struct made_run *made, const char *folder)
{
	struct run *run = make_run(made);
	char *err = NULL;
	char path[512];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", folder, made->name);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/run.json", folder, made->name);
	ret = run_write(run, path, &err);
	if (err)
		fprintf(stderr, "# %s\n", err);
	free(err);
	run_free(run);
	return ret;
}

#endif
