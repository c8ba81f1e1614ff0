// SPDX-License-Identifier: GPL-2.0-only
#include "agent/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/counters.h"
#include "agent/damage.h"
#include "agent/designs/design.h"
#include "agent/err.h"
#include "agent/page.h"
#include "agent/redrive.h"

/* Pages taken so that the kernel does not give back the one that was just freed. */
#define FILLER_PAGES 4096

/* What include/uapi/linux/iommufd.h documents for IOMMU_HWPT_ADOPT. */
static int documented_errno(enum attack attack)
{
	switch (attack) {
	case ATTACK_OTHER_TOKEN:
		return ENOENT;
	case ATTACK_TWICE:
	case ATTACK_BUSY_IOAS:
	case ATTACK_ATTACHED:
		return EBUSY;
	case ATTACK_OTHER_IOMMU:
		return EMEDIUMTYPE;
	default:
		return damage_is_meant(attack) ? EUCLEAN : EBADMSG;
	}
}

/* A device behind another IOMMU changes places with the first; a second call undoes that. */
static int other_iommu(struct sample *s)
{
	for (unsigned int i = 1; i < s->req.devices; i++) {
		struct device t = s->devices[i];

		if (!strcmp(t.iommu, s->devices[0].iommu))
			continue;
		s->devices[i] = s->devices[0];
		s->devices[0] = t;
		return 0;
	}
	return err_set(EOPNOTSUPP,
		       "attack other-iommu: needs two devices behind different IOMMUs, "
		       "all of these are behind %s",
		       s->devices[0].iommu);
}

/* Free one page of the last third of the guest and write what was there into another one. */
static int move_page(struct guest *guest)
{
	size_t page = kernel_page(), filler_bytes = FILLER_PAGES * page;
	uint64_t at = guest->backing_bytes / 4 * 3 / page * page;
	void *filler = MAP_FAILED;
	uint8_t *kept;
	int rc;

	if (guest->page_bytes != page)
		return err_set(EOPNOTSUPP, "attack moved: needs a guest of the smallest pages");
	rc = guest_map(guest);
	if (rc)
		return rc;
	kept = malloc(page);
	if (!kept)
		return err_set(ENOMEM, "attack moved: room for a page");
	memcpy(kept, guest->mem + at, page);
	if (fallocate(guest->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
		      (off_t)page))
		rc = err_set(errno, "attack moved: fallocate");
	if (!rc) {
		filler = mmap(NULL, filler_bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (filler == MAP_FAILED)
			rc = err_set(errno, "attack moved: mmap %zu bytes", filler_bytes);
		memcpy(guest->mem + at, kept, page);
	}
	if (filler != MAP_FAILED)
		munmap(filler, filler_bytes);
	free(kept);
	return rc;
}

/* Bring about the state in which the call must fail. @extra: an object to destroy afterwards. */
static int prepare(struct sample *s, uint32_t ioas_id, uint32_t *extra)
{
	int rc;

	switch (s->req.attack) {
	case ATTACK_OTHER_TOKEN:
		s->token = DESIGN_TREE_TOKEN + 1;
		return 0;
	case ATTACK_OTHER_IOMMU:
		return other_iommu(s);
	case ATTACK_TWICE:
		rc = s->design->page_table(s, ioas_id);
		*extra = s->hwpt_id;
		return rc;
	case ATTACK_BUSY_IOAS:
		rc = design_fresh_table(s, ioas_id);
		*extra = s->hwpt_id;
		return rc;
	case ATTACK_ATTACHED:
		return device_attach(&s->devices[0], ioas_id);
	case ATTACK_MOVED:
		return move_page(&s->guest);
	default:
		return 0;
	}
}

/* Pins that are held on any page. */
static int64_t pins(void)
{
	struct page_counters now;

	counters_pages(&now);
	return now.pages[PAGES_FOLL_PIN];
}

/* The try itself. Return: 0 when it was refused as documented. */
static int refused(struct sample *s, uint32_t ioas_id)
{
	const char *name = attack_names[s->req.attack];
	int64_t before = pins(), after;
	int rc;

	rc = s->design->page_table(s, ioas_id);
	if (!rc) {
		ioas_destroy(s->iommufd, s->hwpt_id);
		return err_set(EBADE, "attack %s: the kernel adopted the tree", name);
	}
	if (-rc != documented_errno(s->req.attack))
		return err_set(-rc, "attack %s: errno %d was expected, not %d", name,
			       documented_errno(s->req.attack), -rc);
	after = pins();
	if (after != before)
		return err_set(EBADE, "attack %s: %lld pages pinned before it, %lld after it", name,
			       (long long)before, (long long)after);
	return 0;
}

/* The device does not reach guest memory by what is left of the old translation. */
static int blocked(struct sample *s)
{
	int rc = guest_map(&s->guest);

	return rc ? rc : dma_blocked(&s->devices[0], s->iommufd, &s->guest, &s->dma);
}

/* After a refusal the tree must be intact: an honest try is accepted. */
static int honest_try(struct sample *s)
{
	struct adopted first = s->adopted;
	int first_errno = s->adopt_errno, rc;
	uint32_t ioas_id;

	s->token = DESIGN_TREE_TOKEN;
	rc = redrive_new(s->iommufd, &s->guest, &s->req, ATTACK_NONE, &ioas_id);
	if (!rc && s->req.attack != ATTACK_TWICE) {
		rc = s->design->page_table(s, ioas_id);
		if (!rc)
			rc = ioas_destroy(s->iommufd, s->hwpt_id);
	}
	if (!rc)
		rc = ioas_destroy(s->iommufd, ioas_id);
	s->adopted = first;
	s->adopt_errno = first_errno;
	return rc;
}

int attack_retrieve(struct sample *s)
{
	int rc = s->design->retrieve(s);

	if (rc != -EUCLEAN || !damage_is_of_header(s->req.attack))
		return rc;
	s->adopt_errno = -rc;
	s->iommufd = ioas_open();
	return s->iommufd < 0 ? s->iommufd : 0;
}

int attack_run(struct sample *s)
{
	uint32_t ioas_id = 0, extra = 0, second = 0;
	int rc;

	if (s->adopt_errno)
		return blocked(s);
	rc = redrive_new(s->iommufd, &s->guest, &s->req, s->req.attack, &ioas_id);
	if (!rc)
		rc = prepare(s, ioas_id, &extra);
	if (!rc && s->req.attack == ATTACK_TWICE)
		rc = redrive_new(s->iommufd, &s->guest, &s->req, ATTACK_NONE, &second);
	if (!rc)
		rc = refused(s, second ? second : ioas_id);
	if (s->devices[0].attached)
		device_detach(&s->devices[0]);
	if (s->req.attack == ATTACK_OTHER_IOMMU && !rc)
		other_iommu(s);
	if (extra)
		ioas_destroy(s->iommufd, extra);
	if (second)
		ioas_destroy(s->iommufd, second);
	if (!rc)
		rc = blocked(s);
	if (ioas_id && !rc)
		rc = ioas_destroy(s->iommufd, ioas_id);
	/* A damaged tree stays damaged, and a page does not move back. */
	if (rc || damage_is_meant(s->req.attack) || s->req.attack == ATTACK_MOVED)
		return rc;
	return honest_try(s);
}
