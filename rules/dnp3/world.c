/* SPDX-License-Identifier: Apache-2.0 */
/* Associations of DNP3 masters and outstations (IEEE 1815-2012). */
#include <config.h>

#include "rules/dnp3/world.h"
#include "rules/full.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET "H-8"
#define SERVED 10 /* responses of an outstation that knows its master */
#define ROUNDED(n) (((n) + 63) & ~(size_t)63)

/* The parts of the state, in the order in which they lie. */
struct parts {
	size_t associations, association_slots, habits, rare, places,
	    place_slots, links, link_slots, points, point_slots, end;
};

/* Each association has two ends. */
static size_t
places_of(const struct rules_limits *l)
{
	return (size_t)l->associations * 2;
}

static struct parts
lay_out(const struct rules_limits *l)
{
	struct parts p = { .associations = ROUNDED(sizeof(struct dnp3_world)) };
	size_t n = l->associations, places = places_of(l);
	size_t slot = sizeof(struct table_slot);

	p.association_slots =
	    p.associations + ROUNDED(n * sizeof(struct dnp3_association));
	p.habits = p.association_slots + ROUNDED(n * slot);
	p.rare = p.habits + ROUNDED(side_size(n, sizeof(struct dnp3_habits)));
	p.places = p.rare + ROUNDED(side_size(n, sizeof(struct dnp3_rare)));
	p.place_slots = p.places + ROUNDED(places * sizeof(struct dnp3_place));
	p.links = p.place_slots + ROUNDED(places * slot);
	p.link_slots = p.links + ROUNDED(n * sizeof(struct dnp3_link));
	p.points = p.link_slots + ROUNDED(n * slot);
	p.point_slots =
	    p.points + ROUNDED(n * sizeof(struct dnp3_output_point));
	p.end = p.point_slots + ROUNDED(n * slot);
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
	struct dnp3_world *w = state;
	struct parts p = lay_out(setup->limits);
	uint32_t n = setup->limits->associations;
	uint8_t *base = state;

	w->policy = setup->policy;
	w->entries = (void *)(base + p.associations);
	side_start(&w->habits, base + p.habits, n, sizeof(struct dnp3_habits));
	side_start(&w->rare, base + p.rare, n, sizeof(struct dnp3_rare));
	memcpy(&w->mix, setup->key, sizeof(w->mix));
	w->mix |= 1;
	table_init(&w->associations, setup->key,
	    (void *)(base + p.association_slots), base + p.associations, n,
	    sizeof(struct dnp3_association), sizeof(struct dnp3_key));
	table_stamps(&w->associations, offsetof(struct dnp3_association, used));
	table_init(&w->places, setup->key, (void *)(base + p.place_slots),
	    base + p.places, (uint32_t)places_of(setup->limits),
	    sizeof(struct dnp3_place), sizeof(((struct dnp3_place *)0)->key));
	table_init(&w->links, setup->key, (void *)(base + p.link_slots),
	    base + p.links, n, sizeof(struct dnp3_link), sizeof(uint64_t));
	table_init(&w->points, setup->key, (void *)(base + p.point_slots),
	    base + p.points, n, sizeof(struct dnp3_output_point),
	    sizeof(struct dnp3_point_key));
}

/* Most associations have none. */
static void *
own(struct dnp3_association *a, struct side *of, uint32_t flag)
{
	void *p = side_at(of, (size_t)(a - a->world->entries));

	if ((a->flags & flag) == 0)
		memset(p, 0, of->size);
	a->flags |= flag;
	return p;
}

struct dnp3_habits *
dnp3_habits(struct dnp3_association *a)
{
	return own(a, &a->world->habits, DNP3_HAS_HABITS);
}

struct dnp3_rare *
dnp3_rare(struct dnp3_association *a)
{
	return own(a, &a->world->rare, DNP3_HAS_RARE);
}

struct dnp3_association *
dnp3_world_find(struct dnp3_world *w, const struct dnp3_key *key)
{
	return table_find(&w->associations, key);
}

static void
say_full(const struct table *t, bool fresh, const struct op *op,
    struct event_sink *sink)
{
	if (fresh && t->evicted == 1)
		full_say(sink, op, DET, t->cap);
}

struct dnp3_output_point *
dnp3_world_point(struct dnp3_world *w, const struct dnp3_view *v,
    const struct op *op, uint8_t group, uint32_t index, bool *fresh,
    struct event_sink *sink)
{
	struct dnp3_point_key key = {
		.link = v->a->key.link, .group = group, .index = index
	};
	struct dnp3_output_point *p;

	memcpy(key.station, v->a->key.station, sizeof(key.station));
	p = table_put(&w->points, &key, fresh);
	say_full(&w->points, *fresh, op, sink);
	if (*fresh)
		p->first_ms = v->now_ms;
	return p;
}

uint64_t
dnp3_world_hash(const struct dnp3_world *w, struct bytes b, uint64_t h)
{
	const uint8_t *p = b.p;
	uint64_t word;
	size_t n = b.n;

	h ^= n + 1;
	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * w->mix;
		h ^= h >> 29;
	}
	if (n > 0) {
		word = 0;
		memcpy(&word, p, n);
		h = (h ^ word) * w->mix;
		h ^= h >> 29;
	}
	return h * w->mix;
}

bool
dnp3_is_critical(const struct dnp3_fragment *a)
{
	uint8_t fc = a->function, group = a->first.n > 0 ? a->first.p[0] : 0;

	if (fc == DNP3_WRITE) /* masters begin with times and indications */
		return group != 50 && group != 51 && group != 80;
	return dnp3_is_control(fc) ||
	       (fc >= DNP3_FREEZE_CLEAR && fc <= DNP3_FREEZE_CLEAR_NR) ||
	       (fc >= DNP3_COLD_RESTART && fc <= DNP3_SAVE_CONFIGURATION) ||
	       fc == DNP3_DELETE_FILE || fc == DNP3_ACTIVATE_CONFIGURATION;
}

bool
dnp3_is_newcomer(const struct dnp3_view *v)
{
	const struct dnp3_association *a = v->a;

	if ((a->flags & DNP3_NEWCOMER) == 0 ||
	    !when_within(a->first_ms, v->now_ms, v->world->learn_s))
		return false;
	return (a->flags & DNP3_SAME_LINK) != 0 || a->responses < SERVED ||
	       when_within(a->first_ms, v->now_ms, v->world->settle_s);
}

/* Who speaks to whom, as DIR says. */
static struct dnp3_key
key_of(const struct op *op, const struct dnp3_frame *f)
{
	const struct endpoint *master = f->dir ? &op->pdu->src : &op->pdu->dst;
	const struct endpoint *station = f->dir ? &op->pdu->dst : &op->pdu->src;
	struct dnp3_key key = { .link = f->dir ? f->dst : f->src,
		.master_link = f->dir ? f->src : f->dst };

	memcpy(key.station, station->ip, sizeof(key.station));
	memcpy(key.master, master->ip, sizeof(key.master));
	return key;
}

static void
begin(struct dnp3_world *w, struct dnp3_view *v, const struct op *op)
{
	struct dnp3_association *a = v->a;

	v->news |= DNP3_NEW;
	a->world = w;
	a->first_ms = a->since_ms = v->now_ms;
	if (w->associations.evicted > 0)
		a->flags |= DNP3_PARTIAL;
	if (policy_master(w->policy, POLICY_DNP3, a->key.master,
	        a->key.station) == POLICY_UNLISTED ||
	    policy_master_address(w->policy, a->key.master,
	        a->key.master_link) == POLICY_UNLISTED)
		a->flags |= DNP3_UNLISTED;
	memcpy(a->mac, v->from_master ? op->pdu->src.mac : op->pdu->dst.mac,
	    sizeof(a->mac));
}

static void
look_up(struct dnp3_world *w, struct dnp3_view *v, const struct op *op,
    struct event_sink *sink)
{
	struct dnp3_key key = key_of(op, v->frame);
	void **hint = op->pdu->hint;
	bool fresh;

	v->a = table_put_hinted(
	    &w->associations, hint != NULL ? *hint : NULL, &key, &fresh);
	if (hint != NULL)
		*hint = v->a;
	say_full(&w->associations, fresh, op, sink);
	if (fresh)
		begin(w, v, op);
}

/* The association that spoke last over this connection. */
static void
mark_last(struct dnp3_world *w, const struct op *op, uint32_t flag)
{
	struct dnp3_association *a =
	    op->pdu->hint != NULL
	        ? table_within(&w->associations, *op->pdu->hint)
	        : NULL;

	if (a != NULL && a->flow == op->pdu->flow)
		a->flags |= flag;
}

static const void *
observe_unit(struct dnp3_world *w, const struct op *op,
    const struct dnp3_frame *f, struct event_sink *sink)
{
	struct dnp3_view *v = &w->view;

	*v = (struct dnp3_view){ .frame = f,
		.world = w,
		.now_ms = when_ms(op->pdu->at),
		.from_master = f->dir };
	if (!f->headed) {
		mark_last(w, op, DNP3_UNREAD);
		return NULL;
	}
	if (f->whole && f->crc_errors == 0 && op->verdict == RD_OK)
		v->app = &f->app;
	look_up(w, v, op, sink);
	if (op->kind == OP_FLAW)
		v->a->flags |= DNP3_UNREAD;
	v->complete = op->pdu->state == KNOW_COMPLETE &&
	              (v->a->flags & DNP3_PARTIAL) == 0;
	if (v->a->flow != op->pdu->flow || (v->news & DNP3_NEW) != 0 ||
	    (f->dir && (v->a->flags & DNP3_JOINED) == 0) ||
	    (!f->dir && v->a->responses == 0))
		dnp3_places_join(w, op, v, sink);
	if (op->pdu->state == KNOW_GAPPED)
		v->a->flags |= DNP3_HOLED;
	dnp3_track(w, op, v);
	return v;
}

/* The end of a connection, or a hole in it, of the last association. */
static const void *
observe_transport(struct dnp3_world *w, const struct op *op)
{
	const struct transport *t = transport_msg(op);
	struct dnp3_view *v = &w->view;
	struct dnp3_link *l;

	v->a = NULL;
	if (t == NULL)
		return NULL;
	if (t->note == TRANSPORT_CLOSED && w->links.used > 0) {
		l = table_find(&w->links, &op->pdu->flow);
		if (l != NULL)
			l->closed = true;
	}
	if (t->note == TRANSPORT_GAP)
		mark_last(w, op, DNP3_HOLED);
	return NULL;
}

static const void *
world_observe(void *state, const struct op *op, struct event_sink *sink)
{
	const struct dnp3_frame *f = dnp3_msg(op);

	if (f == NULL)
		return observe_transport(state, op);
	return observe_unit(state, op, f, sink);
}

/* What the detectors had to see as it was. */
static void
world_settle(void *state, const struct op *op)
{
	struct dnp3_world *w = state;
	struct dnp3_view *v = &w->view;

	if (v->a == NULL || dnp3_msg(op) == NULL)
		return;
	dnp3_track_settle(v);
	v->a = NULL;
}

static void
world_expect(const void *state, const void *hint)
{
	const struct dnp3_world *w = state;
	const struct dnp3_association *a = table_within(&w->associations, hint);

	if (a == NULL)
		return;
	__builtin_prefetch((const char *)a + 192, 1);
	__builtin_prefetch((const char *)a + 256, 1);
	__builtin_prefetch((const char *)a + 320, 1);
}

static const struct parameter parameters[] = {
	{ "alive_s", offsetof(struct dnp3_world, alive_s), 30, 1, 86400 },
	{ "learn_s", offsetof(struct dnp3_world, learn_s), 86400, 1, 31536000 },
	{ "settle_s", offsetof(struct dnp3_world, settle_s), 120, 1, 31536000 },
	{ "startup_s", offsetof(struct dnp3_world, startup_s), 60, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

const struct world dnp3_world = {
	.protocol = "dnp3",
	.parameters = parameters,
	.size = world_size,
	.start = world_start,
	.observe = world_observe,
	.expect = world_expect,
	.settle = world_settle,
	.kept = dnp3_kept,
};
