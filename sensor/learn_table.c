/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, never more than half full. */
#include <config.h>

#include <errno.h>

#include "sensor/area.h"
#include "sensor/learn_table.h"

int
learn_table_init(struct learn_table *t, const uint8_t key[SIPHASH_KEY],
    uint32_t cap, size_t entry_size, size_t key_size)
{
	uint32_t n = 2;

	while (n < UINT32_C(2) * cap && n < UINT32_C(1) << 31)
		n *= 2;
	memcpy(t->key, key, sizeof(t->key));
	t->cap = cap;
	t->mask = n - 1;
	t->entry_size = entry_size;
	t->key_size = key_size;
	t->entries = area_new(cap, entry_size);
	t->slots = area_new(n, sizeof(*t->slots));
	return t->entries != NULL && t->slots != NULL ? 0 : -ENOMEM;
}

void
learn_table_free(struct learn_table *t)
{
	area_free(t->entries, t->cap, t->entry_size);
	area_free(t->slots, (size_t)t->mask + 1, sizeof(*t->slots));
}

void *
learn_table_at(const struct learn_table *t, uint32_t place)
{
	return t->entries + place * t->entry_size;
}

/* Where the key is, or would be. */
static uint32_t *
slot_of(const struct learn_table *t, const void *key)
{
	uint32_t i = (uint32_t)siphash(t->key, key, t->key_size) & t->mask;

	while (t->slots[i] != 0 && memcmp(learn_table_at(t, t->slots[i] - 1),
	                               key, t->key_size) != 0)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

void *
learn_table_find(const struct learn_table *t, const void *key)
{
	uint32_t place = *slot_of(t, key);

	return place != 0 ? learn_table_at(t, place - 1) : NULL;
}

void *
learn_table_put(struct learn_table *t, const void *key, bool *fresh)
{
	uint32_t *slot = slot_of(t, key);
	uint8_t *entry;

	*fresh = *slot == 0;
	if (*slot != 0)
		return learn_table_at(t, *slot - 1);
	if (t->used == t->cap) {
		t->refused++;
		return NULL;
	}
	*slot = ++t->used;
	entry = learn_table_at(t, *slot - 1);
	memcpy(entry, key, t->key_size);
	return entry;
}
