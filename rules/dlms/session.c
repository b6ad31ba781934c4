/* SPDX-License-Identifier: Apache-2.0 */
/* D-52, D-55, D-57: access points that are probed, sessions that are not. */
#include <config.h>

#include "rules/dlms/say.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define PAIRS 1024 /* of a client's and a meter's address */
#define FLOWS 4096
#define SCAN_ATTACK "T0846,T0859"
#define HIJACK_ATTACK "T0830"
#define USE_ATTACK "T0855"

struct
try {
	uint32_t id; /* server SAP, and HDLC address above it */
	bool accepted;
	uint64_t at;
};

struct pair {
	uint8_t ip[2][16]; /* client, server */
	bool many;
	uint64_t said;
	struct kinds clients;
	uint8_t n;
	struct try servers[RATE_MOST];
};

enum { FLOW_UNREAD = 1, FLOW_SAID = 2, FLOW_SNRM = 4 };

struct seen {
	uint64_t flow;
	uint8_t flags;
};

struct sessions {
	uint32_t s, t_s, idle_s;
	struct table table;
	struct table_slot slots[PAIRS];
	struct pair pair[PAIRS];
	struct seen seen[FLOWS];
};

static void
start(void *state, const struct setup *s)
{
	struct sessions *t = state;

	table_init(&t->table, s->key, t->slots, t->pair, PAIRS,
	    sizeof(t->pair[0]), sizeof(t->pair[0].ip));
}

static struct seen *
seen_of(struct sessions *t, uint64_t flow)
{
	struct seen *s = &t->seen[flow % FLOWS];

	if (s->flow != flow)
		*s = (struct seen){ .flow = flow };
	return s;
}

static struct try *
try_of(struct pair *p, uint32_t id)
{
	uint8_t oldest = 0;

	for (uint8_t i = 0; i < p->n; i++) {
		if (p->servers[i].id == id)
			return &p->servers[i];
		if (p->servers[i].at < p->servers[oldest].at)
			oldest = i;
	}
	if (p->n < RATE_MOST)
		oldest = p->n++;
	p->servers[oldest] = (struct try){ .id = id };
	return &p->servers[oldest];
}

/* Servers that were asked and did not accept; one is being asked now. */
static uint32_t
refused(const struct pair *p, uint32_t t_s, uint64_t now)
{
	uint32_t n = 0;

	for (uint8_t i = 0; i < p->n; i++)
		n += !p->servers[i].accepted &&
		     when_within(now, p->servers[i].at, t_s);
	return n;
}

static uint32_t
server_id(const struct dlms_apdu *a)
{
	return a->server_sap |
	       (a->hdlc.lower.there ? a->hdlc.lower.v << 16 : 0);
}

static struct pair *
pair_of(struct sessions *t, const struct op *op, struct event_sink *out)
{
	bool fresh, full = t->table.evicted != 0;
	struct pair *p;
	uint8_t ip[2][16];

	memcpy(ip[0], dlms_say_client(op)->ip, 16);
	memcpy(ip[1], dlms_say_server(op)->ip, 16);
	p = table_put(&t->table, ip, &fresh);
	if (!full && t->table.evicted != 0)
		full_say(out, op, "D-52", PAIRS);
	return p;
}

/*
 * D-52.  A client has few SAPs of its own, whatever the meter says to them; a
 * concentrator has many devices behind it, but those that are asked for are
 * there.
 */
static void
tried(struct sessions *t, const struct dlms_view *v, const struct op *op,
    const struct dlms_apdu *a, struct event_sink *out)
{
	uint64_t now = when_ms(op->pdu->at);
	struct pair *p = pair_of(t, op, out);
	struct try *y = try_of(p, server_id(a));
	uint32_t clients, servers;
	struct event ev;

	y->at = now;
	y->accepted = false;
	clients = kinds_note(&p->clients, a->client_sap, t->t_s, now);
	servers = refused(p, t->t_s, now);
	if (clients <= t->s && servers <= t->s)
		return;
	if (p->many && when_within(now, p->said, t->t_s))
		return;
	p->many = true;
	p->said = now;
	ev = dlms_say(v, op, &EV_DLMS_SAP_SCAN, "D-52", SCAN_ATTACK);
	event_add_u64(&ev, "client_saps", clients);
	event_add_u64(&ev, "servers_without_answer", servers);
	event_add_u64(&ev, "t_s", t->t_s);
	dlms_say_saps(&ev, a);
	out->emit(out, &ev);
}

static void
probes(struct sessions *t, const struct dlms_view *v, const struct op *op,
    const struct dlms_apdu *a, struct event_sink *out)
{
	bool snrm = a->hdlc.kind == DLMS_HDLC_SNRM;
	bool ua = a->hdlc.kind == DLMS_HDLC_UA;

	if (op->from == OP_FROM_UNKNOWN || a->hdlc.crc_error)
		return;
	if (snrm && op->pdu->flow != 0)
		seen_of(t, op->pdu->flow)->flags |= FLOW_SNRM;
	if (snrm || (a->there && a->tag == DLMS_AARQ))
		tried(t, v, op, a, out);
	else if (ua || (a->there && a->tag == DLMS_AARE))
		try_of(pair_of(t, op, out), server_id(a))->accepted |=
		    op->result == OP_ACCEPTED;
}

/* D-55 */
static void
second(struct sessions *t, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	uint64_t idle = when_since(v->other->last_ms, when_ms(op->pdu->at));
	struct endpoint first = { .port = 0 };
	struct event_str ip;
	struct event ev;

	/* its client may have gone without a word */
	if (idle >= UINT64_C(1000) * t->idle_s)
		return;
	ev = dlms_say(v, op, &EV_DLMS_SESSION_HIJACK, "D-55", HIJACK_ATTACK);
	memcpy(first.ip, v->other->client_ip, sizeof(first.ip));
	ip = event_address(&first);
	event_add(&ev, "first_client", event_bytes(&ip));
	event_add_u64(&ev, "idle_ms", idle);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* A request of the client, in clear or as its protection shows. */
static bool
is_request(const struct dlms_view *v, const struct op *op)
{
	const struct dlms_apdu *a = v->apdu;

	if (op->outer != NULL || v->client != &op->pdu->src ||
	    op->from == OP_FROM_SERVER)
		return false;
	return dlms_say_request(a->tag) ||
	       (a->cipher.there && a->tag != DLMS_AARQ &&
	           (v->session->flags & SESSION_DIALLED_BY_CLIENT) != 0);
}

/* D-57 */
static void
used(struct sessions *t, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	const struct session *s = v->session;
	struct seen *seen;
	struct event ev;

	if (s == NULL || op->pdu->carrier != OVER_TCP || op->pdu->flow == 0 ||
	    op->pdu->state != KNOW_COMPLETE ||
	    (s->state != SESSION_UNKNOWN && s->state != SESSION_REFUSED) ||
	    !is_request(v, op))
		return;
	seen = seen_of(t, op->pdu->flow);
	/* a serial link may have been up before this connection */
	if ((seen->flags & (FLOW_UNREAD | FLOW_SAID)) != 0 ||
	    (a->framing == DLMS_HDLC && (seen->flags & FLOW_SNRM) == 0))
		return;
	if (policy_pre_established(v->group->of, s->key.client_sap))
		return;
	seen->flags |= FLOW_SAID;
	ev = dlms_say(v, op, &EV_DLMS_NO_ASSOCIATION, "D-57", USE_ATTACK);
	event_add_u64(&ev, "client_sap", s->key.client_sap);
	event_add_u64(&ev, "server_sap", s->key.server_sap);
	event_add_u64(&ev, "tag", a->tag);
	event_add_text(&ev, "association",
	    s->state == SESSION_REFUSED ? "refused" : "none");
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	const struct dlms_apdu *a = dlms_msg(op);
	struct sessions *t = state;

	if (a == NULL || a->hdlc.repeated)
		return;
	/* it may have been the AARQ */
	if ((op->verdict == RD_MALFORMED || op->verdict == RD_TRUNCATED) &&
	    op->from != OP_FROM_SERVER && op->pdu->flow != 0)
		seen_of(t, op->pdu->flow)->flags |= FLOW_UNREAD;
	if (op->kind == OP_LINK || op->kind == OP_ASSOCIATE)
		probes(t, v, op, a, out);
	if (v == NULL || !a->there)
		return;
	if (a->tag == DLMS_AARQ && v->other != NULL)
		second(t, v, op, out);
	used(t, v, op, out);
}

static const struct parameter scan[] = {
	{ "s", offsetof(struct sessions, s), 4, 1, RATE_MOST - 1 },
	{ "t_s", offsetof(struct sessions, t_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter hijack[] = {
	{ "idle_s", offsetof(struct sessions, idle_s), 120, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-52", SCAN_ATTACK, scan },
	{ "D-55", HIJACK_ATTACK, hijack },
	{ "D-57", USE_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

static size_t
session_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct sessions *s = state;

	to[0] = kept_table("dlms.scanners", 1, &s->table);
	to[1] = kept_array(
	    "dlms.seen-flows", 1, s->seen, sizeof(s->seen[0]), FLOWS);
	return 2;
}

const struct detector dlms_session_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON_ALL & ~DETECTOR_ON(OP_REPORT),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct sessions),
	.start = start,
	.on_op = on_op,
	.kept = session_kept,
};
