#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# What the kernel adds up is part of its phase, is the same for designs that do the same, and the I/O page
# table has the leaves that its guest needs.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# value NAME of the sample in hand, an awk function; unknown is -1
# shellcheck disable=SC2016 # a program for awk
value='function value(name, i) {
		for (i = 11; i <= NF; i++)
			if (index($i, name "=") == 1)
				return substr($i, length(name) + 2) + 0
		return -1
	}
	function fail(what) { print what ": " $0; bad = 1 }'

closed() {
	facts | awk -F '\t' "$value"'
		value("unaccounted") < 0 || value("unaccounted") > $9 / 100 { fail("not closed") }
		END { exit bad || !NR }'
}

# The parts fill their phase, but for little work that does not depend on the guest.
parts() {
	facts | awk -F '\t' "$value"'
		function parts_of(phase, sum, whole) {
			whole = value("phase_" phase)
			if (sum > whole || sum < whole * 0.95 - 30000)
				fail("parts of " sum " in " phase " of " whole)
		}
		{ pin = value("pin_ns"); map = value("map_ns"); compare = value("compare_ns") }
		pin <= 0 || value("claim_ns") < 0 { fail("no pins") }
		$1 == "rebuild" { parts_of("attach", pin + map) }
		$1 != "rebuild" { parts_of("verify", pin + map + compare) }
		($1 == "verify-ioas") != (map == 0) { fail("map") }
		($1 == "rebuild") != (compare == 0) { fail("compare") }
		($1 == "rebuild") != (value("claim_ns") == 0) { fail("claim") }
		($1 == "verify-shadow") != (value("free_ns") > 0) { fail("free") }
		END { exit bad || !NR }'
}

# same DESIGN DESIGN COUNTER: for the same guest, within 2 %
same() {
	facts | awk -F '\t' -v a="$1" -v b="$2" -v name="$3" "$value"'
		$1 == a || $1 == b { got[$1, $3, $4] = value(name); guest[$3, $4] = 1 }
		END {
			for (g in guest) {
				x = got[a SUBSEP g]; y = got[b SUBSEP g]; n++
				print g, x, y
				if (x <= 0 || y <= 0 || x > y * 1.02 || y > x * 1.02)
					bad = 1
			}
			exit bad || !n
		}'
}

# Every byte of the guest is below one leaf; pages for MSIs may come on top. Pages of 2 MiB have leaves of
# 2 MiB, in pages of 4 KiB that lie anywhere there can be none.
leaves() {
	facts | awk -F '\t' "$value"'
		BEGIN { split("b k m g t", unit, " "); for (i in unit) scale[unit[i]] = 1024 ^ (i - 1) }
		{
			sum = 0
			for (i = 11; i <= NF; i++)
				if ($i ~ /^leaves_/) {
					split(substr($i, 8), leaf, "=")
					size = leaf[1]
					sum += size * scale[substr(size, length(size))] * leaf[2]
				}
		}
		sum < $2 || sum > $2 + 65536 { fail("leaves of " sum) }
		$3 == 2097152 && value("leaves_2m") < $2 / $3 { fail("no large leaves") }
		$4 == "fragmented" && value("leaves_4k") < $2 / $3 * 0.9 { fail("large leaves") }
		END { exit bad || !NR }'
}

check "measures" lubench_run default "$HERE/marks.ini"
check "every sample is verified" all result 9
check "the phases explain the blackout" closed
check "pinning, mapping and comparing explain attach and verify" parts
check "rebuild and verify-ioas pin alike" same rebuild verify-ioas pin_ns
check "rebuild and verify-shadow map alike" same rebuild verify-shadow map_ns
check "the leaves are those of the guest" leaves
done_testing
