/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory: a memfd, and the list of IOVA ranges that map it.
 */
#ifndef LUBENCH_AGENT_GUEST_H
#define LUBENCH_AGENT_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "agent/request.h"

/* Where the guest begins in IOVA space: above the MSI window and everything below 4 GiB. */
#define GUEST_IOVA_BASE 0x100000000ULL

/** struct range - IOVA [iova, iova + bytes) leads to the guest's memfd from @offset on. */
struct range {
	uint64_t iova;
	uint64_t bytes;
	uint64_t offset;
};

/**
 * struct guest
 * @fd: the memfd, @backing_bytes long.
 * @mem: the memfd mapped.
 * @ranges: in rising IOVA order, without overlap.
 * @last_iova: of the last range; what lies above is free for others.
 */
struct guest {
	int fd;
	uint8_t *mem;
	uint64_t backing_bytes;
	uint64_t page_bytes;
	uint64_t seed;
	struct range *ranges;
	size_t nr_ranges;
	uint64_t last_iova;
};

/** guest_progress_fn - called now and then with bytes done and in total. */
typedef void (*guest_progress_fn)(const char *step, uint64_t done, uint64_t total);

/**
 * guest_pin_fn - pin all pages of a memfd, those that were never touched as well, as for a device.
 *
 * They stay pinned at least until guest_create() has returned. Return: 0 or -errno.
 */
typedef int (*guest_pin_fn)(void *arg, int fd);

/**
 * guest_create() - allocate the memory as the request's layout says, where it stays when a device uses it.
 * @pin: with @arg.
 *
 * Return: 0 or -errno.
 */
int guest_create(struct guest *guest, const struct request *req, guest_pin_fn pin, void *arg,
		 guest_progress_fn progress);

/**
 * guest_open() - the same guest from a memfd that came through the kexec.
 *
 * Return: 0, -EUCLEAN when the memfd has another size, or -errno.
 */
int guest_open(struct guest *guest, const struct request *req, int fd);

/** guest_map() - map the memfd into this process, when guest_open() has not. Return: 0 or -errno. */
int guest_map(struct guest *guest);

/** guest_close() - give everything back. */
void guest_close(struct guest *guest);

/** guest_fill() - write the pattern, which depends on seed and address, into every page. */
void guest_fill(const struct guest *guest, guest_progress_fn progress);

/**
 * guest_verify() - check the pattern in every page.
 *
 * Return: 0, or -EUCLEAN with err_text() naming the first wrong byte's offset.
 */
int guest_verify(const struct guest *guest, guest_progress_fn progress);

/*
 * What the layouts "contig" and "holes" promise: at most GUEST_RUNS_FREE physical runs and one more for
 * every GUEST_RUN_PAGES pages. What a run costs by itself (a call to map it, a batch that ends) is then
 * below two per cent of what its pages cost. A machine that has just booted gives runs of a thousand.
 */
#define GUEST_RUN_PAGES 512
#define GUEST_RUNS_FREE 16
/*
 * And the layout "fragmented": so many runs in four pages of the guest, at least. Chance puts two of a
 * thousand behind each other; the kernel puts those there that it moves when they are pinned.
 */
#define GUEST_RUNS_IN_FOUR 3

/**
 * struct guest_scatter - where the guest's memory is
 * @pages: of the kernel, not of the guest.
 * @extents: physically contiguous pieces, in the order of the guest.
 * @runs: physically contiguous pieces, in the order of physical addresses.
 * @split: how many pages of page_bytes are not contiguous and aligned in physical memory.
 */
struct guest_scatter {
	uint64_t pages;
	uint64_t extents;
	uint64_t runs;
	uint64_t split;
};

/**
 * guest_scatter() - find out where the memory is.
 *
 * Return: 0 or -errno: -EOPNOTSUPP when the kernel does not show physical addresses.
 */
int guest_scatter(const struct guest *guest, struct guest_scatter *scatter);

/** guest_check_scatter() - Return: 0 when the memory is as the layout promises, -ENOMEM when not. */
int guest_check_scatter(const struct guest_scatter *scatter, const struct request *req);

/** guest_compact() - have the kernel make room for contiguous memory, as far as it can. */
void guest_compact(void);

/** guest_ptr() - Return: where in @mem an IOVA leads, NULL when no range holds it. */
uint8_t *guest_ptr(const struct guest *guest, uint64_t iova);

#endif
