/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-02 SSL, L-03 TLS 1.0 and 1.1, L-04 another version than before.  The
 * version of the record layer says nothing: 0x0301 is normal in a ClientHello.
 */
#include <config.h>

#include <string.h>

#include "rules/tls/world.h"

#define SENTINEL 7 /* octets, and one more that says which (RFC 8446 4.1.3) */

struct version {
	uint32_t tolerated;
};

static void
old(const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	const struct tls_message *m = v->message;
	struct event ev;

	if ((m->hello.version > TLS_SSL_3 && m->record != TLS_SSL_2) ||
	    !tls_once(v, op, TLS_TOLD_OLD))
		return;
	ev = tls_say(op, v, &EV_TLS_DISALLOWED_VERSION, "L-02");
	tls_say_version(&ev, "X.TLSVersion",
	    m->record == TLS_SSL_2 ? TLS_SSL_2 : m->hello.version);
	event_add_text(&ev, "by", v->from_client ? "client" : "server");
	out->emit(out, &ev);
}

static void
weak(const struct version *set, const struct op *op, const struct tls_view *v,
    struct event_sink *out)
{
	uint16_t version = v->message->hello.version;
	struct event ev;

	if (version < TLS_1_0 || version >= TLS_1_2 ||
	    !tls_once(v, op, TLS_TOLD_WEAK))
		return;
	ev = tls_say(op, v,
	    set->tolerated ? &EV_TLS_WEAK_VERSION : &EV_TLS_DEPRECATED_VERSION,
	    "L-03");
	tls_say_version(&ev, "X.TLSVersion", version);
	if (v->session->offered != 0)
		tls_say_version(&ev, "offered", v->session->offered);
	out->emit(out, &ev);
}

static void
changed(const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	uint16_t version = v->message->hello.version;
	struct event ev;

	if (v->before == 0 || v->before == version ||
	    !tls_once(v, op,
	        version < v->before ? TLS_TOLD_LOWERED : TLS_TOLD_RAISED))
		return;
	ev = tls_say(op, v,
	    version < v->before ? &EV_TLS_VERSION_CHANGE
	                        : &EV_TLS_VERSION_RAISED,
	    "L-04");
	if (version > v->before)
		ev.std = EV_TLS_VERSION_CHANGE.id;
	tls_say_version(&ev, "X.TLSVersion", version);
	tls_say_version(&ev, "before", v->before);
	out->emit(out, &ev);
}

/* The server could do more than it was asked for by a client that can, too. */
static void
sentinel(const struct op *op, const struct tls_view *v, struct event_sink *out)
{
	struct bytes random = v->message->hello.random;
	const uint8_t *end = random.p + random.n - SENTINEL - 1;
	struct event ev;

	if (v->session->offered < TLS_1_3 || random.n != 32 ||
	    v->message->hello.version >= TLS_1_3 ||
	    memcmp(end, "DOWNGRD", SENTINEL) != 0 || end[SENTINEL] > 1 ||
	    !tls_once(v, op, TLS_TOLD_SENTINEL))
		return;
	ev = tls_say(op, v, &EV_TLS_VERSION_CHANGE, "L-04");
	tls_say_version(&ev, "X.TLSVersion", v->message->hello.version);
	tls_say_version(&ev, "offered", v->session->offered);
	event_add_text(&ev, "sign", "downgrade sentinel");
	out->emit(out, &ev);
}

static void
version_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct tls_view *v = known;
	const struct tls_message *m = v->message;

	if (m->what == TLS_CLIENT_HELLO)
		old(op, v, out);
	if (m->what != TLS_SERVER_HELLO || m->hello.retry)
		return;
	old(op, v, out);
	weak(state, op, v, out);
	changed(op, v, out);
	sentinel(op, v, out);
}

static const struct parameter l03[] = {
	{ "tolerated", offsetof(struct version, tolerated), 1, 0, 1 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "L-02", "T0830", NULL },
	{ "L-03", "T0830", l03 },
	{ "L-04", "T0830", NULL },
	{ NULL, NULL, NULL },
};

const struct detector tls_version_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.world = &tls_world,
	.on_view = true,
	.state_size = sizeof(struct version),
	.on_op = version_on_op,
};
