/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions on each connection, who is the client, and what ends below. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/meters/state.h"

#define ALL_STATIONS 0x7f /* all logical devices: taken for the first */
#define MANAGEMENT 1
#define LISTENS 4059 /* the registered port */
#define CROWDED_S 3600

static uint32_t *
opener_of(const struct meters *m, uint64_t flow)
{
	return &m->openers[(flow >> 32) & 0xffff];
}

/* The pdu.dir of the SYN plus 1, or 0: it was not seen. */
static unsigned
opener(const struct meters *m, uint64_t flow)
{
	uint32_t o = *opener_of(m, flow);

	return o != 0 && o >> 1 == ((uint32_t)flow & 0x7fffffff) ? (o & 1) + 1
	                                                         : 0;
}

static bool
is_dialled_by(const struct meters *m, const struct pdu *p, enum op_from from,
    enum op_from by)
{
	unsigned who = p->carrier == OVER_TCP ? opener(m, p->flow) : 0;

	return who != 0 && who == (from == by ? p->dir + 1 : 2 - p->dir);
}

/* Whether the meter's port is one at which it is found. */
static bool
listens(const struct meters *m, const struct pdu *p, enum op_from from,
    uint16_t port, uint16_t peer)
{
	if (is_dialled_by(m, p, from, OP_FROM_SERVER))
		return false;
	if (is_dialled_by(m, p, from, OP_FROM_CLIENT))
		return true;
	return port == LISTENS || port <= peer;
}

struct meter_address
sessions_where(const struct meters *m, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	const struct pdu *p = op->pdu;
	bool client = from == OP_FROM_CLIENT;
	const struct endpoint *server = client ? &p->dst : &p->src;
	const struct endpoint *peer = client ? &p->src : &p->dst;
	uint16_t sap = client ? a->destination : a->source;
	struct meter_address at = { .port = server->port };

	memcpy(at.ip, server->ip, sizeof(at.ip));
	if (!listens(m, p, from, server->port, peer->port))
		at.port = 0;
	if (a->hdlc.lower.there)
		at.unit = (uint16_t)a->hdlc.lower.v;
	else
		at.unit = sap == ALL_STATIONS ? MANAGEMENT : sap;
	return at;
}

static bool
is_at(struct meters *m, const struct op *op, const struct dlms_apdu *a,
    enum op_from from)
{
	struct meter_address at = sessions_where(m, op, a, from);

	return identity_at(m, &at) != NONE;
}

/*
 * A title that is a meter's tells, then an address that is one's; the broadcast
 * key is the clients'; what is left and has a title is a push.
 */
static enum op_from
guess(struct meters *m, const struct op *op, const struct dlms_apdu *a)
{
	const struct dlms_cipher *c = &a->cipher;

	if (c->title.n == METER_TITLE && identity_of(m, c->title.p) != NONE)
		return OP_FROM_SERVER;
	if (is_at(m, op, a, OP_FROM_CLIENT) ||
	    (c->there && (c->sc & DLMS_SC_BROADCAST) != 0))
		return OP_FROM_CLIENT;
	if (is_at(m, op, a, OP_FROM_SERVER) || c->title.n == METER_TITLE)
		return OP_FROM_SERVER;
	return OP_FROM_UNKNOWN;
}

enum op_from
sessions_from(struct meters *m, const struct op *op, const struct dlms_apdu *a)
{
	const struct link *l;

	if (a->from != OP_FROM_UNKNOWN)
		return a->from;
	l = table_find(&m->links, &op->pdu->flow);
	if (l != NULL && l->client != 0)
		return l->client == op->pdu->dir + 1 ? OP_FROM_CLIENT
		                                     : OP_FROM_SERVER;
	return guess(m, op, a);
}

uint32_t
sessions_place(const struct meters *m, const struct session *s)
{
	return (uint32_t)((const struct held *)(const void *)s -
	                  m->session_entries);
}

/* An object that may lie in more than one line. */
static void
fetch(const void *p, size_t n)
{
	const char *at = p;

	for (size_t i = 0; i < n; i += 64)
		__builtin_prefetch(at + i, 1);
	__builtin_prefetch(at + n - 1, 1);
}

void
sessions_expect(const struct meters *m, const void *hint)
{
	const struct held *h = table_within(&m->sessions, hint);

	if (h == NULL || h->s.meter >= m->meter_pool.used)
		return;
	fetch(&m->meters[h->s.meter], sizeof(*m->meters));
	if (h->assoc < m->assoc_pool.used)
		fetch(&m->assocs[h->assoc], sizeof(*m->assocs));
	if (h->stream < m->stream_pool.used)
		fetch(&m->streams[h->stream], sizeof(*m->streams));
	fetch((const char *)h + 192, sizeof(*h) - 192);
}

static struct held *
held_at(const struct meters *m, uint32_t i)
{
	return &m->session_entries[i];
}

/* Out of its connection's list; the connection may be forgotten by now. */
static void
leave(struct meters *m, struct held *h)
{
	struct link *l;

	if (h->next != NONE)
		held_at(m, h->next)->prev = h->prev;
	if (h->prev != NONE) {
		held_at(m, h->prev)->next = h->next;
		return;
	}
	l = table_find(&m->links, &h->s.key.flow);
	if (l != NULL && l->sessions == sessions_place(m, &h->s))
		l->sessions = h->next;
}

/* The first of it: those behind have ended, or will before it does. */
static void
lead(struct meters *m, struct held *h, struct link *l)
{
	h->prev = NONE;
	h->next = l->sessions;
	h->over = OVER_NOT;
	l->sessions = sessions_place(m, &h->s);
	if (h->next != NONE)
		held_at(m, h->next)->prev = l->sessions;
}

static struct link *
link_of(struct meters *m, uint64_t flow)
{
	bool fresh;
	struct link *l = table_put(&m->links, &flow, &fresh);

	if (fresh)
		l->sessions = NONE;
	return l;
}

/* One in use had to leave: what it says next belongs to no association. */
static void
note_crowd(struct meters *m, const struct session *s, uint64_t now)
{
	bool over = s->state == SESSION_RELEASED || s->state == SESSION_REFUSED;

	if (!over && when_within(s->last_ms, now, CROWDED_S))
		m->crowded_ms = now;
}

struct session *
sessions_make(struct meters *m, const struct session *like, uint64_t now)
{
	struct held *h = table_oldest(&m->sessions);
	bool fresh;

	if (h != NULL) {
		note_crowd(m, &h->s, now);
		leave(m, h);
	}
	h = table_put(&m->sessions, &like->key, &fresh);
	if (!fresh)
		leave(m, h);
	h->s = *like;
	lead(m, h, link_of(m, like->key.flow));
	return &h->s;
}

static void
begin(
    struct meters *m, struct session *s, const struct op *op, enum op_from from)
{
	const struct pdu *p = op->pdu;
	const struct endpoint *client =
	    from == OP_FROM_CLIENT ? &p->src : &p->dst;

	link_of(m, p->flow)->client =
	    (uint8_t)(from == OP_FROM_CLIENT ? p->dir + 1 : 2 - p->dir);
	s->meter = NONE;
	s->number = ++m->numbers;
	memcpy(s->client_ip, client->ip, sizeof(s->client_ip));
	s->client_port = client->port;
	s->opened_ms = when_ms(p->at);
	/* what begins now may go on: who forgets does not know */
	if (m->crowded_ms != 0 &&
	    when_within(m->crowded_ms, s->opened_ms, CROWDED_S))
		s->state = SESSION_LOST;
	if (is_dialled_by(m, p, from, OP_FROM_CLIENT))
		s->flags |= SESSION_DIALLED_BY_CLIENT;
	if (is_dialled_by(m, p, from, OP_FROM_SERVER))
		s->flags |= SESSION_DIALLED_BY_METER;
}

/* One that had ended goes on, or begins anew. */
static void
again(struct meters *m, struct held *h)
{
	leave(m, h);
	lead(m, h, link_of(m, h->s.key.flow));
}

/* It may have left, or become another since. */
static void
find_meter(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	struct meter_address at;

	if (s->meter != NONE && slots_holds(m, s->meter, s->generation))
		return;
	at = sessions_where(m, op, a, from);
	s->meter = identity_make(m, &at);
	s->generation = m->meters[s->meter].generation;
	sessions_roles(m, s);
}

struct session *
sessions_find(struct meters *m, const struct op *op, const struct dlms_apdu *a,
    enum op_from from, bool make)
{
	bool client = from == OP_FROM_CLIENT;
	void **hint = op->pdu->hint;
	struct session key, *s;

	if (from == OP_FROM_UNKNOWN)
		return NULL;
	memset(&key, 0, sizeof(key));
	key.key.flow = op->pdu->flow;
	key.key.client_sap = client ? a->source : a->destination;
	key.key.server_sap = client ? a->destination : a->source;
	key.key.unit = a->hdlc.lower.there ? (uint16_t)a->hdlc.lower.v : 0;
	s = table_hinted(&m->sessions, hint != NULL ? *hint : NULL, &key.key);
	if (s == NULL) {
		if (!make)
			return NULL;
		s = sessions_make(m, &key, when_ms(op->pdu->at));
		begin(m, s, op, from);
	} else if (((struct held *)(void *)s)->over != OVER_NOT) {
		again(m, (struct held *)(void *)s);
	}
	if (hint != NULL)
		*hint = s;
	find_meter(m, s, op, a, from);
	return s;
}

void
sessions_roles(const struct meters *m, struct session *s)
{
	const struct meter *meter = &m->meters[s->meter];
	struct bytes client = { s->client_title, METER_TITLE };
	struct bytes title = { meter->title, METER_TITLE };

	if ((s->flags & SESSION_CLIENT_TITLE) == 0)
		client.n = 0;
	if ((meter->flags & METER_TITLED) == 0)
		title.n = 0;
	s->group = policy_group(m->policy, title, meter->at.ip);
	s->client =
	    policy_client(s->group, s->key.client_sap, client, s->client_ip);
}

void
sessions_policy(struct meters *m)
{
	struct bytes none = { NULL, 0 };

	for (uint32_t i = 0; i < m->sessions.used; i++) {
		struct session *s = &m->session_entries[i].s;
		bool known = s->meter != NONE;
		const struct meter *meter = known ? &m->meters[s->meter] : NULL;

		if (known && meter->generation == s->generation)
			sessions_roles(m, s);
		else {
			s->group = policy_group(m->policy, none, s->client_ip);
			memset(&s->client, 0, sizeof(s->client));
		}
	}
}

void
sessions_end(struct session *s)
{
	if (s->state != SESSION_REFUSED)
		s->state = SESSION_RELEASED;
	memset(s->request, 0, sizeof(s->request));
}

/* What was lost may have been a request, an answer, or the end. */
static void
lose(struct session *s)
{
	s->flags &= (uint8_t)~SESSION_COMPLETE;
	if (s->state == SESSION_REQUESTED || s->state == SESSION_PENDING ||
	    s->state == SESSION_OPEN)
		s->state = SESSION_LOST;
	memset(s->request, 0, sizeof(s->request));
}

static void
show(struct meters *m, const struct session *s)
{
	struct meter_assoc *of = NULL;

	if (s->meter != NONE && slots_holds(m, s->meter, s->generation))
		of = associate_of(m, s, false);
	/* another one of the same association goes on */
	if (of == NULL ||
	    (of->session != 0 && of->session != sessions_place(m, s) + 1))
		return;
	associate_note(of, s);
	keep_dirty(m, s->meter);
}

/*
 * What is behind one to which this happened, it happened to, too: nobody makes
 * it cost more than what was said since.
 */
static void
each(struct meters *m, uint64_t flow, void (*what)(struct session *),
    enum over over)
{
	const struct link *l = table_find(&m->links, &flow);
	uint32_t i = l != NULL ? l->sessions : NONE;

	for (; i != NONE && held_at(m, i)->over < over;
	     i = held_at(m, i)->next) {
		what(&held_at(m, i)->s);
		show(m, &held_at(m, i)->s);
		held_at(m, i)->over = (uint8_t)over;
	}
}

void
sessions_transport(struct meters *m, const struct op *op)
{
	const struct transport *t = transport_msg(op);
	uint64_t flow = op->pdu->flow;

	switch (t->note) {
	case TRANSPORT_OPENED:
		*opener_of(m, flow) = (uint32_t)flow << 1 | (op->pdu->dir & 1);
		break;
	case TRANSPORT_CLOSED:
		each(m, flow, sessions_end, OVER_ENDED);
		break;
	case TRANSPORT_GAP:
	case TRANSPORT_CUT:
		each(m, flow, lose, OVER_LOST);
		break;
	default:
		break;
	}
}

/* SNRM begins the link of HDLC anew; DISC and DM end it. */
void
sessions_link(struct session *s, const struct dlms_apdu *a)
{
	if (a->hdlc.kind == DLMS_HDLC_DISC || a->hdlc.kind == DLMS_HDLC_DM ||
	    a->hdlc.kind == DLMS_HDLC_SNRM)
		sessions_end(s);
}
