/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of the report: escaping for HTML and gnuplot, and numbers as people read them.
 */
#ifndef LUBENCH_REPORT_TEXT_H
#define LUBENCH_REPORT_TEXT_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/* Room for any number of this header, and for a short label. */
#define TEXT_MAX 64

/** text_html() - write @s to @f with everything escaped that HTML gives a meaning, NULL as "–". */
void text_html(FILE *f, const char *s);

/** text_htmlf() - as text_html(), of a printf() format. */
__attribute__((format(printf, 2, 3))) void text_htmlf(FILE *f, const char *fmt, ...);

/**
 * text_gnuplot() - write @s to @f as a gnuplot string, quotes included.
 *
 * In single quotes gnuplot knows no escape but the doubled quote, and neither command nor macro
 * substitution ("Quote Marks" in its manual); control characters become spaces.
 */
void text_gnuplot(FILE *f, const char *s);

/** text_asprintf() - Return: the malloc()ed text, NULL without memory. */
__attribute__((format(printf, 1, 2))) char *text_asprintf(const char *fmt, ...);

/*
 * The rest writes to @buf and returns it, so that it can stand in an argument list. A value that
 * is not finite gives "–".
 */

/** text_ns() - a time in ns with three digits and its unit: "1.24 s". */
const char *text_ns(double ns, char buf[static TEXT_MAX]);

/** text_ns_range() - an interval in ns, the unit of @hi for both: "1.21–1.30 s". */
const char *text_ns_range(double lo, double hi, char buf[static TEXT_MAX]);

/** text_bytes() - a size in bytes with an IEC unit: "4 GiB", "1.5 MiB". */
const char *text_bytes(double bytes, char buf[static TEXT_MAX]);

/** text_ns_like() - in the unit that suits @like: the ticks of a linear axis that ends there. */
const char *text_ns_like(double ns, double like, char buf[static TEXT_MAX]);

/** text_ns_tick(), text_digits_tick() - as the ones without _tick, less zeros that say nothing. */
const char *text_ns_tick(double ns, char buf[static TEXT_MAX]);
const char *text_digits_tick(double v, char buf[static TEXT_MAX]);

/** text_digits() - a number with three significant digits and no exponent: "0.912", "1240". */
const char *text_digits(double v, char buf[static TEXT_MAX]);

#endif
