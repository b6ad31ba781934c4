/* SPDX-License-Identifier: Apache-2.0 */
/* The publishers: found by gocbRef, whoever sends it and wherever to. */
#include <config.h>

#include "dissectors/rgoose/rgoose.h"
#include "dissectors/transport.h"
#include "rules/full.h"
#include "rules/goose/mix.h"
#include "rules/goose/world.h"
#include "rules/when.h"

#define ALIGN 64
#define HAND 512    /* publishers that a tick looks at, at least */
#define BLIND_S 600 /* no packet at all: the sensor saw nothing */
#define US 1000000

struct state {
	uint32_t copy_ms;
	uint32_t cap, hand;
	uint64_t key[2];
	uint64_t blind_us;
	time_t second; /* of the last tick */
	struct goose_loss loss;
	struct goose_view view;
	struct goose_line unit;
	struct table table;
	struct table_slot *slots;
	struct goose_publisher *publishers, *latest;
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
	       up(limits->publishers * sizeof(struct table_slot)) +
	       limits->publishers * sizeof(struct goose_publisher);
}

static void
start(void *state, const struct setup *setup)
{
	struct state *w = state;
	uint8_t *p = (uint8_t *)state + up(sizeof(*w));

	w->cap = setup->limits->publishers;
	w->slots = (struct table_slot *)(void *)p;
	p += up(w->cap * sizeof(struct table_slot));
	w->publishers = (struct goose_publisher *)(void *)p;
	for (size_t i = 0; i < 2; i++) {
		uint8_t which[8] = { (uint8_t)i };

		/* an even number is a weak factor */
		w->key[i] = siphash(setup->key, which, sizeof(which)) | 1;
	}
	table_init(&w->table, setup->key, w->slots, w->publishers, w->cap,
	    sizeof(struct goose_publisher), sizeof(uint64_t));
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
note(struct goose_publisher *p, const struct op *op, const struct goose_line *f)
{
	const struct pdu *pdu = op->pdu;

	p->last = f->since;
	p->src = pdu->src;
	p->dst = pdu->dst;
	p->vlans = pdu->vlans;
	memcpy(p->vlan, pdu->vlan, sizeof(p->vlan));
	p->said &= (uint8_t)~GOOSE_SAID_ABSENT;
}

/* Units in this second of packet time, from whatever source. */
static bool
count(struct goose_publisher *p, uint64_t at_us)
{
	uint32_t second = (uint32_t)(at_us / US);

	if (second != p->second) {
		if (p->flooded != p->second && p->in_second > p->peak)
			p->peak = p->in_second;
		p->second = second;
		p->in_second = 0;
	}
	return ++p->in_second >= GOOSE_MANY;
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

static uint64_t
key_of(const struct state *w, const struct goose_pdu *p, bool routed)
{
	return mix(w->key, p->gocbref) ^ (routed ? w->key[1] : 0);
}

static const void *
judged(struct state *w, const struct op *op, const struct goose_pdu *pdu,
    struct goose_publisher *p)
{
	struct goose_view *v = &w->view;
	struct goose_line *f = &w->unit;
	bool own, many = count(p, f->at_us);

	set_types(w, p, f, pdu->data);
	v->news = v->fields = 0;
	v->step = (struct goose_stride){ .step = GOOSE_NEXT };
	v->tal_max = p->tal_max;
	v->tal_times = p->tal_times;
	v->absent = (p->said & GOOSE_SAID_ABSENT) != 0;
	v->blind_us = w->blind_us;
	w->latest = p;
	goose_judge(p, f, (uint64_t)w->copy_ms * 1000, v);
	own = memcmp(p->ref.mac, f->mac, sizeof(f->mac)) == 0;
	if (v->step.step == GOOSE_COPY) {
		w->loss.copies++;
	} else {
		w->loss.received++;
		if (v->news & (GOOSE_LEAPT | GOOSE_HOLE))
			w->loss.missing +=
			    v->step.states < 1000 ? v->step.missing : 0;
	}
	if (own && v->step.step != GOOSE_COPY) {
		learn_tal(p, f);
		note(p, op, f);
	}
	if (many)
		v->news |= GOOSE_IS_FAST;
	if ((f->flags & GOOSE_SECURED) != 0)
		v->news |= GOOSE_IS_SECURED;
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
	struct goose_publisher *p = table_find(&w->table, &key);

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
	bool fresh;

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
	p = table_put(&w->table, &key, &fresh);
	if (fresh)
		name(p, pdu, session != NULL);
	if (fresh && w->table.evicted == 1)
		full_say(out, op, "G-01", w->cap);
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
	return ((const struct state *)state)->loss;
}

uint64_t
goose_world_blind(const void *state)
{
	return ((const struct state *)state)->blind_us;
}

uint32_t
goose_world_share(const void *state)
{
	uint32_t used = ((const struct state *)state)->table.used;

	if (used / 8 > HAND)
		return used / 8;
	return used < HAND ? used : HAND;
}

struct goose_publisher *
goose_world_next(void *state)
{
	struct state *w = state;

	w->hand = w->hand + 1 < w->table.used ? w->hand + 1 : 0;
	return &w->publishers[w->hand];
}

struct goose_publisher *
goose_world_latest(const void *state)
{
	return ((const struct state *)state)->latest;
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
};
