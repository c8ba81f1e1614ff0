#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 700
# 50 kexecs in a row in one machine leak nothing. KEXECS: others than 50, at least 20.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy
KEXECS=${KEXECS:-50}

# The highest of the first ten and of the last ten samples, each when everything has been given back.
# Free pages differ from boot to boot by what the kernel has not yet freed of its own; a leak lowers
# the highest, and the 256 pages (1 MiB) allowed are 26 KiB a kexec of the 40 in between. The counters of
# page tables, shmem and pinned pages may not move at all, so there one page in 50 kexecs is found.
compare_ends() {
	facts | awk -F '\t' -v kexecs="$KEXECS" '
		{
			for (i = 11; i <= NF; i++) {
				split($i, c, "=")
				if (c[1] ~ /_after$/) { v[NR, c[1]] = c[2]; names[c[1]] = 1 }
			}
		}
		END {
			if (NR < kexecs) exit 1
			for (name in names) {
				first = last = 0
				low_first = v[1, name]; low_last = v[NR, name]
				for (i = 0; i < 10; i++) {
					if (v[1 + i, name] < low_first) low_first = v[1 + i, name]
					if (v[NR - i, name] < low_last) low_last = v[NR - i, name]
					if (v[1 + i, name] > first) first = v[1 + i, name]
					if (v[NR - i, name] > last) last = v[NR - i, name]
				}
				moved = last - first
				# a leak lowers the lowest as well, a boot that had more to free does not
				if (name ~ /^free/ && low_last - low_first > moved) moved = low_last - low_first
				printf "# %-36s %10d at first, %10d at last\n", name, first, last
				if (name ~ /^free/) lost = -moved - 256
				else if (name ~ /^slab/) lost = moved - 256
				else lost = moved < 0 ? -moved : moved
				if (lost > 0) { print name " moved by " moved; bad = 1 }
			}
			exit bad
		}'
}

check "$KEXECS kexecs" lubench_try default "$HERE/leak.ini" -n "$KEXECS" --same-machine
check "every one is verified" all result "$KEXECS"
check "page counters stay" compare_ends
grep '^# ' "$OUT/check.log"
check "no complaint on the console" quiet_console
done_testing
