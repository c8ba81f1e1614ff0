#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 240
# The shipped smoke workload, from boot to run.json: every design, every sample verified.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

check "smoke measures" lubench_run default smoke
check "every sample is verified, with all phases accounted for" all result
for design in rebuild verify-ioas verify-shadow; do
	check "$design has results" expect result $design 5 real
done
check "no complaint on the console" quiet_console
done_testing
