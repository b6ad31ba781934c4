/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T-29: two stations in one place, by their MAC addresses or by a common
 * address that both answer for.
 */
#include <config.h>

#include "rules/full.h"
#include "rules/iec104/say.h"
#include "rules/iec104/waits.h"
#include "rules/when.h"

#define DET "T-29"
#define BROADCAST 65535

/* Who answers a master for a common address. */
struct owner {
	struct { /* no padding: it is hashed */
		uint8_t master[16];
		uint16_t ca, zero;
	} key;
	uint8_t station[16];
	uint64_t flow;
	bool settled; /* it is known to be several's, or that was said */
};

struct dual {
	uint32_t grace_s;
	struct table table; /* as many as there are links */
	struct waits odd, rivals;
};

static size_t
up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

static size_t
dual_size(const struct rules_limits *limits)
{
	return up(sizeof(struct dual)) +
	       up(limits->links * sizeof(struct table_slot)) +
	       limits->links * sizeof(struct owner);
}

static void
dual_start(void *state, const struct setup *setup)
{
	struct dual *d = state;
	uint32_t links = setup->limits->links;
	uint8_t *slots = (uint8_t *)state + up(sizeof(*d));
	uint8_t *owners = slots + up(links * sizeof(struct table_slot));

	table_init(&d->table, setup->key, (void *)slots, owners, links,
	    sizeof(struct owner), sizeof(((struct owner *)0)->key));
}

static const struct wait *
latest_of(struct waits *w, uint64_t flow)
{
	for (uint32_t i = w->n; i > 0; i--)
		if (waits_at(w, i - 1)->pdu.flow == flow)
			return waits_at(w, i - 1);
	return NULL;
}

/* About the unit that came from elsewhere; this one is the station's again. */
static void
see_macs(struct dual *d, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	const struct wait *w = latest_of(&d->odd, op->pdu->flow);
	struct iec104_view then = *v;
	struct op odd = *op;
	struct event ev;

	if (w != NULL)
		then = waits_view(w, v->world, v->link, &odd);
	ev = iec104_say(&odd, &then, &EV_TELECONTROL_DUAL_STATION, DET);
	event_add_u64(&ev, "ca", v->apdu->ca);
	event_add_text(&ev, "reason", "two MAC addresses in turn");
	event_add_u64(&ev, "back_in_frame", op->pdu->frame);
	out->emit(out, &ev);
}

static bool
is_open(struct iec104_world *w, const struct iec104_link *l)
{
	const struct iec104_station *s = table_find(&w->stations, l->station);

	for (size_t i = 0; s != NULL && i < IEC104_PEERS; i++)
		if (iec104_flow_at(w, s, i) == l->flow)
			return true;
	return false;
}

/*
 * That stations have addresses in common is usual: it is news only beside one
 * that had been at work with its own for a while.
 */
static void
rival(struct dual *d, struct owner *o, const struct op *op,
    const struct iec104_view *v)
{
	struct iec104_world *world = v->world;
	struct iec104_link *of = iec104_world_link(world, o->flow);
	struct wait *w;

	if (of == NULL || of->client == 0 ||
	    (of->flags & IEC104_STARTED) == 0 || !is_open(world, of) ||
	    !when_within(of->last_ms, v->now_ms, world->alive_s)) {
		memcpy(o->station, v->link->station, sizeof(o->station));
		o->flow = v->link->flow;
		return;
	}
	o->settled = true;
	if (!v->complete ||
	    when_within(of->since_ms, v->now_ms, world->alive_s))
		return;
	w = waits_put(&d->rivals, op->pdu, v->now_ms);
	w->link = of->flow;
	w->value = of->end[2 - of->client].i;
	w->key.ca = v->apdu->ca;
}

static void
see_address(struct dual *d, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	struct owner o = { .key.ca = v->apdu->ca }, *found;
	bool fresh, full = d->table.evicted != 0;

	memcpy(o.key.master, v->link->master, sizeof(o.key.master));
	found = table_put(&d->table, &o.key, &fresh);
	if (!full && d->table.evicted != 0)
		full_say(out, op, DET, d->table.cap);
	if (fresh)
		memcpy(
		    found->station, v->link->station, sizeof(found->station));
	if (memcmp(found->station, v->link->station, sizeof(found->station)) ==
	    0)
		found->flow = v->link->flow;
	else if (!found->settled)
		rival(d, found, op, v);
}

/* Both went on: it was no switch from one to the other. */
static void
judge(struct dual *d, const struct wait *w, struct iec104_world *world,
    struct event_sink *out)
{
	struct iec104_link *link = iec104_world_link(world, w->pdu.flow);
	const struct iec104_link *of = iec104_world_link(world, w->link);
	struct owner o = { .key.ca = w->key.ca }, *found;
	struct iec104_view v;
	struct event ev;
	struct op op;

	if (link == NULL || of == NULL)
		return;
	if ((of->flags & IEC104_STARTED) == 0 || !is_open(world, of) ||
	    of->end[2 - of->client].i <= w->value) {
		memcpy(o.key.master, link->master, sizeof(o.key.master));
		found = table_find(&d->table, &o.key);
		if (found != NULL)
			found->settled = false;
		return;
	}
	v = waits_view(w, world, link, &op);
	ev = iec104_say(&op, &v, &EV_TELECONTROL_DUAL_STATION, DET);
	/* nobody promised that common addresses are unique */
	ev.doubtful = true;
	ev.severity = SEVERITY_WARNING;
	event_add_u64(&ev, "ca", w->key.ca);
	event_add_text(&ev, "reason", "two stations for one address");
	iec104_say_ip(&ev, "other_station", of->station);
	out->emit(out, &ev);
}

static void
dual_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;
	struct dual *d = state;

	if (v == NULL || v->apdu->read != IEC104_ASDU || !v->from_station)
		return;
	if ((v->news & IEC104_TWO_MACS) != 0)
		see_macs(d, op, v, out);
	else if (v->link->odd_macs == 1)
		waits_put(&d->odd, op->pdu, v->now_ms);
	if (v->link->ca != v->apdu->ca && v->apdu->ca != BROADCAST &&
	    iec104_is_report(v->apdu) && op->verdict == RD_OK)
		see_address(d, op, v, out);
}

static void
dual_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct dual *d = state;
	uint64_t grace = UINT64_C(1000) * d->grace_s;
	struct wait *w;

	while ((w = waits_due(&d->rivals, when_ms(at), grace)) != NULL)
		judge(d, w, world, out);
}

static const struct parameter parameters[] = {
	{ "grace_s", offsetof(struct dual, grace_s), 5, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0856,T0830", parameters },
	{ NULL, NULL, NULL },
};

static size_t
dual_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct dual *d = state;

	to[0] = kept_table("iec104.owners", 1, &d->table);
	waits_kept(&d->odd, to + 1, "iec104.odd-macs", "iec104.odd-macs-ring");
	waits_kept(&d->rivals, to + 3, "iec104.rivals", "iec104.rivals-ring");
	return 5;
}

const struct detector iec104_dual_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &iec104_world,
	.size = dual_size,
	.start = dual_start,
	.on_op = dual_on_op,
	.on_tick = dual_on_tick,
	.kept = dual_kept,
};
