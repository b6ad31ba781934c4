/* SPDX-License-Identifier: Apache-2.0 */
/* TLS sessions as they are seen from outside; see world.h. */
#include <config.h>

#include <stdio.h>

#include "rules/full.h"
#include "rules/table.h"
#include "rules/tls/world.h"

#define SESSIONS 16384
#define PAIRS 16384

struct tls {
	struct table sessions, pairs;
	bool said_full;
	struct tls_view view;
	struct table_slot session_slots[SESSIONS], pair_slots[PAIRS];
	struct tls_session session[SESSIONS];
	struct tls_pair pair[PAIRS];
};

static size_t
tls_size(const struct rules_limits *limits)
{
	(void)limits;
	return sizeof(struct tls);
}

static void
tls_start(void *state, const struct setup *setup)
{
	struct tls *t = state;

	table_init(&t->sessions, setup->key, t->session_slots, t->session,
	    SESSIONS, sizeof(struct tls_session), sizeof(t->session->flow));
	table_init(&t->pairs, setup->key, t->pair_slots, t->pair, PAIRS,
	    sizeof(struct tls_pair), offsetof(struct tls_pair, version));
}

static bool
is_usual(uint16_t port)
{
	static const uint16_t ports[] = { 102, 2404, 3782, 4059,
		TLS_PORT_SYSLOG, 19998, 19999, 20000 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* A hello says so itself; for the rest ports have to do. */
static bool
is_from_client(const struct op *op)
{
	if (op->from != OP_FROM_UNKNOWN)
		return op->from == OP_FROM_CLIENT;
	return !is_usual(op->pdu->src.port);
}

static bool
is_dated(struct bytes algorithms)
{
	for (size_t i = 0; i + 1 < algorithms.n; i += 2)
		if (algorithms.p[i] > 2) /* 1 is MD5, 2 is SHA-1 */
			return false;
	return algorithms.n >= 2;
}

static void
on_client(struct tls_session *s, const struct tls_hello *h)
{
	s->offered = h->version;
	s->version = s->suite = 0;
	s->sealed = 0;
	s->seen = TLS_SEEN_CLIENT;
	if (h->renegotiates_securely)
		s->seen |= TLS_SEEN_SECURE;
	if (h->has_algorithms)
		s->seen |= TLS_SEEN_ALGORITHMS;
	if (is_dated(h->algorithms))
		s->seen |= TLS_SEEN_DATED;
}

static void
on_server(struct tls *t, const struct tls_hello *h)
{
	struct tls_session *s = t->view.session;

	if (h->retry)
		return;
	s->seen |= TLS_SEEN_SERVER;
	s->version = h->version;
	if (h->suites.n >= 2)
		s->suite = tls_at(h->suites, 0);
	t->view.before = t->view.pair->version;
	t->view.pair->version = h->version;
}

static void
learn(struct tls *t, const struct op *op, const struct tls_message *m)
{
	struct tls_session *s = t->view.session;

	if (op->kind == OP_FLAW)
		return;
	if (m->encrypted || m->what == TLS_NEW_CIPHER)
		s->sealed |= (uint8_t)(1U << op->pdu->dir);
	switch (m->what) {
	case TLS_CLIENT_HELLO:
		on_client(s, &m->hello);
		break;
	case TLS_SERVER_HELLO:
		on_server(t, &m->hello);
		break;
	case TLS_CERTIFICATE_REQUEST:
		s->seen |= TLS_SEEN_REQUEST;
		break;
	case TLS_HELLO_DONE:
		s->seen |= TLS_SEEN_DONE;
		break;
	default:
		break;
	}
}

static struct tls_pair *
find_pair(struct tls *t, const struct op *op)
{
	const struct endpoint *server =
	    t->view.from_client ? &op->pdu->dst : &op->pdu->src;
	const struct endpoint *client =
	    t->view.from_client ? &op->pdu->src : &op->pdu->dst;
	struct tls_pair key = { .port = server->port }, *pair;
	bool fresh;

	memcpy(key.client, client->ip, sizeof(key.client));
	memcpy(key.server, server->ip, sizeof(key.server));
	t->view.port = server->port;
	pair = table_put(&t->pairs, &key, &fresh);
	return pair;
}

static const void *
tls_observe(void *state, const struct op *op, struct event_sink *out)
{
	struct tls *t = state;
	const struct tls_message *m = tls_msg(op);
	bool fresh;

	if (m == NULL || op->pdu->flow == 0)
		return NULL;
	t->view.message = m;
	t->view.from_client = is_from_client(op);
	t->view.session = table_put(&t->sessions, &op->pdu->flow, &fresh);
	/* most of a session is this, and says nothing more */
	if (m->what == TLS_APPLICATION &&
	    (t->view.session->sealed & 1U << op->pdu->dir) != 0)
		return NULL;
	t->view.pair = find_pair(t, op);
	t->view.before = t->view.pair->version;
	learn(t, op, m);
	if (!t->said_full && t->sessions.evicted + t->pairs.evicted > 0) {
		t->said_full = true;
		full_say(out, op, "L-01", SESSIONS);
	}
	return &t->view;
}

bool
tls_once(const struct tls_view *v, const struct op *op, enum tls_told what)
{
	uint32_t now = (uint32_t)op->pdu->at.tv_sec;
	struct tls_pair *p = v->pair;

	if (p->told != 0 && now - p->told_s >= TLS_AGAIN_S && now > p->told_s)
		p->told = 0;
	if ((p->told & what) != 0)
		return false;
	if (p->told == 0)
		p->told_s = now;
	p->told |= (uint16_t)what;
	return true;
}

struct event
tls_say(const struct op *op, const struct tls_view *v,
    const struct event_def *def, const char *det)
{
	struct event ev = event_about(op, def, det);

	ev.subject =
	    event_address(v->from_client ? &op->pdu->dst : &op->pdu->src);
	ev.doubtful =
	    op->pdu->state == KNOW_GAPPED || op->pdu->state == KNOW_ONE_SIDED;
	event_add_u64(&ev, "port", v->port);
	return ev;
}

void
tls_say_version(struct event *ev, const char *name, uint16_t version)
{
	char text[16];

	if (version >= TLS_1_0)
		snprintf(text, sizeof(text), "TLS 1.%d", (version & 0xff) - 1);
	else
		snprintf(
		    text, sizeof(text), "SSL %d", version == TLS_SSL_2 ? 2 : 3);
	event_add_text(ev, name, text);
}

void
tls_say_suite(struct event *ev, const char *name, uint16_t suite)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%04X", suite);
	event_add_text(ev, name, text);
}

static size_t
tls_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct tls *t = state;

	to[0] = kept_table("tls.sessions", 1, &t->sessions);
	to[1] = kept_table("tls.pairs", 1, &t->pairs);
	return 2;
}

const struct world tls_world = {
	.protocol = TLS_PROTOCOL,
	.size = tls_size,
	.start = tls_start,
	.observe = tls_observe,
	.kept = tls_kept,
};
