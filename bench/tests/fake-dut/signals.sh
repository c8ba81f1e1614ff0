#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # no arguments are the usual case
# Interrupted at any point: it ends soon, says so, leaves no machine, and resumes.
# shellcheck source=bench/tests/fake-dut/lib.sh
. "$(dirname "$0")/lib.sh"

workload '[matrix]' 'guest_size = 64M' 'iterations = 3' 'design = rebuild'

# interrupted SIGNAL PATTERN CODE ARGUMENT...: this signal, once the log has this line; then this exit code within ten seconds
interrupted() {
	_signal=$1 _pattern=$2 _code=$3
	shift 3
	measure_exec "$@" &
	_pid=$!
	until_true log_has "$_pattern" || { kill -KILL $_pid; cat "$OUT/said"; return 1; }
	sleep 0.1
	kill -"$_signal" $_pid
	_then=$(date +%s%N)
	wait $_pid
	_rc=$?
	_ms=$((($(date +%s%N) - _then) / 1000000))
	echo "exit code $_rc after $_ms ms"
	cat "$OUT/said"
	[ $_rc = "$_code" ] && [ $_ms -lt 10000 ]
}

for signal in INT TERM HUP; do
	begin 'version hang'
	check "$signal while QEMU hangs at --version" interrupted $signal '^version' 130
	check "no machine is left" no_machine
	begin 'start 1 hang'
	check "$signal while the machine boots" interrupted $signal '^start 1' 130
	check "no machine is left" no_machine
	begin 'sample 2 hang'
	check "$signal in a sample" interrupted $signal '^sample 2' 130 --jobs 1
	check "says how to resume" said "1 of 3 samples are kept"
	check "no machine is left" no_machine
	script
	check "and resumes" exits 0 measure
	check "to a whole run" all result 3
	begin 'sample * hang'
	check "$signal with three machines at once" interrupted $signal '^sample 3' 130 --jobs 3
	check "no machine is left" no_machine
done

# After the last sample a signal ends it as it does any program: nothing is swallowed. The report is long.
mkdir -p "$OUT/bin"
cat > "$OUT/bin/gnuplot" <<'END'
#!/bin/sh
echo "gnuplot 1" >> "$FAKE_DUT/log"
exec sleep 5
END
chmod +x "$OUT/bin/gnuplot"
begin
reporting_exec() {
	exec env PATH="$OUT/bin:$PATH" "$BUILD/lubench" run -q -w "$WORKLOAD" -o "$RESULTS" --kernel "$OUT/boot/kernel" \
		--initrd "$OUT/boot/initramfs.cpio" --emulator "$EMULATOR" > "$OUT/said" 2>&1
}
in_report() {
	reporting_exec &
	until_true log_has '^gnuplot' || { kill -KILL $!; cat "$OUT/said"; return 1; }
	kill -"$1" $!
	wait $!
	_rc=$?
	echo "exit code $_rc"
	[ $_rc = $((128 + $2)) ]
}
check "TERM while the report is written ends it" in_report TERM 15
check "the run is whole" all result 3
done_testing
