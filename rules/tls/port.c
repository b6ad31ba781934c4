/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L-20: TLS on a port for clear traffic, or clear traffic on a port for TLS
 * (IEC 62351-3: one port for each).
 */
#include <config.h>

#include <string.h>

#include "dissectors/transport.h"
#include "rules/full.h"
#include "rules/table.h"
#include "rules/tls/world.h"

#define DET "L-20"
#define SERVERS 4096
#define AGAIN_S 86400

struct server {
	uint8_t ip[16];
	uint16_t port, zero[3];
	int64_t said_s; /* 0: never */
};

struct port {
	struct table table;
	bool said_full;
	struct table_slot slots[SERVERS];
	struct server servers[SERVERS];
};

static void
port_start(void *state, const struct setup *setup)
{
	struct port *p = state;

	table_init(&p->table, setup->key, p->slots, p->servers, SERVERS,
	    sizeof(struct server), offsetof(struct server, said_s));
}

static bool
is_clear(uint16_t port)
{
	return port == 102 || port == 2404 || port == 4059 || port == 20000;
}

static bool
is_secured(uint16_t port)
{
	return port == 3782 || port == 6514 || port == 19998 || port == 19999;
}

/* Whether this was not yet said of the server today. */
static bool
is_news(struct port *p, const struct op *op, const struct endpoint *server,
    struct event_sink *out)
{
	struct server key = { .port = server->port }, *s;
	int64_t now = op->pdu->at.tv_sec;
	bool fresh;

	memcpy(key.ip, server->ip, sizeof(key.ip));
	s = table_put(&p->table, &key, &fresh);
	if (p->table.evicted > 0 && !p->said_full) {
		p->said_full = true;
		full_say(out, op, DET, SERVERS);
	}
	if (s->said_s != 0 && now - s->said_s < AGAIN_S && now >= s->said_s)
		return false;
	s->said_s = now;
	return true;
}

static void
say(struct port *p, const struct op *op, const struct endpoint *server,
    const char *found, struct event_sink *out)
{
	struct event ev;

	if (!is_news(p, op, server, out))
		return;
	ev = event_about(op, &EV_TLS_PORT_MISMATCH, DET);
	ev.subject = event_address(server);
	ev.dst_is_peer = server == &op->pdu->src;
	event_add_text(&ev, "found", found);
	event_add_u64(&ev, "port", server->port);
	event_add_text(
	    &ev, "expected", is_clear(server->port) ? "clear" : "TLS");
	out->emit(out, &ev);
}

static void
port_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct transport *t = transport_msg(op);
	const struct tls_view *v = known;
	const struct pdu *pdu = op->pdu;

	if (t != NULL) {
		if (t->note != TRANSPORT_AWAY)
			return;
		if (is_secured(pdu->dst.port))
			say(state, op, &pdu->dst, t->protocol, out);
		else if (is_secured(pdu->src.port))
			say(state, op, &pdu->src, t->protocol, out);
		return;
	}
	if (v != NULL && v->message->what <= TLS_SERVER_HELLO &&
	    is_clear(v->port))
		say(state, op, v->from_client ? &pdu->dst : &pdu->src, "TLS",
		    out);
}

static const struct detection detections[] = {
	{ DET, "T0885", NULL },
	{ NULL, NULL, NULL },
};

static size_t
port_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct port *p = state;

	to[0] = kept_table("tls.servers", 1, &p->table);
	return 1;
}

const struct detector tls_port_detector = {
	.detections = detections,
	.protocol = TLS_PROTOCOL,
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.transport_kinds = DETECTOR_ON(OP_OTHER),
	.world = &tls_world,
	.state_size = sizeof(struct port),
	.start = port_start,
	.on_op = port_on_op,
	.kept = port_kept,
};
