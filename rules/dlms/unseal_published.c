/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-30: keys of standards' examples, of tools and of poor imagination.  They
 * are no secret, and few: nobody's key is searched for.
 */
#include <config.h>

#include <openssl/crypto.h>

#include "rules/dlms/unseal_parts.h"

#define ENOUGH 12 /* octets that read to their end are no chance */

/* Each octet is first + step * i; 16 octets, or 32 of them. */
static const struct pattern {
	uint8_t first, step;
} patterns[] = {
	{ 0x00, 1 }, /* 00 01 02 ... 0f: of the books, and of tools */
	{ 0x00, 0 }, { 0xff, 0 }, { 0xd0, 1 }, /* the same for authentication */
	{ 0x11, 0 }, { 0x22, 0 }, { 0x33, 0 }, { 0x44, 0 }, { 0x55, 0 },
	{ 0xaa, 0 }, { 0x30, 0 },    /* "0000000000000000" */
	{ 0x31, 0 },                 /* "1111111111111111" */
	{ 0x01, 1 }, { 0x00, 0x11 }, /* 00 11 22 ... ff */
	{ 0x0f, 0xff },              /* 0f 0e 0d ... 00 */
	{ 0x41, 0 },                 /* "AAAAAAAAAAAAAAAA" */
};

static const char *const words[] = { "1234567890123456", "0123456789ABCDEF",
	"0123456789abcdef", "abcdefghijklmnop", "ABCDEFGHIJKLMNOP" };

#define PATTERNS (sizeof(patterns) / sizeof(*patterns))
#define WORDS (sizeof(words) / sizeof(*words))

_Static_assert(PATTERNS + WORDS <= 64, "nobody searches");

static struct bytes
fill(uint8_t to[KEYRING_KEY], size_t i, size_t n)
{
	for (size_t k = 0; k < n; k++)
		to[k] = i < PATTERNS ? (uint8_t)(patterns[i].first +
		                                 patterns[i].step * (unsigned)k)
		                     : (uint8_t)words[i - PATTERNS][k % 16];
	return (struct bytes){ to, n };
}

bool
published_key(struct bytes key)
{
	uint8_t like[KEYRING_KEY];

	for (size_t i = 0; i < PATTERNS + WORDS; i++) {
		fill(like, i, key.n);
		if (CRYPTO_memcmp(like, key.p, key.n) == 0)
			return true;
	}
	return false;
}

/* With each of the authentication keys. */
static bool
verifies(struct unseal *u, struct job *j, const struct cipher_key *key)
{
	uint8_t auth[KEYRING_KEY];

	if ((j->c->sc & DLMS_SC_AUTHENTICATED) == 0)
		return false;
	for (size_t i = 0; i < PATTERNS + WORDS; i++)
		if (cipher_open(u->ciphers, key, fill(auth, i, key->octets.n),
		        j->iv, j->c, j->to) == CIPHER_RIGHT)
			return true;
	return false;
}

static bool
opens(struct unseal *u, struct job *j, const struct cipher_key *key)
{
	struct bytes none = { NULL, 0 };

	if ((j->c->sc & DLMS_SC_ENCRYPTED) == 0)
		return verifies(u, j, key);
	if (cipher_open(u->ciphers, key, none, j->iv, j->c, j->to) !=
	        CIPHER_UNCHECKED ||
	    !try_reads(u, j, true))
		return false;
	return j->c->text.n >= ENOUGH || verifies(u, j, key);
}

bool
published_opens(struct unseal *u, struct job *j)
{
	size_t n = (j->c->sc & DLMS_SC_SUITE) == 2 ? 32 : 16;
	uint8_t octets[KEYRING_KEY];
	bool open = false;

	for (size_t i = 0; i < PATTERNS + WORDS && !open; i++) {
		struct cipher_key key = { 0, fill(octets, i, n) };

		open = opens(u, j, &key);
	}
	OPENSSL_cleanse(j->to, j->c->text.n);
	return open;
}
