// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/designs.h"

const struct design_info designs[] = {
	{ "rebuild", "throw the tree away; map everything again: the baseline" },
	{ "verify-ioas", "keep the tree; compare the IOAS's physical addresses with it; adopt" },
	{ "verify-shadow", "keep the tree; build another one, compare the two; adopt" },
	{ "micro", "the page table algorithms alone, at native speed" },
};

const size_t nr_designs = sizeof(designs) / sizeof(designs[0]);

const char *const designs_with_kexec[] = { "rebuild", "verify-ioas", "verify-shadow", NULL };
