// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x93"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum run_unit run_unit(const struct run *run)
{
	if (run->target.unit)
		return strcmp(run->target.unit, "instructions") ? RUN_UNIT_NS :
								  RUN_UNIT_INSTRUCTIONS;
	return run->target.clock && !strcmp(run->target.clock, "icount") ? RUN_UNIT_INSTRUCTIONS :
									   RUN_UNIT_NS;
}

bool run_is_exact(const struct run *run)
{
	return run_unit(run) == RUN_UNIT_INSTRUCTIONS;
}

const char *run_unit_name(enum run_unit unit)
{
	return unit == RUN_UNIT_INSTRUCTIONS ? "instructions" : "ns";
}

struct prefix {
	double size;
	const char *name;
};

struct scale {
	const struct prefix *prefix; /* the largest first, the last has size 1 */
	size_t n;
	int digits; /* significant ones */
	const char *zero;
};

static const struct prefix times[] = { { 1e9, " s" },
				       { 1e6, " ms" },
				       { 1e3, " \xc2\xb5s" },
				       { 1, " ns" } };
static const struct prefix instructions[] = { { 1e9, " G" },
					      { 1e6, " M" },
					      { 1e3, " k" },
					      { 1, "" } };

static const struct scale scales[] = {
	[RUN_UNIT_NS] = { times, COUNT(times), 3, "0 s" },
	[RUN_UNIT_INSTRUCTIONS] = { instructions, COUNT(instructions), 4, "0" },
};

/* The largest that gives 1 or more once rounded: 999.96 of one is 1.000 of the next. */
static const struct prefix *prefix_of(const struct scale *scale, double amount)
{
	double almost = 1 - 0.5 * pow(10, -scale->digits);

	for (size_t i = 0; i + 1 < scale->n; i++)
		if (fabs(amount) >= scale->prefix[i].size * almost)
			return &scale->prefix[i];
	return &scale->prefix[scale->n - 1];
}

/* How many decimals @largest needs to have its significant digits. */
static int decimals_of(const struct scale *scale, const struct prefix *prefix, double largest)
{
	int decimals = scale->digits - 1;
	char buf[AMOUNT_MAX];

	/* There is no part of a nanosecond or of an instruction, but for a mean of two. */
	if (prefix->size == 1 && largest == floor(largest))
		return 0;
	/* Zeros after the point are no digits of it: a part of a nanosecond. */
	for (double v = fabs(largest) / prefix->size; v > 0 && v < 0.9995 && decimals < 9; v *= 10)
		decimals++;
	for (; decimals > 0 && fabs(largest) >= prefix->size; decimals--) {
		snprintf(buf, sizeof(buf), "%.*f", decimals, fabs(largest) / prefix->size);
		if (strcspn(buf, ".") + (size_t)decimals <= (size_t)scale->digits)
			break;
	}
	return decimals;
}

const char *amount_text(double amount, enum run_unit unit, char buf[static AMOUNT_MAX])
{
	const struct scale *scale = &scales[unit];
	const struct prefix *prefix = prefix_of(scale, amount);

	if (!isfinite(amount))
		memcpy(buf, DASH, sizeof(DASH));
	else if (amount == 0)
		snprintf(buf, AMOUNT_MAX, "%s", scale->zero);
	else
		snprintf(buf, AMOUNT_MAX, "%.*f%s", decimals_of(scale, prefix, amount),
			 amount / prefix->size, prefix->name);
	return buf;
}

const char *amount_words(double amount, enum run_unit unit, char buf[static AMOUNT_MAX])
{
	amount_text(amount, unit, buf);
	if (unit == RUN_UNIT_INSTRUCTIONS && isfinite(amount))
		strncat(buf, " instructions", AMOUNT_MAX - strlen(buf) - 1);
	return buf;
}

const char *amount_range_text(double low, double high, enum run_unit unit,
			      char buf[static AMOUNT_MAX])
{
	const struct scale *scale = &scales[unit];
	const struct prefix *prefix = prefix_of(scale, fmax(fabs(low), fabs(high)));
	int decimals;

	if (!isfinite(low) || !isfinite(high)) {
		memcpy(buf, DASH, sizeof(DASH));
		return buf;
	}
	decimals = decimals_of(scale, prefix, fmax(fabs(low), fabs(high)));
	snprintf(buf, AMOUNT_MAX, "%.*f%s%.*f%s", decimals, low / prefix->size,
		 /* A dash between two minus signs is a riddle. */
		 low < 0 ? " to " : DASH, decimals, high / prefix->size, prefix->name);
	return buf;
}

const char *amount_tick(double amount, double like, enum run_unit unit, char buf[static AMOUNT_MAX])
{
	const struct scale *scale = &scales[unit];
	const struct prefix *prefix = prefix_of(scale, isfinite(like) ? like : amount);

	if (!isfinite(amount))
		memcpy(buf, DASH, sizeof(DASH));
	else if (amount == 0)
		snprintf(buf, AMOUNT_MAX, "%s", scale->zero);
	else
		/* %g leaves out zeros after the point; no tick has more digits than nine. */
		snprintf(buf, AMOUNT_MAX, "%.9g%s", amount / prefix->size, prefix->name);
	return buf;
}
