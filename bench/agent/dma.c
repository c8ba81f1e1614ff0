// SPDX-License-Identifier: GPL-2.0-only
#include "agent/dma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libvfio.h>

#include "agent/err.h"
#include "agent/ioas.h"
#include "agent/page.h"
#include "agent/random.h"

/* Memory for the driver's descriptors. */
#define REGION_BYTES (2ULL << 20)
/* A part of a page: small enough for every driver of libvfio. */
#define COPY_BYTES 1024
/*
 * So little of a copy that must fault is not mapped: a whole one may fault with every word, and
 * drivers log ten faults in five seconds at most.
 */
#define FAULT_BYTES 4
/* Random pages of a range, besides its first and last one. */
#define RANDOM_PAGES 2
/* Beyond so many ranges only every second, third, … is tried. */
#define RANGES_MAX 256
/* How long a fault may take to show up in the kernel's log. */
#define FAULT_WAIT_MS 300
/* The drivers log at most ten faults in so many seconds (DEFAULT_RATELIMIT_INTERVAL). */
#define FAULT_LOG_INTERVAL_S 5

/* The outcome of the child, in memory shared with it. */
struct outcome {
	struct dma_result result;
	int done;
	int rc;
	char message[384];
};

/* libvfio asserts by exit(); so it runs in a child, and this says how the child fared. */
static int in_child(int (*body)(void *arg, struct outcome *out), void *arg, const char *bdf,
		    struct dma_result *result)
{
	struct outcome *out;
	int status, rc;
	pid_t pid;

	out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (out == MAP_FAILED)
		return err_set(errno, "DMA check: mmap");
	pid = fork();
	if (pid < 0) {
		rc = err_set(errno, "DMA check: fork");
		goto out_unmap;
	}
	if (!pid) {
		out->rc = body(arg, out);
		if (out->rc)
			snprintf(out->message, sizeof(out->message), "%s", err_text());
		out->done = 1;
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!out->done)
		rc = err_set(EIO,
			     "DMA check of %s: libvfio gave up (%s %d), its reason is on the "
			     "console",
			     bdf, WIFSIGNALED(status) ? "signal" : "exit",
			     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	else if (out->rc)
		rc = err_say(out->rc, "DMA check of %s: %s", bdf, out->message);
	else
		rc = 0;
	result->copies += out->result.copies;
	result->faults += out->result.faults;
out_unmap:
	munmap(out, sizeof(*out));
	return rc;
}

struct check {
	struct device *dev;
	int iommufd;
	const struct guest *guest;
	struct dma_region region;
	uint64_t unmapped_iova[2]; /* each the end of a mapping */
};

static int region_info(int fd, uint32_t index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){ .argsz = sizeof(*info), .index = index };
	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info) ? err_set(errno, "region %u", index) :
							      0;
}

/* What vfio_pci_device_init() does, for a device that is open, bound and attached already. */
static struct vfio_pci_device *setup(struct check *check, struct iommu *iommu)
{
	struct vfio_pci_device *vdev = vfio_pci_device_alloc(check->dev->bdf, iommu);

	vdev->fd = check->dev->fd;
	vdev->info.argsz = sizeof(vdev->info);
	if (ioctl(vdev->fd, VFIO_DEVICE_GET_INFO, &vdev->info)) {
		err_set(errno, "VFIO_DEVICE_GET_INFO");
		return NULL;
	}
	if (region_info(vdev->fd, VFIO_PCI_CONFIG_REGION_INDEX, &vdev->config_space))
		return NULL;
	for (uint32_t i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct vfio_pci_bar *bar = &vdev->bars[i];

		if (region_info(vdev->fd, i, &bar->info))
			return NULL;
		if (!bar->info.size || !(bar->info.flags & VFIO_REGION_INFO_FLAG_MMAP))
			continue;
		bar->vaddr = mmap(NULL, bar->info.size, PROT_READ | PROT_WRITE, MAP_SHARED,
				  vdev->fd, (off_t)bar->info.offset);
		if (bar->vaddr == MAP_FAILED) {
			err_set(errno, "mmap of BAR %u", i);
			return NULL;
		}
	}
	for (size_t i = 0; i < sizeof(vdev->msi_eventfds) / sizeof(vdev->msi_eventfds[0]); i++)
		vdev->msi_eventfds[i] = -1;
	vfio_pci_driver_probe(vdev);
	if (!vdev->driver.ops) {
		err_set(ENODEV, "no driver of libvfio takes it");
		return NULL;
	}
	iommu->iommufd = -1;
	INIT_LIST_HEAD(&iommu->dma_regions);
	list_add(&check->region.link, &iommu->dma_regions);
	vdev->driver.region = check->region;
	vfio_pci_driver_init(vdev);
	return vdev;
}

/* Pages to try: first, last and random ones of every range. */
static size_t choose_pages(const struct guest *guest, uint64_t *iovas, size_t max)
{
	size_t step = 1 + (guest->nr_ranges - 1) / RANGES_MAX, nr = 0;
	uint64_t rng = guest->seed ^ 0x646d61ULL;

	for (size_t i = 0; i < guest->nr_ranges && nr + 2 + RANDOM_PAGES <= max; i += step) {
		const struct range *r = &guest->ranges[i];
		uint64_t pages = r->bytes / kernel_page();

		iovas[nr++] = r->iova;
		iovas[nr++] = r->iova + r->bytes - kernel_page();
		for (int k = 0; k < RANDOM_PAGES; k++)
			iovas[nr++] = r->iova + random_below(&rng, pages) * kernel_page();
	}
	return nr;
}

/* One copy by the device from the lower half of a page into the upper half of another. */
static int copy_page(struct vfio_pci_device *vdev, const struct guest *guest, uint64_t src,
		     uint64_t dst, uint64_t *rng)
{
	uint8_t before[COPY_BYTES], want[COPY_BYTES];
	uint64_t src_iova = src + random_below(rng, 17) * 64;
	uint64_t dst_iova = dst + 2048 + random_below(rng, 17) * 64;
	uint8_t *from = guest_ptr(guest, src_iova), *to = guest_ptr(guest, dst_iova);
	int rc;

	memcpy(want, from, COPY_BYTES);
	memcpy(before, to, COPY_BYTES);
	rc = vfio_pci_driver_memcpy(vdev, src_iova, dst_iova, COPY_BYTES);
	if (rc)
		return err_set(rc, "copy from IOVA %#llx to %#llx", (unsigned long long)src_iova,
			       (unsigned long long)dst_iova);
	if (memcmp(to, want, COPY_BYTES) != 0)
		return err_set(EIO, "copy from IOVA %#llx to %#llx did not arrive",
			       (unsigned long long)src_iova, (unsigned long long)dst_iova);
	memcpy(to, before, COPY_BYTES);
	return 0;
}

static int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Whether the IOMMU driver logs a fault at @iova; VT-d, SMMUv3 and AMD all print it in hex. */
static bool kmsg_fault(int fd, uint64_t iova)
{
	char line[1024], want[32];
	ssize_t len;

	snprintf(want, sizeof(want), "%llx", (unsigned long long)iova);
	for (int ms = 0; ms < FAULT_WAIT_MS; ms++) {
		while ((len = read(fd, line, sizeof(line) - 1)) > 0) {
			line[len] = 0;
			if (strstr(line, want))
				return true;
		}
		usleep(1000);
	}
	return false;
}

/* One try of copy_unmapped(). Return: whether it faulted. */
static bool try_unmapped(struct vfio_pci_device *vdev, const struct guest *guest, uint64_t mapped,
			 uint64_t unmapped, bool write)
{
	uint8_t before[COPY_BYTES], *at = guest_ptr(guest, mapped);
	uint64_t edge = unmapped + FAULT_BYTES - COPY_BYTES;
	int kmsg = kmsg_open();
	bool fault;

	memcpy(before, at, COPY_BYTES);
	vfio_pci_driver_memcpy_start(vdev, write ? mapped : edge, write ? edge : mapped, COPY_BYTES,
				     1);
	fault = kmsg >= 0 && kmsg_fault(kmsg, unmapped);
	/* Waiting resets a device that is stuck in its fault: only when the next copy needs it. */
	if ((write || !fault) && vfio_pci_driver_memcpy_wait(vdev))
		fault = true;
	if (kmsg >= 0)
		close(kmsg);
	memcpy(at, before, COPY_BYTES);
	return fault;
}

/*
 * A copy of which the end of one side is not mapped: it must fault. What a device writes after it
 * could not read is its own affair, as long as it is no memory that it had no right to. The IOMMU
 * driver may have logged so many faults that it is silent for a while: then it is tried once more after that.
 */
static int copy_unmapped(struct vfio_pci_device *vdev, const struct guest *guest, uint64_t mapped,
			 uint64_t unmapped, bool write)
{
	if (try_unmapped(vdev, guest, mapped, unmapped, write))
		return 0;
	sleep(FAULT_LOG_INTERVAL_S + 1);
	if (try_unmapped(vdev, guest, mapped, unmapped, write))
		return 0;
	return err_set(EIO, "%s of the unmapped IOVA %#llx did not fault", write ? "write" : "read",
		       (unsigned long long)unmapped);
}

static int verify_body(void *arg, struct outcome *out)
{
	enum { PAGES_MAX = (RANGES_MAX + 1) * (2 + RANDOM_PAGES) };
	static uint64_t iovas[PAGES_MAX];
	struct check *check = arg;
	const struct guest *guest = check->guest;
	uint64_t rng = guest->seed;
	struct vfio_pci_device *vdev;
	struct iommu iommu = { 0 };
	size_t nr;
	int rc;

	vdev = setup(check, &iommu);
	if (!vdev)
		return -EIO;
	nr = choose_pages(guest, iovas, PAGES_MAX);
	for (size_t i = 0; i < nr; i++) {
		rc = copy_page(vdev, guest, iovas[i], iovas[(i + 1) % nr], &rng);
		if (rc)
			return rc;
		out->result.copies++;
	}
	rc = copy_unmapped(vdev, guest, iovas[0], check->unmapped_iova[0], true);
	if (rc)
		return rc;
	out->result.faults++;
	rc = copy_unmapped(vdev, guest, iovas[0], check->unmapped_iova[1], false);
	if (rc)
		return rc;
	out->result.faults++;
	vfio_pci_cmd_clear(vdev, PCI_COMMAND_MASTER);
	return 0;
}

int dma_verify(struct device *dev, int iommufd, uint32_t ioas_id, const struct guest *guest,
	       struct dma_result *result)
{
	struct check check = { .dev = dev, .guest = guest };
	uint64_t iova =
		(guest->last_iova + REGION_BYTES) / REGION_BYTES * REGION_BYTES + REGION_BYTES;
	uint64_t page = iova + 2 * REGION_BYTES, page_bytes = kernel_page();
	int rc, unmap_rc;
	uint8_t *addr;

	addr = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (addr == MAP_FAILED)
		return err_set(errno, "DMA check: mmap of descriptors");
	rc = ioas_map(iommufd, ioas_id, addr, iova, REGION_BYTES);
	/* Its last page once more, so that two mappings have an end. */
	if (!rc)
		rc = ioas_map(iommufd, ioas_id, addr + REGION_BYTES - page_bytes, page, page_bytes);
	if (!rc) {
		check.region =
			(struct dma_region){ .vaddr = addr, .iova = iova, .size = REGION_BYTES };
		check.unmapped_iova[0] = iova + REGION_BYTES;
		check.unmapped_iova[1] = page + page_bytes;
		rc = in_child(verify_body, &check, dev->bdf, result);
		unmap_rc = ioas_unmap(iommufd, ioas_id, iova, REGION_BYTES);
		rc = rc ? rc : unmap_rc;
		unmap_rc = ioas_unmap(iommufd, ioas_id, page, page_bytes);
		rc = rc ? rc : unmap_rc;
	}
	munmap(addr, REGION_BYTES);
	return rc;
}

/*
 * Set the device up and leave it without a page table. Meanwhile it has an empty one: an Arm IOMMU
 * translates interrupts as well, so that they cannot be set up without.
 */
static struct vfio_pci_device *setup_blocked(struct check *check, struct iommu *iommu)
{
	struct vfio_pci_device *vdev = NULL;
	uint32_t ioas_id;

	if (ioas_alloc(check->iommufd, &ioas_id))
		return NULL;
	if (!device_attach(check->dev, ioas_id)) {
		vdev = setup(check, iommu);
		if (device_detach(check->dev))
			vdev = NULL;
	}
	return ioas_destroy(check->iommufd, ioas_id) ? NULL : vdev;
}

static int blocked_body(void *arg, struct outcome *out)
{
	struct check *check = arg;
	const struct guest *guest = check->guest;
	uint64_t src = guest->ranges[0].iova + REGION_BYTES, dst = src + 8192;
	uint8_t before[COPY_BYTES], *to = guest_ptr(guest, dst);
	struct vfio_pci_device *vdev;
	struct iommu iommu = { 0 };

	vdev = setup_blocked(check, &iommu);
	if (!vdev)
		return -EIO;
	memcpy(before, to, COPY_BYTES);
	vfio_pci_driver_memcpy_start(vdev, src, dst, COPY_BYTES, 1);
	usleep(20000);
	vfio_pci_cmd_clear(vdev, PCI_COMMAND_MASTER);
	if (memcmp(to, before, COPY_BYTES) != 0)
		return err_set(EIO, "a device that is not attached wrote to IOVA %#llx",
			       (unsigned long long)dst);
	out->result.faults++;
	return 0;
}

int dma_blocked(struct device *dev, int iommufd, const struct guest *guest,
		struct dma_result *result)
{
	const struct range *r = &guest->ranges[0];
	struct check check = { .dev = dev, .iommufd = iommufd, .guest = guest };
	uint8_t *saved;
	int rc;

	if (r->bytes < 2 * REGION_BYTES)
		return err_set(EINVAL, "DMA check: the first range must have %llu bytes",
			       2 * REGION_BYTES);
	saved = malloc(REGION_BYTES);
	if (!saved)
		return err_set(ENOMEM, "DMA check");
	memcpy(saved, guest->mem + r->offset, REGION_BYTES);
	check.region = (struct dma_region){ .vaddr = guest->mem + r->offset,
					    .iova = r->iova,
					    .size = REGION_BYTES };
	rc = in_child(blocked_body, &check, dev->bdf, result);
	memcpy(guest->mem + r->offset, saved, REGION_BYTES);
	free(saved);
	return rc;
}
