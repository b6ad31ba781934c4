/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of meters (--keys), in the vault: sets by system title, and those
 * that hold for every meter.  A title may have several sets; all are tried.
 */
#ifndef RULES_DLMS_KEYRING_H
#define RULES_DLMS_KEYRING_H

#include <stdbool.h>

#include "dissectors/reader.h"
#include "rules/siphash.h"

#define KEYRING_TITLE 8
#define KEYRING_KEY 32 /* octets at most; suites 0 and 1 have 16 */
#define KEYRING_NONE UINT32_MAX

enum keyring_use {
	KEYRING_ENCRYPTION, /* GUEK, and those of "also" behind it */
	KEYRING_AUTHENTICATION,
	KEYRING_BROADCAST,
	KEYRING_MASTER,
	KEYRING_USES
};

struct keyring_key {
	uint64_t id;   /* tells it from all others that there were; never 0 */
	uint32_t next; /* of its use in its set; or KEYRING_NONE */
	uint8_t n, octets[KEYRING_KEY];
};

struct keyring_set {
	uint8_t title[KEYRING_TITLE]; /* zero: every meter */
	uint32_t next;                /* that the hash led to */
	uint32_t first[KEYRING_USES]; /* keys; or KEYRING_NONE */
};

struct keyring;

/* What so many sets and keys take of the vault, with room for renewals. */
size_t keyring_size(uint32_t sets, uint32_t keys);

/* In the vault, and gone with it.  NULL: no room. */
struct keyring *keyring_new(
    uint32_t sets, uint32_t keys, const uint8_t hash_key[SIPHASH_KEY]);

/* A set without keys; title NULL: of every meter.  KEYRING_NONE: no room. */
uint32_t keyring_add(struct keyring *, const uint8_t *title);

/* One more key, behind those of its use; false: no room, or n is wrong. */
bool keyring_put(
    struct keyring *, uint32_t set, enum keyring_use, struct bytes);

/*
 * A key that a meter took: it is the first of its use from now on, in the set
 * of this title, which gets one of its own, with all that set has, when it had
 * none.  Of those that were there before, the last few stay.  The set, or
 * KEYRING_NONE: no room.
 */
uint32_t keyring_renew(struct keyring *, uint32_t set,
    const uint8_t title[KEYRING_TITLE], enum keyring_use, struct bytes);

/* The first set of this title, and the next of the same one. */
uint32_t keyring_find(const struct keyring *, const uint8_t title[8]);
uint32_t keyring_same(const struct keyring *, uint32_t set);

/* The first of those that hold for every meter. */
uint32_t keyring_any(const struct keyring *);

/* Below keyring_sets() all numbers are sets, below keyring_keys() keys. */
uint32_t keyring_sets(const struct keyring *);
uint32_t keyring_keys(const struct keyring *);
const struct keyring_set *keyring_set(const struct keyring *, uint32_t);
const struct keyring_key *keyring_key(const struct keyring *, uint32_t);

#endif
