/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A passed-through PCI device, behind vfio-pci and bound to an iommufd.
 */
#ifndef LUBENCH_AGENT_DEVICE_H
#define LUBENCH_AGENT_DEVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_MAX 8

/**
 * struct device
 * @bdf: PCI address.
 * @iommu: name of the IOMMU it is behind, as in /sys/class/iommu.
 * @fd: VFIO device, -1 while not open.
 * @dev_id: its object in the iommufd, once bound.
 * @attached: to some page table.
 */
struct device {
	char bdf[16];
	char iommu[32];
	char what[16];
	int fd;
	uint32_t dev_id;
	bool attached;
};

/**
 * device_find() - the devices of this machine that libvfio can make do DMA.
 *
 * In the order of their addresses, so that both kernels number them alike.
 * Return: how many, at most DEVICE_MAX; -ENODEV when there is none behind an IOMMU.
 */
int device_find(struct device devices[DEVICE_MAX]);

/** device_open() - give it to vfio-pci and open it. Return: 0 or -errno. */
int device_open(struct device *dev);

/** device_bind() - bind it to an iommufd; this resets it. Return: 0 or -errno. */
int device_bind(struct device *dev, int iommufd);

/** device_attach() - let it do DMA through a page table (HWPT or IOAS). Return: 0 or -errno. */
int device_attach(struct device *dev, uint32_t pt_id);

/** device_detach() - block its DMA. Return: 0 or -errno. */
int device_detach(struct device *dev);

/** device_close() - close it; its DMA is blocked and it is reset. */
void device_close(struct device *dev);

/** enum device_stages - which page tables a device's IOMMU takes. */
enum device_stages {
	STAGES_SECOND, /* VT-d: legacy mode, or scalable mode without first-stage tables */
	STAGES_FIRST, /* first stage; second, if at all, only to nest below it */
	STAGES_BOTH, /* first stage, and second stage as the parent of nested ones */
};

/**
 * device_stages() - what the IOMMU of a device offers in the mode it runs in.
 * @iommufd: that it is bound to.
 */
enum device_stages device_stages(const struct device *dev, int iommufd);

/** device_json() - Return: what it is, for the controller. */
json_t *device_json(const struct device *dev);

/** device_iommu_json() - Return: the IOMMU of the machine: kind and capabilities. */
json_t *device_iommu_json(void);

#endif
