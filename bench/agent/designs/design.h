/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A design: one way to hand the guest's I/O page table to the next kernel.
 */
#ifndef LUBENCH_AGENT_DESIGNS_DESIGN_H
#define LUBENCH_AGENT_DESIGNS_DESIGN_H

#include <stdbool.h>

#include "agent/sample.h"

/** struct design - one file of this folder each; to add one, list it in design.c. */
struct design {
	const char *name;

	/** @no_device: no device is passed through: no iommufd, and nothing to attach or to check by DMA. */
	bool no_device;

	/** @keeps_tree: the page table goes through the kexec and is adopted. */
	bool keeps_tree;

	/**
	 * @preserve() - Old kernel: hand over what the design keeps besides guest memory.
	 *
	 * Called with the guest running: device attached, page table complete, session open.
	 * Guarantees: the guest's DMA goes on; on failure the session holds nothing new.
	 */
	int (*preserve)(struct sample *s);

	/**
	 * @retrieve() - New kernel: open s->iommufd, from the session or afresh, unless @no_device.
	 *
	 * Guarantees: no page table exists in it that a device could be attached to.
	 */
	int (*retrieve)(struct sample *s);

	/**
	 * @page_table() - New kernel: make s->hwpt_id out of the IOAS that was put together again.
	 * @ioas_id: the IOAS; no page table belongs to it.
	 *
	 * Called with the devices bound and not attached. Guarantees: on success s->hwpt_id
	 * translates exactly as the IOAS says; on failure there is no new page table, no device
	 * is attached, and s->adopt_errno says why the kernel refused.
	 */
	int (*page_table)(struct sample *s, uint32_t ioas_id);
};

extern const struct design design_none;
extern const struct design design_rebuild;
extern const struct design design_verify_ioas;
extern const struct design design_verify_shadow;

/** design_by_name() - Return: the design, NULL when there is none of that name. */
const struct design *design_by_name(const char *name);

/** design_fresh_table() - a page table built from the IOAS alone, as in `rebuild`. */
int design_fresh_table(struct sample *s, uint32_t ioas_id);

/** design_keep_tree() - @preserve() of the designs that hand the tree over. */
int design_keep_tree(struct sample *s);

/** design_take_tree() - @retrieve() of the designs that hand the tree over. */
int design_take_tree(struct sample *s);

/** design_adopt() - have the kernel verify the tree s->token against the IOAS and adopt it. */
int design_adopt(struct sample *s, uint32_t ioas_id, uint32_t mode);

/* The token of the guest's page table within the iommufd. */
#define DESIGN_TREE_TOKEN 1

#endif
