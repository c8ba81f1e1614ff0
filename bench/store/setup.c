// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/unit.h"

#define UNKNOWN "unknown"

/**
 * struct setup_field - one field of a run as text
 * @name: its path in run.json
 * @text: the text, malloc()ed; NULL without memory
 * @unlike: runs that differ in it cannot be compared
 * @machine: a property of the controller, without meaning for exact clocks
 */
struct setup_field {
	const char *name;
	char *(*text)(const struct run *run);
	bool unlike;
	bool machine;
};

static char *text_or_unknown(const char *text)
{
	return strdup(text ? text : UNKNOWN);
}

static char *number_or_unknown(int64_t number)
{
	char *text;

	if (number == LU_NULL)
		return strdup(UNKNOWN);
	return asprintf(&text, "%jd", (intmax_t)number) < 0 ? NULL : text;
}

#define TEXT_FIELD(function, member)                 \
	static char *function(const struct run *run) \
	{                                            \
		return text_or_unknown(run->member); \
	}
#define NUMBER_FIELD(function, member)                 \
	static char *function(const struct run *run)   \
	{                                              \
		return number_or_unknown(run->member); \
	}

TEXT_FIELD(target_name, target.name)
TEXT_FIELD(target_accelerator, target.accelerator)
TEXT_FIELD(target_clock, target.clock)
TEXT_FIELD(target_version, target.version)
NUMBER_FIELD(target_cpus, target.cpus)
NUMBER_FIELD(target_memory, target.memory)
NUMBER_FIELD(target_emulated, target.emulated)
NUMBER_FIELD(target_warmup, target.warmup)
TEXT_FIELD(target_ioas, target.ioas)
TEXT_FIELD(target_emulator, target.emulator_sha256)
TEXT_FIELD(kernel_image, kernel.image_sha256)
TEXT_FIELD(dut_initramfs, dut.initramfs_sha256)
TEXT_FIELD(dut_agent, dut.agent_sha256)
TEXT_FIELD(workload_name, workload.name)
TEXT_FIELD(workload_sha256, workload.sha256)
TEXT_FIELD(host_cpu, host.cpu)
TEXT_FIELD(host_microcode, host.microcode)
NUMBER_FIELD(host_cpus, host.cpus)
TEXT_FIELD(host_governor, host.governor)
TEXT_FIELD(iommu_kind, host.iommu.kind)
TEXT_FIELD(kernel_release, kernel.release)
TEXT_FIELD(kernel_source, kernel.source_sha256)
TEXT_FIELD(kernel_patches, kernel.patches_sha256)
TEXT_FIELD(kernel_config, kernel.config_sha256)
TEXT_FIELD(host_kernel, host.kernel)
TEXT_FIELD(tool_commit, tool.commit)

static char *target_unit(const struct run *run)
{
	return strdup(run_unit_name(run_unit(run)));
}

static char *target_delay(const struct run *run)
{
	return strdup(run->target.delay ? run->target.delay : "none");
}

/* What the old kernel measured and hands on is another number after every boot. */
static char *kernel_cmdline(const struct run *run)
{
	static const char measured[] = "tsc_early_khz=";
	char *text = text_or_unknown(run->kernel.cmdline), *to = text;

	if (!text)
		return NULL;
	for (const char *from = text; *from;) {
		size_t word = strcspn(from, " "), len = word + strspn(from + word, " ");

		if (strncmp(from, measured, strlen(measured)) != 0) {
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
	return text;
}

static int by_name(const void *a, const void *b)
{
	const struct lu_value *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static char *iommu_caps(const struct run *run)
{
	const struct lu_values *caps = &run->host.iommu.caps;
	const struct lu_value **sorted;
	char *text = NULL;
	size_t size;
	FILE *f;

	sorted = calloc(caps->n ? caps->n : 1, sizeof(const struct lu_value *));
	f = open_memstream(&text, &size);
	if (!sorted || !f) {
		free(sorted);
		if (f)
			fclose(f);
		free(text);
		return NULL;
	}
	for (size_t i = 0; i < caps->n; i++)
		sorted[i] = &caps->v[i];
	qsort(sorted, caps->n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < caps->n; i++) {
		char *number = number_or_unknown(sorted[i]->value);

		fprintf(f, "%s%s=%s", i ? " " : "", sorted[i]->name, number ? number : UNKNOWN);
		free(number);
	}
	free(sorted);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static const struct setup_field fields[] = {
	{ "target.name", target_name, .unlike = true },
	{ "target.emulated", target_emulated, .unlike = true },
	{ "target.accelerator", target_accelerator, .unlike = true },
	{ "target.clock", target_clock, .unlike = true },
	{ "target.unit", target_unit, .unlike = true },
	{ "target.version", target_version, .unlike = true },
	{ "target.emulator_sha256", target_emulator, .unlike = true, .machine = true },
	{ "target.cpus", target_cpus, .unlike = true },
	{ "target.memory", target_memory, .unlike = true },
	{ "target.warmup", target_warmup, .unlike = true },
	{ "target.delay", target_delay, .unlike = true },
	{ "target.ioas", target_ioas, .unlike = true },
	{ "host.iommu.kind", iommu_kind, .unlike = true },
	{ "host.iommu.caps", iommu_caps, .unlike = true },
	{ "workload.name", workload_name, .unlike = true },
	{ "workload.sha256", workload_sha256, .unlike = true },
	{ "host.cpu", host_cpu, .unlike = true, .machine = true },
	{ "host.cpus", host_cpus, .unlike = true, .machine = true },
	{ "host.microcode", host_microcode, .unlike = true, .machine = true },
	{ "host.governor", host_governor, .unlike = true, .machine = true },
	{ "host.kernel", host_kernel, .unlike = false, .machine = true },
	{ "kernel.release", kernel_release, .unlike = false },
	{ "kernel.source_sha256", kernel_source, .unlike = false },
	{ "kernel.patches_sha256", kernel_patches, .unlike = false },
	{ "kernel.config_sha256", kernel_config, .unlike = false },
	{ "kernel.image_sha256", kernel_image, .unlike = false },
	{ "kernel.cmdline", kernel_cmdline, .unlike = false },
	{ "dut.initramfs_sha256", dut_initramfs, .unlike = false },
	{ "dut.agent_sha256", dut_agent, .unlike = false },
	{ "tool.commit", tool_commit, .unlike = false },
};

#define NR_FIELDS (sizeof(fields) / sizeof(fields[0]))

void setup_differences_release(struct setup_differences *differences)
{
	for (size_t i = 0; i < differences->n; i++) {
		free(differences->v[i].base);
		free(differences->v[i].new);
	}
	free(differences->v);
	*differences = (struct setup_differences){ 0 };
}

int setup_compare(const struct run *base, const struct run *new,
		  struct setup_differences *differences)
{
	bool exact = run_is_exact(base) && run_is_exact(new);

	*differences =
		(struct setup_differences){ .v = calloc(NR_FIELDS, sizeof(*differences->v)) };
	if (!differences->v)
		return -ENOMEM;
	for (size_t i = 0; i < NR_FIELDS; i++) {
		struct setup_difference *d = &differences->v[differences->n];

		if (exact && fields[i].machine)
			continue;
		*d = (struct setup_difference){
			.field = fields[i].name,
			.base = fields[i].text(base),
			.new = fields[i].text(new),
			.unlike = fields[i].unlike,
		};
		differences->n++;
		if (!d->base || !d->new) {
			setup_differences_release(differences);
			return -ENOMEM;
		}
		if (strcmp(d->base, d->new) != 0)
			continue;
		free(d->base);
		free(d->new);
		differences->n--;
	}
	return 0;
}

char *setup_key(const struct run *run)
{
	char *key = NULL;
	bool complete = true;
	size_t size;
	FILE *f;

	f = open_memstream(&key, &size);
	if (!f)
		return NULL;
	for (size_t i = 0; i < NR_FIELDS; i++) {
		char *text;

		if (!fields[i].unlike || (fields[i].machine && run_is_exact(run)))
			continue;
		text = fields[i].text(run);
		complete = complete && text;
		fprintf(f, "%s=%s\n", fields[i].name, text ? text : "");
		free(text);
	}
	if (fclose(f) || !complete) {
		free(key);
		return NULL;
	}
	return key;
}

char *setup_label(const struct run *run)
{
	const char *accelerator = run->target.accelerator;
	char *label;

	if (asprintf(&label, "%s%s%s %s%s, workload %s%s%s", run->target.name,
		     accelerator ? " " : "", accelerator ? accelerator : "", run->target.clock,
		     run->target.emulated ? ", emulated" : "", run->workload.name,
		     run_is_exact(run) ? "" : ", ", run_is_exact(run) ? "" : run->host.cpu) < 0)
		return NULL;
	return label;
}

/* The line of a key that begins with the same "name=" as @line, or NULL. */
static const char *same_field(const char *key, const char *line)
{
	size_t name = strcspn(line, "=") + 1;

	for (; *key; key += strcspn(key, "\n"), key += *key == '\n')
		if (!strncmp(key, line, name))
			return key;
	return NULL;
}

static bool same_line(const char *a, const char *b)
{
	size_t n = strcspn(a, "\n");

	return b && strcspn(b, "\n") == n && !memcmp(a, b, n);
}

char *setup_label_apart(const char *label, const char *key, const char *const *others,
			size_t nr_others)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int n = 0;

	if (!f)
		return NULL;
	fputs(label, f);
	for (const char *line = key; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		int name = (int)strcspn(line, "="), all = (int)strcspn(line, "\n");
		bool alike = true;

		for (size_t i = 0; i < nr_others; i++)
			alike &= same_line(line, same_field(others[i], line));
		if (alike || name >= all)
			continue;
		fprintf(f, "%s%.*s %.*s", n++ ? ", " : " (", name, line, all - name - 1,
			line + name + 1);
	}
	if (n)
		fputc(')', f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
