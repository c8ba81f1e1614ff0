// SPDX-License-Identifier: GPL-2.0-or-later
/* run.json: what is written is read back, and nothing that is wrong gets in. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "run/case.h"
#include "run/run.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A whole run of two samples, one of them failed. */
static struct run *whole(void)
{
	struct run *run = run_new();
	struct sample *s;

	assert_non_null(run);
	run->id = strdup("20260131T235959Z-qemu-vtd-smoke-0123abc+");
	run->started = strdup("2026-01-31T23:59:59Z");
	run->planned = 2;
	run->tool.version = strdup("0.1.0");
	run->tool.commit = strdup("0123abc+");
	run->target.name = strdup("qemu-vtd");
	run->target.emulated = true;
	run->target.accelerator = strdup("tcg");
	run->target.clock = strdup("tsc");
	run->target.clock_hz = 2000000000;
	run->host.cpu = strdup("A CPU @ 2.0 GHz – \"quoted\"");
	run->host.memory = 1LL << 40;
	run->host.iommu.kind = strdup("intel");
	lu_values_set(&run->host.iommu.caps, "aw_bits", 48);
	run->kernel.release = strdup("7.3.4");
	run->kernel.source_sha256 = strdup(SHA);
	run->workload.name = strdup("smoke");
	run->workload.sha256 = strdup(SHA);
	lu_strings_add(&run->notes, "a note");
	for (int i = 0; i < 2; i++) {
		s = run_add_sample(run);
		s->design = strdup(i ? "verify-ioas" : "rebuild");
		s->iommu = strdup("intel");
		s->guest_bytes = 1LL << 42;
		s->page_bytes = 4096;
		s->layout = strdup("fragmented");
		s->backing = strdup("aliased");
		s->devices = 1;
		s->iteration = i;
	}
	s->error = strdup("the DUT is gone");
	s = &run->samples[0];
	lu_values_set(&s->marks, "brownout_begin", -5000);
	lu_values_set(&s->marks, "vm_resume", 1000);
	lu_values_set(&s->phases_ns, "freeze", 990);
	lu_values_set(&s->counters, "cycles", LU_NULL);
	s->brownout_ns = 5000;
	s->blackout_ns = 1000;
	s->unaccounted_ns = 10;
	s->bytes.tables = 8192;
	s->verified = true;
	return run;
}

static char *text_of(const struct run *run)
{
	char *text = NULL, *err = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (run_dump(run, f, &err))
		fail_msg("%s", err);
	fclose(f);
	return text;
}

static int load(const char *text, struct run **run, char **err)
{
	return run_load_buffer(text, strlen(text), "r.json", run, err);
}

static void what_is_written_is_read_back(void **state)
{
	struct run *run = whole(), *again;
	char *text = text_of(run), *text2, *err = NULL;

	(void)state;
	if (load(text, &again, &err))
		fail_msg("%s", err);
	text2 = text_of(again);
	assert_string_equal(text, text2);
	assert_int_equal(again->nr_samples, 2);
	assert_true(sample_is_result(&again->samples[0]));
	assert_false(sample_is_result(&again->samples[1]));
	assert_int_equal(again->samples[0].tail_ns, LU_NULL);
	assert_int_equal(lu_values_get(&again->samples[0].marks, "brownout_begin"), -5000);
	assert_int_equal(lu_values_get(&again->samples[0].counters, "cycles"), LU_NULL);
	assert_int_equal(again->samples[1].blackout_ns, LU_NULL);
	assert_null(again->samples[1].stage);
	free(text);
	free(text2);
	run_free(run);
	run_free(again);
}

/* The run with the value at a path ("a.b" or "samples.0.x") changed; NULL removes it. */
static char *changed(const char *path, json_t *value)
{
	struct run *run = whole();
	char *text = text_of(run), *copy = strdup(path), *rest = copy, *key;
	json_t *root = json_loads(text, 0, NULL), *at = root;

	free(text);
	for (key = strsep(&rest, "."); rest; key = strsep(&rest, "."))
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) :
					 json_object_get(at, key);
	if (value)
		json_object_set_new(at, key, value);
	else
		json_object_del(at, key);
	text = json_dumps(root, 0);
	json_decref(root);
	free(copy);
	run_free(run);
	return text;
}

static void refused(const char *path, json_t *value, const char *message)
{
	char *text = changed(path, value), *err = NULL;
	struct run *run = (void *)1;

	assert_int_equal(load(text, &run, &err), -22);
	assert_null(run);
	assert_string_equal(err, message);
	free(err);
	free(text);
}

static void accepted(const char *path, json_t *value)
{
	char *text = changed(path, value), *err = NULL;
	struct run *run;

	if (load(text, &run, &err))
		fail_msg("%s", err);
	run_free(run);
	free(text);
}

static void every_kind_of_fault_is_told(void **state)
{
	(void)state;
	refused("schema", json_string("lubench-run/3"),
		"r.json: schema is not one of lubench-run/1, lubench-run/2");
	refused("schema", NULL, "r.json: schema is missing");
	refused("id", json_string("../../etc"),
		"r.json: id is not a file name of A-Z, a-z, 0-9, _ . : + -, at most 200 long");
	refused("started", json_string("yesterday"),
		"r.json: started is not a time in UTC like 2026-01-31T23:59:59Z");
	refused("started", json_string("2026-13-31T23:59:59Z"),
		"r.json: started is not a time in UTC like 2026-01-31T23:59:59Z");
	refused("target.emulated", json_string("yes"),
		"r.json: target.emulated is a string, not true or false");
	refused("target.accelerator", json_string("xen"),
		"r.json: target.accelerator is not one of kvm, tcg");
	refused("target.clock_hz", json_real(2e9),
		"r.json: target.clock_hz is a real number, not an integer or null");
	refused("target", json_null(), "r.json: target is null, not an object");
	refused("host.cpu", json_string("\x1b[2J"), "r.json: host.cpu has control characters");
	refused("host.cpu",
		json_string("\xc2\x9b"
			    "2J"),
		"r.json: host.cpu has control characters");
	refused("kernel.source_sha256", json_string("ABC"),
		"r.json: kernel.source_sha256 is not a hash of 64 lower-case hexadecimal digits");
	refused("notes", json_string("x"), "r.json: notes is a string, not a list of strings");
	refused("samples", json_object(), "r.json: samples is an object, not a list");
	refused("samples.0.design", json_string("Re Build"),
		"r.json: samples[0].design is not a lower-case name of a-z, 0-9, _ . : -, at "
		"most 64 long");
	refused("samples.1.guest_bytes", json_integer(-1),
		"r.json: samples[1].guest_bytes is -1, less than 0");
	refused("samples.1.page_bytes", json_integer(0),
		"r.json: samples[1].page_bytes is 0, less than 1");
	refused("samples.0.unaccounted_ns", json_integer(INT64_MIN),
		"r.json: samples[0].unaccounted_ns is -9223372036854775808, less than "
		"-9223372036854775807");
	refused("samples.0.marks", json_array(),
		"r.json: samples[0].marks is a list, not an object of integers");
	refused("samples.0.marks.entry", json_string("x"),
		"r.json: samples[0].marks.entry is a string, not an integer or null");
	refused("samples.0.counters.A b", json_integer(1),
		"r.json: samples[0].counters holds a name that is not of a-z, 0-9, _ . : -, at "
		"most 64 long");
	refused("samples.0.bytes.tables", NULL,
		"r.json: samples[0].bytes.tables is missing; what is not known is null");
	refused("samples.0.blackout_ns", json_integer(1001),
		"r.json: samples[0].phases_ns and unaccounted_ns do not add up to blackout_ns");
	refused("samples.0.marks.vm_resume", json_integer(999),
		"r.json: samples[0].marks.vm_resume is not blackout_ns");
	refused("samples.0.phases_ns.kho", json_integer(INT64_MAX),
		"r.json: samples[0].phases_ns and unaccounted_ns do not add up to blackout_ns");
}

static void what_is_optional_may_be_absent(void **state)
{
	(void)state;
	accepted("notes", NULL);
	accepted("planned", NULL);
	accepted("finished", json_null());
	accepted("samples.0.order", NULL);
	accepted("samples.0.variant", json_null());
	accepted("samples.0.outside_ns", NULL);
	accepted("host.iommu.caps", NULL);
	accepted("a_key_of_a_later_version", json_integer(1));
	accepted("samples", json_array());
}

static void text_that_is_no_json(void **state)
{
	static const char *const texts[] = { "",
					     "{",
					     "[1,2",
					     "nul",
					     "{\"a\":1,\"a\":2}",
					     "\xff\xfe",
					     "{\"planned\":99999999999999999999}",
					     "{} x",
					     NULL };

	(void)state;
	for (size_t i = 0; texts[i]; i++) {
		struct run *run;
		char *err = NULL;

		assert_int_equal(load(texts[i], &run, &err), -22);
		assert_null(run);
		assert_non_null(strstr(err, "r.json: line "));
		assert_null(strchr(err, '\n'));
		free(err);
	}
}

/* Every prefix, and every byte replaced in turn: an error or a valid run, never anything else. */
static void damage_anywhere(void **state)
{
	static const char bytes[] = { '\0', '"', '{', '}', '[', ',', '9', '-', 'x', '\x80' };
	struct run *run = whole(), *loaded;
	char *text = text_of(run), *err = NULL;
	size_t len = strlen(text);

	(void)state;
	for (size_t i = 0; i < len - 1; i++) {
		if (!run_load_buffer(text, i, "r.json", &loaded, &err))
			fail_msg("accepted the first %zu bytes", i);
		assert_non_null(err);
		free(err);
	}
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		text[i] = bytes[i % sizeof(bytes)];
		if (run_load_buffer(text, len, "r.json", &loaded, &err)) {
			assert_non_null(err);
			assert_null(strchr(err, '\n'));
			free(err);
		}
		run_free(loaded);
		text[i] = was;
	}
	free(text);
	run_free(run);
}

static void deep_nesting_ends(void **state)
{
	char *text = malloc(1000001);
	struct run *run;
	char *err = NULL;

	(void)state;
	memset(text, '[', 1000000);
	text[1000000] = '\0';
	assert_int_equal(load(text, &run, &err), -22);
	free(err);
	free(text);
}

static char *folder(void)
{
	char *dir = strdup("/tmp/lubench-run-test-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static char *in(const char *dir, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
	return path;
}

static void writing_replaces_the_file_whole(void **state)
{
	char *dir = folder(), *path = in(dir, "run.json"), *temp = in(dir, "run.json.tmp");
	char *err = NULL, *text;
	struct run *run = whole(), *again;
	struct rlimit none = { .rlim_cur = 0 }, was;

	(void)state;
	assert_int_equal(run_write(run, path, &err), 0);
	/* A folder is as good as the file in it. */
	assert_int_equal(run_load(dir, &again, &err), 0);
	assert_string_equal(again->path, path);
	run_free(again);
	/* A run that is not valid leaves the file alone. */
	text = run->id;
	run->id = NULL;
	assert_int_equal(run_write(run, path, &err), -22);
	assert_string_equal(err, "run.json: id is not set");
	free(err);
	run->id = text;
	assert_int_equal(access(temp, F_OK), -1);
	assert_int_equal(run_load(path, &again, &err), 0);
	run_free(again);
	/* So does a disk that takes nothing. */
	getrlimit(RLIMIT_FSIZE, &was);
	none.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	assert_true(run_write(run, path, &err) < 0);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_non_null(err);
	free(err);
	assert_int_equal(access(temp, F_OK), -1);
	assert_int_equal(run_load(path, &again, &err), 0);
	run_free(again);
	unlink(path);
	rmdir(dir);
	free(path);
	free(temp);
	free(dir);
	run_free(run);
}

static void files_that_are_none(void **state)
{
	char *dir = folder(), *fifo = in(dir, "fifo"), *none = in(dir, "none"), *err = NULL;
	struct run *run;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(run_load(fifo, &run, &err), -22);
	assert_non_null(strstr(err, "not a regular file"));
	free(err);
	assert_int_equal(run_load(none, &run, &err), -2);
	assert_non_null(
		strstr(err, "No such file or directory: give a run folder or its run.json"));
	free(err);
	assert_int_equal(run_load("/dev/zero", &run, &err), -22);
	free(err);
	unlink(fifo);
	rmdir(dir);
	free(fifo);
	free(none);
	free(dir);
}

/* Runs of the schema before this one, as they were written then. */
static void runs_of_the_first_schema_are_read(void **state)
{
	static const struct {
		const char *path;
		const char *unit;
	} files[] = {
		{ "bench/tests/fixtures/run-1-qemu-smmuv3.json", "instructions" },
		{ "bench/tests/fixtures/synthetic-live.json", "ns" },
	};

	(void)state;
	if (access(files[0].path, R_OK)) {
		skip(); /* not run from the top of the tree */
		return;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *err = NULL, *text = NULL;
		struct run *run, *again;
		size_t len;
		FILE *f;

		if (run_load(files[i].path, &run, &err))
			fail_msg("%s", err);
		assert_string_equal(run->target.unit, files[i].unit);
		assert_true(run->nr_samples > 0);
		/* What it lacks is unknown. */
		assert_null(run->kernel.image_sha256);
		assert_null(run->dut.agent_sha256);
		assert_null(run->target.delay);
		assert_int_equal(run->target.warmup, LU_NULL);
		assert_int_equal(run->samples[0].place, LU_NULL);
		assert_int_equal(run->samples[0].scatter, LU_NULL);
		/* Written, it is a run of this schema, and the same run. */
		f = open_memstream(&text, &len);
		assert_int_equal(run_dump(run, f, &err), 0);
		fclose(f);
		assert_non_null(strstr(text, "\"lubench-run/2\""));
		assert_int_equal(run_load_buffer(text, len, "again", &again, &err), 0);
		assert_int_equal(again->nr_samples, run->nr_samples);
		assert_int_equal(again->samples[0].blackout_ns, run->samples[0].blackout_ns);
		run_free(again);
		run_free(run);
		free(text);
	}
}

static void new_fields_come_back(void **state)
{
	static const char hash[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct run *run = NULL, *again = NULL;
	char *plain = changed("id", json_string("x")), *text = NULL, *err = NULL;
	size_t len;
	FILE *f;

	(void)state;
	assert_int_equal(load(plain, &run, &err), 0);
	free(run->target.unit);
	run->target.unit = strdup("instructions");
	run->target.warmup = 3;
	run->target.delay = strdup("attach:25");
	run->target.ioas = strdup("huge_pages=1");
	run->target.emulator_sha256 = strdup(hash);
	run->kernel.image_sha256 = strdup(hash);
	run->dut.initramfs_sha256 = strdup(hash);
	run->dut.agent_sha256 = strdup(hash);
	run->samples[0].place = 2;
	run->samples[0].scatter = 77;
	run->samples[0].refusal = strdup("address");
	f = open_memstream(&text, &len);
	assert_int_equal(run_dump(run, f, &err), 0);
	fclose(f);
	assert_int_equal(run_load_buffer(text, len, "again", &again, &err), 0);
	assert_string_equal(again->target.unit, "instructions");
	assert_int_equal(again->target.warmup, 3);
	assert_string_equal(again->target.delay, "attach:25");
	assert_string_equal(again->target.ioas, "huge_pages=1");
	assert_string_equal(again->target.emulator_sha256, hash);
	assert_string_equal(again->kernel.image_sha256, hash);
	assert_string_equal(again->dut.initramfs_sha256, hash);
	assert_string_equal(again->dut.agent_sha256, hash);
	assert_int_equal(again->samples[0].place, 2);
	assert_int_equal(again->samples[0].scatter, 77);
	assert_string_equal(again->samples[0].refusal, "address");
	run_free(again);
	run_free(run);
	free(plain);
	free(text);
}

static void schema_in_the_tree_is_this_one(void **state)
{
	static const char path[] = "results/schema/run.schema.json";
	char *made = NULL, *here = NULL;
	size_t len, size = 0;
	FILE *f = open_memstream(&made, &len);
	ssize_t got;

	(void)state;
	assert_int_equal(run_schema(f), 0);
	fclose(f);
	f = fopen(path, "r");
	if (!f) {
		free(made);
		skip(); /* not run from the top of the tree */
		return;
	}
	got = getdelim(&here, &size, '\0', f);
	fclose(f);
	assert_true(got > 0);
	/* Differs? `lubench list schema > results/schema/run.schema.json` */
	assert_string_equal(here, made);
	free(made);
	free(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(every_kind_of_fault_is_told),
		cmocka_unit_test(what_is_optional_may_be_absent),
		cmocka_unit_test(text_that_is_no_json),
		cmocka_unit_test(damage_anywhere),
		cmocka_unit_test(deep_nesting_ends),
		cmocka_unit_test(writing_replaces_the_file_whole),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(runs_of_the_first_schema_are_read),
		cmocka_unit_test(new_fields_come_back),
		cmocka_unit_test(schema_in_the_tree_is_this_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
