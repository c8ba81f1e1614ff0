// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/unit.h"

#define DASH "\xe2\x80\x93"

struct unit {
	double size;
	const char *name;
};

static const struct unit byte_units[] = {
	{ 0x1p50, "PiB" }, { 0x1p40, "TiB" }, { 0x1p30, "GiB" },
	{ 0x1p20, "MiB" }, { 0x1p10, "KiB" }, { 1, "B" },
};

void text_html(FILE *f, const char *s)
{
	if (!s)
		s = DASH;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		switch (c) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			if (c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f))
				fputc(c, f);
			else
				fputs("\xef\xbf\xbd", f);
		}
	}
}

void text_htmlf(FILE *f, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	text_html(f, s);
	free(s);
}

void text_href(FILE *f, const char *path)
{
	static const char plain[] = "-._~/";

	for (; path && *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c < 0x80 && isalnum(c)) || strchr(plain, c))
			fputc(c, f);
		else
			fprintf(f, "%%%02X", c);
	}
}

void text_gnuplot(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\'')
			fputs("''", f);
		else
			fputc(c < ' ' || c == 0x7f ? ' ' : c, f);
	}
	fputc('\'', f);
}

char *text_asprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return s;
}

const char *text_digits(double v, char buf[static TEXT_MAX])
{
	double a = fabs(v);
	int decimals = 0;

	if (!isfinite(v)) {
		memcpy(buf, DASH, sizeof(DASH));
		return buf;
	}
	/* The rounded value decides: 9.996 has as many digits before the point as 10.0. */
	if (a > 0 && a < 99.95)
		decimals = a < 0.9995 ? 3 : a < 9.995 ? 2 : 1;
	while (a > 0 && a < 0.09995 && decimals < 9) {
		a *= 10;
		decimals++;
	}
	snprintf(buf, TEXT_MAX, "%.*f", decimals, v);
	return buf;
}

const char *text_ns(double ns, char buf[static TEXT_MAX])
{
	return amount_text(ns, RUN_UNIT_NS, buf);
}

const char *text_change(double before, double after, char buf[static TEXT_MAX])
{
	if (before == 0)
		snprintf(buf, TEXT_MAX, "new");
	else
		snprintf(buf, TEXT_MAX, "%+.1f\xc2\xa0%%", (after / before - 1) * 100);
	return buf;
}

/* "2.00 s" to "2 s": zeros after the point, up to the unit. */
static const char *drop_zeros(char *buf)
{
	char *point = strchr(buf, '.');
	char *unit, *end;

	if (!point)
		return buf;
	unit = point + strspn(point, ".0123456789");
	end = unit;
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memmove(end, unit, strlen(unit) + 1);
	return buf;
}

const char *text_digits_tick(double v, char buf[static TEXT_MAX])
{
	text_digits(v, buf);
	return drop_zeros(buf);
}

const char *text_bytes(double bytes, char buf[static TEXT_MAX])
{
	const struct unit *u = byte_units;
	char num[TEXT_MAX];
	double v;

	if (!isfinite(bytes)) {
		memcpy(buf, DASH, sizeof(DASH));
		return buf;
	}
	while (u->size > 1 && fabs(bytes) < u->size)
		u++;
	v = bytes / u->size;
	if (v == floor(v))
		snprintf(num, sizeof(num), "%.0f", v);
	else
		text_digits(v, num);
	snprintf(buf, TEXT_MAX, "%.24s %s", num, u->name);
	return buf;
}
