/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LUBENCH_EXPORT_IMPORT_COMMON_H
#define LUBENCH_EXPORT_IMPORT_COMMON_H

#include <stdint.h>

#include "run/run.h"

/* A sample without guest or IOMMU. Return: NULL without memory. */
struct sample *import_add_sample(struct run *run, const char *design, int64_t iteration);

/* Samples that this design has already. */
int64_t import_iterations(const struct run *run, const char *design);

/* Takes the samples from @first on away again. */
void import_undo(struct run *run, size_t first);

#endif
