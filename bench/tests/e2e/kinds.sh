#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# VT-d in scalable mode, SMMUv3 with both stages: first-stage tables, and second-stage ones as the
# parents of nested tables; guests of every layout; two devices behind one table.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy

workload=$HERE/kinds.ini
if [ "$TARGET" != qemu-vtd ]; then	# which alone has a caching mode
	workload=$OUT/kinds.ini
	grep -v '^caching_mode' "$HERE/kinds.ini" > "$workload"
fi
check "measures" lubench_try default "$workload" --same-machine
check "every sample is verified" all result 16
check "no complaint on the console" quiet_console
done_testing
