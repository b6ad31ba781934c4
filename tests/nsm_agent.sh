#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gridtap-agentx with a real snmpd and snmptrapd on loopback; nsm_agent.sh
# SECONDS: how long the agent is stopped in between.
here=$(cd "${srcdir:-.}" && pwd)
agent=$(dirname "$GRIDTAP")/gridtap-agentx
[ -x "$agent" ] || {
	echo "nsm_agent.sh: gridtap-agentx was not built (Debian: libsnmp-dev)"
	exit 77
}
exec python3 "$here/tests/nsm_agent.py" "$GRIDTAP" "$agent" "$here" "$@"
