#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the generator of "make bench" makes is always the same, and without a
# flaw: what is measured is no error path.  GRIDTAP and GEN are the programs.
gen=${GEN:-tests/bench/gen}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
flaws='malformed|truncated|gaps|resyncs|retransmissions|conflicts|bad_[a-z_]*'
flaws="$flaws|crc_errors"
failed=0

fail() {
	echo "FAIL: $*"
	failed=1
}

# "iec104 slow": links that pause for longer than an acknowledgement may take
for kind in mix random goose dnp3 dlms iec104 "iec104 slow" stations meters; do
	case $kind in
	*slow) flows=6000 megabytes=14 ;;
	*) flows=500 megabytes=3 ;;
	esac
	for copy in a b; do
		"$gen" --kind "${kind% *}" --flows $flows \
		    --megabytes $megabytes "$scratch/$copy.pcap" \
		    >/dev/null || exit 1
	done
	cmp "$scratch/a.pcap" "$scratch/b.pcap" || fail "$kind differs"
	"$GRIDTAP" replay --quiet -o "json:$scratch/events" \
	    --summary "$scratch/summary" "$scratch/a.pcap" || fail "$kind"
	grep -oE "\"($flaws)\":[1-9][0-9]*" "$scratch/summary" &&
		fail "$kind is flawed"
	[ -s "$scratch/events" ] && fail "$kind has events"
	grep -qE '"(units|frames)":[1-9]' "$scratch/summary" ||
		fail "$kind was not understood"
done
[ $failed -eq 0 ]
