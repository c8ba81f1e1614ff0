// SPDX-License-Identifier: GPL-2.0-only
#include "agent/ioas.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <string.h>
#include <sys/ioctl.h>

#include "agent/err.h"

int ioas_open(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	return fd < 0 ? err_set(errno, "/dev/iommu: open") : fd;
}

int ioas_alloc(int iommufd, uint32_t *ioas_id)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };

	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &cmd))
		return err_set(errno, "IOMMU_IOAS_ALLOC");
	*ioas_id = cmd.out_ioas_id;
	return 0;
}

int ioas_huge_pages(int iommufd, uint32_t ioas_id)
{
	struct iommu_option option = {
		.size = sizeof(option),
		.option_id = IOMMU_OPTION_HUGE_PAGES,
		.op = IOMMU_OPTION_OP_GET,
		.object_id = ioas_id,
	};

	if (ioctl(iommufd, IOMMU_OPTION, &option))
		return err_set(errno, "IOMMU_OPTION_HUGE_PAGES");
	return option.val64 ? 1 : 0;
}

int ioas_destroy(int iommufd, uint32_t id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	if (ioctl(iommufd, IOMMU_DESTROY, &cmd))
		return err_set(errno, "IOMMU_DESTROY of object %u", id);
	return 0;
}

int ioas_map_file(int iommufd, uint32_t ioas_id, const struct piece *piece)
{
	struct iommu_ioas_map_file cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 (piece->readonly ? 0 : IOMMU_IOAS_MAP_WRITEABLE),
		.ioas_id = ioas_id,
		.fd = piece->fd,
		.start = piece->offset,
		.length = piece->bytes,
		.iova = piece->iova,
	};

	if (ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &cmd))
		return err_set(errno, "IOMMU_IOAS_MAP_FILE of %llu bytes at IOVA %#llx",
			       (unsigned long long)piece->bytes, (unsigned long long)piece->iova);
	return 0;
}

int ioas_map(int iommufd, uint32_t ioas_id, void *addr, uint64_t iova, uint64_t bytes)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas_id,
		.user_va = (uintptr_t)addr,
		.length = bytes,
		.iova = iova,
	};

	if (ioctl(iommufd, IOMMU_IOAS_MAP, &cmd))
		return err_set(errno, "IOMMU_IOAS_MAP of %llu bytes at IOVA %#llx",
			       (unsigned long long)bytes, (unsigned long long)iova);
	return 0;
}

int ioas_unmap(int iommufd, uint32_t ioas_id, uint64_t iova, uint64_t bytes)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas_id,
		.iova = iova,
		.length = bytes,
	};

	if (ioctl(iommufd, IOMMU_IOAS_UNMAP, &cmd))
		return err_set(errno, "IOMMU_IOAS_UNMAP of %llu bytes at IOVA %#llx",
			       (unsigned long long)bytes, (unsigned long long)iova);
	return 0;
}

int ioas_hwpt_alloc(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t flags,
		    uint32_t *hwpt_id)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev_id,
		.pt_id = ioas_id,
		.data_type = IOMMU_HWPT_DATA_NONE,
	};

	if (ioctl(iommufd, IOMMU_HWPT_ALLOC, &cmd))
		return err_set(errno, "IOMMU_HWPT_ALLOC with flags %#x", flags);
	*hwpt_id = cmd.out_hwpt_id;
	return 0;
}

int ioas_count_leaves(int iommufd, uint32_t hwpt_id, uint64_t nr[LEAF_SIZES])
{
	struct iommu_hwpt_count_leaves cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt_id,
		.nr_uptr = (uintptr_t)nr,
	};

	if (ioctl(iommufd, IOMMU_HWPT_COUNT_LEAVES, &cmd))
		return err_set(errno, "IOMMU_HWPT_COUNT_LEAVES: the kernel needs "
				      "CONFIG_LIVEUPDATE_MARKS");
	return 0;
}

int ioas_hwpt_preserve(int iommufd, uint32_t hwpt_id, uint64_t token)
{
	struct iommu_hwpt_preserve cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt_id,
		.token = token,
	};

	if (ioctl(iommufd, IOMMU_HWPT_PRESERVE, &cmd))
		return err_set(errno, "IOMMU_HWPT_PRESERVE: the kernel needs "
				      "CONFIG_IOMMU_LIVEUPDATE");
	return 0;
}

int ioas_hwpt_adopt(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t mode, uint64_t token,
		    struct adopted *out)
{
	struct iommu_hwpt_adopt cmd = {
		.size = sizeof(cmd),
		.dev_id = dev_id,
		.ioas_id = ioas_id,
		.mode = mode,
		.token = token,
	};
	int rc = ioctl(iommufd, IOMMU_HWPT_ADOPT, &cmd) ? errno : 0;

	*out = (struct adopted){
		.hwpt_id = cmd.out_hwpt_id,
		.diff_kind = cmd.out_diff_kind,
		.diff_iova = cmd.out_diff_iova,
		.tables_bytes = cmd.out_tables_bytes,
	};
	if (!rc)
		return 0;
	return err_set(rc, "IOMMU_HWPT_ADOPT refused (difference: %s at IOVA %#llx)",
		       ioas_diff_name(out->diff_kind), (unsigned long long)out->diff_iova);
}

int ioas_preserved_info(int iommufd, uint64_t token, struct iommu_preserved_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->token = token;
	if (ioctl(iommufd, IOMMU_PRESERVED_INFO, info))
		return err_set(errno, "IOMMU_PRESERVED_INFO");
	return 0;
}

const char *ioas_diff_name(uint32_t kind)
{
	static const char *const names[] = {
		[IOMMU_HWPT_DIFF_NONE] = "none",   [IOMMU_HWPT_DIFF_MISSING] = "missing",
		[IOMMU_HWPT_DIFF_EXTRA] = "extra", [IOMMU_HWPT_DIFF_ADDR] = "addr",
		[IOMMU_HWPT_DIFF_PERM] = "perm",   [IOMMU_HWPT_DIFF_FORMAT] = "format",
	};

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
