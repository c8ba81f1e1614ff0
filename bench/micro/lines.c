// SPDX-License-Identifier: GPL-2.0-or-later
#include "micro/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const micro_phases[] = {
	"rebuild",	    "preserve",
	"restore",	    "compare",
	"compare_mixed",    "compare_diff_first",
	"compare_diff_mid", "compare_diff_last",
	"verify_ioas",	    "compare_plain",
	"memcmp",	    "read",
	"teardown",	    NULL,
};

/* Numbers of the "tree" line that are kept. */
static const char *const tree_numbers[] = {
	"tables", "table_bytes", "leaf_tables", "leaf_bytes", "entries", NULL,
};

static bool in_list(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

static int parse_number(const char *text, int64_t *v)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*v = strtoll(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

void micro_lines_init(struct micro_lines *lines)
{
	*lines = (struct micro_lines){
		.serialised_bytes = LU_NULL,
		.clock = LU_NULL,
		.clock_ns = LU_NULL,
	};
}

static int keep_number(struct lu_values *to, const char *name, const char *text)
{
	int64_t v;
	int ret = parse_number(text, &v);

	return ret ? ret : lu_values_set(to, name, v);
}

static int tree_word(struct micro_lines *lines, const char *name, const char *value)
{
	return in_list(name, tree_numbers) ? keep_number(&lines->tree, name, value) : 0;
}

static int pass_word(struct micro_lines *lines, const char *name, const char *value)
{
	if (!strcmp(name, "serialised_bytes"))
		return parse_number(value, &lines->serialised_bytes);
	return in_list(name, micro_phases) ? keep_number(&lines->ticks, name, value) : 0;
}

static int done_word(struct micro_lines *lines, const char *name, const char *value)
{
	if (!strcmp(name, "clock"))
		return parse_number(value, &lines->clock);
	return !strcmp(name, "clock_ns") ? parse_number(value, &lines->clock_ns) : 0;
}

static int keep_trouble(struct micro_lines *lines, const char *text)
{
	free(lines->trouble);
	lines->trouble = strndup(text, strcspn(text, "\r\n"));
	return lines->trouble ? 0 : -ENOMEM;
}

int micro_lines_read(struct micro_lines *lines, const char *line)
{
	static const struct {
		const char *kind;
		int (*word)(struct micro_lines *lines, const char *name, const char *value);
	} kinds[] = { { "tree", tree_word }, { "pass", pass_word }, { "done", done_word } };
	const char *text = strstr(line, MICRO_PREFIX);
	char *copy, *rest, *word;
	size_t kind = 0;
	int ret = 0;

	if (!text)
		return strstr(line, "Kernel panic") ? keep_trouble(lines, line) : 0;
	text += strlen(MICRO_PREFIX);
	copy = strndup(text, strcspn(text, "\r\n"));
	if (!copy)
		return -ENOMEM;
	rest = copy;
	word = strsep(&rest, " ");
	while (kind < 3 && strcmp(word, kinds[kind].kind) != 0)
		kind++;
	if (kind == 3)
		ret = keep_trouble(lines, text);
	while (kind < 3 && !ret && (word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			ret = -EINVAL;
		else
			*value++ = '\0';
		if (!ret)
			ret = kinds[kind].word(lines, word, value);
	}
	if (!ret && kind == 2)
		lines->done = lines->clock > 0 && lines->clock_ns > 0;
	free(copy);
	return ret;
}

static int64_t to_ns(const struct micro_lines *lines, int64_t ticks)
{
	/* Exact enough: 53 bits of a double are days in ticks. */
	return (int64_t)((double)ticks * (double)lines->clock_ns / (double)lines->clock + 0.5);
}

int64_t micro_lines_hz(const struct micro_lines *lines)
{
	if (!lines->done)
		return LU_NULL;
	return (int64_t)((double)lines->clock * 1e9 / (double)lines->clock_ns + 0.5);
}

int micro_lines_sample(const struct micro_lines *lines, struct sample *s)
{
	if (!lines->done || !lines->ticks.n || !lines->tree.n)
		return -EINVAL;
	for (const char *const *phase = micro_phases; *phase; phase++) {
		int64_t ticks = lu_values_get(&lines->ticks, *phase);

		if (ticks != LU_NULL && lu_values_set(&s->phases_ns, *phase, to_ns(lines, ticks)))
			return -ENOMEM;
	}
	for (size_t i = 0; i < lines->tree.n; i++) {
		const struct lu_value *v = &lines->tree.v[i];
		/* A format that cannot count its entries prints 0. */
		int64_t known = v->value || strcmp(v->name, "entries") != 0 ? v->value : LU_NULL;

		if (lu_values_set(&s->counters, v->name, known))
			return -ENOMEM;
	}
	s->bytes.tables = lu_values_get(&lines->tree, "table_bytes");
	s->bytes.serialised = lines->serialised_bytes;
	s->verified = true;
	return 0;
}

void micro_lines_release(struct micro_lines *lines)
{
	lu_values_release(&lines->tree);
	lu_values_release(&lines->ticks);
	free(lines->trouble);
	micro_lines_init(lines);
}
