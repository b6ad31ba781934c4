/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-01 a session is established, L-06 without a certificate of the client, L-07
 * without a word on secure renegotiation (RFC 5746), L-10 with signatures by
 * MD5 or SHA-1.  In TLS 1.3 the last three are not observable, nor done.
 */
#include <config.h>

#include "dissectors/tls/suites.h"
#include "rules/tls/world.h"

#define BOTH 3 /* directions */

static void
say(const struct op *op, const struct tls_view *v, enum tls_told once,
    const struct event_def *def, const char *det, const char *who,
    struct event_sink *out)
{
	struct event ev;

	if (!tls_once(v, op, once))
		return;
	ev = tls_say(op, v, def, det);
	event_add_text(&ev, "missing_of", who);
	tls_say_version(&ev, "version", v->session->version);
	out->emit(out, &ev);
}

/* Those of syslog come and go with each sensor of the plant. */
static void
established(
    const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	struct tls_session *s = v->session;
	struct event ev;

	if ((s->seen & TLS_SEEN_SERVER) == 0 || (s->seen & TLS_SEEN_UP) != 0 ||
	    s->sealed != BOTH)
		return;
	s->seen |= TLS_SEEN_UP;
	if (v->port == TLS_PORT_SYSLOG)
		return;
	ev = tls_say(op, v, &EV_TLS_HS_SUCCESS, "L-01");
	tls_say_version(&ev, "version", s->version);
	tls_say_suite(&ev, "suite", s->suite);
	if (s->version >= TLS_1_3)
		event_add_text(
		    &ev, "not_observable", "certificates, renewal of keys");
	out->emit(out, &ev);
}

/* Of a full handshake of which nothing is missing, in clear: TLS 1.2. */
static void
authenticated(
    const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	const struct tls_session *s = v->session;
	bool empty = v->message->what == TLS_CERTIFICATES &&
	             v->message->certificates.none;
	bool unasked = v->message->what == TLS_NEW_CIPHER &&
	               (s->seen & TLS_SEEN_DONE) != 0 &&
	               (s->seen & TLS_SEEN_REQUEST) == 0;

	if (!v->from_client || (!empty && !unasked) ||
	    (s->seen & TLS_SEEN_SERVER) == 0 || s->version >= TLS_1_3 ||
	    op->pdu->state == KNOW_GAPPED || op->pdu->state == KNOW_ONE_SIDED ||
	    (tls_suite(s->suite) & TLS_SUITE_PSK) != 0)
		return;
	say(op, v, TLS_TOLD_PEER, &EV_TLS_NO_PEER_CERT, "L-06",
	    empty ? "client" : "client, which was not asked", out);
}

static void
agreed(const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	const struct tls_session *s = v->session;

	if (s->version >= TLS_1_3 || v->message->hello.retry ||
	    (s->seen & TLS_SEEN_CLIENT) == 0)
		return;
	if ((s->seen & TLS_SEEN_SECURE) == 0)
		say(op, v, TLS_TOLD_CLIENT_UNSAFE, &EV_TLS_NO_RENEG_SIG, "L-07",
		    "client", out);
	else if (!v->message->hello.renegotiates_securely)
		say(op, v, TLS_TOLD_SERVER_UNSAFE, &EV_TLS_NO_RENEG_SIG, "L-07",
		    "server", out);
	if (s->version != TLS_1_2)
		return;
	if ((s->seen & TLS_SEEN_ALGORITHMS) == 0)
		say(op, v, TLS_TOLD_NO_ALGORITHMS, &EV_TLS_NO_SIG_ALGO_EXT,
		    "L-10", "client", out);
}

static void
dated(const struct op *op, const struct tls_view *v, enum tls_told once,
    uint16_t algorithm, const char *who, struct event_sink *out)
{
	struct event ev;

	if (!tls_once(v, op, once))
		return;
	ev = tls_say(op, v, &EV_TLS_DEP_SIG_ALGO, "L-10");
	tls_say_suite(&ev, "X.CipherSuite", v->session->suite);
	if (algorithm != 0)
		tls_say_suite(&ev, "algorithm", algorithm);
	event_add_text(&ev, "by", who);
	out->emit(out, &ev);
}

static void
signatures(
    const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	const struct tls_message *m = v->message;

	if (m->what == TLS_SERVER_HELLO && v->session->version == TLS_1_2 &&
	    (v->session->seen & TLS_SEEN_DATED) != 0)
		dated(op, v, TLS_TOLD_DATED, 0, "client, which offers no other",
		    out);
	else if (m->what == TLS_KEY_EXCHANGE && m->signature != 0 &&
	         m->signature >> 8 <= 2)
		dated(op, v, TLS_TOLD_SIGNATURE, m->signature, "server", out);
}

static void
session_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct tls_view *v = known;

	(void)state;
	if (op->kind == OP_FLAW)
		return;
	if (v->message->what == TLS_SERVER_HELLO)
		agreed(op, v, out);
	signatures(op, v, out);
	authenticated(op, v, out);
	established(op, v, out);
}

static const struct detection detections[] = {
	{ "L-01", NULL, NULL },
	{ "L-06", "T0859", NULL },
	{ "L-07", NULL, NULL },
	{ "L-10", "T0830", NULL },
	{ NULL, NULL, NULL },
};

const struct detector tls_session_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_OTHER),
	.world = &tls_world,
	.on_view = true,
	.on_op = session_on_op,
};
