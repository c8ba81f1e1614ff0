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
 * Seventeen phases are more than colours can tell apart: bars show groups of them, in time order;
 * the waterfall has a row for each.
 */
struct group {
	const char *name;
	const char *phases; /* separated by spaces, with one at each end */
	enum ink_name ink;
	bool pagetable;
};

static const struct group groups[] = {
	{ "old kernel", " quiesce freeze reboot devices shutdown ", INK_GREY, false },
	{ "jump, unpack", " handoff unpack ", INK_PURPLE, false },
	{ "boot", " kho initcalls init exec ", INK_SKY, false },
	{ "retrieve", " retrieve ", INK_GREEN, false },
	{ "redrive", " redrive ", INK_ORANGE, true },
	{ "compare", " compare ", INK_VERMILLION, true },
	{ "adopt, attach", " adopt attach ", INK_BLUE, true },
	{ "resume, other", " resume ", INK_BLACK, false },
};

#define NR_GROUPS (sizeof(groups) / sizeof(groups[0]))

/* Phases unknown here and what no phase explains belong to the last group. */
static size_t group_of(const char *phase)
{
	char word[TEXT_MAX];

	snprintf(word, sizeof(word), " %.60s ", phase);
	for (size_t i = 0; i < NR_GROUPS; i++)
		if (strstr(groups[i].phases, word))
			return i;
	return NR_GROUPS - 1;
}

static void sum_groups(const struct sample *s, double sums[NR_GROUPS])
{
	memset(sums, 0, NR_GROUPS * sizeof(*sums));
	for (size_t i = 0; i < s->phases_ns.n; i++) {
		const struct lu_value *v = &s->phases_ns.v[i];

		if (v->value > 0)
			sums[group_of(v->name)] += (double)v->value;
	}
	if (s->unaccounted_ns != LU_NULL && s->unaccounted_ns > 0)
		sums[NR_GROUPS - 1] += (double)s->unaccounted_ns;
}

/* One bar: the sample with the median blackout, so that its phases add up to it. */
struct bar {
	const struct series *series;
	const struct sample *sample;
	double sums[NR_GROUPS];
	double total;
};

static size_t collect_bars(const struct panel *p, int64_t size, bool aliased, bool pagetable,
			   struct bar *bars)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nr_series; i++) {
		const struct cell *c = series_cell(&p->series[i], size);
		struct bar *b = &bars[n];

		if (!c || p->series[i].aliased != aliased)
			continue;
		b->sample = cell_median_sample(c);
		if (!b->sample || !b->sample->phases_ns.n)
			continue;
		b->series = &p->series[i];
		sum_groups(b->sample, b->sums);
		b->total = 0;
		for (size_t g = 0; g < NR_GROUPS; g++) {
			if (pagetable && !groups[g].pagetable)
				b->sums[g] = 0;
			b->total += b->sums[g];
		}
		n += b->total > 0 ? 1 : 0;
	}
	return n;
}

static int describe_bars(const struct bar *bars, size_t n, char **text)
{
	size_t len;
	FILE *f = open_memstream(text, &len);
	char buf[TEXT_MAX];

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int parts = 0;

		fprintf(f, "%s%s: %s, of it ", i ? " " : "", bars[i].series->label,
			text_ns(bars[i].total, buf));
		for (size_t g = 0; g < NR_GROUPS; g++)
			if (bars[i].sums[g] > 0)
				fprintf(f, "%s%s %s", parts++ ? ", " : "", groups[g].name,
					text_ns(bars[i].sums[g], buf));
		fputc('.', f);
	}
	return fclose(f) ? -ENOMEM : 0;
}

static void linear_axis(FILE *f, double high)
{
	/* The smallest of 1, 2, 5 times a power of ten that makes at most four steps. */
	double least = high / 4, step = pow(10, floor(log10(least)));
	char buf[TEXT_MAX];

	step *= least > 5 * step ? 10 : least > 2 * step ? 5 : least > step ? 2 : 1;
	fputs("set xtics (", f);
	for (int k = 0; k * step <= high * 1.001; k++) {
		fputs(k ? ", " : "", f);
		text_gnuplot(f, text_ns_like(k * step, high, buf));
		fprintf(f, " %.17g", k * step);
	}
	fputs(") nomirror\n", f);
}

static void write_bars(FILE *f, const char *title, const char *guest, const struct bar *bars,
		       size_t n, double high)
{
	bool used[NR_GROUPS] = { false };
	char buf[TEXT_MAX];

	for (size_t g = 0; g < NR_GROUPS; g++) {
		fprintf(f, "$g%zu << EOD\n", g);
		for (size_t i = 0; i < n; i++) {
			double from = 0;

			for (size_t k = 0; k < g; k++)
				from += bars[i].sums[k];
			if (bars[i].sums[g] <= 0)
				continue;
			used[g] = true;
			fprintf(f, "%.17g %zu %.17g %.17g %.2f %.2f\n", from, n - i, from,
				from + bars[i].sums[g], (double)(n - i) - 0.32,
				(double)(n - i) + 0.32);
		}
		fputs("EOD\n", f);
	}
	/* On two lines: the names of the designs leave no room for one. */
	plot_write_frame(f, title, guest);
	fprintf(f,
		"set border 1\nset grid noytics\nset style fill solid 1.0 border rgb '#%06x'\n"
		"set xrange [0:%.17g]\nset yrange [0.4:%zu.6]\n",
		inks[INK_PAPER].light, high * 1.22, n);
	linear_axis(f, high);
	fputs("set ytics scale 0 (", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", f);
		text_gnuplot(f, bars[i].series->label);
		fprintf(f, " %zu", n - i);
	}
	fputs(") nomirror\nset key samplen 1\n", f);
	for (size_t i = 0; i < n; i++) {
		fputs("set label ", f);
		text_gnuplot(f, text_ns(bars[i].total, buf));
		fprintf(f, " at %.17g,%zu left offset 0.6,0 front\n", bars[i].total, n - i);
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
		       bool pagetable)
{
	int64_t size = headline_size(p, aliased);
	struct bar *bars = calloc(p->nr_series + 1, sizeof(*bars));
	char buf[TEXT_MAX], *guest = NULL, *title = NULL, *text = NULL;
	double high = 0;
	FILE *f = NULL;
	size_t n;
	int ret = -ENOMEM;

	if (!bars)
		return -ENOMEM;
	n = collect_bars(p, size, aliased, pagetable, bars);
	if (!n || !size) {
		free(bars);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		high = fmax(high, bars[i].total);
	guest = text_asprintf("%s guest%s", text_bytes((double)size, buf),
			      aliased ? ", aliased" : "");
	title = guest ? text_asprintf("%s, %s", p->title, guest) : NULL;
	if (title && !describe_bars(bars, n, &text))
		f = figure_add_plot(fs, fig, WIDTH, 166 + 34 * (int)n, title, text);
	if (f) {
		write_bars(f, p->title, guest, bars, n, high);
		ret = 0;
	}
	free(guest);
	free(title);
	free(text);
	free(bars);
	return ret;
}

static int stack(struct figures *fs, bool pagetable, const char *id, const char *title,
		 const char *lead)
{
	struct figure *fig = figures_add(fs, id, title, lead);
	int ret = fig ? 0 : -ENOMEM;

	for (size_t i = 0; i < fs->data->nr_panels && !ret; i++) {
		ret = stack_panel(fs, fig, &fs->data->panels[i], false, pagetable);
		if (!ret)
			ret = stack_panel(fs, fig, &fs->data->panels[i], true, pagetable);
	}
	if (!ret && !fig->nr_plots)
		figures_drop_last(fs);
	return ret;
}

int figure_stack(struct figures *fs)
{
	return stack(fs, false, "phases", "The blackout by phase",
		     "Where the time goes, at the largest guest that every design has results for: "
		     "the sample whose blackout is the median, so that its phases add up. What no "
		     "phase explains is counted with the resume.");
}

int figure_stack_pagetable(struct figures *fs)
{
	return stack(fs, true, "pagetable-phases", "The page-table part by phase",
		     "The same samples, only the phases that hand the page table over.");
}

/* ---- waterfall ---- */

struct step {
	const char *name;
	double from;
	double to;
	enum ink_name ink;
};

/* Marks tell where a phase lies; a sample without them has its phases end to end. */
static size_t collect_steps(const struct sample *s, struct step *steps)
{
	double at = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->phases_ns.n && n < MAX_ROWS; i++) {
		const struct lu_value *v = &s->phases_ns.v[i];
		const struct lu_phase *ph = lu_phase_by_name(v->name);
		int64_t end = ph ? lu_values_get(&s->marks, lu_marks[ph->end].name) : LU_NULL;

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
			    double high)
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
		"set xrange [0:%.17g]\nset yrange [0.3:%zu.7]\nset xlabel 'time since the guest was "
		"paused'\n",
		high * 1.02, n);
	linear_axis(f, high);
	fputs("set ytics scale 0 (", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", f);
		text_gnuplot(f, steps[i].name);
		fprintf(f, " %zu", n - i);
	}
	fputs(") nomirror\n", f);
	for (size_t i = 0; i < n; i++) {
		bool right = steps[i].to < high * 0.7;

		fputs("set label ", f);
		text_gnuplot(f, text_ns(steps[i].to - steps[i].from, buf));
		fprintf(f, " at %.17g,%zu %s front\n", right ? steps[i].to : steps[i].from, n - i,
			right ? "left offset 0.6,0" : "right offset -0.6,0");
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
			      text_ns(bar->total, buf));
	f = open_memstream(&text, &len);
	for (size_t i = 0; f && i < n; i++)
		fprintf(f, "%s%s %s", i ? ", " : "", steps[i].name,
			text_ns(steps[i].to - steps[i].from, buf));
	if (f && fclose(f))
		f = NULL;
	if (f && title)
		f = figure_add_plot(fs, fig, WIDTH, 110 + ROW_HEIGHT * (int)n, title, text);
	if (f && title)
		write_waterfall(f, title, steps, n, high);
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
	n = collect_bars(p, size, aliased, false, bars);
	if (n && !*fig) {
		title = text_asprintf("Waterfall: %s guest, %s", text_bytes((double)size, buf),
				      fs->data->nr_runs > 1 ? "run by run" : p->title);
		*fig = title ? figures_add(fs, "waterfall", title,
					   "Each phase where it lies in time, in the same samples; "
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
