// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/unit.h"
#include "stats/stats.h"

#define WIDTH 430
#define HEIGHT 250

/* More plots than this make a page that no phone opens. */
#define MAX_PLOTS 60

/* Marks of single nights would cover each other. */
#define MAX_MARKS 80

/* Of a change, as a fraction of the plot's width. */
#define LABEL_WIDTH 0.18

/* More points than a plot has room for: what a plot of so many shows is drawn with a fraction. */
#define MAX_POINTS 300

/* The first that a setup has is its headline: a blackout, or else the comparison of `micro`. */
static const char *const shown[] = {
	"blackout_ns",
	"phases_ns.compare",
	"phases_ns.kho",
	"phases_ns.retrieve",
	"phases_ns.redrive",
	"phases_ns.restore",
	"phases_ns.verify",
	"phases_ns.adopt",
	"phases_ns.attach",
	"brownout_ns",
	"tail_ns",
	"phases_ns.memcmp",
	"phases_ns.rebuild",
	"phases_ns.preserve",
	"phases_ns.verify_ioas",
};

#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

static int keep(const struct store_series *s, void *data)
{
	struct trends *trends = data;
	struct trend *t;

	if (s->n < 2)
		return 0;
	t = reallocarray(trends->v, trends->n + 1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	trends->v = t;
	t += trends->n;
	*t = (struct trend){
		.setup = s->setup,
		.exact = s->exact,
		.setup_label = strdup(s->setup_label),
		.case_key = strdup(s->case_key),
		.case_label = strdup(s->case_label),
		.metric = strdup(s->metric),
		.n = s->n,
		.started = calloc(s->n, sizeof(*t->started)),
		.median = calloc(s->n, sizeof(*t->median)),
	};
	trends->n++;
	if (!t->setup_label || !t->case_key || !t->case_label || !t->metric || !t->started ||
	    !t->median)
		return -ENOMEM;
	memcpy(t->started, s->started, s->n * sizeof(*t->started));
	memcpy(t->median, s->median, s->n * sizeof(*t->median));
	return 0;
}

int trends_read(struct store *store, struct trends *trends, char **err)
{
	int ret = 0;

	*trends = (struct trends){ 0 };
	for (size_t i = 0; i < NR_SHOWN && !ret; i++) {
		const struct store_filter filter = { .metric = shown[i] };

		ret = store_each_series(store, &filter, keep, trends, err);
	}
	return ret;
}

void trends_release(struct trends *trends)
{
	for (size_t i = 0; i < trends->n; i++) {
		struct trend *t = &trends->v[i];

		free(t->setup_label);
		free(t->case_key);
		free(t->case_label);
		free(t->metric);
		free(t->started);
		free(t->median);
	}
	free(trends->v);
	*trends = (struct trends){ 0 };
}

const char *trend_design(const struct trend *t, char buf[static TEXT_MAX])
{
	snprintf(buf, TEXT_MAX, "%.*s", (int)strcspn(t->case_label, " "), t->case_label);
	return buf;
}

bool trend_is_headline(const struct trend *t)
{
	char design[TEXT_MAX];

	if (!strcmp(trend_design(t, design), "micro"))
		return !strcmp(t->metric, "phases_ns.compare");
	return !strcmp(t->metric, "blackout_ns");
}

/* "phases_ns.compare" to "compare", "blackout_ns" to "blackout". */
static const char *metric_word(const char *metric, char buf[static TEXT_MAX])
{
	const char *word = strncmp(metric, "phases_ns.", 10) != 0 ? metric : metric + 10;
	size_t n = strlen(word);

	if (n > 3 && !strcmp(word + n - 3, "_ns"))
		n -= 3;
	snprintf(buf, TEXT_MAX, "%.*s", (int)n, word);
	return buf;
}

static bool is_change_of(const struct history_change *c, const struct trend *t)
{
	return !strcmp(c->case_key, t->case_key) && !strcmp(c->metric, t->metric) &&
	       c->run->setup == t->setup;
}

static const char *day(int64_t seconds, const char *format, char buf[static TEXT_MAX])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, TEXT_MAX, format, &tm))
		snprintf(buf, TEXT_MAX, "?");
	return buf;
}

static void write_days(FILE *f, const struct trend *t)
{
	double first = (double)t->started[0], last = (double)t->started[t->n - 1];
	double span = fmax(last - first, 3600);
	const char *format = span > 3 * 86400 ? "%Y-%m-%d" : "%d. %H:%M";
	char buf[TEXT_MAX];

	fprintf(f, "set xrange [%.17g:%.17g]\nset xtics (", first - span * 0.04,
		last + span * 0.04);
	for (int i = 0; i < 4; i++) {
		double at = first + span * i / 3;

		fputs(i ? ", " : "", f);
		text_gnuplot(f, day((int64_t)at, format, buf));
		fprintf(f, " %.17g", at);
	}
	fputs(") nomirror\n", f);
}

/* Runs that one point of the plot stands for. */
static size_t runs_a_point(const struct trend *t)
{
	return (t->n + MAX_POINTS - 1) / MAX_POINTS;
}

static enum run_unit clock_of(const struct trend *t)
{
	return t->exact ? RUN_UNIT_INSTRUCTIONS : RUN_UNIT_NS;
}

static int describe(const struct trend *t, const struct history *h, char **text)
{
	char a[TEXT_MAX], b[TEXT_MAX], after[TEXT_MAX];
	size_t len;
	FILE *f = open_memstream(text, &len);

	if (!f)
		return -ENOMEM;
	fprintf(f, "%zu runs from %s to %s. ", t->n, day(t->started[0], "%Y-%m-%d", a),
		day(t->started[t->n - 1], "%Y-%m-%d", b));
	fprintf(f, "The last is at %s.", amount_words(t->median[t->n - 1], clock_of(t), a));
	if (runs_a_point(t) > 1)
		fprintf(f,
			" Each point is the median of %zu runs, the band from the smallest to the "
			"largest of them.",
			runs_a_point(t));
	for (size_t i = 0; i < h->nr_changes; i++) {
		const struct history_change *c = &h->changes[i];

		if (is_change_of(c, t))
			fprintf(f, " Changed on %s from %s to %s.",
				day(c->run->started, "%Y-%m-%d", a),
				amount_words(c->figures.before, clock_of(t), b),
				amount_words(c->figures.after, clock_of(t), after));
	}
	return fclose(f) ? -ENOMEM : 0;
}

/* Every change has its line; one too close to the next for both their labels has none. */
static void write_changes(FILE *f, const struct trend *t, const struct history *h)
{
	double room = (double)(t->started[t->n - 1] - t->started[0]) * LABEL_WIDTH;
	double next = INFINITY;

	for (size_t i = 0; i < h->nr_changes; i++) {
		const struct history_change *c = &h->changes[i];
		long long when = (long long)c->run->started;
		char change[TEXT_MAX];

		if (!is_change_of(c, t))
			continue;
		fprintf(f,
			"set arrow from %lld, graph 0 to %lld, graph 1 nohead lw 1.5 dt 2 lc rgb "
			"'#%06x'\n",
			when, when, inks[INK_VERMILLION].light);
		if (next - (double)when < room)
			continue;
		next = (double)when;
		fputs("set label ", f);
		text_gnuplot(f, text_change(c->figures.before, c->figures.after, change));
		fprintf(f, " at %lld, graph 1 offset 0,0.6 center tc rgb '#%06x'\n", when,
			inks[INK_VERMILLION].light);
	}
}

/* Lines of: time, median, smallest, largest. */
static void write_points(FILE *f, const struct trend *t, struct axis *y)
{
	size_t step = runs_a_point(t);

	axis_init(y);
	fputs("$t << EOD\n", f);
	for (size_t i = 0; i < t->n; i += step) {
		size_t n = t->n - i < step ? t->n - i : step;
		double low = INFINITY, high = -INFINITY;

		for (size_t k = i; k < i + n; k++) {
			axis_add(y, t->median[k]);
			low = fmin(low, t->median[k]);
			high = fmax(high, t->median[k]);
		}
		fprintf(f, "%lld %.17g %.17g %.17g\n", (long long)t->started[i + n / 2],
			stats_median(t->median + i, n), low, high);
	}
	fputs("EOD\n", f);
}

static void write_trend(FILE *f, const struct trend *t, const struct history *h)
{
	char word[TEXT_MAX];
	struct style style = style_of(trend_design(t, word));
	struct axis y;

	write_points(f, t, &y);
	plot_write_frame(f, t->case_label, NULL);
	fputs("unset key\nset title offset 0,0.8\n", f);
	axis_write_label(f, "y", metric_word(t->metric, word), clock_of(t));
	write_days(f, t);
	axis_write_close(f, "y", &y, axis_of_clock(clock_of(t)));
	write_changes(f, t, h);
	fputs("plot ", f);
	if (runs_a_point(t) > 1)
		fprintf(f,
			"$t using 1:3:4 with filledcurves fs transparent solid 0.25 lc rgb '#%06x' "
			"notitle, ",
			inks[style.ink].light);
	fprintf(f, "$t using 1:2 with %s pt %d dt 1 lw 1.5 ps 0.6 lc rgb '#%06x' notitle\n",
		t->n > MAX_MARKS ? "lines" : "linespoints", style.point, inks[style.ink].light);
}

static int draw(struct figures *fs, struct figure *fig, const struct trend *t,
		const struct history *h)
{
	char *text = NULL;
	int ret = describe(t, h, &text);
	FILE *f = ret ? NULL : figure_add_plot(fs, fig, WIDTH, HEIGHT, t->case_label, text);

	free(text);
	if (!f)
		return -ENOMEM;
	write_trend(f, t, h);
	return 0;
}

static bool drawable(const struct trend *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->median[i] > 0)
			return true;
	return false;
}

static bool taken(const struct trend *t, const char *design)
{
	char of[TEXT_MAX];

	if (!drawable(t))
		return false;
	return design ? !strcmp(trend_design(t, of), design) : trend_is_headline(t);
}

static bool same_figure(const struct trend *a, const struct trend *b)
{
	return a->setup == b->setup && !strcmp(a->metric, b->metric);
}

static bool begun_before(const struct trends *trends, size_t i, const char *design)
{
	for (size_t k = 0; k < i; k++)
		if (taken(&trends->v[k], design) && same_figure(&trends->v[k], &trends->v[i]))
			return true;
	return false;
}

static struct figure *begin(struct figures *fs, const struct trend *t)
{
	char word[TEXT_MAX];
	char *id = text_asprintf("trend-%zu", fs->n + 1);
	char *title = text_asprintf("%s: %s", t->setup_label, metric_word(t->metric, word));
	struct figure *fig = NULL;

	if (id && title)
		fig = figures_add(fs, id, title,
				  "Median of each run over time; a dashed line marks the first run "
				  "at a new level. Where there are more than 300 runs, a point is "
				  "the median of several, and the band spans the smallest to the "
				  "largest of them.");
	free(id);
	free(title);
	return fig;
}

int figure_trends(struct figures *fs, const struct trends *trends, const struct history *history,
		  const char *design)
{
	size_t plots = 0;

	for (size_t i = 0; i < trends->n; i++) {
		struct figure *fig;

		if (!taken(&trends->v[i], design) || begun_before(trends, i, design))
			continue;
		fig = plots < MAX_PLOTS ? begin(fs, &trends->v[i]) : NULL;
		if (!fig)
			return plots < MAX_PLOTS ? -ENOMEM : 0;
		for (size_t k = i; k < trends->n && plots < MAX_PLOTS; k++) {
			int ret;

			if (!taken(&trends->v[k], design) ||
			    !same_figure(&trends->v[i], &trends->v[k]))
				continue;
			ret = draw(fs, fig, &trends->v[k], history);
			if (ret)
				return ret;
			plots++;
		}
	}
	return 0;
}
