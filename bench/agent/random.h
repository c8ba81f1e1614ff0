/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that look random and are the same for the same seed on both sides of the kexec.
 */
#ifndef LUBENCH_AGENT_RANDOM_H
#define LUBENCH_AGENT_RANDOM_H

#include <stdint.h>

/**
 * random_next() - SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, doi:10.1145/2660193.2660195.
 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/** random_below() - Return: a number in [0, @limit); @limit of 0 gives 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return limit ? random_next(state) % limit : 0;
}

#endif
