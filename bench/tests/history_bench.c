// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How fast the history is: ten years of nights with 500 metrics are made up,
 * then one more night is taken in and the change points of all are found.
 *
 *   history_bench FOLDER NIGHTS LUBENCH
 *
 * FOLDER is filled with a history and must be empty. Limits hold for the time
 * of the processor, so that other work on the machine does not decide; the time
 * that passed is told beside it. Exit status 1 when a figure misses its limit,
 * 2 when something failed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"
#include "unit/made_run.h"

#define FIRST_NIGHT 1450000000
#define NIGHT 86400
/* With 12 judged metrics a case: 504 metrics, and 42 counters. */
#define CASES 42
#define ITERATIONS 10

#define INGEST_LIMIT_S 1.0
#define HISTORY_LIMIT_S 2.0
#define MEMORY_LIMIT_MIB 200.0

/** struct cost - what a piece of work took, in seconds */
struct cost {
	double processor;
	double passed;
};

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static struct cost cost_now(void)
{
	return (struct cost){ seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC) };
}

static struct cost cost_since(struct cost before)
{
	struct cost now = cost_now();

	return (struct cost){ now.processor - before.processor, now.passed - before.passed };
}

/* Every year the level moves once, and one phase by itself. */
static struct made_run night(int nr, char name[32])
{
	static const char *const phases[] = { "freeze", "redrive", "compare", "attach" };
	int year = nr / 365;

	snprintf(name, 32, "night-%05d", nr);
	return (struct made_run){
		.name = name,
		.started = FIRST_NIGHT + (int64_t)nr * NIGHT,
		.level = 1 + 0.03 * (year % 3),
		.slow_phase = nr % 365 > 180 ? phases[year % 4] : NULL,
		.slow = 1.1,
		.noise = 0.02,
		.iterations = ITERATIONS,
		.cases = CASES,
		.seed = (uint64_t)nr,
	};
}

/* A folder for each night, as there would be; their run.json is one file with many names. */
static void link_folder(const char *folder, const char *name, char path[256])
{
	char first[256];

	snprintf(path, 256, "%s/%s", folder, name);
	if (mkdir(path, 0777))
		err(2, "%s", path);
	snprintf(path, 256, "%s/%s/run.json", folder, name);
	snprintf(first, sizeof(first), "%s/night.json", folder);
	if (link(first, path))
		err(2, "%s", path);
}

static void fill(const char *folder, const char *db, int nights)
{
	char *notice = NULL, *problem = NULL, path[256], name[32];
	struct store *store;
	FILE *f;

	snprintf(path, sizeof(path), "%s/night.json", folder);
	f = fopen(path, "w");
	if (!f || fclose(f))
		err(2, "%s", path);
	if (store_open(db, STORE_WRITE, &store, &notice, &problem))
		errx(2, "%s", problem);
	for (int nr = 0; nr < nights; nr++) {
		struct made_run made = night(nr, name);
		struct run *run = make_run(&made);

		link_folder(folder, name, path);
		if (store_ingest(store, run, path, &problem) != 1)
			errx(2, "%s", problem);
		run_free(run);
		if (nr % 100 == 0) {
			fprintf(stderr, "\r%d of %d nights", nr, nights);
			fflush(stderr);
		}
	}
	fputs("\r\033[K", stderr);
	store_close(store);
}

static struct cost take_in_one_more(const char *folder, const char *db, int nr)
{
	char *notice = NULL, *problem = NULL, name[32];
	struct made_run made = night(nr, name);
	struct store_synced synced;
	struct store *store;
	struct cost before;

	if (write_made_run(&made, folder))
		errx(2, "%s/%s cannot be written", folder, name);
	before = cost_now();
	if (store_open(db, STORE_WRITE, &store, &notice, &problem) ||
	    store_sync(store, folder, NULL, &synced, &problem))
		errx(2, "%s", problem);
	store_close(store);
	if (synced.added != 1)
		errx(2, "%zu runs taken in instead of one", synced.added);
	return cost_since(before);
}

static struct cost show_history(const char *lubench, const char *folder, double *memory_mib)
{
	struct cost cost, before = cost_now();
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (child < 0)
		err(2, "fork");
	if (!child) {
		char output[256];

		snprintf(output, sizeof(output), "%s/history.txt", folder);
		if (!freopen(output, "w", stdout))
			err(2, "%s", output);
		execl(lubench, lubench, "history", "--results", folder, NULL);
		err(2, "%s", lubench);
	}
	if (wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(2, "%s history failed", lubench);
	*memory_mib = (double)usage.ru_maxrss / 1024;
	cost = cost_since(before);
	cost.processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
	return cost;
}

static int tell(const char *what, double value, double limit, const char *unit)
{
	bool ok = value < limit;

	printf("%-28s %8.3f %-3s limit %g %s  %s\n", what, value, unit, limit, unit,
	       ok ? "pass" : "falls short");
	return !ok;
}

static int tell_cost(const char *what, struct cost cost, double limit)
{
	int missed = tell(what, cost.processor, limit, "s");

	printf("%-28s %8.3f s\n", "  time that passed", cost.passed);
	return missed;
}

int main(int argc, char **argv)
{
	struct cost ingest, history;
	double memory_mib;
	int nights, missed = 0;
	char db[256];
	struct stat st;

	if (argc != 4 || (nights = atoi(argv[2])) < 1)
		errx(2, "usage: history_bench FOLDER NIGHTS LUBENCH");
	snprintf(db, sizeof(db), "%s/history.db", argv[1]);
	fill(argv[1], db, nights);
	ingest = take_in_one_more(argv[1], db, nights);
	history = show_history(argv[3], argv[1], &memory_mib);
	if (stat(db, &st))
		err(2, "%s", db);
	printf("%d nights, %d metrics, %d samples of each a night, %.0f MiB\n", nights + 1,
	       CASES * 12, ITERATIONS, (double)st.st_size / 1048576);
	missed += tell_cost("one run taken in", ingest, INGEST_LIMIT_S);
	missed += tell_cost("lubench history", history, HISTORY_LIMIT_S);
	missed += tell("  its memory", memory_mib, MEMORY_LIMIT_MIB, "MiB");
	return missed ? 1 : 0;
}
