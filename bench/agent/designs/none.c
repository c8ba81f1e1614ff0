// SPDX-License-Identifier: GPL-2.0-only
/*
 * none: guest memory goes through the kexec, and nothing else: no device, no I/O page table. What this
 * takes is the floor that the cost of every other design is counted from, so it does all that they do
 * for the guest's memory and nothing of what they do for its device.
 */
#include "agent/designs/design.h"

static int none_preserve(struct sample *s)
{
	(void)s;
	return 0;
}

static int none_retrieve(struct sample *s)
{
	(void)s;
	return 0;
}

static int none_page_table(struct sample *s, uint32_t ioas_id)
{
	(void)s;
	(void)ioas_id;
	return 0;
}

const struct design design_none = {
	.name = "none",
	.no_device = true,
	.preserve = none_preserve,
	.retrieve = none_retrieve,
	.page_table = none_page_table,
};
