// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int lu_fail(char **err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err || *err)
		return code;
	va_start(ap, fmt);
	if (vasprintf(err, fmt, ap) < 0)
		*err = NULL;
	va_end(ap);
	return code;
}

int lu_fail_prefix(char **err, int code, const char *fmt, ...)
{
	char *prefix = NULL, *joined = NULL;
	va_list ap;

	if (!err || !*err)
		return code;
	va_start(ap, fmt);
	if (vasprintf(&prefix, fmt, ap) < 0)
		prefix = NULL;
	va_end(ap);
	if (!prefix)
		return code;
	if (asprintf(&joined, "%s%s", prefix, *err) >= 0) {
		free(*err);
		*err = joined;
	}
	free(prefix);
	return code;
}
