/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens protected APDUs with the operator's keys: verifies, decrypts, and has
 * the dissector read what was within (IEC 62056-5-3, 5.3 to 5.5).  Keys lie in
 * the vault and never leave it.
 */
#ifndef RULES_DLMS_UNSEAL_H
#define RULES_DLMS_UNSEAL_H

#include "dissectors/asm.h"
#include "dissectors/dlms/dlms.h"
#include "rules/dlms/keyring.h"
#include "rules/limits.h"

#define UNSEAL_RENEWALS 1024 /* keys that meters took, at the least */

enum unseal_verdict {
	UNSEAL_NOT,       /* not protected, or no key for it is at hand */
	UNSEAL_RIGHT,     /* verified */
	UNSEAL_UNCHECKED, /* read, but there was nothing to verify it with */
	UNSEAL_FALSE,     /* the tag is wrong, of a key that was right before */
	UNSEAL_STALE,     /* no key fits, and none did since it was taken */
	UNSEAL_STILL      /* the same, which was said already */
};

struct unseal_note {
	const void *msg; /* of the op that it is about */
	enum unseal_verdict verdict;
	const char *key; /* "glo-unicast", "ded", "glo-broadcast", "general" */
	bool hls;        /* it is the tag within pass 3 or 4 of HLS */
	bool published;  /* the key is a default one, and that is news */
	uint32_t full;   /* a table of so many has no room, said once; or 0 */
};

/* Protected APDUs, by what came of them; not the answers within HLS. */
struct unseal_counts {
	uint64_t right, wrong; /* the tag */
	uint64_t unchecked;    /* read, with nothing to verify */
	uint64_t unfit;        /* no key of the meter fits */
	uint64_t no_key;
};

struct unseal;

/* Octets that it takes of the vault, beside the keys. */
size_t unseal_vault(void);

/* Memory of it beside the vault; zeroed, 64-aligned. */
size_t unseal_size(const struct rules_limits *);

/*
 * The vault is open; all others outlive it.  NULL: no room in the vault, or
 * OpenSSL has not what it takes.
 */
struct unseal *unseal_start(void *memory, const struct rules_limits *,
    struct keyring *, const uint8_t hash_key[SIPHASH_KEY], struct asm_pool *);

/* Before the vault is closed. */
void unseal_end(struct unseal *);

/* Where sessions are known: the state of dlms_world. */
void unseal_know(struct unseal *, void *world);

/*
 * Emits the op, and before it what was within, innermost first; it stands in
 * the op's message then.  flow_id as of the dissector's ctx.
 */
void unseal_op(
    struct unseal *, const struct op *, uint64_t flow_id, struct op_sink *);

const struct unseal_counts *unseal_counts(const struct unseal *);

/* What there is to say of the op at hand, or NULL; unseal may be NULL. */
const struct unseal_note *unseal_note(const struct unseal *, const struct op *);

#endif
