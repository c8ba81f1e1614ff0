/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the agent's userspace re-drives its ioctls after the kexec: in another way that gives the same
 * translation, or wrongly on purpose. The words of a workload, of run.json and of the protocol.
 */
#ifndef LUBENCH_COMMON_REDRIVES_H
#define LUBENCH_COMMON_REDRIVES_H

/** enum redrive - every one gives the same translation. */
enum redrive {
	REDRIVE_SAME, /* as the old kernel's userspace did */
	REDRIVE_SPLIT, /* every range in pieces, cut at multiples of page_bytes */
	REDRIVE_SPLIT4K, /* the same, cut inside large pages */
	REDRIVE_MERGE, /* the old side mapped pieces, the new one maps whole ranges */
	REDRIVE_REVERSE, /* pieces, last first */
	REDRIVE_REMAP, /* map, unmap every second piece, map it again */
	REDRIVE_IDS, /* other object ids */
	NR_REDRIVES,
};

/** enum attack - the kernel must refuse every one. */
enum attack {
	ATTACK_NONE,
	ATTACK_SHIFT, /* one page leads to the page after it */
	ATTACK_SWAP, /* two pages change places */
	ATTACK_MISSING, /* one page is not mapped */
	ATTACK_EXTRA, /* one page more is mapped, after the last range */
	ATTACK_READONLY, /* one page is read-only */
	ATTACK_OTHER_FILE, /* one page comes from another memfd */
	ATTACK_OTHER_SIZE, /* the last range ends early, by half */
	ATTACK_OTHER_IOMMU, /* a device behind another IOMMU asks */
	ATTACK_OTHER_TOKEN, /* a token that nobody preserved */
	ATTACK_TWICE, /* a tree that is adopted already */
	ATTACK_BUSY_IOAS, /* the IOAS has a page table already */
	ATTACK_ATTACHED, /* the device is attached already */
	ATTACK_MOVED, /* the IOAS is right, but one page has moved in memory since the kexec */
	/* What was handed over is damaged in the old kernel's memory: the header of the iommufd, */
	ATTACK_DAMAGE_MAGIC,
	ATTACK_DAMAGE_SIZE, /* it ends early */
	ATTACK_DAMAGE_COUNT, /* one page table more than there are */
	ATTACK_DAMAGE_CHECKSUM,
	/* the record of the page table, */
	ATTACK_DAMAGE_VERSION,
	ATTACK_DAMAGE_ADDRESS, /* of the top table */
	/* the list of the tables' addresses, */
	ATTACK_DAMAGE_LIST,
	/* or the top table itself: its first entry leads elsewhere */
	ATTACK_DAMAGE_TABLE,
	NR_ATTACKS,
};

/* The words, in the order of the enums; NULL ends them. */
extern const char *const redrive_names[NR_REDRIVES + 1];
extern const char *const attack_names[NR_ATTACKS + 1];

#endif
