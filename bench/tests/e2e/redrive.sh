#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 400
# Only the translation counts: the same one reached by other calls is adopted.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
BUSY=--busy
DESIGNS=${DESIGNS:-verify-ioas verify-shadow}

check "measures" lubench_try default "$HERE/redrive.ini" -d "$(echo "$DESIGNS" | tr " " ,)" --same-machine
for way in same split split4k merge reverse remap ids; do
	for design in $DESIGNS; do
		check "$design adopts after $way" expect result "$design" 6 $way
	done
done
check "no complaint on the console" quiet_console
done_testing
