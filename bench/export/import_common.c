// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/import_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "export/import.h"

/* Longest name that run.json takes. */
#define MAX_NAME 64

/* Digits of a hash behind a name: 32 bits, for the few commands of one series of runs. */
#define HASH_DIGITS 8

char *import_name(const char *text)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789_.:-";
	char *name = calloc(1, MAX_NAME + 1);
	size_t len = 0;

	if (!name)
		return NULL;
	for (; *text && len < MAX_NAME; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 'a' - 'A') : *text;

		if (!strchr(ok, c))
			c = '-';
		/* It begins with a letter or digit, and gaps are one dash wide. */
		if (len ? c != '-' || name[len - 1] != '-' : !strchr("_.:-", c))
			name[len++] = c;
	}
	while (len && name[len - 1] == '-')
		name[--len] = '\0';
	if (!len)
		strcpy(name, "unnamed");
	return name;
}

/* Whether the name is the text with a dash for each blank, so that it can be told from any other. */
static bool gives_back(const char *name, const char *text)
{
	for (; *name && *text; name++, text++)
		if (*text == '-' || (*name == '-' ? ' ' : *name) != *text)
			return false;
	return !*name && !*text;
}

char *import_hashed_name(const char *text)
{
	char *name = import_name(text), *hashed, hash[65];
	int len;

	if (!name)
		return NULL;
	sha256_hex(text, strlen(text), hash);
	len = (int)strnlen(name, MAX_NAME - HASH_DIGITS - 1);
	while (len && name[len - 1] == '-')
		len--;
	if (asprintf(&hashed, "%.*s-%.*s", len, name, HASH_DIGITS, hash) < 0)
		hashed = NULL;
	free(name);
	return hashed;
}

char *import_unlike_name(const char *text)
{
	char *name = import_name(text);

	if (!name || gives_back(name, text))
		return name;
	free(name);
	return import_hashed_name(text);
}

struct sample *import_add_sample(struct run *run, const char *design, const char *variant,
				 int64_t iteration)
{
	struct sample *s = run_add_sample(run);

	if (!s)
		return NULL;
	s->design = strdup(design);
	s->variant = variant ? strdup(variant) : NULL;
	s->iommu = strdup("none");
	s->guest_bytes = 0;
	s->page_bytes = 1;
	s->layout = strdup("contig");
	s->backing = strdup("real");
	s->devices = 0;
	s->iteration = iteration;
	s->order = (int64_t)run->nr_samples - 1;
	s->verified = true;
	return s->design && s->iommu && s->layout && s->backing && !variant == !s->variant ? s :
											     NULL;
}

int64_t import_iterations(const struct run *run, const char *design, const char *variant)
{
	int64_t found = 0;

	for (size_t i = 0; i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];

		if (strcmp(s->design, design) != 0 || !s->variant != !variant)
			continue;
		found += !variant || !strcmp(s->variant, variant);
	}
	return found;
}

void import_undo(struct run *run, size_t first)
{
	for (size_t i = first; i < run->nr_samples; i++)
		sample_release(&run->samples[i]);
	run->nr_samples = first;
}
