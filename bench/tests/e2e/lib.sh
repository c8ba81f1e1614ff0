# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034 # some of it is used over there only
# Sourced by the scripts. run-tests gives BUILD, with the programs and, in uml/,
# User-Mode Linux; BOOT, with a kernel and its initramfs in default/ or debug/; TARGET; and EMULATOR. With
# PAGES, 16K or 64K, what has pages of 4K runs on the kernel with those, in 16k/ or 64k/.

HERE=$(cd "$(dirname "$0")" && pwd)
OUT=$BUILD/tests/$TARGET-$(basename "$0" .sh)${PAGES:+-$PAGES}
number=0
rm -rf "$OUT"
mkdir -p "$OUT"

# check NAME COMMAND...: one test, passed when the command succeeds; its output is shown when not
check() {
	_name=$1
	shift
	number=$((number + 1))
	if "$@" > "$OUT/check.log" 2>&1; then
		echo "ok $number - $_name"
	else
		echo "not ok $number - $_name"
		tail -n 15 "$OUT/check.log" | sed 's/^/#   /'
	fi
}
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}
done_testing() { echo "1..$number"; }

# lubench_run FLAVOUR WORKLOAD ARGUMENT...: into $OUT; 0 when every sample is a result or was refused
lubench_run() { (lubench_exec "$@"); }

# The same in place of this shell: in the background, $! is lubench itself.
lubench_exec() {
	_flavour=$1 _workload=$2
	shift 2
	if [ -n "${PAGES:-}" ]; then
		[ -r "$_workload" ] || _workload=$HERE/../../../workloads/$_workload.ini
		# KHO keeps whole page blocks free, which are of 512 MiB with pages of 64K.
		_memory=1G
		[ "$PAGES" != 64K ] || _memory=6G
		sed "s/^page_size = 4K/page_size = $PAGES/; s/^memory = .*/memory = $_memory/" "$_workload" > "$OUT/$PAGES.ini"
		_flavour=$(echo "$PAGES" | tr K k) _workload=$OUT/$PAGES.ini
	fi
	exec "$BUILD/lubench" run --quiet --no-report -t "$TARGET" -w "$_workload" -o "$OUT" --kernel "$BOOT/$_flavour/kernel" \
		--initrd "$BOOT/$_flavour/initramfs.cpio" --emulator "$EMULATOR" "$@"
}

run_folder() { echo "$OUT"/*/run.json | sed 's,/run\.json$,,'; }

# facts: the samples of the run in $OUT, one a line (see facts.c, also for what BUSY=--busy does)
facts() { "$BUILD/e2e/facts" ${BUSY:+"$BUSY"} "$(run_folder)"; }

# As lubench_run, but what single samples did is looked at by what follows.
lubench_try() { lubench_run "$@" || [ $? = 1 ]; }

# all STATE [NUMBER]: every sample is in this state, and there are so many
all() {
	facts | awk -F '\t' -v state="$1" -v want="${2:-}" '
		$8 != state { print; bad = 1 }
		END {
			if (!NR || (want && NR != want)) { print NR " samples, not " want; bad = 1 }
			exit bad
		}'
}

# expect STATE DESIGN COLUMN VALUE [COUNTER=N]: of this design and with this value in
# that column there are samples, and all are in this state and have this counter
expect() {
	facts | awk -F '\t' -v state="$1" -v design="$2" -v column="$3" -v value="$4" -v counter="${5:-}" '
		$1 != design || $column != value { next }
		{
			n++
			found = counter == ""
			for (i = 11; i <= NF; i++)
				found += $i == counter
			if ($8 != state || !found) { print; bad = 1 }
		}
		END { exit bad || !n }'
}

# quiet_console: the kernels found nothing to complain about
quiet_console() { for _log in "$(run_folder)"/console*.log; do sh "${0%/*}/../no-splat" "$_log" || return; done; }
