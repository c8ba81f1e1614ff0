/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which designs a kind of target can measure. The list of designs is common/designs.def. */
#ifndef LUBENCH_TARGET_DESIGNS_H
#define LUBENCH_TARGET_DESIGNS_H

/* Those that a target with a kexec can measure, in the order of the list; ends with NULL. */
extern const char *const designs_with_kexec[];

#endif
