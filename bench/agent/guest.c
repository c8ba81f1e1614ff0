// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/err.h"
#include "agent/page.h"
#include "agent/random.h"

/* Between two words of the pattern: every page holds eight, spread over all of it. */
#define PATTERN_STEP 512ULL

/* Pieces of the layout "holes". */
#define HOLES_RANGES_MAX 64

#define COMPACT "/proc/sys/vm/compact_memory"

/* Of LARGE_PAGE alone, which is a level of the CPU's page table only where pages have 4 KiB. */
#define SHMEM_HUGE "/sys/kernel/mm/transparent_hugepage/hugepages-2048kB/shmem_enabled"

/* Whether shmem uses large folios for what is allocated next. */
static int set_shmem_huge(const char *word)
{
	int fd, rc = 0;

	fd = open(SHMEM_HUGE, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(errno, "%s: the kernel needs CONFIG_TRANSPARENT_HUGEPAGE",
			       SHMEM_HUGE);
	if (write(fd, word, strlen(word)) < 0)
		rc = err_set(errno, "%s: %s", SHMEM_HUGE, word);
	close(fd);
	return rc;
}

static int add_range(struct guest *guest, uint64_t iova, uint64_t bytes, uint64_t offset)
{
	struct range *ranges;

	ranges = reallocarray(guest->ranges, guest->nr_ranges + 1, sizeof(*ranges));
	if (!ranges)
		return err_set(ENOMEM, "guest: list of ranges");
	ranges[guest->nr_ranges++] = (struct range){ iova, bytes, offset };
	guest->ranges = ranges;
	guest->last_iova = iova + bytes - 1;
	return 0;
}

/* Which IOVA ranges the guest has: depends on the request alone, so both kernels agree. */
static int plan_ranges(struct guest *guest, const struct request *req)
{
	uint64_t iova = GUEST_IOVA_BASE, offset = 0, left = req->guest_bytes;
	uint64_t rng = req->seed ^ 0x686f6c6573ULL;
	uint64_t piece_max = UINT64_MAX;
	int rc;

	if (req->layout == LAYOUT_HOLES)
		piece_max = req->guest_bytes / (HOLES_RANGES_MAX / 2);
	while (left) {
		uint64_t bytes = left, gap = 0;

		if (req->layout == LAYOUT_HOLES) {
			bytes = req->page_bytes + random_below(&rng, piece_max);
			bytes -= bytes % req->page_bytes;
			if (guest->nr_ranges == HOLES_RANGES_MAX - 1 || bytes > left)
				bytes = left;
			gap = req->page_bytes * (1 + random_below(&rng, 16));
		}
		if (bytes > req->backing_bytes - offset)
			bytes = req->backing_bytes - offset;
		rc = add_range(guest, iova, bytes, offset);
		if (rc)
			return rc;
		iova += bytes + gap;
		left -= bytes;
		offset = (offset + bytes) % req->backing_bytes;
	}
	return 0;
}

static void shuffle(uint32_t *order, size_t nr, uint64_t seed)
{
	for (size_t i = nr; i > 1; i--) {
		size_t j = random_below(&seed, i);
		uint32_t t = order[i - 1];

		order[i - 1] = order[j];
		order[j] = t;
	}
}

/* In the layout "mixed" every second large page is one folio, the others are small ones. */
static bool wants_large(const struct request *req, uint64_t offset)
{
	if (req->layout == LAYOUT_MIXED)
		return offset / LARGE_PAGE % 2 == 0 &&
		       offset / LARGE_PAGE * LARGE_PAGE + LARGE_PAGE <= req->backing_bytes;
	return req->page_bytes == LARGE_PAGE;
}

/* The first touch of a page decides where it lies; the buddy allocator hands out in order. */
static int touch_units(struct guest *guest, const struct request *req, uint64_t unit, bool large,
		       bool shuffled, guest_progress_fn progress)
{
	size_t nr = (guest->backing_bytes + unit - 1) / unit, i;
	uint32_t *order = NULL;
	int rc;

	rc = set_shmem_huge(large ? "always" : "never");
	if (rc)
		return rc;
	if (shuffled) {
		order = malloc(nr * sizeof(*order));
		if (!order)
			return err_set(ENOMEM, "guest: order of %zu pages", nr);
		for (i = 0; i < nr; i++)
			order[i] = (uint32_t)i;
		shuffle(order, nr, req->seed);
	}
	for (i = 0; i < nr; i++) {
		uint64_t offset = (order ? order[i] : i) * unit;
		uint64_t len =
			offset + unit > guest->backing_bytes ? guest->backing_bytes - offset : unit;

		if (wants_large(req, offset) != large)
			continue;
		/* MADV_POPULATE_WRITE: all faults of a piece in one call, an error instead of SIGBUS. */
		if (madvise(guest->mem + offset, len, MADV_POPULATE_WRITE)) {
			rc = err_set(errno, "guest: populate %llu bytes at %llu",
				     (unsigned long long)len, (unsigned long long)offset);
			break;
		}
		if (i % (1 + nr / 16) == 0)
			progress("allocate", i * unit, guest->backing_bytes);
	}
	free(order);
	return rc;
}

/* Physical page numbers of @nr pages at @addr; @fd is /proc/self/pagemap. */
static int read_pagemap(int fd, const uint8_t *addr, uint64_t *pfn, size_t nr)
{
	off_t at = (off_t)((uintptr_t)addr / kernel_page() * sizeof(*pfn));

	if (pread(fd, pfn, nr * sizeof(*pfn), at) != (ssize_t)(nr * sizeof(*pfn)))
		return err_set(errno, "/proc/self/pagemap: read");
	for (size_t i = 0; i < nr; i++) {
		/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 hold the PFN, bit 63 present. */
		if (!(pfn[i] >> 63))
			return err_set(ENODATA, "/proc/self/pagemap: page not present");
		pfn[i] &= (1ULL << 55) - 1;
		if (!pfn[i])
			return err_set(EOPNOTSUPP,
				       "/proc/self/pagemap: physical addresses are hidden");
	}
	return 0;
}

/* So much of small pieces is held at a time, until so many pages in a row come in order; so often at most. */
#define PLUG_BYTES (4ULL << 20)
#define PLUG_RUN_PAGES 512
#define PLUGS_MAX 64

/* The pages of a memfd behind each other at its end. Return: how many, or -errno. */
static int64_t run_at_end(int fd, uint64_t bytes)
{
	uint64_t unit = kernel_page(), pfn, next = 0;
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), rc = 0;
	int64_t run = 0;
	uint8_t *mem;

	if (pagemap < 0)
		return err_set(errno, "/proc/self/pagemap");
	mem = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	for (uint64_t at = 0; mem != MAP_FAILED && !rc && at < bytes; at += unit) {
		rc = read_pagemap(pagemap, mem + at, &pfn, 1);
		run = pfn == next ? run + 1 : 1;
		next = pfn + 1;
	}
	close(pagemap);
	if (mem == MAP_FAILED)
		return err_set(errno, "guest: mmap of a plug");
	munmap(mem, bytes);
	return rc ? rc : run;
}

/*
 * Pages that were freed one by one, by the boot or by other guests, come back one by one and in no
 * order. Have them held while the guest is allocated, so that it gets what the kernel cuts from whole
 * blocks. Best effort: what came of it is checked.
 */
static void plug_small_pieces(const struct guest *guest, guest_pin_fn pin, void *arg)
{
	uint64_t free_bytes = (uint64_t)sysconf(_SC_AVPHYS_PAGES) * kernel_page();

	for (int i = 0; i < PLUGS_MAX; i++) {
		int64_t run = -EIO;
		int fd;

		if (free_bytes < guest->backing_bytes + (i + 2) * PLUG_BYTES)
			return;
		fd = memfd_create("lubench-plug", MFD_CLOEXEC);
		if (fd < 0)
			return;
		if (!ftruncate(fd, PLUG_BYTES) && !pin(arg, fd))
			run = run_at_end(fd, PLUG_BYTES);
		close(fd);
		if (run < 0 || run >= PLUG_RUN_PAGES)
			return;
	}
}

/*
 * A page that is first touched by who pins it comes neither from CMA memory, as KHO's scratch areas
 * are, nor is it moved when it is pinned: small pages that shall be in order are pinned before they are
 * touched. Those that are touched in an order of ours are moved out of there.
 */
static int populate(struct guest *guest, const struct request *req, guest_pin_fn pin, void *arg,
		    guest_progress_fn progress)
{
	bool shuffled = req->layout == LAYOUT_FRAGMENTED;
	bool large = req->page_bytes == LARGE_PAGE || req->layout == LAYOUT_MIXED;
	bool small = req->page_bytes != LARGE_PAGE || req->layout == LAYOUT_MIXED;
	int rc = 0;

	if (!large && !shuffled) {
		rc = set_shmem_huge("never");
		if (rc)
			return rc;
		plug_small_pieces(guest, pin, arg);
		rc = pin(arg, guest->fd);
	}
	if (!rc && large)
		rc = touch_units(guest, req, LARGE_PAGE, true, shuffled, progress);
	if (!rc && small)
		rc = touch_units(guest, req,
				 shuffled || req->layout == LAYOUT_MIXED ? kernel_page() :
									   LARGE_PAGE,
				 false, shuffled || req->layout == LAYOUT_MIXED, progress);
	if (!rc && (large || shuffled))
		rc = pin(arg, guest->fd);
	return rc;
}

static void guest_init(struct guest *guest, const struct request *req)
{
	memset(guest, 0, sizeof(*guest));
	guest->fd = -1;
	guest->backing_bytes = req->backing_bytes;
	guest->page_bytes = req->page_bytes;
	guest->seed = req->seed;
}

int guest_map(struct guest *guest)
{
	size_t room = guest->backing_bytes + LARGE_PAGE;
	uint8_t *all, *start;
	void *addr;

	if (guest->mem)
		return 0;
	/* A large folio comes only where address and file offset agree modulo its size. */
	all = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		return err_set(errno, "guest: reserve %zu bytes of address space", room);
	start = all + (-(uintptr_t)all & (LARGE_PAGE - 1));
	addr = mmap(start, guest->backing_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    guest->fd, 0);
	if (start > all)
		munmap(all, (size_t)(start - all));
	munmap(start + guest->backing_bytes, room - guest->backing_bytes - (size_t)(start - all));
	if (addr == MAP_FAILED)
		return err_set(errno, "guest: mmap %llu bytes",
			       (unsigned long long)guest->backing_bytes);
	guest->mem = addr;
	return 0;
}

int guest_create(struct guest *guest, const struct request *req, guest_pin_fn pin, void *arg,
		 guest_progress_fn progress)
{
	int rc;

	guest_init(guest, req);
	rc = plan_ranges(guest, req);
	if (rc)
		goto err_close;
	guest->fd = memfd_create("lubench-guest", MFD_CLOEXEC);
	if (guest->fd < 0) {
		rc = err_set(errno, "guest: memfd_create");
		goto err_close;
	}
	if (ftruncate(guest->fd, (off_t)guest->backing_bytes)) {
		rc = err_set(errno, "guest: ftruncate to %llu",
			     (unsigned long long)guest->backing_bytes);
		goto err_close;
	}
	rc = guest_map(guest);
	if (!rc)
		rc = populate(guest, req, pin, arg, progress);
	if (!rc)
		return 0;

err_close:
	guest_close(guest);
	return rc;
}

int guest_open(struct guest *guest, const struct request *req, int fd)
{
	struct stat st;
	int rc;

	guest_init(guest, req);
	guest->fd = fd;
	if (fstat(fd, &st))
		rc = err_set(errno, "guest: fstat");
	else if ((uint64_t)st.st_size != guest->backing_bytes)
		rc = err_set(EUCLEAN, "guest: the memfd came back with %lld bytes, not %llu",
			     (long long)st.st_size, (unsigned long long)guest->backing_bytes);
	else
		rc = plan_ranges(guest, req);
	if (rc)
		guest_close(guest);
	return rc;
}

void guest_close(struct guest *guest)
{
	if (guest->mem)
		munmap(guest->mem, guest->backing_bytes);
	if (guest->fd >= 0)
		close(guest->fd);
	free(guest->ranges);
	memset(guest, 0, sizeof(*guest));
	guest->fd = -1;
}

static inline uint64_t pattern(const struct guest *guest, uint64_t offset)
{
	return (offset + guest->seed) * 0x9e3779b97f4a7c15ULL ^ offset;
}

#define PATTERN_CHUNK (64ULL << 20)

void guest_fill(const struct guest *guest, guest_progress_fn progress)
{
	for (uint64_t o = 0; o < guest->backing_bytes; o += PATTERN_STEP) {
		*(uint64_t *)(guest->mem + o) = pattern(guest, o);
		if (o % PATTERN_CHUNK == 0)
			progress("fill", o, guest->backing_bytes);
	}
}

int guest_verify(const struct guest *guest, guest_progress_fn progress)
{
	for (uint64_t o = 0; o < guest->backing_bytes; o += PATTERN_STEP) {
		if (*(uint64_t *)(guest->mem + o) != pattern(guest, o))
			return err_set(EUCLEAN, "guest memory differs at offset %#llx",
				       (unsigned long long)o);
		if (o % PATTERN_CHUNK == 0)
			progress("verify", o, guest->backing_bytes);
	}
	return 0;
}

/* One bit for each physical page, as many as there are up to the highest that was seen. */
struct bitmap {
	uint64_t *word;
	size_t words;
};

static int bitmap_set(struct bitmap *map, uint64_t bit)
{
	size_t at = bit / 64;

	if (at >= map->words) {
		size_t words = at + at / 2 + 64;
		uint64_t *bigger = reallocarray(map->word, words, sizeof(*bigger));

		if (!bigger)
			return err_set(ENOMEM, "guest: map of physical pages");
		memset(bigger + map->words, 0, (words - map->words) * sizeof(*bigger));
		map->word = bigger;
		map->words = words;
	}
	map->word[at] |= 1ULL << bit % 64;
	return 0;
}

/* Runs of set bits: each begins at a set bit behind one that is not. */
static uint64_t bitmap_runs(const struct bitmap *map)
{
	uint64_t runs = 0, before = 0;

	for (size_t i = 0; i < map->words; i++) {
		uint64_t w = map->word[i];

		runs += (uint64_t)__builtin_popcountll(w & ~(w << 1 | before));
		before = w >> 63;
	}
	return runs;
}

int guest_scatter(const struct guest *guest, struct guest_scatter *scatter)
{
	enum { BATCH = 512 };
	uint64_t pfn[BATCH], next = UINT64_MAX, first = 0;
	uint64_t unit = kernel_page(), per_page = guest->page_bytes / unit;
	struct bitmap map = { 0 };
	bool broken = false;
	int fd, rc = 0;

	*scatter = (struct guest_scatter){ .pages = guest->backing_bytes / unit };
	fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(EOPNOTSUPP, "/proc/self/pagemap");
	for (uint64_t o = 0; !rc && o < guest->backing_bytes; o += BATCH * unit) {
		size_t nr = (guest->backing_bytes - o) / unit;

		nr = nr > BATCH ? BATCH : nr;
		rc = read_pagemap(fd, guest->mem + o, pfn, nr);
		for (size_t i = 0; !rc && i < nr; i++) {
			uint64_t in_page = (o / unit + i) % per_page;

			scatter->extents += pfn[i] != next;
			next = pfn[i] + 1;
			if (!in_page) {
				first = pfn[i];
				broken = first % per_page;
			}
			broken |= pfn[i] != first + in_page;
			if (in_page == per_page - 1)
				scatter->split += broken;
			rc = bitmap_set(&map, pfn[i]);
		}
	}
	close(fd);
	if (!rc)
		scatter->runs = bitmap_runs(&map);
	free(map.word);
	return rc;
}

int guest_check_scatter(const struct guest_scatter *scatter, const struct request *req)
{
	uint64_t units = scatter->pages * kernel_page() / req->page_bytes;

	if (scatter->split && req->layout != LAYOUT_MIXED)
		return err_set(ENOMEM,
			       "memory too scattered: %llu of the guest's pages of %llu bytes are "
			       "not contiguous",
			       (unsigned long long)scatter->split,
			       (unsigned long long)req->page_bytes);
	if ((req->layout == LAYOUT_CONTIG || req->layout == LAYOUT_HOLES) &&
	    scatter->extents > GUEST_RUNS_FREE + scatter->pages / GUEST_RUN_PAGES)
		return err_set(
			ENOMEM,
			"memory too scattered: %llu pages are in %llu physical runs, a "
			"contiguous guest has at most %llu",
			(unsigned long long)scatter->pages, (unsigned long long)scatter->extents,
			(unsigned long long)(GUEST_RUNS_FREE + scatter->pages / GUEST_RUN_PAGES));
	if (req->layout == LAYOUT_FRAGMENTED &&
	    (scatter->extents + GUEST_RUNS_FREE) * 4 < units * GUEST_RUNS_IN_FOUR)
		return err_set(ENOMEM,
			       "memory not scattered enough: %llu pages of %llu bytes are in %llu "
			       "physical runs, a fragmented guest has at least %llu",
			       (unsigned long long)units, (unsigned long long)req->page_bytes,
			       (unsigned long long)scatter->extents,
			       (unsigned long long)(units * GUEST_RUNS_IN_FOUR / 4));
	return 0;
}

void guest_compact(void)
{
	int fd = open(COMPACT, O_WRONLY | O_CLOEXEC);

	/* Best effort: what it gave is checked. */
	if (fd >= 0 && write(fd, "1", 1) < 0)
		err_set(errno, COMPACT);
	if (fd >= 0)
		close(fd);
}

uint8_t *guest_ptr(const struct guest *guest, uint64_t iova)
{
	size_t lo = 0, hi = guest->nr_ranges;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct range *r = &guest->ranges[mid];

		if (iova < r->iova)
			hi = mid;
		else if (iova >= r->iova + r->bytes)
			lo = mid + 1;
		else
			return guest->mem + r->offset + (iova - r->iova);
	}
	return NULL;
}
