// SPDX-License-Identifier: GPL-2.0-or-later
/* A run that is cut short, at any byte, can be resumed and never looks whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/journal.h"

static const struct journal_key key = {
	.target = "qemu-vtd",
	.workload = "smoke",
	.commit = "abc",
	.key = "one",
	.content = "kernel a\ninitramfs b\n",
};

static char results[] = "/tmp/lubench-journal-test-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	strcpy(strrchr(results, '-'), "-XXXXXX");
	return mkdtemp(results) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char *command;

	(void)state;
	if (asprintf(&command, "rm -rf '%s'", results) < 0 || system(command))
		return -1;
	free(command);
	return 0;
}

static struct journal *open_it(const struct journal_key *k)
{
	struct journal *j;
	char *err = NULL;

	if (journal_open(results, k, 99, &j, &err))
		fail_msg("%s", err);
	return j;
}

static void add(struct journal *j, int64_t order)
{
	struct sample s;
	char *err = NULL;

	sample_init(&s);
	s.design = strdup("rebuild");
	s.iommu = strdup("intel");
	s.layout = strdup("contig");
	s.backing = strdup("real");
	s.guest_bytes = 4096;
	s.page_bytes = 4096;
	s.devices = 1;
	s.iteration = 0;
	s.order = order;
	s.error = strdup("made up");
	if (journal_add(j, &s, &err))
		fail_msg("%s", err);
	sample_release(&s);
}

static void complete(struct run *run, const struct journal *j)
{
	run->id = strdup(j->id);
	run->started = strdup(j->started);
	run->tool.version = strdup("1");
	run->tool.commit = strdup("abc");
	run->target.name = strdup("qemu-vtd");
	run->target.clock = strdup("tsc");
	run->host.cpu = strdup("x");
	run->host.iommu.kind = strdup("intel");
	run->workload.name = strdup("smoke");
}

static char *in(const struct journal *j, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", j->dir, name) > 0);
	return path;
}

static void a_run_is_resumed_where_it_was(void **state)
{
	struct journal *j = open_it(&key);
	char *id = strdup(j->id), *path = in(j, "run.json");

	(void)state;
	assert_int_equal(j->seed, 99);
	add(j, 0);
	add(j, 5);
	assert_int_equal(access(path, F_OK), -1);
	journal_close(j);

	j = open_it(&key);
	assert_string_equal(j->id, id);
	assert_int_equal(j->resumed, 2);
	assert_true(journal_has(j, 0));
	assert_true(journal_has(j, 5));
	assert_false(journal_has(j, 1));
	add(j, 1);
	journal_close(j);
	j = open_it(&key);
	assert_int_equal(j->resumed, 3);
	journal_close(j);
	free(id);
	free(path);
}

static void a_finished_run_is_left_alone(void **state)
{
	struct journal *j = open_it(&key);
	char *id = strdup(j->id), *path = in(j, "samples.jsonl"), *err = NULL;
	struct run *run;

	(void)state;
	add(j, 0);
	complete(j->run, j);
	if (journal_finish(j, &err))
		fail_msg("%s", err);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(run_load(j->dir, &run, &err), 0);
	assert_int_equal(run->nr_samples, 1);
	run_free(run);
	journal_close(j);
	j = open_it(&key);
	assert_string_not_equal(j->id, id);
	assert_int_equal(j->resumed, 0);
	journal_close(j);
	free(id);
	free(path);
}

static void another_key_is_another_run(void **state)
{
	struct journal_key other = key;
	struct journal *j = open_it(&key);
	char *id = strdup(j->id);

	(void)state;
	add(j, 0);
	journal_close(j);
	other.key = "two";
	j = open_it(&other);
	assert_string_not_equal(j->id, id);
	assert_int_equal(j->resumed, 0);
	journal_close(j);
	free(id);
}

static void another_content_is_another_run(void **state)
{
	struct journal_key other = key;
	struct journal *j = open_it(&key);
	char *id = strdup(j->id);

	(void)state;
	add(j, 0);
	journal_close(j);
	other.content = "kernel a\ninitramfs c\n";
	j = open_it(&other);
	assert_string_not_equal(j->id, id);
	assert_int_equal(j->resumed, 0);
	assert_string_equal(j->other, id);
	assert_string_equal(j->differs, "initramfs");
	journal_close(j);
	/* The first one can still be resumed. */
	j = open_it(&key);
	assert_string_equal(j->id, id);
	assert_int_equal(j->resumed, 1);
	journal_close(j);
	free(id);
}

/* Spoil each line of the journal: the samples of all others are kept, and nothing is cut off. */
static void a_damaged_line_costs_one_sample(void **state)
{
	struct journal *j = open_it(&key);
	char *path = in(j, "samples.jsonl"), text[16384];
	size_t len, line = 0;
	FILE *f;

	(void)state;
	for (int64_t i = 0; i < 4; i++)
		add(j, i);
	journal_close(j);
	f = fopen(path, "r");
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	for (size_t at = 0; at < len; at++) {
		char good = text[at];

		if (!at || text[at - 1] != '\n')
			continue;
		text[at] = 'x';
		f = fopen(path, "w");
		assert_int_equal(fwrite(text, 1, len, f), len);
		fclose(f);
		text[at] = good;
		j = open_it(&key);
		assert_int_equal(j->resumed, 3);
		assert_int_equal(j->damaged, 1);
		assert_false(journal_has(j, (int64_t)line));
		add(j, (int64_t)line++);
		journal_close(j);
		j = open_it(&key);
		assert_int_equal(j->resumed, 4);
		journal_close(j);
	}
	assert_int_equal(line, 4);
	free(path);
}

static void samples_are_in_the_order_of_the_plan(void **state)
{
	struct journal *j = open_it(&key);
	struct run *run;
	char *err = NULL;

	(void)state;
	add(j, 2);
	add(j, 0);
	add(j, 1);
	complete(j->run, j);
	if (journal_finish(j, &err) || run_load(j->dir, &run, &err))
		fail_msg("%s", err);
	for (int64_t i = 0; i < 3; i++)
		assert_int_equal(run->samples[i].order, i);
	run_free(run);
	journal_close(j);
}

/* Cut the journal at every byte: what was whole is there, the rest can be taken again. */
static void cut_at_every_byte(void **state)
{
	struct journal *j = open_it(&key);
	char *path = in(j, "samples.jsonl"), text[8192];
	size_t header, first, len;
	FILE *f;

	(void)state;
	f = fopen(path, "r");
	header = fread(text, 1, sizeof(text), f);
	fclose(f);
	add(j, 0);
	f = fopen(path, "r");
	first = fread(text, 1, sizeof(text), f);
	fclose(f);
	add(j, 1);
	journal_close(j);
	f = fopen(path, "r");
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_true(len < sizeof(text));
	for (size_t cut = header; cut <= len; cut += 7) {
		f = fopen(path, "w");
		assert_int_equal(fwrite(text, 1, cut, f), cut);
		fclose(f);
		j = open_it(&key);
		assert_int_equal(j->resumed, cut == len ? 2 : cut >= first ? 1 : 0);
		/* What is added now is not glued to a torn line. */
		add(j, 7);
		journal_close(j);
		j = open_it(&key);
		assert_true(journal_has(j, 7));
		journal_close(j);
	}
	free(path);
}

static void two_at_once(void **state)
{
	struct journal *j = open_it(&key), *second;
	char *err = NULL;

	(void)state;
	assert_int_equal(journal_open(results, &key, 1, &second, &err), -EBUSY);
	assert_null(second);
	assert_non_null(strstr(err, "another lubench is measuring: wait for its end"));
	free(err);
	journal_close(j);
	j = open_it(&key);
	journal_close(j);
}

static void the_lock_goes_with_the_process(void **state)
{
	struct journal *j;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		j = open_it(&key);
		add(j, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	j = open_it(&key);
	assert_int_equal(j->resumed, 1);
	journal_close(j);
}

static void a_folder_that_cannot_be(void **state)
{
	struct journal *j;
	char *err = NULL;

	(void)state;
	assert_true(journal_open("/proc/nowhere/results", &key, 1, &j, &err) < 0);
	assert_non_null(strstr(err, "choose another folder with -o"));
	free(err);
	assert_true(journal_open("/dev/null", &key, 1, &j, &err) < 0);
	free(err);
}

#define test(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_run_is_resumed_where_it_was),
		test(a_finished_run_is_left_alone),
		test(another_key_is_another_run),
		test(another_content_is_another_run),
		test(a_damaged_line_costs_one_sample),
		test(samples_are_in_the_order_of_the_plan),
		test(cut_at_every_byte),
		test(two_at_once),
		test(the_lock_goes_with_the_process),
		test(a_folder_that_cannot_be),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
