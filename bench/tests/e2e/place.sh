#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# A sample does not depend on its place, that is, on what was measured before it: over two seeds, each
# with every design at every place. Counted in instructions every sample of a case is the same; with
# CLOCK=tsc (the group place) the place explains nothing by ranks.
# shellcheck source=bench/tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
CLOCK=${CLOCK:-icount}

designs=$("$BUILD/lubench" run --dry-run --json -t "$TARGET" -w "$HERE/place.ini" | grep '"design"' | sort -u | grep -c .)
for seed in 1 2; do
	check "measures with seed $seed" lubench_run default "$HERE/place.ini" --clock "$CLOCK" --seed $seed -n "$designs"
done
all_runs() { "$BUILD/e2e/place" "$@" "$OUT"/*/run.json; }
if [ "$CLOCK" = icount ]; then
	check "every sample of a case is the same within 0.01 %, its kho as well" all_runs exact 100
else
	check "the place explains nothing of blackout and kho" all_runs rank 0.005
fi
sed 's/^/# /' "$OUT/check.log"
done_testing
