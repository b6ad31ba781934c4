/* SPDX-License-Identifier: Apache-2.0 */
/*
 * global_key_transfer (class 64 method 2; key_transfer of version 1): new keys,
 * wrapped by the master key.  The meter has them when it says so.
 */
#include <config.h>

#include <openssl/crypto.h>

#include "dissectors/dlms/axdr.h"
#include "rules/dlms/unseal_parts.h"

#define SECURITY_SETUP 64
#define TRANSFER 2
#define AGREEMENT 3
#define KEY_IDS 4

/* The key's number in the method, and what it is to us. */
static const uint8_t uses[KEY_IDS] = { KEYRING_ENCRYPTION, KEYRING_BROADCAST,
	KEYRING_AUTHENTICATION, KEYRING_MASTER };

/* By each master key that the meter may have. */
static size_t
unwrap(struct unseal *u, uint32_t set, struct bytes wrapped, uint8_t *to)
{
	uint32_t m;
	size_t n = 0;

	for (; set != KEYRING_NONE && n == 0;
	     set = keyring_same(u->ring, set)) {
		m = keyring_set(u->ring, set)->first[KEYRING_MASTER];
		for (; m != KEYRING_NONE && n == 0;
		     m = keyring_key(u->ring, m)->next) {
			const struct keyring_key *k = keyring_key(u->ring, m);

			n = cipher_unwrap(u->ciphers,
			    (struct bytes){ k->octets, k->n }, wrapped, to);
		}
	}
	return n;
}

static void
take(struct unseal *u, struct job *j, int64_t id, struct bytes wrapped)
{
	struct pledge *l = j->pledge;
	struct fresh_key *f = &l->fresh[l->nfresh];
	size_t n;

	if (id < 0 || id >= KEY_IDS || l->nfresh == FRESH_KEYS)
		return;
	n = unwrap(u, j->known->set, wrapped, f->octets);
	if (n == 0)
		return;
	f->n = (uint8_t)n;
	f->use = uses[id];
	l->nfresh++;
}

/* array { structure { enum, octet-string } } */
static void
take_all(struct unseal *u, struct job *j, struct bytes data)
{
	struct reader r = rd_over(data.p, data.n, data.n);
	struct axdr_value v, id, wrapped;
	int64_t number;
	uint32_t n;

	if (!axdr_value(&r, &v) || v.type != AXDR_ARRAY)
		return;
	for (n = v.count; n > 0; n--) {
		if (!axdr_value(&r, &v) || v.type != AXDR_STRUCTURE ||
		    v.count != 2 || !axdr_value(&r, &id) ||
		    !axdr_integer(&id, &number) || !axdr_value(&r, &wrapped))
			return;
		take(u, j, number, wrapped.octets);
	}
}

static bool
is_change(const struct dlms_item *i)
{
	return i->class_id == SECURITY_SETUP && i->service == DLMS_ACTION &&
	       (i->index == TRANSFER || i->index == AGREEMENT);
}

void
transfer_asked(struct unseal *u, struct job *j)
{
	struct dlms_walk w = dlms_items(j->a);
	struct pledge *l = j->pledge;
	struct dlms_item i;

	while (l != NULL && j->known != NULL && dlms_next_item(&w, &i)) {
		if (i.octets.n == 0)
			continue; /* a block that goes on */
		if (!is_change(&i)) {
			l->transfer = false; /* it was not answered */
			continue;
		}
		if (!l->transfer)
			l->nfresh = 0;
		l->transfer = true;
		if (i.index == TRANSFER && i.value.n > 0)
			take_all(u, j, i.value);
	}
}

static void
renew(struct unseal *u, struct job *j)
{
	struct pledge *l = j->pledge;
	struct known *k = j->known;

	for (size_t i = 0; i < l->nfresh && k->set != KEYRING_NONE; i++) {
		const struct fresh_key *f = &l->fresh[i];
		uint32_t set = keyring_renew(u->ring, k->set, k->title,
		    (enum keyring_use)f->use,
		    (struct bytes){ f->octets, f->n });

		if (set != KEYRING_NONE) {
			k->set = set;
		} else if (!u->told_full) {
			u->told_full = true;
			u->note.full = UNSEAL_RENEWALS;
		}
	}
	k->enc = 0;
	k->flags = (uint8_t)(k->flags & KNOWN_PUBLISHED);
	k->day = 0;
}

void
transfer_answered(struct unseal *u, struct job *j)
{
	struct pledge *l = j->pledge;

	if (l == NULL || !l->transfer || j->op->result == OP_NO_RESULT)
		return; /* a block is acknowledged, more comes */
	if (j->op->result == OP_ACCEPTED && j->known != NULL)
		renew(u, j);
	l->transfer = false;
	l->nfresh = 0;
	OPENSSL_cleanse(l->fresh, sizeof(l->fresh));
}
