/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GCM as security suites 0 to 2 use it (IEC 62056-5-3, 5.3), and the wrap
 * of keys (RFC 3394).  All of it lies in the vault.
 */
#ifndef RULES_DLMS_CIPHER_H
#define RULES_DLMS_CIPHER_H

#include "dissectors/dlms/dlms.h"

#define CIPHER_IV 12     /* system title and counter */
#define CIPHER_CACHE 256 /* keys of each size whose schedule is kept */

/* Octets of the vault: OpenSSL takes about 1300 for a context. */
#define CIPHER_VAULT (2 * CIPHER_CACHE * 1536 + 65536)

struct ciphers;

/* NULL: no room in the vault, or the algorithms are not to be had. */
struct ciphers *ciphers_new(void);
void ciphers_free(struct ciphers *); /* before the vault is closed */

/* A key, and what tells it from all others: 0 for one that is used once. */
struct cipher_key {
	uint64_t id;
	struct bytes octets; /* 16 or 32 */
};

enum cipher_result {
	CIPHER_RIGHT, /* the tag is */
	CIPHER_WRONG,
	CIPHER_UNCHECKED, /* there is no tag, or no key to check it with */
	CIPHER_FAILED     /* OpenSSL would not */
};

/*
 * Opens what c protects into to, which has room for c->text.n octets; what is
 * authenticated only is not written.  auth.n 0: the key is not known.  After
 * CIPHER_WRONG nothing is in to.
 */
enum cipher_result cipher_open(struct ciphers *, const struct cipher_key *,
    struct bytes auth, const uint8_t iv[CIPHER_IV], const struct dlms_cipher *c,
    uint8_t *to);

/* Octets of the key that was wrapped, 16 or 32; 0: not with this one. */
size_t cipher_unwrap(struct ciphers *, struct bytes master,
    struct bytes wrapped, uint8_t to[32]);

#endif
