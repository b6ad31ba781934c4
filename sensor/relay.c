/* SPDX-License-Identifier: Apache-2.0 */
/* What one part of the pipeline hands to the next. */
#include <config.h>

#include <string.h>

#include "rules/dlms/unseal.h"
#include "sensor/community.h"
#include "sensor/held.h"
#include "sensor/pipeline_parts.h"

#define PIPELINE(sink, member)                                                 \
	((struct pipeline *)(void *)((char *)(sink)-offsetof(                  \
	    struct pipeline, member)))

static const char *
name_of(struct pipeline *pl, const struct flow *f)
{
	uint32_t slot;
	struct endpoint a, b;

	if (f == NULL)
		return NULL;
	slot = flow_slot(pl->flows, f);
	if ((f->flags & FLOW_NAMED) == 0) {
		flow_ends(f, 0, &a, &b);
		community_id(pl->names[slot], &a, &b, f->protocol, 0);
		flow_at(pl->flows, slot)->flags |= FLOW_NAMED;
	}
	return pl->names[slot];
}

static enum knowledge
knowledge_of(const struct flow *f)
{
	if (f == NULL || f->protocol != 6)
		return KNOW_COMPLETE;
	if ((f->flags & FLOW_ONE_SIDED) != 0)
		return KNOW_ONE_SIDED;
	if ((f->flags & FLOW_GAPPED) != 0)
		return KNOW_GAPPED;
	return (f->flags & FLOW_MIDSTREAM) != 0 ? KNOW_MIDSTREAM
	                                        : KNOW_COMPLETE;
}

/* What this end has got of the other was captured, too. */
static bool
heard_all(const struct flow *f, unsigned dir)
{
	const struct half *h = &f->half[dir], *peer = &f->half[dir ^ 1];
	const uint8_t known = HALF_KNOWN | HALF_HEARD;

	return f->protocol == 6 && (h->flags & HALF_ACKED) != 0 &&
	       (peer->flags & known) == known && peer->held == 0 &&
	       held_ahead(h->ack, peer->next) <= 0;
}

/* The packet of a unit: the one at hand, or one that waited for it. */
static void
set_pdu(struct pipeline *pl, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	struct pdu *pdu = &pl->pdu;

	pl->flow = f;
	pdu->at = at->at;
	pdu->frame = at->frame;
	pdu->capture = at->capture;
	pdu->carrier = f == NULL           ? OVER_ETHERTYPE
	               : f->protocol == 17 ? OVER_UDP
	                                   : OVER_TCP;
	pdu->ethertype = f == NULL ? pl->pk->ethertype : 0;
	pdu->vlans = at->vlans;
	memcpy(pdu->vlan, at->vlan, sizeof(pdu->vlan));
	pdu->dir = dir;
	pdu->flow = f == NULL ? 0
	                      : (uint64_t)(flow_slot(pl->flows, f) + 1) << 32 |
	                            f->epoch;
	pdu->state = knowledge_of(f);
	pdu->heard_all = f != NULL && heard_all(f, dir);
	pdu->hint = f == NULL ? NULL : &f->hint;
	/* a record needs it when the unit has been dissected */
	if (pl->records != NULL && f != NULL)
		__builtin_prefetch(pl->names[flow_slot(pl->flows, f)]);
	memcpy(pdu->dst.mac, at->mac, 6);
	memcpy(pdu->src.mac, at->mac + 6, 6);
	if (f != NULL) {
		flow_ends(f, dir, &pdu->src, &pdu->dst);
	} else {
		memset(pdu->src.ip, 0, sizeof(pdu->src.ip));
		memset(pdu->dst.ip, 0, sizeof(pdu->dst.ip));
		pdu->src.port = pdu->dst.port = 0;
	}
}

static void
on_opened_op(struct op_sink *sink, const struct op *op)
{
	struct pipeline *pl = PIPELINE(sink, opened);
	const struct dissector *d = dissectors[pl->which];

	if (op->outer == NULL) {
		if (d->count != NULL)
			d->count(pl->tally[pl->which], op);
		if (pl->records != NULL && d->write_json != NULL)
			record_write(pl->records, d, op, name_of(pl, pl->flow));
	}
	dispatch_op(pl->dispatch, pl->which, op, &pl->event_sink);
}

/* With keys an op comes when what it protects has been read. */
static void
on_op(struct op_sink *sink, const struct op *op)
{
	struct pipeline *pl = PIPELINE(sink, ops);

	if (pl->unseal != NULL && pl->which == pl->dlms)
		unseal_op(pl->unseal, op, pl->pdu.flow, &pl->opened);
	else
		on_opened_op(&pl->opened, op);
}

static enum rd_err
on_unit(struct unit_sink *sink, struct flow *f, unsigned dir, unsigned which,
    const uint8_t *p, size_t captured, size_t on_wire,
    const struct stream_at *at)
{
	struct pipeline *pl = PIPELINE(sink, unit_sink);
	struct ctx ctx = { .pdu = &pl->pdu,
		.pool = pl->messages,
		.settings = pl->settings[which] };
	enum rd_err verdict;

	set_pdu(pl, f, dir, at);
	pl->pdu.octets = (uint32_t)on_wire;
	if (pl->nsm_flows != NULL && f != NULL)
		__builtin_prefetch(&pl->nsm_flows[flow_slot(pl->flows, f)], 1);
	if (f != NULL) {
		ctx.flow = f->state;
		ctx.flow_id = pl->pdu.flow;
		if (asm_robbed(&ctx)) {
			f->flags |= FLOW_GAPPED;
			pl->pdu.state = knowledge_of(f);
		}
	}
	pl->which = which;
	if (f != NULL && f->protocol == 6)
		pl->counts.got += captured;
	verdict = dissectors[which]->dissect(
	    rd_over(p, captured, on_wire), &ctx, &pl->ops);
	if (ctx.skip > 0 && f != NULL)
		f->half[dir].skip = ctx.skip;
	return verdict;
}

void
relay_settle(struct pipeline *pl, struct flow *f)
{
	if (pipeline_owns(pl, f))
		pl->inventory.app[f->app - 1] += f->packets;
	else if (f->classified == CLASS_DONE)
		pl->inventory.label[f->label] += f->packets;
	else if (f->classified == CLASS_OPEN)
		pl->inventory.label[CLASSIFY_UNKNOWN] += f->packets;
	else
		pl->inventory.label[CLASSIFY_NOT] += f->packets;
	f->packets = 0;
}

void
relay_unclassify(struct pipeline *pl, struct flow *f)
{
	if (f->classified == CLASS_OPEN)
		classify_drop(pl->classify, f->classify);
	f->classify = 0;
	f->classified = CLASS_NEW;
}

static void
tell_away(struct pipeline *pl, struct flow *f, const struct dissector *d)
{
	struct transport msg = { .note = TRANSPORT_AWAY, .protocol = d->name };

	if (f->protocol == 6 && !dissector_hint(d, OVER_TCP, f->aport) &&
	    !dissector_hint(d, OVER_TCP, f->bport))
		relay_tell(pl, f, 0, &pl->pk->place, OP_OTHER, &msg);
}

static void
on_claim(struct unit_sink *sink, struct flow *f, unsigned app)
{
	struct pipeline *pl = PIPELINE(sink, unit_sink);

	if (app == 0) {
		relay_settle(pl, f);
		memset(f->state, 0, sizeof(f->state));
		f->half[0].skip = f->half[1].skip = 0;
		f->tries = 0;
		return;
	}
	if (!pipeline_owns(pl, f))
		return;
	relay_unclassify(pl, f);
	pl->inventory.app[app - 1] += f->packets;
	f->packets = 0;
	tell_away(pl, f, dissectors[app - 1]);
}

static enum op_from
from_of(const struct flow *f, unsigned dir)
{
	if (f->opener == 0)
		return OP_FROM_UNKNOWN;
	return f->opener == dir + 1 ? OP_FROM_CLIENT : OP_FROM_SERVER;
}

void
relay_tell(struct pipeline *pl, struct flow *f, unsigned dir,
    const struct stream_at *at, enum op_kind kind, struct transport *msg)
{
	struct op op = { .kind = kind,
		.pdu = &pl->pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.from = kind == OP_LINK ? from_of(f, dir) : OP_FROM_UNKNOWN,
		.flaw = kind == OP_FLAW ? "octets came again as others" : NULL,
		.msg = msg };

	set_pdu(pl, f, dir, at);
	msg->got = pl->earlier.got + pl->counts.got;
	msg->lost = pl->earlier.lost + pl->counts.lost;
	dispatch_op(pl->dispatch, pl->transport, &op, &pl->event_sink);
}

static void
on_begin(struct stream_sink *sink, struct flow *f)
{
	struct pipeline *pl = PIPELINE(sink, stream_sink);

	relay_settle(pl, f);
	relay_unclassify(pl, f);
	if (pl->nsm != NULL)
		nsm_forget(pl->nsm, flow_slot(pl->flows, f));
	f->app = 0;
	f->tries = 0;
	f->skipped = 0;
	memset(f->state, 0, sizeof(f->state));
}

static void
on_octets(struct stream_sink *sink, struct flow *f, unsigned dir,
    const uint8_t *p, size_t n, const struct stream_at *at)
{
	struct pipeline *pl = PIPELINE(sink, stream_sink);

	units_octets(pl->units, f, dir, p, n, at);
}

static void
on_gap(struct stream_sink *sink, struct flow *f, unsigned dir, uint32_t n,
    bool cut, const struct stream_at *at)
{
	struct pipeline *pl = PIPELINE(sink, stream_sink);
	struct transport msg = { .note = cut ? TRANSPORT_CUT : TRANSPORT_GAP,
		.seq = f->half[dir].next - n,
		.octets = n };

	units_gap(pl->units, f, dir, n, at);
	if (f->app == 0)
		return;
	pl->counts.lost += n;
	pl->counts.holes++;
	relay_tell(pl, f, dir, at, OP_OTHER, &msg);
}

static void
on_overlap(struct stream_sink *sink, struct flow *f, unsigned dir, uint32_t seq,
    size_t n, size_t differs, const struct stream_at *at)
{
	struct transport msg = { .note = TRANSPORT_OVERLAP,
		.seq = seq,
		.octets = n,
		.at = differs };

	relay_tell(PIPELINE(sink, stream_sink), f, dir, at, OP_FLAW, &msg);
}

static void
on_opened(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	struct transport msg = { .note = TRANSPORT_OPENED };

	relay_tell(PIPELINE(sink, stream_sink), f, dir, at, OP_LINK, &msg);
}

static void
on_answered(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	struct transport msg = { .note = TRANSPORT_ANSWERED };

	relay_tell(PIPELINE(sink, stream_sink), f, dir, at, OP_LINK, &msg);
}

static void
on_closed(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	struct pipeline *pl = PIPELINE(sink, stream_sink);
	struct transport msg = { .note = TRANSPORT_CLOSED,
		.answered = f->answered,
		.carried = f->carried,
		.reset = (pl->pk->flags & TCP_RST) != 0 };

	relay_tell(pl, f, dir, at, OP_LINK, &msg);
}

/* A table is full once, and not once more after each restart. */
static bool
is_told(struct pipeline *pl, const struct event *ev)
{
	uint64_t name;

	if (ev->def != &EV_SENSOR_TABLE_FULL)
		return false;
	name = siphash(pipeline_key, ev->subject.p, ev->subject.n) | 1;
	for (size_t i = 0; i < FULL_SAID; i++) {
		if (pl->full_said[i] == name)
			return true;
		if (pl->full_said[i] == 0) {
			pl->full_said[i] = name;
			return false;
		}
	}
	return false;
}

/* What detectors say gets the name of the flow that they say it of. */
static void
on_event(struct event_sink *sink, const struct event *from)
{
	struct pipeline *pl = PIPELINE(sink, event_sink);
	struct event ev = *from;
	const char *name;

	if (is_told(pl, from))
		return;
	name = pl->ticking ? NULL : name_of(pl, pl->flow);
	if (name != NULL)
		memcpy(ev.flow, name, sizeof(ev.flow));
	if (pl->observer != NULL)
		pl->observer->on_event(pl->observer, &ev, pl->ticking);
	alerts_sink(pl->alerts)->emit(alerts_sink(pl->alerts), &ev);
}

static void
on_heard(struct event_sink *sink, const struct event *ev)
{
	struct pipeline *pl = PIPELINE(sink, heard_sink);

	dispatch_event(pl->dispatch, ev, &pl->event_sink);
}

void
relay_init(struct pipeline *pl)
{
	pl->ops.emit = on_op;
	pl->opened.emit = on_opened_op;
	pl->unit_sink = (struct unit_sink){ on_unit, on_claim };
	pl->stream_sink = (struct stream_sink){ on_begin, on_octets, on_gap,
		on_overlap, on_opened, on_answered, on_closed };
	pl->event_sink.emit = on_event;
	pl->heard_sink.emit = on_heard;
}
