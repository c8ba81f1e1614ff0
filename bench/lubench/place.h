/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of every sub-command that reads the history: --db and --results. */
#ifndef LUBENCH_LUBENCH_PLACE_H
#define LUBENCH_LUBENCH_PLACE_H

#include <argp.h>

/*
 * place_children - for struct argp's children; fills a struct store_place
 *
 * The parent's parser hands that over at ARGP_KEY_INIT, as child_inputs[0].
 */
extern const struct argp_child place_children[];

#endif
