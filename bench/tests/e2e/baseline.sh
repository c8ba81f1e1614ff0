#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# No design is slower than in the committed baseline, counted in instructions, which repeat from
# machine to machine; `make baseline` (RECORD=1) puts what was measured in its place.
#
# The series and its configuration are what is under test: they may differ. Where another compiler
# made the kernel and the agent, or the kernel's source or the emulator is another, instructions say
# nothing about a change, and the comparison is skipped.
# Another agent or kernel is elsewhere in memory, which moves the phases kho and init by 1 % and 4 %
# and short ones by 90 000 instructions, in every design and in none alike. So there are two gates: of
# what a design costs, which is less that, 1 % of anything from 1 000 000 instructions on counts, and
# 10 000 of what is shorter; of the times themselves 2 % and 200 000.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

baseline=$HERE/../../../results/baseline/$TARGET
lubench=$BUILD/lubench

costs='--costs --threshold 1 --threshold-ns 10000'
times='--threshold 2 --threshold-ns 200000'

measure() { lubench_run default "$HERE/../detector.ini" --clock icount --seed 1 -n 1 "$@"; }
# field FILE NAME: a text field of a kernel.json
field() { sed -n "s/.*\"$2\": \"\\(.*\\)\".*/\\1/p" "$1"; }
# unlike: prints why instructions cannot be compared, if so
unlike() {
	[ -e "$baseline/run.json" ] || { echo "there is no baseline: make baseline"; return; }
	for _name in compiler source_sha256; do
		_was=$(field "$baseline/kernel.json" $_name) _is=$(field "$BOOT/default/kernel.json" $_name)
		[ "$_was" = "$_is" ] || { echo "$_name was $_was, is $_is"; return; }
	done
	"$lubench" compare "$baseline" "$1" > "$OUT/unlike" || [ $? != 3 ] || grep 'so times are not comparable' "$OUT/unlike"
}
# compares STATUS RUN OPTION...: against the baseline, with that exit status
compares() {
	_rc=0 _want=$1 _run=$2
	shift 2
	"$lubench" compare "$@" "$baseline" "$_run" || _rc=$?
	echo "exit status $_rc; if it is meant to be so: make baseline"
	[ $_rc = "$_want" ]
}
# blames PHASE RUN OPTION...: the first line about a slower phase names it
blames() {
	_phase=$1 _run=$2
	shift 2
	"$lubench" compare "$@" "$baseline" "$_run" | tee "$OUT/blame"
	[ "$(sed -n '/ regression/s/.* phases_ns\.\([a-z_]*\) .*/\1/p' "$OUT/blame" | head -n 1)" = "$_phase" ]
}

check "measures" measure
check "every sample is a result" all result
now=$OUT/kept/now
mkdir -p "${now%/*}"
mv "$(run_folder)" "$now"
if [ -n "${RECORD:-}" ]; then
	mkdir -p "$baseline"
	check "is recorded" cp "$now/run.json" "$BOOT/default/kernel.json" "$baseline/"
	done_testing
	exit
fi
why=$(unlike "$now" | head -n 1)
if [ -n "$why" ]; then
	skip "nothing is slower than in the baseline" "$why"
else
	# shellcheck disable=SC2086 # lists of options
	{
	check "no design costs more than in the baseline" compares 0 "$now" $costs
	check "nothing is slower than in the baseline" compares 0 "$now" $times
	# A phase that the floor lacks, or the floor would be delayed as well.
	check "measures with one phase 1.2 % longer" measure -d none,rebuild --delay attach:12
	set -- "$(run_folder)" --allow target.delay --base-design rebuild --new-design rebuild $costs
	check "that costs more than in the baseline" compares 1 "$@"
	check "and that phase is blamed" blames attach "$@"
	}
fi
done_testing
