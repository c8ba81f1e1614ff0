// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/designs.h"

#include <stddef.h>

#include "common/designs.h"

/* NULL for a design without a kexec, which designs.def has at its end. */
#define DESIGN(name_, role_, ink_, what_) (role_) == DESIGN_OTHER ? NULL : (name_),
const char *const designs_with_kexec[] = {
#include "common/designs.def"
	NULL
};
#undef DESIGN
