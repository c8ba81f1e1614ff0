#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# Killed at any point, nothing half is left: no run.json, no process, no lock;
# and the same command goes on.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# The QEMU that writes into $OUT.
qemus() { pgrep -f "qemu-system.*$OUT/"; }
no_qemu() {
	for _i in 1 2 3 4 5 6 7 8 9 10; do
		qemus || return 0
		sleep 0.5
	done
	return 1
}
no_run() { ! ls "$OUT"/*/run.json 2>/dev/null; }
ends_with() {
	wait "$1"
	_rc=$?
	echo "exit code $_rc"
	[ $_rc -ge "$2" ] && [ $_rc -le "$3" ]
}

# The agent is init: the kernel panics with it, QEMU ends, and the sample is a failure that says so.
died_at() {
	lubench_exec default "$HERE/kill.ini" -n 1 --designs verify-ioas --die-at "$1" &
	ends_with $! 1 1 && all failed 1 && facts | grep -q "Kernel panic"
}

for mark in preserve_begin vm_pause retrieve_end redrive_end attach_end dma_verified; do
	check "the agent died at $mark: a failed sample that names it" died_at $mark
	check "the agent died at $mark: no QEMU is left" no_qemu
	rm -rf "$OUT"/*-"$TARGET"-*
done

for after in 0.3 2 5 9 14; do
	lubench_exec default "$HERE/kill.ini" -n 40 &
	sleep $after
	kill -KILL $!
	check "killed after $after s: lubench is dead" ends_with $! 137 137
	check "killed after $after s: no QEMU is left" no_qemu
	check "killed after $after s: no run.json" no_run
done

lubench_exec default "$HERE/kill.ini" -n 4 &
sleep 8
check "QEMU runs, and is killed" kill -KILL "$(qemus | head -n 1)"
check "lubench goes on with another one or says why not" ends_with $! 0 3
check "no QEMU is left after that" no_qemu

rm -rf "$OUT"/*-"$TARGET"-*
lubench_exec default "$HERE/kill.ini" -n 4 &
sleep 6
kill -INT $!
check "interrupted, it says so" ends_with $! 130 130
check "interrupted, no QEMU is left" no_qemu
check "the same command goes on to the end" lubench_run default "$HERE/kill.ini" -n 4
check "and every sample is a result" all result 8
done_testing
