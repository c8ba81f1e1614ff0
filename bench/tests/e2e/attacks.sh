#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# Userspace that re-drives wrongly is refused with the documented errno, DMA
# stays blocked, an honest try and `rebuild` work after that; lubench-agent
# checks all of it and reports a sample as failed when one does not hold.
# (Another IOMMU needs two of them, which QEMU's q35 has not: the kselftest has them.)
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy
DESIGNS=${DESIGNS:-verify-ioas verify-shadow}

check "measures" lubench_try default "$HERE/attacks.ini" -d "$(echo "$DESIGNS" | tr " " ,)"
while read -r attack errno; do
	for design in $DESIGNS; do
		check "$design refuses $attack (errno $errno)" expect refused "$design" 7 "$attack" "adopt_errno=$errno"
	done
done <<-END
	shift 74
	swap 74
	missing 74
	extra 74
	readonly 74
	other-file 74
	other-size 74
	other-token 2
	twice 16
	busy-ioas 16
	attached 16
	moved 74
END
check "no complaint on the console" quiet_console
done_testing
