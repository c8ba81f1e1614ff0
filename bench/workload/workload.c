// SPDX-License-Identifier: GPL-2.0-or-later
#include "workload/workload.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/designs.h"
#include "common/error.h"
#include "common/sha256.h"

#define MAX_WORKLOAD_BYTES (1 << 20)
#define MAX_LIST 256
#define MAX_SAMPLES 1000000

#define KIB (1LL << 10)
#define MIB (1LL << 20)
#define GIB (1LL << 30)

enum key_type {
	KEY_TEXT,
	KEY_SIZE,
	KEY_COUNT,
	KEY_BOOL,
	KEY_WORD,
	KEY_SIZES,
	KEY_COUNTS,
	KEY_WORDS
};

/**
 * struct key - one key of a section.
 * @min, @max: of a size or a count.
 * @one_of: what a word may be; NULL when the target decides.
 * @allowed: the same in words, for messages.
 */
struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	int64_t min;
	int64_t max;
	const char *const *one_of;
	const char *allowed;
};

struct section {
	const char *name;
	const struct key *keys;
	size_t nr_keys;
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define W(member) offsetof(struct workload, member)
#define M(member) offsetof(struct matrix, member)

static const char *const accelerators[] = { "auto", "kvm", "tcg", NULL };
static const char *const clocks[] = { "tsc", "icount", NULL };
static const char *const layouts[] = { "contig", "fragmented", "holes", "mixed", NULL };
static const char *const backings[] = { "real", "aliased", NULL };
static const char *const stages[] = { "first", "second", NULL };

static const struct key workload_keys[] = {
	{ "name", KEY_TEXT, W(name), 0, 0, NULL, "a-z, 0-9, _ and -, at most 40 long" },
	{ "description", KEY_TEXT, W(description), 0, 0, NULL, "one line of text" },
	{ "seed", KEY_COUNT, W(seed), 0, INT64_MAX, NULL, "an integer from 0 (choose one)" },
};

static const struct key dut_keys[] = {
	{ "memory", KEY_SIZE, W(dut.memory), 256 * MIB, 1024 * GIB, NULL, "256M to 1T" },
	{ "cpus", KEY_COUNT, W(dut.cpus), 1, 64, NULL, "1 to 64" },
};

static const struct key target_keys[] = {
	{ "accelerator", KEY_WORD, W(target.accelerator), 0, 0, accelerators, "auto, kvm or tcg" },
	{ "clock", KEY_WORD, W(target.clock), 0, 0, clocks, "tsc or icount" },
	{ "timeout", KEY_COUNT, W(target.timeout_s), 1, 86400, NULL, "1 to 86400 seconds" },
	{ "warmup", KEY_COUNT, W(target.warmup), 0, 100, NULL, "0 to 100 kexecs" },
};

static const struct key iommu_keys[] = {
	{ "aw_bits", KEY_COUNT, W(iommu.aw_bits), 39, 57, NULL, "39, 48 or 57" },
	{ "scalable", KEY_BOOL, W(iommu.scalable), 0, 0, NULL, "yes or no" },
	{ "caching_mode", KEY_BOOL, W(iommu.caching_mode), 0, 0, NULL, "yes or no" },
};

static const struct key matrix_keys[WORKLOAD_MATRIX_KEYS] = {
	{ "guest_size", KEY_SIZES, M(guest_size), 4 * KIB, 1LL << 56, NULL,
	  "sizes like 512M, 4G, 1T" },
	{ "page_size", KEY_SIZES, M(page_size), 4 * KIB, GIB, NULL, "4K, 16K, 64K, 2M, 1G" },
	{ "layout", KEY_WORDS, M(layout), 0, 0, layouts, "contig, fragmented, holes, mixed" },
	{ "backing", KEY_WORDS, M(backing), 0, 0, backings, "real, aliased" },
	{ "backing_size", KEY_SIZE, M(backing_size), 4 * KIB, 1LL << 46, NULL, "a size like 64M" },
	{ "devices", KEY_COUNTS, M(devices), 0, 64, NULL, "0 to 64" },
	{ "design", KEY_WORDS, M(design), 0, 0, NULL, "names from `lubench list designs`" },
	{ "iommu", KEY_WORDS, M(iommu), 0, 0, NULL, "formats from `lubench list targets`" },
	{ "variant", KEY_WORDS, M(variant), 0, 0, NULL, "variants of a design" },
	{ "stage", KEY_WORDS, M(stage), 0, 0, stages, "first, second" },
	{ "redrive", KEY_WORDS, M(redrive), 0, 0, NULL, "same, split, merge, reverse, remap" },
	{ "attack", KEY_WORDS, M(attack), 0, 0, NULL, "shift, swap, missing, extra, readonly, …" },
	{ "iterations", KEY_COUNT, M(iterations), 1, 10000, NULL, "1 to 10000" },
};

static const struct section sections[] = {
	{ "workload", workload_keys, COUNT_OF(workload_keys) },
	{ "dut", dut_keys, COUNT_OF(dut_keys) },
	{ "target", target_keys, COUNT_OF(target_keys) },
	{ "iommu", iommu_keys, COUNT_OF(iommu_keys) },
	/* The last one: there may be several. */
	{ "matrix", matrix_keys, COUNT_OF(matrix_keys) },
};

#define MATRIX_SECTION (&sections[COUNT_OF(sections) - 1])

/**
 * struct parser - where we are in the file.
 * @indented: the line continues the value before it.
 * @seen: line of each key of the sections that come once.
 */
struct parser {
	const char *file;
	const char *pos;
	const char *end;
	int line;
	bool indented;
	const struct section *section;
	int seen[COUNT_OF(sections)][WORKLOAD_MATRIX_KEYS];
	struct workload *w;
	char **err;
	int ret;
};

static int fail_at(struct parser *p, int line, const char *what, const char *allowed)
{
	p->ret = lu_fail(p->err, -EINVAL, "%s:%d: %s: %s", p->file, line, what, allowed);
	return p->ret;
}

__attribute__((format(printf, 3, 4))) static int fail_f(struct parser *p, int line, const char *fmt,
							...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->ret = lu_fail(p->err, -EINVAL, "%s:%d: %s", p->file, line, text);
	return p->ret;
}

static int no_memory(struct parser *p)
{
	p->ret = lu_fail(p->err, -ENOMEM, "%s: out of memory: close other programs", p->file);
	return p->ret;
}

int parse_size(const char *text, int64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	unsigned long long v;
	const char *suffix;
	int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	if (*end) {
		suffix = strchr(suffixes, toupper((unsigned char)*end));
		if (!suffix || end[1])
			return -EINVAL;
		shift = 10 * (int)(suffix - suffixes + 1);
	}
	if (!v || v > (unsigned long long)INT64_MAX >> shift)
		return -EINVAL;
	*bytes = (int64_t)(v << shift);
	return 0;
}

const char *size_text(int64_t bytes, char *buf, size_t size)
{
	static const char *const suffixes[] = { "", "K", "M", "G", "T" };
	size_t i = 0;

	while (i + 1 < COUNT_OF(suffixes) && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	snprintf(buf, size, "%lld%s", (long long)bytes, suffixes[i]);
	return buf;
}

static int parse_count(const char *text, int64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*v = strtoll(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

static int parse_bool(const char *text, bool *v)
{
	*v = !strcmp(text, "yes");
	return *v || !strcmp(text, "no") ? 0 : -EINVAL;
}

static bool is_word(const char *s, size_t max)
{
	return *s && strlen(s) <= max &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == 0;
}

static bool in_list(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

static int wrong_value(struct parser *p, const struct key *k, const char *value)
{
	return fail_f(p, p->line, "'%s' is not a value for %s: allowed %s %s", value, k->name,
		      k->type >= KEY_SIZES ? "are, separated by commas," : "is", k->allowed);
}

static int add_number(struct parser *p, const struct key *k, struct size_list *list,
		      const char *item)
{
	int64_t v, *bigger;
	int ret = k->type == KEY_SIZES ? parse_size(item, &v) : parse_count(item, &v);

	if (ret || v < k->min || v > k->max)
		return wrong_value(p, k, item);
	if (!strcmp(k->name, "page_size") && v != 4 * KIB && v != 16 * KIB && v != 64 * KIB &&
	    v != 2 * MIB && v != GIB)
		return wrong_value(p, k, item);
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == v)
			return fail_f(p, p->line, "'%s' is twice in %s: name it once", item,
				      k->name);
	bigger = reallocarray(list->v, list->n + 1, sizeof(*bigger));
	if (!bigger)
		return no_memory(p);
	list->v = bigger;
	list->v[list->n++] = v;
	return 0;
}

static int add_word(struct parser *p, const struct key *k, struct word_list *list, const char *item)
{
	char **bigger;

	if (!is_word(item, 40) || (k->one_of && !in_list(item, k->one_of)))
		return wrong_value(p, k, item);
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], item))
			return fail_f(p, p->line, "'%s' is twice in %s: name it once", item,
				      k->name);
	bigger = reallocarray(list->v, list->n + 1, sizeof(*bigger));
	if (!bigger)
		return no_memory(p);
	list->v = bigger;
	list->v[list->n] = strdup(item);
	if (!list->v[list->n])
		return no_memory(p);
	list->n++;
	return 0;
}

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static int set_list(struct parser *p, const struct key *k, void *to, const char *value)
{
	char *copy = strdup(value), *rest = copy, *item;
	int ret = 0;

	if (!copy)
		return no_memory(p);
	while (!ret && (item = strsep(&rest, ","))) {
		item = trim(item);
		/* A list that goes on in the next line may end with a comma. */
		if (!*item && !rest && *value)
			break;
		if (k->type == KEY_WORDS)
			ret = add_word(p, k, to, item);
		else
			ret = add_number(p, k, to, item);
		if (!ret && ((struct size_list *)to)->n > MAX_LIST)
			ret = fail_f(p, p->line, "%s has too many items: allowed are %d", k->name,
				     MAX_LIST);
	}
	free(copy);
	return ret;
}

static int set_text(struct parser *p, const struct key *k, char **to, const char *value)
{
	char *joined;

	if (!*value)
		return wrong_value(p, k, value);
	if (k->one_of && !in_list(value, k->one_of))
		return wrong_value(p, k, value);
	if (!strcmp(k->name, "name") && !is_word(value, 40))
		return wrong_value(p, k, value);
	if (asprintf(&joined, "%s%s%s", p->indented ? *to : "", p->indented ? " " : "", value) < 0)
		return no_memory(p);
	free(*to);
	*to = joined;
	return 0;
}

static int set(struct parser *p, const struct key *k, void *base, const char *value)
{
	void *to = (char *)base + k->offset;
	int64_t v;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_WORD:
		return set_text(p, k, to, value);
	case KEY_SIZE:
	case KEY_COUNT:
		if (k->type == KEY_SIZE ? parse_size(value, &v) : parse_count(value, &v))
			return wrong_value(p, k, value);
		if (v < k->min || v > k->max)
			return wrong_value(p, k, value);
		if (!strcmp(k->name, "aw_bits") && v != 39 && v != 48 && v != 57)
			return wrong_value(p, k, value);
		*(int64_t *)to = v;
		return 0;
	case KEY_BOOL:
		return parse_bool(value, to) ? wrong_value(p, k, value) : 0;
	case KEY_SIZES:
	case KEY_COUNTS:
	case KEY_WORDS:
		return set_list(p, k, to, value);
	}
	return 0;
}

static int unknown_key(struct parser *p, const char *name)
{
	char list[512];
	size_t used = 0;

	for (size_t i = 0; i < p->section->nr_keys && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
					 p->section->keys[i].name);
	return fail_f(p, p->line, "unknown key '%s' in [%s]: allowed are %s", name,
		      p->section->name, list);
}

/* Called by inih for each key; 0 stops it. */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct parser *p = user;
	const struct key *k = NULL;
	void *base = p->w;
	int *seen;
	size_t i;

	(void)section;
	if (p->ret)
		return 0;
	if (!p->section) {
		fail_at(p, p->line, "a key before the first section",
			"start with [workload], [dut], [target], [iommu] or [matrix]");
		return 0;
	}
	for (i = 0; i < p->section->nr_keys && !k; i++)
		if (!strcmp(p->section->keys[i].name, name))
			k = &p->section->keys[i];
	if (!k) {
		unknown_key(p, name);
		return 0;
	}
	i = (size_t)(k - p->section->keys);
	seen = &p->seen[p->section - sections][i];
	if (p->section == MATRIX_SECTION) {
		struct matrix *m = &p->w->matrix[p->w->nr_matrix - 1];

		base = m;
		seen = &m->key_line[i];
	}
	if (*seen && !p->indented) {
		fail_f(p, p->line, "%s is set twice: it is in line %d already", name, *seen);
		return 0;
	}
	if (p->indented && k->type < KEY_SIZES && k->type != KEY_TEXT) {
		fail_f(p, p->line, "%s does not go over several lines: write one value", name);
		return 0;
	}
	if (!*seen)
		*seen = p->line;
	return !set(p, k, base, value);
}

static int new_matrix(struct parser *p, const char *name)
{
	struct workload *w = p->w;
	struct matrix *bigger;

	for (size_t i = 0; i < w->nr_matrix; i++)
		if (!strcmp(w->matrix[i].name, name))
			return fail_f(p, p->line,
				      "[matrix%s%s] is there twice: name sections apart, "
				      "[matrix NAME]",
				      *name ? " " : "", name);
	bigger = reallocarray(w->matrix, w->nr_matrix + 1, sizeof(*bigger));
	if (!bigger)
		return no_memory(p);
	w->matrix = bigger;
	w->matrix[w->nr_matrix] = (struct matrix){ .line = p->line, .iterations = 5 };
	w->matrix[w->nr_matrix].name = strdup(name);
	if (!w->matrix[w->nr_matrix].name)
		return no_memory(p);
	w->nr_matrix++;
	return 0;
}

static int on_section(struct parser *p, char *name)
{
	char *rest;

	name = trim(name);
	rest = name + strcspn(name, " \t");
	if (*rest)
		*rest++ = '\0';
	rest = trim(rest);
	p->section = NULL;
	for (size_t i = 0; i < COUNT_OF(sections); i++)
		if (!strcmp(sections[i].name, name))
			p->section = &sections[i];
	if (!p->section || (p->section != MATRIX_SECTION && *rest))
		return fail_f(p, p->line,
			      "unknown section [%s%s%s]: allowed are [workload], [dut], [target], "
			      "[iommu], [matrix] and [matrix NAME]",
			      name, *rest ? " " : "", rest);
	if (p->section != MATRIX_SECTION)
		return 0;
	if (*rest && !is_word(rest, 40))
		return fail_f(p, p->line,
			      "'%s' is not a name for a matrix: allowed are a-z, 0-9, _ and -",
			      rest);
	return new_matrix(p, rest);
}

/*
 * inih reads line by line through this, so that we know the line number, see empty sections and
 * lines that are too long for it.
 */
static char *next_line(char *buf, int size, void *stream)
{
	struct parser *p = stream;
	const char *eol;
	size_t len;

	if (p->ret || p->pos == p->end)
		return NULL;
	p->line++;
	eol = memchr(p->pos, '\n', (size_t)(p->end - p->pos));
	len = (size_t)((eol ? eol + 1 : p->end) - p->pos);
	if (len >= (size_t)size) {
		fail_f(p, p->line, "the line is longer than %d bytes: go on in an indented line",
		       size - 1);
		return NULL;
	}
	memcpy(buf, p->pos, len);
	buf[len] = '\0';
	p->pos += len;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)buf[i];

		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
			fail_at(p, p->line, "a control character", "write plain text");
			return NULL;
		}
	}
	p->indented = buf[0] == ' ' || buf[0] == '\t';
	if (buf[0] == '[') {
		char *close = strchr(buf, ']'), copy[256];

		if (close && (size_t)(close - buf) < sizeof(copy)) {
			memcpy(copy, buf + 1, (size_t)(close - buf) - 1);
			copy[close - buf - 1] = '\0';
			if (on_section(p, copy))
				return NULL;
		}
	}
	return buf;
}

int matrix_line(const struct matrix *m, const char *key)
{
	for (size_t i = 0; i < MATRIX_SECTION->nr_keys; i++)
		if (!strcmp(matrix_keys[i].name, key) && m->key_line[i])
			return m->key_line[i];
	return m->line;
}

static int default_words(struct word_list *list, const char *word)
{
	if (list->n)
		return 0;
	list->v = calloc(1, sizeof(*list->v));
	if (!list->v)
		return -ENOMEM;
	list->v[0] = strdup(word);
	list->n = 1;
	return list->v[0] ? 0 : -ENOMEM;
}

static int default_size(struct size_list *list, int64_t v)
{
	if (list->n)
		return 0;
	list->v = calloc(1, sizeof(*list->v));
	if (!list->v)
		return -ENOMEM;
	list->v[0] = v;
	list->n = 1;
	return 0;
}

static bool has_word(const struct word_list *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], word))
			return true;
	return false;
}

static int check_sizes(struct parser *p, const struct matrix *m)
{
	char a[32], b[32];

	for (size_t g = 0; g < m->guest_size.n; g++) {
		int64_t guest = m->guest_size.v[g];

		for (size_t i = 0; i < m->page_size.n; i++)
			if (guest % m->page_size.v[i])
				return fail_f(p, matrix_line(m, "guest_size"),
					      "guest_size %s is not made of pages of %s: take a "
					      "multiple of page_size",
					      size_text(guest, a, sizeof(a)),
					      size_text(m->page_size.v[i], b, sizeof(b)));
		if (m->backing_size && (guest <= m->backing_size || guest % m->backing_size))
			return fail_f(p, matrix_line(m, "backing_size"),
				      "guest_size %s is not a multiple of backing_size %s, and "
				      "larger: only then is the backing aliased",
				      size_text(guest, a, sizeof(a)),
				      size_text(m->backing_size, b, sizeof(b)));
	}
	for (size_t i = 0; m->backing_size && i < m->page_size.n; i++)
		if (m->backing_size % m->page_size.v[i])
			return fail_f(p, matrix_line(m, "backing_size"),
				      "backing_size %s is not made of pages of %s: take a multiple "
				      "of page_size",
				      size_text(m->backing_size, a, sizeof(a)),
				      size_text(m->page_size.v[i], b, sizeof(b)));
	return 0;
}

static bool nothing_to_attack(const struct word_list *designs)
{
	for (size_t i = 0; i < designs->n; i++)
		if (!design_is_floor(designs->v[i]) && !design_is_baseline(designs->v[i]))
			return false;
	return designs->n > 0;
}

/* An empty list stands for one thing. */
static double at_least_one(size_t n)
{
	return n ? (double)n : 1;
}

static int check_matrix(struct parser *p, struct matrix *m)
{
	double samples = (double)m->iterations;

	if (!m->guest_size.n)
		return fail_f(p, m->line, "this matrix has no guest_size: add sizes like 512M, 4G");
	if (default_size(&m->page_size, 4 * KIB) || default_size(&m->devices, 1) ||
	    default_words(&m->layout, "contig") || default_words(&m->backing, "real"))
		return no_memory(p);
	if (m->backing_size && has_word(&m->backing, "real"))
		return fail_at(
			p, matrix_line(m, "backing_size"), "backing_size with backing = real",
			"it belongs to backing = aliased; put real into a matrix of its own");
	if (has_word(&m->stage, "first") && !p->w->iommu.scalable)
		return fail_at(p, matrix_line(m, "stage"), "stage = first without scalable mode",
			       "set scalable = yes in [iommu]");
	if (m->attack.n && nothing_to_attack(&m->design))
		return fail_at(p, matrix_line(m, "attack"), "attack with designs that keep no tree",
			       "there is nothing to attack; choose a design that adopts one");
	if (p->w->iommu.aw_bits < 57)
		for (size_t i = 0; i < m->guest_size.n; i++)
			if (m->guest_size.v[i] > 1LL << p->w->iommu.aw_bits)
				return fail_f(p, matrix_line(m, "guest_size"),
					      "guest_size does not fit into aw_bits = %lld: raise "
					      "aw_bits in [iommu]",
					      (long long)p->w->iommu.aw_bits);
	samples *= (double)m->guest_size.n * (double)m->page_size.n * (double)m->layout.n;
	samples *= (double)m->backing.n * (double)m->devices.n * at_least_one(m->design.n);
	samples *= at_least_one(m->iommu.n) * at_least_one(m->variant.n) * at_least_one(m->stage.n);
	samples *= at_least_one(m->redrive.n) * at_least_one(m->attack.n);
	if (samples > MAX_SAMPLES)
		return fail_f(p, m->line,
			      "this matrix asks for more than %d samples: shorten a list",
			      MAX_SAMPLES);
	return check_sizes(p, m);
}

/* The line of a key of a section that comes once. */
static int line_of(const struct parser *p, const char *section, const char *key)
{
	for (size_t i = 0; i < COUNT_OF(sections); i++)
		for (size_t k = 0; k < sections[i].nr_keys; k++)
			if (!strcmp(sections[i].name, section) &&
			    !strcmp(sections[i].keys[k].name, key))
				return p->seen[i][k];
	return p->line;
}

static int check(struct parser *p)
{
	struct workload *w = p->w;

	if (!w->name)
		return fail_at(p, p->line ? p->line : 1, "no name", "add name = … to [workload]");
	if (!w->nr_matrix)
		return fail_at(p, p->line, "nothing to measure", "add a [matrix] section");
	for (size_t i = 0; i < w->nr_matrix; i++)
		if (check_matrix(p, &w->matrix[i]))
			return p->ret;
	if (!w->target.accelerator)
		w->target.accelerator = strdup("auto");
	if (!w->target.clock)
		w->target.clock = strdup("tsc");
	if (!w->target.accelerator || !w->target.clock)
		return no_memory(p);
	/* First-stage tables have four or five levels. */
	if (w->iommu.scalable && w->iommu.aw_bits == 39)
		return fail_at(p, line_of(p, "iommu", "aw_bits"),
			       "aw_bits = 39 with scalable = yes", "scalable mode has 48 or 57");
	if (!strcmp(w->target.clock, "icount") && !strcmp(w->target.accelerator, "kvm"))
		return fail_at(p, line_of(p, "target", "clock"),
			       "clock = icount with accelerator = kvm",
			       "only tcg counts instructions");
	return 0;
}

int workload_load_buffer(const char *buf, size_t len, const char *name, struct workload **out,
			 char **err)
{
	struct parser p = { .file = name, .pos = buf, .end = buf + len, .err = err };
	int line;

	*out = NULL;
	if (err)
		*err = NULL;
	p.w = calloc(1, sizeof(*p.w));
	if (!p.w)
		return no_memory(&p);
	p.w->dut.memory = 2 * GIB;
	p.w->dut.cpus = 1;
	p.w->target.timeout_s = 300;
	p.w->target.warmup = -1;
	p.w->iommu.aw_bits = 48;
	p.w->path = strdup(name);
	sha256_hex(buf, len, p.w->sha256);
	line = ini_parse_stream(next_line, &p, on_key, &p);
	if (!p.w->path)
		no_memory(&p);
	else if (line && !p.ret)
		fail_at(&p, line > 0 ? line : 1, "not understood",
			"write [section], key = value or ; comment");
	if (!p.ret)
		check(&p);
	if (p.ret) {
		workload_free(p.w);
		return p.ret;
	}
	*out = p.w;
	return 0;
}

int workload_load(const char *path, struct workload **out, char **err)
{
	char *buf;
	struct stat st;
	size_t len;
	FILE *f;
	int ret;

	*out = NULL;
	if (err)
		*err = NULL;
	if (stat(path, &st))
		return lu_fail(err, -errno, "%s: %s: `lubench list workloads` shows what there is",
			       path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_WORKLOAD_BYTES)
		return lu_fail(err, -EINVAL, "%s: not a file of at most 1 MiB: give a workload",
			       path);
	f = fopen(path, "re");
	if (!f)
		return lu_fail(err, -errno, "%s: %s: make it readable", path, strerror(errno));
	buf = malloc((size_t)st.st_size + 1);
	len = buf ? fread(buf, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	if (!buf)
		return lu_fail(err, -ENOMEM, "%s: out of memory: close other programs", path);
	ret = workload_load_buffer(buf, len, path, out, err);
	free(buf);
	return ret;
}

static void free_words(struct word_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
}

void workload_free(struct workload *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_matrix; i++) {
		struct matrix *m = &w->matrix[i];

		free(m->name);
		free(m->guest_size.v);
		free(m->page_size.v);
		free(m->devices.v);
		free_words(&m->layout);
		free_words(&m->backing);
		free_words(&m->design);
		free_words(&m->iommu);
		free_words(&m->variant);
		free_words(&m->stage);
		free_words(&m->redrive);
		free_words(&m->attack);
	}
	free(w->matrix);
	free(w->path);
	free(w->name);
	free(w->description);
	free(w->target.accelerator);
	free(w->target.clock);
	free(w);
}

/* Beside the program when it runs from a source tree, else where it was installed, else here. */
char *workload_folder(void)
{
	static const char *const places[] = { "../workloads", "../share/lubench/workloads", NULL };
	char self[PATH_MAX], *dir, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		dir = dirname(self);
		for (size_t i = 0; places[i]; i++) {
			if (asprintf(&path, "%s/%s", dir, places[i]) < 0)
				return NULL;
			if (!access(path, X_OK)) {
				char *real = realpath(path, NULL);

				free(path);
				return real;
			}
			free(path);
		}
	}
	return access("workloads", X_OK) ? NULL : strdup("workloads");
}

char *workload_find(const char *name)
{
	char *folder, *path;

	if (strchr(name, '/') || strchr(name, '.'))
		return access(name, F_OK) ? NULL : strdup(name);
	folder = workload_folder();
	if (!folder)
		return NULL;
	if (asprintf(&path, "%s/%s.ini", folder, name) < 0)
		path = NULL;
	free(folder);
	if (path && access(path, F_OK)) {
		free(path);
		path = NULL;
	}
	return path;
}
