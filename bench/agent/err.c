// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[512] = "no error";

int err_set(int err, const char *fmt, ...)
{
	char what[384];
	va_list ap;

	err = err ? abs(err) : EIO;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s: %s", what, strerror(err));
	return -err;
}

int err_say(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return -(err ? abs(err) : EIO);
}

const char *err_text(void)
{
	return text;
}
