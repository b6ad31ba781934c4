/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of unseal.h, and what it tells. */
#include <config.h>

#include "rules/dlms/unseal_parts.h"
#include "rules/vault.h"

static size_t
round_up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

size_t
unseal_size(const struct rules_limits *limits)
{
	return round_up(sizeof(struct unseal)) +
	       round_up(PLEDGES * sizeof(struct table_slot)) +
	       round_up(limits->meters * sizeof(struct table_slot)) +
	       round_up(limits->meters * sizeof(struct known));
}

size_t
unseal_vault(void)
{
	return PLEDGES * sizeof(struct pledge) +
	       (UNSEAL_LEVELS + 1) * PLAIN_MAX + CIPHER_VAULT + 4096;
}

struct unseal *
unseal_start(void *memory, const struct rules_limits *limits,
    struct keyring *ring, const uint8_t hash_key[SIPHASH_KEY],
    struct asm_pool *pool)
{
	struct unseal *u = memory;
	uint8_t *p = (uint8_t *)memory + round_up(sizeof(*u));
	struct pledge *pledges = vault_get(PLEDGES * sizeof(*pledges));
	struct table_slot *slots = (struct table_slot *)(void *)p;

	u->ring = ring;
	u->pool = pool;
	u->ciphers = ciphers_new();
	for (int i = 0; i <= UNSEAL_LEVELS; i++)
		u->plain[i] = vault_get(PLAIN_MAX);
	if (pledges == NULL || u->ciphers == NULL ||
	    u->plain[UNSEAL_LEVELS] == NULL)
		return NULL;
	table_init(&u->pledges, hash_key, slots, pledges, PLEDGES,
	    sizeof(*pledges), sizeof(pledges->key));
	p += round_up(PLEDGES * sizeof(*slots));
	slots = (struct table_slot *)(void *)p;
	p += round_up(limits->meters * sizeof(*slots));
	table_init(&u->known, hash_key, slots, p, limits->meters,
	    sizeof(struct known), METER_TITLE);
	return u;
}

void
unseal_end(struct unseal *u)
{
	if (u != NULL)
		ciphers_free(u->ciphers);
}

void
unseal_know(struct unseal *u, void *world)
{
	u->world = world;
}

const struct unseal_counts *
unseal_counts(const struct unseal *u)
{
	return &u->counts;
}

const struct unseal_note *
unseal_note(const struct unseal *u, const struct op *op)
{
	const struct unseal_note *n = u != NULL ? &u->note : NULL;

	if (n == NULL || n->msg != op->msg)
		return NULL;
	return n->verdict == UNSEAL_FALSE || n->verdict == UNSEAL_STALE ||
	               n->published || n->full > 0
	           ? n
	           : NULL;
}

void
unseal_count(struct unseal_counts *c, enum unseal_verdict v)
{
	c->right += v == UNSEAL_RIGHT;
	c->wrong += v == UNSEAL_FALSE;
	c->unchecked += v == UNSEAL_UNCHECKED;
	c->unfit += v == UNSEAL_STALE || v == UNSEAL_STILL;
	c->no_key += v == UNSEAL_NOT;
}
