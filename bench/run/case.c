// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"

/* Of a number that a sample may not say: 0 where it does not, as what other tools measured. */
static int64_t or_none(int64_t value)
{
	return value == LU_NULL ? 0 : value;
}

/* What a label says of the memory behind the guest; 0 where there is nothing to say. */
static int64_t smaller_backing(const struct sample *s)
{
	return s->backing_bytes == s->guest_bytes ? 0 : or_none(s->backing_bytes);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

char *case_key(const struct sample *s)
{
	char *key;

	if (asprintf(&key,
		     "design=%s iommu=%s guest_bytes=%jd page_bytes=%jd layout=%s backing=%s "
		     "backing_bytes=%jd devices=%jd variant=%s stage=%s redrive=%s%s%s",
		     s->design, s->iommu, (intmax_t)s->guest_bytes, (intmax_t)s->page_bytes,
		     s->layout, s->backing, (intmax_t)or_none(s->backing_bytes),
		     (intmax_t)or_none(s->devices), or_dash(s->variant), or_dash(s->stage),
		     or_dash(s->redrive), s->attack ? " attack=" : "",
		     s->attack ? s->attack : "") < 0)
		return NULL;
	return key;
}

/* "4G", "256M", "4K": the largest unit that divides it. */
static const char *size_text(int64_t bytes, char text[static 32])
{
	static const char units[] = "\0KMGTPE";
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 2 < sizeof(units)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, 32, "%jd%.1s", (intmax_t)bytes, &units[unit]);
	return text;
}

/* What comes before the variant, and what comes after it; each word with a blank before it. */
static void put_guest(FILE *f, const struct sample *s)
{
	char guest[32], page[32], behind[32];

	/* What other tools measured has no guest. */
	if (s->guest_bytes)
		fprintf(f, " %s/%s %s", size_text(s->guest_bytes, guest),
			size_text(s->page_bytes, page), s->layout);
	if (strcmp(s->backing, "real") != 0)
		fprintf(f, " %s", s->backing);
	if (smaller_backing(s))
		fprintf(f, " %s", size_text(smaller_backing(s), behind));
}

static void put_how(FILE *f, const struct sample *s)
{
	if (s->stage && strcmp(s->stage, "second") != 0)
		fprintf(f, " %s-stage", s->stage);
	if (s->redrive && strcmp(s->redrive, "same") != 0)
		fprintf(f, " redrive=%s", s->redrive);
	if (s->devices > 1)
		fprintf(f, " %jd devices", (intmax_t)s->devices);
	if (strcmp(s->iommu, "intel") != 0 && strcmp(s->iommu, "none") != 0)
		fprintf(f, " %s", s->iommu);
	if (s->attack)
		fprintf(f, " attack=%s", s->attack);
}

/* @whole: with the design and the variant, without which it is the guest that several of them met. */
static char *label_of(const struct sample *s, bool whole)
{
	char *label = NULL;
	size_t size;
	FILE *f = open_memstream(&label, &size);

	if (!f)
		return NULL;
	if (whole)
		fputs(s->design, f);
	put_guest(f, s);
	if (whole && s->variant)
		fprintf(f, " %s", s->variant);
	put_how(f, s);
	if (fclose(f)) {
		free(label);
		return NULL;
	}
	return label;
}

char *case_label(const struct sample *s)
{
	return label_of(s, true);
}

char *case_guest_label(const struct sample *s)
{
	char *label = label_of(s, false);

	/* Each word came with a blank before it. */
	if (label && *label)
		memmove(label, label + 1, strlen(label));
	return label;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* NULL sorts first and equals NULL only. */
static int compare_words(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

/* By place in a list; what is not in it comes after, by name. */
static int compare_listed(const char *const *list, const char *a, const char *b)
{
	int ia = 0, ib = 0;

	while (list[ia] && strcmp(a, list[ia]) != 0)
		ia++;
	while (list[ib] && strcmp(b, list[ib]) != 0)
		ib++;
	return ia != ib ? ia - ib : strcmp(a, b);
}

int case_compare_machine(const struct sample *a, const struct sample *b)
{
	static const char *const layouts[] = { "contig", "fragmented", "holes", "mixed", NULL };
	static const char *const formats[] = { "vtd-ss",   "x86-64",	  "amdv1",	 "riscv64",
					       "armv8-4k", "arm-lpae-s1", "arm-lpae-s2", NULL };
	int c = compare_listed(formats, a->iommu, b->iommu);

	c = c ? c : compare_words(a->stage, b->stage);
	c = c ? c : compare_numbers(or_none(a->devices), or_none(b->devices));
	c = c ? c : compare_numbers(a->page_bytes, b->page_bytes);
	return c ? c : compare_listed(layouts, a->layout, b->layout);
}

static int compare_backing(const struct sample *a, const struct sample *b)
{
	static const char *const backings[] = { "real", "aliased", NULL };

	return compare_listed(backings, a->backing, b->backing);
}

int case_compare_memory(const struct sample *a, const struct sample *b)
{
	int c = compare_backing(a, b);

	return c ? c : compare_numbers(smaller_backing(a), smaller_backing(b));
}

int case_compare_guest(const struct sample *a, const struct sample *b)
{
	int c = case_compare_machine(a, b);

	c = c ? c : compare_backing(a, b);
	c = c ? c : compare_numbers(a->guest_bytes, b->guest_bytes);
	c = c ? c : compare_numbers(or_none(a->backing_bytes), or_none(b->backing_bytes));
	c = c ? c : compare_words(a->redrive, b->redrive);
	return c ? c : compare_words(a->attack, b->attack);
}

int case_compare(const struct sample *a, const struct sample *b)
{
	int c = case_compare_guest(a, b);

	c = c ? c : design_rank(a->design) - design_rank(b->design);
	c = c ? c : strcmp(a->design, b->design);
	return c ? c : compare_words(a->variant, b->variant);
}

enum sample_state sample_state(const struct sample *s)
{
	int64_t refusal;

	if (!s->verified || s->error)
		return SAMPLE_FAILED;
	if (!s->attack)
		return SAMPLE_RESULT;
	refusal = lu_values_get(&s->counters, ADOPT_ERRNO);
	return refusal != LU_NULL && refusal != 0 ? SAMPLE_REFUSED : SAMPLE_FAILED;
}

bool sample_is_result(const struct sample *s)
{
	return sample_state(s) == SAMPLE_RESULT;
}

double sample_open_part(const struct sample *s)
{
	if (s->unaccounted_ns == LU_NULL || s->blackout_ns == LU_NULL)
		return NAN;
	if (!s->blackout_ns)
		return s->unaccounted_ns ? INFINITY : 0;
	return fabs((double)s->unaccounted_ns) / (double)s->blackout_ns;
}

bool sample_is_closed(const struct sample *s)
{
	return sample_open_part(s) <= CLOSURE_PERMILLE / 1000.0;
}

int64_t sample_outside_off_ns(const struct sample *s)
{
	if (s->outside_ns == LU_NULL || s->blackout_ns == LU_NULL)
		return LU_NULL;
	return s->outside_ns > s->blackout_ns ? s->outside_ns - s->blackout_ns :
						s->blackout_ns - s->outside_ns;
}

int64_t sample_outside_allowed_ns(const struct sample *s)
{
	int64_t resolution = s->outside_resolution_ns == LU_NULL ? 0 : s->outside_resolution_ns;
	int64_t allowed;

	if (s->blackout_ns == LU_NULL)
		return 0;
	allowed = s->blackout_ns / 1000000 * CLOCK_TOLERANCE_PPM;
	return resolution > INT64_MAX - allowed ? INT64_MAX : resolution + allowed;
}

bool sample_outside_agrees(const struct sample *s)
{
	int64_t off = sample_outside_off_ns(s);

	return off == LU_NULL || off <= sample_outside_allowed_ns(s);
}
