// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the samples of a run one a line, for the scripts here: words with a
 * tab between, "-" for what is unknown, the counters as NAME=VALUE at the end.
 *
 *	design guest_bytes page_bytes layout backing redrive attack state blackout_ns error
 *
 * state: result, refused (an attack that the kernel refused), or failed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "run/run.h"
#include "sample/sample.h"

static const char *word(const char *s)
{
	return s ? s : "-";
}

static const char *state(const struct sample *s)
{
	if (s->attack && sample_was_refused(s) && !s->error)
		return "refused";
	return !s->attack && sample_is_result(s) ? "result" : "failed";
}

int main(int argc, char **argv)
{
	char *err = NULL;
	struct run *run;

	if (argc != 2) {
		fprintf(stderr, "usage: %s RUN\n", argv[0]);
		return 2;
	}
	if (run_load(argv[1], &run, &err)) {
		fprintf(stderr, "%s\n", err ? err : argv[1]);
		free(err);
		return 1;
	}
	for (size_t i = 0; i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];

		printf("%s\t%lld\t%lld\t%s\t%s\t%s\t%s\t%s\t%lld\t%s", s->design,
		       (long long)s->guest_bytes, (long long)s->page_bytes, s->layout, s->backing,
		       word(s->redrive), word(s->attack), state(s),
		       s->blackout_ns == LU_NULL ? -1LL : (long long)s->blackout_ns, word(s->error));
		for (size_t c = 0; c < s->counters.n; c++)
			if (s->counters.v[c].value != LU_NULL)
				printf("\t%s=%lld", s->counters.v[c].name,
				       (long long)s->counters.v[c].value);
		putchar('\n');
	}
	run_free(run);
	return 0;
}
