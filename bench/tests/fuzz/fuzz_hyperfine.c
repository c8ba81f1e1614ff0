// SPDX-License-Identifier: GPL-2.0-or-later
/* Importing what claims to be of hyperfine: what is taken in must be fit for run.json. */
#include <stdint.h>
#include <stdlib.h>

#include "export/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run *run = run_new();
	char *err = NULL;

	if (import_hyperfine(run, (const char *)data, size, "fuzz", &err)) {
		if (!err || run->nr_samples)
			abort();
	} else {
		for (size_t i = 0; i < run->nr_samples; i++) {
			char *text = sample_to_text(&run->samples[i], NULL);

			if (!text)
				abort();
			free(text);
		}
	}
	free(err);
	run_free(run);
	return 0;
}
