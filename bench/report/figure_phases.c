// SPDX-License-Identifier: GPL-2.0-or-later
/* The blackout by phase: bars end to end, and each phase in its place in time. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/phases.h"
#include "report/figure.h"

#define WIDTH 430
#define ROW_HEIGHT 17

/* More rows than any kernel has phases: the file is not to be believed. */
#define MAX_ROWS 64

/*
 * There are more phases than colours can tell apart: bars show groups of them, in time order; the
 * waterfall has a row for each. Pinning, mapping and comparing alternate in small pieces inside of
 * a phase; their sums are counters, and are taken out of the phase they are part of.
 */
enum group_name {
	GROUP_OLD,
	GROUP_KHO,
	GROUP_BOOT,
	GROUP_RETRIEVE,
	GROUP_REDRIVE,
	GROUP_PIN,
	GROUP_MAP,
	GROUP_COMPARE,
	GROUP_TABLE,
	GROUP_OTHER,
	NR_GROUPS,
};

struct group {
	const char *name;
	const char *phases; /* separated by spaces, with one at each end */
	const char *counter; /* of a part, or NULL */
	enum ink_name ink;
	bool pagetable;
};

static const struct group groups[NR_GROUPS] = {
	[GROUP_OLD] = { "old kernel", " quiesce freeze reboot devices shutdown handoff unpack ",
			NULL, INK_GREY, false },
	[GROUP_KHO] = { "KHO", " kho ", NULL, INK_PURPLE, false },
	[GROUP_BOOT] = { "boot", " initcalls init exec ", NULL, INK_SKY, false },
	[GROUP_RETRIEVE] = { "retrieve", " retrieve ", NULL, INK_GREEN, false },
	[GROUP_REDRIVE] = { "redrive", " redrive ", NULL, INK_ORANGE, true },
	[GROUP_PIN] = { "pin", "", "pin_ns", INK_BROWN, true },
	[GROUP_MAP] = { "map", "", "map_ns", INK_OLIVE, true },
	/* The phase of that name is of runs of schema lubench-run/1. */
	[GROUP_COMPARE] = { "compare", " compare ", "compare_ns", INK_VERMILLION, true },
	[GROUP_TABLE] = { "verify, attach", " restore verify adopt attach ", NULL, INK_BLUE, true },
	[GROUP_OTHER] = { "resume, other", " resume ", NULL, INK_BLACK, false },
};

/* Phases unknown here and what no phase explains belong to the last group. */
static size_t group_of(const char *phase)
{
	char word[TEXT_MAX];

	snprintf(word, sizeof(word), " %.60s ", phase);
	for (size_t i = 0; i < NR_GROUPS; i++)
		if (strstr(groups[i].phases, word))
			return i;
	return GROUP_OTHER;
}

/*
 * Parts out of the phases they are part of: of verifying and attaching, and what these have no room
 * for of the redrive. What has room nowhere is not believed.
 */
static void take_out_parts(const struct sample *s, double sums[NR_GROUPS])
{
	double parts[NR_GROUPS] = { 0 }, all = 0;

	for (size_t g = 0; g < NR_GROUPS; g++) {
		int64_t v = groups[g].counter ? lu_values_get(&s->counters, groups[g].counter) :
						LU_NULL;

		parts[g] = v == LU_NULL || v < 0 ? 0 : (double)v;
		all += parts[g];
	}
	if (all > sums[GROUP_TABLE] + sums[GROUP_REDRIVE])
		return;
	for (size_t g = 0; g < NR_GROUPS; g++)
		sums[g] += parts[g];
	sums[GROUP_REDRIVE] -= fmax(all - sums[GROUP_TABLE], 0);
	sums[GROUP_TABLE] = fmax(sums[GROUP_TABLE] - all, 0);
}

static void sum_groups(const struct sample *s, double sums[NR_GROUPS])
{
	memset(sums, 0, NR_GROUPS * sizeof(*sums));
	for (size_t i = 0; i < s->phases_ns.n; i++) {
		const struct lu_value *v = &s->phases_ns.v[i];

		if (v->value > 0)
			sums[group_of(v->name)] += (double)v->value;
	}
	take_out_parts(s, sums);
	if (s->unaccounted_ns != LU_NULL && s->unaccounted_ns > 0)
		sums[GROUP_OTHER] += (double)s->unaccounted_ns;
}

/* What of a sample the bars show. */
enum stack {
	STACK_WHOLE,
	STACK_COST, /* less the same phases of the floor */
	STACK_PAGETABLE,
};

/* One bar: the sample with the median blackout, so that its phases add up to it. */
struct bar {
	const struct series *series;
	const struct sample *sample;
	double sums[NR_GROUPS];
	double total;
};

/* The sample of the floor to count from: of the same guest, that is of the same iteration. */
static const struct sample *floor_sample(const struct cell *c, const struct sample *s)
{
	for (size_t i = 0; c->floor && i < c->floor->nr_ok; i++)
		if (c->floor->ok[i]->iteration == s->iteration)
			return c->floor->ok[i];
	return c->floor ? cell_median_sample(c->floor) : NULL;
}

/* Return: whether there is anything to draw. */
static bool fill_bar(struct bar *b, const struct cell *c, enum stack what)
{
	const struct sample *floor;
	double below[NR_GROUPS] = { 0 }, shown = 0;

	b->sample = cell_median_sample(c);
	if (!b->sample || !b->sample->phases_ns.n)
		return false;
	floor = what == STACK_COST ? floor_sample(c, b->sample) : NULL;
	if (what == STACK_COST && (!floor || !floor->phases_ns.n))
		return false;
	sum_groups(b->sample, b->sums);
	if (floor)
		sum_groups(floor, below);
	b->total = 0;
	for (size_t g = 0; g < NR_GROUPS; g++) {
		b->sums[g] -= below[g];
		if (what == STACK_PAGETABLE && !groups[g].pagetable)
			b->sums[g] = 0;
		b->total += b->sums[g];
		shown += fabs(b->sums[g]);
	}
	return shown > 0;
}

static size_t collect_bars(const struct panel *p, int64_t size, bool aliased, enum stack what,
			   struct bar *bars)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct cell *c = series_cell(&p->series[i], size);

		if (!c || p->series[i].aliased != aliased)
			continue;
		bars[n].series = &p->series[i];
		n += fill_bar(&bars[n], c, what) ? 1 : 0;
	}
	return n;
}

static int describe_bars(const struct bar *bars, size_t n, enum run_unit clock, char **text)
{
	size_t len;
	FILE *f = open_memstream(text, &len);
	char buf[TEXT_MAX];

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int parts = 0;

		fprintf(f, "%s%s: %s, of it ", i ? " " : "", bars[i].series->label,
			amount_words(bars[i].total, clock, buf));
		for (size_t g = 0; g < NR_GROUPS; g++)
			if (bars[i].sums[g] != 0)
				fprintf(f, "%s%s %s", parts++ ? ", " : "", groups[g].name,
					amount_text(bars[i].sums[g], clock, buf));
		fputc('.', f);
	}
	return fclose(f) ? -ENOMEM : 0;
}

static void linear_axis(FILE *f, double low, double high, enum run_unit clock)
{
	/* The smallest of 1, 2, 5 times a power of ten that makes at most four steps. */
	double least = (high - low) / 4, step = pow(10, floor(log10(least)));
	char buf[TEXT_MAX];
	int n = 0;

	step *= least > 5 * step ? 10 : least > 2 * step ? 5 : least > step ? 2 : 1;
	fputs("set xtics (", f);
	for (int k = (int)ceil(low / step); k * step <= high * 1.001; k++) {
		fputs(n++ ? ", " : "", f);
		text_gnuplot(f, amount_tick(k * step, fmax(high, -low), clock, buf));
		fprintf(f, " %.17g", k * step);
	}
	fputs(") nomirror\n", f);
}

/* How far bars reach to both sides of 0. */
struct reach {
	double low;
	double high;
};

static struct reach reach_of(const struct bar *bars, size_t n)
{
	struct reach all = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct reach one = { 0 };

		for (size_t g = 0; g < NR_GROUPS; g++) {
			one.low += fmin(bars[i].sums[g], 0);
			one.high += fmax(bars[i].sums[g], 0);
		}
		all.low = fmin(all.low, one.low);
		all.high = fmax(all.high, one.high);
	}
	return all;
}

/* Pieces end to end: those above 0 to the right of it, those below to the left. */
static void write_pieces(FILE *f, const struct bar *bars, size_t n, size_t g, bool *used)
{
	fprintf(f, "$g%zu << EOD\n", g);
	for (size_t i = 0; i < n; i++) {
		double v = bars[i].sums[g], from = 0;

		if (v == 0)
			continue;
		for (size_t k = 0; k < g; k++)
			if ((bars[i].sums[k] > 0) == (v > 0))
				from += bars[i].sums[k];
		*used = true;
		fprintf(f, "%.17g %zu %.17g %.17g %.2f %.2f\n", from, n - i, fmin(from, from + v),
			fmax(from, from + v), (double)(n - i) - 0.32, (double)(n - i) + 0.32);
	}
	fputs("EOD\n", f);
}

/* Columns of the key, and pixels of one of its rows. */
#define KEY_COLUMNS 2
#define KEY_ROW_HEIGHT 20

static size_t key_rows(const struct bar *bars, size_t n)
{
	size_t used = 0;

	for (size_t g = 0; g < NR_GROUPS; g++) {
		for (size_t i = 0; i < n; i++) {
			if (bars[i].sums[g] == 0)
				continue;
			used++;
			break;
		}
	}
	return (used + KEY_COLUMNS - 1) / KEY_COLUMNS;
}

/* Pixels of a plot of so many bars, and of what lies below them. */
static int height_of(const struct bar *bars, size_t n, int *below)
{
	*below = 58 + KEY_ROW_HEIGHT * (int)key_rows(bars, n);
	return 62 + 30 * (int)n + *below;
}

static void write_bars(FILE *f, const struct panel *p, const char *guest, const struct bar *bars,
		       size_t n)
{
	int below, height = height_of(bars, n, &below);
	struct reach reach = reach_of(bars, n);
	double room = (reach.high - reach.low) * 0.22;
	bool used[NR_GROUPS] = { false };
	char buf[TEXT_MAX];

	for (size_t g = 0; g < NR_GROUPS; g++)
		write_pieces(f, bars, n, g, &used[g]);
	/* On two lines: the names of the designs leave no room for one. */
	plot_write_frame(f, p->title, guest);
	fprintf(f,
		"set border 1\nset grid noytics\nset style fill solid 1.0 border rgb '#%06x'\n"
		"set xrange [%.17g:%.17g]\nset yrange [0.4:%zu.6]\n",
		inks[INK_PAPER].light, reach.low * 1.05, reach.high + room, n);
	linear_axis(f, reach.low, reach.high, p->clock);
	if (p->clock == RUN_UNIT_INSTRUCTIONS)
		fputs("set xlabel 'instructions' offset 0,0.5\n", f);
	fputs("set ytics scale 0 (", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", f);
		text_gnuplot(f, bars[i].series->label);
		fprintf(f, " %zu", n - i);
	}
	fprintf(f,
		") nomirror\nset bmargin at screen %.3f\n"
		"set key at screen 0.5,screen 0.01 center bottom horizontal maxcols %d samplen 1\n",
		(double)below / height, KEY_COLUMNS);
	if (reach.low < 0)
		fprintf(f,
			"set arrow from 0, graph 0 to 0, graph 1 nohead lw 1 lc rgb '#%06x' front\n",
			inks[INK_BLACK].light);
	for (size_t i = 0; i < n; i++) {
		struct reach one = reach_of(&bars[i], 1);

		fputs("set label ", f);
		text_gnuplot(f, amount_text(bars[i].total, p->clock, buf));
		fprintf(f, " at %.17g,%zu left offset 0.6,0 front\n", one.high, n - i);
	}
	fputs("plot ", f);
	for (size_t g = 0, k = 0; g < NR_GROUPS; g++)
		if (used[g])
			fprintf(f,
				"%s$g%zu using 1:2:3:4:5:6 with boxxyerror lc rgb '#%06x' title '%s'",
				k++ ? ", " : "", g, inks[groups[g].ink].light, groups[g].name);
	fputc('\n', f);
}

static int stack_panel(struct figures *fs, struct figure *fig, const struct panel *p, bool aliased,
		       enum stack what)
{
	int64_t size = headline_size(p, aliased);
	struct bar *bars = calloc(p->nr_series + 1, sizeof(*bars));
	char buf[TEXT_MAX], *text = NULL, *title, *guest;
	FILE *f = NULL;
	size_t n;
	int ret = -ENOMEM, below;

	if (!bars)
		return -ENOMEM;
	n = collect_bars(p, size, aliased, what, bars);
	if (!n || !size) {
		free(bars);
		return 0;
	}
	guest = text_asprintf("%s guest%s", text_bytes((double)size, buf),
			      aliased ? ", aliased" : "");
	title = guest ? text_asprintf("%s, %s", p->title, guest) : NULL;
	if (title && !describe_bars(bars, n, p->clock, &text))
		f = figure_add_plot(fs, fig, WIDTH, height_of(bars, n, &below), title, text);
	if (f) {
		write_bars(f, p, guest, bars, n);
		ret = 0;
	}
	free(guest);
	free(title);
	free(text);
	free(bars);
	return ret;
}

static int stack(struct figures *fs, enum stack what, const char *id, const char *title,
		 const char *lead)
{
	struct figure *fig = figures_add(fs, id, title, lead);
	int ret = fig ? 0 : -ENOMEM;

	for (size_t i = 0; i < fs->data->nr_panels && !ret; i++) {
		ret = stack_panel(fs, fig, &fs->data->panels[i], false, what);
		if (!ret)
			ret = stack_panel(fs, fig, &fs->data->panels[i], true, what);
	}
	if (!ret && !fig->nr_plots)
		figures_drop_last(fs);
	return ret;
}

int figure_stack(struct figures *fs)
{
	return stack(
		fs, STACK_WHOLE, "phases", "The blackout by phase",
		"The largest guest that every design has results for: the sample whose "
		"blackout is the median, so that its phases add up. Pinning, mapping and "
		"comparing are taken out of the phase they are part of. What no phase explains "
		"is counted with the resume.");
}

int figure_stack_cost(struct figures *fs)
{
	return stack(fs, STACK_COST, "cost-phases", "The cost by phase",
		     "What each phase takes more than the same phase of the guest without device "
		     "and page table (none). What is left of 0 takes less. Pinning, mapping and "
		     "comparing are taken out of the phase they are part of.");
}

int figure_stack_pagetable(struct figures *fs)
{
	return stack(fs, STACK_PAGETABLE, "pagetable-phases", "The page-table part by phase",
		     "The same samples, only the phases that hand the page table over.");
}

/* ---- waterfall ---- */

struct step {
	const char *name;
	double from;
	double to;
	enum ink_name ink;
};

/* Marks say where a phase lies; a sample without them has its phases end to end. */
static size_t collect_steps(const struct sample *s, struct step *steps)
{
	double at = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->phases_ns.n && n < MAX_ROWS; i++) {
		const struct lu_value *v = &s->phases_ns.v[i];
		const char *mark = lu_phase_end_name(v->name);
		int64_t end = mark ? lu_values_get(&s->marks, mark) : LU_NULL;

		if (v->value == LU_NULL || v->value < 0)
			continue;
		if (end != LU_NULL)
			at = (double)end - (double)v->value;
		steps[n++] = (struct step){ v->name, at, at + (double)v->value,
					    groups[group_of(v->name)].ink };
		at += (double)v->value;
	}
	return n;
}

static void write_waterfall(FILE *f, const char *title, const struct step *steps, size_t n,
			    double high, enum run_unit clock)
{
	char buf[TEXT_MAX];

	fputs("$w << EOD\n", f);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%.17g %zu %.17g %.17g %.2f %.2f %u\n", steps[i].from, n - i,
			steps[i].from, steps[i].to, (double)(n - i) - 0.36, (double)(n - i) + 0.36,
			inks[steps[i].ink].light);
	}
	fputs("EOD\n", f);
	plot_write_frame(f, title, NULL);
	fprintf(f,
		"unset key\nset border 1\nset grid noytics\nset style fill solid 1.0\n"
		"set xrange [0:%.17g]\nset yrange [0.3:%zu.7]\nset xlabel '%s since the guest was "
		"paused'\n",
		high * 1.02, n, clock == RUN_UNIT_INSTRUCTIONS ? "instructions" : "time");
	linear_axis(f, 0, high, clock);
	fputs("set ytics scale 0 (", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", f);
		text_gnuplot(f, steps[i].name);
		fprintf(f, " %zu", n - i);
	}
	fputs(") nomirror\n", f);
	for (size_t i = 0; i < n; i++) {
		bool right = steps[i].to<high * 0.7, left = steps[i].from> high * 0.3;

		fputs("set label ", f);
		text_gnuplot(f, amount_text(steps[i].to - steps[i].from, clock, buf));
		fprintf(f, " at %.17g,%zu ", !right && left ? steps[i].from : steps[i].to, n - i);
		/* In the bar where it has no room on either side. */
		if (right)
			fputs("left offset 0.6,0 front\n", f);
		else if (left)
			fputs("right offset -0.6,0 front\n", f);
		else
			fprintf(f, "right offset -0.6,0 tc rgb '#%06x' front\n",
				inks[INK_PAPER].light);
	}
	/* The border in the bar's own colour: a phase too short for a pixel still leaves a line. */
	fputs("plot $w using 1:2:3:4:5:6:7 with boxxyerror lc rgb variable lw 1.5 notitle\n", f);
}

static int waterfall_plot(struct figures *fs, struct figure *fig, const struct panel *p,
			  const struct bar *bar, double high)
{
	struct step *steps = calloc(bar->sample->phases_ns.n + 1, sizeof(*steps));
	char buf[TEXT_MAX], *text = NULL, *title;
	const char *label = run_label(fs->data, p->run_index);
	size_t len, n;
	FILE *f;

	if (!steps)
		return -ENOMEM;
	n = collect_steps(bar->sample, steps);
	title = text_asprintf("%s%s%s: %s", label, *label ? ": " : "", bar->series->label,
			      amount_words(bar->total, p->clock, buf));
	f = open_memstream(&text, &len);
	for (size_t i = 0; f && i < n; i++)
		fprintf(f, "%s%s %s", i ? ", " : "", steps[i].name,
			amount_words(steps[i].to - steps[i].from, p->clock, buf));
	if (f && fclose(f))
		f = NULL;
	if (f && title)
		f = figure_add_plot(fs, fig, WIDTH, 110 + ROW_HEIGHT * (int)n, title, text);
	if (f && title)
		write_waterfall(f, title, steps, n, high, p->clock);
	free(title);
	free(text);
	free(steps);
	return f ? 0 : -ENOMEM;
}

static int waterfall_run(struct figures *fs, struct figure **fig, size_t run_index)
{
	const struct panel *p = headline_panel(fs->data, run_index);
	bool aliased = p && !headline_size(p, false);
	int64_t size = p ? headline_size(p, aliased) : 0;
	struct bar *bars = p ? calloc(p->nr_series + 1, sizeof(*bars)) : NULL;
	char buf[TEXT_MAX], *title = NULL;
	double high = 0;
	int ret = 0;
	size_t n;

	if (!p)
		return 0;
	if (!bars)
		return -ENOMEM;
	n = collect_bars(p, size, aliased, STACK_WHOLE, bars);
	if (n && !*fig) {
		title = text_asprintf("Waterfall: %s guest, %s", text_bytes((double)size, buf),
				      fs->data->nr_runs > 1 ? "run by run" : p->title);
		*fig = title ? figures_add(fs, "waterfall", title,
					   "Each phase in its place, in the same samples; "
					   "the length of each is written beside it. Colours as "
					   "above.") :
			       NULL;
		ret = *fig ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		high = fmax(high, bars[i].total);
	for (size_t i = 0; i < n && !ret; i++)
		ret = waterfall_plot(fs, *fig, p, &bars[i], high);
	free(title);
	free(bars);
	return ret;
}

int figure_waterfall(struct figures *fs)
{
	struct figure *fig = NULL;
	int ret = 0;

	for (size_t i = 0; i < fs->data->nr_runs && !ret; i++)
		ret = waterfall_run(fs, &fig, i);
	return ret;
}
