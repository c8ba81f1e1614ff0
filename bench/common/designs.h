/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The designs that both programs know, and what each one is for in a comparison. The list is
 * designs.def; what a design does is in agent/designs/.
 */
#ifndef LUBENCH_COMMON_DESIGNS_H
#define LUBENCH_COMMON_DESIGNS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum design_role - what a design is for in a comparison
 * @DESIGN_FLOOR: has no I/O page table: costs are counted from it
 * @DESIGN_BASELINE: what the others are compared with
 * @DESIGN_ADOPTS: hands a preserved tree over, which the new kernel adopts
 * @DESIGN_OTHER: no design that goes through a kexec
 */
enum design_role { DESIGN_FLOOR, DESIGN_BASELINE, DESIGN_ADOPTS, DESIGN_OTHER };

/**
 * struct design_info - one design
 * @name: as in run.json
 * @role: what it is for
 * @ink: name of its colour in plots
 * @what: what happens to the I/O page table, for people
 */
struct design_info {
	const char *name;
	enum design_role role;
	const char *ink;
	const char *what;
};

/* All of them, in the order of every list. */
extern const struct design_info lu_designs[];
extern const size_t lu_nr_designs;

/** design_info() - Return: the design of that name, NULL when it is unknown. */
const struct design_info *design_info(const char *name);

/* Whether a design has that role; an unknown one has none. */
bool design_is_floor(const char *name);
bool design_is_baseline(const char *name);
bool design_adopts(const char *name);

/**
 * design_rank() - Return: place of the design in every list, from 0; lu_nr_designs for those
 * that are unknown, so that they come last.
 */
int design_rank(const char *name);

#endif
