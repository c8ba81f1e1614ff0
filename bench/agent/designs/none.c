// SPDX-License-Identifier: GPL-2.0-only
/*
 * none: guest memory goes through the kexec, and nothing else: no device, no I/O page table. What this
 * takes is the floor that the cost of every other design is counted from.
 *
 * In the floor belongs what a guest without a passed-through device needs as well: its memory, the
 * kexec and the new kernel, the agent's start and its state, taking the memory back. It is the same
 * code with the same memory in every design, and so are the agent's marks, counters and threads.
 *
 * In the cost of a design belongs all that the device and its page table cause, wherever it is: the
 * iommufd, giving the device to vfio-pci, binding and attaching it, shutting it down at the kexec, the
 * ioctls again, the tree's pages in KHO. Which devices the machine has and what their IOMMU can do is
 * part of neither: the agent finds that out before, as a VMM knows what it was started with.
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
