/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capped table that forgets what was not used for long: of a small one the
 * least recently used, of a large one the least of a few.  Its memory is the
 * caller's and got at start.  The hash is keyed: peers choose what is stored,
 * and must not be able to choose where.
 */
#ifndef RULES_TABLE_H
#define RULES_TABLE_H

#include <stdbool.h>

#include "rules/siphash.h"

struct table_slot {
	uint32_t word[5]; /* the index, in cache lines of its own */
};

struct table {
	uint8_t key[SIPHASH_KEY];
	struct table_slot *slots;
	uint8_t *entries;
	size_t entry_size, key_size;
	size_t stamp_at; /* of an entry that has its own stamp; or 0 */
	uint32_t cap, used;
	uint32_t pairs; /* of buckets; 0: it is walked */
	uint32_t most;  /* pairs that there is room for; 0: it has them all */
	uint32_t now;   /* counts uses */
	uint32_t hand;
	uint64_t evicted; /* entries that made room, since the start */
};

/*
 * slots and entries hold cap of each, cap > 0, and outlive the table; slots
 * are zeroed, so that a table is resident only as far as it is used.  An
 * entry begins with its key: key_size octets, compared as they are, so no
 * padding among them.
 */
void table_init(struct table *, const uint8_t key[SIPHASH_KEY],
    struct table_slot *slots, void *entries, uint32_t cap, size_t entry_size,
    size_t key_size);

/*
 * When entries were used last stands in themselves, in a uint32_t at this
 * offset, and not in the index: for those that are found by a hint, and where
 * the index is to grow with them.  Before the first use.
 */
void table_stamps(struct table *, size_t offset);

/* The entry that hint is, whatever its key; NULL: it is none of this table. */
void *table_within(const struct table *, const void *hint);

/* As table_find(), and without a search where hint is the entry. */
void *table_hinted(struct table *, const void *hint, const void *key);

/* As table_put(), likewise. */
void *table_put_hinted(
    struct table *, const void *hint, const void *key, bool *fresh);

/* The entry, now the newest, or NULL. */
void *table_find(struct table *, const void *key);

/* The entry, which does not become the newest, or NULL. */
const void *table_peek(const struct table *, const void *key);

/*
 * The entry, now the newest; *fresh if it was made for this call and is
 * zeroed behind its key.  An entry stays where it is until it is evicted.
 */
void *table_put(struct table *, const void *key, bool *fresh);

/* The entry that would make room for a new one, or NULL while there is some. */
void *table_oldest(const struct table *);

#endif
