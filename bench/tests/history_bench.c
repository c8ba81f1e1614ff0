// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How fast the history is: ten years of nights with 500 metrics are made up,
 * then one more night is taken in, the change points of all are found, and the
 * report of that night and the site of all of them are written.
 *
 *   history_bench FOLDER NIGHTS LUBENCH
 *
 * FOLDER is filled with a history and must be empty. Limits hold for the time
 * that passes, which a person waits for; other work on the machine shows where
 * the processors' time, told beside it, is far less. Exit status 1 when a figure
 * misses its limit, 2 when something failed.
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
#define REPORT_LIMIT_S 5.0
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

/*
 * A folder for each night, as there would be. Their run.json is one empty file with many names, but
 * for the last, which the report of the next one is held against.
 */
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

		if (nr < nights - 1)
			link_folder(folder, name, path);
		else if (write_made_run(&made, folder))
			errx(2, "%s/%s cannot be written", folder, name);
		else
			snprintf(path, sizeof(path), "%s/%s/run.json", folder, name);
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

/* Runs @argv, its output to a file in @folder; what it took, with all that it started. */
static struct cost run_command(const char *folder, char *const argv[], double *memory_mib)
{
	struct cost cost, before = cost_now();
	struct rusage usage;
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (!child) {
		char output[256];

		snprintf(output, sizeof(output), "%s/output.txt", folder);
		if (!freopen(output, "w", stdout))
			err(2, "%s", output);
		execv(argv[0], argv);
		err(2, "%s", argv[0]);
	}
	if (wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(2, "%s %s failed", argv[0], argv[1]);
	*memory_mib = (double)usage.ru_maxrss / 1024;
	cost = cost_since(before);
	cost.processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
	return cost;
}

/* A limit of 0 is none. Return: whether it missed the limit. */
static int tell(const char *what, double value, double limit, const char *unit)
{
	bool ok = !limit || value < limit;

	printf("%-28s %8.3f %-3s", what, value, unit);
	if (limit)
		printf(" limit %g %s  %s", limit, unit, ok ? "pass" : "falls short");
	putchar('\n');
	return !ok;
}

static int tell_cost(const char *what, struct cost cost, double limit)
{
	int missed = tell(what, cost.passed, limit, "s");

	tell("  time of the processors", cost.processor, 0, "s");
	return missed;
}

/* Return: how many limits it missed. */
static int tell_command(const char *what, const char *folder, char *const argv[], double limit)
{
	double memory_mib;
	struct cost cost = run_command(folder, argv, &memory_mib);

	return tell_cost(what, cost, limit) +
	       tell("  its memory", memory_mib, MEMORY_LIMIT_MIB, "MiB");
}

/* The files of a site are what a browser has to load. */
static void tell_page(const char *folder, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/site/%s", folder, name);
	if (stat(path, &st))
		err(2, "%s", path);
	printf("  %-26s %8.3f MiB\n", name, (double)st.st_size / 1048576);
}

int main(int argc, char **argv)
{
	char db[256], night_folder[256], site[256], report[256], name[32];
	char *lubench, *folder;
	int nights, missed = 0;
	struct cost ingest;
	struct stat st;

	if (argc != 4 || (nights = atoi(argv[2])) < 1)
		errx(2, "usage: history_bench FOLDER NIGHTS LUBENCH");
	folder = argv[1];
	lubench = argv[3];
	snprintf(db, sizeof(db), "%s/history.db", folder);
	fill(folder, db, nights);
	ingest = take_in_one_more(folder, db, nights);
	night(nights, name);
	snprintf(night_folder, sizeof(night_folder), "%s/%s", folder, name);
	snprintf(report, sizeof(report), "%s/report", folder);
	snprintf(site, sizeof(site), "%s/site", folder);
	if (stat(db, &st))
		err(2, "%s", db);
	printf("%d nights, %d metrics, %d samples of each a night, %.0f MiB\n", nights + 1,
	       CASES * 12, ITERATIONS, (double)st.st_size / 1048576);
	missed += tell_cost("one run taken in", ingest, INGEST_LIMIT_S);
	missed += tell_command("lubench history", folder,
			       (char *[]){ lubench, "history", "--results", folder, NULL },
			       HISTORY_LIMIT_S);
	missed += tell_command("lubench report of one night", folder,
			       (char *[]){ lubench, "report", "-o", report, night_folder, NULL },
			       REPORT_LIMIT_S);
	missed += tell_command("lubench report --site", folder,
			       (char *[]){ lubench, "report", "--site", "--nights", "1", "-o", site,
					   "--results", folder, NULL },
			       REPORT_LIMIT_S);
	tell_page(folder, "index.html");
	tell_page(folder, "trends.html");
	tell_page(folder, "design-verify-ioas.html");
	return missed ? 1 : 0;
}
