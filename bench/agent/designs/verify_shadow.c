// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify-shadow: the tree is kept. Userspace maps everything again into an IOAS, the kernel builds
 * a second tree from it, compares the two trees, adopts the kept one and throws the other away.
 */
#include <linux/iommufd.h>

#include "agent/designs/design.h"

static int verify_shadow_table(struct sample *s, uint32_t ioas_id)
{
	return design_adopt(s, ioas_id, IOMMU_HWPT_ADOPT_MODE_SHADOW);
}

const struct design design_verify_shadow = {
	.name = "verify-shadow",
	.keeps_tree = true,
	.preserve = design_keep_tree,
	.retrieve = design_take_tree,
	.page_table = verify_shadow_table,
};
