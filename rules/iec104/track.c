/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence numbers, acknowledgements and the states of data transfer (60870-5-
 * 104, 5), as the ends keep them, and who comes to a station.
 */
#include <config.h>

#include "rules/iec104/world.h"
#include "rules/when.h"

#define CONSISTENT 3 /* units that go on from a jump, until it counts */
#define ALIVE_I 3    /* I frames of a station that is at work */
#define HALF (IEC104_MODULO / 2)
#define TOGETHER_MS 2000 /* in which masters that begin together do so */
#define T1_MS 15000      /* after which an end that waits gives up */

static uint16_t
ahead(uint16_t from, uint16_t to)
{
	return (uint16_t)(to - from) & (IEC104_MODULO - 1);
}

static uint16_t
after(uint16_t n)
{
	return (uint16_t)(n + 1) & (IEC104_MODULO - 1);
}

/* Says it the first time, until the end behaves again. */
static void
tell(struct iec104_end *e, struct iec104_view *v, uint32_t what)
{
	if ((e->said & what) == 0)
		v->news |= what;
	e->said |= (uint16_t)what;
}

/*
 * One unit with a wrong number does not move what is expected; three that
 * follow from it do.
 */
static void
stray(struct iec104_end *e, struct iec104_view *v, uint16_t ns)
{
	if (e->strays > 0 && ns == e->stray) {
		e->stray = after(ns);
		if (++e->strays >= CONSISTENT) {
			e->next = e->stray;
			e->strays = 0;
		}
		return;
	}
	v->news |= IEC104_BAD_NS;
	v->expected = e->next;
	e->stray = after(ns);
	e->strays = 1;
}

static void
number(struct iec104_world *w, struct iec104_end *e, struct iec104_view *v,
    const struct pdu *pdu, uint16_t ns)
{
	uint16_t hole;

	w->loss->got++;
	if (!e->known) {
		e->known = true;
		e->next = v->complete ? 0 : ns;
		v->news |= IEC104_FIRST_I;
	}
	/* some count anew whenever transfer starts */
	if (ns == 0 && (v->link->flags & IEC104_RESTARTABLE) != 0)
		e->next = e->acked = 0;
	hole = ahead(e->next, ns);
	if (hole == 0) {
		e->next = after(ns);
		e->strays = 0;
	} else if (v->complete) {
		stray(e, v, ns);
	} else {
		if (pdu->state == KNOW_GAPPED && hole < HALF)
			losses_add(w->loss, hole, pdu);
		e->next = after(ns);
	}
}

static void
sent(const struct iec104_world *w, struct iec104_end *e, struct iec104_view *v)
{
	uint16_t open = ahead(e->acked, e->next);

	e->i++;
	if (open <= 1 || e->oldest_ms == 0)
		e->oldest_ms = v->now_ms;
	if (v->complete && v->link->k > 0 && open < HALF &&
	    open > w->slack * v->link->k) {
		v->expected = open;
		tell(e, v, IEC104_OVER_K);
	}
}

/* Of this end's I frames, those up to, not including, nr. */
static void
acknowledge(const struct iec104_world *w, struct iec104_end *of,
    struct iec104_view *v, uint16_t nr)
{
	uint16_t step = ahead(of->acked, nr), open = ahead(of->acked, of->next);
	uint64_t late, most = UINT64_C(1000) * w->slack * v->link->t2_s + 1000;

	if (!v->complete) {
		of->acked = nr;
		return;
	}
	if (step > open) {
		/* what goes on from a jump is acknowledged as it comes */
		if (of->strays > 0 || !of->heard)
			return;
		v->news |= step >= HALF ? IEC104_BAD_NR : IEC104_AHEAD_NR;
		v->expected = of->acked;
		return;
	}
	if (step == 0)
		return;
	late = when_since(of->oldest_ms, v->now_ms);
	if (of->oldest_ms != 0 && v->link->t2_s > 0 && late > most) {
		v->late_s = (uint32_t)(late / 1000);
		tell(of, v, IEC104_LATE_ACK);
	}
	/* who sent more than k is said already */
	if (v->link->w > 0 && step > w->slack * v->link->w &&
	    (of->said & IEC104_OVER_K) == 0) {
		v->expected = step;
		tell(of, v, IEC104_OVER_W);
	}
	of->acked = nr;
	of->oldest_ms = step == open ? 0 : v->now_ms;
	of->said &= (uint16_t)~IEC104_OVER_K;
}

static void
change_state(struct iec104_view *v, const struct op *op)
{
	struct iec104_link *l = v->link;

	switch (v->apdu->u) {
	case IEC104_STARTDT_ACT:
		l->flags |= IEC104_START_ASKED | IEC104_RESTARTABLE;
		l->flags &= ~(uint32_t)IEC104_STOPPED;
		break;
	case IEC104_STARTDT_CON:
		l->flags |=
		    IEC104_START_ASKED | IEC104_STARTED | IEC104_WAS_STARTED;
		l->flags &= ~(uint32_t)IEC104_STOPPED;
		v->news |= IEC104_STARTING;
		break;
	case IEC104_STOPDT_CON:
		l->flags |= IEC104_STOPPED;
		l->flags &= ~(uint32_t)(IEC104_START_ASKED | IEC104_STARTED);
		break;
	case IEC104_TESTFR_ACT:
		/* the first counts until one is confirmed */
		if (l->end[op->pdu->dir].testfr_ms == 0)
			l->end[op->pdu->dir].testfr_ms = v->now_ms;
		break;
	case IEC104_TESTFR_CON:
		l->end[1 - op->pdu->dir].testfr_ms = 0;
		break;
	default:
		break;
	}
}

/*
 * A master may have sent before it got the confirmation; what a station sends
 * comes behind its own.
 */
static void
check_state(struct iec104_view *v, const struct op *op)
{
	struct iec104_end *e = &v->link->end[op->pdu->dir];
	uint32_t needed = v->from_master ? IEC104_START_ASKED : IEC104_STARTED;

	if ((v->link->flags & needed) != 0)
		e->said &= (uint16_t)~IEC104_NOT_STARTED;
	else if (v->complete && op->from != OP_FROM_UNKNOWN)
		tell(e, v, IEC104_NOT_STARTED);
}

/*
 * A station that fails over changes its MAC address once.  Two that answer in
 * turn are two.
 */
static void
watch_mac(const struct op *op, struct iec104_view *v)
{
	static const uint8_t none[6];
	struct iec104_link *l = v->link;

	if (!v->from_station)
		return;
	if (memcmp(l->mac, op->pdu->src.mac, 6) == 0) {
		if (l->odd_macs > 0)
			v->news |= IEC104_TWO_MACS;
		l->odd_macs = 0;
	} else if (memcmp(l->mac, none, 6) == 0 || ++l->odd_macs > CONSISTENT) {
		memcpy(l->mac, op->pdu->src.mac, 6);
		l->odd_macs = 0;
	}
}

void
iec104_track(struct iec104_world *w, const struct op *op,
    const struct iec104_apdu *a, struct iec104_view *v)
{
	struct iec104_end *own = &v->link->end[op->pdu->dir];
	struct iec104_end *other = &v->link->end[1 - op->pdu->dir];

	own->heard = true;
	if (a->format == IEC104_I) {
		number(w, own, v, op->pdu, a->ns);
		sent(w, own, v);
		watch_mac(op, v);
		check_state(v, op);
		acknowledge(w, other, v, a->nr);
		if (a->ns != 0)
			v->link->flags &= ~(uint32_t)IEC104_RESTARTABLE;
	} else if (op->verdict == RD_MALFORMED) {
		return;
	} else if (a->format == IEC104_S) {
		acknowledge(w, other, v, a->nr);
	} else {
		change_state(v, op);
	}
}

bool
iec104_track_alive(
    const struct iec104_world *w, const struct iec104_link *l, uint64_t now)
{
	uint64_t n = 1 + UINT64_C(1) * l->end[0].i + l->end[1].i;
	uint64_t usual = when_since(l->since_ms, l->last_ms) / n;

	return when_within(l->last_ms, now, w->alive_s) &&
	       when_since(l->last_ms, now) <= T1_MS + usual;
}

/* Whether a connection is at work, by what was seen of it of late. */
static bool
is_at_work(
    const struct iec104_world *w, const struct iec104_link *l, uint64_t now)
{
	/* who begins at once with another is no incumbent yet */
	if (l->client == 0 || (l->flags & IEC104_STOPPED) != 0 ||
	    when_since(l->since_ms, now) < TOGETHER_MS ||
	    !iec104_track_alive(w, l, now) || l->end[2 - l->client].i < ALIVE_I)
		return false;
	return (l->flags & IEC104_INTERROGATED) != 0 ||
	       !when_within(l->since_ms, now, w->alive_s);
}

static bool
has_incumbent(struct iec104_world *w, const struct iec104_view *v)
{
	for (size_t i = 0; i < IEC104_PEERS; i++) {
		uint64_t flow = iec104_flow_at(w, v->station, i);
		struct iec104_link *l = iec104_world_link(w, flow);

		if (l != NULL && flow != v->link->flow &&
		    memcmp(l->master, v->link->master, 16) != 0 &&
		    is_at_work(w, l, v->now_ms))
			return true;
	}
	return false;
}

/* The master in the station's list; one that is not there takes a place. */
static const struct iec104_master *
meet(struct iec104_world *w, const struct iec104_view *v)
{
	static const uint8_t none[16];
	struct iec104_station *s = v->station;
	struct iec104_master *m = &s->master;
	size_t i;

	for (i = 0; i < IEC104_PEERS; i++) {
		m = i == 0 ? m : &iec104_more(w, s)->masters[i - 1];
		if (memcmp(m->ip, v->link->master, 16) == 0 ||
		    memcmp(m->ip, none, 16) == 0)
			break;
	}
	if (i == IEC104_PEERS) { /* one that came lately, never the first */
		m = &iec104_more(w, s)
		         ->masters[s->neighbours % (IEC104_PEERS - 1)];
		s->neighbours++;
		memset(m, 0, sizeof(*m));
	}
	if (memcmp(m->ip, v->link->master, 16) != 0) {
		memcpy(m->ip, v->link->master, 16);
		m->since_ms = v->now_ms;
		/* who was there before the capture is no newcomer */
		m->newcomer = v->complete && has_incumbent(w, v);
	}
	return m;
}

static void
take_place(struct iec104_world *w, const struct iec104_view *v)
{
	struct iec104_station *s = v->station;
	uint64_t oldest = UINT64_MAX;
	size_t place = 0;

	for (size_t i = 0; i < IEC104_PEERS; i++) {
		uint64_t flow = iec104_flow_at(w, s, i);
		const struct iec104_link *l = iec104_world_link(w, flow);
		uint64_t last = l != NULL ? l->last_ms : 0;

		if (flow == v->link->flow)
			return;
		if (last < oldest) {
			oldest = last;
			place = i;
		}
	}
	if (place == 0)
		s->flow = v->link->flow;
	else
		iec104_more(w, s)->flows[place - 1] = v->link->flow;
}

void
iec104_track_join(struct iec104_world *w, struct iec104_view *v)
{
	struct iec104_link *l = v->link;
	const struct iec104_master *m;

	if ((l->flags & IEC104_COUNTED) != 0)
		return;
	take_place(w, v);
	/* who only stands by comes when he starts */
	if ((l->flags & (IEC104_START_ASKED | IEC104_STARTED)) == 0 &&
	    l->end[0].i == 0 && l->end[1].i == 0)
		return;
	l->flags |= IEC104_COUNTED;
	m = meet(w, v);
	if (m->newcomer && when_within(m->since_ms, v->now_ms, w->learn_s))
		l->flags |= IEC104_NEWCOMER;
}

bool
iec104_is_newcomer(const struct iec104_view *v)
{
	const struct iec104_link *l = v->link;

	if ((l->flags & IEC104_NEWCOMER) == 0)
		return false;
	return l->client == 0 || l->end[2 - l->client].i < ALIVE_I ||
	       when_within(l->since_ms, v->now_ms, v->world->settle_s);
}
