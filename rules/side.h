/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What few entries of a table ever need, beside the table: resident only for
 * those places that needed it once.  A place keeps what it got, whoever comes
 * to it later; it cannot run out.
 */
#ifndef RULES_SIDE_H
#define RULES_SIDE_H

#include <stddef.h>
#include <stdint.h>

struct side {
	uint32_t *slot; /* by place: its item, and 1; 0: none yet */
	uint8_t *items;
	size_t size;
	uint32_t used;
};

/* Octets that it takes for a table of cap entries. */
static inline size_t
side_size(size_t cap, size_t size)
{
	return ((cap * sizeof(uint32_t) + 63) & ~(size_t)63) + cap * size;
}

/* memory: zeroed and 64-aligned; size: of an item, a multiple of 8. */
static inline void
side_start(struct side *s, void *memory, size_t cap, size_t size)
{
	s->slot = memory;
	s->items = (uint8_t *)memory + side_size(cap, 0);
	s->size = size;
}

/* The item of a place, with what the last one left in it. */
static inline void *
side_at(struct side *s, size_t place)
{
	if (s->slot[place] == 0)
		s->slot[place] = ++s->used;
	return s->items + (s->slot[place] - 1) * s->size;
}

#endif
