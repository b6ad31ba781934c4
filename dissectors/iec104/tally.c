/* SPDX-License-Identifier: Apache-2.0 */
/* What the summary says of all units. */
#include <config.h>

#include <stdio.h>

#include "dissectors/iec104/parts.h"

void
iec104_count(void *tally, const struct op *op)
{
	struct iec104_tally *t = tally;
	const struct iec104_apdu *a = op->msg;

	if (op->verdict == RD_TRUNCATED) {
		t->truncated++;
		return;
	}
	if (op->verdict == RD_MALFORMED) {
		t->malformed++;
		return;
	}
	t->units++;
	t->formats[a->format]++;
	if (a->format != IEC104_I)
		return;
	t->types[a->type]++;
	t->other_sizes += !iec104_sizes_preset(a->sizes);
}

void
iec104_write_tally(const void *tally, struct json *j)
{
	const struct iec104_tally *t = tally;
	char key[4];

	json_u64(j, "units", t->units);
	json_u64(j, "i", t->formats[IEC104_I]);
	json_u64(j, "s", t->formats[IEC104_S]);
	json_u64(j, "u", t->formats[IEC104_U]);
	json_open(j, "types", '{');
	for (unsigned i = 0; i < 256; i++) {
		if (t->types[i] == 0)
			continue;
		snprintf(key, sizeof(key), "%u", i);
		json_u64(j, key, t->types[i]);
	}
	json_close(j, '}');
	if (t->other_sizes > 0)
		json_u64(j, "other_sizes", t->other_sizes);
	json_u64(j, "malformed", t->malformed);
	json_u64(j, "truncated", t->truncated);
}
