// SPDX-License-Identifier: GPL-3.0-or-later
/* The reader of run.json: what it takes, it must write and read back as the same run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"
#include "store/measures.h"
#include "store/setup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dump(const struct run *run, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	if (!f || run_dump(run, f, NULL) || fclose(f))
		abort();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run *run, *again;
	struct measures measures;
	char *err = NULL, *text, *text_again, *key;
	size_t text_size, again_size;

	if (run_load_buffer((const char *)data, size, "fuzz", &run, &err)) {
		if (!err || strchr(err, '\n'))
			abort();
		free(err);
		return 0;
	}
	text = dump(run, &text_size);
	if (run_load_buffer(text, text_size, "again", &again, NULL))
		abort();
	text_again = dump(again, &again_size);
	if (text_size != again_size || memcmp(text, text_again, text_size))
		abort();
	if (measures_of((const struct run *const *)&run, 1, &measures))
		abort();
	measures_release(&measures);
	key = setup_key(run);
	free(key);
	free(text);
	free(text_again);
	run_free(run);
	run_free(again);
	return 0;
}
