/* SPDX-License-Identifier: Apache-2.0 */
/* R-GOOSE and R-SV: session PDUs over UDP (IEC TR 61850-90-5). */
#include <config.h>

#include "dissectors/dissector.h"
#include "dissectors/rgoose/parts.h"

#define PORT 102
#define HEAD_MIN 4 /* octets of the SPDU that are asked for */

struct tally {
	uint64_t units, encrypted, malformed, truncated;
};

static enum probe
rgoose_probe(struct reader r)
{
	struct rgoose_spdu s = { 0 };
	uint8_t first = rd_left(&r) > 0 ? *r.p : 0;
	size_t have = rd_left(&r);

	if (have > 0 && first != 1 &&
	    (first < RGOOSE_TUNNEL || first > RGOOSE_MANAGEMENT))
		return PROBE_NO;
	if (!rgoose_head(&r, &s))
		return PROBE_NO;
	if (have < HEAD_MIN + (first == 1 ? 2U : 0U))
		return PROBE_MORE;
	if (r.err == RD_OK && rgoose_session(r, &s) == RGOOSE_FIT_WHOLE)
		return PROBE_YES;
	return PROBE_LIKELY;
}

/* A datagram is one unit. */
static enum frame
rgoose_frame(struct reader r, size_t *len)
{
	enum probe p = rgoose_probe(r);

	if (rd_left(&r) == 0)
		return FRAME_SHORT;
	if (p == PROBE_NO || p == PROBE_MORE)
		return FRAME_ALIEN;
	*len = rd_left(&r) + r.lost;
	return FRAME_WHOLE;
}

static enum rd_err
read_goose(struct rgoose_spdu *s, struct reader *apdu, const char **flaw)
{
	if (goose_apdu(apdu, &s->goose, flaw) != RD_OK)
		return apdu->err;
	if (rd_left(apdu) > 0 && *flaw == NULL)
		*flaw = "octets behind the APDU";
	return rd_end(apdu);
}

static enum rd_err
read_payload(struct rgoose_spdu *s, const char **flaw)
{
	struct reader apdu;

	if (!rgoose_element(s->payload, s, &apdu)) {
		/* the session header says so, or it would not have fitted */
		s->encrypted = true;
		return RD_OK;
	}
	return s->payload_tag == RGOOSE_PAYLOAD_GOOSE
	           ? read_goose(s, &apdu, flaw)
	           : RD_OK;
}

static enum rd_err
read_session(struct reader r, struct rgoose_spdu *s, const char **flaw)
{
	enum rgoose_fit fit = rgoose_session(r, s);
	enum rd_err err;

	if (fit == RGOOSE_FIT_NONE)
		*flaw = "no reading of the session header fits";
	else if (fit == RGOOSE_FIT_UNREADABLE)
		*flaw = "the payload is unknown and not said to be encrypted";
	if (*flaw != NULL)
		return RD_MALFORMED;
	err = read_payload(s, flaw);
	if (fit == RGOOSE_FIT_UNSIGNED) {
		*flaw = "the signature is missing";
		return RD_MALFORMED;
	}
	return err == RD_OK && fit == RGOOSE_FIT_TRAILING ? RD_TRAILING : err;
}

static enum rd_err
read_spdu(struct reader r, struct rgoose_spdu *s, const char **flaw)
{
	if (!rgoose_head(&r, s)) {
		*flaw = "there is no session header";
		return RD_MALFORMED;
	}
	if (r.err == RD_MALFORMED)
		*flaw = "the session header is cut short";
	if (r.err == RD_OK && r.lost == 0)
		return read_session(r, s, flaw);
	if (r.err == RD_MALFORMED)
		return r.err;
	*flaw = "not all of its octets were captured";
	return RD_TRUNCATED;
}

static enum op_kind
kind_of(const struct rgoose_spdu *s, enum rd_err verdict)
{
	if (verdict == RD_MALFORMED || verdict == RD_TRUNCATED)
		return OP_FLAW;
	if (s->encrypted)
		return s->si == RGOOSE_GOOSE || s->si == RGOOSE_SV ? OP_REPORT
		                                                   : OP_OTHER;
	return s->goose.tag == GOOSE_PDU ? OP_REPORT : OP_OTHER;
}

static enum rd_err
rgoose_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct rgoose_spdu s = { 0 };
	struct op op = { .pdu = ctx->pdu,
		.protocol = "rgoose",
		.from = OP_FROM_SERVER,
		.msg = &s };

	op.verdict = read_spdu(r, &s, &op.flaw);
	op.kind = kind_of(&s, op.verdict);
	op.function = s.si;
	op.object = s.goose.gocbref;
	sink->emit(sink, &op);
	return op.verdict;
}

static void
write_session(const struct rgoose_spdu *s, struct json *j)
{
	if (s->has_algorithms) {
		json_u64(j, "encryption", s->encryption);
		json_u64(j, "authentication", s->authentication);
	}
	json_u64(j, "key_id", s->key_id);
	json_u64(j, "iv_length", s->iv.n);
	json_u64(j, "payload_length", s->payload.n);
	json_u64(j, "mac_length", s->mac.n);
	json_bool(j, "encrypted", s->encrypted);
	if (s->payload_tag != 0)
		json_u64(j, "payload", s->payload_tag);
}

static void
rgoose_write_json(const void *msg, struct json *j)
{
	const struct rgoose_spdu *s = msg;

	json_u64(j, "spdu", s->si);
	if (s->headed) {
		json_u64(j, "spdu_length", s->spdu_length);
		json_u64(j, "spdu_number", s->number);
		json_u64(j, "version", s->version);
		json_u64(j, "time_of_current_key", s->current_key);
		json_u64(j, "time_to_next_key", s->next_key);
	}
	if (s->fits)
		write_session(s, j);
	if (!s->encrypted)
		goose_write_json(&s->goose, j);
}

static void
rgoose_count(void *tally, const struct op *op)
{
	const struct rgoose_spdu *s = op->msg;
	struct tally *t = tally;

	if (op->verdict == RD_TRUNCATED) {
		t->truncated++;
	} else if (op->verdict == RD_MALFORMED) {
		t->malformed++;
	} else {
		t->units++;
		t->encrypted += s->encrypted;
	}
}

static void
rgoose_write_tally(const void *tally, struct json *j)
{
	const struct tally *t = tally;

	json_u64(j, "units", t->units);
	json_u64(j, "encrypted", t->encrypted);
	json_u64(j, "malformed", t->malformed);
	json_u64(j, "truncated", t->truncated);
}

const struct rgoose_spdu *
rgoose_msg(const struct op *op)
{
	return op_is(op, "rgoose") ? op->msg : NULL;
}

static const struct hint hints[] = {
	{ OVER_UDP, PORT },
	{ OVER_UDP, 0 },
};

const struct dissector rgoose_dissector = {
	.name = "rgoose",
	.hints = hints,
	.probe = rgoose_probe,
	.frame = rgoose_frame,
	.dissect = rgoose_dissect,
	.write_json = rgoose_write_json,
	.tally_size = sizeof(struct tally),
	.count = rgoose_count,
	.write_tally = rgoose_write_tally,
};
