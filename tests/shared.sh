#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds the program against the facts of labelled captures in a folder beside
# the checkout: tests/shared.sh GRIDTAP [PROTOCOL...]
gridtap=$1
shared=$(cd "$(dirname "$0")/../.." && pwd)/shared
[ $# -gt 0 ] && shift
if [ ! -f "$shared/tools/judge.py" ] || [ ! -d "$shared/pcaps" ]; then
	echo "no labelled captures beside the checkout: nothing is compared"
	exit 0
fi
failed=0
for only in "${@:-}"; do
	python3 "$shared/tools/judge.py" "$gridtap" facts "$shared/pcaps" \
	    --only "$only" -v || failed=1
done
# What is known to differ, and who is right.
cat "$(dirname "$0")/shared.txt"
exit $failed
