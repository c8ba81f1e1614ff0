// SPDX-License-Identifier: GPL-3.0-or-later
/* CSV (RFC 4180): one line a sample, everything that was measured, null as an empty field. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "run/unit.h"

void export_csv_text(const char *text, FILE *f)
{
	if (!text)
		return;
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void number(int64_t value, FILE *f)
{
	if (value != LU_NULL)
		fprintf(f, "%jd", (intmax_t)value);
}

/**
 * struct names - names that any sample has in one of its lists, in order of first appearance
 */
struct names {
	const char **v;
	size_t n;
};

static int add_name(struct names *names, const char *name)
{
	const char **bigger;

	for (size_t i = 0; i < names->n; i++) {
		if (!strcmp(names->v[i], name))
			return 0;
	}
	bigger = reallocarray(names->v, names->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	names->v = bigger;
	names->v[names->n++] = name;
	return 0;
}

static int add_names(struct names *names, const struct lu_values *values)
{
	int err = 0;

	for (size_t i = 0; i < values->n && !err; i++)
		err = add_name(names, values->v[i].name);
	return err;
}

static void write_head(const struct names *phases, const struct names *counters, FILE *f)
{
	fputs("run,started,target,accelerator,clock,unit,workload,kernel,tool_commit,design,iommu,"
	      "guest_bytes,page_bytes,layout,backing,backing_bytes,devices,variant,stage,redrive,"
	      "attack,refusal,iteration,order,place,scatter,verified,error,brownout_ns,blackout_ns,tail_ns,dma_gap_ns,"
	      "unaccounted_ns,outside_ns,bytes.serialised,bytes.tables,bytes.extra_peak",
	      f);
	for (size_t i = 0; i < phases->n; i++)
		fprintf(f, ",phases_ns.%s", phases->v[i]);
	for (size_t i = 0; i < counters->n; i++)
		fprintf(f, ",counters.%s", counters->v[i]);
	fputs("\r\n", f);
}

static void write_texts(const char *const *texts, size_t n, FILE *f)
{
	for (size_t i = 0; i < n; i++) {
		export_csv_text(texts[i], f);
		fputc(',', f);
	}
}

static void write_numbers(const int64_t *numbers, size_t n, FILE *f)
{
	for (size_t i = 0; i < n; i++) {
		number(numbers[i], f);
		fputc(',', f);
	}
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void write_sample(const struct run *run, const struct sample *s, const struct names *phases,
			 const struct names *counters, FILE *f)
{
	const char *const what[] = { run->id,
				     run->started,
				     run->target.name,
				     run->target.accelerator,
				     run->target.clock,
				     run_unit_name(run_unit(run)),
				     run->workload.name,
				     run->kernel.release,
				     run->tool.commit,
				     s->design,
				     s->iommu };
	const int64_t size[] = { s->guest_bytes, s->page_bytes };
	const char *const memory[] = { s->layout, s->backing };
	const int64_t devices[] = { s->backing_bytes, s->devices };
	const char *const how[] = { s->variant, s->stage, s->redrive, s->attack, s->refusal };
	const int64_t order[] = { s->iteration, s->order, s->place, s->scatter };
	const char *const result[] = { s->verified ? "true" : "false", s->error };
	const int64_t times[] = { s->brownout_ns,      s->blackout_ns,	  s->tail_ns,
				  s->dma_gap_ns,       s->unaccounted_ns, s->outside_ns,
				  s->bytes.serialised, s->bytes.tables };

	write_texts(what, COUNT(what), f);
	write_numbers(size, COUNT(size), f);
	write_texts(memory, COUNT(memory), f);
	write_numbers(devices, COUNT(devices), f);
	write_texts(how, COUNT(how), f);
	write_numbers(order, COUNT(order), f);
	write_texts(result, COUNT(result), f);
	write_numbers(times, COUNT(times), f);
	number(s->bytes.extra_peak, f);
	for (size_t i = 0; i < phases->n; i++) {
		fputc(',', f);
		number(lu_values_get(&s->phases_ns, phases->v[i]), f);
	}
	for (size_t i = 0; i < counters->n; i++) {
		fputc(',', f);
		number(lu_values_get(&s->counters, counters->v[i]), f);
	}
	fputs("\r\n", f);
}

static int write_csv(const struct run *const *runs, size_t nr_runs,
		     const struct export_options *options, FILE *f)
{
	struct names phases = { 0 }, counters = { 0 };
	int err = 0;

	(void)options;
	for (size_t i = 0; i < nr_runs; i++) {
		for (size_t j = 0; j < runs[i]->nr_samples && !err; j++) {
			err = add_names(&phases, &runs[i]->samples[j].phases_ns);
			if (!err)
				err = add_names(&counters, &runs[i]->samples[j].counters);
		}
	}
	if (!err)
		write_head(&phases, &counters, f);
	for (size_t i = 0; i < nr_runs && !err; i++) {
		for (size_t j = 0; j < runs[i]->nr_samples; j++)
			write_sample(runs[i], &runs[i]->samples[j], &phases, &counters, f);
	}
	free(phases.v);
	free(counters.v);
	return err;
}

const struct exporter export_csv = {
	.name = "csv",
	.what = "one line a sample, everything that was measured",
	.write = write_csv,
};
