# SPDX-License-Identifier: Apache-2.0
# gridtap-events(7) out of rules/catalogue.tsv; enterprise is our number.
function plain(s) {
	gsub(/\\/, "\\e", s)
	return s
}
BEGIN {
	FS = "\t"
	print ".\\\" Made from rules/catalogue.tsv by man/events.awk."
	print ".Dd November 25, 2026\n.Dt GRIDTAP-EVENTS 7\n.Os\n.Sh NAME"
	print ".Nm gridtap-events\n.Nd the events that gridtap knows"
	print ".Sh DESCRIPTION"
	print "Each event has an id, a mnemonic, a severity and a text."
	print "Ids that begin with IEC62351 are the standard's, of its draft;"
	print "those that begin with " enterprise " are gridtap's own."
	print "Names in braces are values of the event; names with X. are extra"
	print "information that comes with it when it is known."
	print "Not each of them is raised: the catalogue is what a SIEM loads"
	print "before, and the detections of a protocol say which they use."
	print ".Xr gridtap-siem 7\nexplains the attributes."
}
NR == 1 { next }
{
	sub(/^own/, enterprise, $1)
	group = $1
	sub(/[.][0-9]*$/, "", group)
	if (group != last) {
		if (last != "")
			print ".El"
		print ".Ss " $4 " (" group ")"
		print ".Bl -tag -width Ds"
	}
	last = group
	print ".It Sy " $1 " " $2 " (" $3 ")"
	print plain($5) "."
	if ($6 != "") {
		gsub(/ /, ", ", $6)
		print "Extra information: " $6 "."
	}
	if ($7 != "")
		print plain($7) "."
}
END { print ".El\n.Sh SEE ALSO\n.Xr gridtap 1 ,\n.Xr gridtap-siem 7" }
