#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The live sensor in network namespaces; skipped without the privilege for it.
# GRIDTAP is the program.
for tool in ip tcpdump python3 openssl setpriv; do
	command -v $tool >/dev/null || {
		echo "live.sh: skipped: there is no $tool"
		exit 77
	}
done
exec python3 "${srcdir:-.}/tests/tools/live_check.py" "${srcdir:-.}/pcaps"
