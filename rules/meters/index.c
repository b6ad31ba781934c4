/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of one cache line, in pairs, as in rules/table.c; without stamps. */
#include <config.h>

#include <stdbool.h>

#include "rules/meters/index.h"

#define PLACES 10

struct index_bucket {
	uint32_t number[PLACES]; /* plus 1; 0: free */
	uint16_t tag[PLACES];
	uint16_t beyond; /* of the first of a pair: how many went on from it */
	uint16_t unused;
};

_Static_assert(sizeof(struct index_bucket) == 64, "bucket");

/* Two in three places are used at most. */
static uint32_t
pairs_for(uint32_t cap)
{
	return (uint32_t)((uint64_t)cap * 3 / (4 * PLACES)) + 1;
}

size_t
index_size(uint32_t cap)
{
	return pairs_for(cap) * 2 * sizeof(struct index_bucket);
}

void
index_start(struct index *ix, void *memory, uint32_t cap)
{
	ix->buckets = memory;
	ix->pairs = pairs_for(cap);
}

static uint32_t
home(const struct index *ix, uint64_t hash)
{
	return (uint32_t)((hash & UINT32_MAX) * ix->pairs >> 32);
}

static uint32_t
next(const struct index *ix, uint32_t pair)
{
	return pair + 1 < ix->pairs ? pair + 1 : 0;
}

uint32_t
index_find(const struct index *ix, uint64_t hash,
    int (*is)(const void *, uint32_t, const void *), const void *of,
    const void *key)
{
	uint16_t tag = (uint16_t)(hash >> 48);
	uint32_t pair = home(ix, hash);

	for (uint32_t n = 0; n < ix->pairs; n++, pair = next(ix, pair)) {
		const struct index_bucket *first = &ix->buckets[2 * pair];

		for (const struct index_bucket *b = first; b < first + 2; b++)
			for (int i = 0; i < PLACES; i++)
				if (b->tag[i] == tag && b->number[i] != 0 &&
				    is(of, b->number[i] - 1, key))
					return b->number[i] - 1;
		if (first->beyond == 0)
			break;
	}
	return INDEX_NONE;
}

void
index_put(struct index *ix, uint64_t hash, uint32_t number)
{
	uint32_t pair = home(ix, hash);

	for (uint32_t n = 0; n < ix->pairs; n++, pair = next(ix, pair)) {
		struct index_bucket *first = &ix->buckets[2 * pair];

		for (struct index_bucket *b = first; b < first + 2; b++)
			for (int i = 0; i < PLACES; i++)
				if (b->number[i] == 0) {
					b->number[i] = number + 1;
					b->tag[i] = (uint16_t)(hash >> 48);
					return;
				}
		first->beyond++;
	}
}

/* Empties its place; false if it is not in this pair. */
static bool
empty(struct index_bucket *first, uint32_t number, uint16_t tag)
{
	for (struct index_bucket *b = first; b < first + 2; b++)
		for (int i = 0; i < PLACES; i++)
			if (b->number[i] == number + 1 && b->tag[i] == tag) {
				b->number[i] = 0;
				return true;
			}
	return false;
}

void
index_drop(struct index *ix, uint64_t hash, uint32_t number)
{
	uint32_t pair = home(ix, hash), at = pair, n = 0;

	while (n < ix->pairs &&
	       !empty(&ix->buckets[2 * at], number, (uint16_t)(hash >> 48))) {
		at = next(ix, at);
		n++;
	}
	/* pairs that it went past have one less to look for */
	for (; n < ix->pairs && pair != at; pair = next(ix, pair))
		ix->buckets[2 * pair].beyond--;
}
