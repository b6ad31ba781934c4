/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of TLS (RFC 5246 6.2, RFC 8446 5), for detectors only.  A message of
 * the handshake may be spread over records, and a record may hold several.
 */
#include <config.h>

#include "dissectors/asm.h"
#include "dissectors/dissector.h"
#include "dissectors/tls/parts.h"

#define HEAD 5
#define RECORD_MAX (16384 + 2048)
#define CHANGE_CIPHER_SPEC 20
#define ALERT 21
#define HANDSHAKE 22
#define APPLICATION_DATA 23

#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define CERTIFICATE 11
#define SERVER_KEY_EXCHANGE 12
#define CERTIFICATE_REQUEST 13
#define SERVER_HELLO_DONE 14

#define MESSAGE_HEAD 4
#define OLD_HEAD 11 /* of a hello of SSL 2.0, with its length */

struct tls_flow {
	bool encrypted[2]; /* by direction: a ChangeCipherSpec was there */
	bool open[2];      /* a message waits for its rest */
	uint8_t turn[2];   /* of the two leases of a direction, the open one */
	bool modern;       /* 1.3: nothing is to be seen behind the hellos */
	uint16_t version, suite; /* of the ServerHello */
};

struct record {
	struct ctx *ctx;
	struct op_sink *sink;
	struct tls_flow *flow;
	unsigned dir;
	uint16_t version;
	bool told;           /* of a message at least */
	enum rd_err verdict; /* of its last message */
};

static bool
is_old(const uint8_t *p)
{
	return (p[0] & 0x80) != 0 && p[1] >= OLD_HEAD - 2 && p[2] == 1 &&
	       ((p[3] == 0 && p[4] == 2) || (p[3] == 3 && p[4] <= 3));
}

static bool
is_record(const uint8_t *p)
{
	uint16_t n = (uint16_t)(p[3] << 8 | p[4]);

	return p[0] >= CHANGE_CIPHER_SPEC && p[0] <= APPLICATION_DATA &&
	       p[1] == 3 && p[2] <= 4 && n > 0 && n <= RECORD_MAX;
}

static enum probe
tls_probe(struct reader r)
{
	const uint8_t *p;

	if (rd_left(&r) < HEAD)
		return PROBE_MORE;
	p = r.p;
	if (is_old(p))
		return PROBE_LIKELY;
	if (!is_record(p))
		return PROBE_NO;
	/* a hello is shorter than 64 KiB */
	if (p[0] == HANDSHAKE && rd_left(&r) >= HEAD + 2 &&
	    (p[5] == CLIENT_HELLO || p[5] == SERVER_HELLO) && p[6] == 0)
		return PROBE_YES;
	/* an ASDU may begin as these do: they have but one form in clear */
	if (p[0] == CHANGE_CIPHER_SPEC || p[0] == ALERT) {
		uint16_t n = (uint16_t)(p[3] << 8 | p[4]);

		if (rd_left(&r) <= HEAD)
			return PROBE_MORE;
		if (p[0] == CHANGE_CIPHER_SPEC
		        ? n != 1 || p[5] != 1
		        : n < 2 || (n == 2 && (p[5] == 0 || p[5] > 2)))
			return PROBE_NO;
	}
	return PROBE_LIKELY;
}

/* Of what is encrypted the head is enough; see ctx.skip. */
static enum frame
tls_frame(struct reader r, size_t *len)
{
	const uint8_t *p;

	if (rd_left(&r) < HEAD)
		return FRAME_SHORT;
	p = r.p;
	if (is_old(p))
		*len = 2 + ((size_t)(p[0] & 0x7f) << 8 | p[1]);
	else if (!is_record(p))
		return FRAME_ALIEN;
	else if (p[0] == APPLICATION_DATA)
		*len = HEAD;
	else
		*len = HEAD + (size_t)(p[3] << 8 | p[4]);
	return FRAME_WHOLE;
}

static void
emit(struct record *rec, enum op_kind kind, const struct tls_message *m,
    enum rd_err verdict, const char *flaw)
{
	bool client = m->what == TLS_CLIENT_HELLO;
	bool server =
	    m->what == TLS_SERVER_HELLO || m->what == TLS_HELLO_DONE ||
	    m->what == TLS_KEY_EXCHANGE || m->what == TLS_CERTIFICATE_REQUEST;
	struct op op = { .kind = kind,
		.pdu = rec->ctx->pdu,
		.protocol = TLS_PROTOCOL,
		.from = client   ? OP_FROM_CLIENT
		        : server ? OP_FROM_SERVER
		                 : OP_FROM_UNKNOWN,
		.function = m->what,
		.verdict = verdict,
		.flaw = flaw,
		.msg = m };

	if (verdict == RD_MALFORMED || verdict == RD_TRUNCATED)
		op.kind = OP_FLAW;
	rec->verdict = verdict;
	rec->told = true;
	rec->sink->emit(rec->sink, &op);
}

static void
note_server(struct record *rec, const struct tls_hello *h)
{
	rec->flow->version = h->version;
	rec->flow->modern = h->version >= TLS_1_3;
	if (h->suites.n == 2)
		rec->flow->suite =
		    (uint16_t)(h->suites.p[0] << 8 | h->suites.p[1]);
}

/* One message of the handshake, whole, behind its head. */
static void
on_message(struct record *rec, uint8_t type, struct bytes body)
{
	struct reader r = rd_over(body.p, body.n, body.n);
	struct tls_message m = { .record = rec->version };
	const char *flaw = NULL;
	enum rd_err verdict = RD_OK;

	switch (type) {
	case CLIENT_HELLO:
		m.what = TLS_CLIENT_HELLO;
		verdict = tls_client_hello(r, &m, &flaw);
		break;
	case SERVER_HELLO:
		m.what = TLS_SERVER_HELLO;
		verdict = tls_server_hello(r, &m, &flaw);
		if (verdict != RD_MALFORMED)
			note_server(rec, &m.hello);
		break;
	case CERTIFICATE:
		m.what = TLS_CERTIFICATES;
		verdict = tls_read_certificates(r, &m, &flaw);
		break;
	case SERVER_KEY_EXCHANGE:
		m.what = TLS_KEY_EXCHANGE;
		if (rec->flow->version == TLS_1_2)
			verdict =
			    tls_key_exchange(r, rec->flow->suite, &m, &flaw);
		break;
	case CERTIFICATE_REQUEST:
		m.what = TLS_CERTIFICATE_REQUEST;
		break;
	case SERVER_HELLO_DONE:
		m.what = TLS_HELLO_DONE;
		break;
	default:
		m.what = TLS_HANDSHAKE;
		break;
	}
	emit(rec, OP_ASSOCIATE, &m, verdict, flaw);
}

static uint32_t
lease(const struct record *rec)
{
	return rec->dir * 2 + rec->flow->turn[rec->dir];
}

/* What is left of a message waits in the lease that is not the open one. */
static void
put_away(struct record *rec, struct bytes rest)
{
	bool was = rec->flow->open[rec->dir];
	uint32_t old = lease(rec);

	rec->flow->open[rec->dir] = rest.n > 0;
	if (rest.n > 0) {
		rec->flow->turn[rec->dir] ^= 1;
		rec->flow->open[rec->dir] =
		    asm_put(rec->ctx, lease(rec), true, rest).p != NULL;
	}
	if (was)
		asm_drop(rec->ctx, old);
}

/* All messages that end in this piece. */
static void
read_messages(struct record *rec, struct bytes piece)
{
	struct bytes all = piece;
	size_t at = 0;

	if (rec->flow->open[rec->dir])
		all = asm_put(rec->ctx, lease(rec), false, piece);
	if (all.p == NULL) {
		rec->flow->open[rec->dir] = false;
		return;
	}
	while (all.n - at >= MESSAGE_HEAD) {
		const uint8_t *p = all.p + at;
		size_t n = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];

		if (n > all.n - at - MESSAGE_HEAD)
			break;
		on_message(rec, p[0], (struct bytes){ p + MESSAGE_HEAD, n });
		at += MESSAGE_HEAD + n;
	}
	/* nothing was taken from what waits: it goes on waiting as it is */
	if (at == 0 && rec->flow->open[rec->dir])
		return;
	put_away(rec, (struct bytes){ all.p + at, all.n - at });
}

static void
on_handshake(struct record *rec, struct bytes piece)
{
	struct tls_message m = { .what = TLS_HANDSHAKE,
		.record = rec->version };

	read_messages(rec, piece);
	if (!rec->told) /* one that goes on in the next record */
		emit(rec, OP_ASSOCIATE, &m, RD_OK, NULL);
}

static void
on_alert(struct record *rec, struct bytes body)
{
	struct tls_message m = { .what = TLS_ALERT, .record = rec->version };

	m.alert.encrypted = rec->flow->encrypted[rec->dir] || body.n != 2;
	if (!m.alert.encrypted) {
		m.alert.level = body.p[0];
		m.alert.description = body.p[1];
	}
	m.encrypted = m.alert.encrypted;
	emit(rec, OP_OTHER, &m, RD_OK, NULL);
}

static void
on_body(struct record *rec, uint8_t content, struct bytes body)
{
	struct tls_message m = { .record = rec->version };
	bool *encrypted = &rec->flow->encrypted[rec->dir];

	switch (content) {
	case CHANGE_CIPHER_SPEC:
		/* in 1.3 it is there for the looks of it (RFC 8446 D.4) */
		*encrypted = true;
		m.what = TLS_NEW_CIPHER;
		emit(rec, OP_ASSOCIATE, &m, RD_OK, NULL);
		break;
	case ALERT:
		on_alert(rec, body);
		break;
	default:
		if (!*encrypted || rec->flow->modern) {
			on_handshake(rec, body);
			break;
		}
		m.what = TLS_HANDSHAKE;
		m.encrypted = true;
		emit(rec, OP_ASSOCIATE, &m, RD_OK, NULL);
		break;
	}
}

static void
on_data(struct record *rec, struct reader *r)
{
	struct tls_message m = { .what = TLS_APPLICATION,
		.record = rec->version,
		.encrypted = true };

	rec->ctx->skip = rd_u16be(r);
	emit(rec, OP_OTHER, &m, rd_end(r),
	    r->err == RD_OK ? NULL : "a record of TLS is cut");
}

static void
on_old(struct record *rec, struct reader *r)
{
	struct tls_message m = { .what = TLS_CLIENT_HELLO,
		.record = TLS_SSL_2 };
	const char *flaw = NULL;
	enum rd_err verdict;

	rd_u16be(r);
	verdict = tls_old_hello(*r, &m, &flaw);
	emit(rec, OP_ASSOCIATE, &m, verdict, flaw);
}

static enum rd_err
tls_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct record rec = { .ctx = ctx,
		.sink = sink,
		.flow = ctx->flow,
		.dir = ctx->pdu->dir };
	struct tls_message m = { .what = TLS_RECORDS };
	uint8_t content;
	struct bytes body;

	if (rd_left(&r) >= HEAD && is_old(r.p)) {
		on_old(&rec, &r);
		return rec.verdict;
	}
	if (rd_left(&r) >= HEAD && !is_record(r.p)) {
		emit(&rec, OP_FLAW, &m, RD_MALFORMED, "no record of TLS");
		return rec.verdict;
	}
	content = rd_u8(&r);
	rec.version = rd_u16be(&r);
	if (r.err == RD_OK && content == APPLICATION_DATA) {
		on_data(&rec, &r);
		return rec.verdict;
	}
	body = rd_bytes(&r, rd_u16be(&r));
	if (r.err != RD_OK) {
		emit(&rec, OP_FLAW, &m, r.err, "a record of TLS is cut");
		return rec.verdict;
	}
	on_body(&rec, content, body);
	return rec.verdict;
}

static const struct hint hints[] = {
	{ OVER_TCP, 102 },
	{ OVER_TCP, 2404 },
	{ OVER_TCP, 3782 },
	{ OVER_TCP, 4059 },
	{ OVER_TCP, 6514 },
	{ OVER_TCP, 19998 },
	{ OVER_TCP, 19999 },
	{ OVER_TCP, 20000 },
	{ OVER_TCP, 0 },
};

const struct dissector tls_dissector = {
	.name = TLS_PROTOCOL,
	.hints = hints,
	.home_only = true,
	.flow_size = sizeof(struct tls_flow),
	.probe = tls_probe,
	.frame = tls_frame,
	.dissect = tls_dissect,
};
