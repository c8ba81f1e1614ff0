// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/designs.h"
#include "compare/costs.h"
#include "run/unit.h"

#define BYTES_RELATIVE 0.01
/* A phase matters as far as it moves the blackout it is part of. */
#define PHASE_SHARE 0.1
/*
 * An emulator's speed drifts with its host by some per cent in minutes, which samples taken one after
 * the other do not show: unless both sides were interleaved, and so met the same, only a difference
 * that is larger than that beyond doubt counts.
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
		if (!run_is_exact(side->runs[i]))
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

/* Several values, all of them the same. */
static bool repeats(const struct measure *measure)
{
	for (size_t i = 1; i < measure->n; i++) {
		if (measure->values[i] != measure->values[0])
			return false;
	}
	return measure->n > 1;
}

/**
 * struct pairs - values of both sides that are of the same sample
 * @base: of the base
 * @new: of the new side
 * @n: how many pairs
 */
struct pairs {
	double *base;
	double *new;
	size_t n;
};

static void pairs_release(struct pairs *pairs)
{
	free(pairs->base);
	free(pairs->new);
	*pairs = (struct pairs){ 0 };
}

/* By run, then by iteration, as a measure is sorted. */
static int compare_sample(const struct measure *a, size_t i, const struct measure *b, size_t j)
{
	if (a->runs[i] != b->runs[j])
		return a->runs[i] < b->runs[j] ? -1 : 1;
	return (a->iterations[i] > b->iterations[j]) - (a->iterations[i] < b->iterations[j]);
}

/*
 * Pairs of equal iterations of the first, second, ... run of each side; what has no partner, since
 * the other sample failed, is in none. @any: all values of a side are equal, so any two are a pair.
 */
static int find_pairs(const struct measure *base, const struct measure *new, bool any,
		      struct pairs *pairs)
{
	*pairs = (struct pairs){ .base = calloc(base->n, sizeof(*pairs->base)),
				 .new = calloc(base->n, sizeof(*pairs->new)) };
	if (!pairs->base || !pairs->new) {
		pairs_release(pairs);
		return -ENOMEM;
	}
	for (size_t i = 0, j = 0; i < base->n && j < new->n;) {
		int order = any ? 0 : compare_sample(base, i, new, j);

		if (!order) {
			pairs->base[pairs->n] = (double)base->values[i];
			pairs->new[pairs->n++] = (double)new->values[j];
		}
		i += order <= 0;
		j += order >= 0;
	}
	return 0;
}

/* Whether the values of a metric are the same again on the same machine. */
static bool is_exact(const struct comparison *c, const struct measure *base,
		     const struct measure *new)
{
	if (repeats(base) && repeats(new))
		return c->exact || measure_unit(base->name) != MEASURE_NS;
	return c->exact && !measure_is_sampled(base->name);
}

/* By how much a time has to differ, in its own unit. */
static double absolute_threshold(const struct comparison *c, const struct compare_options *options,
				 const struct measured_case *of, const struct measure *measure,
				 double relative)
{
	if (options->absolute_ns >= 0)
		return options->absolute_ns;
	if (c->exact)
		return EXACT_INSTRUCTIONS;
	if (!strcmp(measure->name, "blackout_ns"))
		return 0;
	return fmax(0, PHASE_SHARE * relative * median_of(case_measure(of, "blackout_ns")));
}

static struct stats_rule rule_for(const struct comparison *c, const struct compare_options *options,
				  const struct measured_case *of, const struct measure *measure,
				  bool exact)
{
	struct stats_rule rule = stats_rule_wall_clock;
	bool time = measure_unit(measure->name) == MEASURE_NS;

	rule.exact = exact;
	if (c->exact)
		rule.relative = stats_rule_exact.relative;
	if (!time)
		rule.relative = BYTES_RELATIVE;
	rule.lowest = time && c->emulated && !c->exact;
	if (rule.lowest && !c->in_turn) {
		rule.relative = DRIFT_RELATIVE;
		rule.whole = true;
	}
	if (options->relative >= 0)
		rule.relative = options->relative;
	if (options->alpha > 0)
		rule.alpha = options->alpha;
	if (time)
		rule.absolute = absolute_threshold(c, options, of, measure, rule.relative);
	return rule;
}

static int compare_values(const struct measure *base, const struct measure *new,
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

/* Sets @rule, which is exact only where there are pairs. */
static int compare_measures(const struct comparison *c, const struct compare_options *options,
			    const struct measured_case *of, const struct measure *base,
			    const struct measure *new, struct stats_rule *rule,
			    struct stats_comparison *figures)
{
	struct pairs pairs = { 0 };
	int err = 0;

	if (is_exact(c, base, new))
		err = find_pairs(base, new, !c->exact, &pairs);
	if (err)
		return err;
	*rule = rule_for(c, options, of, base, pairs.n > 0);
	if (pairs.n)
		err = stats_compare(pairs.base, pairs.n, pairs.new, pairs.n, rule, figures);
	else
		err = compare_values(base, new, rule, figures);
	pairs_release(&pairs);
	return err;
}

/* What the designs add to a time: in pairs of samples, each less its floor. */
static int compare_costs(const struct comparison *c, const struct compare_options *options,
			 const struct measured_case *base_case, const struct measure *base,
			 const struct measured_case *new_case, const struct measure *new,
			 struct stats_rule *rule, struct stats_comparison *figures)
{
	struct measure base_cost = { 0 }, new_cost = { 0 };
	struct pairs pairs = { 0 };
	int err;

	*rule = rule_for(c, options, base_case, base, true);
	err = costs_of(base, costs_of_role(&c->base_measures, base_case, design_is_floor),
		       &base_cost);
	if (!err)
		err = costs_of(new, costs_of_role(&c->new_measures, new_case, design_is_floor),
			       &new_cost);
	if (!err)
		err = find_pairs(&base_cost, &new_cost, false, &pairs);
	if (!err && pairs.n)
		err = stats_compare(pairs.base, pairs.n, pairs.new, pairs.n, rule, figures);
	else if (!err)
		err = -ENODATA;
	/* A difference is held against the whole of the phase, not against what little of it is cost. */
	if (!err)
		figures->threshold = fmax(rule->absolute, rule->relative * median_of(base));
	pairs_release(&pairs);
	costs_release(&base_cost);
	costs_release(&new_cost);
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
	/* Instructions are the same however long the emulator waited. */
	bool busy = !c->exact && (was_busy(base) || was_busy(new));
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
		if (c->costs && row->unit == MEASURE_NS)
			err = compare_costs(c, options, base, old, new, now, &rules[c->nr_rows],
					    &row->figures);
		else
			err = compare_measures(c, options, base, old, now, &rules[c->nr_rows],
					       &row->figures);
		/* No iteration has both a result and a floor on both sides. */
		if (err == -ENODATA) {
			err = 0;
			continue;
		}
		row->whole = c->costs ? fabs(median_of(old)) : fabs(row->figures.base);
		row->lowest = rules[c->nr_rows].lowest;
		row->aside = c->exact && !rules[c->nr_rows].exact && measure_is_sampled(old->name);
		c->nr_rows++;
	}
	return err;
}

/* What a busy host may have done is reported, not held against the kernel. */
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

static double failure_rate(size_t failed, size_t results)
{
	return failed + results ? (double)failed / (double)(failed + results) : 0;
}

/* How many samples of a case fail on either side; for a side without the case nothing. */
static struct compare_failures count_failures(const struct measured_case *base,
					      const struct measured_case *new)
{
	struct compare_failures f = { .q = NAN };

	if (base) {
		f.case_key = base->key;
		f.case_label = base->label;
		f.base_results = base->results;
		f.base_failed = base->failed;
		f.error = base->error;
	}
	if (new) {
		f.case_key = new->key;
		f.case_label = new->label;
		f.new_results = new->results;
		f.new_failed = new->failed;
		f.error = new->error ? new->error : f.error;
	}
	return f;
}

/* What can be said before the rates of all cases were tested. */
static enum compare_loss first_loss(const struct comparison *c, const struct compare_failures *f)
{
	if (!f->base_results)
		return f->new_failed && !f->new_results ? COMPARE_UNSURE : COMPARE_NO_LOSS;
	if (!f->new_results)
		return f->new_failed ? COMPARE_DEAD : COMPARE_LOST;
	if (failure_rate(f->new_failed, f->new_results) <=
	    failure_rate(f->base_failed, f->base_results))
		return COMPARE_NO_LOSS;
	/* A machine that counts instructions fails again or not at all. */
	return c->exact ? COMPARE_MORE_FAILURES : COMPARE_UNSURE;
}

static void add_failures(struct comparison *c, const struct measured_case *base,
			 const struct measured_case *new)
{
	struct compare_failures f = count_failures(base, new);

	c->base_samples += new ? f.base_results + f.base_failed : 0;
	c->base_failed += new ? f.base_failed : 0;
	c->new_samples += base ? f.new_results + f.new_failed : 0;
	c->new_failed += base ? f.new_failed : 0;
	f.loss = first_loss(c, &f);
	if (f.base_failed || f.new_failed || !f.base_results || !f.new_results)
		c->failures[c->nr_failures++] = f;
}

/* Failures as rates: of each case, and of all together, where many cases fail now and then. */
static int judge_failures(struct comparison *c, const struct compare_options *options)
{
	double alpha = options->alpha > 0 ? options->alpha : stats_rule_wall_clock.alpha;
	double *p = calloc(c->nr_failures ? c->nr_failures : 1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_failures; i++) {
		const struct compare_failures *f = &c->failures[i];
		size_t base_n = f->base_failed + f->base_results;
		size_t new_n = f->new_failed + f->new_results;

		p[i] = base_n && new_n ?
			       stats_fisher(f->base_failed, base_n, f->new_failed, new_n) :
			       NAN;
	}
	err = stats_fdr_adjust(p, c->nr_failures, options->fdr, p);
	for (size_t i = 0; i < c->nr_failures; i++) {
		struct compare_failures *f = &c->failures[i];

		f->q = p[i];
		if (f->loss == COMPARE_UNSURE && f->q <= alpha)
			f->loss = COMPARE_MORE_FAILURES;
		f->worse = f->loss > COMPARE_UNSURE;
	}
	c->failures_p =
		stats_fisher(c->base_failed, c->base_samples, c->new_failed, c->new_samples);
	c->more_failures = c->failures_p <= alpha;
	free(p);
	return err;
}

static int add_cost(struct comparison *c, const struct measured_case *base,
		    const struct measured_case *new)
{
	struct compare_cost *row = &c->cost[c->nr_cost];
	int err;

	if (design_is_floor(base->sample->design))
		return 0;
	*row = (struct compare_cost){ .case_key = base->key, .case_label = base->label };
	err = costs_blackout(&c->base_measures, base, c->exact, &row->base_cost, &row->base_ratio);
	if (!err)
		err = costs_blackout(&c->new_measures, new, c->exact, &row->new_cost,
				     &row->new_ratio);
	if (!err && row->base_cost.n && row->new_cost.n)
		c->nr_cost++;
	return err;
}

static int compare_cases(struct comparison *c, const struct compare_options *options)
{
	const struct measures *base = &c->base_measures, *new = &c->new_measures;
	size_t possible = count_possible_rows(base);
	struct stats_rule *rules = calloc(possible ? possible : 1, sizeof(*rules));
	int err = 0;

	c->rows = calloc(possible ? possible : 1, sizeof(*c->rows));
	c->failures = calloc(base->nr_cases + new->nr_cases + 1, sizeof(*c->failures));
	c->cost = calloc(base->nr_cases + 1, sizeof(*c->cost));
	if (!rules || !c->rows || !c->failures || !c->cost)
		err = -ENOMEM;
	for (size_t i = 0; i < base->nr_cases && !err; i++) {
		const struct measured_case *other = measures_case(new, base->cases[i].key);

		add_failures(c, &base->cases[i], other);
		if (other && !(c->costs && design_is_floor(other->sample->design)))
			err = add_rows(c, options, &base->cases[i], other, rules);
		if (other && !err)
			err = add_cost(c, &base->cases[i], other);
	}
	for (size_t i = 0; i < new->nr_cases && !err; i++) {
		if (!measures_case(base, new->cases[i].key))
			add_failures(c, NULL, &new->cases[i]);
	}
	if (!err)
		err = judge_failures(c, options);
	if (!err)
		err = judge_rows(c, rules, options->fdr);
	free(rules);
	return err;
}

double compare_relative(const struct compare_row *row)
{
	double shift = row->figures.difference.shift;

	if (row->whole == 0)
		return shift == 0 ? 0 : NAN;
	return shift / row->whole;
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

/* Whether a row leaves the whole undecided. */
static bool leaves_open(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		if (c->rows[i].figures.verdict == STATS_INCONCLUSIVE && !c->rows[i].aside)
			return true;
	}
	for (size_t i = 0; i < c->nr_failures; i++) {
		if (c->failures[i].loss == COMPARE_UNSURE)
			return true;
	}
	return !c->nr_rows;
}

static enum stats_verdict overall(const struct comparison *c)
{
	for (size_t i = 0; i < c->nr_failures; i++) {
		if (c->failures[i].worse)
			return STATS_REGRESSION;
	}
	if (c->count[STATS_REGRESSION] || c->more_failures)
		return STATS_REGRESSION;
	if (leaves_open(c))
		return STATS_INCONCLUSIVE;
	return c->count[STATS_IMPROVEMENT] ? STATS_IMPROVEMENT : STATS_SAME;
}

static bool all_have_floors(const struct measures *measures)
{
	for (size_t i = 0; i < measures->nr_cases; i++) {
		const struct measured_case *floor =
			costs_of_role(measures, &measures->cases[i], design_is_floor);

		if (!floor || !floor->results)
			return false;
	}
	return true;
}

/* Whether it is known what the designs cost. */
static void look_for_costs(struct comparison *c)
{
	if (!c->exact)
		c->no_costs = "costs are compared where the clock counts instructions only";
	else if (!all_have_floors(&c->base_measures))
		c->no_costs = "BASE lacks results of the design none, from which costs are counted";
	else if (!all_have_floors(&c->new_measures))
		c->no_costs = "NEW lacks results of the design none, from which costs are counted";
	c->comparable = !c->no_costs;
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
	c->costs = options->costs;
	if (!err && c->costs)
		look_for_costs(c);
	if (!err && c->comparable)
		err = compare_cases(c, options);
	if (err || !c->comparable)
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
	free(c->cost);
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
