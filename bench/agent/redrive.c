// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent/redrive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/err.h"
#include "agent/ioas.h"
#include "agent/page.h"
#include "agent/random.h"

/* Pieces that a split range falls into, at most. */
#define SPLIT_PIECES 8
/* Objects allocated first, so that the ids of the others are not those of the old kernel. */
#define OTHER_IDS 5

struct pieces {
	struct piece *p;
	size_t nr, room;
};

static int add_piece(struct pieces *list, struct piece piece)
{
	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct piece *p = reallocarray(list->p, room, sizeof(*p));

		if (!p)
			return err_set(ENOMEM, "list of %zu mappings", room);
		list->p = p;
		list->room = room;
	}
	list->p[list->nr++] = piece;
	return 0;
}

/* Where a split leaves every page of the guest whole. */
static uint64_t cut_bytes(const struct request *req)
{
	return req->page_bytes > kernel_page() || req->layout == LAYOUT_MIXED ? LARGE_PAGE :
										kernel_page();
}

static int whole_ranges(struct pieces *list, const struct guest *guest)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < guest->nr_ranges; i++)
		rc = add_piece(list, (struct piece){ .iova = guest->ranges[i].iova,
						     .bytes = guest->ranges[i].bytes,
						     .offset = guest->ranges[i].offset,
						     .fd = guest->fd });
	return rc;
}

/* Every range in up to SPLIT_PIECES pieces, cut at multiples of @unit. */
static int split_ranges(struct pieces *list, const struct guest *guest, uint64_t unit)
{
	uint64_t rng = guest->seed ^ 0x73706c6974ULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < guest->nr_ranges; i++) {
		const struct range *r = &guest->ranges[i];
		uint64_t done = 0, piece = r->bytes / SPLIT_PIECES;

		while (!rc && done < r->bytes) {
			uint64_t bytes = piece / 2 + random_below(&rng, piece);

			bytes = (bytes + unit - 1) / unit * unit;
			if (!bytes || bytes > r->bytes - done)
				bytes = r->bytes - done;
			rc = add_piece(list, (struct piece){ .iova = r->iova + done,
							     .bytes = bytes,
							     .offset = r->offset + done,
							     .fd = guest->fd });
			done += bytes;
		}
	}
	return rc;
}

static void reverse(struct pieces *list)
{
	for (size_t i = 0, j = list->nr; i + 1 < j; i++) {
		struct piece t = list->p[i];

		list->p[i] = list->p[--j];
		list->p[j] = t;
	}
}

static int map_pieces(int iommufd, uint32_t ioas_id, const struct pieces *list)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < list->nr; i++)
		rc = ioas_map_file(iommufd, ioas_id, &list->p[i]);
	return rc;
}

static int remap_pieces(int iommufd, uint32_t ioas_id, const struct pieces *list)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < list->nr; i += 2)
		rc = ioas_unmap(iommufd, ioas_id, list->p[i].iova, list->p[i].bytes);
	for (size_t i = 0; !rc && i < list->nr; i += 2)
		rc = ioas_map_file(iommufd, ioas_id, &list->p[i]);
	return rc;
}

static int plan_pieces(struct pieces *list, const struct guest *guest, const struct request *req)
{
	uint64_t unit = cut_bytes(req);
	int rc;

	switch (req->redrive) {
	case REDRIVE_SPLIT:
	case REDRIVE_REMAP:
		return split_ranges(list, guest, unit);
	case REDRIVE_SPLIT4K:
		return split_ranges(list, guest, kernel_page());
	case REDRIVE_REVERSE:
		rc = split_ranges(list, guest, unit);
		reverse(list);
		return rc;
	default:
		return whole_ranges(list, guest);
	}
}

/* Make one page of some piece a piece of its own. Return: its place, or -errno. */
static ssize_t carve_page(struct pieces *list, uint64_t *rng)
{
	size_t i;
	struct piece *p, before, after;
	uint64_t at, page = kernel_page();
	int rc;

	if (!list->nr)
		return err_set(EINVAL, "attack: nothing is mapped");
	i = random_below(rng, list->nr);
	for (size_t tries = 0; list->p[i].bytes < 4 * page; tries++) {
		if (tries == list->nr)
			return err_set(EINVAL, "attack: no range of four pages");
		i = (i + 1) % list->nr;
	}
	p = &list->p[i];
	before = after = *p;
	/* Neither the first nor the last two pages, so that the page after it exists. */
	at = (1 + random_below(rng, p->bytes / page - 3)) * page;
	before.bytes = at;
	after.iova += at + page;
	after.offset += at + page;
	after.bytes -= at + page;
	p->iova += at;
	p->offset += at;
	p->bytes = page;
	rc = add_piece(list, before);
	if (!rc)
		rc = add_piece(list, after);
	return rc ? rc : (ssize_t)i;
}

static int swap_pages(struct pieces *list, uint64_t *rng)
{
	ssize_t a = carve_page(list, rng), b = a < 0 ? a : carve_page(list, rng);
	uint64_t offset;

	if (b < 0)
		return (int)b;
	/* The second page may have been cut out of what the first one was cut from, never out of it. */
	offset = list->p[a].offset;
	list->p[a].offset = list->p[b].offset;
	list->p[b].offset = offset;
	return 0;
}

static int other_file(struct piece *page)
{
	int fd = memfd_create("lubench-other", MFD_CLOEXEC);

	if (fd < 0)
		return err_set(errno, "attack: memfd_create");
	if (ftruncate(fd, kernel_page())) {
		close(fd);
		return err_set(errno, "attack: ftruncate");
	}
	page->fd = fd;
	page->offset = 0;
	return 0;
}

/* Change the plan so that it is wrong in the one way that @attack names. */
static int spoil_pieces(struct pieces *list, const struct guest *guest, enum attack attack)
{
	uint64_t rng = guest->seed ^ 0x61747461636bULL, page = kernel_page();
	struct piece *last;
	ssize_t at;

	if (!list->nr)
		return err_set(EINVAL, "attack: nothing is mapped");
	last = &list->p[list->nr - 1];

	switch (attack) {
	case ATTACK_SWAP:
		return swap_pages(list, &rng);
	case ATTACK_EXTRA:
		return add_piece(list, (struct piece){ .iova = guest->last_iova + 1,
						       .bytes = page,
						       .fd = guest->fd });
	case ATTACK_OTHER_SIZE:
		last->bytes = (last->bytes / 2 + page - 1) / page * page;
		return 0;
	case ATTACK_SHIFT:
	case ATTACK_MISSING:
	case ATTACK_READONLY:
	case ATTACK_OTHER_FILE:
		break;
	default:
		return 0;
	}
	at = carve_page(list, &rng);
	if (at < 0)
		return (int)at;
	if (attack == ATTACK_SHIFT)
		list->p[at].offset += page;
	else if (attack == ATTACK_READONLY)
		list->p[at].readonly = true;
	else if (attack == ATTACK_OTHER_FILE)
		return other_file(&list->p[at]);
	else
		list->p[at] = list->p[--list->nr];
	return 0;
}

static int other_ids(int iommufd)
{
	uint32_t ids[OTHER_IDS];
	int rc = 0;

	for (int i = 0; !rc && i < OTHER_IDS; i++)
		rc = ioas_alloc(iommufd, &ids[i]);
	for (int i = 0; !rc && i < OTHER_IDS; i += 2)
		rc = ioas_destroy(iommufd, ids[i]);
	return rc;
}

int redrive_old(int iommufd, const struct guest *guest, const struct request *req,
		uint32_t *ioas_id)
{
	struct pieces list = { 0 };
	int rc;

	rc = ioas_alloc(iommufd, ioas_id);
	if (!rc && req->redrive == REDRIVE_MERGE)
		rc = split_ranges(&list, guest, cut_bytes(req));
	else if (!rc)
		rc = whole_ranges(&list, guest);
	if (!rc)
		rc = map_pieces(iommufd, *ioas_id, &list);
	free(list.p);
	return rc;
}

int redrive_new(int iommufd, const struct guest *guest, const struct request *req,
		enum attack attack, uint32_t *ioas_id)
{
	struct pieces list = { 0 };
	int rc = 0;

	if (req->redrive == REDRIVE_IDS)
		rc = other_ids(iommufd);
	if (!rc)
		rc = ioas_alloc(iommufd, ioas_id);
	if (!rc)
		rc = plan_pieces(&list, guest, req);
	if (!rc && attack != ATTACK_NONE)
		rc = spoil_pieces(&list, guest, attack);
	if (!rc)
		rc = map_pieces(iommufd, *ioas_id, &list);
	if (!rc && req->redrive == REDRIVE_REMAP)
		rc = remap_pieces(iommufd, *ioas_id, &list);
	for (size_t i = 0; i < list.nr; i++)
		if (list.p[i].fd != guest->fd)
			close(list.p[i].fd);
	free(list.p);
	return rc;
}
