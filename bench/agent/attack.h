/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Userspace that re-drives wrongly on purpose: the kernel must refuse it.
 */
#ifndef LUBENCH_AGENT_ATTACK_H
#define LUBENCH_AGENT_ATTACK_H

#include "agent/sample.h"

/**
 * attack_run() - try to have the tree adopted wrongly, as the request says.
 *
 * Checks that the kernel refuses with the errno that it documents, that the devices' DMA stays
 * blocked, and that an honest try is accepted after that. Everything that it made is destroyed
 * again, so that the caller can fall back to `rebuild`. s->adopt_errno and s->adopted tell how
 * the attack was refused.
 *
 * Return: 0 when all was as it must be, or -errno.
 */
int attack_run(struct sample *s);

#endif
