// SPDX-License-Identifier: GPL-2.0-only
#include "agent/designs/design.h"

#include <stddef.h>
#include <string.h>

static const struct design *const designs[] = {
	&design_none,
	&design_rebuild,
	&design_verify_ioas,
	&design_verify_shadow,
};

const struct design *design_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(designs) / sizeof(designs[0]); i++)
		if (!strcmp(designs[i]->name, name))
			return designs[i];
	return NULL;
}
