/* SPDX-License-Identifier: Apache-2.0 */
/* What keys open, and what they say when they do not: D-29, D-30. */
#include <config.h>

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

static void
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

static void
first(struct scene *s, const struct op *op)
{
	struct lab *l = (struct lab *)s;

	unseal_op(l->u, op, op->pdu->flow, &l->sink);
}

static void
put(struct lab *l, enum keyring_use use, const uint8_t *octets, size_t n)
{
	CU_ASSERT(
	    keyring_put(l->ring, l->set, use, (struct bytes){ octets, n }));
}

static struct lab *
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

static void
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
static void
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

static struct octets
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
static void
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
static void
log_in(struct lab *l)
{
	scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 0);
	l->inner = l->outer = 0;
}

static const struct event *
last(const struct lab *l, const char *det)
{
	static const struct event none;

	for (int i = l->s.n; i-- > 0;)
		if (strcmp(l->s.events[i].det, det) == 0)
			return &l->s.events[i];
	return &none;
}

static void
test_opened(void)
{
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	CU_ASSERT_EQUAL(l->outer, 2);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(l->tags[0], 0xc0);
	/* the outer one came last, and has it within */
	CU_ASSERT_EQUAL(l->s.view->apdu->tag, 0xc8);
	CU_ASSERT_PTR_NOT_NULL(l->s.view->request);
	SAY(l, 1, 0xcc, usual, got);
	SAY(l, 0, 0xcb, usual, off);
	SAY(l, 1, 0xcf, usual, done);
	CU_ASSERT_EQUAL(l->inner, 4);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-40"), 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* Wrong under a key that was right: each time; nothing of it is read. */
static void
test_false(void)
{
	struct lab *l = lab_new(false);
	struct octets o;

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	for (int i = 0; i < 2; i++) {
		o = sealed(0xcb, usual, CLIENT, l->ic++, off, sizeof(off));
		o.p[10] ^= 1;
		scene_unit(&l->s, 0, &o);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-40"), 0);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(last(l, "D-29"), "key"), "glo-unicast");
	CU_ASSERT_EQUAL(last(l, "D-29")->frame, l->s.talk.pdu.frame);
	/* a repeat of HDLC is no second one */
	o.p[10] ^= 3;
	l->s.repeated = true;
	scene_unit(&l->s, 0, &o);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	lab_free(l);
}

/* A key that never fitted is said once, as what it is, until one fits. */
static void
test_stale(void)
{
	struct lab *l = lab_new(false);
	struct how wrong = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	for (int i = 0; i < 3; i++) {
		SAY(l, 0, 0xc8, wrong, get);
		SAY(l, 1, 0xcc, wrong, got);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(l->inner, 0);
	SAY(l, 0, 0xc8, usual, get);
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->unfit, 6);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->right, 1);
	CU_ASSERT_EQUAL(unseal_counts(l->u)->wrong, 1);
	lab_free(l);
}

/* One of "also", or of another set of the title, is as good. */
static void
test_several(void)
{
	struct lab *l = lab_new(false);
	struct how second = { BOTH, other, auth, 16 };
	struct how third = { BOTH, master, master, 16 };
	uint8_t title[BUILD_DLMS_TITLE];

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_ENCRYPTION, other, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	scene_title(title, METER);
	l->set = keyring_add(l->ring, title);
	put(l, KEYRING_ENCRYPTION, master, 16);
	put(l, KEYRING_AUTHENTICATION, master, 16);
	log_in(l);
	for (int i = 0; i < 2; i++) {
		SAY(l, 0, 0xc8, second, get);
		SAY(l, 0, 0xc8, usual, get);
		SAY(l, 0, 0xc8, third, get);
	}
	CU_ASSERT_EQUAL(l->inner, 6);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* Without the second key text is read when it makes sense, and not else. */
static void
test_unchecked(void)
{
	struct lab *l = lab_new(true);
	struct how text = { 0x20, key, auth, 16 };
	struct how wrong = { 0x20, other, auth, 16 };
	struct how clear = { 0x10, key, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get);
	SAY(l, 0, 0xc8, text, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* no tag was wrong: it may be something that we cannot read */
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* in clear it is read, but never verified */
	SAY(l, 0, 0xc8, clear, get);
	CU_ASSERT_EQUAL(l->inner, 3);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);

	l = lab_new(true);
	put(l, KEYRING_ENCRYPTION, key, 16);
	log_in(l);
	SAY(l, 0, 0xc8, clear, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	SAY(l, 0, 0xc8, wrong, get);
	SAY(l, 0, 0xc8, wrong, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_NOTICE);
	lab_free(l);
}

static void
test_suites(void)
{
	struct lab *l = lab_new(false);
	struct how large = { BOTH | 2, key, auth, 32 };
	struct how one = { BOTH | 1, key, auth, 16 };
	struct how small = { BOTH | 2, key, auth, 16 };
	struct how packed = { BOTH | 0x80, key, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, one, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	/* no key of suite 2 is there: nobody can say that it is wrong */
	SAY(l, 0, 0xc8, small, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	put(l, KEYRING_ENCRYPTION, key, 32);
	put(l, KEYRING_AUTHENTICATION, auth, 32);
	SAY(l, 0, 0xc8, large, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	/* compressed: verified, and not read */
	SAY(l, 0, 0xc8, packed, get);
	CU_ASSERT_EQUAL(l->inner, 2);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

/* initiateRequest with a dedicated key, ciphered in the AARQ. */
static void
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

/* Of a log-in to a meter that nobody knows yet, too. */
static void
test_dedicated(void)
{
	struct lab *l = lab_new(false);
	struct how ded = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in_dedicated(l, other);
	CU_ASSERT_EQUAL(l->tags[0], DLMS_INITIATE_REQUEST);
	CU_ASSERT_EQUAL(l->inner, 1);
	SAY(l, 0, 0xd0, ded, get);
	SAY(l, 1, 0xd4, ded, got);
	CU_ASSERT_EQUAL(l->inner, 3);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-33"), 0);
	/* the next association has another one */
	log_in_dedicated(l, master);
	SAY(l, 0, 0xd0, ded, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_STRING_EQUAL(scene_why(last(l, "D-29"), "key"), "ded");
	ded.key = master;
	l->inner = 0;
	SAY(l, 0, 0xd0, ded, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	/* and one that is in clear has none */
	log_in(l);
	SAY(l, 0, 0xd0, ded, get);
	CU_ASSERT_EQUAL(l->inner, 0);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	lab_free(l);
}

/* Method 2 of a security setup with one wrapped key. */
static void
send_key(struct lab *l, uint8_t id, const uint8_t *fresh, const uint8_t *wraps)
{
	uint8_t apdu[64] = { 0xc3, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 1, 1,
		1, 2, 2, 0x16, id, 9, 24 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	EVP_CIPHER_CTX_set_flags(c, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	EVP_EncryptInit_ex(c, EVP_aes_128_wrap(), NULL, wraps, NULL);
	EVP_EncryptUpdate(c, apdu + 21, &n, fresh, 16);
	EVP_CIPHER_CTX_free(c);
	say(l, 0, 0xcb, usual, apdu, 45);
}

static void
test_transfer(void)
{
	struct lab *l = lab_new(true);
	struct how fresh = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	put(l, KEYRING_MASTER, master, 16);
	log_in(l);
	send_key(l, 0, other, master);
	SAY(l, 0, 0xc8, fresh, get); /* not yet: the meter has not said so */
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	SAY(l, 1, 0xcf, usual, done);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-35"), 1);
	l->inner = 0;
	l->ic = 1; /* with the key the counter begins anew */
	SAY(l, 0, 0xc8, fresh, get);
	SAY(l, 1, 0xcc, fresh, got);
	CU_ASSERT_EQUAL(l->inner, 2);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-24"), 0);
	lab_free(l);
}

/* A key that cannot be unwrapped: the old one is no longer expected to fit. */
static void
test_transfer_unknown(void)
{
	static const uint8_t refused[] = { 0xc7, 1, 0xc1, 3, 0 };
	struct lab *l = lab_new(false);
	struct how fresh = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	send_key(l, 0, other, master);
	SAY(l, 1, 0xcf, usual, refused);
	SAY(l, 0, 0xc8, fresh, get);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	send_key(l, 0, other, master);
	SAY(l, 1, 0xcf, usual, done);
	SAY(l, 0, 0xc8, fresh, get);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	lab_free(l);
}

/* What the meter did not answer it has not taken, whatever it does next. */
static void
test_transfer_unanswered(void)
{
	static const uint8_t more[] = { 0xc7, 4, 0xc1, 0, 0, 0, 1 };
	struct lab *l = lab_new(false);
	struct how fresh = { BOTH, other, auth, 16 };

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	put(l, KEYRING_MASTER, master, 16);
	log_in(l);
	send_key(l, 0, other, master);
	SAY(l, 0, 0xcb, usual, off);
	SAY(l, 1, 0xcf, usual, done);
	SAY(l, 0, 0xc8, fresh, get);
	CU_ASSERT_EQUAL(last(l, "D-29")->severity, SEVERITY_ERROR);
	/* the next block is asked for: that is no end */
	send_key(l, 0, other, master);
	SAY(l, 1, 0xcf, usual, more);
	SAY(l, 1, 0xcf, usual, done);
	l->inner = 0;
	SAY(l, 0, 0xc8, fresh, get);
	CU_ASSERT_EQUAL(l->inner, 1);
	lab_free(l);
}

/* f(challenge) of HLS: SC 10, counter and the tag over the challenge. */
static void
answer(struct lab *l, unsigned dir, const uint8_t *with, bool client)
{
	static const uint8_t ask[] = { 0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0,
		255, 1, 1, 9, 17 };
	static const uint8_t reply[] = { 0xc7, 1, 0xc1, 0, 1, 0, 9, 17 };
	struct how h = { 0x10, with, auth, 16 };
	struct octets f = { .n = 0 }, o = { .n = 0 };

	seal(&f, h, client ? CLIENT : METER, 77, (const uint8_t *)"challenge",
	    9);
	memmove(f.p + 5, f.p + 5 + 9, 12); /* the challenge is not sent */
	octets_put(
	    &o, dir == 0 ? ask : reply, dir == 0 ? sizeof(ask) : sizeof(reply));
	octets_put(&o, f.p, 17);
	say(l, dir, dir == 0 ? 0xcb : 0xcf, usual, o.p, o.n);
}

static void
test_hls(void)
{
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 14);
	answer(l, 0, key, true);
	answer(l, 1, key, false);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	/* the meter sends back what the client made */
	scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 14);
	answer(l, 0, key, true);
	answer(l, 1, key, true);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 1);
	CU_ASSERT_STRING_EQUAL(scene_why(last(l, "D-29"), "hls_pass"), "4");
	scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	scene_aare(&l->s, BUILD_DLMS_GMAC, METER, 0, 14);
	answer(l, 0, other, true);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 2);
	CU_ASSERT_STRING_EQUAL(scene_why(last(l, "D-29"), "hls_pass"), "3");
	lab_free(l);
}

/* D-30: the file has it, or nobody does; said once. */
static void
test_published(void)
{
	struct how h = { BOTH, book, other, 16 };
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, book, 16);
	put(l, KEYRING_AUTHENTICATION, other, 16);
	log_in(l);
	SAY(l, 0, 0xc8, h, get);
	SAY(l, 1, 0xcc, h, got);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-30"), 1);
	l->s.at += 86400;
	SAY(l, 0, 0xc8, h, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-30"), 1);
	lab_free(l);

	l = lab_new(false);
	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l);
	SAY(l, 0, 0xc8, usual, get); /* today's look is this one */
	SAY(l, 0, 0xc8, h, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-30"), 0);
	l->s.at += 86400;
	SAY(l, 0, 0xc8, h, get);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-30"), 1);
	CU_ASSERT_EQUAL(last(l, "D-30")->severity, SEVERITY_ALARM);
	lab_free(l);
}

/* Of more associations than there is room for the oldest is forgotten. */
static void
test_crowd(void)
{
	struct lab *l = lab_new(false);

	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	l->s.talk.pdu.state = KNOW_MIDSTREAM; /* nobody minds */
	for (int i = 0; i < 4096; i++) {
		l->s.flow += UINT64_C(1) << 32;
		scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	}
	CU_ASSERT_STRING_NOT_EQUAL(
	    scene_why(last(l, "H-8"), "P.Detection"), "D-29");
	l->s.n = 0;
	for (int i = 0; i < 2; i++) {
		l->s.flow += UINT64_C(1) << 32;
		scene_aarq(&l->s, BUILD_DLMS_GMAC, CLIENT);
	}
	CU_ASSERT_EQUAL(scene_says(&l->s, "H-8"), 1);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(last(l, "H-8"), "P.Detection"), "D-29");
	lab_free(l);
}

/* A title that another one claims at its address is not who it was. */
static void
test_guess(void)
{
	struct lab *l = lab_new(false);
	uint8_t title[BUILD_DLMS_TITLE];

	put(l, KEYRING_ENCRYPTION, other, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	scene_title(title, METER + 1);
	l->set = keyring_add(l->ring, title);
	put(l, KEYRING_ENCRYPTION, key, 16);
	put(l, KEYRING_AUTHENTICATION, auth, 16);
	log_in(l); /* METER is there */
	l->s.flow++;
	log_in_dedicated(l, master); /* by the key of the other one */
	CU_ASSERT_EQUAL(l->inner, 1);
	CU_ASSERT_EQUAL(scene_says(&l->s, "D-29"), 0);
	lab_free(l);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what is opened, and in which order", test_opened },
		{ "a tag that is wrong", test_false },
		{ "a key that is not the meter's", test_stale },
		{ "several keys", test_several },
		{ "text without a tag to check", test_unchecked },
		{ "suites, and what is compressed", test_suites },
		{ "dedicated keys", test_dedicated },
		{ "keys that are sent", test_transfer },
		{ "keys that are sent unseen", test_transfer_unknown },
		{ "keys that were not taken", test_transfer_unanswered },
		{ "answers to challenges", test_hls },
		{ "keys that everybody knows", test_published },
		{ "a meter that is only a guess", test_guess },
		{ "many associations", test_crowd },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("unseal", tests);
}
