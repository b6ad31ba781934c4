#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What network managers see of a capture equals its summary and meters table;
# of the demonstration it is exactly what stands beside it; two runs give the
# same, whether there is a page or not.  --write makes the golden file anew.
here=$(cd "${srcdir:-.}" && pwd)
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
failed=0 passed=0

# replay CAPTURE [OPTION...]
replay() {
	capture=$1
	shift
	rm -f "$scratch/dump"
	"$GRIDTAP" replay --quiet -o "json:$scratch/events" \
	    --nsm-dump "$scratch/dump" --summary "$scratch/summary" \
	    --meters "$scratch/meters" "$@" "$capture" 2>"$scratch/errors" ||
		{ cat "$scratch/errors"; return 1; }
}

# Rules come and go with the detections, and versions with time.
golden() {
	grep -v -e '^gtNsmRule' -e '^gtNsmSwVersion' \
	    -e '^gtNsmIds[A-Za-z]*\.[0-9]\.99 ' "$scratch/dump"
}

if [ "${1:-}" = --write ]; then
	replay "$here/pcaps/demo.pcap" && golden >"$here/pcaps/demo.nsm"
	exit
fi
for capture in "$here"/pcaps/demo.pcap $(find "$here/pcaps" \
    -mindepth 2 -name '*.pcap' | LC_ALL=C sort | awk 'NR % 12 == 5'); do
	if replay "$capture" && python3 "$here/tests/nsm_dump.py" \
	    "$here/outputs/agentx/objects.list" "$scratch/dump" \
	    "$scratch/summary" "$scratch/meters"; then
		passed=$((passed + 1))
	else
		echo "nsm_dump.sh: $capture"
		failed=$((failed + 1))
	fi
done
replay "$here/pcaps/demo.pcap" && golden >"$scratch/first"
cmp -s "$scratch/first" "$here/pcaps/demo.nsm" || {
	diff "$here/pcaps/demo.nsm" "$scratch/first" | head -n 10
	failed=$((failed + 1))
}
replay "$here/pcaps/demo.pcap" --nsm "$scratch/page" &&
	golden >"$scratch/second"
cmp "$scratch/first" "$scratch/second" || failed=$((failed + 1))
echo "nsm_dump.sh: $passed passed, $failed failed"
[ $failed -eq 0 ]
