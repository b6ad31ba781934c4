/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases of buffers for messages in pieces: a capped, keyed table over them,
 * and one over the flows that hold some.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "dissectors/asm.h"

#define NONE UINT32_MAX
#define SHARES 8 /* one flow holds no more than such a part of the pool, */
/* Spreads what decides nothing but which flow is forgotten: the same each time.
 */
#define EVEN UINT64_C(0x9e3779b97f4a7c15)
#define SHARE_LEAST 4 /* but room for what is wrapped in something else */

struct order {
	uint32_t newest, oldest;
};

enum which { OF_ALL, OF_FLOW, ORDERS };

struct lease {
	uint64_t flow;
	size_t n; /* octets that it holds */
	uint32_t key;
	uint32_t bucket; /* the head of a chain, not of this lease */
	uint32_t chain;  /* the next of its chain, or of those given back */
	uint32_t holder;
	struct {
		uint32_t newer, older;
	} in[ORDERS];
};

/* A flow that has leases. */
struct holder {
	uint64_t flow;
	uint32_t leases;
	uint32_t bucket, chain; /* as those of a lease */
	struct order order;
};

struct asm_pool {
	uint8_t *octets;
	struct lease *lease;
	struct holder *holder;
	uint64_t *robbed; /* flows that lost a lease, by hash; 0: none */
	size_t size;
	uint32_t cap, used; /* used: buffers that were ever leased */
	uint32_t spare;     /* given back: the last one first, it is warm */
	uint32_t share;     /* leases of one flow */
	uint32_t holders, spare_holder;
	struct order order;
	uint64_t lost;
	uint64_t by_flow, by_key; /* drawn: peers must not choose a chain */
};

static void *
reserve(size_t octets)
{
	void *p = mmap(NULL, octets, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

static uint8_t *
octets_of(const struct asm_pool *a, uint32_t i)
{
	return a->octets + i * a->size;
}

static size_t
spread(const struct asm_pool *a, uint64_t hash)
{
	return (hash >> 32) * a->cap >> 32;
}

static uint32_t *
chain_of(struct asm_pool *a, uint64_t flow, uint32_t key)
{
	return &a->lease[spread(a, flow * a->by_flow + key * a->by_key)].bucket;
}

static uint32_t
look_up(struct asm_pool *a, uint64_t flow, uint32_t key)
{
	uint32_t i = *chain_of(a, flow, key);

	while (
	    i != NONE && (a->lease[i].flow != flow || a->lease[i].key != key))
		i = a->lease[i].chain;
	return i;
}

static struct order *
order_of(struct asm_pool *a, uint32_t i, enum which which)
{
	return which == OF_ALL ? &a->order
	                       : &a->holder[a->lease[i].holder].order;
}

static void
leave(struct asm_pool *a, uint32_t i, enum which which)
{
	struct order *o = order_of(a, i, which);
	uint32_t newer = a->lease[i].in[which].newer;
	uint32_t older = a->lease[i].in[which].older;

	*(newer != NONE ? &a->lease[newer].in[which].older : &o->newest) =
	    older;
	*(older != NONE ? &a->lease[older].in[which].newer : &o->oldest) =
	    newer;
}

static void
become_newest(struct asm_pool *a, uint32_t i, enum which which)
{
	struct order *o = order_of(a, i, which);

	a->lease[i].in[which].newer = NONE;
	a->lease[i].in[which].older = o->newest;
	*(o->newest != NONE ? &a->lease[o->newest].in[which].newer
	                    : &o->oldest) = i;
	o->newest = i;
}

static uint32_t *
holder_chain(struct asm_pool *a, uint64_t flow)
{
	return &a->holder[spread(a, flow * a->by_flow)].bucket;
}

static uint32_t
holder_find(struct asm_pool *a, uint64_t flow)
{
	uint32_t h = *holder_chain(a, flow);

	while (h != NONE && a->holder[h].flow != flow)
		h = a->holder[h].chain;
	return h;
}

/* There are as many as leases: one is free before a lease begins. */
static uint32_t
holder_make(struct asm_pool *a, uint64_t flow)
{
	uint32_t h = a->spare_holder, *head = holder_chain(a, flow);

	if (h != NONE)
		a->spare_holder = a->holder[h].chain;
	else
		h = a->holders++;
	a->holder[h].flow = flow;
	a->holder[h].leases = 0;
	a->holder[h].order = (struct order){ NONE, NONE };
	a->holder[h].chain = *head;
	*head = h;
	return h;
}

static void
holder_release(struct asm_pool *a, uint32_t h)
{
	uint32_t *at = holder_chain(a, a->holder[h].flow);

	if (--a->holder[h].leases > 0)
		return;
	while (*at != h)
		at = &a->holder[*at].chain;
	*at = a->holder[h].chain;
	a->holder[h].chain = a->spare_holder;
	a->spare_holder = h;
}

static void
end(struct asm_pool *a, uint32_t i)
{
	uint32_t *at = chain_of(a, a->lease[i].flow, a->lease[i].key);

	while (*at != i)
		at = &a->lease[*at].chain;
	*at = a->lease[i].chain;
	leave(a, i, OF_ALL);
	leave(a, i, OF_FLOW);
	holder_release(a, a->lease[i].holder);
	a->lease[i].chain = a->spare;
	a->spare = i;
}

static void
lose(struct asm_pool *a, uint32_t i)
{
	uint64_t flow = a->lease[i].flow;

	end(a, i);
	a->robbed[spread(a, flow * EVEN)] = flow;
	a->lost++;
}

/*
 * A buffer that nobody holds; if need be the oldest lease makes room.  A flow
 * that has its share makes room itself: one that begins message after message
 * and ends none takes nothing from the others.
 */
static uint32_t
take(struct asm_pool *a, uint64_t flow)
{
	uint32_t i, h = holder_find(a, flow);

	if (h != NONE && a->holder[h].leases >= a->share) {
		/* no loss of ours: what is missing it did not end in time */
		end(a, a->holder[h].order.oldest);
		a->lost++;
	}
	if (a->spare == NONE && a->used < a->cap)
		return a->used++;
	if (a->spare == NONE)
		lose(a, a->order.oldest);
	i = a->spare;
	a->spare = a->lease[i].chain;
	return i;
}

static uint32_t
begin(struct asm_pool *a, uint64_t flow, uint32_t key)
{
	uint32_t i = take(a, flow), *head = chain_of(a, flow, key);
	uint32_t h = holder_find(a, flow);

	if (h == NONE)
		h = holder_make(a, flow);
	a->holder[h].leases++;
	a->lease[i].flow = flow;
	a->lease[i].key = key;
	a->lease[i].holder = h;
	a->lease[i].chain = *head;
	*head = i;
	become_newest(a, i, OF_ALL);
	become_newest(a, i, OF_FLOW);
	return i;
}

/* The lease, now the newest, or NONE. */
static uint32_t
find(struct ctx *ctx, uint32_t key)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = a != NULL ? look_up(a, ctx->flow_id, key) : NONE;

	if (i != NONE && i != a->order.newest)
		for (enum which w = OF_ALL; w < ORDERS; w++) {
			leave(a, i, w);
			become_newest(a, i, w);
		}
	return i;
}

/* A multiplier that is no constant; odd, so that no bit of a key is lost. */
static uint64_t
draw(void)
{
	uint64_t v = 0x9e3779b97f4a7c15;

	/* without entropy the order of the chains is all that is known */
	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != (ssize_t)sizeof(v))
		v ^= (uintptr_t)&v;
	return v | 1;
}

struct asm_pool *
asm_new(uint32_t leases, size_t size)
{
	struct asm_pool *a;

	if (leases == 0 || leases >= NONE || size == 0 ||
	    size > SIZE_MAX / leases)
		return NULL;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->cap = leases;
	a->size = size;
	a->share =
	    leases / SHARES > SHARE_LEAST ? leases / SHARES : SHARE_LEAST;
	a->spare = a->spare_holder = NONE;
	a->order = (struct order){ NONE, NONE };
	a->by_flow = draw();
	a->by_key = draw();
	a->octets = reserve(leases * size);
	a->lease = reserve(leases * sizeof(*a->lease));
	a->holder = reserve(leases * sizeof(*a->holder));
	a->robbed = reserve(leases * sizeof(*a->robbed));
	if (a->octets == NULL || a->lease == NULL || a->holder == NULL ||
	    a->robbed == NULL) {
		asm_free(a);
		return NULL;
	}
	for (uint32_t i = 0; i < leases; i++)
		a->lease[i].bucket = a->holder[i].bucket = NONE;
	return a;
}

void
asm_free(struct asm_pool *a)
{
	if (a == NULL)
		return;
	if (a->octets != NULL)
		munmap(a->octets, a->cap * a->size);
	if (a->lease != NULL)
		munmap(a->lease, a->cap * sizeof(*a->lease));
	if (a->holder != NULL)
		munmap(a->holder, a->cap * sizeof(*a->holder));
	if (a->robbed != NULL)
		munmap(a->robbed, a->cap * sizeof(*a->robbed));
	free(a);
}

struct bytes
asm_put(struct ctx *ctx, uint32_t key, bool first, struct bytes piece)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = find(ctx, key);
	struct lease *l;

	if (a != NULL && i == NONE && first)
		i = begin(a, ctx->flow_id, key);
	if (i == NONE)
		return (struct bytes){ NULL, 0 };
	l = &a->lease[i];
	if (first)
		l->n = 0;
	if (piece.n > a->size - l->n) {
		lose(a, i);
		return (struct bytes){ NULL, 0 };
	}
	/* a piece may itself be a view into a lease, even into this one */
	if (piece.n > 0)
		memmove(octets_of(a, i) + l->n, piece.p, piece.n);
	l->n += piece.n;
	return (struct bytes){ octets_of(a, i), l->n };
}

bool
asm_edit(struct ctx *ctx, uint32_t key, size_t at, struct bytes piece)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = find(ctx, key);

	if (i == NONE || at > a->lease[i].n || piece.n > a->lease[i].n - at)
		return false;
	if (piece.n > 0)
		memmove(octets_of(a, i) + at, piece.p, piece.n);
	return true;
}

struct bytes
asm_get(struct ctx *ctx, uint32_t key)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = find(ctx, key);

	if (i == NONE)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ octets_of(a, i), a->lease[i].n };
}

void
asm_drop(struct ctx *ctx, uint32_t key)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = a != NULL ? look_up(a, ctx->flow_id, key) : NONE;

	if (i != NONE)
		end(a, i);
}

void
asm_each(const struct asm_pool *a,
    void (*each)(void *arg, uint64_t flow, uint32_t key, struct bytes),
    void *arg)
{
	for (uint32_t i = a->order.oldest; i != NONE;
	     i = a->lease[i].in[OF_ALL].newer)
		each(arg, a->lease[i].flow, a->lease[i].key,
		    (struct bytes){ octets_of(a, i), a->lease[i].n });
}

uint64_t
asm_lost(const struct asm_pool *a)
{
	return a->lost;
}

bool
asm_robbed(const struct ctx *ctx)
{
	const struct asm_pool *a = ctx->pool;

	return a != NULL && a->lost > 0 && ctx->flow_id != 0 &&
	       a->robbed[spread(a, ctx->flow_id * EVEN)] == ctx->flow_id;
}
