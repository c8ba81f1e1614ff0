#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # no arguments are the usual case
# What a sample is measured on: a fresh machine of exactly the kind that it asks for.
# shellcheck source=bench/tests/fake-dut/lib.sh
. "$(dirname "$0")/lib.sh"

# answered: for each sample "N ARGUMENTS", of the machine that answered it
answered() { awk '/^start/ { sub(/^start [0-9]+ /, ""); machine = $0 } /^sample/ { print machine }' "$FAKE_DUT/log"; }
# devices: for each sample how many devices it asks for and its machine has
devices() {
	awk '/^start/ { has = gsub(/igb,/, "") } /^sample/ { match($0, /"devices":[0-9]+/); print substr($0, RSTART + 10, RLENGTH - 10), has }' \
		"$FAKE_DUT/log"
}
every_machine_fits() { devices | awk '{ print; n++; bad += $1 != $2 } END { exit bad || n != 12 }'; }

begin
workload '[matrix]' 'guest_size = 64M' 'iterations = 3' 'devices = 1, 4' 'design = rebuild, verify-ioas'
check "devices = 1, 4" exits 0 measure --jobs 1
check "each sample is on a machine with as many devices as it says" every_machine_fits
# one sample for each start but the one of each kind that is saved
fresh() { equals "$(grep -c '^start' "$FAKE_DUT/log")" $((12 + $(booted))); }
check "each sample has a machine of its own" fresh
same_words() { equals "$(requests | grep -c '"id":0,')" 12; }
check "each is asked in the same words" same_words
settled() { equals "$(requests | grep -c '"start_s":30}')" 12; }
check "each begins when its kernel has settled" settled

begin 'start * nosnapshot'
check "a QEMU that cannot save its state" exits 0 measure --jobs 1
check "each sample is on a machine with as many devices as it says" every_machine_fits
boots() { [ "$(booted)" -ge 12 ]; }
check "each sample boots a machine of its own" boots

begin
workload '[matrix]' 'guest_size = 64M' 'iterations = 3' 'design = rebuild, verify-ioas'
check "--same-machine" exits 0 measure --same-machine
check "one machine" equals "$(grep -c '^start' "$FAKE_DUT/log")" 1
note() { run_json | grep -q "taken on one machine"; }
check "is noted" note

# With any other clock, too; there the first kexec of each machine is thrown away.
begin
CLOCK=tsc workload '[matrix]' 'guest_size = 64M' 'iterations = 2' 'design = rebuild, verify-ioas'
check "clock = tsc" exits 0 measure
check "each sample has a machine of its own" equals "$(booted)" 4
check "after a warm-up" equals "$(asked)" 8
check "every sample is a result" all result 4
begin 'sample * silent'
check "a blackout that nobody outside sees is no result" exits 1 measure --warmup 0
check "no warm-up was asked for" equals "$(asked)" 4
check "every sample says so" all failed 4

# First-stage tables only where they are measured.
begin
workload '[iommu]' 'scalable = yes' '[matrix]' 'guest_size = 64M' 'iterations = 1' 'design = rebuild' 'stage = first, second'
check "stage = first, second" exits 0 measure --jobs 1
stages() {
	awk '/^start/ { flts = /x-flts=on/ } /^sample/ { n++; bad += /"stage":"first"/ != flts } END { exit bad || n != 2 }' "$FAKE_DUT/log"
}
check "QEMU has first-stage tables for the first stage only" stages

# Several at once: all samples, each once, in the order of the plan.
workload '[matrix]' 'guest_size = 64M, 128M, 192M, 256M' 'iterations = 3' 'design = rebuild, verify-ioas'
# The first four answer only when all four were asked.
begin 'sample * await 4'
check "four machines at once" exits 0 measure --jobs 4
check "every sample is a result" all result 24
check "each was taken once" equals "$(asked)" 24
orders() { run_json | sed -n 's/^ *"order": \([0-9]*\),$/\1/p'; }
in_order() { [ "$(orders)" = "$(seq 0 23)" ]; }
check "run.json has them in the order of the plan" in_order
logs() { equals "$(find "$(run_folder)" -name 'protocol*.log' | grep -c .)" 4; }
check "each machine has its own log" logs
check "no machine is left" no_machine
begin 'sample 5 exit'
check "one machine dies" exits 1 measure --jobs 4
check "that is one failed sample" equals "$(facts | grep -c failed)" 1
begin 'sample * exit'
check "every machine dies" exits 3 measure --jobs 4
check "soon it gives up" said "10 samples in a row failed, the last with: the DUT is gone"
check "no machine is left" no_machine
begin
check "several at once by time are refused" exits 2 measure --clock tsc --jobs 2
check "with a reason" said "several machines at once only with clock icount"

# The order: each design at each place equally often, recorded.
workload '[matrix]' 'guest_size = 64M' 'iterations = 6' 'design = rebuild, verify-ioas, verify-shadow'
begin
check "three designs, six iterations" exits 0 measure --jobs 1
balanced() {
	requests | sed 's/.*"design":"\([a-z-]*\)".*/\1/' | awk '
		{ at[$1 " " (NR - 1) % 3]++; if (NR % 3 != 1) after[last " " $1]++; last = $1 }
		END { for (i in at) bad += at[i] != 2; for (i in after) { n++; bad += after[i] != 2 } exit bad || n != 6 }'
}
places() { run_json | sed -n 's/^ *"place": \([0-9]*\),$/\1/p' | tr -d '\n'; }
check "the place is recorded" equals "$(places)" 012012012012012012
check "each design is at each place twice and follows each other design twice" balanced

# What was measured is known by content.
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
identity() {
	has image_sha256 "\"$(sum "$OUT/boot/kernel")\"" && has initramfs_sha256 "\"$(sum "$OUT/boot/initramfs.cpio")\"" &&
		has emulator_sha256 "\"$(sum "$EMULATOR")\"" && has agent_sha256 "\"$(sum "$0")\"" && has ioas '"huge_pages=1"'
}
begin "start * set agent_sha256 \"$(sum "$0")\"" 'start * set ioas "huge_pages=1"'
check "a run" exits 0 measure -d rebuild
check "says what was measured by content" identity
check "in which unit" has unit '"instructions"'
check "after how many warm-ups" has warmup 0
check "and that nothing was lengthened" has delay null
begin 'start * set agent_sha256 null'
check "with a delay and warm-ups" exits 0 measure -d rebuild --warmup 2 --delay attach:25
check "says so" has delay '"attach:25"'
check "and says how many" has warmup 2
check "an agent that does not know its hash" has agent_sha256 null
begin 'start * set agent_sha256 "mine"'
check "an agent that makes one up" exits 2 measure -d rebuild
check "is found before the first sample" equals "$(asked)" 0
# What counts instructions is shown in instructions: neither a sample nor the table has a second in it.
begin
check "counted in instructions" exits 0 measure -d rebuild
seconds() { grep -vE '^(note|run|report):' "$OUT/said" | sed 's/ ([0-9:]* elapsed.*//' | grep -E '[0-9] (s|ms|µs|ns)( |$)'; }
no_seconds() { ! seconds; }
check "each sample says so" said ' instructions  ('
check "there are no seconds" no_seconds
check "the table says so" said 'instructions: the same on any machine'
begin
check "by time" exits 0 measure -d rebuild --clock tsc
check "each sample has a time" seconds
check "the unit is the nanosecond" has unit '"ns"'
check "and there is one warm-up" has warmup 1
done_testing
