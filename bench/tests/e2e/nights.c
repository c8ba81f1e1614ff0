// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A folder of made-up nights, for tests of the site: nights FOLDER NUMBER
 *
 * Three designs and four guest sizes; two thirds through, comparing becomes slower for good, and the
 * last night misses samples.
 */
#include <err.h>
#include <stdlib.h>

#include "tests/unit/made_run.h"

#define FIRST_NIGHT 1760000000
#define NIGHT 86400

int main(int argc, char **argv)
{
	long nights = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	if (nights < 1)
		errx(2, "usage: nights FOLDER NUMBER");
	for (long nr = 0; nr < nights; nr++) {
		char name[32];
		struct made_run made = {
			.name = name,
			.started = FIRST_NIGHT + (int64_t)nr * NIGHT,
			.level = 1,
			.slow_phase = nr > nights * 2 / 3 ? "compare" : NULL,
			.slow = 1.5,
			.noise = 0.02,
			.iterations = 5,
			.cases = 4,
			.designs = 3,
			.failed = nr == nights - 1 ? 2 : 0,
			.seed = (uint64_t)nr,
		};

		snprintf(name, sizeof(name), "night-%05ld", nr);
		if (write_made_run(&made, argv[1]))
			return 2;
	}
	return 0;
}
