#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds the program against the facts of labelled captures in a folder beside
# the checkout: tests/shared.sh GRIDTAP [PROTOCOL...].  Fails on a difference
# that shared.txt does not explain, and on an event that expected.tsv does not
# ask for or misses.
gridtap=$1
here=$(cd "$(dirname "$0")" && pwd)
shared=$(cd "$here/../.." && pwd)/shared
shift
if [ ! -f "$shared/tools/judge.py" ] || [ ! -d "$shared/pcaps" ]; then
	echo "no labelled captures beside the checkout: nothing is compared"
	exit 0
fi
scratch=$(mktemp) || exit 2
root=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch" "$root"' EXIT
failed=0
for only in "${@:-}"; do
	python3 "$shared/tools/judge.py" "$gridtap" facts "$shared/pcaps" \
	    --only "$only" -v >"$scratch"
	cat "$scratch"
	grep -q '^facts: [0-9]' "$scratch" || failed=1
	# dlms/made/n_gbt.pcap: what differs -> made/n_gbt
	for file in $(sed -n 's|^[a-z]*/\([^ ]*\)[.]pcap[ng]*: .*|\1|p' "$scratch")
	do
		grep -q "^  $file:" "$here/shared.txt" && continue
		echo "FAIL: $file differs and is not explained"
		failed=1
	done
done
cat "$here/shared.txt"
ln -s "$shared/pcaps/dlms" "$shared/pcaps/scada" "$root"
cp "$here/expected.tsv" "$root"
python3 "$shared/tools/judge.py" "$gridtap" alarms "$root" -v || failed=1
GRIDTAP=$gridtap python3 "$here/tools/shared_learn.py" "$root" \
    "$here/expected.tsv" || failed=1
GRIDTAP=$gridtap python3 "$here/tools/shared_keys.py" "$shared/pcaps" ||
	failed=1
# in two runs with a state file
GRIDTAP=$gridtap python3 "$here/tools/split_check.py" -n 12 \
    $(find "$shared/pcaps/dlms" "$shared/pcaps/scada" -name '*.pcap' \
        ! -path '*/facts/*' -size -1000k | sort) ||
	failed=1
exit $failed
