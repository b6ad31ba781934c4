/* SPDX-License-Identifier: Apache-2.0 */
/* HDLC information fields to APDUs (IEC 62056-46, 5.3 and 6.4.4.5). */
#include <config.h>

#include "dissectors/crc16.h"
#include "dissectors/dlms/state.h"

#define LLC 3 /* destination, source, quality */

enum {               /* of a side */
	SEEN = 1,    /* last and ns are those of an I frame */
	PENDING = 2, /* segments came, and more follow */
	TAIL = 4,    /* what follows belongs to an APDU whose head is lost */
	CLIENT = 8,  /* it spoke as a client, by its LLC header */
	SERVER = 16
};

/* The one of this sender and address, or one that makes room for it. */
static struct side *
side_of(struct flow *f, uint32_t key)
{
	struct side *s;

	for (size_t i = 0; i < STATE_SIDES; i++)
		if (f->sides[i].key == key)
			return &f->sides[i];
	for (size_t i = 0; i < STATE_SIDES; i++)
		if (f->sides[i].key == 0) {
			f->sides[i].key = key;
			return &f->sides[i];
		}
	s = &f->sides[f->hand];
	f->hand = (uint8_t)((f->hand + 1) % STATE_SIDES);
	*s = (struct side){ .key = key };
	return s;
}

/* E6 E6 00 from a client, E6 E7 00 from a server. */
static bool
has_llc(struct bytes info)
{
	return info.n >= LLC && info.p[0] == 0xe6 &&
	       (info.p[1] & 0xfe) == 0xe6 && info.p[2] == 0;
}

static bool
take_llc(struct bytes *info, struct side *s)
{
	if (!has_llc(*info))
		return false;
	s->flags &= (uint8_t) ~(CLIENT | SERVER);
	s->flags |= info->p[1] == 0xe6 ? CLIENT : SERVER;
	info->p += LLC;
	info->n -= LLC;
	return true;
}

/* N(S) of an I frame against the one before it. */
static void
sequence(struct ctx *ctx, struct dlms_apdu *a, struct side *s,
    struct bytes info, uint32_t key)
{
	uint16_t crc = crc16_x25(info.p, info.n);
	bool known = (s->flags & SEEN) != 0;

	a->hdlc.repeated = known && s->ns == a->hdlc.ns && s->last == crc;
	if (known && !a->hdlc.repeated && a->hdlc.ns != ((s->ns + 1) & 7)) {
		if ((s->flags & PENDING) != 0)
			asm_drop(ctx, key);
		s->flags &= (uint8_t)~PENDING;
		s->flags |= TAIL;
	}
	s->flags |= SEEN;
	s->ns = a->hdlc.ns;
	s->last = crc;
}

/* A first segment, or an APDU that is whole: false when it is neither. */
static bool
begins(const struct ctx *ctx, struct side *s, struct bytes *info, bool more)
{
	bool tail = (s->flags & TAIL) != 0 || ctx->pdu->state != KNOW_COMPLETE;

	if (take_llc(info, s)) {
		s->flags &= (uint8_t)~TAIL;
		return true;
	}
	if (!tail)
		return true; /* some stations have no LLC */
	if (!more)
		s->flags &= (uint8_t)~TAIL;
	return false;
}

static struct bytes
join(struct ctx *ctx, struct dlms_apdu *a, struct side *s, struct bytes info,
    uint32_t key)
{
	bool first = (s->flags & PENDING) == 0;
	struct bytes all = asm_put(ctx, key, first, info);

	s->flags &= (uint8_t)~PENDING;
	if (a->hdlc.segmented)
		s->flags |= all.p != NULL ? PENDING : TAIL;
	return a->hdlc.segmented ? (struct bytes){ NULL, 0 } : all;
}

static struct bytes
information(struct ctx *ctx, struct dlms_apdu *a, struct side *s,
    struct bytes info, uint32_t *key)
{
	struct bytes none = { NULL, 0 };
	bool pending = (s->flags & PENDING) != 0, more = a->hdlc.segmented;

	if (info.n == 0)
		return none;
	if (a->hdlc.repeated && (pending || more || !has_llc(info)))
		return none; /* a piece that has been put already */
	if (!pending && !begins(ctx, s, &info, more))
		return none;
	if (!pending && !more)
		return info;
	*key = dlms_state_key(ctx, a, STATE_SEGMENTS);
	info = join(ctx, a, s, info, *key);
	if (more)
		*key = 0;
	return info;
}

static enum op_from
role_of(const struct side *s, enum op_from otherwise)
{
	if ((s->flags & CLIENT) != 0)
		return OP_FROM_CLIENT;
	return (s->flags & SERVER) != 0 ? OP_FROM_SERVER : otherwise;
}

struct bytes
dlms_segment_put(
    struct ctx *ctx, struct dlms_apdu *a, struct bytes info, uint32_t *key)
{
	uint32_t segments = dlms_state_key(ctx, a, STATE_SEGMENTS);
	struct bytes apdu = { NULL, 0 };
	struct side lone = { 0 }, *s;

	s = ctx->flow != NULL ? side_of(ctx->flow, segments) : &lone;
	if (a->hdlc.kind == DLMS_HDLC_SNRM || a->hdlc.kind == DLMS_HDLC_UA) {
		asm_drop(ctx, segments);
		s->flags = 0; /* both count from 0 again */
	}
	if (a->hdlc.kind == DLMS_HDLC_I)
		sequence(ctx, a, s, info, segments);
	if (a->hdlc.kind == DLMS_HDLC_I || a->hdlc.kind == DLMS_HDLC_UI)
		apdu = information(ctx, a, s, info, key);
	/* a dump may show both stations as one sender: then DISC is a client's
	 */
	if (a->hdlc.kind == DLMS_HDLC_I || a->hdlc.kind == DLMS_HDLC_UI ||
	    a->from == OP_FROM_UNKNOWN)
		a->from = role_of(s, a->from);
	return apdu;
}
