#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The keys file by the program, and that nothing of a key gets out: GRIDTAP.
here=${srcdir:-.}
[ -x "$GRIDTAP" ] || {
	echo "keys.sh: GRIDTAP is not a program" >&2
	exit 2
}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
capture=$here/pcaps/dlms/d29-tampered.pcap
passed=0 failed=0

# expect WHAT STATUS REGEX ARGUMENT...: how it ends, and what it says
expect() {
	what=$1 status=$2 regex=$3
	shift 3
	"$GRIDTAP" "$@" >"$scratch/out" 2>&1
	if [ $? -eq "$status" ] && grep -Eq "$regex" "$scratch/out" &&
	    ! grep -Eiq 'E3251EFF|9C68BAE6' "$scratch/out"; then
		passed=$((passed + 1))
		return
	fi
	echo "FAIL: $what"
	head -n 5 "$scratch/out"
	failed=$((failed + 1))
}

cp "$here/pcaps/dlms/d29-tampered.known.keys.yaml" "$scratch/keys"
chmod 600 "$scratch/keys"
expect 'a good file' 0 'the configuration and the keys are right' \
    check --keys "$scratch/keys"
echo "keys: $scratch/keys" >"$scratch/conf"
expect 'by the configuration' 0 'the keys are right' check -c "$scratch/conf"
expect 'by the configuration, at work' 0 '"det":"D-29"' \
    replay --quiet -o json -c "$scratch/conf" "$capture"
expect 'without them' 0 '"inner":\{\}' \
    replay --quiet -o json --summary - "$capture"
grep -q D-29 "$scratch/out" && {
	echo "FAIL: D-29 without keys"
	failed=$((failed + 1))
}
chmod 644 "$scratch/keys"
expect 'for everybody to read' 2 'mode 0644; expected 0600' \
    check --keys "$scratch/keys"
expect 'for everybody to read, at work' 2 'mode 0644; expected 0600' \
    replay --keys "$scratch/keys" "$capture"
chmod 600 "$scratch/keys"
sed -i 's/^    encryption: E3/    encryption E3/' "$scratch/keys"
expect 'not YAML' 2 'keys:5:5: ' check --keys "$scratch/keys"
expect 'not there' 2 'No such file' check --keys "$scratch/none"
expect 'a folder' 2 'expected a regular file' check --keys "$scratch"
cp "$here/etc/keys.yaml" "$scratch/keys"
chmod 600 "$scratch/keys"
expect 'the example' 0 'are right' check --keys "$scratch/keys"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] || exit 1
exec python3 "$here/tests/tools/keys_check.py" "$GRIDTAP" "$here/pcaps"
