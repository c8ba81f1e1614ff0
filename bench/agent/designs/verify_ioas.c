// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify-ioas: the tree is kept. Userspace maps everything again into an IOAS, the kernel pins it
 * and compares the physical addresses with the tree, and adopts the tree if all agree.
 */
#include <linux/iommufd.h>

#include "agent/designs/design.h"

static int verify_ioas_table(struct sample *s, uint32_t ioas_id)
{
	return design_adopt(s, ioas_id, IOMMU_HWPT_ADOPT_MODE_IOAS);
}

const struct design design_verify_ioas = {
	.name = "verify-ioas",
	.keeps_tree = true,
	.preserve = design_keep_tree,
	.retrieve = design_take_tree,
	.page_table = verify_ioas_table,
};
