// SPDX-License-Identifier: GPL-2.0-only
#include "agent/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent/err.h"
#include "common/protocol.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* What libvfio of Linux 7.3 drives: tools/testing/selftests/vfio/lib/drivers. */
static const struct {
	unsigned int vendor, device;
	const char *what;
} known[] = {
	{ 0x8086, 0x10c9, "igb" }, /* 82576 */
	{ 0x8086, 0x0b25, "dsa" }, /* Sapphire Rapids */
	{ 0x8086, 0x11fb, "dsa" }, /* Granite Rapids-D */
	{ 0x8086, 0x1212, "dsa" }, /* Diamond Rapids */
	{ 0x8086, 0x2021, "ioat" }, /* Skylake-SP */
};

static int read_line(const char *path, char *buf, size_t size)
{
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return -EIO;
	buf[len] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return 0;
}

static int write_line(const char *path, const char *text)
{
	int fd, rc = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(errno, "%s", path);
	if (write(fd, text, strlen(text)) < 0)
		rc = err_set(errno, "%s: write %s", path, text);
	close(fd);
	return rc;
}

static unsigned int read_hex(const char *bdf, const char *file)
{
	char path[320], text[32];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", bdf, file);
	return read_line(path, text, sizeof(text)) ? 0 : (unsigned int)strtoul(text, NULL, 16);
}

/* The last part of where a symbolic link leads; Return: whether there is one. */
static bool link_name(const char *path, char *name, size_t size)
{
	char target[256];
	const char *slash;
	ssize_t len;

	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = 0;
	slash = strrchr(target, '/');
	snprintf(name, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
	return true;
}

static int by_bdf(const void *a, const void *b)
{
	return strcmp(((const struct device *)a)->bdf, ((const struct device *)b)->bdf);
}

int device_find(struct device devices[DEVICE_MAX])
{
	struct dirent *entry;
	int nr = 0;
	DIR *dir;

	dir = opendir(PCI_DEVICES);
	if (!dir)
		return err_set(errno, PCI_DEVICES);
	while (nr < DEVICE_MAX && (entry = readdir(dir))) {
		unsigned int vendor = read_hex(entry->d_name, "vendor");
		unsigned int device = read_hex(entry->d_name, "device");
		struct device *dev = &devices[nr];
		char path[320];

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (vendor != known[i].vendor || device != known[i].device)
				continue;
			snprintf(path, sizeof(path), PCI_DEVICES "/%s/iommu", entry->d_name);
			memset(dev, 0, sizeof(*dev));
			if (!link_name(path, dev->iommu, sizeof(dev->iommu)))
				continue;
			dev->fd = -1;
			snprintf(dev->bdf, sizeof(dev->bdf), "%.15s", entry->d_name);
			snprintf(dev->what, sizeof(dev->what), "%s", known[i].what);
			nr++;
		}
	}
	closedir(dir);
	if (!nr)
		return err_set(ENODEV, "no device behind an IOMMU that libvfio can drive "
				       "(in QEMU: -device igb and an IOMMU)");
	qsort(devices, (size_t)nr, sizeof(devices[0]), by_bdf);
	return nr;
}

/* The character device of a PCI device that vfio-pci has, below /dev/vfio/devices. */
static int find_cdev(const struct device *dev, char *path, size_t size)
{
	struct dirent *entry;
	char dir_path[128];
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), PCI_DEVICES "/%s/vfio-dev", dev->bdf);
	dir = opendir(dir_path);
	if (!dir)
		return err_set(errno, "%s: vfio-pci did not take the device", dir_path);
	while ((entry = readdir(dir)) && strncmp(entry->d_name, "vfio", 4) != 0)
		;
	if (entry)
		snprintf(path, size, "/dev/vfio/devices/%s", entry->d_name);
	closedir(dir);
	return entry ? 0 :
		       err_set(ENOENT,
			       "%s: no character device: the kernel needs "
			       "CONFIG_VFIO_DEVICE_CDEV",
			       dir_path);
}

int device_open(struct device *dev)
{
	char path[320], driver[32] = "";
	int rc;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", dev->bdf);
	if (link_name(path, driver, sizeof(driver)) && strcmp(driver, "vfio-pci") != 0)
		return err_set(EBUSY, "%s belongs to the driver %s", dev->bdf, driver);
	if (!*driver) {
		snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver_override", dev->bdf);
		rc = write_line(path, "vfio-pci");
		if (!rc)
			rc = write_line("/sys/bus/pci/drivers_probe", dev->bdf);
		if (rc)
			return rc;
	}
	rc = find_cdev(dev, path, sizeof(path));
	if (rc)
		return rc;
	dev->fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0)
		return err_set(errno, "%s (%s): open", path, dev->bdf);
	return 0;
}

int device_bind(struct device *dev, int iommufd)
{
	struct vfio_device_bind_iommufd cmd = { .argsz = sizeof(cmd), .iommufd = iommufd };

	if (ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &cmd))
		return err_set(errno, "%s: VFIO_DEVICE_BIND_IOMMUFD", dev->bdf);
	dev->dev_id = cmd.out_devid;
	return 0;
}

int device_attach(struct device *dev, uint32_t pt_id)
{
	struct vfio_device_attach_iommufd_pt cmd = { .argsz = sizeof(cmd), .pt_id = pt_id };

	if (ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &cmd))
		return err_set(errno, "%s: VFIO_DEVICE_ATTACH_IOMMUFD_PT to %u", dev->bdf, pt_id);
	dev->attached = true;
	return 0;
}

int device_detach(struct device *dev)
{
	struct vfio_device_detach_iommufd_pt cmd = { .argsz = sizeof(cmd) };

	if (!dev->attached)
		return 0;
	if (ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &cmd))
		return err_set(errno, "%s: VFIO_DEVICE_DETACH_IOMMUFD_PT", dev->bdf);
	dev->attached = false;
	return 0;
}

void device_close(struct device *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
	dev->attached = false;
}

/* Intel VT-d specification 4.1, section 11.4.3: extended capability register. */
#define ECAP_NEST (1ULL << 26)
#define ECAP_SMTS (1ULL << 43)
#define ECAP_FSTS (1ULL << 47)

/* Arm SMMUv3 architecture specification, IHI 0070, section 6.3.1: SMMU_IDR0. */
#define IDR0_S2P (1U << 0)
#define IDR0_S1P (1U << 1)

/* Return: whether the device is behind an SMMUv3; then @stages are its own. */
static bool smmuv3_stages(const struct device *dev, int iommufd, enum device_stages *stages)
{
	struct iommu_hw_info_arm_smmuv3 info = { 0 };
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = dev->dev_id,
		.data_len = sizeof(info),
		.data_uptr = (uintptr_t)&info,
	};

	if (ioctl(iommufd, IOMMU_GET_HW_INFO, &cmd) ||
	    cmd.out_data_type != IOMMU_HW_INFO_TYPE_ARM_SMMUV3)
		return false;
	*stages = !(info.idr[0] & IDR0_S1P) ? STAGES_SECOND :
		  info.idr[0] & IDR0_S2P    ? STAGES_BOTH :
					      STAGES_FIRST;
	return true;
}

enum device_stages device_stages(const struct device *dev, int iommufd)
{
	enum device_stages stages;
	char path[320], text[4096];
	uint64_t ecap;

	if (smmuv3_stages(dev, iommufd, &stages))
		return stages;
	snprintf(path, sizeof(path), "/sys/class/iommu/%s/intel-iommu/ecap", dev->iommu);
	if (read_line(path, text, sizeof(text)))
		return STAGES_SECOND;
	ecap = strtoull(text, NULL, 16);
	/* The driver uses scalable mode only when told to. */
	if (!(ecap & ECAP_SMTS) || !(ecap & ECAP_FSTS) ||
	    read_line("/proc/cmdline", text, sizeof(text)) || !strstr(text, "sm_on"))
		return STAGES_SECOND;
	return ecap & ECAP_NEST ? STAGES_BOTH : STAGES_FIRST;
}

json_t *device_json(const struct device *dev)
{
	return json_pack("{s:s, s:s, s:s}", "bdf", dev->bdf, "driver", dev->what, "iommu",
			 dev->iommu);
}

static void add_capability(json_t *obj, const char *iommu, const char *file, const char *key)
{
	char path[320], text[64];

	snprintf(path, sizeof(path), "/sys/class/iommu/%s/%s", iommu, file);
	if (!read_line(path, text, sizeof(text)))
		json_object_set_new(obj, key, json_integer((json_int_t)strtoull(text, NULL, 16)));
}

json_t *device_iommu_json(void)
{
	json_t *obj = json_pack("{s:s, s:i}", PROTO_IOMMU_KIND, "none", PROTO_IOMMU_UNITS, 0);
	struct dirent *entry;
	int units = 0;
	DIR *dir;

	dir = opendir("/sys/class/iommu");
	while (dir && (entry = readdir(dir))) {
		const char *kind = NULL;

		if (!strncmp(entry->d_name, "dmar", 4))
			kind = "intel";
		else if (!strncmp(entry->d_name, "ivhd", 4))
			kind = "amd";
		else if (!strncmp(entry->d_name, "smmu3", 5))
			kind = "smmuv3";
		else
			continue;
		json_object_set_new(obj, PROTO_IOMMU_KIND, json_string(kind));
		json_object_set_new(obj, PROTO_IOMMU_UNITS, json_integer(++units));
		add_capability(obj, entry->d_name, "intel-iommu/cap", "cap");
		add_capability(obj, entry->d_name, "intel-iommu/ecap", "ecap");
		add_capability(obj, entry->d_name, "intel-iommu/version", "version");
	}
	if (dir)
		closedir(dir);
	return obj;
}
