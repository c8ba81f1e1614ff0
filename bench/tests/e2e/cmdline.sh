#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line stays the same from kexec to kexec. A kernel that puts one of its own
# (CONFIG_CMDLINE) in front of what it is given would need room for another of those every time.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy

# A kernel with a command line that leaves room for CONFIG_CMDLINE a few times more.
mkdir -p "$OUT/long"
ln -s "$BOOT/default/kernel" "$OUT/long/kernel"
sed "s/\"cmdline\": \"/&lubench.pad=$(printf '%01780d' 0) /" "$BOOT/default/kernel.json" > "$OUT/long/kernel.json"

check "ten kexecs" lubench_run default "$HERE/kill.ini" -d rebuild -n 10 --same-machine --kernel "$OUT/long/kernel"
check "every one is verified" all result 10
check "no complaint on the console" quiet_console
done_testing
