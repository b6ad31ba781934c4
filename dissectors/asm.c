/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of buffers for messages in pieces: a capped, keyed table over them. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "dissectors/asm.h"

#define NONE UINT32_MAX

struct lease {
	uint64_t flow;
	size_t n; /* octets that it holds */
	uint32_t key;
	uint32_t bucket; /* the head of a chain, not of this lease */
	uint32_t chain;  /* the next of its chain, or of those given back */
	uint32_t newer, older;
};

struct asm_pool {
	uint8_t *octets;
	struct lease *lease;
	size_t size;
	uint32_t cap, used; /* used: buffers that were ever leased */
	uint32_t spare;     /* given back: the last one first, it is warm */
	uint32_t newest, oldest;
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

static uint32_t *
chain_of(struct asm_pool *a, uint64_t flow, uint32_t key)
{
	uint64_t h = flow * a->by_flow + key * a->by_key;

	return &a->lease[(h >> 32) * a->cap >> 32].bucket;
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

static void
leave_order(struct asm_pool *a, uint32_t i)
{
	struct lease *l = &a->lease[i];

	*(l->newer != NONE ? &a->lease[l->newer].older : &a->newest) = l->older;
	*(l->older != NONE ? &a->lease[l->older].newer : &a->oldest) = l->newer;
}

static void
become_newest(struct asm_pool *a, uint32_t i)
{
	a->lease[i].newer = NONE;
	a->lease[i].older = a->newest;
	*(a->newest != NONE ? &a->lease[a->newest].newer : &a->oldest) = i;
	a->newest = i;
}

static void
end(struct asm_pool *a, uint32_t i)
{
	uint32_t *at = chain_of(a, a->lease[i].flow, a->lease[i].key);

	while (*at != i)
		at = &a->lease[*at].chain;
	*at = a->lease[i].chain;
	leave_order(a, i);
	a->lease[i].chain = a->spare;
	a->spare = i;
}

/* A buffer that nobody holds; the oldest lease makes room if need be. */
static uint32_t
take(struct asm_pool *a)
{
	uint32_t i;

	if (a->spare == NONE && a->used < a->cap)
		return a->used++;
	if (a->spare == NONE) {
		end(a, a->oldest);
		a->lost++;
	}
	i = a->spare;
	a->spare = a->lease[i].chain;
	return i;
}

static uint32_t
begin(struct asm_pool *a, uint64_t flow, uint32_t key)
{
	uint32_t i = take(a), *head = chain_of(a, flow, key);

	a->lease[i].flow = flow;
	a->lease[i].key = key;
	a->lease[i].chain = *head;
	*head = i;
	become_newest(a, i);
	return i;
}

/* The lease, now the newest, or NONE. */
static uint32_t
find(struct ctx *ctx, uint32_t key)
{
	struct asm_pool *a = ctx->pool;
	uint32_t i = a != NULL ? look_up(a, ctx->flow_id, key) : NONE;

	if (i != NONE && i != a->newest) {
		leave_order(a, i);
		become_newest(a, i);
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
	a->spare = a->newest = a->oldest = NONE;
	a->by_flow = draw();
	a->by_key = draw();
	a->octets = reserve(leases * size);
	a->lease = reserve(leases * sizeof(*a->lease));
	if (a->octets == NULL || a->lease == NULL) {
		asm_free(a);
		return NULL;
	}
	for (uint32_t i = 0; i < leases; i++)
		a->lease[i].bucket = NONE;
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
		end(a, i);
		a->lost++;
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

uint64_t
asm_lost(const struct asm_pool *a)
{
	return a->lost;
}
