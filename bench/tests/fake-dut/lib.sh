# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2119,SC2120 # some of it is used over there only
# Sourced by the scripts, which run `lubench run` on a machine that is not there (fake_dut.c says what it can be made
# to do). run-tests gives BUILD.
TARGET=qemu-vtd BOOT=$BUILD/fake EMULATOR=$BUILD/fake-dut
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"

export FAKE_LOG="$HERE/protocol.log" FAKE_DUT="$OUT/dut"
RESULTS=$OUT/results

# begin [SCRIPT-LINE...]: nothing was measured yet, and this is what goes wrong; with the files that are booted
begin() {
	rm -rf "$FAKE_DUT" "$RESULTS"
	mkdir -p "$FAKE_DUT" "$OUT/boot"
	echo kernel > "$OUT/boot/kernel"
	echo initramfs > "$OUT/boot/initramfs.cpio"
	echo '{"release": "7.3.4", "cmdline": "quiet"}' > "$OUT/boot/kernel.json"
	[ $# = 0 ] || printf '%s\n' "$@" > "$FAKE_DUT/script"
}
# script LINE...: from now on this goes wrong
script() { printf '%s\n' "$@" > "$FAKE_DUT/script"; }

# workload LINE...: 64 MiB of every design, counted in instructions, and these lines, into $WORKLOAD
WORKLOAD=$OUT/w.ini
workload() {
	{
		printf '%s\n' '[workload]' 'name = fake' '[dut]' 'memory = 1G' '[target]' 'accelerator = tcg' "clock = ${CLOCK:-icount}" 'timeout = 3'
		printf '%s\n' "$@"
	} > "$WORKLOAD"
}

# measure ARGUMENT...: into $RESULTS; what it says into $OUT/said. In place of this shell with `measure_exec`.
measure_exec() {
	exec "$BUILD/lubench" run --no-report -t qemu-vtd -w "$WORKLOAD" -o "$RESULTS" \
		--kernel "$OUT/boot/kernel" --initrd "$OUT/boot/initramfs.cpio" --emulator "$EMULATOR" --seed 5 "$@" > "$OUT/said" 2>&1
}
measure() { (measure_exec "$@"); }
# exits CODE COMMAND...
exits() {
	_want=$1
	shift
	"$@"
	_rc=$?
	[ $_rc = "$_want" ] || { echo "exit code $_rc, not $_want"; cat "$OUT/said"; false; }
}
said() { grep -qF -- "$1" "$OUT/said" || { echo "it did not say: $1"; cat "$OUT/said"; false; }; }
silent() { [ ! -s "$OUT/said" ] || { cat "$OUT/said"; false; }; }

run_folder() { echo "$RESULTS"/*/run.json | sed 's,/run\.json$,,'; }
run_json() { cat "$RESULTS"/*/run.json; }
# has KEY VALUE: the run has this line
has() { run_json | grep -q "\"$1\": $2,\{0,1\}$" || { run_json | grep "\"$1\""; false; }; }
runs() { find "$RESULTS" -mindepth 1 -maxdepth 1 2> /dev/null | grep -c .; }
equals() { [ "$1" = "$2" ] || { echo "$1, not $2"; false; }; }
asked() { grep -c '^sample ' "$FAKE_DUT/log"; }
# The requests, each as it was sent.
requests() { sed -n 's/^sample [0-9]* //p' "$FAKE_DUT/log"; }
booted() { grep '^start' "$FAKE_DUT/log" | grep -vc -- '-incoming'; }
# until_true COMMAND...: at most half a minute
until_true() {
	for _i in $(seq 600); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}
log_has() { grep -q "$1" "$FAKE_DUT/log" 2> /dev/null; }
# no fake machine of ours runs
no_machine() {
	for _i in $(seq 100); do
		pgrep -f "$EMULATOR.*$RESULTS" > /dev/null || return 0
		sleep 0.1
	done
	pgrep -fa "$EMULATOR.*$RESULTS"
	return 1
}
