/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two runs must have in common so that their times mean the same, and
 * what else about them may differ but must be reported.
 */
#ifndef LUBENCH_STORE_SETUP_H
#define LUBENCH_STORE_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "run/run.h"

/**
 * struct setup_difference - one thing in which two runs differ
 * @field: its path in run.json
 * @base: as it is in the first run, "unknown" where the file holds null
 * @new: as it is in the second run
 * @unlike: times of these runs do not mean the same. What is not unlike is the
 *	thing under test (kernel, initramfs, agent, tool) and only reported.
 */
struct setup_difference {
	const char *field;
	char *base;
	char *new;
	bool unlike;
};

/** struct setup_differences - all of them, those that are unlike first */
struct setup_differences {
	struct setup_difference *v;
	size_t n;
};

/*
 * setup_compare - in what two runs differ
 *
 * The machine of the controller is no part of it where the clock counts
 * instructions. Return: 0 or -ENOMEM.
 */
int setup_compare(const struct run *base, const struct run *new,
		  struct setup_differences *differences);

void setup_differences_release(struct setup_differences *differences);

/*
 * setup_key - every field in which runs must not differ, as one text
 *
 * Runs with equal keys may be compared. Return: malloc()ed, NULL without memory.
 */
char *setup_key(const struct run *run);

/* The same in a few words for people. Return: malloc()ed, NULL without memory. */
char *setup_label(const struct run *run);

/*
 * setup_label_apart - a label that other setups have as well, with what tells this one from them
 * @label: of all of them
 * @key: setup_key() of this one
 * @others: setup_key() of the others, @nr_others of them; @key itself may be among them
 *
 * "qemu-vtd tcg tsc" becomes "qemu-vtd tcg tsc (target.version 10.0.3)".
 * Return: malloc()ed, NULL without memory.
 */
char *setup_label_apart(const char *label, const char *key, const char *const *others,
			size_t nr_others);

#endif
