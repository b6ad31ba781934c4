#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the captures of the pairs in pcaps/COVERAGE.tsv anew, below a folder.
to=${1:?usage: captures.sh FOLDER}
tools=$(dirname "$0")
mkdir -p "$to/dlms" "$to/dnp3" "$to/goose" "$to/iec104" || exit 1
for program in meters associations orders keyed; do
	python3 "$tools/$program.py" "$to/dlms" || exit 1
done
for program in telecontrol links publishers insiders outstations probes network tls; do
	python3 "$tools/$program.py" "$to" || exit 1
done
