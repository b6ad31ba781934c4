/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at an address: whether a master comes beside another, a link address
 * is in use at a second IP address, or an association over two connections.
 */
#include <config.h>

#include "rules/dnp3/world.h"
#include "rules/full.h"
#include "rules/when.h"

#define DET "H-8"
#define TOGETHER_MS 500 /* within which a master begins with all of his */
#define AT_WORK 2       /* responses that make a master the one that is there */

enum { OF_STATION, OF_MASTER };

bool
dnp3_places_is_open(struct dnp3_world *w, uint64_t flow)
{
	const struct dnp3_link *l = table_find(&w->links, &flow);

	return l != NULL && !l->closed;
}

struct dnp3_link *
dnp3_places_count(struct dnp3_world *w, const struct dnp3_view *v)
{
	bool tried = v->from_master && (v->news & DNP3_NEW) != 0;
	bool heard = !v->from_master && (v->a->flags & DNP3_HEARD) == 0;
	struct dnp3_link *l;

	if (!tried && !heard)
		return NULL;
	if (heard)
		v->a->flags |= DNP3_HEARD;
	l = table_find(&w->links, &v->a->flow);
	if (l == NULL)
		return NULL;
	if (tried && l->tried < UINT16_MAX)
		l->tried++;
	if (heard && l->heard < UINT16_MAX)
		l->heard++;
	return l;
}

bool
dnp3_places_alive(
    struct dnp3_world *w, const struct dnp3_association *a, uint64_t now)
{
	return when_within(a->last_ms, now, w->alive_s) &&
	       dnp3_places_is_open(w, a->flow);
}

static struct dnp3_place *
place_of(
    struct dnp3_world *w, const struct dnp3_key *k, unsigned side, bool *fresh)
{
	struct dnp3_place p = { .key = { .link = k->link,
		                    .peer =
		                        side == OF_MASTER ? k->master_link : 0,
		                    .side = (uint8_t)side } };

	memcpy(p.key.ip, side == OF_STATION ? k->station : k->master, 16);
	return table_put(&w->places, &p.key, fresh);
}

static void
settle_in(struct dnp3_place *p, const uint8_t ip[16], uint16_t link)
{
	memcpy(p->ip, ip, sizeof(p->ip));
	p->link = link;
}

/* A master at an outstation: alone, after another, or beside it. */
static void
join_station(struct dnp3_world *w, struct dnp3_view *v)
{
	struct dnp3_association *a = v->a, *owner;
	struct dnp3_key key = a->key;
	struct dnp3_place *p;
	bool fresh;

	p = place_of(w, &key, OF_STATION, &fresh);
	if (fresh)
		settle_in(p, key.master, key.master_link);
	if (memcmp(p->ip, key.master, 16) == 0 && p->link == key.master_link)
		return;
	memcpy(key.master, p->ip, 16);
	key.master_link = p->link;
	owner = dnp3_world_find(w, &key);
	if (owner == NULL || !dnp3_places_alive(w, owner, v->now_ms)) {
		settle_in(p, a->key.master, a->key.master_link);
		return;
	}
	if (!v->complete || owner->responses < AT_WORK)
		return;
	/* who spoke to the station before is no newcomer */
	if (a->requests == 0 && a->responses == 0)
		a->flags |= DNP3_NEWCOMER;
	if (p->link == a->key.master_link)
		a->flags |= DNP3_SAME_LINK;
	v->news |= DNP3_INTRUDES;
	v->rival = p->ip;
	v->rival_flow = owner->flow;
}

/* A station answers a master that knows its link address elsewhere. */
static void
join_master(struct dnp3_world *w, struct dnp3_view *v)
{
	struct dnp3_association *a = v->a, *owner;
	struct dnp3_key key = a->key;
	struct dnp3_place *p;
	bool fresh;

	p = place_of(w, &key, OF_MASTER, &fresh);
	if (fresh)
		settle_in(p, key.station, key.link);
	if (memcmp(p->ip, key.station, 16) == 0)
		return;
	memcpy(key.station, p->ip, 16);
	owner = dnp3_world_find(w, &key);
	if (owner == NULL || !dnp3_places_alive(w, owner, v->now_ms)) {
		settle_in(p, a->key.station, a->key.link);
		return;
	}
	/* with three it is how addresses are given here */
	if (p->others < UINT8_MAX)
		p->others++;
	if (p->others > 1 || !v->complete || owner->responses == 0)
		return;
	/* who opens both at once knows that they are two */
	if (when_apart(a->since_ms, owner->first_ms) < TOGETHER_MS)
		return;
	a->flags |= DNP3_TWO_STATIONS;
	v->news |= DNP3_MOVED;
	v->rival = p->ip;
}

/* Numbers begin anew with the connection, and so does what is known of it. */
static void
change_flow(struct dnp3_world *w, const struct op *op, struct dnp3_view *v,
    struct event_sink *sink)
{
	const uint32_t of_flow = DNP3_INTEGRITY | DNP3_HOLED | DNP3_MULTI;
	struct dnp3_association *a = v->a;
	uint64_t flow = op->pdu->flow;
	bool fresh;

	table_put(&w->links, &flow, &fresh);
	if (fresh && w->links.evicted == 1)
		full_say(sink, op, DET, w->links.cap);
	/* datagrams from other ports are no other connection */
	if (op->pdu->carrier == OVER_UDP && a->flow != 0) {
		a->flow = flow;
		return;
	}
	if (fresh)
		v->news |= DNP3_NEW_FLOW;
	if (op->pdu->carrier == OVER_TCP && v->complete && a->flow != 0 &&
	    (a->flags & DNP3_DUAL) == 0 && flow == a->before_flow &&
	    when_within(a->last_ms, v->now_ms, w->alive_s) &&
	    dnp3_places_is_open(w, a->flow)) {
		a->flags |= DNP3_DUAL;
		v->news |= DNP3_BOTH;
	}
	/* where octets are missing others wait for them, and come late */
	a->before_flow =
	    v->complete && (a->flags & DNP3_HOLED) == 0 ? a->flow : 0;
	a->before_ms = a->last_ms;
	a->flow = flow;
	a->flags &= ~of_flow;
	a->on_flow = a->polls = 0;
	if (fresh) {
		a->since_ms = v->now_ms;
		a->flags &= ~(uint32_t)DNP3_JOINED;
	}
	if (op->pdu->carrier == OVER_TCP)
		memset(a->asked, 0, sizeof(a->asked));
}

/* The same two stations with their parts exchanged. */
static bool
is_reversed(struct dnp3_world *w, const struct dnp3_key *k)
{
	struct dnp3_key other = { .link = k->master_link,
		.master_link = k->link };
	const struct dnp3_association *a;

	memcpy(other.station, k->master, 16);
	memcpy(other.master, k->station, 16);
	a = dnp3_world_find(w, &other);
	return a != NULL && a->requests > 0 && a->responses > 0;
}

void
dnp3_places_join(struct dnp3_world *w, const struct op *op, struct dnp3_view *v,
    struct event_sink *sink)
{
	bool begins;

	if (v->a->flow != op->pdu->flow)
		change_flow(w, op, v, sink);
	begins =
	    v->from_master && v->frame->prm && (v->a->flags & DNP3_JOINED) == 0;
	if (begins) {
		v->a->flags |= DNP3_JOINED;
		v->news |= DNP3_BEGINS;
	}
	if (v->a->key.link >= DNP3_RESERVED ||
	    v->a->key.master_link >= DNP3_RESERVED)
		return;
	if ((v->news & DNP3_NEW) != 0 && is_reversed(w, &v->a->key))
		v->news |= DNP3_REVERSED;
	if (begins)
		join_station(w, v);
	if (!v->from_master && v->app != NULL && v->a->responses == 0 &&
	    v->app->function == DNP3_RESPONSE)
		join_master(w, v);
}
