#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each detection has a capture that fires it and a near miss (COVERAGE.tsv),
# what generators make is what lies in pcaps/, and ORIGIN names every capture.
# ROWS prints the ids of the detections.
tools=${srcdir:-.}/tests/tools pcaps=${srcdir:-.}/pcaps
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
	echo "FAIL: $*"
	failed=1
}

[ -x "$ROWS" ] || {
	echo "both_sides.sh: ROWS is not a program" >&2
	exit 2
}

"$tools/captures.sh" "$scratch" >/dev/null || fail "captures.sh"
for made in "$scratch"/*/*.pcap; do
	cmp "$made" "$pcaps/${made#"$scratch"/}" || failed=1
done
(cd "$pcaps" && ls ./*.pcap* [!t]*/*.pcap* t[!r]*/*.pcap*) | sed 's:^\./::' | sort \
    >"$scratch/there"
grep -v '^#' "$pcaps/ORIGIN" | cut -f 1 | grep '\.pcap' | sort >"$scratch/named"
comm -3 "$scratch/there" "$scratch/named" | grep . &&
	fail "ORIGIN names others than there are"
"$ROWS" >"$scratch/ids" || fail "$ROWS"
"$tools/both_sides.py" "$pcaps" "$scratch/ids" || failed=1
[ $failed -eq 0 ]
