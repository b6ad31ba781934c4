/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of unseal.h share. */
#ifndef RULES_DLMS_UNSEAL_PARTS_H
#define RULES_DLMS_UNSEAL_PARTS_H

#include "rules/dlms/cipher.h"
#include "rules/dlms/unseal.h"
#include "rules/meters/meters.h"
#include "rules/table.h"

#define CHALLENGE_MAX 64
#define FRESH_KEYS 4    /* that one transfer brings */
#define PLEDGES 4096    /* associations of which secrets are known */
#define UNSEAL_LEVELS 3 /* of APDUs within APDUs */
#define PLAIN_MAX 65536 /* octets of one */

/* A key that the meter was sent, until it says that it took it. */
struct fresh_key {
	uint8_t use; /* enum keyring_use */
	uint8_t n, octets[KEYRING_KEY];
};

/* What is secret of an association; in the vault. */
struct pledge {
	struct { /* as of struct meters_parties */
		uint64_t flow;
		uint16_t client_sap, server_sap, unit, zero;
	} key;
	uint64_t ded_id; /* of the dedicated key, as cipher_key has it */
	uint8_t ded_n, ded[KEYRING_KEY];
	uint8_t nc, ns; /* octets of the challenges, 0: not seen */
	uint8_t c[CHALLENGE_MAX], s[CHALLENGE_MAX];
	uint8_t misses; /* units that none of all keys opened */
	bool asked;     /* pass 3 of HLS was sent */
	bool transfer;  /* new keys were sent */
	uint32_t set;   /* found by trial, plus 1; 0: none */
	uint8_t nfresh;
	struct fresh_key fresh[FRESH_KEYS];
};

enum { /* of known->flags; the second two of the broadcast key */
	KNOWN_RIGHT = 1,
	KNOWN_STALE = 2,
	KNOWN_RIGHT_ALL = 4,
	KNOWN_STALE_ALL = 8,
	KNOWN_PUBLISHED = 16 /* said */
};

/* What is known of a meter's keys; numbers only, no key. */
struct known {
	uint8_t title[METER_TITLE];
	uint32_t set;       /* first of those to be tried */
	uint32_t enc, auth; /* that fitted last, plus 1; 0: none */
	uint32_t day;       /* of the last look for a default key, plus 1 */
	uint8_t flags;
};

/* One APDU to be opened. */
struct job {
	const struct op *op;
	const struct dlms_apdu *a;
	const struct dlms_cipher *c;
	const struct meters_parties *p;
	struct pledge *pledge; /* or NULL */
	struct known *known;   /* of its meter, or NULL */
	uint8_t iv[CIPHER_IV];
	uint8_t *to;        /* where what was enciphered goes */
	uint32_t enc, auth; /* that fitted; KEYRING_NONE */
	const char *key;    /* its kind, for an event */
	bool had_key;       /* there was one to try, */
	bool checked;       /* and a tag that was wrong under it */
	bool broadcast;
};

struct unseal {
	struct keyring *ring;
	struct ciphers *ciphers;
	struct asm_pool *pool;
	void *world; /* of dlms_world, or NULL */
	struct unseal_note note;
	struct unseal_counts counts;
	uint8_t *plain[UNSEAL_LEVELS + 1];
	struct table pledges, known;
	uint64_t ids; /* of dedicated keys so far */
	uint64_t flow_id;
	bool told_full; /* of renewals */
};

/* --- unseal_start.c --- */

void unseal_count(struct unseal_counts *, enum unseal_verdict);

/* --- unseal_try.c: which key it is --- */

/* By the keys of the meter; the result, with job->enc and auth. */
enum cipher_result try_meter(struct unseal *, struct job *);

/* By those of every meter, when nobody knows which one it is. */
enum cipher_result try_all(struct unseal *, struct job *);

/* By a key that is none of the ring's. */
enum cipher_result try_key(
    struct unseal *, struct job *, uint64_t id, struct bytes key);

/* Whether what was opened is an APDU that may be there. */
bool try_reads(const struct unseal *, const struct job *, bool to_its_end);

/* The authentication key that fitted last, or the first one. */
struct bytes try_auth(const struct unseal *, const struct job *);

/* --- unseal_hls.c: challenges, and their answers by GMAC --- */

void hls_challenge(struct pledge *, const struct dlms_apdu *);

/* Of an action in clear, or opened: whether it is an answer, and right. */
enum cipher_result hls_answer(struct unseal *, struct job *);

/* --- unseal_transfer.c: keys that are sent to a meter --- */

void transfer_asked(struct unseal *, struct job *);

/* The meter's answer; what it took is renewed. */
void transfer_answered(struct unseal *, struct job *);

/* --- unseal_published.c: keys that everybody knows --- */

/* Whether the APDU is opened by one of them. */
bool published_opens(struct unseal *, struct job *);
bool published_key(struct bytes);

#endif
