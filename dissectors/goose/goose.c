/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE (IEC 61850-8-1, annex C: the frame; annex A: the APDU). */
#include <config.h>

#include "dissectors/dissector.h"
#include "dissectors/goose/parts.h"

#define ETHERTYPE_GOOSE 0x88b8
#define ETHERTYPE_MANAGEMENT 0x88b9
#define SIMULATION 0x8000 /* in Reserved1 */

static const char not_captured[] = "not all of its octets were captured";

static bool
read_header(struct reader *r, struct goose_pdu *p)
{
	const uint8_t *h = rd_take(r, GOOSE_HEADER);

	p->headed = h != NULL;
	if (h == NULL)
		return false;
	p->appid = (uint16_t)(h[0] << 8 | h[1]);
	p->length = (uint16_t)(h[2] << 8 | h[3]);
	p->reserved1 = (uint16_t)(h[4] << 8 | h[5]);
	p->reserved2 = (uint16_t)(h[6] << 8 | h[7]);
	p->header_sim = (p->reserved1 & SIMULATION) != 0;
	return true;
}

/* Octets behind Length that are the extension of an APDU that fills Length. */
static size_t
behind(struct reader r, struct goose_pdu *p)
{
	struct reader body = rd_sub(&r, p->length - (size_t)GOOSE_HEADER);
	struct ber e;

	if ((p->reserved1 & 0xff) == 0 || !ber_next(&body, &e) ||
	    rd_left(&body) + body.lost != e.len)
		return 0;
	p->tag = (uint8_t)e.tag;
	return goose_auth_behind(p, r);
}

static enum probe
goose_probe(struct reader r)
{
	struct goose_pdu p; /* of which only the header is set */
	uint8_t tag;

	if (!read_header(&r, &p) || rd_left(&r) == 0)
		return PROBE_MORE;
	tag = rd_u8(&r);
	if (p.length <= GOOSE_HEADER ||
	    (tag != GOOSE_PDU && tag != GOOSE_MANAGEMENT))
		return PROBE_NO;
	return PROBE_LIKELY;
}

static enum frame
goose_frame(struct reader r, size_t *len)
{
	struct goose_pdu p; /* of which only the header is set */
	size_t there = rd_left(&r) + r.lost;

	if (!read_header(&r, &p)) {
		*len = there; /* if some was lost, nobody can say better */
		return r.err == RD_TRUNCATED ? FRAME_WHOLE : FRAME_ALIEN;
	}
	if (p.length < GOOSE_HEADER || p.length > there)
		return FRAME_ALIEN;
	*len = p.length + behind(r, &p);
	return *len <= there ? FRAME_WHOLE : FRAME_ALIEN;
}

/* What is within Length behind the APDU. */
static enum rd_err
read_rest(struct reader *body, struct goose_pdu *p, const char **flaw)
{
	struct bytes rest;

	if (body->err != RD_OK || rd_left(body) + body->lost == 0)
		return body->err;
	rest = rd_rest(body);
	if (body->err != RD_OK)
		return body->err;
	goose_auth_read(p, rest, false);
	if (p->auth.reading != GOOSE_UNREAD)
		return RD_OK;
	if (*flaw == NULL)
		*flaw = "octets behind the APDU are no extension";
	return RD_TRAILING;
}

/* What is behind Length: an extension, or what frame() should have left. */
static enum rd_err
read_behind(struct reader *r, struct goose_pdu *p, const char **flaw)
{
	size_t n =
	    p->auth.reading == GOOSE_NO_AUTH ? goose_auth_behind(p, *r) : 0;
	struct bytes extension;

	if (n == 0)
		return rd_end(r);
	extension = rd_bytes(r, n);
	if (r->err == RD_MALFORMED)
		*flaw = "the extension runs beyond the frame";
	if (r->err != RD_OK)
		return r->err;
	goose_auth_read(p, extension, true);
	return rd_end(r);
}

/*
 * A frame whose Length is wrong: who sent it may still be read.  Nothing is
 * judged but what is already known.
 */
static enum rd_err
read_anyway(struct reader r, struct goose_pdu *p)
{
	const char *ignored;

	goose_apdu(&r, p, &ignored);
	return RD_MALFORMED;
}

static enum rd_err
read_frame(struct reader r, struct goose_pdu *p, const char **flaw)
{
	struct reader body;
	enum rd_err err;

	if (!read_header(&r, p)) {
		*flaw = "the header has not 8 octets";
		return r.err;
	}
	if (p->length < GOOSE_HEADER) {
		*flaw = "Length is less than the header";
		return read_anyway(r, p);
	}
	if (p->length - (size_t)GOOSE_HEADER > rd_left(&r) + r.lost) {
		*flaw = "Length runs beyond the frame";
		return read_anyway(r, p);
	}
	body = rd_sub(&r, p->length - (size_t)GOOSE_HEADER);
	if (goose_apdu(&body, p, flaw) != RD_OK)
		return body.err;
	err = read_rest(&body, p, flaw);
	return err != RD_OK ? err : read_behind(&r, p, flaw);
}

static enum rd_err
goose_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct goose_pdu p = { 0 };
	struct op op = { .pdu = ctx->pdu,
		.protocol = "goose",
		.from = OP_FROM_SERVER,
		.msg = &p };

	p.whole = (struct bytes){ r.p, rd_left(&r) };
	op.verdict = read_frame(r, &p, &op.flaw);
	op.kind = p.tag == GOOSE_MANAGEMENT ? OP_OTHER : OP_REPORT;
	if (op.verdict == RD_TRUNCATED)
		op.flaw = not_captured;
	if (op.verdict == RD_TRUNCATED || op.verdict == RD_MALFORMED)
		op.kind = OP_FLAW;
	op.function = p.tag;
	op.object = p.gocbref;
	sink->emit(sink, &op);
	return op.verdict;
}

static void
goose_write(const void *msg, struct json *j)
{
	goose_write_json(msg, j);
}

const struct goose_pdu *
goose_msg(const struct op *op)
{
	return op_is(op, "goose") ? op->msg : NULL;
}

static const struct hint hints[] = {
	{ OVER_ETHERTYPE, ETHERTYPE_GOOSE },
	{ OVER_ETHERTYPE, ETHERTYPE_MANAGEMENT },
	{ OVER_ETHERTYPE, 0 },
};

const struct dissector goose_dissector = {
	.name = "goose",
	.hints = hints,
	.probe = goose_probe,
	.frame = goose_frame,
	.dissect = goose_dissect,
	.write_json = goose_write,
	.tally_size = sizeof(struct goose_tally),
	.count = goose_tally_count,
	.write_tally = goose_tally_write,
};
