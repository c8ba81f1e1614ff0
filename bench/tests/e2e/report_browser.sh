#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# The report and the site in a real browser (Chromium, without a window): nothing on its console,
# nothing wider than a phone, every plot visible, links alive, dark where asked for, and it prints.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

FIXTURES=$HERE/../fixtures
BROWSER=
for b in chromium chromium-browser google-chrome; do
	[ -n "$BROWSER" ] || BROWSER=$(command -v $b) || :
done
if [ -z "$BROWSER" ]; then
	echo "ok 1 - report_browser # SKIP no Chromium: apt-get install chromium"
	echo "1..1"
	exit 0
fi

browse() { timeout 100 "$BROWSER" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
	--user-data-dir="$OUT/profile" "$@"; }

# probe PAGE: that page with a script that measures it, which its own policy would not let run
probe() {
	{
		sed '/Content-Security-Policy/d' "$1"
		printf '<script>\n'
		cat "$HERE/report_probe.js"
		printf '</script>\n'
	} > "${1%/*}/probe.html"
}

# found PAGE WIDTH [OPTION...]: what the script says of it at that width. In a frame, because a
# window of the browser itself is never narrower than 500 pixels.
found() {
	_folder=${1%/*} _width=$2
	probe "$1"
	shift 2
	cat > "$_folder/frame.html" <<-END
		<!DOCTYPE html><meta name="color-scheme" content="light dark">
		<iframe src="probe.html" style="border:0;width:${_width}px;height:800px"></iframe>
		<script>onmessage = e => { document.documentElement.dataset.found = e.data; };</script>
	END
	browse --window-size=1400,900 --virtual-time-budget=5000 "$@" --dump-dom "file://$_folder/frame.html" \
		2> "$OUT/stderr" | sed -n 's/.*data-found="\([^"]*\)".*/\1/p'
	rm "$_folder/frame.html" "$_folder/probe.html"
}

# fits PAGE WIDTH [PLOTS]: at least one plot if it is not said how many
fits() {
	_found=$(found "$1" "$2")
	echo "$_found"
	echo "$_found" | grep -Eqx "$2 ${3:-[1-9][0-9]*} plots fine on .*"
}

dark() {
	_found=$(found "$1" 800 --force-dark-mode --blink-settings=preferredColorScheme=0)
	echo "$_found"
	case $_found in *" plots fine on rgb(22, 25, 29)") return 0 ;; esac
	return 1
}

quiet() {
	browse --enable-logging=stderr --dump-dom "file://$1" 2>&1 > /dev/null | grep CONSOLE > "$OUT/console"
	cat "$OUT/console"
	[ ! -s "$OUT/console" ]
}

links() {
	grep -o 'href="[^"#:]*[#"]' "$1" | sed 's/href="//; s/["#]$//; /^$/d' | sort -u > "$OUT/links"
	[ -s "$OUT/links" ] || return 1
	while read -r link; do
		[ -s "${1%/*}/$link" ] || { echo "dead: $link"; return 1; }
	done < "$OUT/links"
}

alone() { ! grep -E '(src|href)="(https?:)?//|url\(|@import|<script' "$1"; }
prints() { [ "$(head -c 5 "$1/report.pdf")" = %PDF- ] && [ "$(wc -c < "$1/report.pdf")" -gt 20000 ]; }
report() { "$BUILD/lubench" report --pdf -o "$OUT/$1" "$OUT/run-$1"; }


# looks_right NAME PAGE [PLOTS]: all that holds of every page
looks_right() {
	check "$1: nothing on the console" quiet "$2"
	check "$1: fits a phone of 360 pixels" fits "$2" 360 "${3:-}"
	check "$1: fits a wide window" fits "$2" 1280 "${3:-}"
	check "$1: every link leads somewhere" links "$2"
	check "$1: nothing from elsewhere" alone "$2"
}

# costs: of a run that counts instructions, one of them below 0
for kind in live micro costs; do
	mkdir -p "$OUT/run-$kind"
	cp "$FIXTURES/synthetic-$kind.json" "$OUT/run-$kind/run.json"
	echo 'a console' > "$OUT/run-$kind/console.log"
	check "$kind: is written" report "$kind"
	looks_right "$kind" "$OUT/$kind/index.html"
	check "$kind: dark where asked for" dark "$OUT/$kind/index.html"
	check "$kind: prints" prints "$OUT/$kind"
done

# no_seconds PAGE: a run that counts instructions has none, but in what people wrote about it
no_seconds() { ! sed '/id="environment"/,$d' "$1" | grep -oE '.{30}[0-9] (s|ms|µs|ns)[^a-z].{10}'; }
check "costs: no seconds where instructions are counted" no_seconds "$OUT/costs/index.html"

# 30 nights; comparing is slower from the 22nd on, and the last one has failures.
site=$OUT/site
nights() { "$BUILD/e2e/nights" "$OUT/nights" 30; }
publish() { "$BUILD/lubench" report --site --pdf --nights 2 --results "$OUT/nights" -o "$site"; }
# says PAGE TEXT
says() { grep -qF -e "$2" "$1"; }
# marked PAGE: each plot has its dashed line and the size of the change
marked() {
	_plots=$(grep -c '<svg id=' "$1")
	_labels=$(grep -cE '>[+-][0-9.]+.{1,2}%<' "$1")
	echo "$_plots plots, $_labels marked"
	[ "$_plots" -gt 0 ] && [ "$_labels" -ge "$_plots" ]
}
mkdir -p "$OUT/nights"
check "nights are made up" nights
check "site: is written" publish
looks_right "site: all runs" "$site/index.html" 0
looks_right "site: trends" "$site/trends.html" 12
for design in rebuild verify-ioas verify-shadow; do
	looks_right "site: design $design" "$site/design-$design.html"
done
looks_right "site: a night" "$site/night-00029/index.html"
check "site: change points are marked" marked "$site/trends.html"
check "site: and told with their run" says "$site/trends.html" night-00021
check "site: the last night is held against the last good one" says "$site/night-00029/index.html" night-00028
check "site: new failures are told" says "$site/night-00029/index.html" "more samples fail"
check "site: trends say that they are emulated" says "$site/trends.html" ", emulated, workload"
check "site: dark where asked for" dark "$site/trends.html"
check "site: a night prints" prints "$site/night-00029"
done_testing
