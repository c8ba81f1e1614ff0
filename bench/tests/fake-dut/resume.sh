#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # no arguments are the usual case
# A run is resumed only with what it was begun with; nothing that was measured is lost.
# shellcheck source=bench/tests/fake-dut/lib.sh
. "$(dirname "$0")/lib.sh"

workload '[matrix]' 'guest_size = 64M' 'iterations = 2' 'design = rebuild, verify-ioas'
samples=4

# killed_after N: kill -9 while the sample after the Nth hangs
killed_after() {
	script "sample $(($1 + 1)) hang"
	measure_exec --jobs 1 &
	until_true log_has "^sample $(($1 + 1)) "
	kill -KILL $!
	wait $!
	rm -f "$FAKE_DUT/script"
	no_machine
}

begin
check "killed after two samples" killed_after 2
check "two samples are in the journal" equals "$(grep -c '"design"' "$RESULTS"/*/samples.jsonl)" 2
check "the same command resumes" exits 0 measure --jobs 1
check "it says so" said "resuming: 2 of 4 samples were taken before"
check "one run, every sample a result" all result $samples
check "nothing was measured twice but the sample that was killed" equals "$(asked)" 5
noted() { run_json | grep -qF "$1"; }
check "the run says that it was resumed" noted "the run was interrupted and resumed after 2 of 4 samples"

# swapped WHAT COMMAND...: after a kill this changes; then two runs, the second with every sample of its own
swapped() {
	_what=$1
	shift
	begin
	killed_after 1 || return
	"$@"
	exits 0 measure --jobs 1 && said "was begun with another $_what" &&
		said "starting a new run" && equals "$(runs)" 2 && all result $samples && equals "$(asked)" 6
}
other_kernel() { echo another > "$OUT/boot/kernel"; }
other_initramfs() { echo another > "$OUT/boot/initramfs.cpio"; }
other_info() { echo '{"release": "7.3.5"}' > "$OUT/boot/kernel.json"; }
other_version() { script "version say QEMU emulator version 11"; }
other_workload() { sed -i 's/64M/128M/' "$WORKLOAD"; }
check "another kernel under the same path: a new run" swapped kernel other_kernel
check "another initramfs under the same path: a new run" swapped initramfs other_initramfs
check "another kernel.json: a new run" swapped kernel.json other_info
check "another emulator: a new run" swapped emulator other_version
check "another workload under the same path: a new run" swapped workload other_workload
workload '[matrix]' 'guest_size = 64M' 'iterations = 2' 'design = rebuild, verify-ioas'

# A damaged line costs its own sample only.
begin
check "killed after three samples" killed_after 3
spoil() { sed -i '3s/"design"/"design/' "$RESULTS"/*/samples.jsonl; }
check "one line of the journal is damaged" spoil
check "the run is resumed" exits 0 measure --jobs 1
check "the good samples after it are kept" equals "$(asked)" 6
check "every sample is a result" all result $samples
check "the run says that a line was damaged" noted "1 damaged lines of samples.jsonl were skipped"

begin
check "killed after three samples, then torn" killed_after 3
tear() { truncate -s -9 "$RESULTS"/*/samples.jsonl; }
check "the last line is torn" tear
check "the run is resumed" exits 0 measure --jobs 1
check "only the torn sample is measured again" equals "$(asked)" 6
check "every sample is a result" all result $samples
done_testing
