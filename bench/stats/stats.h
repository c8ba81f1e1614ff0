/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statistics over samples: summaries of one set, comparison of two, change
 * points of a series. Values are plain doubles in the caller's unit; every
 * function that draws random numbers does so from a seed and repeats exactly.
 *
 * Sets are never modified. Values must be finite; -EINVAL otherwise.
 */
#ifndef LUBENCH_STATS_STATS_H
#define LUBENCH_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seed where nobody gives another one, so that reports repeat. */
#define STATS_SEED 0x6c7562656e6368ULL

/* Two-sided confidence that every interval reaches if the set is large enough. */
#define STATS_CONFIDENCE 0.95

/**
 * struct stats_interval - an interval with the confidence it really has
 * @low: lower end; NAN when the set is too small for any interval
 * @high: upper end; NAN likewise
 * @level: how often such an interval covers what it is for: STATS_CONFIDENCE or
 *	a little more, since ranks come in steps; less where the set is so small
 *	that even its widest interval does not reach that; 0 without an interval
 */
struct stats_interval {
	double low;
	double high;
	double level;
};

/**
 * struct stats_summary - what a set of samples of one metric says
 * @n: number of values
 * @min: smallest value
 * @max: largest value
 * @mean: arithmetic mean
 * @median: middle value
 * @median_ci: interval of the median, see stats_median_interval()
 * @p95: 95th percentile
 * @p99: 99th percentile
 * @mad: median absolute deviation, not scaled
 * @cv: coefficient of variation (standard deviation over mean), NAN for n < 2
 *	or a mean of zero
 * @outliers: how many values are outliers; they take part in all the figures
 */
struct stats_summary {
	size_t n;
	double min;
	double max;
	double mean;
	double median;
	struct stats_interval median_ci;
	double p95;
	double p99;
	double mad;
	double cv;
	size_t outliers;
};

/*
 * stats_summarise - all figures of one set
 *
 * Return: 0, -EINVAL (empty set, value not finite), -ENOMEM.
 */
int stats_summarise(const double *values, size_t n, struct stats_summary *summary);

/* Median of @values; NAN for an empty set or when memory is short. */
double stats_median(const double *values, size_t n);

/*
 * stats_quantile - linear interpolation between closest ranks
 * @probability: 0 to 1
 *
 * Definition 7 of R. Hyndman, Y. Fan, "Sample Quantiles in Statistical
 * Packages", The American Statistician 50 (1996), section 2; the one of R and
 * of GSL. NAN for an empty set or when memory is short.
 */
double stats_quantile(const double *values, size_t n, double probability);

/*
 * stats_mad - median absolute deviation from the median, not scaled
 *
 * F. R. Hampel, "The Influence Curve and Its Role in Robust Estimation",
 * JASA 69 (1974), section 4. NAN for an empty set or when memory is short.
 */
double stats_mad(const double *values, size_t n);

/*
 * stats_median_interval - interval of the median by order statistics
 *
 * H. A. David, H. N. Nagaraja, "Order Statistics", 3rd ed. (2003), section 7.1:
 * the k-th smallest to the k-th largest value cover the median of whatever
 * continuous distribution with 1 - 2 P(B < k), B binomial of n throws at 1/2.
 * Taken is the largest k that reaches STATS_CONFIDENCE, or 1; the level is the
 * exact one. A set of one value gives NAN ends and level 0.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_median_interval(const double *values, size_t n, struct stats_interval *interval);

/*
 * stats_repeatability - how far apart the medians of two sets like this one lie
 * @cv: coefficient of variation of the set
 * @n: number of its values
 *
 * At most so, as a part of the median, in STATS_CONFIDENCE of all pairs: the
 * two-sample t interval with 2(n-1) degrees of freedom, where the variance of a
 * median is pi/2 times that of a mean (H. Cramer, "Mathematical Methods of
 * Statistics" (1946), section 28.5). NAN for less than two values.
 */
double stats_repeatability(double cv, size_t n);

/*
 * stats_outliers - which values lie far from the others
 * @outlier: @n flags, written; may be NULL when only the count is wanted
 *
 * Modified z-score above 3.5: B. Iglewicz, D. Hoaglin, "How to Detect and
 * Handle Outliers" (1993), section 3.3; with the mean absolute deviation in
 * its place where the MAD is zero. Sets below three values have none.
 *
 * Return: the number of outliers.
 */
size_t stats_outliers(const double *values, size_t n, bool *outlier);

/**
 * struct stats_shift - by how much a second set lies above a first one
 * @shift: Hodges-Lehmann estimate: median of all differences new - base
 * @interval: its interval
 */
struct stats_shift {
	double shift;
	struct stats_interval interval;
};

/*
 * stats_hodges_lehmann - shift between two sets, with interval
 *
 * J. L. Hodges, E. L. Lehmann, "Estimates of Location Based on Rank Tests",
 * Annals of Mathematical Statistics 34 (1963); interval by M. Hollander,
 * D. Wolfe, "Nonparametric Statistical Methods", 2nd ed. (1999), section 4.3
 * (small sets: exact quantile of U, else its normal approximation, eq. 4.34).
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_hodges_lehmann(const double *base, size_t base_n, const double *new, size_t new_n,
			 struct stats_shift *shift);

/* Up to this many values together, Mann-Whitney's p is exact. */
#define STATS_EXACT_MAX 50

/**
 * struct stats_rank_test - result of a Mann-Whitney U test
 * @u: pairs in which the new value is larger, a tie counting one half
 * @p: two-sided p-value
 * @exact: @p is exact, else from the normal approximation
 */
struct stats_rank_test {
	double u;
	double p;
	bool exact;
};

/*
 * stats_mann_whitney - are two sets drawn from the same distribution?
 *
 * H. B. Mann, D. R. Whitney, "On a Test of Whether one of Two Random Variables
 * is Stochastically Larger than the Other", Annals of Mathematical Statistics
 * 18 (1947). Exact, ties included, by the shift algorithm of B. Streitberg,
 * J. Roehmel, "Exact Distributions for Permutation and Rank Tests",
 * Statistical Software Newsletter 12 (1986); two-sided by distance from the
 * expectation. Above STATS_EXACT_MAX values the normal approximation with tie
 * and continuity correction (Hollander and Wolfe 1999, section 4.1).
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_mann_whitney(const double *base, size_t base_n, const double *new, size_t new_n,
		       struct stats_rank_test *test);

/**
 * struct stats_lowest - how much further up the smallest values of a second set lie
 * @shift: difference of the minima, with interval
 * @p: two-sided p-value
 */
struct stats_lowest {
	struct stats_shift shift;
	double p;
};

/*
 * stats_lowest - shift between two sets by their smallest values
 *
 * For times to which a host that others use only ever adds: as long as it leaves
 * a few values alone they stay where they are, however many it spoils. S.
 * Rosenbaum, "Tables for a Nonparametric Test of Location", Annals of
 * Mathematical Statistics 25 (1954): that at least r of m values lie below all n
 * of the other set has the probability m!/(m-r)! (m+n-r)!/(m+n)!. Its inversion
 * gives the interval: from min(new) less the r-th smallest of base, to the r-th
 * smallest of new less min(base).
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_lowest(const double *base, size_t base_n, const double *new, size_t new_n,
		 struct stats_lowest *lowest);

/*
 * stats_fisher - does a second set fail more often than a first one?
 * @base_failed: failures among the @base_n samples of the first set, at most @base_n
 * @new_failed: failures among the @new_n samples of the second set, at most @new_n
 *
 * R. A. Fisher, "The Logic of Inductive Inference", JRSS 98 (1935), section on
 * the exact treatment of 2 x 2 tables: given how many of all samples failed, the
 * number of them in one set is hypergeometric.
 *
 * Return: the one-sided p-value; 1 where nothing of the second set failed or
 * there is no first one.
 */
double stats_fisher(size_t base_failed, size_t base_n, size_t new_failed, size_t new_n);

enum stats_fdr {
	/*
	 * Y. Benjamini, Y. Hochberg, "Controlling the False Discovery Rate",
	 * JRSS B 57 (1995), section 3.1: independent or positively dependent.
	 */
	STATS_FDR_BENJAMINI_HOCHBERG,
	/*
	 * Y. Benjamini, D. Yekutieli, "The Control of the False Discovery Rate
	 * in Multiple Testing under Dependency", Annals of Statistics 29
	 * (2001), theorem 1.3: any dependence, at a price of sum 1/i.
	 */
	STATS_FDR_BENJAMINI_YEKUTIELI,
};

/*
 * stats_fdr_adjust - p-values to adjusted ones (q), in place of the caller
 * @p: @n p-values; NAN stands for a test that was not made and stays NAN
 * @q: @n adjusted values, written; may be @p
 *
 * Return: 0, -ENOMEM.
 */
int stats_fdr_adjust(const double *p, size_t n, enum stats_fdr method, double *q);

enum stats_verdict {
	STATS_SAME,
	STATS_REGRESSION,
	STATS_IMPROVEMENT,
	STATS_INCONCLUSIVE,
};

const char *stats_verdict_name(enum stats_verdict verdict);

/**
 * struct stats_rule - when a difference counts
 * @alpha: a q-value up to here is significant
 * @relative: smallest difference that matters, as a fraction of the base
 * @absolute: smallest difference that matters, in the metric's unit; the
 *	larger of the two holds
 * @exact: the values repeat (instruction counts): compared by value alone
 * @lowest: compared by the smallest values, see stats_lowest()
 * @whole: the whole interval of the shift has to reach the threshold, not the
 *	estimate alone: for sets that differ by more than their own spread shows
 * @larger_is_better: a rise is an improvement
 */
struct stats_rule {
	double alpha;
	double relative;
	double absolute;
	bool exact;
	bool lowest;
	bool whole;
	bool larger_is_better;
};

/* What the rules above hold when nobody says otherwise. */
extern const struct stats_rule stats_rule_wall_clock;
extern const struct stats_rule stats_rule_exact;

/* More values than this nobody takes to settle a verdict: then nothing is said about how many. */
#define STATS_MAX_ITERATIONS 100

/**
 * struct stats_comparison - two sets of one metric against each other
 * @base_n: values in the base set
 * @new_n: values in the new set
 * @base: what stands for the base set: its median, or its minimum where the
 *	rule goes by the lowest
 * @new: the same of the new set
 * @difference: shift of the new set against the base set, with interval
 * @p: p-value, NAN where the rule is exact
 * @q: @p adjusted over all comparisons made together
 * @threshold: the difference that matters, in the metric's unit
 * @verdict: what it comes to
 * @iterations: for an inconclusive verdict: values needed in each set before
 *	a verdict can be expected; 0 where STATS_MAX_ITERATIONS would not do,
 *	and where one value a side says nothing about their spread
 */
struct stats_comparison {
	size_t base_n;
	size_t new_n;
	double base;
	double new;
	struct stats_shift difference;
	double p;
	double q;
	double threshold;
	enum stats_verdict verdict;
	unsigned int iterations;
};

/*
 * stats_compare - the figures of one comparison, before any verdict
 *
 * Where the rule is exact @base and @new are pairs (the same iteration of the
 * same deterministic machine) and so have the same length, and the interval is
 * the range of the differences.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_compare(const double *base, size_t base_n, const double *new, size_t new_n,
		  const struct stats_rule *rule, struct stats_comparison *comparison);

/*
 * stats_judge - verdicts of @n comparisons made together
 * @rules: one for each comparison
 *
 * Regression or improvement: significant after control of the false discovery
 * rate over all of them, and the estimated shift, or under a rule for the whole
 * interval its nearer end, reaches the threshold. Same:
 * the interval of the shift lies inside the threshold on both sides (D. J.
 * Schuirmann, "A Comparison of the Two One-Sided Tests Procedure and the Power
 * Approach", J. Pharmacokinetics and Biopharmaceutics 15 (1987)). Else
 * inconclusive. Under an exact rule: the difference against the threshold;
 * inconclusive only where it exceeds the threshold and its sign is not the same
 * in all pairs.
 *
 * Return: 0, -ENOMEM.
 */
int stats_judge(struct stats_comparison *comparisons, const struct stats_rule *rules, size_t n,
		enum stats_fdr method);

/**
 * struct stats_change - a point from which on a series is different
 * @index: first value of the new level
 * @before: median of the stretch before
 * @after: median of the stretch after
 * @p: p-value of the permutation test, or an upper bound of it
 */
struct stats_change {
	size_t index;
	double before;
	double after;
	double p;
};

/**
 * struct stats_change_options - how change points are sought
 * @alpha: significance of a change point
 * @permutations: permutations of a test; 1 / (permutations + 1) is the
 *	smallest p-value
 * @relative: changes below this fraction of the level before are left out
 * @seed: of the permutations
 */
struct stats_change_options {
	double alpha;
	unsigned int permutations;
	double relative;
	uint64_t seed;
};

extern const struct stats_change_options stats_change_defaults;

/*
 * stats_changes - change points of a series, by E-divisive means
 * @values: the series, oldest first
 * @options: NULL for stats_change_defaults
 * @changes: array, oldest first, to be freed by the caller; NULL if none
 *
 * D. Matteson, N. James, "A Nonparametric Approach for Multiple Change Point
 * Analysis of Multivariate Data", JASA 109 (2014), sections 2 and 3, exponent
 * 1; as used for benchmarks by D. Daly and others, "The Use of Change Point
 * Detection to Identify Software Performance Regressions in a Continuous
 * Integration System", ICPE (2020), section 3, and by Apache Otava: the right
 * side of a split reaches to the end of its stretch.
 *
 * Up to 128 different values this is the textbook form; more are rounded to 128
 * quantile levels, observed and permuted series alike, so that the permutation
 * test keeps its level and ten years of nights take milliseconds. Permuting
 * stops when its outcome is settled, and is left out where an inequality for
 * sampling without replacement (R. Serfling, "Probability Inequalities for the
 * Sum in Sampling without Replacement", Annals of Statistics 2 (1974),
 * corollary 1.1), applied to the rank sums of all splits together, already puts
 * the p-value below a tenth of alpha.
 *
 * Return: the number of change points, -EINVAL, -ENOMEM.
 */
long stats_changes(const double *values, size_t n, const struct stats_change_options *options,
		   struct stats_change **changes);

/**
 * struct stats_placed - a value, and where in an order it was measured
 * @value: above 0
 * @block: values of one block would be the same if the place did not matter
 * @place: in the order
 */
struct stats_placed {
	double value;
	size_t block;
	int64_t place;
};

/**
 * struct stats_place_test - whether the place explains the values
 * @n: values of blocks that have two or more: one alone says nothing
 * @blocks: how many such blocks
 * @places: how many places occur in them
 * @p: p-value; NAN with less than two places
 * @worst: by which part the median of one place lies off that of all, where it is most
 * @worst_place: that place
 */
struct stats_place_test {
	size_t n;
	size_t blocks;
	size_t places;
	double p;
	double worst;
	int64_t worst_place;
};

/*
 * stats_place_test - are values the same wherever in the order they were measured?
 *
 * Aligned ranks: J. L. Hodges, E. L. Lehmann, "Rank Methods for Combination of Independent
 * Experiments in Analysis of Variance", Annals of Mathematical Statistics 33 (1962), with the
 * statistic of W. H. Kruskal, W. A. Wallis, "Use of Ranks in One-Criterion Variance Analysis",
 * JASA 47 (1952). The p-value is of 2000 permutations of the places within each block, so that it
 * holds however unlike the blocks are (P. Good, "Permutation, Parametric and Bootstrap Tests of
 * Hypotheses", 3rd ed. (2005), section 3.2).
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int stats_place_test(const struct stats_placed *values, size_t n, uint64_t seed,
		     struct stats_place_test *test);

#endif
