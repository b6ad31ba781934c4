#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each capture gives exactly the records and events that stand beside it, with
# NAME.policy.yaml if it is there; and with each NAME.WORD.policy.yaml the events
# NAME.WORD.events.jsonl, with each NAME.WORD.keys.yaml the records, too.
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

# replay CAPTURE [POLICY [KEYS]]
replay() {
	rm -f "$scratch"/*
	# a file of the checkout is everybody's
	[ -z "${3:-}" ] || { cp "$3" "$scratch/keys" && chmod 600 "$scratch/keys"; }
	(cd "$(dirname "$1")" && "$GRIDTAP" replay --quiet \
	    -o "json:$scratch/events" --records "$scratch/records" \
	    ${2:+--policy "$(basename "$2")"} ${3:+--keys "$scratch/keys"} \
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

# judge NAME KIND...: what was replayed is what stands in NAME.KIND.jsonl
judge() {
	name=$1
	shift
	for kind; do
		if [ -n "$write" ]; then
			cat "$scratch/$kind" >"$name.$kind.jsonl" || return 1
		else
			same "$name.$kind.jsonl" "$scratch/$kind" || return 1
		fi
	done
}

count() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "FAIL: $2"
		failed=$((failed + 1))
	fi
}

# transport/ is judged against what it was made of: see variants.sh
for file in *.pcap* [!t]*/*.pcap* t[!r]*/*.pcap*; do
	case $file in *"$only"*.pcap | *"$only"*.pcap.gz | *"$only"*.pcapng) ;;
	*) continue ;; esac
	stem=${file%.pcap*} policy=
	[ -f "$stem.policy.yaml" ] && policy=$stem.policy.yaml
	replay "$file" "$policy" && judge "$stem" records events
	count $? "$file"
	for policy in "$stem".*.policy.yaml; do
		[ -f "$policy" ] || continue
		replay "$file" "$policy" && judge "${policy%.policy.yaml}" events
		count $? "$policy"
	done
	for keys in "$stem".*.keys.yaml; do
		[ -f "$keys" ] || continue
		replay "$file" "" "$keys" &&
			judge "${keys%.keys.yaml}" records events
		count $? "$keys"
	done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
