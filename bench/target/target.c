// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <string.h>

extern const struct target_ops qemu_vtd_target;
extern const struct target_ops qemu_smmuv3_target;
extern const struct target_ops micro_target;

const struct target_ops *const targets[] = { &qemu_vtd_target, &qemu_smmuv3_target, &micro_target,
					     NULL };

const struct target_ops *target_find(const char *name)
{
	for (size_t i = 0; targets[i]; i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	return NULL;
}
