// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: facts [--busy] RUN
 *
 * Prints the samples of a run one a line, for the scripts here: words with a
 * tab between, "-" for what is unknown, at the end the counters as NAME=VALUE, the phases as
 * phase_NAME=VALUE and unaccounted=VALUE.
 *
 *	design guest_bytes page_bytes layout backing redrive attack state blackout_ns error
 *
 * state: result, refused (an attack that the kernel refused), or failed. With --busy it does not
 * count that the outside check disagrees: where the host is busy it can, and what is tested
 * then is not a time.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run.h"

static const char *word(const char *s)
{
	return s ? s : "-";
}

static const char *state(const struct sample *s, bool busy)
{
	static const char outside[] = "the outside check saw a blackout";
	bool fine = s->verified &&
		    (!s->error || (busy && !strncmp(s->error, outside, strlen(outside))));
	int64_t refused = lu_values_get(&s->counters, "adopt_errno");

	if (s->attack)
		return fine && refused != LU_NULL && refused ? "refused" : "failed";
	return fine ? "result" : "failed";
}

int main(int argc, char **argv)
{
	bool busy = argc == 3 && !strcmp(argv[1], "--busy");
	char *err = NULL;
	struct run *run;

	if (argc != 2 + busy) {
		fprintf(stderr, "usage: %s [--busy] RUN\n", argv[0]);
		return 2;
	}
	if (run_load(argv[argc - 1], &run, &err)) {
		fprintf(stderr, "%s\n", err ? err : argv[argc - 1]);
		free(err);
		return 1;
	}
	for (size_t i = 0; i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];

		printf("%s\t%lld\t%lld\t%s\t%s\t%s\t%s\t%s\t%lld\t%s", s->design,
		       (long long)s->guest_bytes, (long long)s->page_bytes, s->layout, s->backing,
		       word(s->redrive), word(s->attack), state(s, busy),
		       s->blackout_ns == LU_NULL ? -1LL : (long long)s->blackout_ns,
		       word(s->error));
		for (size_t c = 0; c < s->counters.n; c++)
			if (s->counters.v[c].value != LU_NULL)
				printf("\t%s=%lld", s->counters.v[c].name,
				       (long long)s->counters.v[c].value);
		for (size_t p = 0; p < s->phases_ns.n; p++)
			if (s->phases_ns.v[p].value != LU_NULL)
				printf("\tphase_%s=%lld", s->phases_ns.v[p].name,
				       (long long)s->phases_ns.v[p].value);
		if (s->unaccounted_ns != LU_NULL)
			printf("\tunaccounted=%lld", (long long)s->unaccounted_ns);
		putchar('\n');
	}
	run_free(run);
	return 0;
}
