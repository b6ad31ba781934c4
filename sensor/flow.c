/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index: buckets of one cache line, eight pairs of tag and place, at most half
 * full; the second choice is the neighbour.  Flows lie in the order in which
 * they came.  No list is kept on the packet path: a victim is the one silent
 * longest of a few under a clock hand.
 */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/flow.h"

#define PLACES 8
#define SAMPLE 12
#define HINT_LINES 3

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

/*
 * A key in words.  The ends of IPv4, lower first, fill one, and it is 0 for
 * IPv6, whose addresses are compared and hashed as they are.
 */
static uint64_t
pack_ends(uint32_t a, uint32_t b)
{
	return (uint64_t)a << 32 | b;
}

static uint64_t
pack_ports(bool v6, uint8_t protocol, uint16_t aport, uint16_t bport)
{
	return (uint64_t)v6 << 40 | (uint64_t)protocol << 32 |
	       (uint32_t)aport << 16 | bport;
}

static uint64_t
ports_of(const struct flow *f)
{
	return pack_ports(
	    (f->flags & FLOW_V6) != 0, f->protocol, f->aport, f->bport);
}

static uint64_t
hash6(const struct flows *t, const uint8_t *a, const uint8_t *b, uint64_t ports)
{
	uint64_t w[5];

	memcpy(w, a, 16);
	memcpy(w + 2, b, 16);
	w[4] = ports;
	return siphash13_words(t->key, w, 5);
}

static uint64_t
hash4(const struct flows *t, uint64_t ends, uint64_t ports)
{
	const uint64_t w[2] = { ends, ports };

	return siphash13_words(t->key, w, 2);
}

static uint64_t
hash_of(const struct flows *t, const struct flow *f)
{
	if ((f->flags & FLOW_V6) != 0)
		return hash6(t, f->a6, f->b6, ports_of(f));
	return hash4(t, pack_ends(f->a4, f->b4), ports_of(f));
}

/* The addresses of IPv6, those of the lower end first. */
static const uint8_t *
a6_of(const struct packet *pk)
{
	return pk->turned ? pk->dst : pk->src;
}

static const uint8_t *
b6_of(const struct packet *pk)
{
	return pk->turned ? pk->src : pk->dst;
}

static bool
is_of(const struct flow *f, const struct packet *pk)
{
	if (pack_ends(f->a4, f->b4) != pk->ends || ports_of(f) != pk->ports)
		return false;
	return pk->version == 4 || (memcmp(f->a6, a6_of(pk), 16) == 0 &&
	                               memcmp(f->b6, b6_of(pk), 16) == 0);
}

/* Its place + 1 as far as the tag says, or 0. */
static uint32_t
tagged(const struct bucket *b, uint32_t tag)
{
	for (int i = 0; i < PLACES; i++)
		if (b->entry[i].tag == tag && b->entry[i].place != 0)
			return b->entry[i].place;
	return 0;
}

static struct flow *
look_up(const struct flows *t, const struct packet *pk)
{
	uint32_t at = (uint32_t)pk->hash & t->mask;
	uint32_t tag = (uint32_t)(pk->hash >> 32);

	if (pk->expected != 0 && is_of(&t->flows[pk->expected - 1], pk))
		return &t->flows[pk->expected - 1];
	for (int choice = 0; choice < 2; choice++, at ^= 1) {
		const struct entry *e = t->buckets[at].entry;

		for (int i = 0; i < PLACES; i++)
			if (e[i].tag == tag && e[i].place != 0 &&
			    is_of(&t->flows[e[i].place - 1], pk))
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
	t->buckets = area_hot(buckets, sizeof(*t->buckets));
	t->flows = area_hot(cap, sizeof(*t->flows));
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

/* Sets turned and ends. */
static void
key4(struct packet *pk)
{
	uint32_t s = packet_u32(pk->src), d = packet_u32(pk->dst);

	pk->turned = s > d || (s == d && pk->sport > pk->dport);
	pk->ends = pk->turned ? pack_ends(d, s) : pack_ends(s, d);
}

static void
key6(struct packet *pk)
{
	int order = memcmp(pk->src, pk->dst, 16);

	pk->turned = order > 0 || (order == 0 && pk->sport > pk->dport);
	pk->ends = 0;
}

void
flow_hash(const struct flows *t, struct packet *pk)
{
	if (pk->version == 4)
		key4(pk);
	else
		key6(pk);
	pk->ports = pack_ports(pk->version != 4, pk->protocol,
	    pk->turned ? pk->dport : pk->sport,
	    pk->turned ? pk->sport : pk->dport);
	pk->hash = pk->version == 4 ? hash4(t, pk->ends, pk->ports)
	                            : hash6(t, a6_of(pk), b6_of(pk), pk->ports);
	pk->expected = 0;
	__builtin_prefetch(&t->buckets[(uint32_t)pk->hash & t->mask]);
}

void
flow_expect(const struct flows *t, struct packet *pk)
{
	const char *f;

	pk->expected = tagged(&t->buckets[(uint32_t)pk->hash & t->mask],
	    (uint32_t)(pk->hash >> 32));
	if (pk->expected == 0)
		return;
	f = (const char *)&t->flows[pk->expected - 1];
	__builtin_prefetch(f, 1);
	__builtin_prefetch(f + 64, 1);
	__builtin_prefetch(f + 192);
}

void
flow_expect_hint(const struct flows *t, const struct packet *pk)
{
	const char *hint;

	if (pk->expected == 0)
		return;
	hint = t->flows[pk->expected - 1].hint;
	if (hint == NULL)
		return;
	for (size_t line = 0; line < HINT_LINES; line++)
		__builtin_prefetch(hint + line * 64, 1);
}

const struct flow *
flow_expected(const struct flows *t, const struct packet *pk)
{
	const struct flow *f;

	if (pk->expected == 0)
		return NULL;
	f = &t->flows[pk->expected - 1];
	return f->hint != NULL ? f : NULL;
}

/* A flow of this packet that has nothing else. */
static void
start(struct flows *t, struct flow *f, const struct packet *pk)
{
	memset(f, 0, sizeof(*f));
	f->aport = (uint16_t)(pk->ports >> 16);
	f->bport = (uint16_t)pk->ports;
	f->protocol = pk->protocol;
	f->epoch = ++t->epochs;
	if (pk->version == 4) {
		f->a4 = (uint32_t)(pk->ends >> 32);
		f->b4 = (uint32_t)pk->ends;
		return;
	}
	f->flags = FLOW_V6;
	memcpy(f->a6, a6_of(pk), 16);
	memcpy(f->b6, b6_of(pk), 16);
}

struct flow *
flow_find(struct flows *t, const struct packet *pk, unsigned *dir, bool *fresh,
    void (*evict)(void *, struct flow *), void *arg)
{
	struct flow *f = look_up(t, pk);
	struct entry *e;
	uint32_t slot;

	*dir = pk->turned;
	*fresh = f == NULL;
	if (f != NULL)
		return f;
	e = room_for(t, pk->hash);
	if (e == NULL) {
		slot = give_up(t, crowded(t, pk->hash), evict, arg);
		e = room_for(t, pk->hash);
	} else if (t->used < t->cap) {
		slot = t->used++;
	} else {
		slot = give_up(t, clock_hand(t), evict, arg);
	}
	e->tag = (uint32_t)(pk->hash >> 32);
	e->place = slot + 1;
	f = &t->flows[slot];
	start(t, f, pk);
	return f;
}

uint32_t
flow_epoch(const struct flows *t)
{
	return t->epochs;
}

void
flow_go_on(struct flows *t, uint32_t epoch)
{
	if (epoch > t->epochs)
		t->epochs = epoch;
}

static bool
is_alike(const struct flow *f, const struct flow *g)
{
	return ports_of(f) == ports_of(g) && f->a4 == g->a4 && f->b4 == g->b4 &&
	       memcmp(f->a6, g->a6, 16) == 0 && memcmp(f->b6, g->b6, 16) == 0;
}

/* Whether the same ends have a flow. */
static bool
has(const struct flows *t, uint64_t hash, const struct flow *like)
{
	uint32_t at = (uint32_t)hash & t->mask, tag = (uint32_t)(hash >> 32);

	for (int choice = 0; choice < 2; choice++, at ^= 1) {
		const struct entry *e = t->buckets[at].entry;

		for (int i = 0; i < PLACES; i++)
			if (e[i].tag == tag && e[i].place != 0 &&
			    is_alike(&t->flows[e[i].place - 1], like))
				return true;
	}
	return false;
}

struct flow *
flow_restore(struct flows *t, uint32_t slot, const struct flow *saved)
{
	uint64_t hash = hash_of(t, saved);
	struct entry *e = room_for(t, hash);

	if (slot >= t->cap || t->flows[slot].protocol != 0 || e == NULL ||
	    has(t, hash, saved))
		return NULL;
	e->tag = (uint32_t)(hash >> 32);
	e->place = slot + 1;
	t->flows[slot] = *saved;
	if (slot >= t->used)
		t->used = slot + 1;
	flow_go_on(t, saved->epoch);
	return &t->flows[slot];
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
	uint32_t v4;

	memset(e->ip, 0, sizeof(e->ip));
	if ((f->flags & FLOW_V6) != 0) {
		memcpy(e->ip, a ? f->a6 : f->b6, 16);
	} else {
		e->ip[10] = e->ip[11] = 0xff;
		v4 = htonl(a ? f->a4 : f->b4);
		memcpy(e->ip + 12, &v4, sizeof(v4));
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
