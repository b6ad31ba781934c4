#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The MIB: smilint at its strictest has nothing to say; no name, OID or syntax
# differs from the list that is checked in; and the code has the same objects.
here=$(cd "${srcdir:-.}" && pwd)
agentx=$here/outputs/agentx
mib=$(dirname "$GRIDTAP")/outputs/agentx/GRIDTAP-NSM-MIB.txt
command -v smilint >/dev/null || {
	echo "nsm_mib.sh: smilint is not there (Debian: smitools)"
	exit 77
}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/conf"
failed=0

# lint FILE: what smilint says; its status tells nothing.
lint() {
	SMIPATH="$here/tests/mibs" smilint -c "$scratch/conf" -s -l 9 "$1" 2>&1
}

lint "$mib" >"$scratch/said"
if [ -s "$scratch/said" ]; then
	head -n 10 "$scratch/said"
	failed=1
fi
# one that is broken must not pass
sed 's/::= { gtNsmAgent 2 }/::= { gtNsmAgent 1 }/' "$mib" >"$scratch/bad.txt"
lint "$scratch/bad.txt" | grep -q . || {
	echo "nsm_mib.sh: smilint does not see what is wrong"
	failed=1
}
python3 "$here/tests/nsm_mib.py" "$mib" "$agentx/objects.list" \
    "$here/outputs/nsm/objects.inc" "$here/rules/event.h" || failed=1
exit $failed
