/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of blocks of two sizes with a stack of free numbers for each. */
#include <config.h>

#include <stdlib.h>

#include "sensor/area.h"
#include "sensor/blocks.h"

#define LARGE_BIT (UINT32_C(1) << 31)
#define LARGE_SIZE (BLOCK_LARGE + sizeof(struct block))

struct class
{
	uint8_t *p;
	size_t size;
	uint32_t cap, used; /* used: numbers that were ever given out */
	uint32_t nfree;
	uint32_t *free;
};

struct blocks {
	struct class small, large;
	uint64_t refused;
};

static int
open_class(struct class *c, uint32_t cap, size_t size)
{
	c->cap = cap;
	c->size = size;
	c->p = area_new(cap, size);
	c->free = area_new(cap, sizeof(*c->free));
	return c->p != NULL && c->free != NULL ? 0 : -1;
}

static void
close_class(struct class *c)
{
	area_free(c->p, c->cap, c->size);
	area_free(c->free, c->cap, sizeof(*c->free));
}

/* A number from 0 on, or UINT32_MAX. */
static uint32_t
take(struct class *c)
{
	if (c->nfree > 0)
		return c->free[--c->nfree];
	return c->used < c->cap ? c->used++ : UINT32_MAX;
}

struct blocks *
blocks_new(uint32_t small, uint32_t large)
{
	struct blocks *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	if (open_class(&b->small, small, BLOCK_SMALL) != 0 ||
	    open_class(&b->large, large, LARGE_SIZE) != 0) {
		blocks_free(b);
		return NULL;
	}
	return b;
}

void
blocks_free(struct blocks *b)
{
	if (b == NULL)
		return;
	close_class(&b->small);
	close_class(&b->large);
	free(b);
}

uint32_t
blocks_get(struct blocks *b, size_t n)
{
	struct block *block;
	uint32_t i = UINT32_MAX;

	if (n <= BLOCK_SMALL_DATA)
		i = take(&b->small);
	if (i != UINT32_MAX) {
		i++;
	} else if (n <= BLOCK_LARGE) {
		i = take(&b->large);
		i = i != UINT32_MAX ? (i + 1) | LARGE_BIT : BLOCK_NONE;
	} else {
		i = BLOCK_NONE;
	}
	if (i == BLOCK_NONE) {
		b->refused++;
		return i;
	}
	block = blocks_at(b, i);
	block->next = BLOCK_NONE;
	block->n = block->lost = 0;
	return i;
}

void
blocks_put(struct blocks *b, uint32_t i)
{
	struct class *c = (i & LARGE_BIT) != 0 ? &b->large : &b->small;

	if (i != BLOCK_NONE)
		c->free[c->nfree++] = (i & ~LARGE_BIT) - 1;
}

struct block *
blocks_at(const struct blocks *b, uint32_t i)
{
	const struct class *c = (i & LARGE_BIT) != 0 ? &b->large : &b->small;

	return (
	    struct block *)(void *)(c->p + c->size * ((i & ~LARGE_BIT) - 1));
}

size_t
blocks_room(uint32_t i)
{
	return (i & LARGE_BIT) != 0 ? BLOCK_LARGE : BLOCK_SMALL_DATA;
}

uint64_t
blocks_refused(const struct blocks *b)
{
	return b->refused;
}
