#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each capture gives exactly the records and events that stand beside it.
# GRIDTAP is the program; --write makes the files anew, a word selects captures.
write=
[ "${1:-}" = --write ] && { write=1; shift; }
only=${1:-}
cd "${srcdir:-.}/pcaps" || exit 2
[ -x "$GRIDTAP" ] || {
	echo "golden.sh: GRIDTAP is not a program" >&2
	exit 2
}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

replay() {
	rm -f "$scratch"/*
	(cd "$(dirname "$1")" && "$GRIDTAP" replay --quiet \
	    -o "json:$scratch/events" --records "$scratch/records" \
	    "$(basename "$1")") 2>"$scratch/errors"
	status=$?
	[ $status -eq 0 ] || { cat "$scratch/errors"; return 1; }
}

# What should be, against what is; the first lines that differ are enough.
same() {
	cmp -s "$1" "$2" && return 0
	diff "$1" "$2" 2>&1 | cut -c 1-300 | head -n 6
	return 1
}

# transport/ is judged against what it was made of: see variants.sh
for file in *.pcap* [!t]*/*.pcap*; do
	case $file in *"$only"*.pcap | *"$only"*.pcap.gz | *"$only"*.pcapng) ;;
	*) continue ;; esac
	stem=${file%.pcap*}
	good=1
	replay "$file" || good=
	for kind in records events; do
		if [ -n "$write" ] && [ -n "$good" ]; then
			cat "$scratch/$kind" >"$stem.$kind.jsonl" || good=
		elif [ -n "$good" ]; then
			same "$stem.$kind.jsonl" "$scratch/$kind" || good=
		fi
	done
	if [ -n "$good" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL: $file"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
