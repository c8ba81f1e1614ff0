// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/designs.h"

#include <string.h>

const struct design_info lu_designs[] = {
#define DESIGN(name_, role_, ink_, what_) \
	{ .name = (name_), .role = (role_), .ink = (ink_), .what = (what_) },
#include "common/designs.def"
#undef DESIGN
};

const size_t lu_nr_designs = sizeof(lu_designs) / sizeof(lu_designs[0]);

int design_rank(const char *name)
{
	size_t i = 0;

	while (i < lu_nr_designs && strcmp(name, lu_designs[i].name) != 0)
		i++;
	return (int)i;
}

const struct design_info *design_info(const char *name)
{
	size_t i = (size_t)design_rank(name);

	return i < lu_nr_designs ? &lu_designs[i] : NULL;
}

static bool has_role(const char *name, enum design_role role)
{
	const struct design_info *info = design_info(name);

	return info && info->role == role;
}

bool design_is_floor(const char *name)
{
	return has_role(name, DESIGN_FLOOR);
}

bool design_is_baseline(const char *name)
{
	return has_role(name, DESIGN_BASELINE);
}

bool design_adopts(const char *name)
{
	return has_role(name, DESIGN_ADOPTS);
}
