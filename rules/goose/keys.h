/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group keys of IEC 62351-6, and the check of a MAC with them.  A frame names
 * a key, not an algorithm: that comes with the key (GDOI, RFC 8052).  Whoever
 * reads keys from a file makes the table, adds them, and hands it on in struct
 * setup; it outlives the detectors.
 */
#ifndef RULES_GOOSE_KEYS_H
#define RULES_GOOSE_KEYS_H

#include "dissectors/goose/goose.h"

enum goose_algorithm {
	GOOSE_HMAC_SHA256_80,
	GOOSE_HMAC_SHA256_128,
	GOOSE_HMAC_SHA256_256,
	GOOSE_GMAC_64,
	GOOSE_GMAC_128
};

#define GOOSE_KEYS 256    /* that a table holds */
#define GOOSE_KEY_MAX 64  /* octets; AES-GMAC has 16 or 32 */
#define GOOSE_KEY_REF 130 /* of a control block reference with its NUL */

struct goose_key {
	uint32_t id;
	bool any_id;         /* whatever id a frame names */
	const char *gocbref; /* of frames of this control block; NULL: of all */
	enum goose_algorithm algorithm;
	struct bytes octets;
};

enum goose_check {
	GOOSE_MAC_RIGHT,
	GOOSE_MAC_WRONG,
	GOOSE_MAC_NO_KEY,   /* none has the id that the frame names */
	GOOSE_MAC_UNCHECKED /* it has no MAC, or no key fits its length */
};

struct goose_keys;

/*
 * In the vault, which is open (rules/vault.h); GOOSE_KEYS_VAULT octets of it.
 * NULL without memory, or when the algorithms are not to be had.
 */
#define GOOSE_KEYS_VAULT (128 * 1024)
struct goose_keys *goose_keys_new(void);

/* Before the vault is closed, which wipes the keys; NULL is no error. */
void goose_keys_free(struct goose_keys *);

/*
 * The key is copied.  Several keys may have one id, as when a new one follows:
 * each is tried.  0, -EINVAL for a length that the algorithm does not take,
 * -ENOSPC when there are GOOSE_KEYS.
 */
int goose_keys_add(struct goose_keys *, const struct goose_key *);

/* How many there are; 0 of NULL. */
uint32_t goose_keys_count(const struct goose_keys *);

/* Without a key id in the frame every key is tried. */
enum goose_check goose_keys_check(
    const struct goose_keys *, const struct goose_pdu *);

#endif
