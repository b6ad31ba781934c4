/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of meters, associations and counters: three pools, lists by number. */
#include <config.h>

#include "rules/memory.h"
#include "rules/meters/state.h"

#define ALIGN 64
#define SAMPLE 16 /* meters of which the one silent longest leaves */

static size_t
aligned(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static uint32_t
past_buckets(uint32_t meters)
{
	uint32_t n = 64;

	while (n < meters / PAST_PLACES)
		n *= 2;
	return n;
}

/* Takes n octets from *at on; without memory it only counts. */
static void *
carve(uint8_t *base, size_t *at, size_t n)
{
	void *p = base != NULL ? base + *at : NULL;

	*at += aligned(n);
	return p;
}

static size_t
table(struct table *t, uint8_t *base, size_t at, const uint8_t *key,
    uint32_t cap, size_t entry, size_t key_size)
{
	struct table_slot *slots = carve(base, &at, cap * sizeof(*slots));
	void *entries = carve(base, &at, cap * entry);

	if (base != NULL)
		table_init(t, key, slots, entries, cap, entry, key_size);
	return at;
}

/* Lays everything out; how many octets it is. */
static size_t
lay_out(struct meters *m, uint8_t *base, const uint8_t *key,
    const struct rules_limits *l)
{
	size_t n = l->meters, at = aligned(sizeof(*m));
	void *titles, *addresses;

	m->meters = carve(base, &at, n * sizeof(*m->meters));
	m->assocs = carve(base, &at, 2 * n * sizeof(*m->assocs));
	m->streams = carve(base, &at, 3 * n * sizeof(*m->streams));
	m->past = carve(base, &at,
	    past_buckets(l->meters) * PAST_PLACES * sizeof(*m->past));
	/* a meter that left and came again stands there twice */
	m->dirty_cap = (uint32_t)(n + n / 8 + 16);
	m->dirty = carve(base, &at, m->dirty_cap * sizeof(*m->dirty));
	m->row = carve(base, &at, sizeof(*m->row));
	m->found = carve(base, &at, sizeof(*m->found));
	m->openers = carve(base, &at, METER_OPENERS * sizeof(*m->openers));
	titles = carve(base, &at, index_size(l->meters));
	addresses = carve(base, &at, index_size(l->meters));
	index_start(&m->titles, titles, l->meters);
	index_start(&m->addresses, addresses, l->meters);
	at = table(&m->places, base, at, key, l->meters / 8 + 64,
	    sizeof(struct place), sizeof(struct meter_address));
	at = table(&m->links, base, at, key, l->sessions, sizeof(struct link),
	    sizeof(uint64_t));
	return table(&m->sessions, base, at, key, l->sessions,
	    sizeof(struct held), sizeof(((struct session *)0)->key));
}

size_t
slots_size(const struct rules_limits *l)
{
	struct meters none;

	return lay_out(&none, NULL, NULL, l);
}

void
slots_start(struct meters *m, const struct setup *setup)
{
	const struct rules_limits *l = setup->limits;

	lay_out(m, (uint8_t *)m, setup->key, l);
	memcpy(m->key, setup->key, sizeof(m->key));
	m->policy = setup->policy;
	m->memory = setup->memory;
	m->session_entries = (struct held *)(void *)m->sessions.entries;
	table_stamps(&m->sessions, offsetof(struct held, used));
	m->past_buckets = past_buckets(l->meters);
	m->meter_pool = (struct pool){ 0, l->meters, NONE };
	m->assoc_pool = (struct pool){ 0, 2 * l->meters, NONE };
	m->stream_pool = (struct pool){ 0, 3 * l->meters, NONE };
}

static void
put_assocs(struct meters *m, uint32_t i)
{
	uint32_t next;

	for (; i != NONE; i = next) {
		next = m->assocs[i].next;
		m->assocs[i].next = m->assoc_pool.free;
		m->assoc_pool.free = i;
	}
}

static void
put_streams(struct meters *m, uint32_t i)
{
	uint32_t next;

	for (; i != NONE; i = next) {
		next = m->streams[i].next;
		m->streams[i].next = m->stream_pool.free;
		m->stream_pool.free = i;
	}
}

void
slots_drop(struct meters *m, uint32_t i)
{
	struct meter *meter = &m->meters[i];
	uint8_t generation = meter->generation;

	identity_forget(m, i);
	put_assocs(m, meter->assocs);
	put_streams(m, meter->streams);
	memset(meter, 0, sizeof(*meter));
	meter->generation = (uint8_t)(generation + 1);
	meter->assocs = m->meter_pool.free; /* free ones are linked by it */
	m->meter_pool.free = i;
}

/* Under a hand that goes round, the one silent longest of a few. */
static uint32_t
victim(struct meters *m, uint32_t but)
{
	uint32_t n = m->meter_pool.used, worst = NONE, at;

	for (uint32_t i = 0; i < n && (i < SAMPLE || worst == NONE); i++) {
		at = m->hand < n ? m->hand : 0;
		m->hand = at + 1;
		if (at == but || m->meters[at].first_s == 0)
			continue;
		if (worst == NONE ||
		    m->meters[at].last_s < m->meters[worst].last_s)
			worst = at;
	}
	return worst;
}

/* For the sake of one that stays. */
static void
make_room(struct meters *m, uint32_t but)
{
	uint32_t i = victim(m, but);

	if (i == NONE)
		return;
	keep_evicted(m, i);
	slots_drop(m, i);
	m->evicted++;
}

uint32_t
slots_meter(struct meters *m)
{
	struct pool *pool = &m->meter_pool;
	uint32_t i = pool->used;
	struct meter *meter;

	if (pool->free == NONE && pool->used == pool->cap)
		make_room(m, NONE);
	if (pool->free != NONE) {
		i = pool->free;
		pool->free = m->meters[i].assocs;
	} else {
		pool->used++;
	}
	meter = &m->meters[i];
	meter->assocs = meter->streams = NONE;
	meter->first_s = meter->last_s = m->now_s;
	return i;
}

struct meter_assoc *
slots_assoc(struct meters *m, uint32_t meter)
{
	struct pool *pool = &m->assoc_pool;
	uint32_t *first = &m->meters[meter].assocs, least = *first, n = 0, i;
	uint32_t next = *first;

	for (i = *first; i != NONE; i = m->assocs[i].next, n++)
		if (m->assocs[i].accepted < m->assocs[least].accepted)
			least = i;
	if (n < METER_ASSOCS_MAX && pool->free == NONE &&
	    pool->used == pool->cap)
		make_room(m, meter);
	if (n < METER_ASSOCS_MAX && pool->free != NONE) {
		i = pool->free;
		pool->free = m->assocs[i].next;
		*first = i;
	} else if (n < METER_ASSOCS_MAX && pool->used < pool->cap) {
		i = *first = pool->used++;
	} else if (least != NONE) {
		i = least;
		next = m->assocs[i].next;
	} else {
		return NULL;
	}
	m->assocs[i] = (struct meter_assoc){ .next = next };
	return &m->assocs[i];
}

struct meter_stream *
slots_stream(struct meters *m, uint32_t meter)
{
	struct pool *pool = &m->stream_pool;
	uint32_t *first = &m->meters[meter].streams, least = *first, n = 0, i;
	uint32_t next = *first;

	for (i = *first; i != NONE; i = m->streams[i].next, n++)
		if (m->streams[i].pdus < m->streams[least].pdus)
			least = i;
	if (n < METER_STREAMS_MAX && pool->free == NONE &&
	    pool->used == pool->cap)
		make_room(m, meter);
	if (n < METER_STREAMS_MAX && pool->free != NONE) {
		i = pool->free;
		pool->free = m->streams[i].next;
		*first = i;
	} else if (n < METER_STREAMS_MAX && pool->used < pool->cap) {
		i = *first = pool->used++;
	} else if (least != NONE) {
		i = least;
		next = m->streams[i].next;
	} else {
		return NULL;
	}
	m->streams[i] = (struct meter_stream){ .next = next,
		.life = (uint16_t)(m->streams[i].life + 1) };
	return &m->streams[i];
}

const struct meter *
meters_next(const struct meters *m, const struct meter *last)
{
	uint32_t i = last != NULL ? (uint32_t)(last - m->meters) + 1 : 0;

	while (i < m->meter_pool.used && m->meters[i].first_s == 0)
		i++;
	return i < m->meter_pool.used ? &m->meters[i] : NULL;
}

uint32_t
meters_used(const struct meters *m)
{
	return m->meter_pool.used;
}

struct meter *
meters_at(struct meters *m, uint32_t place)
{
	return place < m->meter_pool.used && m->meters[place].first_s != 0
	           ? &m->meters[place]
	           : NULL;
}

uint32_t
meters_place(const struct meters *m, const struct meter *meter)
{
	return (uint32_t)(meter - m->meters);
}

uint64_t
meters_last(
    const struct meters *m, const struct meter *meter, const char **capture)
{
	if (meter->frame == 0 || m->capture == UINT16_MAX ||
	    m->capture - meter->capture >= METER_CAPTURES)
		return 0;
	*capture = m->captures[meter->capture % METER_CAPTURES];
	return meter->frame;
}

void
meters_changed(struct meters *m, const struct meter *meter)
{
	keep_dirty(m, (uint32_t)(meter - m->meters));
}

uint64_t
meters_evicted(const struct meters *m, uint64_t *unkept)
{
	*unkept = m->unkept;
	return m->evicted;
}

const struct policy *
meters_policy(const struct meters *m)
{
	return m->policy;
}

void
meters_clear(struct meters *m)
{
	for (uint32_t i = 0; i < m->meter_pool.used; i++)
		if (m->meters[i].first_s != 0)
			slots_drop(m, i);
}
