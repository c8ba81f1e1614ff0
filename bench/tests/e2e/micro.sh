#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# The target micro: every format, layout and page size; as an ordinary user; refused
# workloads; nothing is left when it is killed; and instructions that are counted.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

micro() { "$BUILD/lubench" run --quiet --no-report -t micro -o "$OUT" --kernel "$BUILD/uml/kernel" "$@"; }
# phase NAME COUNT: so many samples have a time for this phase
phase() {
	_n=$(grep -c "\"$1\": *[0-9]" "$(run_folder)/run.json")
	echo "$_n times $1, not $2"
	[ "$_n" = "$2" ]
}
# The processes that were started with this folder's kernel.
umls() { pgrep -f "iommu_pt_bench.*seed=" -x linux; }
no_uml() {
	for _i in 1 2 3 4 5 6; do
		umls || return 0
		sleep 0.5
	done
	return 1
}
# refused TEXT LINE [GUEST_SIZE]: this line in [matrix] is refused, and the message has this text
refused() {
	printf '[workload]\nname = bad\n[dut]\nmemory = 1G\n[matrix]\nguest_size = %s\n%s\n' "${3:-1G}" "$2" > "$OUT/bad.ini"
	! micro -w "$OUT/bad.ini" > "$OUT/bad.log" 2>&1 || return 1
	cat "$OUT/bad.log"
	grep -q "$1" "$OUT/bad.log"
}

check "measures" micro -w "$HERE/micro.ini"
check "every sample is a result" all result 70
for p in rebuild memcmp read teardown; do
	check "$p is measured for all formats" phase $p 70
done
# Two of the seven formats belong to io-pgtable, which can be built and freed only.
for p in preserve restore compare compare_plain compare_diff_first compare_diff_mid compare_diff_last verify_ioas; do
	check "$p is measured for the formats of generic_pt" phase $p 50
done
# Those where the other page size exists: contig below 1G, and mixed.
check "compare_mixed is measured where there are two page sizes" phase compare_mixed 25
check "no complaint on the console" quiet_console
rm -rf "$OUT"/*-micro-*

printf '[workload]\nname = counted\n[dut]\nmemory = 512M\n[target]\nclock = icount\naccelerator = tcg
[matrix]\niommu = vtd-ss\nguest_size = 256M\nlayout = contig, holes\niterations = 1\n' > "$OUT/counted.ini"
# counted NAME: instead of measured, in a folder of this name
counted() {
	"$BUILD/lubench" run --quiet --no-report --seed 1 -t micro -o "$OUT/$1" -w "$OUT/counted.ini" \
		--kernel "$BUILD/icount/kernel" --emulator "$EMULATOR"
}
phases() { sed -n '/"phases_ns"/,/}/p' "$OUT/$1"/*/run.json; }
same_phases() {
	phases one > "$OUT/one.txt" && phases two > "$OUT/two.txt" && [ -s "$OUT/one.txt" ] &&
		diff "$OUT/one.txt" "$OUT/two.txt"
}
check "counts instructions" counted one
check "counts them again" counted two
check "both runs count the same, to the last instruction" same_phases
check "a run that counts instructions says that it is emulated" grep -q '"emulated": true' "$OUT"/one/*/run.json
rm -rf "$OUT/one" "$OUT/two"

check "refuses a variant that it does not know" refused "'hot' is not a value for variant" "variant = hot"
check "refuses mixed pages of 2M" refused "layout mixed needs page_size 4K" "layout = mixed
page_size = 2M"
check "refuses an aliased guest" refused "not a value for backing" "backing = aliased
backing_size = 64M"
check "refuses a guest larger than the memory" refused "raise memory" "layout = contig" 4T

if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	mkdir -p "$OUT/user"
	chmod 777 "$OUT/user"
	as_user() {
		cp "$(readlink -f "$BUILD/uml/kernel")" "$BUILD/lubench" "$HERE/micro.ini" "$OUT/user/" || return 1
		setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
			"$OUT/user/lubench" run --quiet --no-report -t micro -o "$OUT/user" \
			--kernel "$OUT/user/linux" -w "$OUT/user/micro.ini"
	}
	check "runs as an ordinary user" as_user
fi

micro -w "$HERE/micro.ini" > "$OUT/killed.log" 2>&1 &
sleep 2
kill -KILL "$(pgrep -P $! -x lubench || echo $!)"
check "killed: no User-Mode Linux is left" no_uml
done_testing
