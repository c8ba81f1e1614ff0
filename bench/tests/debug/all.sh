#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# The same on a kernel with KASAN, lockdep, kmemleak and DEBUG_GENERIC_PT: no splat.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
BUSY=--busy

none_failed() { facts | awk -F '\t' '$8 == "failed" { print; bad = 1 } END { exit bad || !NR }'; }

check "measures" lubench_try debug "$HERE/all.ini" --timeout 120 --same-machine
check "nothing failed" none_failed
scanned() { grep 'kmemleak has scanned memory' "$(run_folder)/console.log"; }
check "kmemleak looked for leaks in the last kernel" scanned
check "no splat of KASAN, UBSAN, lockdep, kmemleak, ODEBUG on the console" quiet_console
done_testing
