#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # no arguments are the usual case
# Machines that say wrong things, nothing, or end: found early, said in one line, never a hang.
# shellcheck source=bench/tests/fake-dut/lib.sh
. "$(dirname "$0")/lib.sh"

workload '[matrix]' 'guest_size = 64M' 'iterations = 2' 'design = rebuild'
error_is() { facts | cut -f 10 | grep -qF -- "$1" || { facts; false; }; }

# What cannot become a run.json is found before the first sample.
begin
echo '{"source_sha256": "unknown"}' > "$OUT/boot/kernel.json"
check "a kernel.json with a hash that is none" exits 2 measure
check "names the file and the key" said "kernel.json: source_sha256 is not a SHA-256"
check "nothing was measured" [ ! -e "$FAKE_DUT/log" ]
check "no folder is left" equals "$(runs)" 0
begin
echo '{"release": ' > "$OUT/boot/kernel.json"
check "a kernel.json that is none" exits 2 measure
begin 'start * set kernel "7.3.4\u0001"'
check "a kernel whose release cannot be written" exits 2 measure
check "was found before the first sample" equals "$(asked)" 0
begin 'start * set iommu {"kind":"intel","EFR":5,"a name":1}'
check "IOMMU capabilities with capitals and blanks" exits 0 measure
caps() { has efr 5 && has a_name 1; }
check "are recorded under a clean name" caps

# The agent.
begin 'start 1 exit'
check "QEMU ends at once" exits 3 measure
check "says so" said "the DUT is gone"
begin 'start 1 panic'
check "the kernel panics at boot" exits 3 measure
check "says what the console says" said "Kernel panic - not syncing: made up"
begin 'start 1 set proto 2'
check "an agent of another version" exits 3 measure
check "says so" said "another protocol"
begin 'start * garbage' 'sample * garbage'
check "garbage on the line" exits 0 measure
check "does no harm" all result 2
begin 'sample 1 error made up'
check "an agent that cannot" exits 1 measure --jobs 1
check "is one failed sample with its reason" error_is "agent: made up"
check "the other one is a result" equals "$(facts | grep -c result)" 1
begin 'sample 1 hang'
check "an agent that hangs" exits 1 measure --jobs 1
check "is one failed sample" error_is "no progress for 3 s in step 'kexec'"
begin 'sample 1 panic'
check "a kernel that panics" exits 1 measure --jobs 1
check "is one failed sample with its last words" error_is "Kernel panic - not syncing: made up"
begin 'sample 1 set verified false'
check "memory that was not verified" exits 1 measure --jobs 1
check "is no result" error_is "not verified"
begin 'sample 1 set marks {}'
check "no marks" exits 1 measure --jobs 1
check "is no result" error_is "no vm_pause"
begin 'sample 1 mark attach_end -900000000'
check "marks out of order" exits 1 measure --jobs 1
check "are no result" error_is "marks are out of order"
begin 'sample 1 mark retrieve_begin 30000000'
check "a phase that explains less than all" exits 1 measure --jobs 1
open() { noted "violate closure"; }
noted() { run_json | grep -qF "$1"; }
check "is noted" open
check "no machine is left" no_machine

# What is not there leaves nothing behind.
begin
check "no kernel" exits 3 measure --kernel "$OUT/nowhere"
check "says which" said "--kernel $OUT/nowhere: No such file"
check "no initramfs" exits 3 measure --initrd "$OUT/nowhere"
check "no QEMU" exits 3 measure --emulator "$OUT/nowhere"
check "no folder is left" equals "$(runs)" 0
begin 'version exit'
check "a QEMU that does not say its version" exits 0 measure
check "has none" has version null

# Usage.
begin
check "-w nosuch is wrong usage" exits 2 measure -w nosuch
check "-w of a file that is not there, too" exits 2 measure -w ./nosuch.ini
check "-t nosuch, too" exits 2 measure -t nosuch
check "-d rebuild,rebuild is refused" exits 2 measure -d rebuild,rebuild
check "with a reason" said "design 'rebuild' is named twice"
check "-d nosuch is refused" exits 2 measure -d nosuch
workload '[matrix]' 'guest_size = 64M' 'iterations = 10000' 'redrive = same, split, merge, reverse' 'devices = 1, 2, 3, 4' \
	'design = rebuild, verify-ioas, verify-shadow' 'layout = contig, fragmented, holes'
check "1 440 000 samples are refused" exits 2 measure --dry-run
check "with a reason" said "more than 1000000 samples"
workload '[matrix]' 'guest_size = 64M, 128M, 192M, 256M' 'iterations = 9999' 'redrive = same, split, merge, reverse' 'devices = 1, 2, 3, 4'
check "whatever the target makes of them" exits 2 measure --dry-run -n 10000
workload '[iommu]' 'scalable = yes' 'aw_bits = 39' '[matrix]' 'guest_size = 64M'
check "aw_bits = 39 with scalable = yes is refused" exits 2 measure
check "with file and line" said "w.ini:11: aw_bits = 39 with scalable = yes"
workload '[iommu]' 'scalable = yes' 'aw_bits = 57' '[matrix]' 'guest_size = 64M' 'stage = first'
check "stage = first with aw_bits = 57 is refused" exits 2 measure
check "with file and line" said "w.ini:14: stage = first with aw_bits = 57"
check "nothing was started" [ ! -e "$FAKE_DUT/log" ]

# A full disk is no success.
workload '[matrix]' 'guest_size = 64M'
full() { "$BUILD/lubench" "$@" > /dev/full 2> "$OUT/said"; }
check "run --dry-run to a full disk" exits 2 full run --dry-run -w "$WORKLOAD"
check "says so" said "standard output: No space left on device"
small_disk() {
	# shellcheck disable=SC2016 # expanded in there
	unshare -rm sh -c 'mount -t tmpfs -o size=128k none "$1" && head -c 100000 /dev/zero > "$1/ballast" && shift && "$@"' \
		-- "$RESULTS" "$BUILD/lubench" run --no-report -w "$WORKLOAD" -o "$RESULTS/r" --kernel "$OUT/boot/kernel" -n 20 -d rebuild \
		--initrd "$OUT/boot/initramfs.cpio" --emulator "$EMULATOR" --jobs 1 > "$OUT/said" 2>&1
}
begin
mkdir -p "$RESULTS"
if unshare -rm true 2> /dev/null; then
	check "a disk that fills up while measuring" exits 3 small_disk
	check "says what to do" said "No space left on device: free some space, then run the same command again"
else
	skip "a disk that fills up while measuring" "no user namespaces here"
fi
check "no machine is left" no_machine
done_testing
