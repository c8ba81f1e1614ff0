/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run counts, and how people read it. Fields called _ns hold nanoseconds, or instructions
 * where the emulator counts those (one instruction is one virtual nanosecond at icount shift 0).
 * Instructions are no time: they are never shown as seconds.
 */
#ifndef LUBENCH_RUN_UNIT_H
#define LUBENCH_RUN_UNIT_H

#include <stdbool.h>

#include "run/run.h"

/** enum run_unit - what the fields called _ns count */
enum run_unit { RUN_UNIT_NS, RUN_UNIT_INSTRUCTIONS };

/* Room for any amount as text. */
#define AMOUNT_MAX 64

/** run_unit() - Return: what it counts: target.unit, where unknown what its clock counts. */
enum run_unit run_unit(const struct run *run);

/** run_is_exact() - Return: whether another run of the same gives the same: instructions. */
bool run_is_exact(const struct run *run);

/** run_unit_name() - Return: as in run.json: "ns", "instructions". */
const char *run_unit_name(enum run_unit unit);

/**
 * amount_text() - for a column or an axis whose title names the unit: "1.24 s", "281.3 M".
 * @amount: ns or instructions; may be negative; "–" where it is not finite.
 *
 * Times have three significant digits, instructions, which are exact, four.
 * Return: @buf, so that it can stand in a list of arguments; the same holds for the next.
 */
const char *amount_text(double amount, enum run_unit unit, char buf[static AMOUNT_MAX]);

/** amount_words() - for a sentence: "1.24 s", "281.3 M instructions". */
const char *amount_words(double amount, enum run_unit unit, char buf[static AMOUNT_MAX]);

/** amount_range_text() - an interval, both ends in the unit of the larger: "1.21–1.30 s". */
const char *amount_range_text(double low, double high, enum run_unit unit,
			      char buf[static AMOUNT_MAX]);

/**
 * amount_tick() - for the tick of an axis that ends at @like, without zeros that say nothing:
 * "1.5 s", "200 M". NAN for @like: in the unit that suits @amount.
 */
const char *amount_tick(double amount, double like, enum run_unit unit,
			char buf[static AMOUNT_MAX]);

#endif
