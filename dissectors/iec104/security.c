/* SPDX-License-Identifier: Apache-2.0 */
/* The authentication ASDUs (60870-5-7; IEC TS 62351-5:2013, 7.2). */
#include <config.h>

#include "dissectors/iec104/parts.h"

enum {
	REPLY = 82,
	AGGRESSIVE = 83,
	KEY_REQUEST = 84,
	KEY_STATUS = 85,
	ERROR = 87
};

/* CSQ or KSQ, and USR. */
static void
read_sequence(struct reader *r, struct iec104_security *s)
{
	uint16_t low = rd_u16le(r), high = rd_u16le(r);

	s->user = rd_u16le(r);
	s->sequence = (uint32_t)high << 16 | low;
	s->has_sequence = r->err == RD_OK;
}

/* The ASDU that is authenticated stands before its own sequence number. */
static void
skip_wrapped(
    struct reader *r, const struct iec104_apdu *a, struct iec104_security *s)
{
	size_t have = rd_left(r), need;

	if (have < 2)
		return;
	s->wrapped = r->p[0];
	need = iec104_asdu_need(r->p, have, a->sizes);
	rd_take(r, need > 0 ? need : have + 1);
}

bool
iec104_security(const struct iec104_apdu *a, struct iec104_security *s)
{
	struct reader r;
	uint8_t segment;

	if (a->read != IEC104_ASDU || a->type < 81 || a->type > 95 ||
	    a->objects.n == 0)
		return false;
	r = rd_over(a->objects.p, a->objects.n, a->objects.n);
	*s = (struct iec104_security){ .first = true, .last = true };
	if (a->type ==
	    KEY_REQUEST) { /* the only one without a segment number */
		s->user = rd_u16le(&r);
		return r.err == RD_OK;
	}
	segment = rd_u8(&r);
	s->segment = segment & 0x3f;
	s->first = segment >> 6 & 1;
	s->last = segment >> 7;
	if (!s->first || a->type > ERROR)
		return true;
	if (a->type == AGGRESSIVE)
		skip_wrapped(&r, a, s);
	read_sequence(&r, s);
	if (a->type == ERROR) {
		rd_u16le(&r); /* AID */
		s->error = rd_u8(&r);
	}
	if (a->type == KEY_STATUS) {
		rd_u8(&r); /* KWA */
		s->status = rd_u8(&r);
	}
	return true;
}
