/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are tried in the order of the file, what fitted last before all. */
#include <config.h>

#include "rules/dlms/unseal_parts.h"

#define TRIALS 64 /* sets that are tried when nobody knows the meter */
#define SUITE_2 2

/* --- Whether octets that no tag vouches for are what they should be --- */

struct judge {
	struct op_sink sink;
	bool bad;
};

static void
judge(struct op_sink *sink, const struct op *op)
{
	struct judge *j = (struct judge *)(void *)sink;

	if (op->flaw != NULL || op->kind == OP_FLAW)
		j->bad = true;
}

/* The tag of what a service-specific APDU protects; 0: any. */
static uint8_t
tag_within(const struct dlms_apdu *a)
{
	uint8_t tag = a->tag;

	if (a->acse.user_tag.there)
		tag = (uint8_t)a->acse.user_tag.v;
	if (tag >= 0xd0 && tag <= 0xd7)
		return (uint8_t)(tag - 0x10);
	if (tag >= 0xc8 && tag <= 0xcf)
		return (uint8_t)(tag - 8);
	if (tag >= 0x41 && tag <= 0x58)
		return (uint8_t)(tag - 0x40);
	if (tag >= 0x21 && tag <= 0x38)
		return (uint8_t)(tag - 0x20);
	return 0;
}

bool
try_reads(const struct unseal *u, const struct job *j, bool to_its_end)
{
	struct judge judged = { .sink.emit = judge };
	struct ctx ctx = { .pdu = j->op->pdu };
	uint8_t tag = tag_within(j->a);
	size_t n = j->c->text.n;
	enum rd_err err;

	(void)u;
	if (n == 0 || (j->c->sc & DLMS_SC_COMPRESSED) != 0 ||
	    dlms_tag_name(j->to[0]) == NULL || (tag != 0 && j->to[0] != tag))
		return false;
	err = dlms_apdu(rd_over(j->to, n, n), &ctx, j->op, &judged.sink);
	return !judged.bad &&
	       (err == RD_OK || (err == RD_TRAILING && !to_its_end));
}

/* --- One key --- */

static enum cipher_result
one(struct unseal *u, struct job *j, const struct cipher_key *key,
    struct bytes auth)
{
	enum cipher_result r =
	    cipher_open(u->ciphers, key, auth, j->iv, j->c, j->to);

	j->checked |= r == CIPHER_WRONG;
	/* what is in clear needs no key to be read */
	if (r == CIPHER_UNCHECKED &&
	    ((j->c->sc & DLMS_SC_ENCRYPTED) == 0 || !try_reads(u, j, false)))
		return CIPHER_WRONG;
	return r;
}

static bool
is_open(enum cipher_result r)
{
	return r == CIPHER_RIGHT || r == CIPHER_UNCHECKED;
}

static struct bytes
octets_of(const struct unseal *u, uint32_t key)
{
	const struct keyring_key *k;

	if (key == KEYRING_NONE)
		return (struct bytes){ NULL, 0 };
	k = keyring_key(u->ring, key);
	return (struct bytes){ k->octets, k->n };
}

static enum cipher_result
pair(struct unseal *u, struct job *j, uint32_t enc, uint32_t auth)
{
	struct cipher_key key = { keyring_key(u->ring, enc)->id,
		octets_of(u, enc) };
	enum cipher_result r = one(u, j, &key, octets_of(u, auth));

	if (is_open(r)) {
		j->enc = enc;
		j->auth = auth;
	}
	return r;
}

static bool
fits_suite(const struct unseal *u, const struct job *j, uint32_t key)
{
	bool large = (j->c->sc & DLMS_SC_SUITE) == SUITE_2;

	return (keyring_key(u->ring, key)->n == KEYRING_KEY) == large;
}

/* --- A set --- */

static uint32_t
next(const struct unseal *u, uint32_t key)
{
	return keyring_key(u->ring, key)->next;
}

static enum cipher_result
set_of(struct unseal *u, struct job *j, uint32_t i)
{
	const struct keyring_set *set = keyring_set(u->ring, i);
	uint32_t enc =
	    set->first[j->broadcast ? KEYRING_BROADCAST : KEYRING_ENCRYPTION];
	bool needs = (j->c->sc & DLMS_SC_AUTHENTICATED) != 0;

	for (; enc != KEYRING_NONE; enc = next(u, enc)) {
		uint32_t auth = set->first[KEYRING_AUTHENTICATION];

		/* what is in clear is verified, or left alone */
		if (!fits_suite(u, j, enc) ||
		    (auth == KEYRING_NONE &&
		        (j->c->sc & DLMS_SC_ENCRYPTED) == 0))
			continue;
		j->had_key = true;
		do {
			enum cipher_result r =
			    pair(u, j, enc, needs ? auth : KEYRING_NONE);

			if (is_open(r) || r == CIPHER_FAILED)
				return r;
			if (auth != KEYRING_NONE)
				auth = next(u, auth);
		} while (needs && auth != KEYRING_NONE);
	}
	return CIPHER_WRONG;
}

static enum cipher_result
chain(struct unseal *u, struct job *j, uint32_t set)
{
	enum cipher_result r = CIPHER_WRONG;

	for (; set != KEYRING_NONE && r == CIPHER_WRONG;
	     set = keyring_same(u->ring, set))
		r = set_of(u, j, set);
	return r;
}

/* --- All of a meter --- */

static bool
is_any(const struct unseal *u, uint32_t set)
{
	static const uint8_t none[KEYRING_TITLE];

	return memcmp(keyring_set(u->ring, set)->title, none, sizeof(none)) ==
	       0;
}

enum cipher_result
try_meter(struct unseal *u, struct job *j)
{
	struct known *k = j->known;
	enum cipher_result r = CIPHER_WRONG;

	if (k->set == KEYRING_NONE)
		return r;
	if (k->enc != 0 && !j->broadcast && fits_suite(u, j, k->enc - 1)) {
		j->had_key = true;
		r = pair(u, j, k->enc - 1, k->auth - 1);
	}
	if (r == CIPHER_WRONG)
		r = chain(u, j, k->set);
	if (r == CIPHER_WRONG && !is_any(u, k->set))
		r = chain(u, j, keyring_any(u->ring));
	if (is_open(r) && !j->broadcast) {
		k->enc = j->enc + 1;
		k->auth = j->auth + 1;
	}
	return r;
}

enum cipher_result
try_all(struct unseal *u, struct job *j)
{
	uint32_t n = keyring_sets(u->ring);
	enum cipher_result r = CIPHER_WRONG;

	if (j->pledge != NULL && j->pledge->set != 0)
		return set_of(u, j, j->pledge->set - 1);
	if (n > TRIALS || (j->pledge != NULL && j->pledge->misses > 2))
		return r;
	for (uint32_t i = 0; i < n && r == CIPHER_WRONG; i++) {
		r = set_of(u, j, i);
		if (is_open(r) && j->pledge != NULL)
			j->pledge->set = i + 1;
	}
	if (r == CIPHER_WRONG && j->pledge != NULL)
		j->pledge->misses++;
	return r;
}

struct bytes
try_auth(const struct unseal *u, const struct job *j)
{
	const struct known *k = j->known;
	uint32_t set = KEYRING_NONE;

	if (k != NULL && k->enc != 0)
		return octets_of(u, k->auth - 1);
	if (k != NULL)
		set = k->set;
	else if (j->pledge != NULL && j->pledge->set != 0)
		set = j->pledge->set - 1;
	return set == KEYRING_NONE
	           ? (struct bytes){ NULL, 0 }
	           : octets_of(u, keyring_set(u->ring, set)
	                              ->first[KEYRING_AUTHENTICATION]);
}

enum cipher_result
try_key(struct unseal *u, struct job *j, uint64_t id, struct bytes octets)
{
	struct cipher_key key = { id, octets };

	j->had_key = true;
	return one(u, j, &key, try_auth(u, j));
}
