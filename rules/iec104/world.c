/* SPDX-License-Identifier: Apache-2.0 */
/* Connections, stations and commanded points of IEC 60870-5-104. */
#include <config.h>

#include "rules/full.h"
#include "rules/iec104/world.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET "H-8"
#define ROUNDED(n) (((n) + 63) & ~(size_t)63)

/* The parts of the state, in the order in which they lie. */
struct parts {
	size_t links, link_slots, habits, stations, station_slots, more, points,
	    point_slots, end;
};

static struct parts
lay_out(const struct rules_limits *l)
{
	struct parts p = { .links = ROUNDED(sizeof(struct iec104_world)) };
	size_t links = l->links, points = l->points;

	p.link_slots = p.links + ROUNDED(links * sizeof(struct iec104_link));
	p.habits = p.link_slots + ROUNDED(links * sizeof(struct table_slot));
	p.stations =
	    p.habits + ROUNDED(side_size(links, sizeof(struct iec104_habits)));
	p.station_slots =
	    p.stations + ROUNDED(links * sizeof(struct iec104_station));
	p.more = p.station_slots + ROUNDED(links * sizeof(struct table_slot));
	p.points =
	    p.more + ROUNDED(side_size(links, sizeof(struct iec104_more)));
	p.point_slots =
	    p.points + ROUNDED(points * sizeof(struct iec104_point));
	p.end = p.point_slots + ROUNDED(points * sizeof(struct table_slot));
	return p;
}

static size_t
world_size(const struct rules_limits *limits)
{
	return lay_out(limits).end;
}

static void
world_start(void *state, const struct setup *setup)
{
	struct iec104_world *w = state;
	struct parts p = lay_out(setup->limits);
	uint8_t *base = state;

	w->policy = setup->policy;
	w->loss = setup->losses != NULL ? &setup->losses->iec104 : &w->unasked;
	w->entries = (void *)(base + p.links);
	side_start(&w->habits, base + p.habits, setup->limits->links,
	    sizeof(struct iec104_habits));
	side_start(&w->more, base + p.more, setup->limits->links,
	    sizeof(struct iec104_more));
	table_init(&w->links, setup->key, (void *)(base + p.link_slots),
	    base + p.links, setup->limits->links, sizeof(struct iec104_link),
	    sizeof(uint64_t));
	table_stamps(&w->links, offsetof(struct iec104_link, used));
	table_init(&w->stations, setup->key, (void *)(base + p.station_slots),
	    base + p.stations, setup->limits->links,
	    sizeof(struct iec104_station), 16);
	table_stamps(&w->stations, offsetof(struct iec104_station, used));
	table_init(&w->points, setup->key, (void *)(base + p.point_slots),
	    base + p.points, setup->limits->points, sizeof(struct iec104_point),
	    sizeof(struct iec104_point_key));
	table_stamps(&w->points, offsetof(struct iec104_point, used));
}

/* Most connections have none. */
struct iec104_habits *
iec104_habits(struct iec104_link *l)
{
	struct iec104_habits *h =
	    side_at(&l->world->habits, (size_t)(l - l->world->entries));

	if ((l->flags & IEC104_HAS_HABITS) == 0)
		*h = (struct iec104_habits){ .run_ms = 0 };
	l->flags |= IEC104_HAS_HABITS;
	return h;
}

static struct iec104_more *
more_at(struct iec104_world *w, const struct iec104_station *s)
{
	const void *first = w->stations.entries;

	return side_at(
	    &w->more, (size_t)(s - (const struct iec104_station *)first));
}

struct iec104_more *
iec104_more(struct iec104_world *w, struct iec104_station *s)
{
	struct iec104_more *more = more_at(w, s);

	if (!s->has_more)
		*more = (struct iec104_more){ .flows = { 0 } };
	s->has_more = true;
	return more;
}

uint64_t
iec104_flow_at(struct iec104_world *w, const struct iec104_station *s, size_t i)
{
	if (i == 0)
		return s->flow;
	return s->has_more ? more_at(w, s)->flows[i - 1] : 0;
}

struct iec104_master *
iec104_master_at(struct iec104_world *w, struct iec104_station *s, size_t i)
{
	if (i == 0)
		return &s->master;
	return s->has_more ? &more_at(w, s)->masters[i - 1] : NULL;
}

struct iec104_link *
iec104_world_link(struct iec104_world *w, uint64_t flow)
{
	return flow != 0 ? table_find(&w->links, &flow) : NULL;
}

struct iec104_point *
iec104_world_point(struct iec104_world *w, const struct iec104_point_key *key)
{
	return table_find(&w->points, key);
}

uint64_t
iec104_world_command_bit(uint8_t type)
{
	if (type >= 45 && type <= 64)
		return UINT64_C(1) << (type - 45);
	if (type >= 100 && type <= 127)
		return UINT64_C(1) << (type - 80);
	return 0;
}

/* Types that a station sends have the bit of their number. */
static uint64_t
report_bit(uint8_t type)
{
	if (type <= 40)
		return UINT64_C(1) << type;
	return type == 70 ? UINT64_C(1) << 41 : 0;
}

static void
say_full(const struct table *t, bool fresh, const struct op *op,
    struct event_sink *sink)
{
	if (fresh && t->evicted == 1)
		full_say(sink, op, DET, t->cap);
}

/* What is made while others had to go may have been known before. */
static void
begin_link(struct iec104_world *w, struct iec104_link *l, const struct op *op,
    const struct iec104_apdu *a)
{
	bool starts = a->format == IEC104_U && a->u == IEC104_STARTDT_ACT;

	l->world = w;
	l->since_ms = when_ms(op->pdu->at);
	if (op->pdu->state != KNOW_COMPLETE ||
	    (w->links.evicted > 0 && !starts))
		l->flags |= IEC104_PARTIAL;
}

static struct iec104_link *
link_of(struct iec104_world *w, const struct op *op,
    const struct iec104_apdu *a, struct event_sink *sink, bool *fresh)
{
	void **hint = op->pdu->hint;
	struct iec104_link *l = table_put_hinted(
	    &w->links, hint != NULL ? *hint : NULL, &op->pdu->flow, fresh);

	say_full(&w->links, *fresh, op, sink);
	if (*fresh)
		begin_link(w, l, op, a);
	if (hint != NULL)
		*hint = l;
	return l;
}

/* The ends' addresses, as soon as it is known which is which. */
static void
take_roles(struct iec104_world *w, struct iec104_link *l, const struct op *op)
{
	bool client = op->from == OP_FROM_CLIENT;
	unsigned dir = client ? op->pdu->dir : 1 - op->pdu->dir;
	const struct policy_station *s;

	if (op->from == OP_FROM_UNKNOWN || l->client == dir + 1)
		return;
	l->client = (uint8_t)(dir + 1);
	l->flags &=
	    ~(uint32_t)(IEC104_COUNTED | IEC104_NEWCOMER | IEC104_UNLISTED);
	memcpy(client ? l->master : l->station, op->pdu->src.ip, 16);
	memcpy(client ? l->station : l->master, op->pdu->dst.ip, 16);
	s = policy_station(w->policy, POLICY_IEC104, l->station);
	l->k = (uint16_t)s->k;
	l->w = (uint16_t)s->w;
	l->t2_s = (uint16_t)s->t2_s;
	if (policy_master(w->policy, POLICY_IEC104, l->master, l->station) ==
	    POLICY_UNLISTED)
		l->flags |= IEC104_UNLISTED;
}

static struct iec104_station *
station_of(struct iec104_world *w, struct iec104_link *l, const struct op *op,
    struct event_sink *sink)
{
	struct iec104_station *s;
	bool fresh;

	if (l->client == 0)
		return NULL;
	s = l->found =
	    table_put_hinted(&w->stations, l->found, l->station, &fresh);
	say_full(&w->stations, fresh, op, sink);
	if (fresh)
		s->first_ms = when_ms(op->pdu->at);
	return s;
}

/* Only what a master commands takes room. */
static struct iec104_point *
point_of(struct iec104_world *w, const struct iec104_view *v,
    const struct op *op, struct event_sink *sink)
{
	struct iec104_walk walk = iec104_objects(v->apdu);
	struct iec104_point_key key = { .ca = v->apdu->ca };
	struct iec104_object o;
	struct iec104_point *p;
	bool fresh;

	if (!iec104_next(&walk, &o))
		return NULL;
	memcpy(key.station, v->link->station, 16);
	key.ioa = o.ioa;
	if (!v->from_master || !iec104_is_command(v->apdu))
		return table_find(&w->points, &key);
	p = table_put(&w->points, &key, &fresh);
	say_full(&w->points, fresh, op, sink);
	if (fresh)
		p->first_ms = v->now_ms;
	p->type = v->apdu->type;
	return p;
}

/* Whether this unit tells enough to be worth the station's lookup. */
static bool
needs_station(const struct iec104_view *v)
{
	const uint32_t worth =
	    IEC104_NEW_TYPE | IEC104_FIRST_I | IEC104_TWO_MACS;
	const struct iec104_apdu *a = v->apdu;

	if (a->format == IEC104_S)
		return false;
	if ((v->news & worth) != 0 || (v->link->flags & IEC104_COUNTED) == 0)
		return true;
	if (a->format == IEC104_U)
		return a->u != IEC104_TESTFR_ACT && a->u != IEC104_TESTFR_CON;
	return v->from_master || a->type > 40;
}

static void
note_type(struct iec104_view *v)
{
	const struct iec104_apdu *a = v->apdu;
	uint64_t bit = v->from_master ? iec104_world_command_bit(a->type)
	                              : report_bit(a->type);
	uint64_t *seen = v->from_master ? &v->link->down : &v->link->up;

	if ((*seen & bit) == 0 && bit != 0)
		v->news |= IEC104_NEW_TYPE;
	*seen |= bit;
}

static uint32_t
about(const struct iec104_view *v, const struct op *op)
{
	const struct iec104_apdu *a = v->apdu;
	uint32_t what = 0;

	if (v->news != 0 || (v->link->flags & IEC104_DOUBTED) != 0)
		what |= IEC104_ABOUT_NEWS;
	if (a->format == IEC104_U)
		what |= IEC104_ABOUT_LINK;
	if (a->read != IEC104_ASDU)
		return what;
	if (!v->from_station || a->type > 40 || op->kind != OP_REPORT ||
	    op->result == OP_REFUSED)
		what |= IEC104_ABOUT_ASDU;
	return what;
}

static const void *
observe_unit(struct iec104_world *w, const struct op *op,
    const struct iec104_apdu *a, struct event_sink *sink)
{
	struct iec104_view *v = &w->view;
	bool fresh;

	*v = (struct iec104_view){
		.apdu = a, .world = w, .now_ms = when_ms(op->pdu->at)
	};
	v->link = link_of(w, op, a, sink, &fresh);
	if (fresh)
		v->news |= IEC104_NEW_LINK;
	take_roles(w, v->link, op);
	v->from_master = op->from == OP_FROM_CLIENT;
	v->from_station = op->from == OP_FROM_SERVER;
	v->complete = op->pdu->state == KNOW_COMPLETE &&
	              (v->link->flags & IEC104_PARTIAL) == 0;
	if (a->read >= IEC104_APCI)
		iec104_track(w, op, a, v);
	if (a->read == IEC104_ASDU && op->verdict != RD_MALFORMED)
		note_type(v);
	if (v->from_station && op->kind == OP_REPORT)
		v->link->run = 0;
	if (a->read >= IEC104_APCI && needs_station(v))
		v->station = station_of(w, v->link, op, sink);
	if (v->station != NULL)
		iec104_track_join(w, v);
	if (a->read == IEC104_ASDU && iec104_is_process(a->type) &&
	    op->kind == OP_CONTROL && v->link->client != 0)
		v->point = point_of(w, v, op, sink);
	v->link->last_ms = v->now_ms;
	v->about = about(v, op);
	return v;
}

static const void *
observe_transport(struct iec104_world *w, const struct op *op)
{
	const struct transport *t = op->msg;
	struct iec104_view *v = &w->view;
	struct iec104_link *l;

	v->link = NULL;
	if (t->note != TRANSPORT_CLOSED && t->note != TRANSPORT_GAP)
		return NULL;
	l = op->pdu->hint != NULL
	        ? table_hinted(&w->links, *op->pdu->hint, &op->pdu->flow)
	        : iec104_world_link(w, op->pdu->flow);
	if (l == NULL)
		return NULL;
	if (t->note == TRANSPORT_GAP)
		l->flags |= IEC104_HOLED;
	*v = (struct iec104_view){ .link = l,
		.world = w,
		.now_ms = when_ms(op->pdu->at),
		.complete = op->pdu->state == KNOW_COMPLETE &&
		            (l->flags & IEC104_PARTIAL) == 0,
		.about = IEC104_ABOUT_LINK,
		.news =
		    t->note == TRANSPORT_GAP ? IEC104_GAP : IEC104_CLOSING };
	if (l->client != 0)
		v->station = table_find(&w->stations, l->station);
	return v;
}

static const void *
world_observe(void *state, const struct op *op, struct event_sink *sink)
{
	const struct iec104_apdu *a = iec104_msg(op);

	if (a == NULL)
		return observe_transport(state, op);
	return observe_unit(state, op, a, sink);
}

static void
forget_flow(struct iec104_world *w, struct iec104_station *s, uint64_t flow)
{
	if (s->flow == flow)
		s->flow = 0;
	for (size_t i = 0; s->has_more && i < IEC104_PEERS - 1; i++)
		if (more_at(w, s)->flows[i] == flow)
			more_at(w, s)->flows[i] = 0;
	if (s->active == flow)
		s->active = 0;
}

static void
note_command(const struct iec104_view *v, const struct op *op)
{
	struct iec104_point *p = v->point;

	if (p == NULL || !v->from_master || !iec104_is_command(v->apdu))
		return;
	p->at_ns = (uint64_t)op->pdu->at.tv_sec * 1000000000 +
	           (uint64_t)op->pdu->at.tv_nsec;
	p->frame = op->pdu->frame;
	p->flow = op->pdu->flow;
}

/* What the detectors had to see as it was. */
static void
world_settle(void *state, const struct op *op)
{
	struct iec104_world *w = state;
	struct iec104_view *v = &w->view;
	const struct iec104_apdu *a = iec104_msg(op);

	if (v->link == NULL)
		return;
	if (a == NULL) {
		if ((v->news & IEC104_CLOSING) != 0 && v->station != NULL)
			forget_flow(w, v->station, v->link->flow);
	} else if (a->read == IEC104_ASDU) {
		if (v->from_station && iec104_is_report(a))
			v->link->ca = a->ca;
		note_command(v, op);
		if (v->station != NULL) {
			v->station->up |= v->link->up;
			v->station->down |= v->link->down;
		}
		if (v->from_master && iec104_is_command(a) && a->type == 100)
			v->link->flags |= IEC104_INTERROGATED;
	}
	v->link = NULL;
}

static void
world_expect(const void *state, const void *hint)
{
	const struct iec104_world *w = state;
	const struct iec104_link *l = table_within(&w->links, hint);

	if (l != NULL && l->found != NULL)
		__builtin_prefetch(l->found, 1);
}

static const struct parameter parameters[] = {
	{ "alive_s", offsetof(struct iec104_world, alive_s), 60, 1, 86400 },
	{ "learn_s", offsetof(struct iec104_world, learn_s), 86400, 1,
	    31536000 },
	{ "settle_s", offsetof(struct iec104_world, settle_s), 120, 1,
	    31536000 },
	{ "slack", offsetof(struct iec104_world, slack), 2, 1, 100 },
	{ NULL, 0, 0, 0, 0 },
};

const struct world iec104_world = {
	.protocol = "iec104",
	.parameters = parameters,
	.size = world_size,
	.start = world_start,
	.observe = world_observe,
	.expect = world_expect,
	.about_at = offsetof(struct iec104_view, about),
	.settle = world_settle,
	.kept = iec104_kept,
};
