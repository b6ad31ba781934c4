#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Destinations: rsyslog and syslog-ng receive, are killed, are not to be had.
# GRIDTAP is the program; PEERS is where quickstart unpacked rsyslogd.
PEERS=${PEERS:-$(dirname "$GRIDTAP")/peers}
export PEERS
cd "${srcdir:-.}" || exit 2
exec python3 tests/tools/siem_check.py "$@"
