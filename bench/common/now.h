/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time that passes, for limits on waiting. */
#ifndef LUBENCH_COMMON_NOW_H
#define LUBENCH_COMMON_NOW_H

#include <stdint.h>
#include <time.h>

/** now_ms() - Return: milliseconds of a clock that nobody sets (CLOCK_MONOTONIC). */
static inline int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif
