/* SPDX-License-Identifier: Apache-2.0 */
/* What the summary says of DNP3. */
#include <config.h>

#include <stdio.h>

#include "dissectors/dissector.h"
#include "dissectors/dnp3/parts.h"

void
dnp3_count(void *tally, const struct op *op)
{
	struct dnp3_tally *t = tally;
	const struct dnp3_frame *f = op->msg;

	if (op->verdict == RD_TRUNCATED) {
		t->truncated++;
		return;
	}
	t->flaws += op->flaw != NULL;
	if (op->verdict == RD_MALFORMED) {
		t->malformed++;
		return;
	}
	t->frames++;
	t->crc_errors += f->crc_errors;
	if (!f->whole)
		return;
	t->fragments++;
	t->functions[f->app.function]++;
}

void
dnp3_write_tally(const void *tally, struct json *j)
{
	const struct dnp3_tally *t = tally;
	char name[4];

	json_u64(j, "frames", t->frames);
	json_u64(j, "fragments", t->fragments);
	json_u64(j, "crc_errors", t->crc_errors);
	json_open(j, "functions", '{');
	for (unsigned i = 0; i < 256; i++) {
		if (t->functions[i] == 0)
			continue;
		snprintf(name, sizeof(name), "%u", i);
		json_u64(j, name, t->functions[i]);
	}
	json_close(j, '}');
	json_u64(j, "malformed", t->malformed);
	json_u64(j, "truncated", t->truncated);
	json_u64(j, "flaws", t->flaws);
}
