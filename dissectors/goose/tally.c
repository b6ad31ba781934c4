/* SPDX-License-Identifier: Apache-2.0 */
/* What the summary says of GOOSE. */
#include <config.h>

#include "dissectors/goose/parts.h"

#define SLOTS (2 * GOOSE_PUBLISHERS)
#define PROBES 64 /* publishers that chose to collide cost no more */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* Eight octets a step; it serves only to tell publishers apart. */
static uint64_t
publisher(const struct op *op, const struct goose_pdu *p)
{
	const uint8_t *m = op->pdu->src.mac;
	struct bytes left = p->gocbref;
	uint64_t h = mix(p->appid, left.n), v = 0;

	memcpy(&v, m, sizeof(op->pdu->src.mac));
	h = mix(h, v);
	for (; left.n >= sizeof(v); left.p += sizeof(v), left.n -= sizeof(v)) {
		memcpy(&v, left.p, sizeof(v));
		h = mix(h, v);
	}
	v = 0;
	if (left.n > 0)
		memcpy(&v, left.p, left.n);
	h = mix(h, v);
	return h != 0 ? h : 1;
}

static void
remember(struct goose_tally *t, uint64_t h)
{
	for (unsigned i = 0; i < PROBES; i++) {
		uint64_t *slot = &t->known[(h + i) % SLOTS];

		if (*slot == h)
			return;
		if (*slot != 0)
			continue;
		if (t->publishers == GOOSE_PUBLISHERS)
			break;
		*slot = h;
		t->publishers++;
		return;
	}
	t->capped = true;
}

void
goose_tally_count(void *tally, const struct op *op)
{
	struct goose_tally *t = tally;
	const struct goose_pdu *p = op->msg;

	if (op->verdict == RD_TRUNCATED) {
		t->truncated++;
	} else if (op->verdict == RD_MALFORMED) {
		t->malformed++;
	} else {
		t->units++;
		if (p->tag == GOOSE_PDU)
			remember(t, publisher(op, p));
	}
}

void
goose_tally_write(const void *tally, struct json *j)
{
	const struct goose_tally *t = tally;

	json_u64(j, "units", t->units);
	json_u64(j, "publishers", t->publishers);
	if (t->capped)
		json_bool(j, "publishers_capped", true);
	json_u64(j, "malformed", t->malformed);
	json_u64(j, "truncated", t->truncated);
}
