/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: from a unit to its ops, however often it is wrapped. */
#include <config.h>

#include <string.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/framing.h"
#include "dissectors/dlms/kind.h"
#include "dissectors/dlms/show.h"
#include "dissectors/dlms/state.h"

#define LEVELS 4 /* an APDU and three within it, each in the one before */
#define HDLC_FLAG 0x7e
#define ALL_STATIONS 0x7f /* server addresses: all logical devices */
#define ALL_STATIONS_LONG 0x3fff
#define MANAGEMENT 1 /* the logical device that every server has */
#define PUBLIC 16    /* the least of the clients' addresses but management */

/* What one unit became: apdu[0] is on the wire, each other in one above it. */
struct unit {
	struct ctx *ctx;
	size_t n, most;
	uint32_t lease[LEVELS]; /* that hold octets of this unit; 0: none */
	enum rd_err err;
	struct dlms_apdu apdu[LEVELS]; /* zeroed one by one: they are large */
};

static void
begin(struct unit *u, struct ctx *ctx, size_t most)
{
	u->ctx = ctx;
	u->n = 1;
	u->most = most;
	memset(u->lease, 0, sizeof(u->lease));
	u->err = RD_OK;
	u->apdu[0] = (struct dlms_apdu){ 0 };
}

static void
hold(struct unit *u, uint32_t key)
{
	for (size_t i = 0; i < LEVELS; i++)
		if (u->lease[i] == 0) {
			u->lease[i] = key;
			return;
		}
}

static void
worsen(struct unit *u, enum rd_err err)
{
	if (u->err == RD_OK || (u->err == RD_TRAILING && err != RD_OK))
		u->err = err;
}

/* One more level, on the same stations as the unit; NULL beyond the last. */
static struct dlms_apdu *
push(struct unit *u)
{
	const struct dlms_apdu *unit = &u->apdu[0];
	struct dlms_apdu *a = &u->apdu[u->n];

	if (u->n == u->most)
		return NULL;
	*a = (struct dlms_apdu){ .framing = unit->framing,
		.source = unit->source,
		.destination = unit->destination,
		.hdlc.lower = unit->hdlc.lower };
	u->n++;
	return a;
}

static void
joined(struct unit *u, struct dlms_apdu *a, const struct block *b)
{
	struct dlms_apdu *j = push(u);

	if (j == NULL)
		return;
	if (dlms_block_read(b, j)) {
		a->joined = j;
		return;
	}
	u->n--;
	if (b->tag == DLMS_SET_REQUEST && a->flaw == NULL)
		a->flaw = "blocks do not join to what they announced";
}

/* What a holds in clear, or what it is the last block of. */
static struct bytes
within(struct unit *u, struct dlms_apdu *a)
{
	struct bytes none = { NULL, 0 };
	struct block b;
	uint32_t key;

	if (a->content.n > 0)
		return a->content;
	if (!dlms_block_put(u->ctx, a, &b, &key))
		return none;
	hold(u, key);
	if (a->tag == DLMS_BLOCK_TRANSFER)
		return b.raw;
	joined(u, a, &b);
	return none;
}

static void
read_apdus(struct unit *u, struct dlms_apdu *a, struct reader r)
{
	struct bytes content;

	for (;;) {
		dlms_apdu_read(&r, a);
		worsen(u, rd_end(&r));
		if (u->err == RD_TRUNCATED || u->err == RD_MALFORMED)
			return;
		content = within(u, a);
		if (content.n == 0)
			return;
		a->inner = push(u);
		if (a->inner == NULL) {
			a->flaw = "wrapped more than three times";
			worsen(u, RD_MALFORMED);
			return;
		}
		a = &u->apdu[u->n - 1];
		r = rd_over(content.p, content.n, content.n);
	}
}

/* Without any other sign: the addresses that a server or client would have. */
static enum op_from
from_addresses(uint16_t source, uint16_t destination)
{
	if (destination == ALL_STATIONS || destination == ALL_STATIONS_LONG)
		return OP_FROM_CLIENT;
	if (source == MANAGEMENT && destination >= PUBLIC)
		return OP_FROM_SERVER;
	if (destination == MANAGEMENT && source >= PUBLIC)
		return OP_FROM_CLIENT;
	return OP_FROM_UNKNOWN;
}

/* The first level whose tag tells; *tag is that tag. */
static enum op_from
from_tags(const struct unit *u, uint8_t *tag)
{
	enum op_from from = OP_FROM_UNKNOWN;

	for (size_t i = 0; i < u->n && from == OP_FROM_UNKNOWN; i++) {
		if (!u->apdu[i].there)
			break;
		*tag = u->apdu[i].tag;
		from = dlms_apdu_from(*tag);
	}
	return from;
}

/* LLC and HDLC addresses tell first, then the service, then the past. */
static enum op_from
find_from(struct unit *u)
{
	struct dlms_apdu *a = &u->apdu[0];
	uint8_t tag = 0;
	enum op_from from = from_tags(u, &tag);

	if (a->hdlc.crc_error)
		return dlms_state_from(u->ctx); /* no address is known */
	if (a->from != OP_FROM_UNKNOWN)
		from = a->from;
	if (u->err != RD_MALFORMED)
		dlms_state_learn(u->ctx, tag, from);
	if (from == OP_FROM_UNKNOWN)
		from = dlms_state_from(u->ctx);
	if (from == OP_FROM_UNKNOWN && a->framing == DLMS_WRAPPER)
		from = from_addresses(a->source, a->destination);
	return from;
}

static void
set_from(struct unit *u, enum op_from from)
{
	for (size_t i = 0; i < u->n; i++) {
		struct dlms_apdu *a = &u->apdu[i];
		bool client = from == OP_FROM_CLIENT;

		a->from = from;
		a->client_sap = client ? a->source : a->destination;
		a->server_sap = client ? a->destination : a->source;
	}
}

/* The innermost first; what cannot be read is one op, and the outermost. */
static void
emit(struct unit *u, const struct op *outer, struct op_sink *sink)
{
	bool bad = u->err == RD_TRUNCATED || u->err == RD_MALFORMED;
	struct op ops[LEVELS];

	for (size_t i = 0; i < u->n; i++) {
		ops[i] = (struct op){ .pdu = u->ctx->pdu,
			.protocol = "dlms",
			.from = u->apdu[i].from,
			.verdict = u->err,
			.flaw = u->apdu[i].flaw,
			.outer = i == 0 ? outer : &ops[i - 1],
			.msg = &u->apdu[i] };
		if (bad)
			ops[i].kind = OP_FLAW;
		else
			dlms_kind_set(&ops[i], &u->apdu[i]);
	}
	for (size_t i = u->n; i-- > 0;) {
		/* what is wrong within is wrong with the unit */
		if (i > 0 && ops[i - 1].flaw == NULL)
			ops[i - 1].flaw = ops[i].flaw;
		if (i == 0 && ops[0].flaw == NULL && u->err == RD_MALFORMED)
			ops[0].flaw = "APDU ends before what it announces";
		if (i == 0 || !bad)
			sink->emit(sink, &ops[i]);
	}
	for (size_t i = 0; i < LEVELS && u->lease[i] != 0; i++)
		asm_drop(u->ctx, u->lease[i]);
}

static void
dissect_wrapper(struct unit *u, struct reader *r)
{
	struct reader apdu = dlms_wrapper_read(r, &u->apdu[0]);

	worsen(u, rd_end(r));
	if (u->err == RD_OK || u->err == RD_TRAILING)
		read_apdus(u, &u->apdu[0], apdu);
}

static void
dissect_hdlc(struct unit *u, struct reader *r)
{
	struct dlms_apdu *a = &u->apdu[0];
	struct reader info = dlms_hdlc_read(r, a);
	struct bytes apdu = { NULL, 0 };
	uint32_t key = 0;

	worsen(u, rd_end(r));
	if (u->err != RD_OK)
		return;
	if (a->hdlc.kind == DLMS_HDLC_SNRM || a->hdlc.kind == DLMS_HDLC_UA)
		dlms_hdlc_parameters(&info, a);
	worsen(u, info.err);
	if (u->err == RD_OK && a->hdlc.kind != DLMS_HDLC_FLAGS)
		apdu = dlms_segment_put(
		    u->ctx, a, (struct bytes){ info.p, rd_left(&info) }, &key);
	if (key != 0)
		hold(u, key);
	if (apdu.n > 0)
		read_apdus(u, a, rd_over(apdu.p, apdu.n, apdu.n));
}

static bool
is_hdlc(const struct reader *r)
{
	return r->p < r->end && (*r->p == HDLC_FLAG || *r->p >> 4 == 0xa);
}

static bool
is_wrapper(const struct reader *r)
{
	return r->p == r->end || *r->p == 0;
}

static enum probe
dlms_probe(struct reader r)
{
	if (is_hdlc(&r))
		return dlms_hdlc_probe(r);
	if (is_wrapper(&r))
		return dlms_wrapper_probe(r);
	return *r.p == '/' || *r.p == 6 ? dlms_mode_e_probe(r) : PROBE_NO;
}

static enum frame
dlms_frame(struct reader r, size_t *len)
{
	if (is_hdlc(&r))
		return dlms_hdlc_frame(r, len);
	if (is_wrapper(&r))
		return dlms_wrapper_frame(r, len);
	return *r.p == '/' || *r.p == 6 ? dlms_mode_e_frame(r, len)
	                                : FRAME_ALIEN;
}

static enum rd_err
dlms_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct unit u;
	bool lost = r.lost > 0;

	begin(&u, ctx, LEVELS);
	if (is_hdlc(&r)) {
		dissect_hdlc(&u, &r);
	} else if (is_wrapper(&r)) {
		dissect_wrapper(&u, &r);
	} else {
		dlms_mode_e_read(&r, &u.apdu[0]);
		worsen(&u, rd_end(&r));
	}
	if (lost && u.err != RD_MALFORMED)
		u.err = RD_TRUNCATED; /* even if octets trail that are here */
	set_from(&u, find_from(&u));
	emit(&u, NULL, sink);
	return u.err;
}

static size_t
depth_of(const struct op *op)
{
	size_t n = 0;

	for (; op != NULL && n < LEVELS; op = op->outer)
		n++;
	return n;
}

enum rd_err
dlms_apdu(struct reader r, struct ctx *ctx, const struct op *outer,
    struct op_sink *sink)
{
	const struct dlms_apdu *carrier = outer->msg;
	size_t depth = depth_of(outer);
	struct unit u;
	struct dlms_apdu *a = &u.apdu[0];
	enum op_from from = outer->from;
	struct ctx same = *ctx;
	uint8_t tag;

	same.pdu = outer->pdu;
	begin(&u, &same, LEVELS - depth);
	a->source = carrier->source;
	a->destination = carrier->destination;
	a->hdlc.lower = carrier->hdlc.lower;
	a->hdlc.repeated = carrier->hdlc.repeated;
	if (depth == LEVELS) {
		a->flaw = "wrapped more than three times";
		worsen(&u, RD_MALFORMED);
	} else {
		read_apdus(&u, a, r);
	}
	set_from(&u, from != OP_FROM_UNKNOWN ? from : from_tags(&u, &tag));
	emit(&u, outer, sink);
	return u.err;
}

void
dlms_within(const struct op *op, const struct dlms_apdu *inner)
{
	/* a level of struct unit, which nobody but emit() holds const */
	struct dlms_apdu *a = (struct dlms_apdu *)(uintptr_t)op->msg;

	a->inner = inner;
	if ((a->tag == DLMS_AARQ || a->tag == DLMS_AARE) &&
	    inner->initiate.there)
		a->initiate = inner->initiate;
}

const struct dlms_apdu *
dlms_msg(const struct op *op)
{
	return op_is(op, "dlms") ? op->msg : NULL;
}

static const struct hint hints[] = { { OVER_TCP, 4059 }, { OVER_UDP, 4059 },
	{ 0 } };

const struct dissector dlms_dissector = {
	.name = "dlms",
	.hints = hints,
	.flow_size = sizeof(struct flow),
	.probe = dlms_probe,
	.frame = dlms_frame,
	.dissect = dlms_dissect,
	.write_json = dlms_show_apdu,
	.tally_size = sizeof(struct dlms_tally),
	.count = dlms_show_count,
	.write_tally = dlms_show_write_tally,
};
