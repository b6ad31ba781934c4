/* SPDX-License-Identifier: Apache-2.0 */
/* The publishers: found by gocbRef, whoever sends it and wherever to. */
#include <config.h>

#include "dissectors/rgoose/rgoose.h"
#include "dissectors/transport.h"
#include "rules/full.h"
#include "rules/goose/mix.h"
#include "rules/goose/roster.h"
#include "rules/losses.h"
#include "rules/when.h"

#define ALIGN 64
#define HAND 512    /* publishers that a tick looks at, at least */
#define BLIND_S 600 /* no packet at all: the sensor saw nothing */
#define US 1000000

struct state {
	uint32_t copy_ms;
	uint32_t hand;
	uint64_t key[2];
	uint64_t blind_us;
	time_t second; /* of the last tick */
	struct loss *loss, unasked;
	uint64_t copies;
	struct goose_view view;
	struct goose_line unit;
	struct roster roster;
	struct goose_publisher *latest;
};

static size_t
up(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t
size(const struct rules_limits *limits)
{
	return up(sizeof(struct state)) +
	       up(roster_heads(limits->publishers) * sizeof(uint32_t)) +
	       limits->publishers * sizeof(struct goose_publisher);
}

static void
start(void *state, const struct setup *setup)
{
	struct state *w = state;
	uint32_t cap = setup->limits->publishers;
	uint8_t *p = (uint8_t *)state + up(sizeof(*w));
	uint8_t *publishers = p + up(roster_heads(cap) * sizeof(uint32_t));

	w->loss = setup->losses != NULL ? &setup->losses->goose : &w->unasked;
	roster_init(&w->roster, (uint32_t *)(void *)p,
	    (struct goose_publisher *)(void *)publishers, cap);
	for (size_t i = 0; i < 2; i++) {
		uint8_t which[8] = { (uint8_t)i };

		/* an even number is a weak factor */
		w->key[i] = siphash(setup->key, which, sizeof(which)) | 1;
	}
}

const struct goose_pdu *
goose_world_pdu(const struct op *op)
{
	const struct rgoose_spdu *session = rgoose_msg(op);

	return session != NULL ? &session->goose : goose_msg(op);
}

static uint64_t
us(struct timespec t)
{
	return t.tv_sec > 0
	           ? (uint64_t)t.tv_sec * US + (uint64_t)t.tv_nsec / 1000
	           : 0;
}

/* The types of all members, in their order. */
static uint32_t
types(const struct state *w, struct bytes data)
{
	struct goose_walk walk = goose_data_walk(data);
	struct goose_value v;
	uint64_t h = w->key[0];

	while (goose_data_next(&walk, &v))
		h = mix_fold(h ^ (v.tag << 8 | v.depth), w->key[1]);
	return (uint32_t)h;
}

static void
set_ends(struct goose_line *f, const struct pdu *pdu, bool routed)
{
	const struct endpoint *src = &pdu->src, *dst = &pdu->dst;
	size_t tail = sizeof(src->ip) - sizeof(f->mac);

	memcpy(f->mac, routed ? src->ip + tail : src->mac, sizeof(f->mac));
	memcpy(f->config.dst, routed ? dst->ip + tail : dst->mac,
	    sizeof(f->config.dst));
	if (!routed && pdu->vlans > 0)
		f->config.vlan = pdu->vlan[pdu->vlans - 1];
}

static uint8_t
flags(const struct goose_pdu *p, const struct rgoose_spdu *session)
{
	unsigned f = 0;

	f |= p->header_sim ? GOOSE_SIM_HEADER : 0;
	f |= p->simulation ? GOOSE_SIM_PDU : 0;
	f |= p->ndscom ? GOOSE_NDS : 0;
	if (p->auth.reading == GOOSE_UNREAD)
		f |= GOOSE_UNREADABLE;
	else if (p->auth.reading != GOOSE_NO_AUTH ||
	         (session != NULL && session->mac.n > 0))
		f |= GOOSE_SECURED;
	return (uint8_t)f;
}

static void
read_unit(struct state *w, const struct op *op, const struct goose_pdu *p,
    const struct rgoose_spdu *session)
{
	struct goose_line *f = &w->unit;

	*f = (struct goose_line){ .at_us = us(op->pdu->at),
		.data = mix(w->key, p->data),
		.t = (uint64_t)p->t.seconds << 24 | p->t.fraction,
		.st = p->stnum,
		.sq = p->sqnum,
		.tal = p->tal,
		.quality = p->t.quality,
		.flags = flags(p, session),
		.config = { .appid = p->appid,
		    .datset = (uint32_t)mix(w->key, p->datset),
		    .goid = (uint32_t)mix(w->key, p->goid),
		    .confrev = p->confrev,
		    .entries = p->entries } };
	f->since =
	    (struct goose_moment){ f->at_us, op->pdu->frame, op->pdu->capture };
	set_ends(f, op->pdu, session != NULL);
}

/* Equal data has equal types; all else is walked. */
static void
set_types(const struct state *w, const struct goose_publisher *p,
    struct goose_line *f, struct bytes data)
{
	if (p->ref.kind != GOOSE_NONE && p->ref.data == f->data)
		f->config.types = p->ref.config.types;
	else
		f->config.types = types(w, data);
}

static void
name(struct goose_publisher *p, const struct goose_pdu *pdu, bool routed)
{
	p->routed = routed;
	p->nref =
	    (uint8_t)(pdu->gocbref.n < GOOSE_REF ? pdu->gocbref.n : GOOSE_REF);
	memcpy(p->ref_octets, pdu->gocbref.p, p->nref);
}

static void
learn_tal(struct goose_publisher *p, const struct goose_line *f)
{
	if (f->tal > p->tal_max) {
		p->tal_max = f->tal;
		p->tal_times = 0;
	}
	if (f->tal == p->tal_max && p->tal_times < UINT32_MAX)
		p->tal_times++;
}

/* A unit that became the publisher's; where it comes from seldom changes. */
static void
note(struct goose_publisher *p, const struct op *op, const struct goose_line *f,
    bool is_plain)
{
	const struct pdu *pdu = op->pdu;

	learn_tal(p, f);
	p->last = f->since;
	p->said &= (uint8_t)~GOOSE_SAID_ABSENT;
	if (is_plain)
		return;
	p->src = pdu->src;
	p->dst = pdu->dst;
	p->vlans = pdu->vlans;
	memcpy(p->vlan, pdu->vlan, sizeof(p->vlan));
}

/* Units in this second of packet time, from whatever source. */
static bool
count(struct goose_publisher *p, uint64_t at_us)
{
	uint32_t second = (uint32_t)(at_us / US);

	if (second != p->second) {
		/* what begins now is no measure of itself: a second later */
		if (p->recent > p->peak)
			p->peak = p->recent;
		p->recent = p->flooded != p->second ? p->in_second : 0;
		p->second = second;
		p->in_second = 0;
	}
	return ++p->in_second >= GOOSE_MANY;
}

static uint64_t
key_of(const struct state *w, const struct goose_pdu *p, bool routed)
{
	return mix(w->key, p->gocbref) ^ (routed ? w->key[1] : 0);
}

static void
tally(struct state *w, const struct goose_view *v, const struct pdu *pdu)
{
	if (v->step.step == GOOSE_COPY) {
		w->copies++;
		return;
	}
	w->loss->got++;
	if ((v->news & (GOOSE_LEAPT | GOOSE_HOLE)) != 0 &&
	    v->step.states < GOOSE_LEAP && v->step.missing > 0 && !v->crowded)
		losses_add(w->loss, v->step.missing, pdu);
}

static const void *
judged(struct state *w, const struct op *op, const struct goose_pdu *pdu,
    struct goose_publisher *p)
{
	struct goose_view *v = &w->view;
	struct goose_line *f = &w->unit;
	bool many = count(p, f->at_us);

	set_types(w, p, f, pdu->data);
	v->news = v->fields = 0;
	v->crowded = false;
	v->step.step = GOOSE_NEXT;
	v->step.states = v->step.missing = 0;
	v->tal_max = p->tal_max;
	v->tal_times = p->tal_times;
	v->absent = (p->said & GOOSE_SAID_ABSENT) != 0;
	v->blind_us = w->blind_us;
	w->latest = p;
	goose_judge(p, f, (uint64_t)w->copy_ms * 1000, v);
	tally(w, v, op->pdu);
	if (p->ref.at_us == f->at_us && p->ref.st == f->st &&
	    p->ref.sq == f->sq)
		note(p, op, f, v->news == 0 && p->ref.run > 3);
	v->news |= many ? GOOSE_IS_FAST : 0;
	v->news |= (f->flags & GOOSE_SECURED) != 0 ? GOOSE_IS_SECURED : 0;
	v->pdu = pdu;
	v->unit = f;
	v->p = p;
	return v->news != 0 ? v : NULL;
}

static void
transport(struct state *w, const struct op *op)
{
	enum transport_note n = transport_msg(op)->note;

	if (n == TRANSPORT_GAP)
		w->blind_us = us(op->pdu->at);
}

/* It is there, and what it said nobody knows. */
static void
unreadable(struct state *w, const struct op *op, uint64_t key)
{
	struct goose_publisher *p = roster_find(&w->roster, key);

	if (p == NULL)
		return;
	p->blind = true;
	if (p->routed || memcmp(p->ref.mac, op->pdu->src.mac, 6) == 0)
		p->ref.at_us = us(op->pdu->at);
}

static const void *
observe(void *state, const struct op *op, struct event_sink *out)
{
	struct state *w = state;
	const struct rgoose_spdu *session = rgoose_msg(op);
	const struct goose_pdu *pdu =
	    session != NULL ? &session->goose : goose_msg(op);
	struct goose_publisher *p;
	uint64_t key;

	if (pdu == NULL) {
		transport(w, op);
		return NULL;
	}
	if (pdu->tag != GOOSE_PDU || pdu->gocbref.n == 0 || op->outer != NULL)
		return NULL;
	key = key_of(w, pdu, session != NULL);
	if (op->kind != OP_REPORT) {
		unreadable(w, op, key);
		return NULL;
	}
	read_unit(w, op, pdu, session);
	p = roster_find(&w->roster, key);
	if (p == NULL) {
		p = roster_add(&w->roster, key);
		name(p, pdu, session != NULL);
		if (w->roster.evicted == 1)
			full_say(out, op, "G-01", w->roster.cap);
	}
	return judged(w, op, pdu, p);
}

static void
on_tick(void *state, struct timespec now, struct event_sink *out)
{
	struct state *w = state;

	(void)out;
	if (w->second != 0 && now.tv_sec - w->second > BLIND_S)
		w->blind_us = us(now);
	w->second = now.tv_sec;
}

struct goose_loss
goose_world_loss(const void *state)
{
	const struct state *w = state;

	return (struct goose_loss){ .received = w->loss->got,
		.missing = w->loss->lost,
		.copies = w->copies };
}

uint64_t
goose_world_blind(const void *state)
{
	return ((const struct state *)state)->blind_us;
}

uint32_t
goose_world_share(const void *state)
{
	uint32_t used = ((const struct state *)state)->roster.used;

	if (used / 8 > HAND)
		return used / 8;
	return used < HAND ? used : HAND;
}

struct goose_publisher *
goose_world_next(void *state)
{
	struct state *w = state;

	w->hand = w->hand + 1 < w->roster.used ? w->hand + 1 : 0;
	return &w->roster.publishers[w->hand];
}

struct goose_publisher *
goose_world_latest(const void *state)
{
	return ((const struct state *)state)->latest;
}

uint32_t
goose_world_used(const void *state)
{
	return ((const struct state *)state)->roster.used;
}

const struct goose_publisher *
goose_world_at(const void *state, uint32_t place)
{
	return &((const struct state *)state)->roster.publishers[place];
}

uint32_t
goose_world_place(const void *state, const struct goose_publisher *p)
{
	return (uint32_t)(p - ((const struct state *)state)->roster.publishers);
}

uint64_t
goose_world_evicted(const void *state)
{
	return ((const struct state *)state)->roster.evicted;
}

/* The one heard last is the latest. */
static void
publisher_in(void *state, void *copy)
{
	struct state *w = state;
	const struct goose_publisher *kept = copy;
	struct goose_publisher *p = roster_find(&w->roster, kept->key);
	uint32_t next;

	if (p == NULL)
		p = roster_add(&w->roster, kept->key);
	next = p->next;
	*p = *kept;
	/* lengths of a file: walls, as those of a packet */
	if (p->nref > GOOSE_REF)
		p->nref = GOOSE_REF;
	if (p->vlans > PDU_VLANS)
		p->vlans = 0;
	p->next = next;
	if (w->latest == NULL || w->latest->last.at_us <= p->last.at_us)
		w->latest = p;
}

static size_t
world_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct state *w = state;

	to[0] = kept_each("goose.publishers", 1, w->roster.publishers,
	    sizeof(*w->roster.publishers), w->roster.cap);
	to[0].used = &w->roster.used;
	to[0].pointers[0] = offsetof(struct goose_publisher, ref.since.capture);
	to[0].pointers[1] =
	    offsetof(struct goose_publisher, other.since.capture);
	to[0].pointers[2] = offsetof(struct goose_publisher, last.capture);
	to[0].in = publisher_in;
	to[1] =
	    kept_each("goose.blind", 1, &w->blind_us, sizeof(w->blind_us), 1);
	to[2] = kept_each("goose.second", 1, &w->second, sizeof(w->second), 1);
	to[3] = kept_each("goose.copies", 1, &w->copies, sizeof(w->copies), 1);
	return 4;
}

static const struct parameter parameters[] = {
	{ "copy_ms", offsetof(struct state, copy_ms), 20, 0, 1000 },
	{ NULL, 0, 0, 0, 0 },
};

const struct world goose_world = {
	.protocol = "goose",
	.also = "rgoose",
	.parameters = parameters,
	.size = size,
	.start = start,
	.observe = observe,
	.on_tick = on_tick,
	.kept = world_kept,
};
