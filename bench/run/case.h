/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes samples comparable: the case that a sample belongs to, its state, and the two checks
 * on its blackout. Every table, plot, verdict and file asks here.
 */
#ifndef LUBENCH_RUN_CASE_H
#define LUBENCH_RUN_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "run/run.h"

/* Part of the blackout, in thousandths, that may belong to no phase. */
#define CLOSURE_PERMILLE 10

/* How far the frequencies of the DUT's and the observer's clock may be apart, parts per million. */
#define CLOCK_TOLERANCE_PPM 1000

/**
 * case_key() - the case of a sample as text for machines: every field that two samples of one
 * case have in common.
 *
 * Samples have the same key exactly when case_compare() is 0.
 * Return: the malloc()ed key, NULL without memory.
 */
char *case_key(const struct sample *s);

/**
 * case_label() - the same for people: "verify-ioas 4G/4K contig aliased 1G", without what is the
 * usual. The first word is the design.
 *
 * Return: the malloc()ed label, NULL without memory.
 */
char *case_label(const struct sample *s);

/** case_guest_label() - as case_label(), without design and variant: "4G/4K contig". */
char *case_guest_label(const struct sample *s);

/**
 * case_compare() - the order of cases in every table: by guest, then by design as designs.def
 * lists them, then by variant.
 *
 * Return: less than, equal to or greater than 0, as for qsort(); 0 for samples of one case.
 */
int case_compare(const struct sample *a, const struct sample *b);

/**
 * case_compare_machine() - as case_compare(), by what may not share a pair of axes: IOMMU, stage,
 * devices, page size and layout.
 */
int case_compare_machine(const struct sample *a, const struct sample *b);

/**
 * case_compare_memory() - as case_compare(), by the memory behind the guest as a plot draws it
 * against the size of the guest: real, aliased as large as the guest, aliased and smaller.
 */
int case_compare_memory(const struct sample *a, const struct sample *b);

/**
 * case_compare_guest() - as case_compare(), by guest alone: 0 when two samples have everything in
 * common but design and variant, so that one may be the floor or the baseline of the other.
 */
int case_compare_guest(const struct sample *a, const struct sample *b);

/**
 * enum sample_state - what became of a sample
 * @SAMPLE_RESULT: verified, without error, no attack: it counts
 * @SAMPLE_REFUSED: an attack that was refused, and everything after it was right
 * @SAMPLE_FAILED: anything else
 */
enum sample_state { SAMPLE_RESULT, SAMPLE_REFUSED, SAMPLE_FAILED };

/* The counter that holds the errno of the adopt call. */
#define ADOPT_ERRNO "adopt_errno"

/** sample_state() - Return: what became of it. */
enum sample_state sample_state(const struct sample *s);

/** sample_is_result() - Return: whether the sample counts. */
bool sample_is_result(const struct sample *s);

/**
 * sample_open_part() - Return: which part of the blackout belongs to no phase, 0 to 1; NAN when
 * that is not known.
 */
double sample_open_part(const struct sample *s);

/**
 * sample_is_closed() - Return: whether the phases explain the blackout, up to CLOSURE_PERMILLE of
 * it; false when that is not known.
 */
bool sample_is_closed(const struct sample *s);

/**
 * sample_outside_off_ns() - Return: how far the outside observer's blackout is from the DUT's, in
 * ns; LU_NULL when one of the two is unknown.
 */
int64_t sample_outside_off_ns(const struct sample *s);

/**
 * sample_outside_allowed_ns() - Return: how far it may be: what the observer resolves (0 when that
 * is unknown), and what two clocks may be apart over this blackout (CLOCK_TOLERANCE_PPM). 0
 * without a blackout.
 */
int64_t sample_outside_allowed_ns(const struct sample *s);

/** sample_outside_agrees() - Return: whether it is within that; true when there is none. */
bool sample_outside_agrees(const struct sample *s);

#endif
