/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of meters (IEC 62056-5-3, 5.4); nothing of it leaves. */
#include <config.h>

#include <string.h>

#include <openssl/crypto.h>

#include "rules/dlms/keyring.h"
#include "rules/vault.h"

#define STAY 4     /* keys of one use that a renewal leaves there */
#define SPARE 1024 /* sets and keys that renewals may take, at least */

struct keyring {
	uint8_t hash_key[SIPHASH_KEY];
	uint32_t nsets, nkeys, sets_cap, keys_cap;
	uint64_t ids;    /* of keys so far */
	uint32_t mask;   /* of heads */
	uint32_t any;    /* first of every meter's */
	uint32_t *heads; /* first set by hash of the title */
	struct keyring_set *sets;
	struct keyring_key *keys;
};

/* One and a half: who changes keys changes those of all. */
static uint32_t
with_spare(uint32_t n)
{
	return n + n / 2 + SPARE;
}

static uint32_t
heads_for(uint32_t sets)
{
	uint32_t n = 64;

	while (n < sets)
		n *= 2;
	return n;
}

size_t
keyring_size(uint32_t sets, uint32_t keys)
{
	size_t s = with_spare(sets), k = with_spare(keys);

	return sizeof(struct keyring) + s * sizeof(struct keyring_set) +
	       k * sizeof(struct keyring_key) +
	       heads_for((uint32_t)s) * sizeof(uint32_t) + 4 * 64;
}

struct keyring *
keyring_new(uint32_t sets, uint32_t keys, const uint8_t hash_key[SIPHASH_KEY])
{
	struct keyring *r = vault_get(sizeof(*r));
	uint32_t heads = heads_for(with_spare(sets));

	if (r == NULL)
		return NULL;
	memcpy(r->hash_key, hash_key, SIPHASH_KEY);
	r->sets_cap = with_spare(sets);
	r->keys_cap = with_spare(keys);
	r->mask = heads - 1;
	r->any = KEYRING_NONE;
	r->heads = vault_get(heads * sizeof(*r->heads));
	r->sets = vault_get(r->sets_cap * sizeof(*r->sets));
	r->keys = vault_get(r->keys_cap * sizeof(*r->keys));
	if (r->heads == NULL || r->sets == NULL || r->keys == NULL)
		return NULL;
	memset(r->heads, 0xff, heads * sizeof(*r->heads));
	return r;
}

static uint32_t *
head_of(const struct keyring *r, const uint8_t *title)
{
	return &r->heads[(uint32_t)siphash(r->hash_key, title, KEYRING_TITLE) &
	                 r->mask];
}

/* Behind those that are there: the first of the file is tried first. */
static void
append(struct keyring *r, uint32_t *link, uint32_t set)
{
	while (*link != KEYRING_NONE)
		link = &r->sets[*link].next;
	*link = set;
}

uint32_t
keyring_add(struct keyring *r, const uint8_t *title)
{
	struct keyring_set *s = &r->sets[r->nsets];

	if (r->nsets == r->sets_cap)
		return KEYRING_NONE;
	s->next = KEYRING_NONE;
	memset(s->first, 0xff, sizeof(s->first));
	if (title != NULL)
		memcpy(s->title, title, KEYRING_TITLE);
	append(r, title != NULL ? head_of(r, title) : &r->any, r->nsets);
	return r->nsets++;
}

static void
fill(struct keyring *r, struct keyring_key *k, struct bytes key)
{
	k->id = ++r->ids;
	k->next = KEYRING_NONE;
	k->n = (uint8_t)key.n;
	memcpy(k->octets, key.p, key.n);
}

static uint32_t
new_key(struct keyring *r, struct bytes key)
{
	struct keyring_key *k = &r->keys[r->nkeys];

	if ((key.n != 16 && key.n != KEYRING_KEY) || r->nkeys == r->keys_cap)
		return KEYRING_NONE;
	fill(r, k, key);
	return r->nkeys++;
}

bool
keyring_put(
    struct keyring *r, uint32_t set, enum keyring_use use, struct bytes key)
{
	uint32_t *link = &r->sets[set].first[use];
	uint32_t k = new_key(r, key);

	if (k == KEYRING_NONE)
		return false;
	while (*link != KEYRING_NONE)
		link = &r->keys[*link].next;
	*link = k;
	return true;
}

/* A set of this title alone, with the keys of another one. */
static uint32_t
own_set(struct keyring *r, uint32_t like, const uint8_t *title)
{
	uint32_t set = keyring_add(r, title);

	if (set == KEYRING_NONE)
		return set;
	for (int use = 0; use < KEYRING_USES; use++) {
		uint32_t k = r->sets[like].first[use];

		for (; k != KEYRING_NONE; k = r->keys[k].next)
			if (!keyring_put(r, set, (enum keyring_use)use,
			        (struct bytes){
			            r->keys[k].octets, r->keys[k].n }))
				return KEYRING_NONE;
	}
	return set;
}

static bool
is_same(const struct keyring_key *k, struct bytes key)
{
	return k->n == key.n && CRYPTO_memcmp(k->octets, key.p, key.n) == 0;
}

/* This key, if it was there already; or of many the last one, made this. */
static uint32_t
take_out(struct keyring *r, uint32_t *link, struct bytes key)
{
	uint32_t n = 1, k;

	if (*link == KEYRING_NONE || (key.n != 16 && key.n != KEYRING_KEY))
		return KEYRING_NONE;
	while (!is_same(&r->keys[*link], key) &&
	       r->keys[*link].next != KEYRING_NONE) {
		link = &r->keys[*link].next;
		n++;
	}
	k = *link;
	if (is_same(&r->keys[k], key)) {
		*link = r->keys[k].next;
		return k;
	}
	if (n < STAY)
		return KEYRING_NONE;
	*link = KEYRING_NONE;
	fill(r, &r->keys[k], key);
	return k;
}

uint32_t
keyring_renew(struct keyring *r, uint32_t set,
    const uint8_t title[KEYRING_TITLE], enum keyring_use use, struct bytes key)
{
	uint32_t k;

	if (memcmp(r->sets[set].title, title, KEYRING_TITLE) != 0)
		set = own_set(r, set, title);
	if (set == KEYRING_NONE)
		return set;
	k = take_out(r, &r->sets[set].first[use], key);
	if (k == KEYRING_NONE)
		k = new_key(r, key);
	if (k == KEYRING_NONE)
		return k;
	r->keys[k].next = r->sets[set].first[use];
	r->sets[set].first[use] = k;
	return set;
}

static uint32_t
of_title(const struct keyring *r, uint32_t set, const uint8_t *title)
{
	while (set != KEYRING_NONE &&
	       memcmp(r->sets[set].title, title, KEYRING_TITLE) != 0)
		set = r->sets[set].next;
	return set;
}

uint32_t
keyring_find(const struct keyring *r, const uint8_t title[KEYRING_TITLE])
{
	return of_title(r, *head_of(r, title), title);
}

uint32_t
keyring_same(const struct keyring *r, uint32_t set)
{
	return of_title(r, r->sets[set].next, r->sets[set].title);
}

uint32_t
keyring_any(const struct keyring *r)
{
	return r->any;
}

uint32_t
keyring_sets(const struct keyring *r)
{
	return r->nsets;
}

uint32_t
keyring_keys(const struct keyring *r)
{
	return r->nkeys;
}

const struct keyring_set *
keyring_set(const struct keyring *r, uint32_t i)
{
	return &r->sets[i];
}

const struct keyring_key *
keyring_key(const struct keyring *r, uint32_t i)
{
	return &r->keys[i];
}
