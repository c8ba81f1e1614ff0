/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUBENCH_EXPORT_IMPORT_COMMON_H
#define LUBENCH_EXPORT_IMPORT_COMMON_H

#include <stdint.h>

#include "run/run.h"

/* A sample without guest or IOMMU; @variant may be NULL. Return: NULL without memory. */
struct sample *import_add_sample(struct run *run, const char *design, const char *variant,
				 int64_t iteration);

/* Samples that this design has already. */
int64_t import_iterations(const struct run *run, const char *design, const char *variant);

/*
 * import_unlike_name - import_name(), and other texts always give other names
 *
 * A text that its name alone does not give back gets a hash behind the name: "sleep 0.01" is
 * "sleep-0.01", and "Sleep 0.01" is "sleep-0.01-c4d9aa51". It depends on nothing but the text, so
 * that the same command of another file has the same name.
 *
 * Return: malloc()ed, NULL without memory.
 */
char *import_unlike_name(const char *text);

/* import_hashed_name - the name with the hash of @text behind it, whatever it is like */
char *import_hashed_name(const char *text);

/* Takes the samples from @first on away again. */
void import_undo(struct run *run, size_t first);

#endif
