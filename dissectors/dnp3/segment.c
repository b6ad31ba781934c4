/* SPDX-License-Identifier: Apache-2.0 */
/* Transport segments to application fragments (IEEE 1815-2012, clause 8). */
#include <config.h>

#include <string.h>

#include "dissectors/crc16.h"
#include "dissectors/dnp3/parts.h"

#define FIN 0x80
#define FIR 0x40
#define SEQUENCE 0x3f
#define HABIT 4 /* segments in sequence after which one is expected */
#define FRAGMENT_OCTETS 2048 /* preset: what every station can receive */

/* What a lease begins with; the octets of the fragment follow. */
enum {
	AT_DST,      /* two octets, as in the link header */
	AT_SRC = 2,  /* two octets */
	AT_DIR = 4,  /* the way within the flow */
	AT_SEQUENCE, /* of the last segment */
	AT_OCTETS,   /* of the last segment */
	AT_MORE,     /* there was more than one */
	AT_FRAGMENT = DNP3_LEASE_HEAD
};

static uint32_t
pair_of(const struct dnp3_frame *f)
{
	return (uint32_t)f->src << 16 | f->dst;
}

/* Not unique: 33 bits do not go into 32.  is_ours() tells. */
static uint32_t
key_of(const struct ctx *ctx, const struct dnp3_frame *f)
{
	return pair_of(f) ^ (ctx->pdu->dir != 0 ? 0x80008000 : 0);
}

static void
write_head(const struct ctx *ctx, const struct dnp3_frame *f, size_t octets,
    bool more, uint8_t head[DNP3_LEASE_HEAD])
{
	head[AT_DST] = (uint8_t)f->dst;
	head[AT_DST + 1] = (uint8_t)(f->dst >> 8);
	head[AT_SRC] = (uint8_t)f->src;
	head[AT_SRC + 1] = (uint8_t)(f->src >> 8);
	head[AT_DIR] = (uint8_t)ctx->pdu->dir;
	head[AT_SEQUENCE] = f->seq;
	head[AT_OCTETS] = (uint8_t)octets;
	head[AT_MORE] = more;
}

/* Whether the lease holds what these stations said before. */
static bool
is_ours(const struct ctx *ctx, const struct dnp3_frame *f, struct bytes lease)
{
	uint8_t head[DNP3_LEASE_HEAD];

	if (lease.p == NULL || lease.n < DNP3_LEASE_HEAD)
		return false;
	write_head(ctx, f, 0, false, head);
	return memcmp(lease.p, head, AT_SEQUENCE) == 0;
}

static bool
is_repeat(const struct dnp3_frame *f, struct bytes lease, struct bytes data)
{
	return lease.p[AT_SEQUENCE] == f->seq && lease.p[AT_OCTETS] == data.n &&
	       memcmp(lease.p + lease.n - data.n, data.p, data.n) == 0;
}

static uint32_t
sum_of(struct bytes data)
{
	return (uint32_t)data.n << 16 | crc16_dnp3(data.p, data.n);
}

/*
 * What follows a gap in the capture, or was on its way when it began, cannot
 * be held against the stations.
 */
static void
blame(const struct ctx *ctx, struct dnp3_frame *f, enum dnp3_flaw flaw)
{
	enum knowledge k = ctx->pdu->state;

	if (k == KNOW_GAPPED || (flaw == DNP3_NO_FIRST && k == KNOW_MIDSTREAM))
		return;
	if (f->flaw == DNP3_SOUND)
		f->flaw = flaw;
}

static size_t
longest(const struct ctx *ctx)
{
	const struct dnp3_settings *s = ctx->settings;

	return s != NULL ? s->fragment_octets : FRAGMENT_OCTETS;
}

static void
let_go(struct ctx *ctx, const struct dnp3_frame *f)
{
	struct dnp3_flow *flow = ctx->flow;

	asm_drop(ctx, key_of(ctx, f));
	if (flow->open > 0)
		flow->open--;
}

static bool
first_segment(struct ctx *ctx, struct dnp3_frame *f, uint8_t *room,
    struct bytes data, struct bytes *fragment)
{
	struct dnp3_flow *flow = ctx->flow;
	struct bytes old = { NULL, 0 };
	bool ours;

	/* most fragments are one segment, and then nothing is looked up */
	if (flow->open > 0)
		old = asm_get(ctx, key_of(ctx, f));
	ours = is_ours(ctx, f, old);
	if (ours && !f->fin && old.p[AT_MORE] == 0 && is_repeat(f, old, data)) {
		f->repeated = true;
		return false;
	}
	if (ours)
		blame(ctx, f, DNP3_UNFINISHED);
	if (f->fin) {
		if (ours)
			let_go(ctx, f);
		*fragment = data;
		return true;
	}
	write_head(ctx, f, data.n, false, room);
	data = (struct bytes){ room, DNP3_LEASE_HEAD + data.n };
	if (asm_put(ctx, key_of(ctx, f), true, data).p == NULL)
		flow->open -= old.p != NULL;
	else
		flow->open += old.p == NULL;
	return false;
}

/* A segment without those before it. */
static void
stray(struct ctx *ctx, struct dnp3_frame *f, struct bytes data)
{
	struct dnp3_flow *flow = ctx->flow;
	unsigned dir = ctx->pdu->dir & 1;

	f->repeated = flow->done[dir].there &&
	              flow->done[dir].pair == pair_of(f) &&
	              flow->done[dir].seq == f->seq &&
	              flow->done[dir].sum == sum_of(data);
	if (f->repeated)
		return;
	/* it may be us who lost them, to make room */
	if (ctx->pool != NULL && !asm_robbed(ctx))
		blame(ctx, f, DNP3_NO_FIRST);
}

/* Remembers the end of a fragment: the link layer may send it once more. */
static void
complete(struct ctx *ctx, const struct dnp3_frame *f, struct bytes data)
{
	struct dnp3_flow *flow = ctx->flow;
	unsigned dir = ctx->pdu->dir & 1;

	flow->done[dir].there = true;
	flow->done[dir].pair = pair_of(f);
	flow->done[dir].seq = f->seq;
	flow->done[dir].sum = sum_of(data);
}

static bool
next_segment(struct ctx *ctx, struct dnp3_frame *f, uint8_t *room,
    struct bytes data, struct bytes *fragment)
{
	uint32_t key = key_of(ctx, f);
	struct bytes all = asm_get(ctx, key);
	size_t before;

	if (!is_ours(ctx, f, all)) {
		stray(ctx, f, data);
		return false;
	}
	if (is_repeat(f, all, data)) {
		f->repeated = true;
		return false;
	}
	if (((all.p[AT_SEQUENCE] + 1) & SEQUENCE) != f->seq) {
		blame(ctx, f, DNP3_SEQUENCE_GAP);
		let_go(ctx, f);
		return false;
	}
	before = all.n - DNP3_LEASE_HEAD;
	all = asm_put(ctx, key, false, data);
	if (f->flaw == DNP3_SOUND && before <= longest(ctx) &&
	    before + data.n > longest(ctx))
		f->flaw = DNP3_TOO_LONG;
	if (all.p == NULL) {
		let_go(ctx, f);
		return false;
	}
	if (f->fin) {
		complete(ctx, f, data);
		*fragment =
		    (struct bytes){ all.p + AT_FRAGMENT, all.n - AT_FRAGMENT };
		return true;
	}
	write_head(ctx, f, data.n, true, room);
	asm_edit(ctx, key, 0, (struct bytes){ room, DNP3_LEASE_HEAD });
	return false;
}

/*
 * A first segment may bear any number, but senders count on: those who do tell
 * how many the sensor lost.  Nothing is known of a stream without a gap.
 */
static void
count_on(struct ctx *ctx, struct dnp3_frame *f)
{
	struct dnp3_flow *flow = ctx->flow;
	unsigned dir = ctx->pdu->dir & 1;
	uint8_t ahead = (uint8_t)(f->seq - flow->count[dir].next) & SEQUENCE;
	uint8_t run = flow->count[dir].run;

	if (ahead == SEQUENCE) /* the last one again */
		return;
	if (ahead == 0) {
		flow->count[dir].run = (uint8_t)(run + (run < UINT8_MAX));
	} else if (run >= HABIT && ahead < SEQUENCE / 2 &&
	           ctx->pdu->state == KNOW_GAPPED) {
		f->missing = ahead;
	} else {
		flow->count[dir].run = 0;
	}
	flow->count[dir].next = (uint8_t)(f->seq + 1) & SEQUENCE;
}

bool
dnp3_segment(struct ctx *ctx, struct dnp3_frame *f, uint8_t room[DNP3_ROOM],
    size_t n, struct bytes *fragment, bool *leased)
{
	uint8_t header = room[DNP3_USER_AT];
	struct bytes data = { room + DNP3_LEASE_HEAD, n - 1 };

	f->segment = true;
	f->fin = (header & FIN) != 0;
	f->fir = (header & FIR) != 0;
	f->seq = header & SEQUENCE;
	count_on(ctx, f);
	*leased = !f->fir;
	if (f->fir)
		return first_segment(ctx, f, room, data, fragment);
	return next_segment(ctx, f, room, data, fragment);
}

void
dnp3_segment_end(struct ctx *ctx, const struct dnp3_frame *f)
{
	let_go(ctx, f);
}
