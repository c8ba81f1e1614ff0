#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
# No design is slower than in the committed baseline, counted in instructions, which repeat from
# machine to machine; `make baseline` (RECORD=1) puts what was measured in its place.
#
# The series and its configuration are what is under test: they may differ. Where another compiler
# made the kernel and the agent, or the kernel's source or the emulator is another, instructions say
# nothing about a change, and the comparison is skipped.
# What counts is 1 % of anything from 1 000 000 instructions on. Shorter phases move by 90 000 when
# another agent or kernel is elsewhere in memory; of them 100 000 count. bench-detector shows what is
# found where both are the same.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

baseline=$HERE/../../../results/baseline/$TARGET
lubench=$BUILD/lubench

threshold='--threshold 1 --threshold-ns 100000'

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
	# shellcheck disable=SC2086 # four words
	"$lubench" compare $threshold "$@" "$baseline" "$_run" || _rc=$?
	echo "exit status $_rc; if it is meant to be so: make baseline"
	[ $_rc = "$_want" ]
}
# blames PHASE RUN OPTION...: the first line about a slower phase names it
blames() {
	_phase=$1 _run=$2
	shift 2
	# shellcheck disable=SC2086 # four words
	"$lubench" compare $threshold "$@" "$baseline" "$_run" | tee "$OUT/blame"
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
	check "nothing is slower than in the baseline" compares 0 "$now"
	check "measures with one phase 5 % longer" measure -d verify-ioas --delay retrieve:50
	set -- "$(run_folder)" --allow target.delay --base-design verify-ioas --new-design verify-ioas
	check "that is slower than in the baseline" compares 1 "$@"
	check "and that phase is blamed" blames retrieve "$@"
fi
done_testing
