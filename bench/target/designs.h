/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The designs, in words for the user. What each does lives in agent/designs/. */
#ifndef LUBENCH_TARGET_DESIGNS_H
#define LUBENCH_TARGET_DESIGNS_H

#include <stddef.h>

/** struct design_info - one way to hand the I/O page table over. */
struct design_info {
	const char *name;
	const char *what;
};

extern const struct design_info designs[];
extern const size_t nr_designs;

/* Those that a target with a kexec can measure; ends with NULL. */
extern const char *const designs_with_kexec[];

#endif
