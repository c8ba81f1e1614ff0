// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "common/error.h"
#include "run/table.h"
#include "run/unit.h"

/* A nightly run.json has a few megabytes. Refuse anything larger than this. */
#define MAX_RUN_BYTES (1LL << 30)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NULLABLE FIELD_NULLABLE
#define EXTRA (FIELD_NULLABLE | FIELD_OPTIONAL)

#define FIELD(struct_, member, type_, flags_, ...)                 \
	{                                                          \
		.name = #member, .type = type_, .flags = flags_,   \
		.offset = offsetof(struct_, member), ##__VA_ARGS__ \
	}
#define TEXT(struct_, member, flags_, form_, ...) \
	FIELD(struct_, member, FIELD_STRING, flags_, .form = form_, ##__VA_ARGS__)
#define INT(struct_, member, flags_, min_, ...) \
	FIELD(struct_, member, FIELD_INT, flags_, .min = min_, ##__VA_ARGS__)
#define OBJECT(struct_, member, table_, flags_, ...) \
	FIELD(struct_, member, FIELD_OBJECT, flags_, .sub = &(table_), ##__VA_ARGS__)
#define ARRAY(struct_, member, count_, table_, ...)                                       \
	FIELD(struct_, member, FIELD_ARRAY, 0, .count_offset = offsetof(struct_, count_), \
	      .sub = &(table_), ##__VA_ARGS__)
#define TABLE(type_, fields_)                                                           \
	{                                                                               \
		.size = sizeof(type_), .fields = (fields_), .nr_fields = COUNT(fields_) \
	}

static const char *const layouts[] = { "contig", "fragmented", "holes", "mixed", NULL };
static const char *const backings[] = { "real", "aliased", NULL };
static const char *const stages[] = { "first", "second", NULL };
static const char *const units[] = { "ns", "instructions", NULL };
static const char *const accelerators[] = { "kvm", "tcg", NULL };

typedef typeof(((struct sample *)NULL)->bytes) sample_bytes;
typedef typeof(((struct run *)NULL)->tool) run_tool;
typedef typeof(((struct run *)NULL)->target) run_target;
typedef typeof(((struct run *)NULL)->host) run_host;
typedef typeof(((struct run *)NULL)->host.iommu) run_iommu;
typedef typeof(((struct run *)NULL)->kernel) run_kernel;
typedef typeof(((struct run *)NULL)->dut) run_dut;
typedef typeof(((struct run *)NULL)->workload) run_workload;

static const struct field bytes_fields[] = {
	INT(sample_bytes, serialised, NULLABLE, 0, .what = "written to hand objects over"),
	INT(sample_bytes, tables, NULLABLE, 0, .what = "of page table preserved"),
	INT(sample_bytes, extra_peak, NULLABLE, 0, .what = "most memory beyond that"),
};
static const struct table bytes_table = TABLE(sample_bytes, bytes_fields);

static const struct field sample_fields[] = {
	TEXT(struct sample, design, 0, FORM_NAME, .what = "way to hand the I/O page table over"),
	TEXT(struct sample, iommu, 0, FORM_NAME, .what = "IOMMU or page table format"),
	INT(struct sample, guest_bytes, 0, 0, .what = "guest memory mapped into the IOAS"),
	INT(struct sample, page_bytes, 0, 1, .what = "page size of the backing"),
	TEXT(struct sample, layout, 0, FORM_ONE_OF, .one_of = layouts,
	     .what = "how physical memory lies"),
	TEXT(struct sample, backing, 0, FORM_ONE_OF, .one_of = backings,
	     .what = "real: every page has its own memory; aliased: a smaller memfd again and again"),
	INT(struct sample, backing_bytes, EXTRA, 0, .what = "memory behind the guest"),
	INT(struct sample, devices, 0, 0, .what = "devices passed through"),
	INT(struct sample, iteration, 0, 0, .what = "from 0 within one combination"),
	INT(struct sample, order, EXTRA, 0, .what = "place in the order of measuring, from 0"),
	INT(struct sample, place, EXTRA, 0, .what = "place among the designs of its block, from 0"),
	INT(struct sample, scatter, EXTRA, 0,
	    .what = "physically separate runs of preserved memory, in address order"),
	TEXT(struct sample, variant, EXTRA, FORM_NAME,
	     .what = "what tells it from others of the same design"),
	TEXT(struct sample, stage, EXTRA, FORM_ONE_OF, .one_of = stages,
	     .what = "translation stage"),
	TEXT(struct sample, redrive, EXTRA, FORM_NAME,
	     .what = "how userspace issued its calls again"),
	TEXT(struct sample, attack, EXTRA, FORM_NAME,
	     .what = "how userspace re-drove wrongly on purpose"),
	TEXT(struct sample, refusal, EXTRA, FORM_NAME,
	     .what = "what the kernel found that does not match"),
	FIELD(struct sample, marks, FIELD_VALUES, 0, .what = "ns since vm_pause"),
	FIELD(struct sample, phases_ns, FIELD_VALUES, 0, .what = "intervals inside the blackout"),
	INT(struct sample, brownout_ns, NULLABLE, 0, .what = "vm_pause - brownout_begin"),
	INT(struct sample, blackout_ns, NULLABLE, 0, .what = "vm_resume - vm_pause"),
	INT(struct sample, tail_ns, NULLABLE, 0, .what = "tail_end - vm_resume"),
	INT(struct sample, dma_gap_ns, NULLABLE, 0, .what = "longest time without DMA"),
	INT(struct sample, unaccounted_ns, NULLABLE, LU_NULL,
	    .what = "blackout_ns - sum of phases_ns"),
	INT(struct sample, outside_ns, EXTRA, 0, .what = "blackout as the outside check saw it"),
	INT(struct sample, outside_resolution_ns, EXTRA, 0,
	    .what = "how far outside_ns may be off"),
	OBJECT(struct sample, bytes, bytes_table, 0),
	FIELD(struct sample, counters, FIELD_VALUES, 0, .what = "whatever else was counted"),
	FIELD(struct sample, verified, FIELD_BOOL, 0,
	      .what = "DMA through the IOMMU and guest memory were checked and right"),
	TEXT(struct sample, error, NULLABLE, FORM_TEXT, .what = "why this is not a result"),
};
static const struct table sample_table = TABLE(struct sample, sample_fields);

static const struct field tool_fields[] = {
	TEXT(run_tool, version, 0, FORM_TEXT),
	TEXT(run_tool, commit, 0, FORM_TEXT),
};
static const struct table tool_table = TABLE(run_tool, tool_fields);

static const struct field target_fields[] = {
	TEXT(run_target, name, 0, FORM_ID),
	FIELD(run_target, emulated, FIELD_BOOL, 0),
	TEXT(run_target, accelerator, NULLABLE, FORM_ONE_OF, .one_of = accelerators),
	TEXT(run_target, clock, 0, FORM_NAME, .what = "tsc, cntvct; icount counts instructions"),
	INT(run_target, clock_hz, NULLABLE, 1),
	TEXT(run_target, version, EXTRA, FORM_TEXT, .what = "of the emulator"),
	INT(run_target, cpus, EXTRA, 1, .what = "of the DUT"),
	INT(run_target, memory, EXTRA, 1, .what = "of the DUT, bytes"),
	INT(run_target, mark_ns, EXTRA, 0, .what = "cost of taking a mark, rounded up"),
	TEXT(run_target, unit, EXTRA, FORM_ONE_OF, .one_of = units,
	     .what = "of everything called _ns: nanoseconds or instructions"),
	INT(run_target, warmup, EXTRA, 0,
	    .what = "samples thrown away before the first of a machine"),
	TEXT(run_target, delay, EXTRA, FORM_NAME,
	     .what = "phase lengthened on purpose, and by how many thousandths: attach:25"),
	TEXT(run_target, ioas, EXTRA, FORM_TEXT, .what = "options set on the IOAS: huge_pages=1"),
	TEXT(run_target, emulator_sha256, EXTRA, FORM_SHA256, .what = "of the emulator's program"),
};
static const struct table target_table = TABLE(run_target, target_fields);

static const struct field iommu_fields[] = {
	TEXT(run_iommu, kind, 0, FORM_NAME),
	FIELD(run_iommu, caps, FIELD_VALUES, FIELD_OPTIONAL),
};
static const struct table iommu_table = TABLE(run_iommu, iommu_fields);

static const struct field host_fields[] = {
	TEXT(run_host, cpu, 0, FORM_TEXT),
	TEXT(run_host, microcode, NULLABLE, FORM_TEXT),
	INT(run_host, cpus, EXTRA, 1),
	INT(run_host, memory, NULLABLE, 0, .what = "bytes"),
	TEXT(run_host, governor, EXTRA, FORM_TEXT),
	TEXT(run_host, kernel, EXTRA, FORM_TEXT, .what = "of the machine that runs lubench"),
	OBJECT(run_host, iommu, iommu_table, 0, .what = "IOMMU of the DUT"),
};
static const struct table host_table = TABLE(run_host, host_fields);

static const struct field kernel_fields[] = {
	TEXT(run_kernel, release, NULLABLE, FORM_TEXT),
	TEXT(run_kernel, source_sha256, NULLABLE, FORM_SHA256),
	TEXT(run_kernel, patches_sha256, NULLABLE, FORM_SHA256),
	TEXT(run_kernel, config_sha256, NULLABLE, FORM_SHA256),
	TEXT(run_kernel, cmdline, NULLABLE, FORM_TEXT),
	TEXT(run_kernel, image_sha256, EXTRA, FORM_SHA256, .what = "of the image that was booted"),
};
static const struct table kernel_table = TABLE(run_kernel, kernel_fields);

static const struct field dut_fields[] = {
	TEXT(run_dut, initramfs_sha256, EXTRA, FORM_SHA256),
	TEXT(run_dut, agent_sha256, EXTRA, FORM_SHA256),
};
static const struct table dut_table = TABLE(run_dut, dut_fields);

static const struct field workload_fields[] = {
	TEXT(run_workload, name, 0, FORM_ID),
	TEXT(run_workload, sha256, NULLABLE, FORM_SHA256),
	TEXT(run_workload, description, EXTRA, FORM_TEXT),
};
static const struct table workload_table = TABLE(run_workload, workload_fields);

/* What is read; the last one is what is written. */
static const char *const schemas[] = { "lubench-run/1", RUN_SCHEMA, NULL };

static const struct field run_fields[] = {
	TEXT(struct run, schema, 0, FORM_ONE_OF, .one_of = schemas),
	TEXT(struct run, id, 0, FORM_ID, .what = "name of the run folder"),
	TEXT(struct run, started, 0, FORM_TIME),
	TEXT(struct run, finished, EXTRA, FORM_TIME),
	INT(struct run, planned, EXTRA, 0,
	    .what = "samples asked for; fewer in samples: the run was cut short"),
	INT(struct run, seed, EXTRA, 0, .what = "of the random order"),
	OBJECT(struct run, tool, tool_table, 0),
	OBJECT(struct run, target, target_table, 0),
	OBJECT(struct run, host, host_table, 0),
	OBJECT(struct run, kernel, kernel_table, 0, .what = "of the DUT"),
	OBJECT(struct run, dut, dut_table, FIELD_OPTIONAL, .what = "what else ran on it"),
	OBJECT(struct run, workload, workload_table, 0),
	FIELD(struct run, notes, FIELD_STRINGS, FIELD_OPTIONAL,
	      .what = "what a reader must know: what was left out, and why"),
	ARRAY(struct run, samples, nr_samples, sample_table),
};
static const struct table run_table = TABLE(struct run, run_fields);

struct run *run_new(void)
{
	struct run *run = malloc(sizeof(*run));

	if (!run)
		return NULL;
	table_init(&run_table, run);
	run->schema = strdup(RUN_SCHEMA);
	if (!run->schema) {
		free(run);
		return NULL;
	}
	return run;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	table_release(&run_table, run);
	free(run->path);
	free(run);
}

void sample_init(struct sample *s)
{
	table_init(&sample_table, s);
}

void sample_release(struct sample *s)
{
	table_release(&sample_table, s);
}

struct sample *run_add_sample(struct run *run)
{
	size_t n = run->nr_samples;

	/* Doubling, without a capacity beside it: grow when n is 0 or a power of two. */
	if (!(n & (n - 1))) {
		struct sample *bigger;

		bigger = reallocarray(run->samples, n ? n * 2 : 1, sizeof(*bigger));
		if (!bigger)
			return NULL;
		run->samples = bigger;
	}
	run->nr_samples = n + 1;
	sample_init(&run->samples[n]);
	return &run->samples[n];
}

int64_t lu_values_get(const struct lu_values *vals, const char *name)
{
	for (size_t i = 0; i < vals->n; i++)
		if (!strcmp(vals->v[i].name, name))
			return vals->v[i].value;
	return LU_NULL;
}

int lu_values_set(struct lu_values *vals, const char *name, int64_t value)
{
	struct lu_value *bigger;
	char *copy;

	for (size_t i = 0; i < vals->n; i++) {
		if (!strcmp(vals->v[i].name, name)) {
			vals->v[i].value = value;
			return 0;
		}
	}
	copy = strdup(name);
	bigger = reallocarray(vals->v, vals->n + 1, sizeof(*bigger));
	if (bigger)
		vals->v = bigger;
	if (!copy || !bigger) {
		free(copy);
		return -ENOMEM;
	}
	vals->v[vals->n++] = (struct lu_value){ .name = copy, .value = value };
	return 0;
}

void lu_values_release(struct lu_values *vals)
{
	for (size_t i = 0; i < vals->n; i++)
		free(vals->v[i].name);
	free(vals->v);
	*vals = (struct lu_values){ 0 };
}

int lu_strings_add(struct lu_strings *list, const char *s)
{
	char **bigger = reallocarray(list->v, list->n + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	list->v = bigger;
	list->v[list->n] = strdup(s);
	if (!list->v[list->n])
		return -ENOMEM;
	list->n++;
	return 0;
}

void lu_strings_release(struct lu_strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct lu_strings){ 0 };
}

/*
 * What the table cannot say: derived figures must follow from the raw ones, else one of the two
 * was edited and nothing in the file can be trusted.
 */
static int check_sample(const struct sample *s, const char *where, char **err)
{
	int64_t sum = 0, resume;

	if (s->blackout_ns == LU_NULL)
		return 0;
	if (s->unaccounted_ns != LU_NULL) {
		bool over = __builtin_add_overflow(sum, s->unaccounted_ns, &sum);

		for (size_t i = 0; i < s->phases_ns.n; i++)
			if (s->phases_ns.v[i].value != LU_NULL)
				over |= __builtin_add_overflow(sum, s->phases_ns.v[i].value, &sum);
		if (over || sum != s->blackout_ns)
			return lu_fail(
				err, -EINVAL,
				"%sphases_ns and unaccounted_ns do not add up to blackout_ns",
				where);
	}
	resume = lu_values_get(&s->marks, "vm_resume");
	if (resume != LU_NULL && resume != s->blackout_ns)
		return lu_fail(err, -EINVAL, "%smarks.vm_resume is not blackout_ns", where);
	return 0;
}

static int check_run(const struct run *run, char **err)
{
	for (size_t i = 0; i < run->nr_samples; i++) {
		char where[64];
		int ret;

		snprintf(where, sizeof(where), "samples[%zu].", i);
		ret = check_sample(&run->samples[i], where, err);
		if (ret)
			return ret;
	}
	return 0;
}

static json_t *parse(const char *buf, size_t len, const char *name, char **err)
{
	json_error_t e;
	json_t *json = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &e);

	if (json)
		return json;
	/* The parser quotes the input in its text: show only where it is and what kind it is. */
	for (char *p = e.text; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	lu_fail(err, -EINVAL, "%s: line %d, column %d: %s", name, e.line, e.column, e.text);
	return NULL;
}

static int set_text(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

/* A run of an older schema becomes one of this; its clock says what it counted. */
static int bring_up_to_date(struct run *run)
{
	int ret = set_text(&run->schema, RUN_SCHEMA);

	if (!ret && !run->target.unit)
		ret = set_text(&run->target.unit, run_unit_name(run_unit(run)));
	return ret;
}

int run_load_buffer(const char *buf, size_t len, const char *name, struct run **out, char **err)
{
	struct run *run;
	json_t *json;
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	json = parse(buf, len, name, err);
	if (!json)
		return -EINVAL;
	run = run_new();
	if (!run) {
		json_decref(json);
		return lu_fail(err, -ENOMEM, "%s: out of memory", name);
	}
	free(run->schema);
	run->schema = NULL;
	ret = table_read(&run_table, run, json, "", err);
	json_decref(json);
	if (!ret)
		ret = check_run(run, err);
	if (!ret && bring_up_to_date(run))
		ret = lu_fail(err, -ENOMEM, "out of memory");
	if (ret) {
		run_free(run);
		return lu_fail_prefix(err, ret, "%s: ", name);
	}
	*out = run;
	return 0;
}

static int read_file(const char *path, char **buf, size_t *len, char **err)
{
	struct stat st;
	ssize_t n = 0;
	int fd, ret;

	/* O_NONBLOCK: a FIFO in place of the file must not hang the reader. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		ret = -errno;
		return lu_fail(err, ret, "%s: %s: give a run folder or its run.json", path,
			       strerror(-ret));
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MAX_RUN_BYTES) {
		close(fd);
		return lu_fail(err, -EINVAL,
			       "%s: not a regular file of at most 1 GiB: give a run folder or its "
			       "run.json",
			       path);
	}
	*len = 0;
	*buf = malloc((size_t)st.st_size + 1);
	while (*buf && *len < (size_t)st.st_size &&
	       (n = read(fd, *buf + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	ret = n < 0 ? -errno : 0;
	close(fd);
	if (!*buf)
		return lu_fail(err, -ENOMEM, "%s: out of memory", path);
	if (ret) {
		free(*buf);
		*buf = NULL;
		return lu_fail(err, ret, "%s: %s: check the disk", path, strerror(-ret));
	}
	return 0;
}

int run_load(const char *path, struct run **out, char **err)
{
	char *file = NULL, *buf = NULL;
	struct stat st;
	size_t len = 0;
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		ret = asprintf(&file, "%s/run.json", path);
	else
		ret = asprintf(&file, "%s", path);
	if (ret < 0)
		return lu_fail(err, -ENOMEM, "%s: out of memory", path);
	ret = read_file(file, &buf, &len, err);
	if (!ret) {
		ret = run_load_buffer(buf, len, file, out, err);
		free(buf);
	}
	if (ret)
		free(file);
	else
		(*out)->path = file;
	return ret;
}

static int to_json(const struct run *run, json_t **json, char **err)
{
	struct run full = *run;
	int ret = check_run(run, err);

	/* Its clock says what it counted, as when reading. */
	if (!full.target.unit)
		full.target.unit = (char *)run_unit_name(run_unit(run));
	return ret ? ret : table_write(&run_table, &full, json, "", err);
}

int run_dump(const struct run *run, FILE *f, char **err)
{
	json_t *json;
	int ret;

	if (err)
		*err = NULL;
	ret = to_json(run, &json, err);
	if (ret)
		return lu_fail_prefix(err, ret, "run.json: ");
	if (json_dumpf(json, f, JSON_INDENT(1)) || fputc('\n', f) == EOF || fflush(f))
		ret = lu_fail(err, -EIO, "run.json: writing failed");
	json_decref(json);
	return ret;
}

static int sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	int fd, ret = 0;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot sync a folder; the rename is then as safe as they make it. */
	if (fsync(fd) && errno != EINVAL)
		ret = -errno;
	close(fd);
	return ret;
}

int run_write(const struct run *run, const char *path, char **err)
{
	char *temp = NULL;
	FILE *f;
	int ret;

	if (err)
		*err = NULL;
	if (asprintf(&temp, "%s.tmp", path) < 0)
		return lu_fail(err, -ENOMEM, "%s: out of memory", path);
	f = fopen(temp, "we");
	if (!f) {
		ret = lu_fail(err, -errno, "%s: %s: make the folder writable", temp,
			      strerror(errno));
		free(temp);
		return ret;
	}
	ret = run_dump(run, f, err);
	if (!ret && fsync(fileno(f)))
		ret = lu_fail(err, -errno, "%s: %s: free some space", temp, strerror(errno));
	if (fclose(f) && !ret)
		ret = lu_fail(err, -errno, "%s: %s: free some space", temp, strerror(errno));
	if (!ret && rename(temp, path))
		ret = lu_fail(err, -errno, "%s: %s: make the folder writable", path,
			      strerror(errno));
	if (!ret)
		ret = sync_folder_of(path);
	if (ret)
		unlink(temp);
	free(temp);
	return ret;
}

int run_schema(FILE *f)
{
	json_t *json = table_schema(&run_table);
	int ret = 0;

	if (!json)
		return -ENOMEM;
	if (json_object_set_new(json, "$schema",
				json_string("https://json-schema.org/draft/2020-12/schema")) ||
	    json_object_set_new(json, "title", json_string(RUN_SCHEMA)) ||
	    json_object_set_new(json, "$comment",
				json_string("SPDX-License-Identifier: "
					    "GPL-2.0-or-later")))
		ret = -ENOMEM;
	if (!ret && (json_dumpf(json, f, JSON_INDENT(2)) || fputc('\n', f) == EOF || fflush(f)))
		ret = -EIO;
	json_decref(json);
	return ret;
}

char *sample_to_text(const struct sample *s, char **err)
{
	json_t *json;
	char *text;

	if (err)
		*err = NULL;
	if (check_sample(s, "", err) || table_write(&sample_table, s, &json, "", err))
		return NULL;
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

int sample_from_text(const char *text, size_t len, const char *name, struct sample *s, char **err)
{
	json_t *json;
	int ret;

	if (err)
		*err = NULL;
	sample_init(s);
	json = parse(text, len, name, err);
	if (!json)
		return -EINVAL;
	ret = table_read(&sample_table, s, json, "", err);
	json_decref(json);
	if (!ret)
		ret = check_sample(s, "", err);
	if (ret) {
		sample_release(s);
		sample_init(s);
		return lu_fail_prefix(err, ret, "%s: ", name);
	}
	return 0;
}
