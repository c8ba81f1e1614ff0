#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 700
# 50 kexecs in a row in one machine leak nothing.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy

# The counters of the first five and the last five samples, after each is torn down.
# What stays allocated is not pages to the byte: slab caches fill in their own time,
# so the kernels' free pages may move by 256 (1 MiB); what the IOMMU and the guest own may not.
compare_ends() {
	facts | awk -F '\t' '
		{
			for (i = 11; i <= NF; i++) {
				split($i, c, "=")
				if (c[1] ~ /_after$/) { v[NR, c[1]] = c[2]; names[c[1]] = 1 }
			}
		}
		END {
			if (NR < 50) exit 1
			for (name in names) {
				first = last = 0
				for (i = 0; i < 5; i++) { first += v[2 + i, name]; last += v[NR - i, name] }
				moved = (last - first) / 5
				printf "# %-36s %10d at first, %10d at last\n", name, first / 5, last / 5
				allowed = name ~ /^(free|slab)/ ? 256 : 0
				if (moved > allowed || moved < -allowed) { print name " moved by " moved; bad = 1 }
			}
			exit bad
		}'
}

check "50 kexecs" lubench_try default "$HERE/leak.ini"
check "every one is verified" all result 50
check "page counters stay" compare_ends
grep '^# ' "$OUT/check.log"
check "no complaint on the console" quiet_console
done_testing
