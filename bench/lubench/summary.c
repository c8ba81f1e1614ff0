// SPDX-License-Identifier: GPL-3.0-or-later
#include "lubench/summary.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "export/costs.h"
#include "export/grid.h"
#include "run/case.h"

/* Columns of the terminal behind @f, 0 where there is none. */
static int width_of(FILE *f)
{
	struct winsize w;

	return ioctl(fileno(f), TIOCGWINSZ, &w) ? 0 : w.ws_col;
}

int summary_print(FILE *f, const struct run *run)
{
	struct cost_table table;

	if (cost_table_of(run, &table))
		return -ENOMEM;
	costs_print(&table, f, width_of(f), grid_wants_colour(f));
	cost_table_release(&table);
	return 0;
}

struct summary_counts summary_count(const struct run *run)
{
	struct summary_counts c = { 0 };

	for (size_t i = 0; i < run->nr_samples; i++) {
		const struct sample *s = &run->samples[i];

		switch (sample_state(s)) {
		case SAMPLE_RESULT:
			c.results++;
			break;
		case SAMPLE_REFUSED:
			c.refused++;
			break;
		case SAMPLE_FAILED:
			c.failed++;
			break;
		}
		if (sample_is_result(s) && s->blackout_ns != LU_NULL && !sample_is_closed(s))
			c.open++;
	}
	return c;
}
