// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/redrives.h"

#include <stddef.h>

const char *const redrive_names[NR_REDRIVES + 1] = {
	[REDRIVE_SAME] = "same",   [REDRIVE_SPLIT] = "split",	  [REDRIVE_SPLIT4K] = "split4k",
	[REDRIVE_MERGE] = "merge", [REDRIVE_REVERSE] = "reverse", [REDRIVE_REMAP] = "remap",
	[REDRIVE_IDS] = "ids",	   [NR_REDRIVES] = NULL,
};

const char *const attack_names[NR_ATTACKS + 1] = {
	[ATTACK_NONE] = "none",
	[ATTACK_SHIFT] = "shift",
	[ATTACK_SWAP] = "swap",
	[ATTACK_MISSING] = "missing",
	[ATTACK_EXTRA] = "extra",
	[ATTACK_READONLY] = "readonly",
	[ATTACK_OTHER_FILE] = "other-file",
	[ATTACK_OTHER_SIZE] = "other-size",
	[ATTACK_OTHER_IOMMU] = "other-iommu",
	[ATTACK_OTHER_TOKEN] = "other-token",
	[ATTACK_TWICE] = "twice",
	[ATTACK_BUSY_IOAS] = "busy-ioas",
	[ATTACK_ATTACHED] = "attached",
	[ATTACK_MOVED] = "moved",
	[ATTACK_DAMAGE_MAGIC] = "damage-magic",
	[ATTACK_DAMAGE_SIZE] = "damage-size",
	[ATTACK_DAMAGE_COUNT] = "damage-count",
	[ATTACK_DAMAGE_CHECKSUM] = "damage-checksum",
	[ATTACK_DAMAGE_VERSION] = "damage-version",
	[ATTACK_DAMAGE_ADDRESS] = "damage-address",
	[ATTACK_DAMAGE_LIST] = "damage-list",
	[ATTACK_DAMAGE_TABLE] = "damage-table",
	[NR_ATTACKS] = NULL,
};
