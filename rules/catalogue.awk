# SPDX-License-Identifier: Apache-2.0
# The event catalogue as C: awk -f catalogue.awk catalogue.tsv gives one
# EVENT() for each row, with -v groups=1 one GROUP() for each group, and with
# -v notes=1 one NOTE() for each row that is not as the standard's draft has it.
BEGIN { FS = "\t" }
NR == 1 { next }
{
	own = sub(/^own/, "", $1)
	id = (own ? "EVENT_ENTERPRISE " : "") "\"" $1 "\""
}
groups {
	sub(/[.][0-9]*"$/, "\"", id)
	if (!seen[id]++)
		printf "GROUP(%s, \"%s\")\n", id, $4
	next
}
notes {
	if ($7 != "")
		printf "NOTE(\"%s\", \"%s\")\n", $2, $7
	next
}
{
	printf "EVENT(%s, %s, SEVERITY_%s, \"%s\", \"%s\")\n", \
	    id, $2, toupper($3), $5, $6
}
