#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# Cycles and instructions are counted in user and in kernel mode apart where the CPU has counters:
# they agree with a clock that counts instructions itself. Where it has none, that is said.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy

# value NAME: of the first sample
value() { grep -o "\"$1\": *[0-9]*" "$(run_folder)/run.json" | head -n 1 | sed 's/.*: *//'; }
agrees() {
	_clock=$(value attach) _user=$(value adopt_attach_"$1"_user) _kernel=$(value adopt_attach_"$1"_kernel)
	echo "clock $_clock, $1: user $_user, kernel $_kernel"
	[ "$_user" -gt 0 ] && [ "$_kernel" -gt "$_user" ] && [ $(((_user + _kernel) * 100)) -gt $((_clock * 99)) ] &&
		[ $(((_user + _kernel) * 100)) -lt $((_clock * 101)) ]
}
noted() { grep -o '"not counted: [^"]*"' "$(run_folder)/run.json"; }
uncounted() { ! facts | grep -E '_(cycles|instructions)_'; }

if [ "$TARGET" = qemu-smmuv3 ]; then
	check "measures with a clock that counts instructions" lubench_run default "$HERE/kill.ini" -n 1 -d rebuild --clock icount
	for event in instructions cycles; do
		check "$event of attaching agree with the clock within 1 %" agrees $event
	done
	check "everything is counted" eval '! noted'
else
	check "measures" lubench_try default "$HERE/kill.ini" -n 1 -d rebuild
	check "says that this CPU has no counters" noted
	check "no counter is made up" uncounted
fi
done_testing
