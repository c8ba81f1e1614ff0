#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# The report in a real browser (Chromium, without a window): nothing on its console, nothing wider
# than a phone, every plot visible, links alive, dark where asked for, and it prints.
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

# The page with a script that measures it, which the page's own policy would not let run.
probe() {
	{
		sed '/Content-Security-Policy/d' "$1/index.html"
		printf '<script>\n'
		cat "$HERE/report_probe.js"
		printf '</script>\n'
	} > "$1/probe.html"
}

# found PAGE WIDTH [OPTION...]: what the script says of it at that width. In a frame, because a
# window of the browser itself is never narrower than 500 pixels.
found() {
	_page=$1 _width=$2
	shift 2
	cat > "$_page/frame.html" <<-END
		<!DOCTYPE html><meta name="color-scheme" content="light dark">
		<iframe src="probe.html" style="border:0;width:${_width}px;height:800px"></iframe>
		<script>onmessage = e => { document.documentElement.dataset.found = e.data; };</script>
	END
	browse --window-size=1400,900 --virtual-time-budget=5000 "$@" --dump-dom "file://$_page/frame.html" \
		2> "$OUT/stderr" | sed -n 's/.*data-found="\([^"]*\)".*/\1/p'
}

fits() {
	_found=$(found "$1" "$2")
	echo "$_found"
	case $_found in "$2 "[1-9]*" plots fine on "*) return 0 ;; esac
	return 1
}

dark() {
	_found=$(found "$1" 800 --force-dark-mode --blink-settings=preferredColorScheme=0)
	echo "$_found"
	case $_found in *" plots fine on rgb(22, 25, 29)") return 0 ;; esac
	return 1
}

quiet() {
	browse --enable-logging=stderr --dump-dom "file://$1/index.html" 2>&1 > /dev/null | grep CONSOLE > "$OUT/console"
	cat "$OUT/console"
	[ ! -s "$OUT/console" ]
}

links() {
	grep -o 'href="[^"#:]*"' "$1/index.html" | sed 's/href="//; s/"$//' | sort -u > "$OUT/links"
	[ -s "$OUT/links" ] || return 1
	while read -r link; do
		[ -s "$1/$link" ] || { echo "dead: $link"; return 1; }
	done < "$OUT/links"
}

alone() { ! grep -E '(src|href)="(https?:)?//|url\(|@import|<script' "$1/index.html"; }
prints() { [ "$(head -c 5 "$1/report.pdf")" = %PDF- ] && [ "$(wc -c < "$1/report.pdf")" -gt 20000 ]; }
report() { "$BUILD/lubench" report --pdf -o "$OUT/$1" "$OUT/run-$1"; }

for kind in live micro; do
	page=$OUT/$kind
	mkdir -p "$OUT/run-$kind"
	cp "$FIXTURES/synthetic-$kind.json" "$OUT/run-$kind/run.json"
	echo 'a console' > "$OUT/run-$kind/console.log"
	check "$kind: is written" report "$kind"
	probe "$page"
	check "$kind: nothing on the console" quiet "$page"
	check "$kind: fits a phone of 360 pixels" fits "$page" 360
	check "$kind: fits a wide window" fits "$page" 1280
	check "$kind: dark where asked for" dark "$page"
	check "$kind: every link leads somewhere" links "$page"
	check "$kind: nothing from elsewhere" alone "$page"
	check "$kind: prints" prints "$page"
done
done_testing
