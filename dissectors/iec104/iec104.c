/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: finding a unit and reading its APCI (5.1). */
#include <config.h>

#include <stddef.h>

#include "dissectors/iec104/parts.h"

#define START 0x68
#define LENGTH_MIN 4 /* the control field alone */
#define LENGTH_MAX 253
#define HEAD 6    /* START, length and control field */
#define ID_MIN 4  /* type, number, COT and CA, in the fewest octets */
#define LOS_AT 18 /* of type 125, in the preset sizes */

static const struct iec104_sizes preset = { 2, 2, 3 };

static bool
is_function(uint8_t u)
{
	static const uint8_t known[] = { IEC104_STARTDT_ACT, IEC104_STARTDT_CON,
		IEC104_STOPDT_ACT, IEC104_STOPDT_CON, IEC104_TESTFR_ACT,
		IEC104_TESTFR_CON };

	return memchr(known, u, sizeof(known)) != NULL;
}

static enum probe
probe_i(const uint8_t *p, size_t have)
{
	const struct iec104_type *t;
	size_t length = p[1];

	if (length < LENGTH_MIN + ID_MIN || (have > 4 && (p[4] & 1) != 0))
		return PROBE_NO;
	if (have < HEAD + 3)
		return PROBE_MORE;
	t = &iec104_types[p[6]];
	if (!iec104_cause_known(p[8]))
		return PROBE_NO;
	if ((t->flags & IEC104_VARYING) != 0 && have <= LOS_AT &&
	    have < 2 + length)
		return PROBE_MORE;
	return iec104_asdu_need(p + HEAD, have - HEAD, preset) ==
	               length - LENGTH_MIN
	           ? PROBE_YES
	           : PROBE_LIKELY;
}

static enum probe
probe_s_or_u(const uint8_t *p, size_t have)
{
	bool s = p[2] == 1;

	if (p[1] != LENGTH_MIN || (!s && !is_function(p[2])))
		return PROBE_NO;
	if ((have > 3 && p[3] != 0) || (have > 4 && (p[4] & 1) != 0))
		return PROBE_NO;
	if (!s && ((have > 4 && p[4] != 0) || (have > 5 && p[5] != 0)))
		return PROBE_NO;
	if (have < HEAD)
		return PROBE_MORE;
	return s ? PROBE_LIKELY : PROBE_YES;
}

static enum probe
iec104_probe(struct reader r)
{
	size_t have = rd_left(&r);

	if (have == 0)
		return PROBE_MORE;
	if (r.p[0] != START)
		return PROBE_NO;
	if (have > 1 && (r.p[1] < LENGTH_MIN || r.p[1] > LENGTH_MAX))
		return PROBE_NO;
	if (have < 3)
		return PROBE_MORE;
	return (r.p[2] & 1) == 0 ? probe_i(r.p, have) : probe_s_or_u(r.p, have);
}

/* Why no unit begins with these octets, or NULL if one does. */
static const char *
alien(const struct reader *r)
{
	size_t have = rd_left(r);

	if (have > 0 && r->p[0] != START)
		return "start octet is not 0x68";
	if (have > 1 && r->p[1] < LENGTH_MIN)
		return "length below 4";
	if (have > 1 && r->p[1] > LENGTH_MAX)
		return "length above 253";
	return NULL;
}

static enum frame
iec104_frame(struct reader r, size_t *len)
{
	size_t have = rd_left(&r), n;

	if (alien(&r) != NULL)
		return FRAME_ALIEN;
	if (have < 2)
		return FRAME_SHORT;
	n = 2U + r.p[1];
	if (have + r.lost < n)
		return FRAME_SHORT;
	*len = n;
	return FRAME_WHOLE;
}

static void
fail(struct reader *r, struct op *op, const char *flaw)
{
	rd_fail(r);
	op->flaw = flaw;
}

static void
read_s(struct reader *r, const uint8_t *p, struct iec104_apdu *a, struct op *op)
{
	a->format = IEC104_S;
	a->nr = (uint16_t)(p[3] << 8 | p[2]) >> 1;
	if (p[0] != 1 || p[1] != 0 || (p[2] & 1) != 0)
		op->flaw = "reserved bits of an S frame are not 0";
	if (rd_left(r) + r->lost > 0)
		fail(r, op, "length of an S frame is not 4");
}

static void
read_u(struct reader *r, const uint8_t *p, struct iec104_apdu *a, struct op *op)
{
	a->format = IEC104_U;
	a->u = p[0];
	op->function = p[0];
	if (p[1] != 0 || p[2] != 0 || p[3] != 0)
		op->flaw = "reserved octets of a U frame are not 0";
	if (!is_function(p[0]))
		fail(r, op, "function of a U frame is not one of the six");
	else if (rd_left(r) + r->lost > 0)
		fail(r, op, "length of a U frame is not 4");
}

static void
read_apdu(struct reader *r, struct iec104_apdu *a, const struct ctx *ctx,
    struct op *op)
{
	const uint8_t *p = rd_take(r, LENGTH_MIN);

	if (p == NULL)
		return;
	a->read = IEC104_APCI;
	if ((p[0] & 3) == 1) {
		read_s(r, p, a, op);
		return;
	}
	if ((p[0] & 3) == 3) {
		read_u(r, p, a, op);
		return;
	}
	a->ns = (uint16_t)(p[1] << 8 | p[0]) >> 1;
	a->nr = (uint16_t)(p[3] << 8 | p[2]) >> 1;
	if ((p[2] & 1) != 0)
		op->flaw = "reserved bit of an I frame is not 0";
	iec104_read_asdu(r, a, ctx, op);
}

static enum rd_err
read_unit(struct reader *r, struct iec104_apdu *a, const struct ctx *ctx,
    struct op *op)
{
	struct reader body;

	op->flaw = alien(r);
	if (op->flaw != NULL)
		return RD_MALFORMED;
	rd_u8(r);
	body = rd_sub(r, rd_u8(r));
	if (body.err == RD_MALFORMED)
		op->flaw = "unit ends before its length says";
	else
		read_apdu(&body, a, ctx, op);
	if (body.err == RD_OK && (rd_left(r) > 0 || r->lost > 0)) {
		op->flaw = "octets behind the unit";
		return RD_TRAILING;
	}
	return rd_end(&body);
}

static enum rd_err
iec104_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct iec104_apdu a = { .read = IEC104_NOTHING };
	struct op op = { .kind = OP_FLAW,
		.pdu = ctx->pdu,
		.protocol = "iec104",
		.msg = &a };

	op.verdict = read_unit(&r, &a, ctx, &op);
	if (op.verdict == RD_TRUNCATED)
		op.flaw = NULL;
	if (op.verdict == RD_OK || op.verdict == RD_TRAILING) {
		op.kind =
		    a.format == IEC104_I ? iec104_types[a.type].kind : OP_LINK;
		op.result = iec104_result(&a);
	}
	/* what a station refuses, it repeats: that is no flaw of its own */
	if (op.verdict == RD_OK && op.flaw == NULL && a.format == IEC104_I &&
	    op.result != OP_REFUSED)
		op.flaw = iec104_asdu_flaw(&a);
	if (op.verdict == RD_OK)
		iec104_learn(ctx->flow, ctx->pdu->dir, &a);
	op.from = iec104_from(ctx->flow, ctx->pdu);
	sink->emit(sink, &op);
	return op.verdict;
}

const struct iec104_apdu *
iec104_msg(const struct op *op)
{
	return op_is(op, "iec104") ? op->msg : NULL;
}

bool
iec104_is_command(const struct iec104_apdu *a)
{
	return a->format == IEC104_I &&
	       (iec104_types[a->type].flags & IEC104_COMMAND) != 0 &&
	       (a->cot == IEC104_ACT || a->cot == IEC104_DEACT);
}

static const struct hint hints[] = { { OVER_TCP, IEC104_PORT },
	{ OVER_TCP, 0 } };

static const struct parameter parameters[] = {
	{ "ca_size", offsetof(struct iec104_settings, ca_size), 2, 1, 2 },
	{ "cot_size", offsetof(struct iec104_settings, cot_size), 2, 1, 2 },
	{ "ioa_size", offsetof(struct iec104_settings, ioa_size), 3, 1, 3 },
	{ NULL, 0, 0, 0, 0 },
};

const struct dissector iec104_dissector = {
	.name = "iec104",
	.hints = hints,
	.flow_size = sizeof(struct iec104_flow),
	.parameters = parameters,
	.settings_size = sizeof(struct iec104_settings),
	.probe = iec104_probe,
	.frame = iec104_frame,
	.dissect = iec104_dissect,
	.write_json = iec104_write_json,
	.tally_size = sizeof(struct iec104_tally),
	.count = iec104_count,
	.write_tally = iec104_write_tally,
};
