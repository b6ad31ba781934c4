/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capped table that forgets nothing: what finds no room is counted.  Unlike
 * rules/table.h, where the oldest makes room; what was learnt must not depend
 * on what came later.
 */
#ifndef SENSOR_LEARN_TABLE_H
#define SENSOR_LEARN_TABLE_H

#include <stdbool.h>

#include "rules/siphash.h"

struct learn_table {
	uint8_t key[SIPHASH_KEY];
	uint8_t *entries;
	uint32_t *slots; /* place + 1, or 0 */
	size_t entry_size, key_size;
	uint32_t cap, used, mask;
	uint64_t refused; /* entries that found no room */
};

/*
 * An entry begins with its key: key_size octets, compared as they are.  0, or
 * -ENOMEM; learn_table_free() in any case.
 */
int learn_table_init(struct learn_table *, const uint8_t key[SIPHASH_KEY],
    uint32_t cap, size_t entry_size, size_t key_size);
void learn_table_free(struct learn_table *);

/* The entry; *fresh: it is new, and zeroed behind its key.  NULL: no room. */
void *learn_table_put(struct learn_table *, const void *key, bool *fresh);

/* The entry, or NULL. */
void *learn_table_find(const struct learn_table *, const void *key);

/* The entry in that place, below used. */
void *learn_table_at(const struct learn_table *, uint32_t place);

#endif
