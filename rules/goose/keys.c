/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC of IEC 62351-6: HMAC-SHA-256, cut, or AES-GMAC. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "rules/goose/keys.h"
#include "rules/vault.h"

#define SHA256 32
#define IV_MAX 16

static const uint8_t ethertype[] = { 0x88, 0xb8 };

static const struct {
	bool gmac;
	uint8_t mac; /* octets */
} algorithms[] = {
	[GOOSE_HMAC_SHA256_80] = { false, 10 },
	[GOOSE_HMAC_SHA256_128] = { false, 16 },
	[GOOSE_HMAC_SHA256_256] = { false, 32 },
	[GOOSE_GMAC_64] = { true, 8 },
	[GOOSE_GMAC_128] = { true, 16 },
};

/* What a MAC covers, as implementations have it: nothing public is normative.
 */
static const struct profile {
	bool ethertype; /* from it on, or from APPID */
	bool to_mac;    /* up to the MAC, or to the end of the APDU */
} profiles[] = {
	{ true, false },
	{ false, true },
	{ true, true },
	{ false, false },
};

struct key {
	uint32_t id;
	bool any_id;
	char gocbref[GOOSE_KEY_REF]; /* empty: any */
	enum goose_algorithm algorithm;
	size_t n;
	uint8_t octets[GOOSE_KEY_MAX];
};

struct goose_keys {
	EVP_MAC *hmac;
	EVP_CIPHER *gcm128, *gcm256;
	EVP_MAC_CTX *mac;
	EVP_CIPHER_CTX *cipher;
	uint32_t n;
	struct key keys[GOOSE_KEYS];
};

static char digest[] = "SHA256";
static const OSSL_PARAM sha256[] = {
	OSSL_PARAM_utf8_string(
	    OSSL_MAC_PARAM_DIGEST, digest, sizeof(digest) - 1),
	OSSL_PARAM_END,
};

_Static_assert(sizeof(struct goose_keys) + 16384 <= GOOSE_KEYS_VAULT,
    "room for the keys, and for what OpenSSL makes of them");

/* Once without a key: what OpenSSL looks for it finds, and keeps, now. */
static bool
try_mac(EVP_MAC *hmac)
{
	static const uint8_t key[SHA256];
	EVP_MAC_CTX *c = EVP_MAC_CTX_new(hmac);
	bool good = c != NULL && EVP_MAC_init(c, key, sizeof(key), sha256) == 1;

	EVP_MAC_CTX_free(c);
	return good;
}

struct goose_keys *
goose_keys_new(void)
{
	struct goose_keys *k = vault_get(sizeof(*k));

	if (k == NULL)
		return NULL;
	k->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	k->gcm128 = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	k->gcm256 = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (k->hmac == NULL || !try_mac(k->hmac)) {
		goose_keys_free(k);
		return NULL;
	}
	vault_enter();
	k->mac = EVP_MAC_CTX_new(k->hmac);
	k->cipher = EVP_CIPHER_CTX_new();
	vault_leave();
	if (k->mac == NULL || k->cipher == NULL || k->gcm128 == NULL ||
	    k->gcm256 == NULL) {
		goose_keys_free(k);
		return NULL;
	}
	return k;
}

void
goose_keys_free(struct goose_keys *k)
{
	if (k == NULL)
		return;
	EVP_MAC_CTX_free(k->mac);
	EVP_CIPHER_CTX_free(k->cipher);
	EVP_MAC_free(k->hmac);
	EVP_CIPHER_free(k->gcm128);
	EVP_CIPHER_free(k->gcm256);
	OPENSSL_cleanse(k, sizeof(*k));
}

int
goose_keys_add(struct goose_keys *k, const struct goose_key *key)
{
	struct key *to = &k->keys[k->n];
	size_t n = key->octets.n;

	if (n == 0 || n > GOOSE_KEY_MAX ||
	    (key->gocbref != NULL && strlen(key->gocbref) >= GOOSE_KEY_REF) ||
	    (algorithms[key->algorithm].gmac && n != 16 && n != 32))
		return -EINVAL;
	if (k->n == GOOSE_KEYS)
		return -ENOSPC;
	*to = (struct key){ .id = key->id,
		.any_id = key->any_id,
		.algorithm = key->algorithm,
		.n = n };
	if (key->gocbref != NULL)
		strcpy(to->gocbref, key->gocbref);
	memcpy(to->octets, key->octets.p, n);
	k->n++;
	return 0;
}

uint32_t
goose_keys_count(const struct goose_keys *k)
{
	return k != NULL ? k->n : 0;
}

static bool
hmac(const struct goose_keys *k, const struct key *key, struct bytes head,
    struct bytes rest, uint8_t out[SHA256])
{
	size_t n;

	return EVP_MAC_init(k->mac, key->octets, key->n, sha256) == 1 &&
	       EVP_MAC_update(k->mac, head.p, head.n) == 1 &&
	       EVP_MAC_update(k->mac, rest.p, rest.n) == 1 &&
	       EVP_MAC_final(k->mac, out, &n, SHA256) == 1;
}

/* GCM that encrypts nothing: all of it is authenticated only. */
static bool
gmac(const struct goose_keys *k, const struct key *key, struct bytes iv,
    struct bytes head, struct bytes rest, uint8_t out[SHA256])
{
	const EVP_CIPHER *c = key->n == 16 ? k->gcm128 : k->gcm256;
	size_t niv = iv.n;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_IVLEN, &niv),
		OSSL_PARAM_construct_end(),
	};
	int n;

	return iv.n > 0 && iv.n <= IV_MAX &&
	       EVP_EncryptInit_ex2(k->cipher, c, NULL, NULL, params) == 1 &&
	       EVP_EncryptInit_ex2(k->cipher, NULL, key->octets, iv.p, NULL) ==
	           1 &&
	       (head.n == 0 || EVP_EncryptUpdate(k->cipher, NULL, &n, head.p,
	                           (int)head.n) == 1) &&
	       EVP_EncryptUpdate(k->cipher, NULL, &n, rest.p, (int)rest.n) ==
	           1 &&
	       EVP_EncryptFinal_ex(k->cipher, out, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(k->cipher, EVP_CTRL_AEAD_GET_TAG, 16, out) ==
	           1;
}

static bool
verifies(const struct goose_keys *k, const struct key *key,
    const struct profile *pr, const struct goose_pdu *p)
{
	const struct goose_auth *a = &p->auth;
	const uint8_t *end = pr->to_mac ? a->mac.p : a->octets.p;
	struct bytes head = { ethertype, pr->ethertype ? 2 : 0 };
	struct bytes rest = { p->whole.p, (size_t)(end - p->whole.p) };
	uint8_t out[SHA256];
	bool done = algorithms[key->algorithm].gmac
	                ? gmac(k, key, a->iv, head, rest, out)
	                : hmac(k, key, head, rest, out);

	return done && CRYPTO_memcmp(out, a->mac.p, a->mac.n) == 0;
}

/* Whether the key is for this frame. */
static bool
is_for(const struct key *key, const struct goose_pdu *p)
{
	size_t n = strlen(key->gocbref);

	if ((p->auth.has & GOOSE_AUTH_KEY_ID) != 0 && !key->any_id &&
	    key->id != p->auth.key_id)
		return false;
	return n == 0 || (p->gocbref.n == n &&
	                     memcmp(p->gocbref.p, key->gocbref, n) == 0);
}

static enum goose_check
check(const struct goose_keys *k, const struct goose_pdu *p)
{
	enum goose_check check = GOOSE_MAC_NO_KEY;

	for (uint32_t i = 0; i < k->n; i++) {
		const struct key *key = &k->keys[i];

		if (!is_for(key, p))
			continue;
		if (check == GOOSE_MAC_NO_KEY)
			check = GOOSE_MAC_UNCHECKED;
		if (algorithms[key->algorithm].mac != p->auth.mac.n)
			continue;
		check = GOOSE_MAC_WRONG;
		for (size_t j = 0; j < sizeof(profiles) / sizeof(*profiles);
		     j++)
			if (verifies(k, key, &profiles[j], p))
				return GOOSE_MAC_RIGHT;
	}
	return check;
}

enum goose_check
goose_keys_check(const struct goose_keys *k, const struct goose_pdu *p)
{
	enum goose_check found;

	if (p->auth.mac.n == 0 || p->whole.n == 0)
		return GOOSE_MAC_UNCHECKED;
	vault_enter();
	found = check(k, p);
	vault_leave();
	return found;
}
