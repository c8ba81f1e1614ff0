/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOAS of the guest, put together by userspace's ioctls: rightly in several ways, or wrongly.
 */
#ifndef LUBENCH_AGENT_REDRIVE_H
#define LUBENCH_AGENT_REDRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/guest.h"
#include "agent/request.h"

/** redrive_old() - the guest's IOAS in the old kernel. Return: 0 or -errno. */
int redrive_old(int iommufd, const struct guest *guest, const struct request *req,
		uint32_t *ioas_id);

/**
 * redrive_new() - the same translation in the new kernel, in the way the request asks for.
 * @attack: what to do wrongly; ATTACK_NONE for the same translation.
 *
 * Return: 0 or -errno.
 */
int redrive_new(int iommufd, const struct guest *guest, const struct request *req,
		enum attack attack, uint32_t *ioas_id);

#endif
