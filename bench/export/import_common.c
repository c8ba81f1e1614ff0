// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/import_common.h"

#include <stdlib.h>
#include <string.h>

#include "export/import.h"

/* Longest name that run.json takes. */
#define MAX_NAME 64

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

struct sample *import_add_sample(struct run *run, const char *design, int64_t iteration)
{
	struct sample *s = run_add_sample(run);

	if (!s)
		return NULL;
	s->design = strdup(design);
	s->iommu = strdup("none");
	s->guest_bytes = 0;
	s->page_bytes = 1;
	s->layout = strdup("contig");
	s->backing = strdup("real");
	s->devices = 0;
	s->iteration = iteration;
	s->order = (int64_t)run->nr_samples - 1;
	s->verified = true;
	return s->design && s->iommu && s->layout && s->backing ? s : NULL;
}

int64_t import_iterations(const struct run *run, const char *design)
{
	int64_t found = 0;

	for (size_t i = 0; i < run->nr_samples; i++)
		found += !strcmp(run->samples[i].design, design);
	return found;
}

void import_undo(struct run *run, size_t first)
{
	for (size_t i = first; i < run->nr_samples; i++)
		sample_release(&run->samples[i]);
	run->nr_samples = first;
}
