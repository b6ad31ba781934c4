/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a packet; see pipeline.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "rules/meters/meters.h"
#include "sensor/pipeline_parts.h"

/* Payloads one way before a connection is called one-sided. */
#define SILENT_MAX 4
/* So much earlier than the last tick is no disorder of packets. */
#define BACK_S 10
#define TIME_MAX 253402300799 /* the last second of the year 9999 */
/* Fewer flows than this are in the cache anyway. */
#define BATCH_FLOWS 8192
#define AHEAD 4      /* packets whose flows are fetched before their turn */
#define HINT_AHEAD 3 /* and what the flows lead to, */
#define LEAD_AHEAD 1 /* and what that leads to */

static void
on_evict(void *arg, struct flow *f)
{
	struct pipeline *pl = arg;

	relay_settle(pl, f);
	relay_unclassify(pl, f);
	stream_forget(pl->streams, f);
	if (pl->nsm != NULL)
		nsm_forget(pl->nsm, flow_slot(pl->flows, f));
}

void
pipeline_tick(struct pipeline *pl, struct timespec now)
{
	pl->second = now.tv_sec;
	pl->ticking = true;
	stream_tick(pl->streams, now);
	fragments_tick(pl->fragments, now);
	remember_answers(pl);
	dispatch_tick(pl->dispatch, now, &pl->event_sink);
	alerts_tick(pl->alerts, now);
	if (pl->nacks > 0)
		remember_tell(pl);
	pipeline_tell(pl);
	pl->ticking = false;
	if (pl->nsm != NULL)
		nsm_tick(pl->nsm, now);
}

/* A connection of which one end is never heard is told of once. */
static void
watch_sides(struct pipeline *pl, struct flow *f, unsigned dir, size_t n)
{
	struct transport msg = { .note = TRANSPORT_ONE_SIDED };

	if ((f->half[dir ^ 1].flags & HALF_HEARD) != 0) {
		f->flags &= (uint8_t)~FLOW_ONE_SIDED;
		return;
	}
	if (n > 0 && f->silent < SILENT_MAX)
		f->silent++;
	if (f->silent < SILENT_MAX || (f->flags & FLOW_ONE_SIDED) != 0)
		return;
	f->flags |= FLOW_ONE_SIDED;
	pl->counts.one_sided++;
	if (f->app != 0)
		relay_tell(pl, f, dir, &pl->pk->place, OP_OTHER, &msg);
}

/* What no dissector claims gets its name from nDPI. */
static void
classify(struct pipeline *pl, struct flow *f, size_t payload)
{
	const struct packet *pk = pl->pk;
	uint64_t ms = (uint64_t)pk->place.at.tv_sec * 1000 +
	              (uint64_t)pk->place.at.tv_nsec / 1000000;

	if (pl->classify == NULL || f->classified == CLASS_DONE || payload == 0)
		return;
	f->classified = CLASS_OPEN;
	if (classify_packet(pl->classify, &f->classify, pk->ip, pk->ip_n, ms,
	        &f->label) == CLASSIFY_MORE)
		return;
	f->classified = CLASS_DONE;
	relay_settle(pl, f);
}

static void
count_packet(struct pipeline *pl, struct flow *f)
{
	if (pipeline_owns(pl, f))
		pl->inventory.app[f->app - 1]++;
	else if (f->classified == CLASS_DONE)
		pl->inventory.label[f->label]++;
	else
		f->packets++;
}

/* The first flow for which another was forgotten; the others are counted. */
static void
tell_full(struct pipeline *pl, struct flow *f, unsigned dir)
{
	struct transport msg = { .note = TRANSPORT_FULL, .octets = pl->nflows };

	relay_tell(pl, f, dir, &pl->pk->place, OP_OTHER, &msg);
}

/* A datagram's flow remembers it as a stream does. */
static void
meet(struct pipeline *pl, struct flow *f, unsigned dir)
{
	struct transport msg = { .note = TRANSPORT_MET };

	if (f != NULL && f->protocol != 6)
		f->half[dir].flags |= HALF_HEARD;
	relay_tell(pl, f, dir, &pl->pk->place, OP_OTHER, &msg);
}

static void
on_flow(struct pipeline *pl)
{
	struct packet *pk = pl->pk;
	size_t payload = pk->n;
	struct flow *f;
	unsigned dir;
	bool fresh;

	f = flow_find(pl->flows, pk, &dir, &fresh, on_evict, pl);
	f->seen_s = (uint32_t)pk->place.at.tv_sec;
	if (fresh && flow_evicted(pl->flows) == 1)
		tell_full(pl, f, dir);
	if (pl->meeting && (f->half[dir].flags & HALF_HEARD) == 0)
		meet(pl, f, dir);
	if (pk->protocol == 6) {
		stream_packet(pl->streams, f, dir, pk);
		watch_sides(pl, f, dir, payload);
	} else if (payload > 0) {
		units_datagram(pl->units, f, dir, pk->p, pk->n,
		    pk->n + pk->lost, &pk->place);
	}
	if (!pipeline_owns(pl, f))
		classify(pl, f, payload);
	count_packet(pl, f);
}

static void
on_frame(struct pipeline *pl)
{
	static const uint8_t none[6];
	struct packet *pk = pl->pk;

	if (pl->meeting && memcmp(pk->place.mac + 6, none, 6) != 0)
		meet(pl, NULL, 0);
	if (units_ethertype(pl->units, pk->ethertype, pk->p, pk->n,
	        pk->n + pk->lost, &pk->place) &&
	    dissectors[pl->which]->write_json != NULL)
		pl->inventory.app[pl->which]++;
	else
		inventory_ethertype(&pl->inventory, pk->ethertype);
}

static struct timespec
sane(struct timespec at)
{
	if (at.tv_sec < 0)
		at.tv_sec = 0;
	if (at.tv_sec > TIME_MAX)
		at.tv_sec = TIME_MAX;
	if (at.tv_nsec < 0 || at.tv_nsec > 999999999)
		at.tv_nsec = 999999999;
	return at;
}

void
pipeline_observe(struct pipeline *pl, struct observer *observer)
{
	pl->observer = observer;
	if (observer != NULL)
		pl->meeting = pl->meeting || observer->meets;
	dispatch_observe(pl->dispatch, observer);
}

int
pipeline_capture(
    struct pipeline *pl, const char *name, int link, struct error *error)
{
	if (!link_known(link)) {
		error_set(error, "%s: link type %d cannot be read", name, link);
		return -ENOTSUP;
	}
	pipeline_flush(pl);
	if (pl->frame > 0)
		remember_mark(pl, pl->frame);
	pl->capture = name;
	pl->link = link;
	pl->frame = 0;
	pl->skip = 0;
	return 0;
}

/* Unwraps the packet; LAYER_DONE: it has a flow or an ethertype. */
static enum layer
unwrap(struct pipeline *pl, struct packet *pk)
{
	enum layer layer = pk->layer;

	if (layer == LAYER_NETWORK && seen_before(pl->seen, pk)) {
		pl->link_counts.duplicates++;
		pl->inventory.duplicates++;
		return LAYER_UNKNOWN;
	}
	if (layer == LAYER_NETWORK)
		layer = ip_open(
		    pk, pl->fragments, &pl->ip_counts, &pl->link_counts);
	if (layer != LAYER_DONE)
		inventory_layer(&pl->inventory, layer);
	else if (pk->version != 0 && (pk->protocol == 6 || pk->protocol == 17))
		flow_hash(pl->flows, pk);
	else if (pk->version != 0)
		pl->inventory.protocol[pk->protocol]++;
	return layer;
}

static void
process(struct pipeline *pl, struct packet *pk)
{
	pl->pk = pk;
	/* a clock that was far ahead, or another capture, goes on from here */
	if (pk->place.at.tv_sec > pl->second ||
	    pl->second - pk->place.at.tv_sec > BACK_S)
		pipeline_tick(pl, pk->place.at);
	if (pk->version == 0)
		on_frame(pl);
	else if (pk->protocol == 6 || pk->protocol == 17)
		on_flow(pl);
}

/* The packet of the batch, if it is one of a flow. */
static struct packet *
coming(struct pipeline *pl, size_t i, size_t to)
{
	return i < to && pl->batch[i].layer == LAYER_DONE &&
	               pl->batch[i].version != 0
	           ? &pl->batch[i]
	           : NULL;
}

static void
expect(struct pipeline *pl, size_t i, size_t to)
{
	struct packet *pk = coming(pl, i, to);

	if (pk != NULL)
		flow_expect(pl->flows, pk);
}

/* What is known of the flow's ends, and what belongs to that. */
static void
expect_known(struct pipeline *pl, size_t i, size_t to)
{
	struct packet *pk = coming(pl, i + HINT_AHEAD, to);
	const struct flow *f;

	if (pk != NULL)
		flow_expect_hint(pl->flows, pk);
	pk = coming(pl, i + LEAD_AHEAD, to);
	f = pk != NULL ? flow_expected(pl->flows, pk) : NULL;
	if (f != NULL && f->app != 0)
		dispatch_expect(pl->dispatch, f->app - 1U, f->hint);
}

/*
 * Packets of the batch in their order.  The flows of those that come next are
 * on their way meanwhile: not too many, the processor waits for so many lines
 * only.
 */
static void
run(struct pipeline *pl, size_t from, size_t to)
{
	for (size_t i = from; to - from > 1 && i < from + AHEAD; i++)
		expect(pl, i, to);
	for (size_t i = from; i < to; i++) {
		expect(pl, i + AHEAD, to);
		expect_known(pl, i, to);
		if (pl->batch[i].layer == LAYER_DONE)
			process(pl, &pl->batch[i]);
	}
}

/* libpcap uses its buffer again: what has to wait is copied. */
static bool
keep(struct pipeline *pl, struct packet *pk)
{
	uint8_t *to = pl->arena + pl->narena;
	size_t whole = (pk->n + 15) & ~(size_t)15;

	if (pl->lasting)
		return true;
	if (whole > ARENA - pl->narena)
		return false;
	memcpy(to, pk->p, pk->n);
	pk->p = to;
	pl->narena += whole;
	return true;
}

/* The next frame; whether a run before this one read it, and knows of it. */
static bool
is_done(struct pipeline *pl, struct timespec at)
{
	pl->frame++;
	if (pl->keeper == NULL)
		return false;
	if (pl->frame == 1) {
		pl->capture_first = at;
		pl->skip = remember_frames(pl);
	}
	if (pl->frame > pl->skip)
		return false;
	pl->counts.resumed++;
	return true;
}

void
pipeline_left_out(struct pipeline *pl, struct timespec at)
{
	is_done(pl, sane(at));
}

void
pipeline_packet(struct pipeline *pl, struct timespec at, const uint8_t *bytes,
    size_t captured, size_t on_wire)
{
	struct packet *pk = &pl->batch[pl->nbatch];
	bool waits = flow_used(pl->flows) > BATCH_FLOWS;

	at = sane(at);
	if (is_done(pl, at))
		return;
	pk->place = (struct stream_at){
		.at = at, .frame = pl->frame, .capture = pl->capture
	};
	pl->nbatch++;
	pk->p = bytes;
	pk->n = captured;
	pk->lost = on_wire > captured ? on_wire - captured : 0;
	pk->version = 0;
	if (pl->counts.packets++ == 0)
		pl->counts.first = pk->place.at;
	pl->counts.last = pk->place.at;
	pl->counts.bytes += on_wire;
	pl->counts.shortened += on_wire > captured;
	waits = waits && keep(pl, pk);
	pk->layer = link_open(pk, pl->link, &pl->link_counts);
	if (pk->layer == LAYER_NETWORK)
		seen_hash(pl->seen, pk);
	if (!waits || pl->nbatch == BATCH)
		pipeline_flush(pl);
}

void
pipeline_lasting(struct pipeline *pl, bool lasting)
{
	pipeline_flush(pl);
	pl->lasting = lasting;
}

void
pipeline_flush(struct pipeline *pl)
{
	const struct fragment_counts *fragments =
	    fragments_counts(pl->fragments);
	size_t done = 0;

	for (size_t i = 0; i < pl->nbatch; i++) {
		uint64_t whole = fragments->whole;

		pl->batch[i].layer = unwrap(pl, &pl->batch[i]);
		if (fragments->whole == whole)
			continue;
		/* a datagram put together lives until the next fragment */
		run(pl, done, i + 1);
		done = i + 1;
	}
	run(pl, done, pl->nbatch);
	pl->nbatch = pl->narena = 0;
	/* only here is all that was unwrapped processed, too */
	remember_tick(pl, pl->frame);
}

void
pipeline_end(struct pipeline *pl)
{
	pipeline_flush(pl);
	pl->ticking = true;
	/* with a state file the next run goes on where this one ends */
	if (pl->keeper == NULL)
		stream_end(pl->streams);
	for (uint32_t i = 0; i < flow_used(pl->flows); i++)
		relay_settle(pl, flow_at(pl->flows, i));
	pl->ticking = false;
	if (pl->nsm != NULL)
		nsm_finish(pl->nsm);
	if (pl->frame > 0)
		remember_mark(pl, pl->frame);
}

void
pipeline_summary(const struct pipeline *pl, struct json *j)
{
	const struct meters *meters = dispatch_world(pl->dispatch, &dlms_world);
	struct summary s = { .counts = &pl->counts,
		.link = &pl->link_counts,
		.ip = &pl->ip_counts,
		.fragments = fragments_counts(pl->fragments),
		.streams = stream_counts(pl->streams),
		.units = units_counts(pl->units),
		.losses = &pl->losses,
		.inventory = &pl->inventory,
		.tally = pl->tally,
		.classify = pl->classify,
		.flows_evicted = flow_evicted(pl->flows),
		.blocks_refused = blocks_refused(pl->blocks),
		.messages_lost = asm_lost(pl->messages),
		.events_left_out = alerts_left_out(pl->alerts),
		.folds_evicted = alerts_evicted(pl->alerts) };

	if (pl->unseal != NULL)
		s.keys = unseal_counts(pl->unseal);
	if (meters != NULL)
		s.meters_evicted = meters_evicted(meters, &s.meters_unkept);
	summary_write(&s, j);
	alerts_summary(pl->alerts, j);
	summary_dropped(&s, j);
}

int
pipeline_meters(const struct pipeline *pl, FILE *to)
{
	return meters_write(dispatch_world(pl->dispatch, &dlms_world), to);
}
