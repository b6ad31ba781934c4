# SPDX-License-Identifier: Apache-2.0
# The event catalogue as C: awk -f catalogue.awk catalogue.tsv gives one
# EVENT() for each row, and with -v groups=1 one GROUP() for each group.
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
{
	printf "EVENT(%s, %s, SEVERITY_%s, \"%s\", \"%s\")\n", \
	    id, $2, toupper($3), $5, $6
}
