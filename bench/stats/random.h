/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random numbers for resampling: the same sequence from the same seed on every
 * machine and with every version of every library.
 */
#ifndef LUBENCH_STATS_RANDOM_H
#define LUBENCH_STATS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * SplitMix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom
 * Number Generators", OOPSLA (2014), figure 17.
 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/*
 * 0 to @bound - 1: D. Lemire, "Fast Random Integer Generation in an Interval",
 * ACM TOMACS 29 (2019), section 3, without the rejection step: for the bounds
 * here, below 2^32, a bias of less than 2^-32.
 */
static inline size_t random_below(uint64_t *state, size_t bound)
{
	return (size_t)(((unsigned __int128)random_next(state) * bound) >> 64);
}

#endif
