#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line of compare, history, export and import: exit status, refusal, a history that is
# damaged or cannot be written. Runs are made of hyperfine results, so no kernel is needed.
# timeout: 300
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

lubench=$BUILD/lubench
results=$OUT/results

# night N COMMAND MILLISECONDS [FAILURES [RESULTS]]: a run of twenty times with a little noise, the first of which failed
night() {
	awk -v command="$2" -v ms="$3" -v failures="${4:-0}" -v seed="$1" 'BEGIN {
		srand(seed)
		for (i = 0; i < 20; i++) {
			times = times (i ? "," : "") (ms + ms * 0.01 * rand()) / 1000
			codes = codes (i ? "," : "") (i < failures)
		}
		printf "{\"results\":[{\"command\":\"%s\",\"times\":[%s],\"exit_codes\":[%s]}]}\n",
			command, times, codes
	}' > "$OUT/night-$1.json"
	touch -d "2026-01-01 + $1 days" "$OUT/night-$1.json"
	"$lubench" import -o "${5:-$results}" --name nights "$OUT/night-$1.json" | sed 's/.* in //; s,/run.json,,'
}
# exits STATUS COMMAND...
exits() {
	want=$1
	shift
	"$@"
	got=$?
	[ $got = "$want" ] || { echo "exit status $got, not $want"; return 1; }
}
# says TEXT COMMAND...: on standard output or error
says() {
	text=$1
	shift
	"$@" 2>&1 | tee "$OUT/said" | grep -qF -e "$text" || { cat "$OUT/said"; return 1; }
}

first=$(night 1 job 10)
second=$(night 2 job 10)
slow=$(night 3 job 12)
failing=$(night 4 job 10 5)
# verdict WORD STATUS BASE NEW: what it comes to, and the exit status
verdict() {
	exits "$2" "$lubench" compare --json "$3" "$4" > "$OUT/verdict" || { cat "$OUT/verdict"; return 1; }
	grep -q "^ \"verdict\": \"$1\"" "$OUT/verdict" || { cat "$OUT/verdict"; return 1; }
}

check "the same again: same, 0" verdict same 0 "$first" "$second"
check "slower: regression, 1" verdict regression 1 "$first" "$slow"
check "faster: improvement, 0" verdict improvement 0 "$slow" "$first"
check "new failures: regression, 1" verdict regression 1 "$first" "$failing"
once=$(night 31 job 10 1 "$OUT/once")
check "a single failure of twenty: inconclusive, 0" verdict inconclusive 0 "$first" "$once"
dead=$(night 32 job 10 20 "$OUT/dead")
check "no result left: regression, 1" verdict regression 1 "$failing" "$dead"
other=$(night 33 task 10 0 "$OUT/lost")
check "another case in its place: regression, 1" verdict regression 1 "$first" "$other"
check "a lost case is named" says "regression: lost" "$lubench" compare "$first" "$other"
check "--alpha 0: 2" exits 2 "$lubench" compare --alpha 0 "$first" "$second"
check "usage: 2" exits 2 "$lubench" compare "$first"
check "no such run: 2" exits 2 "$lubench" compare "$first" "$OUT/nothing" --results "$results"
echo '{' > "$OUT/broken.json"
check "not a run: 2" exits 2 "$lubench" compare "$first" "$OUT/broken.json"

mkdir -p "$OUT/other"
sed 's/"cpu": "unknown"/"cpu": "another"/' "$first/run.json" > "$OUT/other/run.json"
check "another machine: 3" exits 3 "$lubench" compare "$first" "$OUT/other"
check "another machine is named" says "host.cpu differs, so times are not comparable: unknown -> another" \
	"$lubench" compare "$first" "$OUT/other"
# unlike FIELD SED_SCRIPT: a run that differs in this only is not compared, and the reason is printed
unlike() {
	sed "$2" "$first/run.json" > "$OUT/other/run.json"
	! cmp -s "$first/run.json" "$OUT/other/run.json" || { echo "$2 changes nothing"; return 1; }
	exits 3 "$lubench" compare "$first" "$OUT/other" > "$OUT/unlike" || return 1
	cat "$OUT/unlike"
	grep -qF "$1 differs, so times are not comparable: " "$OUT/unlike"
}
check "another microcode: 3" unlike host.microcode 's/"microcode": [^,]*/"microcode": "0x99"/'
check "another governor: 3" unlike host.governor 's/"governor": [^,]*/"governor": "powersave"/'
check "another workload: 3" unlike workload.name 's/"name": "nights"/"name": "days"/'
check "another target: 3" unlike target.name 's/"name": "hyperfine"/"name": "host"/'
check "another clock: 3" unlike target.clock 's/"clock": "[a-z]*"/"clock": "tsc"/'
sed 's/"cpu": "unknown"/"cpu": "another"/' "$first/run.json" > "$OUT/other/run.json"
check "another machine, allowed: 0" exits 0 "$lubench" compare --allow host.cpu "$first" "$OUT/other"
check "export would mix them: 3" exits 3 "$lubench" export --format otava "$first" "$OUT/other"
sed 's/"release": null/"release": "7.3.5"/' "$first/run.json" > "$OUT/other/run.json"
check "another kernel is told and compared" says "kernel.release differs: unknown -> 7.3.5" \
	"$lubench" compare "$first" "$OUT/other"

check "last-good is the slow one" says "$(basename "$slow")" \
	"$lubench" compare --results "$results" last-good last
check "its verdict is recorded" exits 1 "$lubench" compare --results "$results" --record "$second" "$slow"
check "last-good passes over it" says "$(basename "$second")" \
	"$lubench" compare --results "$results" last-good last
check "the verdict survives a rebuild" exits 0 "$lubench" history --results "$results" --rebuild
check "last-good still passes over it" says "$(basename "$second")" \
	"$lubench" compare --results "$results" last-good last

night=5
while [ $night -le 20 ]; do
	night $night job "$([ $night -lt 13 ] && echo 10 || echo 11)" > "$OUT/night-$night.path"
	night=$((night + 1))
done
check "the change point is found" says "$(basename "$(cat "$OUT/night-13.path")")" \
	"$lubench" history --results "$results"
# prints_json ARGUMENT...: of lubench
prints_json() {
	"$lubench" "$@" > "$OUT/printed"
	[ $? -le 1 ] && cat "$OUT/printed" && python3 -m json.tool "$OUT/printed"
}
check "history --json is JSON" prints_json history --results "$results" --json
check "history --runs --json is JSON" prints_json history --results "$results" --runs --json
check "compare --json is JSON" prints_json compare --json "$first" "$slow"
check "import --json is JSON" prints_json import --json -o "$OUT/imported" "$OUT/night-1.json"
check "list --json is JSON" prints_json list --json
check "report --json is JSON" prints_json report --json -o "$OUT/report" "$first"
check "run --dry-run --json is JSON" prints_json run --dry-run --json -w smoke
check "runs are listed" says "$(basename "$first")" "$lubench" history --results "$results" --runs

dd if=/dev/urandom of="$results/history.db" bs=4096 count=1 conv=notrunc 2>/dev/null
check "a damaged history is set aside" says "damaged" "$lubench" history --results "$results"
check "and was built anew" says "20 runs" "$lubench" history --results "$results"
pages=$(($(stat -c %s "$results/history.db") / 4096))
dd if=/dev/urandom of="$results/history.db" bs=4096 seek=4 count=$((pages - 4)) conv=notrunc 2>/dev/null
check "damage inside, too" exits 0 "$lubench" history --results "$results"
check "and that was built anew" says "20 runs" "$lubench" history --results "$results"

if unshare -Urm true 2>/dev/null; then
	# shellcheck disable=SC2016 # of the inner shell
	inside='mount -t tmpfs -o size=320k none "$2" && cp "$1"/history.db "$2"/ 2>/dev/null
		cat /dev/zero > "$2/filler" 2>/dev/null
		"$3" history --results "$1" --db "$2/new.db"; rc=$?
		rm "$2/filler"; "$3" history --results "$1" --db "$2/new.db" --check --runs; exit $rc'
	mkdir -p "$OUT/small"
	check "a full disk is told" says "free some space" \
		unshare -Urm sh -c "$inside" sh "$results" "$OUT/small" "$lubench"
	# shellcheck disable=SC2016 # of the inner shell
	check "a read-only folder is told" says "as it was when it could last be written" \
		unshare -Urm sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && rm -f x
			"$2" history --results "$1"' sh "$results" "$lubench"
else
	skip "a full disk is told" "no user namespaces here"
	skip "a read-only folder is told" "no user namespaces here"
fi

# exports FORMAT CHECK: the two first nights, in the file $1 of the shell code CHECK
exports() {
	"$lubench" export --format "$1" --metric phases_ns.time "$first" "$second" > "$OUT/exported" || return 1
	head -n 20 "$OUT/exported"
	sh -c "$2" sh "$OUT/exported"
}
# shellcheck disable=SC2016 # of the inner shell
{
check "export --format csv: every sample" exports csv '[ "$(tr -d "\r" < "$1" | grep -c ",job,none,.*,true,.*,100[0-9]*$")" = 40 ]'
check "export --format otava: a column for the case, a line for each run" exports otava \
	'[ "$(wc -l < "$1")" = 3 ] && head -n 1 "$1" | grep -q ",job.phases_ns.time$" && [ "$(grep -c ",100[0-9]*$" "$1")" = 2 ]'
check "export --format openmetrics: samples, figures and an end" exports openmetrics \
	'[ "$(grep -c "^lubench_samples{.*result=\"ok\".* 20 " "$1")" = 2 ] && [ "$(tail -n 1 "$1")" = "# EOF" ]'
check "export --format markdown: a row for each run" exports markdown '[ "$(grep -c "^| job | .*time | 20 | 0 | 10" "$1")" = 2 ]'
check "export --format hyperfine: the times of both runs" exports hyperfine \
	'[ "$(grep -c "\"command\": \"job\"" "$1")" = 1 ] && [ "$(grep -c "^ *0\.010[0-9]*,\{0,1\}$" "$1")" -ge 40 ]'
check "export --format ratios: none of what has no baseline" exports ratios 'grep -q "\"ratios\": \[\]" "$1"'
}
check "hyperfine reads its own format back" sh -c "
	'$lubench' export --format hyperfine --metric phases_ns.time '$first' > '$OUT/back.json' &&
	'$lubench' import -o '$OUT/back' '$OUT/back.json'"
done_testing
