/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Userspace that re-drives wrongly on purpose: the kernel must refuse it.
 */
#ifndef LUBENCH_AGENT_ATTACK_H
#define LUBENCH_AGENT_ATTACK_H

#include "agent/sample.h"

/**
 * attack_retrieve() - the design's retrieve(), of a hand-over that may be damaged on purpose.
 *
 * Where the kernel is to refuse the whole iommufd and does, s->adopt_errno tells so and s->iommufd is
 * a fresh one.
 *
 * Return: 0 or -errno.
 */
int attack_retrieve(struct sample *s);

/**
 * attack_run() - try to have the tree adopted wrongly, as the request says.
 *
 * Checks that the kernel refuses with the errno that it documents, that the devices' DMA stays
 * blocked, and that an honest try is accepted after that unless the tree itself was damaged.
 * Everything that it made is destroyed again, so that the caller can fall back to `rebuild`.
 * s->adopt_errno and s->adopted tell how the attack was refused.
 *
 * Return: 0 when all was as it must be, or -errno.
 */
int attack_run(struct sample *s);

#endif
