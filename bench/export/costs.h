/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The costs of a run (cost/cost.h) for people and for programs, from one set of figures. */
#ifndef LUBENCH_EXPORT_COSTS_H
#define LUBENCH_EXPORT_COSTS_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "cost/cost.h"

/**
 * costs_print() - for each guest and design what it costs, how many times the rebuild's cost that
 * is, the whole blackout beside it, and what the figures are; nothing for a run without a kexec.
 * @width: columns there are, or 0 when that is not known
 * @colours: whether to use them
 */
void costs_print(const struct cost_table *table, FILE *f, int width, bool colours);

/** costs_print_markdown() - the same and the other metrics, as tables of Markdown. */
void costs_print_markdown(const struct cost_table *table, FILE *f);

/**
 * costs_json() - Return: a list of the cases, each with the figures of every metric; what is not
 * known is null. NULL without memory.
 */
json_t *costs_json(const struct cost_table *table);

#endif
