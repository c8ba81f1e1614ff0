// SPDX-License-Identifier: GPL-2.0-or-later
#include "micro/lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/stats.h"

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

void micro_lines_init(struct micro_lines *lines, bool counted)
{
	*lines = (struct micro_lines){
		.counted = counted,
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
	return in_list(name, micro_phases) ?
		       keep_number(&lines->passes[lines->nr_passes - 1], name, value) :
		       0;
}

static int done_word(struct micro_lines *lines, const char *name, const char *value)
{
	if (!strcmp(name, "clock"))
		return parse_number(value, &lines->clock);
	return !strcmp(name, "clock_ns") ? parse_number(value, &lines->clock_ns) : 0;
}

static int add_pass(struct micro_lines *lines)
{
	struct lu_values *passes =
		reallocarray(lines->passes, lines->nr_passes + 1, sizeof(*passes));

	if (!passes)
		return -ENOMEM;
	lines->passes = passes;
	passes[lines->nr_passes++] = (struct lu_values){ 0 };
	return 0;
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
		int (*begin)(struct micro_lines *lines);
		int (*word)(struct micro_lines *lines, const char *name, const char *value);
	} kinds[] = { { "tree", NULL, tree_word },
		      { "pass", add_pass, pass_word },
		      { "done", NULL, done_word } };
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
	else if (kinds[kind].begin)
		ret = kinds[kind].begin(lines);
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

/* Median of the passes that have this phase, in ns; LU_NULL when none has. */
static int phase_ns(const struct micro_lines *lines, const char *phase, int64_t *ns)
{
	double *ticks = calloc(lines->nr_passes, sizeof(*ticks));
	double median;
	size_t n = 0;

	*ns = LU_NULL;
	if (!ticks)
		return -ENOMEM;
	for (size_t i = 0; i < lines->nr_passes; i++) {
		int64_t v = lu_values_get(&lines->passes[i], phase);

		if (v != LU_NULL)
			ticks[n++] = (double)v;
	}
	median = n ? stats_median(ticks, n) : 0;
	free(ticks);
	if (isnan(median))
		return -ENOMEM;
	if (n && lines->counted)
		*ns = (int64_t)median;
	/* Exact enough: 53 bits of a double are days in ticks. */
	else if (n)
		*ns = (int64_t)(median * (double)lines->clock_ns / (double)lines->clock + 0.5);
	return 0;
}

int64_t micro_lines_hz(const struct micro_lines *lines)
{
	if (!lines->done)
		return LU_NULL;
	if (lines->counted)
		return 1000000000;
	return (int64_t)((double)lines->clock * 1e9 / (double)lines->clock_ns + 0.5);
}

int micro_lines_sample(const struct micro_lines *lines, struct sample *s)
{
	if (!lines->done || !lines->nr_passes || !lines->tree.n)
		return -EINVAL;
	for (const char *const *phase = micro_phases; *phase; phase++) {
		int64_t ns;

		if (phase_ns(lines, *phase, &ns) ||
		    (ns != LU_NULL && lu_values_set(&s->phases_ns, *phase, ns)))
			return -ENOMEM;
	}
	if (!s->phases_ns.n)
		return -EINVAL;
	if (lu_values_set(&s->counters, "passes", (int64_t)lines->nr_passes))
		return -ENOMEM;
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
	for (size_t i = 0; i < lines->nr_passes; i++)
		lu_values_release(&lines->passes[i]);
	free(lines->passes);
	free(lines->trouble);
	micro_lines_init(lines, lines->counted);
}
