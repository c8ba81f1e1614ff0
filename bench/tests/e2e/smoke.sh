#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# The shipped smoke workload, from boot to run.json: every design, every sample verified. Then one sample of
# each by the wall clock, where an observer outside of the machine times the blackout as well.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

check "smoke measures" lubench_run default smoke
check "every sample is verified, with all phases accounted for" all result
for design in none rebuild verify-ioas verify-shadow; do
	check "$design has results" expect result $design 5 real
done
check "no complaint on the console" quiet_console

sed 's/^guest_size = .*/guest_size = 64M/; s/^iterations = .*/iterations = 1/' "$HERE/../../../workloads/smoke.ini" > "$OUT/tsc.ini"
workload=$OUT/tsc.ini OUT=$OUT/tsc
mkdir "$OUT"
check "smoke by the wall clock" lubench_run default "$workload" --clock tsc
check "every blackout agrees with the observer outside" all result
done_testing
