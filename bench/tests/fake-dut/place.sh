#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # no arguments are the usual case
# The test of place (e2e/place.sh) finds a place that matters, and none where none does.
# shellcheck source=bench/tests/fake-dut/lib.sh
. "$(dirname "$0")/lib.sh"

workload '[matrix]' 'guest_size = 64M, 128M' 'iterations = 6' 'design = rebuild, verify-ioas, verify-shadow'
place() { "$BUILD/e2e/place" "$@" > "$OUT/said" 2>&1; }
begin
check "every sample of a design is the same" exits 0 measure
check "exactly" exits 0 place exact 0 "$(run_folder)"
check "and by ranks" exits 0 place rank 0.005 "$(run_folder)"

# 1 % of kho at the third place, whose kho is of two million instructions or more.
# shellcheck disable=SC2046 # one line each
begin $(seq 3 3 36 | sed 's/.*/sample-&-mark-kho_restored-1000000/')
sed -i 's/-/ /g' "$FAKE_DUT/script"
check "kho of the third place takes longer" exits 0 measure --jobs 1
check "is found exactly" exits 1 place exact 100 "$(run_folder)"
check "and by ranks" exits 1 place rank 0.005 "$(run_folder)"

workload '[matrix]' 'guest_size = 64M' 'iterations = 3' 'design = rebuild'
begin
check "one design only" exits 0 measure
check "says nothing about places" exits 2 place exact 0 "$(run_folder)"
done_testing
