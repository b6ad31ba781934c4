/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index: buckets of one cache line, eight pairs of tag and place, at most half
 * full; the second choice is the neighbour.  Flows lie in the order in which
 * they came.  No list is kept on the packet path: a victim is the one silent
 * longest of a few under a clock hand.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/flow.h"

#define PLACES 8
#define SAMPLE 12

struct entry {
	uint32_t tag, place; /* place: slot + 1, 0 when free */
};

struct bucket {
	struct entry entry[PLACES];
};

struct flows {
	struct bucket *buckets;
	struct flow *flows;
	uint32_t cap, used, mask, hand, epochs;
	uint64_t evicted;
	uint8_t key[SIPHASH_KEY];
};

static uint64_t
hash_of(const struct flows *t, const struct flow *f)
{
	uint64_t w[5], ports = (uint64_t)f->protocol << 32 |
	                       (uint32_t)f->aport << 16 | f->bport;

	if ((f->flags & FLOW_V6) == 0) {
		w[0] = (uint64_t)f->a4 << 32 | f->b4;
		w[1] = ports;
		return siphash13_words(t->key, w, 2);
	}
	memcpy(w, f->a6, 16);
	memcpy(w + 2, f->b6, 16);
	w[4] = ports;
	return siphash13_words(t->key, w, 5);
}

/* Whether the source is the higher end. */
static bool
is_turned(const struct packet *pk)
{
	uint32_t s, d;
	int order;

	if (pk->version == 4) {
		s = packet_u32(pk->src);
		d = packet_u32(pk->dst);
		return s > d || (s == d && pk->sport > pk->dport);
	}
	order = memcmp(pk->src, pk->dst, 16);
	return order > 0 || (order == 0 && pk->sport > pk->dport);
}

/* The key of a packet as a flow that has nothing else. */
static void
key_of(const struct packet *pk, struct flow *k)
{
	bool turned = pk->turned;
	const uint8_t *a = turned ? pk->dst : pk->src;
	const uint8_t *b = turned ? pk->src : pk->dst;

	k->a4 = k->b4 = 0;
	if (pk->version == 4) {
		memcpy(&k->a4, a, 4);
		memcpy(&k->b4, b, 4);
	} else {
		memcpy(k->a6, a, 16);
		memcpy(k->b6, b, 16);
	}
	k->aport = turned ? pk->dport : pk->sport;
	k->bport = turned ? pk->sport : pk->dport;
	k->protocol = pk->protocol;
	k->flags = pk->version == 4 ? 0 : FLOW_V6;
}

static bool
is_same(const struct flow *f, const struct flow *k)
{
	if (f->a4 != k->a4 || f->b4 != k->b4 || f->aport != k->aport ||
	    f->bport != k->bport || f->protocol != k->protocol ||
	    ((f->flags ^ k->flags) & FLOW_V6) != 0)
		return false;
	return (k->flags & FLOW_V6) == 0 ||
	       (memcmp(f->a6, k->a6, 16) == 0 && memcmp(f->b6, k->b6, 16) == 0);
}

static struct flow *
look_up(const struct flows *t, uint64_t hash, const struct flow *k)
{
	uint32_t at = (uint32_t)hash & t->mask, tag = (uint32_t)(hash >> 32);

	for (int choice = 0; choice < 2; choice++, at ^= 1) {
		const struct entry *e = t->buckets[at].entry;

		for (int i = 0; i < PLACES; i++)
			if (e[i].tag == tag && e[i].place != 0 &&
			    is_same(&t->flows[e[i].place - 1], k))
				return &t->flows[e[i].place - 1];
	}
	return NULL;
}

/* The entry of a flow that is in the index. */
static struct entry *
entry_of(const struct flows *t, uint32_t slot)
{
	uint64_t hash = hash_of(t, &t->flows[slot]);
	uint32_t at = (uint32_t)hash & t->mask;

	for (int choice = 0; choice < 2; choice++, at ^= 1)
		for (int i = 0; i < PLACES; i++)
			if (t->buckets[at].entry[i].place == slot + 1)
				return &t->buckets[at].entry[i];
	return NULL;
}

/* A free entry for this hash, or NULL. */
static struct entry *
room_for(const struct flows *t, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & t->mask;

	for (int choice = 0; choice < 2; choice++, at ^= 1)
		for (int i = 0; i < PLACES; i++)
			if (t->buckets[at].entry[i].place == 0)
				return &t->buckets[at].entry[i];
	return NULL;
}

/* Of two places, the one to give up: closed before open, silent before new. */
static uint32_t
worse(const struct flows *t, uint32_t i, uint32_t j)
{
	const struct flow *f = &t->flows[i], *g = &t->flows[j];
	bool f_closed = (f->flags & FLOW_CLOSED) != 0;

	if (f_closed != ((g->flags & FLOW_CLOSED) != 0))
		return f_closed ? i : j;
	return f->seen_s <= g->seen_s ? i : j;
}

static uint32_t
give_up(struct flows *t, uint32_t victim, void (*evict)(void *, struct flow *),
    void *arg)
{
	struct entry *e = entry_of(t, victim);

	evict(arg, &t->flows[victim]);
	if (e != NULL)
		e->place = 0;
	t->evicted++;
	return victim;
}

static uint32_t
clock_hand(struct flows *t)
{
	uint32_t victim = t->hand % t->cap;

	for (int i = 0; i < SAMPLE; i++) {
		victim = worse(t, victim, t->hand % t->cap);
		t->hand = (t->hand + 1) % t->cap;
	}
	return victim;
}

/* Both buckets are full, by chance or design: their oldest goes. */
static uint32_t
crowded(const struct flows *t, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & t->mask;
	uint32_t victim = t->buckets[at].entry[0].place - 1;

	for (int choice = 0; choice < 2; choice++, at ^= 1)
		for (int i = 0; i < PLACES; i++)
			victim =
			    worse(t, victim, t->buckets[at].entry[i].place - 1);
	return victim;
}

struct flows *
flow_table(uint32_t cap, const uint8_t key[SIPHASH_KEY])
{
	struct flows *t = calloc(1, sizeof(*t));
	uint32_t buckets = 2;

	if (t == NULL)
		return NULL;
	while (buckets < cap / (PLACES / 2))
		buckets *= 2;
	t->cap = cap;
	t->mask = buckets - 1;
	memcpy(t->key, key, sizeof(t->key));
	t->buckets = area_new(buckets, sizeof(*t->buckets));
	t->flows = area_new(cap, sizeof(*t->flows));
	if (t->buckets == NULL || t->flows == NULL) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

void
flow_table_free(struct flows *t)
{
	if (t == NULL)
		return;
	area_free(t->buckets, (size_t)t->mask + 1, sizeof(*t->buckets));
	area_free(t->flows, t->cap, sizeof(*t->flows));
	free(t);
}

void
flow_hash(const struct flows *t, struct packet *pk)
{
	struct flow k;

	pk->turned = is_turned(pk);
	key_of(pk, &k);
	pk->hash = hash_of(t, &k);
	__builtin_prefetch(&t->buckets[(uint32_t)pk->hash & t->mask]);
}

void
flow_expect(const struct flows *t, const struct packet *pk)
{
	const struct bucket *b = &t->buckets[(uint32_t)pk->hash & t->mask];
	uint32_t tag = (uint32_t)(pk->hash >> 32);

	for (int i = 0; i < PLACES; i++)
		if (b->entry[i].tag == tag && b->entry[i].place != 0) {
			const char *f =
			    (const char *)&t->flows[b->entry[i].place - 1];

			__builtin_prefetch(f, 1);
			__builtin_prefetch(f + 64, 1);
			__builtin_prefetch(f + 192);
			return;
		}
}

struct flow *
flow_find(struct flows *t, const struct packet *pk, unsigned *dir, bool *fresh,
    void (*evict)(void *, struct flow *), void *arg)
{
	struct flow k, *f;
	struct entry *e;
	uint64_t hash;
	uint32_t slot;

	key_of(pk, &k);
	*dir = pk->turned;
	hash = pk->hash;
	f = look_up(t, hash, &k);
	*fresh = f == NULL;
	if (f != NULL)
		return f;
	e = room_for(t, hash);
	if (e == NULL) {
		slot = give_up(t, crowded(t, hash), evict, arg);
		e = room_for(t, hash);
	} else if (t->used < t->cap) {
		slot = t->used++;
	} else {
		slot = give_up(t, clock_hand(t), evict, arg);
	}
	e->tag = (uint32_t)(hash >> 32);
	e->place = slot + 1;
	f = &t->flows[slot];
	memset(f, 0, sizeof(*f));
	f->a4 = k.a4;
	f->b4 = k.b4;
	f->aport = k.aport;
	f->bport = k.bport;
	f->protocol = k.protocol;
	f->flags = k.flags;
	f->epoch = ++t->epochs;
	if ((k.flags & FLOW_V6) != 0) {
		memcpy(f->a6, k.a6, 16);
		memcpy(f->b6, k.b6, 16);
	}
	return f;
}

void
flow_renew(struct flows *t, struct flow *f)
{
	f->epoch = ++t->epochs;
}

uint32_t
flow_slot(const struct flows *t, const struct flow *f)
{
	return (uint32_t)(f - t->flows);
}

struct flow *
flow_at(const struct flows *t, uint32_t slot)
{
	return &t->flows[slot];
}

uint32_t
flow_used(const struct flows *t)
{
	return t->used;
}

uint64_t
flow_evicted(const struct flows *t)
{
	return t->evicted;
}

static void
fill(struct endpoint *e, const struct flow *f, bool a)
{
	memset(e->ip, 0, sizeof(e->ip));
	if ((f->flags & FLOW_V6) != 0) {
		memcpy(e->ip, a ? f->a6 : f->b6, 16);
	} else {
		e->ip[10] = e->ip[11] = 0xff;
		memcpy(e->ip + 12, a ? &f->a4 : &f->b4, 4);
	}
	e->port = a ? f->aport : f->bport;
}

void
flow_ends(const struct flow *f, unsigned dir, struct endpoint *src,
    struct endpoint *dst)
{
	fill(src, f, dir == 0);
	fill(dst, f, dir != 0);
}
