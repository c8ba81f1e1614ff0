// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/phases.h"
#include "common/protocol.h"

/* Nothing counts time at less; what the agent did not send is 0. */
#define HZ_MIN 1000

int sample_fail(struct sample *s, const char *fmt, ...)
{
	va_list ap;

	if (s->error)
		return 0;
	va_start(ap, fmt);
	if (vasprintf(&s->error, fmt, ap) < 0)
		s->error = NULL;
	va_end(ap);
	if (!s->error)
		return -ENOMEM;
	/* The text may come from a kernel in trouble: keep it printable. */
	for (unsigned char *p = (unsigned char *)s->error; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
	return 0;
}

static int set_word(char **to, const char *word)
{
	if (!word)
		return 0;
	*to = strdup(word);
	return *to ? 0 : -ENOMEM;
}

int sample_from_plan(struct sample *s, const struct plan_item *item)
{
	s->guest_bytes = item->guest_bytes;
	s->page_bytes = item->page_bytes;
	s->backing_bytes = item->backing_bytes;
	s->devices = item->devices;
	s->iteration = item->iteration;
	s->order = item->order;
	s->place = item->place;
	if (set_word(&s->design, item->design) || set_word(&s->iommu, item->iommu) ||
	    set_word(&s->layout, item->layout) || set_word(&s->backing, item->backing) ||
	    set_word(&s->variant, item->variant) || set_word(&s->stage, item->stage) ||
	    set_word(&s->redrive, item->redrive) || set_word(&s->attack, item->attack))
		return -ENOMEM;
	return 0;
}

/**
 * struct raw - the marks as the agent sent them.
 * @ns: since vm_pause, where @has.
 */
struct raw {
	bool has[LU_NR_MARKS];
	int64_t ns[LU_NR_MARKS];
};

bool sample_to_ns(int64_t counter, int64_t from, int64_t hz, int64_t *ns)
{
	__int128 v;

	if (hz < HZ_MIN)
		return false;
	/* 128 bits because a product of ticks and 10^9 leaves 64 within seconds. */
	v = ((__int128)counter - from) * 1000000000 / hz;
	/* A year: more is a broken clock, and no sum of such figures can overflow. */
	if (v > 31536000000000000 || v < -31536000000000000)
		return false;
	*ns = (int64_t)v;
	return true;
}

/* Why the marks cannot be used, or NULL. */
static const char *read_marks(const json_t *msg, struct raw *raw)
{
	const json_t *marks = json_object_get(msg, PROTO_MARKS);
	const json_t *pause = json_object_get(marks, lu_marks[LU_VM_PAUSE].name);
	int64_t hz = json_integer_value(json_object_get(msg, PROTO_CLOCK_HZ));

	if (!json_is_object(marks))
		return "the agent sent no marks";
	if (hz < HZ_MIN)
		return "the agent sent no clock_hz";
	if (!json_is_integer(pause))
		return "the agent sent no vm_pause";
	for (int i = 0; i < LU_NR_MARKS; i++) {
		const json_t *mark = json_object_get(marks, lu_marks[i].name);

		if (!mark || json_is_null(mark))
			continue;
		if (!json_is_integer(mark) ||
		    !sample_to_ns(json_integer_value(mark), json_integer_value(pause), hz,
				  &raw->ns[i]))
			return "a mark is not a counter value near the others";
		raw->has[i] = true;
	}
	return NULL;
}

static int keep_marks(struct sample *s, const struct raw *raw)
{
	for (int i = 0; i < LU_NR_MARKS; i++)
		if (raw->has[i] && lu_values_set(&s->marks, lu_marks[i].name, raw->ns[i]))
			return -ENOMEM;
	return 0;
}

static enum lu_mark begin_of(const struct lu_phase *phase, const struct raw *raw)
{
	for (size_t i = 0; phase->begin[i] != LU_NO_MARK; i++)
		if (raw->has[phase->begin[i]])
			return phase->begin[i];
	return LU_NO_MARK;
}

static int64_t between(const struct raw *raw, enum lu_mark begin, enum lu_mark end)
{
	return raw->has[begin] && raw->has[end] ? raw->ns[end] - raw->ns[begin] : LU_NULL;
}

/* Each phase must begin no earlier than the one before it ended, inside of the blackout. */
static int set_phases(struct sample *s, const struct raw *raw)
{
	int64_t sum = 0, last = 0;

	for (size_t i = 0; i < lu_nr_phases; i++) {
		const struct lu_phase *phase = &lu_phases[i];
		enum lu_mark begin = begin_of(phase, raw);

		if (begin == LU_NO_MARK || !raw->has[phase->end])
			continue;
		if (raw->ns[begin] < last || raw->ns[phase->end] < raw->ns[begin])
			return sample_fail(
				s,
				"marks are out of order: phase %s begins at %lld ns "
				"and ends at %lld ns, after a phase that ended at %lld ns",
				phase->name, (long long)raw->ns[begin],
				(long long)raw->ns[phase->end], (long long)last);
		last = raw->ns[phase->end];
		sum += raw->ns[phase->end] - raw->ns[begin];
		if (lu_values_set(&s->phases_ns, phase->name, raw->ns[phase->end] - raw->ns[begin]))
			return -ENOMEM;
	}
	if (s->blackout_ns == LU_NULL)
		return 0;
	if (last > s->blackout_ns)
		return sample_fail(s,
				   "marks are out of order: the last phase ends after vm_resume");
	s->unaccounted_ns = s->blackout_ns - sum;
	return 0;
}

static int set_times(struct sample *s, const struct raw *raw)
{
	static const struct {
		enum lu_mark begin;
		enum lu_mark end;
		size_t offset;
	} spans[] = {
		{ LU_BROWNOUT_BEGIN, LU_VM_PAUSE, offsetof(struct sample, brownout_ns) },
		{ LU_VM_PAUSE, LU_VM_RESUME, offsetof(struct sample, blackout_ns) },
		{ LU_VM_RESUME, LU_TAIL_END, offsetof(struct sample, tail_ns) },
	};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		int64_t ns = between(raw, spans[i].begin, spans[i].end);

		if (ns != LU_NULL && ns < 0)
			return sample_fail(s, "marks are out of order: %s is before %s",
					   lu_marks[spans[i].end].name,
					   lu_marks[spans[i].begin].name);
		*(int64_t *)((char *)s + spans[i].offset) = ns;
	}
	/* Its tries to adopt come where no phase expects them; it is no measurement anyway. */
	return s->attack ? 0 : set_phases(s, raw);
}

static int64_t size_of(const json_t *bytes, const char *name)
{
	const json_t *v = json_object_get(bytes, name);

	return json_is_integer(v) && json_integer_value(v) >= 0 ? json_integer_value(v) : LU_NULL;
}

void sample_clean_name(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		char c = *name;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			c = '_';
		if (n || c != '_')
			buf[n++] = c;
	}
	buf[n] = '\0';
}

/*
 * What the kernel added up, as times. An agent that knows none sends null, and a sum that one of two
 * programs does not know is left out.
 */
static int set_sums(struct sample *s, const json_t *msg)
{
	const json_t *sums = json_object_get(msg, PROTO_SUMS);
	int64_t hz = json_integer_value(json_object_get(msg, PROTO_CLOCK_HZ)), ns;

	for (int i = 0; i < LU_NR_SUMS; i++) {
		const json_t *ticks = json_object_get(sums, lu_sums[i].name);

		if (json_is_integer(ticks) &&
		    (json_integer_value(ticks) < 0 ||
		     !sample_to_ns(json_integer_value(ticks), 0, hz, &ns)))
			return sample_fail(s, "the sum %s is not a time", lu_sums[i].name);
		if (lu_values_set(&s->counters, lu_sums[i].counter,
				  json_is_integer(ticks) ? ns : LU_NULL))
			return -ENOMEM;
	}
	return 0;
}

static int set_counters(struct sample *s, const json_t *msg)
{
	const json_t *v, *diff = json_object_get(msg, PROTO_DIFF);
	const char *key;
	char name[60];

	json_object_foreach(json_object_get(msg, PROTO_COUNTERS), key, v) {
		sample_clean_name(key, name, sizeof(name));
		if (*name && (json_is_integer(v) || json_is_null(v)) &&
		    lu_values_set(&s->counters, name,
				  json_is_integer(v) ? json_integer_value(v) : LU_NULL))
			return -ENOMEM;
	}
	v = json_object_get(msg, PROTO_ERRNO);
	if (json_is_integer(v) && lu_values_set(&s->counters, ADOPT_ERRNO, json_integer_value(v)))
		return -ENOMEM;
	v = json_object_get(diff, PROTO_DIFF_IOVA);
	if (json_is_integer(v) && lu_values_set(&s->counters, "diff_iova", json_integer_value(v)))
		return -ENOMEM;
	v = json_object_get(diff, PROTO_DIFF_KIND);
	if (json_is_string(v)) {
		sample_clean_name(json_string_value(v), name, sizeof(name));
		if (*name && set_word(&s->refusal, name))
			return -ENOMEM;
	}
	v = json_object_get(msg, PROTO_SCATTER);
	if (json_is_integer(v) && json_integer_value(v) >= 0)
		s->scatter = json_integer_value(v);
	v = json_object_get(msg, PROTO_GENERATION);
	if (json_is_integer(v) && lu_values_set(&s->counters, "generation", json_integer_value(v)))
		return -ENOMEM;
	return 0;
}

int sample_convert(struct sample *s, const json_t *msg)
{
	const json_t *bytes = json_object_get(msg, PROTO_BYTES);
	const json_t *error = json_object_get(msg, PROTO_ERROR);
	struct raw raw = { 0 };
	const char *fault;

	s->verified = json_is_true(json_object_get(msg, PROTO_VERIFIED));
	s->bytes.serialised = size_of(bytes, PROTO_BYTES_SERIALISED);
	s->bytes.tables = size_of(bytes, PROTO_BYTES_TABLES);
	s->bytes.extra_peak = size_of(bytes, PROTO_BYTES_EXTRA_PEAK);
	if (set_counters(s, msg))
		return -ENOMEM;
	if (json_is_string(error) && sample_fail(s, "%s", json_string_value(error)))
		return -ENOMEM;
	fault = read_marks(msg, &raw);
	if (fault)
		return sample_fail(s, "%s", fault);
	if (keep_marks(s, &raw) || set_times(s, &raw) || set_sums(s, msg))
		return -ENOMEM;
	if (s->error)
		return 0;
	if (s->blackout_ns == LU_NULL)
		return sample_fail(s, "the agent sent no vm_resume");
	if (!s->verified)
		return sample_fail(s, "DMA and memory were not verified");
	return 0;
}

int sample_check_outside(struct sample *s, int64_t outside_ns, int64_t resolution_ns, bool required)
{
	s->outside_ns = outside_ns;
	s->outside_resolution_ns = resolution_ns;
	if (s->blackout_ns == LU_NULL)
		return 0;
	if (outside_ns == LU_NULL)
		return required ? sample_fail(s, "the outside check saw no pause and resume") : 0;
	if (sample_outside_agrees(s))
		return 0;
	return sample_fail(s,
			   "the outside check saw a blackout of %lld ns, the DUT one of %lld ns: "
			   "they differ by more than the %lld ns that the observer may be off",
			   (long long)outside_ns, (long long)s->blackout_ns,
			   (long long)sample_outside_allowed_ns(s));
}
