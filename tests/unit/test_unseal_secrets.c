/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that come by the wire, and those that everybody knows: D-30. */
#include <config.h>

#include "tests/unit/unseal.h"

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

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "dedicated keys", test_dedicated },
		{ "keys that are sent", test_transfer },
		{ "keys that are sent unseen", test_transfer_unknown },
		{ "keys that were not taken", test_transfer_unanswered },
		{ "answers to challenges", test_hls },
		{ "keys that everybody knows", test_published },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("unseal_secrets", tests);
}
