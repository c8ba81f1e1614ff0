// SPDX-License-Identifier: GPL-3.0-or-later
/* The history: nothing lost, nothing twice, nothing mixed, whatever happens to the process. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "made_run.h"
#include "store/db.h"
#include "store/measures.h"
#include "store/setup.h"
#include "store/store.h"

#define NIGHT 86400
#define FIRST_NIGHT 1700000000

/* 7 phases, blackout, brownout, tail, 2 sizes, 1 counter. */
#define METRICS_OF_CASE 13

struct place {
	char folder[64];
	char db[96];
};

static int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->folder, "/tmp/lubench-store-XXXXXX");
	if (!mkdtemp(place->folder))
		return -1;
	snprintf(place->db, sizeof(place->db), "%s/history.db", place->folder);
	*state = place;
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;
	char command[192];
	int ret;

	snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s", place->folder,
		 place->folder);
	ret = system(command);
	free(place);
	return ret;
}

static struct made_run night(int nr, char name[32])
{
	struct made_run made = { .name = name,
				 .level = 1,
				 .noise = 0.01,
				 .iterations = 3,
				 .cases = 2,
				 .started = FIRST_NIGHT + (int64_t)nr * NIGHT,
				 .seed = (uint64_t)nr };

	snprintf(name, 32, "night-%d", nr);
	return made;
}

static struct store *open_store(const struct place *place, enum store_mode mode)
{
	char *notice = NULL, *err = NULL;
	struct store *store = NULL;

	if (store_open(place->db, mode, &store, &notice, &err))
		fail_msg("%s", err);
	assert_null(notice);
	return store;
}

static int ingest_night(struct store *store, int nr)
{
	char name[32], *err = NULL;
	struct made_run made = night(nr, name);
	struct run *run = make_run(&made);
	int ret = store_ingest(store, run, NULL, &err);

	if (ret < 0)
		print_message("# %s\n", err);
	free(err);
	run_free(run);
	return ret;
}

static int64_t count(struct store *store, const char *sql)
{
	int ret = 0;
	int64_t number = -1;
	sqlite3_stmt *stmt = db_prepare(store, sql, &ret, NULL, "");

	assert_non_null(stmt);
	assert_int_equal(db_number(store, stmt, -1, &number, NULL), 0);
	return number;
}

/* Every run in it is in it as a whole. */
static void assert_whole(struct store *store, int64_t runs)
{
	assert_int_equal(store_check(store, NULL), 0);
	assert_int_equal(count(store, "SELECT count(*) FROM run"), runs);
	assert_int_equal(count(store, "SELECT count(*) FROM point"), runs * 2 * METRICS_OF_CASE);
	assert_int_equal(count(store, "SELECT count(*) FROM raw"), runs * 2 * METRICS_OF_CASE);
	assert_int_equal(count(store, "SELECT count(*) FROM raw WHERE length(samples) != 24"), 0);
	assert_int_equal(count(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void raw_samples_come_back(void **state)
{
	char name[32];
	struct made_run made = night(0, name);
	struct store *store = open_store(*state, STORE_WRITE);
	struct run *run = make_run(&made);
	const struct run *runs[] = { run };
	struct measures measures;
	const struct measure *blackout;
	int64_t *values;

	assert_int_equal(store_ingest(store, run, NULL, NULL), 1);
	assert_int_equal(measures_of(runs, 1, &measures), 0);
	assert_int_equal(measures.nr_cases, 2);
	blackout = case_measure(&measures.cases[1], "blackout_ns");
	assert_int_equal(
		store_values(store, name, measures.cases[1].key, "blackout_ns", &values, NULL), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(values[i], blackout->values[i]);
		assert_int_equal(values[i], run->samples[3 + i].blackout_ns);
		assert_int_equal(blackout->iterations[i], i);
		assert_int_equal(blackout->runs[i], 0);
	}
	free(values);
	assert_int_equal(store_values(store, name, measures.cases[1].key, "none", &values, NULL),
			 0);
	measures_release(&measures);
	run_free(run);
	store_close(store);
}

static void taking_in_twice_changes_nothing(void **state)
{
	struct store *store = open_store(*state, STORE_WRITE);

	assert_int_equal(ingest_night(store, 1), 1);
	assert_int_equal(ingest_night(store, 1), 0);
	assert_int_equal(ingest_night(store, 2), 1);
	assert_int_equal(ingest_night(store, 1), 0);
	assert_whole(store, 2);
	store_close(store);
}

static void other_content_replaces_the_run(void **state)
{
	struct store *store = open_store(*state, STORE_WRITE);
	char name[32];
	struct made_run made = night(1, name);
	struct run *run;
	int64_t *values;

	assert_int_equal(ingest_night(store, 0), 1);
	assert_int_equal(ingest_night(store, 1), 1);
	made.level = 2;
	run = make_run(&made);
	assert_int_equal(store_ingest(store, run, NULL, NULL), 1);
	assert_whole(store, 2);
	assert_int_equal(count(store,
			       "SELECT count(*) FROM raw JOIN metric ON metric.id = metric_id"
			       " WHERE name = 'blackout_ns'"),
			 4);
	{
		const struct run *runs[] = { run };
		struct measures measures;

		assert_int_equal(measures_of(runs, 1, &measures), 0);
		assert_int_equal(store_values(store, name, measures.cases[0].key, "blackout_ns",
					      &values, NULL),
				 3);
		assert_int_equal(values[0], run->samples[0].blackout_ns);
		measures_release(&measures);
	}
	free(values);
	run_free(run);
	store_close(store);
}

static int count_points(const struct store_series *series, void *data)
{
	size_t *found = data;

	assert_string_equal(series->metric, "blackout_ns");
	for (size_t i = 1; i < series->n; i++)
		assert_true(series->started[i - 1] < series->started[i]);
	found[0]++;
	found[1] += series->n;
	return 0;
}

static void unlike_runs_are_not_mixed(void **state)
{
	struct store *store = open_store(*state, STORE_WRITE);
	struct store_filter filter = { .metric = "blackout_ns", .of_case = "*256M*" };
	char name[32];
	size_t found[2] = { 0 };
	struct made_run made;
	struct run *run;

	for (int i = 0; i < 8; i++) {
		made = night(7 - i, name);
		made.exact = i == 1;
		run = make_run(&made);
		if (i == 2)
			strcpy(run->host.microcode, "0x43");
		if (i == 3)
			strcpy(run->workload.name, "defauld");
		if (i == 4)
			strcpy(run->host.iommu.kind, "amd__");
		if (i == 5)
			strcpy(run->target.name, "qemu-vte");
		/* The kernel is what is under test: same series. */
		if (i == 6)
			strcpy(run->kernel.release, "7.3.5");
		assert_int_equal(store_ingest(store, run, NULL, NULL), 1);
		run_free(run);
	}
	assert_int_equal(store_each_series(store, &filter, count_points, found, NULL), 0);
	assert_int_equal(found[0], 6);
	assert_int_equal(found[1], 8);
	found[0] = found[1] = 0;
	made = night(0, name);
	run = make_run(&made);
	filter.setup_key = setup_key(run);
	assert_int_equal(store_each_series(store, &filter, count_points, found, NULL), 0);
	assert_int_equal(found[0], 1);
	assert_int_equal(found[1], 3);
	free((char *)filter.setup_key);
	run_free(run);
	store_close(store);
}

static void icount_runs_of_two_machines_belong_together(void **state)
{
	char name[32];
	struct made_run made = night(0, name);
	struct setup_differences differences;
	struct run *base, *new;

	(void)state;
	made.exact = true;
	base = make_run(&made);
	new = make_run(&made);
	strcpy(new->host.cpu, "Another");
	assert_int_equal(setup_compare(base, new, &differences), 0);
	assert_int_equal(differences.n, 0);
	setup_differences_release(&differences);
	strcpy(base->target.clock, "tsc");
	strcpy(new->target.clock, "tsc");
	assert_int_equal(setup_compare(base, new, &differences), 0);
	assert_int_equal(differences.n, 1);
	assert_string_equal(differences.v[0].field, "host.cpu");
	assert_true(differences.v[0].unlike);
	setup_differences_release(&differences);
	run_free(base);
	run_free(new);
}

static void take_in_for_ever(const struct place *place, int first, int told)
{
	struct store *store = open_store(place, STORE_WRITE);

	for (int nr = first;; nr++) {
		ingest_night(store, nr);
		if (write(told, "", 1) != 1)
			_exit(1);
	}
}

/* Kills a child at any point of what follows its first run. */
static void kill_in_between(const struct place *place, int first, uint64_t *rng)
{
	struct timespec before, after;
	int told[2], took_us;
	pid_t child;
	char byte;

	assert_int_equal(pipe(told), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	child = fork();
	if (!child)
		take_in_for_ever(place, first, told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	clock_gettime(CLOCK_MONOTONIC, &after);
	took_us = (int)((after.tv_sec - before.tv_sec) * 1000000 +
			(after.tv_nsec - before.tv_nsec) / 1000);
	usleep((unsigned int)random_below(rng, (size_t)took_us + 1));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(told[0]);
	close(told[1]);
}

static void a_child_killed_at_any_time_leaves_whole_runs(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	uint64_t rng = 11;
	int64_t before = 0;

	store_close(store);
	for (int round = 0; round < 25; round++) {
		int64_t runs;

		kill_in_between(place, round * 1000, &rng);
		store = open_store(place, STORE_WRITE);
		runs = count(store, "SELECT count(*) FROM run");
		/* What the child told of is kept; of what came after, whole runs only. */
		assert_true(runs > before);
		assert_whole(store, runs);
		before = runs;
		store_close(store);
	}
}

static void several_take_in_the_same_runs_at_once(void **state)
{
	const struct place *place = *state;
	char *notice = NULL, *err = NULL;
	struct store *store;
	pid_t child[4];
	int status;

	for (int i = 0; i < 4; i++) {
		child[i] = fork();
		if (child[i])
			continue;
		/* No assertion here: a child that leaves by one would go on with the other tests. */
		status = store_open(place->db, STORE_WRITE, &store, &notice, &err);
		if (status) {
			fprintf(stderr, "%s\n", err);
			_exit(1);
		}
		for (int nr = 0; nr < 30; nr++)
			status |= ingest_night(store, nr) < 0;
		store_close(store);
		_exit(status);
	}
	for (int i = 0; i < 4; i++) {
		waitpid(child[i], &status, 0);
		assert_int_equal(status, 0);
	}
	store = open_store(place, STORE_WRITE);
	assert_whole(store, 30);
	store_close(store);
}

static char *seen_problem;

static void note_problem(const char *line)
{
	free(seen_problem);
	seen_problem = strdup(line);
}

static void folders_fill_the_history(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	struct store_synced synced;
	struct made_run made;
	char name[32], path[256];
	FILE *f;

	for (int i = 0; i < 4; i++) {
		made = night(i, name);
		assert_int_equal(write_made_run(&made, place->folder), 0);
	}
	snprintf(path, sizeof(path), "%s/half", place->folder);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/half/run.json", place->folder);
	f = fopen(path, "w");
	fputs("{\"schema\": \"lubench-run/1\", ", f);
	fclose(f);
	assert_int_equal(store_sync(store, place->folder, note_problem, &synced, NULL), 0);
	assert_int_equal(synced.added, 4);
	assert_int_equal(synced.unreadable, 1);
	assert_non_null(strstr(seen_problem, "half/run.json"));
	free(seen_problem);
	assert_whole(store, 4);
	assert_int_equal(store_sync(store, place->folder, NULL, &synced, NULL), 0);
	assert_int_equal(synced.added, 0);
	assert_int_equal(store_clear(store, NULL), 0);
	assert_int_equal(store_sync(store, place->folder, NULL, &synced, NULL), 0);
	assert_int_equal(synced.added, 4);
	assert_whole(store, 4);
	store_close(store);
}

static void deleted_runs_are_forgotten(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	struct store_synced synced;
	struct made_run made;
	char name[32], from[256], to[256], *err = NULL;

	for (int i = 0; i < 3; i++) {
		made = night(i, name);
		assert_int_equal(write_made_run(&made, place->folder), 0);
	}
	assert_int_equal(store_sync(store, place->folder, NULL, &synced, NULL), 0);
	assert_whole(store, 3);
	snprintf(from, sizeof(from), "%s/night-1/run.json", place->folder);
	assert_int_equal(unlink(from), 0);
	/* One that was moved is the same run at another place. */
	snprintf(from, sizeof(from), "%s/night-2", place->folder);
	snprintf(to, sizeof(to), "%s/moved", place->folder);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(store_sync(store, place->folder, NULL, &synced, &err), 0);
	assert_whole(store, 2);
	assert_int_equal(count(store, "SELECT count(*) FROM run WHERE name = 'night-2'"), 1);
	/* A folder that cannot be seen has lost nothing. */
	assert_int_equal(store_sync(store, "/nowhere", NULL, &synced, &err), 0);
	assert_whole(store, 2);
	store_close(store);
}

/* Of a FIFO there is nobody who writes to it: reading it would never end. */
static void a_fifo_is_no_verdict(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	struct store_synced synced;
	struct made_run made;
	char name[32], path[256];

	made = night(0, name);
	assert_int_equal(write_made_run(&made, place->folder), 0);
	snprintf(path, sizeof(path), "%s/night-0/verdict.json", place->folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20);
	assert_int_equal(store_sync(store, place->folder, NULL, &synced, NULL), 0);
	alarm(0);
	assert_int_equal(synced.added, 1);
	assert_int_equal(count(store, "SELECT regressed FROM run"), 0);
	store_close(store);
}

static void a_path_with_two_slashes_is_a_path(void **state)
{
	const struct place *place = *state;
	struct store *store = NULL;
	char path[128], *notice = NULL, *err = NULL;

	snprintf(path, sizeof(path), "/%s", place->db);
	if (store_open(path, STORE_WRITE, &store, &notice, &err))
		fail_msg("%s", err);
	store_close(store);
	assert_int_equal(access(place->db, F_OK), 0);
}

static int note_labels(const struct store_series *series, void *data)
{
	char(*labels)[256] = data;

	snprintf(labels[series->setup - 1], sizeof(labels[0]), "%s", series->setup_label);
	return 0;
}

/* What two setups are called says what is unlike about them. */
static void setups_have_labels_of_their_own(void **state)
{
	static const char *const versions[] = { "10.0.2", "10.0.3" };
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char labels[2][256] = { "", "" };
	struct store_runs runs;

	for (int i = 0; i < 2; i++) {
		char name[32];
		struct made_run made = night(i, name);
		struct run *run = make_run(&made);

		run->target.version = strdup(versions[i]);
		assert_int_equal(store_ingest(store, run, NULL, NULL), 1);
		run_free(run);
	}
	assert_int_equal(store_runs(store, NULL, &runs, NULL), 0);
	assert_int_equal(runs.n, 2);
	for (int i = 0; i < 2; i++) {
		char part[64];

		snprintf(part, sizeof(part), " (target.version %s)", versions[i]);
		assert_non_null(strstr(runs.v[i].setup_label, part));
	}
	assert_int_equal(store_each_series(store, NULL, note_labels, labels, NULL), 0);
	for (int i = 0; i < 2; i++)
		assert_string_equal(labels[i], runs.v[i].setup_label);
	store_runs_release(&runs);
	store_close(store);
}

static void overwrite(const char *path, long offset, const char *with, size_t len)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, with, len, offset), len);
	close(fd);
}

static void a_file_that_is_none_is_set_aside(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char *notice = NULL, *err = NULL;

	ingest_night(store, 0);
	store_close(store);
	overwrite(place->db, 0, "not a database at all", 21);
	assert_int_equal(store_open(place->db, STORE_WRITE, &store, &notice, &err), 0);
	assert_non_null(notice);
	assert_non_null(strstr(notice, "damaged-"));
	free(notice);
	assert_int_equal(count(store, "SELECT count(*) FROM run"), 0);
	assert_int_equal(ingest_night(store, 0), 1);
	store_close(store);
}

static void damage_inside_is_found_and_repaired(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char garbage[4096 * 3], *notice = NULL, *err = NULL;

	for (int i = 0; i < 50; i++)
		ingest_night(store, i);
	store_close(store);
	memset(garbage, 0x5a, sizeof(garbage));
	for (int page = 8; page < 40; page += 6)
		overwrite(place->db, page * 4096, garbage, sizeof(garbage));
	store = open_store(place, STORE_WRITE);
	assert_int_equal(store_check(store, &err), -EUCLEAN);
	assert_non_null(strstr(err, "--rebuild"));
	free(err);
	err = NULL;
	assert_int_equal(store_repair(store, &notice, &err), 0);
	assert_non_null(notice);
	free(notice);
	notice = NULL;
	assert_int_equal(ingest_night(store, 0), 1);
	assert_whole(store, 1);
	/* A sound file stays. */
	assert_int_equal(store_repair(store, &notice, &err), 0);
	assert_null(notice);
	assert_whole(store, 1);
	store_close(store);
}

static void older_schema_is_brought_up_to_date(void **state)
{
	const struct place *place = *state;
	struct store old = { .path = (char *)place->db };
	struct store *store;

	assert_int_equal(sqlite3_open(place->db, &old.db), SQLITE_OK);
	assert_int_equal(db_migrate(&old, 1, NULL), 0);
	assert_int_equal(count(&old, "PRAGMA user_version"), 1);
	assert_int_equal(db_exec(&old,
				 "INSERT INTO setup VALUES(1, 'k', 'l', 0);"
				 "INSERT INTO run VALUES(1, 'old', 1, 5, NULL, 0, 0, 'h', NULL,"
				 " NULL, NULL, NULL, NULL, 0, 0, 1);",
				 "filling", NULL),
			 0);
	sqlite3_close(old.db);
	store = open_store(place, STORE_WRITE);
	assert_int_equal(count(store, "PRAGMA user_version"), STORE_VERSION);
	assert_int_equal(count(store, "SELECT regressed FROM run WHERE name = 'old'"), 0);
	/* Its setup has fewer fields than those of today: it is read again. */
	assert_int_equal(count(store, "SELECT file_mtime_ns FROM run WHERE name = 'old'"), -1);
	assert_int_equal(ingest_night(store, 1), 1);
	store_close(store);
}

static void newer_schema_is_left_alone(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char *notice = NULL, *err = NULL;

	assert_int_equal(db_exec(store, "PRAGMA user_version = 99", "", NULL), 0);
	store_close(store);
	assert_int_equal(store_open(place->db, STORE_WRITE, &store, &notice, &err), -ESTALE);
	assert_non_null(strstr(err, "newer lubench"));
	assert_null(notice);
	free(err);
}

static void impossible_schema_is_set_aside(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char *notice = NULL, *err = NULL;

	assert_int_equal(db_exec(store, "PRAGMA user_version = -1", "", NULL), 0);
	store_close(store);
	assert_int_equal(store_open(place->db, STORE_READ, &store, &notice, &err), -EUCLEAN);
	assert_non_null(strstr(err, "--rebuild"));
	free(err);
	err = NULL;
	assert_int_equal(store_open(place->db, STORE_WRITE, &store, &notice, &err), 0);
	assert_non_null(notice);
	free(notice);
	assert_int_equal(ingest_night(store, 0), 1);
	store_close(store);
}

static void full_disk_leaves_the_history_as_it_was(void **state)
{
	struct store *store = open_store(*state, STORE_WRITE);
	char *err = NULL, name[32];
	struct made_run made = night(9, name);
	struct run *run = make_run(&made);
	int ret;

	assert_int_equal(ingest_night(store, 0), 1);
	/* SQLite answers as it does when the disk is full. */
	sqlite3_exec(store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL);
	for (int i = 1; i < 200; i++) {
		made.cases = 12;
		ret = store_ingest(store, run, NULL, &err);
		if (ret < 0)
			break;
		run_free(run);
		made = night(9 + i, name);
		run = make_run(&made);
	}
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(strstr(err, "free some space"));
	free(err);
	sqlite3_exec(store->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
	assert_whole(store, count(store, "SELECT count(*) FROM run"));
	assert_int_equal(store_ingest(store, run, NULL, NULL), 1);
	run_free(run);
	store_close(store);
}

static void what_cannot_be_written_can_be_read(void **state)
{
	const struct place *place = *state;
	struct store *store = open_store(place, STORE_WRITE);
	char *err = NULL, *notice = NULL;

	ingest_night(store, 0);
	store_close(store);
	assert_int_equal(chmod(place->db, 0444), 0);
	assert_int_equal(chmod(place->folder, 0555), 0);
	store = open_store(place, STORE_READ);
	assert_int_equal(count(store, "SELECT count(*) FROM run"), 1);
	assert_true(ingest_night(store, 1) < 0);
	store_close(store);
	if (geteuid()) {
		int ret = store_open(place->db, STORE_WRITE, &store, &notice, &err);

		assert_true(ret == -EROFS || ret == -EACCES);
		free(err);
	}
	assert_null(notice);
}

static void no_history_is_told(void **state)
{
	const struct place *place = *state;
	struct store *store;
	char *err = NULL, *notice = NULL;

	assert_int_equal(store_open(place->db, STORE_READ, &store, &notice, &err), -ENOENT);
	assert_non_null(strstr(err, "no history yet"));
	free(err);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(raw_samples_come_back),
		TEST(taking_in_twice_changes_nothing),
		TEST(other_content_replaces_the_run),
		TEST(unlike_runs_are_not_mixed),
		TEST(icount_runs_of_two_machines_belong_together),
		TEST(a_child_killed_at_any_time_leaves_whole_runs),
		TEST(several_take_in_the_same_runs_at_once),
		TEST(folders_fill_the_history),
		TEST(deleted_runs_are_forgotten),
		TEST(a_fifo_is_no_verdict),
		TEST(a_path_with_two_slashes_is_a_path),
		TEST(setups_have_labels_of_their_own),
		TEST(a_file_that_is_none_is_set_aside),
		TEST(damage_inside_is_found_and_repaired),
		TEST(older_schema_is_brought_up_to_date),
		TEST(newer_schema_is_left_alone),
		TEST(impossible_schema_is_set_aside),
		TEST(full_disk_leaves_the_history_as_it_was),
		TEST(what_cannot_be_written_can_be_read),
		TEST(no_history_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
