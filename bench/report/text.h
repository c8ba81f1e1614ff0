/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of the report: escaping for HTML and gnuplot, and numbers as people read them.
 */
#ifndef LUBENCH_REPORT_TEXT_H
#define LUBENCH_REPORT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Room for any number of this header, and for a short label. */
#define TEXT_MAX 64

/** text_html() - write @s to @f with everything escaped that HTML gives a meaning, NULL as "–". */
void text_html(FILE *f, const char *s);

/** text_htmlf() - as text_html(), of a printf() format. */
__attribute__((format(printf, 2, 3))) void text_htmlf(FILE *f, const char *fmt, ...);

/**
 * text_href() - write @path, of files, as the value of an href: RFC 3986, section 2.1.
 *
 * What is written has no meaning in HTML.
 */
void text_href(FILE *f, const char *path);

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

/** text_ns() - a time in ns with three digits and its unit: amount_text() of run/unit.h. */
const char *text_ns(double ns, char buf[static TEXT_MAX]);

/** text_change() - from one level to another: "+12.3 %", "new" from nothing. */
const char *text_change(double before, double after, char buf[static TEXT_MAX]);

/** text_bytes() - a size in bytes with an IEC unit: "4 GiB", "1.5 MiB". */
const char *text_bytes(double bytes, char buf[static TEXT_MAX]);

/** text_digits() - a number with three significant digits and no exponent: "0.912", "1240". */
const char *text_digits(double v, char buf[static TEXT_MAX]);

/** text_digits_tick() - as text_digits(), less zeros that say nothing. */
const char *text_digits_tick(double v, char buf[static TEXT_MAX]);

#endif
