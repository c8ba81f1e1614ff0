// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser of workloads. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workload/workload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct workload *w = NULL;
	char *err = NULL;

	if (workload_load_buffer((const char *)data, size, "fuzz", &w, &err) && !err)
		abort();
	free(err);
	workload_free(w);
	return 0;
}
