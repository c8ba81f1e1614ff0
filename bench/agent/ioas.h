/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ioctls of /dev/iommu that the designs are made of.
 */
#ifndef LUBENCH_AGENT_IOAS_H
#define LUBENCH_AGENT_IOAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iommu_preserved_info;

/** ioas_open() - Return: a new iommufd, or -errno. */
int ioas_open(void);

/** ioas_alloc() - a new IOAS with the kernel's own options, as a VMM takes it. Return: 0 or -errno. */
int ioas_alloc(int iommufd, uint32_t *ioas_id);

/** ioas_huge_pages() - Return: 1 when the IOAS may have I/O pages above the smallest, 0, or -errno. */
int ioas_huge_pages(int iommufd, uint32_t ioas_id);

/** ioas_destroy() - destroy any object of an iommufd. Return: 0 or -errno. */
int ioas_destroy(int iommufd, uint32_t id);

/** struct piece - one IOMMU_IOAS_MAP_FILE. */
struct piece {
	uint64_t iova;
	uint64_t bytes;
	uint64_t offset;
	int fd;
	bool readonly;
};

/** ioas_map_file() - map one piece. Return: 0 or -errno. */
int ioas_map_file(int iommufd, uint32_t ioas_id, const struct piece *piece);

/** ioas_map() - map memory of this process, readable and writable. Return: 0 or -errno. */
int ioas_map(int iommufd, uint32_t ioas_id, void *addr, uint64_t iova, uint64_t bytes);

/** ioas_unmap() - unmap whole mappings. Return: 0 or -errno. */
int ioas_unmap(int iommufd, uint32_t ioas_id, uint64_t iova, uint64_t bytes);

/** ioas_hwpt_alloc() - an I/O page table of an IOAS, for a device. Return: 0 or -errno. */
int ioas_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t flags,
		    uint32_t *hwpt_id);

/* One for each power of two that the bytes of a leaf may be. */
#define LEAF_SIZES 64

/**
 * ioas_count_leaves() - the entries that an I/O page table translates with, by size.
 * @nr: element i becomes the number of leaves of 1 << i bytes.
 *
 * Return: 0, or -errno: -ENOTTY from a kernel that does not count.
 */
int ioas_count_leaves(int iommufd, uint32_t hwpt_id, uint64_t nr[LEAF_SIZES]);

/** ioas_hwpt_preserve() - mark a HWPT to be handed over under @token. Return: 0 or -errno. */
int ioas_hwpt_preserve(int iommufd, uint32_t hwpt_id, uint64_t token);

/** struct adopted - what IOMMU_HWPT_ADOPT answers. */
struct adopted {
	uint32_t hwpt_id;
	uint32_t diff_kind;
	uint64_t diff_iova;
	uint64_t tables_bytes;
};

/**
 * ioas_hwpt_adopt() - verify a preserved I/O page table and make it the HWPT of an IOAS.
 * @mode: enum iommu_hwpt_adopt_mode.
 *
 * Return: 0, or the documented -errno of IOMMU_HWPT_ADOPT; @out is filled in either way.
 */
int ioas_hwpt_adopt(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t mode, uint64_t token,
		    struct adopted *out);

/** ioas_preserved_info() - how big a preserved table is. Return: 0 or -errno. */
int ioas_preserved_info(int iommufd, uint64_t token, struct iommu_preserved_info *info);

/** ioas_diff_name() - Return: the word for enum iommu_hwpt_diff_kind. */
const char *ioas_diff_name(uint32_t kind);

#endif
