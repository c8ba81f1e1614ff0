/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does the device reach exactly what it should? Asked by DMA, with the drivers of libvfio.
 */
#ifndef LUBENCH_AGENT_DMA_H
#define LUBENCH_AGENT_DMA_H

#include <stdint.h>

#include "agent/device.h"
#include "agent/guest.h"

/** struct dma_result - what was tried; all that was tried went as it must when the call gave 0. */
struct dma_result {
	int64_t copies;
	int64_t faults;
};

/**
 * dma_verify() - let an attached device copy between pages of the guest.
 * @ioas_id: the IOAS the device does DMA in; the descriptors are mapped into it for the while.
 *
 * First, last and random pages of every range are read by the device once and written once, and
 * the CPU looks at what arrived. Then the device reads and writes IOVAs that nothing is mapped at:
 * both must fault and neither may land.
 *
 * Return: 0, -EIO when something did not arrive or arrived that must not, or -errno.
 */
int dma_verify(struct device *dev, int iommufd, uint32_t ioas_id, const struct guest *guest,
	       struct dma_result *result);

/**
 * dma_blocked() - let a device that is not attached try to copy within the guest.
 *
 * Its descriptors lie in guest memory, so that with the guest's old translation the copy would
 * work. Return: 0 when nothing arrived, -EIO when something did, or -errno.
 */
int dma_blocked(struct device *dev, int iommufd, const struct guest *guest,
		struct dma_result *result);

#endif
