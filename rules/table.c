/* SPDX-License-Identifier: Apache-2.0 */
/* A capped, keyed, least-recently-used table: chains over fixed slots. */
#include <config.h>

#include <string.h>

#include "rules/table.h"

/* Entries and slots count from 1, so that zeroed memory is an empty table. */
#define NONE 0

static uint8_t *
entry_at(const struct table *t, uint32_t i)
{
	return t->entries + (i - 1) * t->entry_size;
}

static struct table_slot *
slot_at(const struct table *t, uint32_t i)
{
	return &t->slots[i - 1];
}

/* The head of the chain on which an entry of this key stands. */
static uint32_t *
chain_of(const struct table *t, const void *key)
{
	uint64_t h = siphash(t->key, key, t->key_size);

	return &t->slots[h % t->cap].bucket;
}

static uint32_t
look_up(const struct table *t, const void *key)
{
	uint32_t i = *chain_of(t, key);

	while (i != NONE && memcmp(entry_at(t, i), key, t->key_size) != 0)
		i = slot_at(t, i)->chain;
	return i;
}

static void
leave_order(struct table *t, uint32_t i)
{
	struct table_slot *s = slot_at(t, i);

	*(s->newer != NONE ? &slot_at(t, s->newer)->older : &t->newest) =
	    s->older;
	*(s->older != NONE ? &slot_at(t, s->older)->newer : &t->oldest) =
	    s->newer;
}

static void
become_newest(struct table *t, uint32_t i)
{
	slot_at(t, i)->newer = NONE;
	slot_at(t, i)->older = t->newest;
	*(t->newest != NONE ? &slot_at(t, t->newest)->newer : &t->oldest) = i;
	t->newest = i;
}

static uint32_t
evict(struct table *t)
{
	uint32_t i = t->oldest, *at = chain_of(t, entry_at(t, i));

	while (*at != i)
		at = &slot_at(t, *at)->chain;
	*at = slot_at(t, i)->chain;
	leave_order(t, i);
	t->evicted++;
	return i;
}

void
table_init(struct table *t, const uint8_t key[SIPHASH_KEY],
    struct table_slot *slots, void *entries, uint32_t cap, size_t entry_size,
    size_t key_size)
{
	*t = (struct table){ .slots = slots,
		.entries = entries,
		.cap = cap,
		.entry_size = entry_size,
		.key_size = key_size,
		.newest = NONE,
		.oldest = NONE };
	memcpy(t->key, key, sizeof(t->key));
}

void *
table_find(struct table *t, const void *key)
{
	uint32_t i = look_up(t, key);

	if (i == NONE)
		return NULL;
	leave_order(t, i);
	become_newest(t, i);
	return entry_at(t, i);
}

const void *
table_peek(const struct table *t, const void *key)
{
	uint32_t i = look_up(t, key);

	return i != NONE ? entry_at(t, i) : NULL;
}

void *
table_put(struct table *t, const void *key, bool *fresh)
{
	uint8_t *e = table_find(t, key);
	uint32_t i, *head;

	*fresh = e == NULL;
	if (e != NULL)
		return e;
	i = t->used < t->cap ? ++t->used : evict(t);
	head = chain_of(t, key);
	slot_at(t, i)->chain = *head;
	*head = i;
	become_newest(t, i);
	e = entry_at(t, i);
	memcpy(e, key, t->key_size);
	memset(e + t->key_size, 0, t->entry_size - t->key_size);
	return e;
}

void *
table_oldest(const struct table *t)
{
	return t->used == t->cap ? entry_at(t, t->oldest) : NULL;
}
