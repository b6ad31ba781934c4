/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of keys share: a scene with a keyring, and APDUs that are sealed.
 */
#ifndef TESTS_UNIT_UNSEAL_H
#define TESTS_UNIT_UNSEAL_H

#include <openssl/evp.h>

#include "rules/detector.h"

extern const struct detector dlms_tags_detector, dlms_relay_detector,
    dlms_counter_detector, dlms_keys_detector;
#define SCENE_LIST                                                             \
	&dlms_tags_detector, &dlms_relay_detector, &dlms_counter_detector,     \
	    &dlms_keys_detector

#include "rules/dlms/unseal.h"
#include "rules/vault.h"
#include "tests/unit/meters.h"

#define CLIENT 90
#define METER 1
#define BOTH 0x30

static const uint8_t key[32] = "a key of a meter, all 32 octets", /* 16 */
    auth[32] = "its second key, just as many  ..",
                     other[16] = "not the meter's",
                     master[16] = "wraps the others";
static const uint8_t book[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15 };

static const uint8_t get[] = { 0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0 };
static const uint8_t got[] = { 0xc4, 1, 0xc1, 0, 6, 0, 0, 0, 1 };
static const uint8_t off[] = { 0xc3, 1, 0xc1, 0, 70, 0, 0, 96, 3, 10, 255, 1, 1,
	15, 0 };
static const uint8_t done[] = { 0xc7, 1, 0xc1, 0, 0 };

/* A scene with keys: a set of METER, or of every meter. */
struct lab {
	struct scene s; /* first */
	struct op_sink sink;
	struct keyring *ring;
	struct unseal *u;
	uint32_t set, ic;
	int inner, outer; /* ops that came: within a protected APDU, and all */
	uint8_t tags[16]; /* of those within, in their order */
};

static inline void
hand(struct op_sink *sink, const struct op *op)
{
	struct lab *l =
	    (struct lab *)(void *)((char *)sink - offsetof(struct lab, sink));
	const struct dlms_apdu *a = dlms_msg(op);

	if (op->outer != NULL && op->kind != OP_FLAW && l->inner < 16)
		l->tags[l->inner++] = a->tag;
	l->outer++;
	scene_hand(&l->s, op);
}

static inline void
first(struct scene *s, const struct op *op)
{
	struct lab *l = (struct lab *)s;

	unseal_op(l->u, op, op->pdu->flow, &l->sink);
}

static inline void
put(struct lab *l, enum keyring_use use, const uint8_t *octets, size_t n)
{
	CU_ASSERT(
	    keyring_put(l->ring, l->set, use, (struct bytes){ octets, n }));
}

static inline struct lab *
lab_new(bool any)
{
	static const uint8_t hash_key[SIPHASH_KEY] = { 1 };
	static const struct rules_limits limits = { .meters = 16 };
	struct lab *l = calloc(1, sizeof(*l));
	uint8_t title[BUILD_DLMS_TITLE];

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_EQUAL_FATAL(
	    vault_open(unseal_vault() + keyring_size(4, 16)), 0);
	l->ring = keyring_new(4, 16, hash_key);
	scene_title(title, METER);
	l->set = keyring_add(l->ring, any ? NULL : title);
	l->u = unseal_start(scene_state(NULL, unseal_size(&limits)), &limits,
	    l->ring, hash_key, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l->u);
	scene_keys = l->u;
	scene_start(&l->s, 16);
	unseal_know(l->u, l->s.m);
	l->s.first = first;
	l->sink.emit = hand;
	l->ic = 1000;
	return l;
}

static inline void
lab_free(struct lab *l)
{
	scene_stop(&l->s);
	unseal_end(l->u);
	free(l->u);
	CU_ASSERT_EQUAL(vault_taken(), 0);
	vault_close();
	scene_keys = NULL;
	free(l);
}

struct how {
	uint8_t sc;
	const uint8_t *key, *auth;
	size_t n; /* octets of each */
};

static const struct how usual = { BOTH, key, auth, 16 };

/* SC, counter, text and tag, by OpenSSL as it is. */
static inline void
seal(struct octets *o, struct how h, uint8_t who, uint32_t ic, const uint8_t *p,
    size_t n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t iv[12], text[256], tag[16];
	int m;

	scene_title(iv, who);
	for (int i = 0; i < 4; i++)
		iv[8 + i] = (uint8_t)(ic >> (24 - 8 * i));
	octets_be(o, h.sc, 1);
	octets_put(o, iv + 8, 4);
	EVP_EncryptInit_ex(c, h.n == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(),
	    NULL, h.key, iv);
	EVP_EncryptUpdate(c, NULL, &m, &h.sc, 1);
	EVP_EncryptUpdate(c, NULL, &m, h.auth, (int)h.n);
	if ((h.sc & 0x20) != 0) {
		EVP_EncryptUpdate(c, text, &m, p, (int)n);
		p = text;
	} else {
		EVP_EncryptUpdate(c, NULL, &m, p, (int)n);
	}
	octets_put(o, p, n);
	EVP_EncryptFinal_ex(c, text + n, &m);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 12, tag);
	if ((h.sc & 0x10) != 0)
		octets_put(o, tag, 12);
	EVP_CIPHER_CTX_free(c);
}

static inline struct octets
sealed(uint8_t outer, struct how h, uint8_t who, uint32_t ic, const uint8_t *p,
    size_t n)
{
	struct octets o = { .n = 0 }, body = { .n = 0 };

	seal(&body, h, who, ic, p, n);
	octets_be(&o, outer, 1);
	octets_be(&o, body.n, 1);
	octets_put(&o, body.p, body.n);
	return o;
}

/* A service-specific APDU from the client (0) or the meter (1). */
static inline void
say(struct lab *l, unsigned dir, uint8_t outer, struct how h, const uint8_t *p,
    size_t n)
{
	struct octets o =
	    sealed(outer, h, dir == 0 ? CLIENT : METER, l->ic++, p, n);

	scene_unit(&l->s, dir, &o);
}

#define SAY(l, dir, outer, how, apdu)                                          \
	say(l, dir, outer, how, apdu, sizeof(apdu))

/* Titles are told; nothing is protected. */
static inline void
log_in(struct lab *l)
{
	scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 0);
	l->inner = l->outer = 0;
}

static inline const struct event *
last(const struct lab *l, const char *det)
{
	static const struct event none;

	for (int i = l->s.n; i-- > 0;)
		if (strcmp(l->s.events[i].det, det) == 0)
			return &l->s.events[i];
	return &none;
}

/* initiateRequest with a dedicated key, ciphered in the AARQ. */
static inline void
log_in_dedicated(struct lab *l, const uint8_t *dedicated)
{
	uint8_t plain[64] = { 1, 1, 16 }, t[BUILD_DLMS_TITLE];
	static const uint8_t rest[] = { 0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e,
		0x1f, 4, 0xb0 };
	struct build_dlms_acse a = {
		.context = 3, .mechanism = 5, .title = t, .secret = "challenge"
	};
	struct octets o = { .n = 0 };

	memcpy(plain + 3, dedicated, 16);
	memcpy(plain + 19, rest, sizeof(rest));
	scene_title(t, CLIENT);
	a.user = sealed(0x21, usual, CLIENT, l->ic++, plain, 19 + sizeof(rest));
	build_dlms_aarq(&o, &a);
	scene_unit(&l->s, 0, &o);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 0);
}

#endif
