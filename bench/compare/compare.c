// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_RELATIVE 0.01
/* A phase matters as far as it moves the blackout it is part of. */
#define PHASE_SHARE 0.1
/*
 * An emulator's speed drifts with its host by some per cent in minutes, which samples taken one after
 * the other do not show: unless both sides were measured in turn, and so met the same, only a
 * difference that is larger than that beyond doubt counts.
 */
#define DRIFT_RELATIVE 0.05
#define MIN_TURNS 3
/* Instructions by which a phase differs from run to run: where interrupts and page faults fall. */
#define EXACT_INSTRUCTIONS 1000
/* An emulator that waits for a processor for more of the blackout shows how busy its host is. */
#define BUSY_SHARE 0.05

const struct compare_options compare_defaults = {
	.relative = -1,
	.absolute_ns = -1,
	.fdr = STATS_FDR_BENJAMINI_HOCHBERG,
};

static bool is_allowed(const char *allow, const char *field)
{
	size_t len = strlen(field);

	while (allow && *allow) {
		size_t word = strcspn(allow, ",");

		if ((word == 3 && !strncmp(allow, "all", 3)) ||
		    (word == len && !strncmp(allow, field, len)))
			return true;
		allow += word + (allow[word] == ',');
	}
	return false;
}

static int add_difference(struct setup_differences *to, struct setup_difference *difference)
{
	struct setup_difference *bigger;

	for (size_t i = 0; i < to->n; i++) {
		if (to->v[i].field == difference->field)
			return 0;
	}
	bigger = reallocarray(to->v, to->n + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	to->v = bigger;
	to->v[to->n++] = *difference;
	difference->base = NULL;
	difference->new = NULL;
	return 0;
}

/* Runs of one side must be alike as well, or pooling them would mix what must not be mixed. */
static int compare_with_first(struct comparison *c, const struct compare_side *side)
{
	const struct run *first = c->base.runs[0];
	int err = 0;

	for (size_t i = 0; i < side->nr_runs && !err; i++) {
		struct setup_differences found;

		err = setup_compare(first, side->runs[i], &found);
		for (size_t j = 0; !err && j < found.n; j++)
			err = add_difference(&c->differences, &found.v[j]);
		setup_differences_release(&found);
	}
	return err;
}

static bool all_allowed(const struct setup_differences *differences, const char *allow)
{
	for (size_t i = 0; i < differences->n; i++) {
		const struct setup_difference *d = &differences->v[i];

		if (d->unlike && !is_allowed(allow, d->field))
			return false;
	}
	return true;
}

static bool side_is_exact(const struct compare_side *side)
{
	for (size_t i = 0; i < side->nr_runs; i++) {
		if (!setup_is_exact(side->runs[i]))
			return false;
	}
	return true;
}

static bool side_is_emulated(const struct compare_side *side)
{
	for (size_t i = 0; i < side->nr_runs; i++) {
		if (side->runs[i]->target.emulated)
			return true;
	}
	return false;
}

struct start {
	const char *time;
	bool is_new;
};

/* RFC 3339 in UTC: in order of the letters. */
static int earlier_first(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	return strcmp(x->time, y->time);
}

/* Two designs of the same runs: within a run designs take turns. */
static bool same_runs(const struct comparison *c)
{
	for (size_t i = 0; i < c->base.nr_runs; i++) {
		if (i >= c->new.nr_runs || strcmp(c->base.runs[i]->id, c->new.runs[i]->id) != 0)
			return false;
	}
	return c->base.nr_runs == c->new.nr_runs;
}

/*
 * Whether runs of one side lie between those of the other, at least MIN_TURNS times and as often as
 * the smaller side has runs: A B, B A, A B and so on.
 */
static int was_in_turn(struct comparison *c)
{
	size_t nr_base = c->base.nr_runs, n = nr_base + c->new.nr_runs, turns = 0;
	size_t wanted = nr_base < n - nr_base ? nr_base : n - nr_base;
	struct start *starts = calloc(n, sizeof(*starts));

	if (!starts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		starts[i].is_new = i >= nr_base;
		starts[i].time =
			(starts[i].is_new ? c->new.runs[i - nr_base] : c->base.runs[i])->started;
	}
	qsort(starts, n, sizeof(*starts), earlier_first);
	for (size_t i = 1; i < n; i++)
		turns += starts[i].is_new != starts[i - 1].is_new;
	c->in_turn = same_runs(c) || (wanted >= MIN_TURNS && turns >= wanted);
	free(starts);
	return 0;
}

static double *as_doubles(const struct measure *measure)
{
	double *values = calloc(measure->n, sizeof(*values));

	for (size_t i = 0; values && i < measure->n; i++)
		values[i] = (double)measure->values[i];
	return values;
}

static double median_of(const struct measure *measure)
{
	double *values = measure ? as_doubles(measure) : NULL;
	double median = values ? stats_median(values, measure->n) : NAN;

	free(values);
	return median;
}

static struct stats_rule rule_for(const struct comparison *c, const struct compare_options *options,
				  const struct measured_case *of, const struct measure *measure)
{
	bool exact = c->exact || measure_unit(measure->name) != MEASURE_NS;
	struct stats_rule rule = exact ? stats_rule_exact : stats_rule_wall_clock;

	if (measure_unit(measure->name) != MEASURE_NS)
		rule.relative = BYTES_RELATIVE;
	else
		rule.lowest = c->emulated && !exact;
	if (rule.lowest && !c->in_turn) {
		rule.relative = DRIFT_RELATIVE;
		rule.whole = true;
	}
	if (options->relative >= 0)
		rule.relative = options->relative;
	if (options->alpha > 0)
		rule.alpha = options->alpha;
	if (measure_unit(measure->name) != MEASURE_NS)
		return rule;
	if (options->absolute_ns >= 0)
		rule.absolute = options->absolute_ns;
	else if (exact)
		rule.absolute = EXACT_INSTRUCTIONS;
	else if (strcmp(measure->name, "blackout_ns") != 0)
		rule.absolute = fmax(0, PHASE_SHARE * rule.relative *
						median_of(case_measure(of, "blackout_ns")));
	return rule;
}

static int compare_measure(const struct measure *base, const struct measure *new,
			   const struct stats_rule *rule, struct stats_comparison *figures)
{
	double *base_values = as_doubles(base), *new_values = as_doubles(new);
	int err = -ENOMEM;

	if (base_values && new_values)
		err = stats_compare(base_values, base->n, new_values, new->n, rule, figures);
	free(base_values);
	free(new_values);
	return err;
}

/* Did the emulator wait for a processor while the guest stood still? */
static bool was_busy(const struct measured_case *of)
{
	double waited = median_of(case_measure(of, "counters.emulator_wait_ns"));

	return waited > BUSY_SHARE * median_of(case_measure(of, "blackout_ns"));
}

static size_t count_possible_rows(const struct measures *measures)
{
	size_t rows = 0;

	for (size_t i = 0; i < measures->nr_cases; i++)
		rows += measures->cases[i].nr_measures;
	return rows;
}

static int add_rows(struct comparison *c, const struct compare_options *options,
		    const struct measured_case *base, const struct measured_case *new,
		    struct stats_rule *rules)
{
	bool busy = was_busy(base) || was_busy(new);
	int err = 0;

	for (size_t i = 0; i < base->nr_measures && !err; i++) {
		const struct measure *old = &base->measures[i];
		const struct measure *now = case_measure(new, old->name);
		struct compare_row *row = &c->rows[c->nr_rows];

		if (!now || !measure_is_judged(old->name))
			continue;
		*row = (struct compare_row){
			.case_key = base->key,
			.case_label = base->label,
			.metric = old->name,
			.unit = measure_unit(old->name),
			.busy = busy && measure_unit(old->name) == MEASURE_NS,
		};
		rules[c->nr_rows] = rule_for(c, options, base, old);
		row->lowest = rules[c->nr_rows].lowest;
		err = compare_measure(old, now, &rules[c->nr_rows], &row->figures);
		c->nr_rows++;
	}
	return err;
}

/* What a busy host may have done is told, not held against the kernel. */
static void withhold(struct compare_row *row)
{
	enum stats_verdict *verdict = &row->figures.verdict;

	row->busy &= *verdict == STATS_REGRESSION || *verdict == STATS_IMPROVEMENT;
	if (row->busy)
		*verdict = STATS_INCONCLUSIVE;
}

static int judge_rows(struct comparison *c, const struct stats_rule *rules, enum stats_fdr fdr)
{
	struct stats_comparison *figures;
	int err;

	figures = calloc(c->nr_rows ? c->nr_rows : 1, sizeof(*figures));
	if (!figures)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_rows; i++)
		figures[i] = c->rows[i].figures;
	err = stats_judge(figures, rules, c->nr_rows, fdr);
	for (size_t i = 0; i < c->nr_rows; i++) {
		c->rows[i].figures = figures[i];
		withhold(&c->rows[i]);
		c->count[c->rows[i].figures.verdict]++;
	}
	free(figures);
	return err;
}

static void add_failures(struct comparison *c, const struct measured_case *base,
			 const struct measured_case *new)
{
	const struct measured_case *any = base ? base : new;
	struct compare_failures *f = &c->failures[c->nr_failures];

	*f = (struct compare_failures){
		.case_key = any->key,
		.case_label = any->label,
		.base_results = base ? base->results : 0,
		.base_failed = base ? base->failed : 0,
		.new_results = new ? new->results : 0,
		.new_failed = new ? new->failed : 0,
		.error = new &&new->error ? new->error :
			 base		  ? base->error :
					    NULL,
	};
	/* A case that was not measured at all is told, but says nothing about the kernel. */
	f->worse = base && base->results && new &&new->failed > base->failed;
	if (f->base_failed || f->new_failed || !f->base_results || !f->new_results)
		c->nr_failures++;
}

static int compare_cases(struct comparison *c, const struct compare_options *options)
{
	const struct measures *base = &c->base_measures, *new = &c->new_measures;
	size_t possible = count_possible_rows(base);
	struct stats_rule *rules = calloc(possible ? possible : 1, sizeof(*rules));
	int err = 0;

	c->rows = calloc(possible ? possible : 1, sizeof(*c->rows));
	c->failures = calloc(base->nr_cases + new->nr_cases + 1, sizeof(*c->failures));
	if (!rules || !c->rows || !c->failures)
		err = -ENOMEM;
	for (size_t i = 0; i < base->nr_cases && !err; i++) {
		const struct measured_case *other = measures_case(new, base->cases[i].key);

		add_failures(c, &base->cases[i], other);
		if (other)
			err = add_rows(c, options, &base->cases[i], other, rules);
	}
	for (size_t i = 0; i < new->nr_cases && !err; i++) {
		if (!measures_case(base, new->cases[i].key))
			add_failures(c, NULL, &new->cases[i]);
	}
	if (!err)
		err = judge_rows(c, rules, options->fdr);
	free(rules);
	return err;
}

double compare_relative(const struct compare_row *row)
{
	const struct stats_comparison *f = &row->figures;

	if (f->base == 0)
		return f->difference.shift == 0 ? 0 : NAN;
	return f->difference.shift / fabs(f->base);
}

/* How far up a verdict stands in the table. */
static int rank_of(enum stats_verdict verdict)
{
	static const int rank[] = {
		[STATS_REGRESSION] = 0,
		[STATS_INCONCLUSIVE] = 1,
		[STATS_IMPROVEMENT] = 2,
		[STATS_SAME] = 3,
	};

	return rank[verdict];
}

static int worst_first(const void *a, const void *b)
{
	const struct compare_row *x = a, *y = b;
	int by_rank = rank_of(x->figures.verdict) - rank_of(y->figures.verdict);
	double dx = compare_relative(x), dy = compare_relative(y);
	int by_case;

	if (by_rank)
		return by_rank;
	dx = isnan(dx) ? INFINITY : dx;
	dy = isnan(dy) ? INFINITY : dy;
	if (dx != dy)
		return dx > dy ? -1 : 1;
	by_case = strcmp(x->case_key, y->case_key);
	return by_case ? by_case : strcmp(x->metric, y->metric);
}

static enum stats_verdict overall(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_failures; i++) {
		if (c->failures[i].worse)
			return STATS_REGRESSION;
	}
	if (c->count[STATS_REGRESSION])
		return STATS_REGRESSION;
	if (c->count[STATS_INCONCLUSIVE] || !c->nr_rows)
		return STATS_INCONCLUSIVE;
	return c->count[STATS_IMPROVEMENT] ? STATS_IMPROVEMENT : STATS_SAME;
}

int compare_runs(const struct compare_side *base, const struct compare_side *new,
		 const struct compare_options *options, struct comparison *c)
{
	int err;

	*c = (struct comparison){ .base = *base, .new = *new, .verdict = STATS_INCONCLUSIVE };
	if (!options)
		options = &compare_defaults;
	c->exact = side_is_exact(base) && side_is_exact(new);
	c->emulated = side_is_emulated(base) || side_is_emulated(new);
	err = was_in_turn(c);
	if (!err)
		err = compare_with_first(c, base);
	if (!err)
		err = compare_with_first(c, new);
	if (err)
		return err;
	c->comparable = all_allowed(&c->differences, options->allow);
	if (!c->comparable)
		return 0;
	err = measures_of(base->runs, base->nr_runs, &c->base_measures);
	if (!err)
		err = measures_of(new->runs, new->nr_runs, &c->new_measures);
	if (!err)
		err = compare_cases(c, options);
	if (err)
		return err;
	qsort(c->rows, c->nr_rows, sizeof(*c->rows), worst_first);
	c->verdict = overall(c);
	return 0;
}

void comparison_release(struct comparison *c)
{
	setup_differences_release(&c->differences);
	measures_release(&c->base_measures);
	measures_release(&c->new_measures);
	free(c->rows);
	free(c->failures);
	*c = (struct comparison){ 0 };
}

const struct compare_row *compare_blame(const struct comparison *c,
					const struct compare_row *blackout)
{
	const struct compare_row *worst = NULL;

	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (row->figures.verdict != STATS_REGRESSION || !measure_is_phase(row->metric) ||
		    strcmp(row->case_key, blackout->case_key))
			continue;
		if (!worst || row->figures.difference.shift > worst->figures.difference.shift)
			worst = row;
	}
	return worst;
}

bool compare_any_lowest(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		if (c->rows[i].lowest)
			return true;
	}
	return false;
}
