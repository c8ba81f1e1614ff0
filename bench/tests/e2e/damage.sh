#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# A hand-over that is damaged on its way through a real kexec is refused with EUCLEAN and one line on
# the console, never a panic; DMA stays blocked and `rebuild` works after that.
# (What is forged, with its checksums made right again: KUnit and the kselftest.)
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy

console_says() {
	_n=$(grep -c "$2" "$(run_folder)/console.log")
	[ "$_n" = "$1" ] || { echo "$_n lines with '$2', not $1"; grep damaged "$(run_folder)/console.log"; false; }
}

check "measures" lubench_try default "$HERE/damage.ini" --same-machine
for attack in magic size count checksum version address list table; do
	check "refuses damage-$attack (errno 117)" expect refused verify-ioas 7 damage-$attack adopt_errno=117
done
check "verify-shadow refuses damage-table (errno 117)" expect refused verify-shadow 7 damage-table adopt_errno=117
check "one line for each damaged header" console_says 4 'damaged iommufd header'
check "one line for each damaged record" console_says 2 'damaged record of page table'
check "one line for each damaged list and table" console_says 3 'preserved page table is damaged'
check "no other complaint on the console" quiet_console
done_testing
