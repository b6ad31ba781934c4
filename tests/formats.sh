#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 10,000 events full of hostile octets through every format, read back by
# parsers that are not ours; and the XML against the schema.
srcdir=${srcdir:-.}
command -v xmllint >/dev/null || {
	echo "formats.sh: xmllint is missing (Debian: libxml2-utils)"
	exit 77
}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
status=0

validates() {
	xmllint --noout --nonet --huge --schema "$srcdir/etc/iec62351-14.xsd" \
		"$1" >"$dir/said" 2>&1 && return
	echo "FAIL: $2"
	head -5 "$dir/said"
	status=1
}

mkdir "$dir/out"
"$HOSTILE" "$dir/out" 10000 || exit 1
python3 "$srcdir/tests/tools/formats_check.py" "$dir/out" || status=1
validates "$dir/out/xml" "hostile events are no SECEVTLogs"
"$GRIDTAP" events --xml >"$dir/def.xml" || status=1
validates "$dir/def.xml" "the catalogue is no SECEVTDef"
# what the schema is worth: two events of one id
sed 's/"1\.15"/"1.14"/' "$dir/def.xml" >"$dir/bad.xml"
xmllint --noout --schema "$srcdir/etc/iec62351-14.xsd" "$dir/bad.xml" \
	2>/dev/null && { echo "FAIL: an id that stands twice"; status=1; }
"$GRIDTAP" replay --quiet -o "xml:$dir/demo.xml" "$srcdir/pcaps/demo.pcap" ||
	status=1
validates "$dir/demo.xml" "the demonstration's events are no SECEVTLogs"
exit $status
