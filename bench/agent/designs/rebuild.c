// SPDX-License-Identifier: GPL-2.0-only
/*
 * rebuild: the plain answer of today. Guest memory is preserved, the page table is thrown away and
 * built again from what userspace maps.
 */
#include "agent/designs/design.h"

static int rebuild_preserve(struct sample *s)
{
	(void)s;
	return 0;
}

static int rebuild_retrieve(struct sample *s)
{
	s->iommufd = ioas_open();
	return s->iommufd < 0 ? s->iommufd : 0;
}

int design_fresh_table(struct sample *s, uint32_t ioas_id)
{
	/* Allocating the table pins the guest's memory and maps all of it. */
	return ioas_hwpt_alloc(s->iommufd, s->devices[0].dev_id, ioas_id, s->state->hwpt_flags,
			       &s->hwpt_id);
}

const struct design design_rebuild = {
	.name = "rebuild",
	.preserve = rebuild_preserve,
	.retrieve = rebuild_retrieve,
	.page_table = design_fresh_table,
};
