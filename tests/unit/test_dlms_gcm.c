/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GCM of the security suites against the vectors of protocol descriptions
 * (EK 00..0F, AK D0..DF, title 4D4D4D0000BC614E, counter 01234567), and the
 * wrap of RFC 3394, 4.1 and 4.6.
 */
#include <config.h>

#include "rules/dlms/cipher.h"
#include "rules/vault.h"
#include "tests/driver.h"

static const uint8_t iv[CIPHER_IV] = { 0x4d, 0x4d, 0x4d, 0, 0, 0xbc, 0x61, 0x4e,
	0x01, 0x23, 0x45, 0x67 };
static const uint8_t get_clock[] = { 0xc0, 0x01, 0x00, 0x00, 0x08, 0x00, 0x00,
	0x01, 0x00, 0x00, 0xff, 0x02, 0x00 };
static const uint8_t ciphered[] = { 0x41, 0x13, 0x12, 0xff, 0x93, 0x5a, 0x47,
	0x56, 0x68, 0x27, 0xc4, 0x67, 0xbc };
static const uint8_t tag_both[] = { 0x7d, 0x82, 0x5c, 0x3b, 0xe4, 0xa7, 0x7c,
	0x3f, 0xcc, 0x05, 0x6b, 0x6b };
static const uint8_t tag_auth[] = { 0x06, 0x72, 0x5d, 0x91, 0x0f, 0x92, 0x21,
	0xd2, 0x63, 0x87, 0x75, 0x16 };
static uint8_t ek[32], ak[16];
static struct ciphers *all;

static struct dlms_cipher
unit(uint8_t sc)
{
	struct dlms_cipher c = { .there = true,
		.sc = sc,
		.text = { (sc & 0x20) != 0 ? ciphered : get_clock,
		    sizeof(get_clock) } };

	if ((sc & 0x10) != 0)
		c.tag = (struct bytes){ (sc & 0x20) != 0 ? tag_both : tag_auth,
			12 };
	return c;
}

static enum cipher_result
open_by(uint64_t id, const struct dlms_cipher *c, size_t auth, uint8_t *to)
{
	struct cipher_key key = { id, { ek, 16 } };

	return cipher_open(all, &key, (struct bytes){ ak, auth }, iv, c, to);
}

static void
test_vectors(void)
{
	struct dlms_cipher both = unit(0x30), text = unit(0x20),
	                   auth = unit(0x10);
	uint8_t to[16] = { 0 };

	/* twice: the second time the key is there */
	for (int i = 0; i < 2; i++) {
		memset(to, 0, sizeof(to));
		CU_ASSERT_EQUAL(open_by(7, &both, 16, to), CIPHER_RIGHT);
		CU_ASSERT_EQUAL(memcmp(to, get_clock, sizeof(get_clock)), 0);
		CU_ASSERT_EQUAL(open_by(7, &text, 16, to), CIPHER_UNCHECKED);
		CU_ASSERT_EQUAL(memcmp(to, get_clock, sizeof(get_clock)), 0);
		CU_ASSERT_EQUAL(open_by(7, &auth, 16, to), CIPHER_RIGHT);
	}
	memset(to, 0, sizeof(to));
	CU_ASSERT_EQUAL(open_by(7, &both, 0, to), CIPHER_UNCHECKED);
	CU_ASSERT_EQUAL(memcmp(to, get_clock, sizeof(get_clock)), 0);
}

/* Each octet of header, text and tag counts; nothing of it is handed out. */
static void
test_tampered(void)
{
	static const uint8_t none[16];
	uint8_t copy[sizeof(ciphered)], tag[12], to[16] = { 0 };

	for (size_t i = 0; i < sizeof(copy) + sizeof(tag) + 1; i++) {
		struct dlms_cipher c = unit(0x30);

		memcpy(copy, ciphered, sizeof(copy));
		memcpy(tag, tag_both, sizeof(tag));
		c.text.p = copy;
		c.tag.p = tag;
		if (i < sizeof(copy))
			copy[i] ^= 1;
		else if (i < sizeof(copy) + sizeof(tag))
			tag[i - sizeof(copy)] ^= 0x80;
		else
			c.sc ^= 1;
		CU_ASSERT_EQUAL(open_by(7, &c, 16, to), CIPHER_WRONG);
		CU_ASSERT_EQUAL(memcmp(to, none, sizeof(copy)), 0);
	}
}

/* Keys that fall on one place of the cache are not mixed up. */
static void
test_places(void)
{
	struct dlms_cipher c = unit(0x30);
	struct cipher_key other = { 7 + CIPHER_CACHE, { ak, 16 } };
	struct cipher_key once = { 0, { ek, 16 } };
	struct bytes auth = { ak, 16 };
	uint8_t to[16];

	CU_ASSERT_EQUAL(open_by(7, &c, 16, to), CIPHER_RIGHT);
	CU_ASSERT_EQUAL(
	    cipher_open(all, &other, auth, iv, &c, to), CIPHER_WRONG);
	CU_ASSERT_EQUAL(open_by(7, &c, 16, to), CIPHER_RIGHT);
	CU_ASSERT_EQUAL(
	    cipher_open(all, &once, auth, iv, &c, to), CIPHER_RIGHT);
	once.octets.p = ak;
	CU_ASSERT_EQUAL(
	    cipher_open(all, &once, auth, iv, &c, to), CIPHER_WRONG);
}

/* The GMAC of HLS: SC 10, counter 1, over the server's challenge. */
static void
test_hls(void)
{
	static const uint8_t title[CIPHER_IV] = { 0x4d, 0x4d, 0x4d, 0, 0, 0, 0,
		1, 0, 0, 0, 1 };
	static const uint8_t tag[] = { 0x1a, 0x52, 0xfe, 0x7d, 0xd3, 0xe7, 0x27,
		0x48, 0x97, 0x3c, 0x1e, 0x28 };
	struct dlms_cipher c = { .sc = 0x10,
		.text = { (const uint8_t *)"P6wRJ21F", 8 },
		.tag = { tag, 12 } };
	struct cipher_key key = { 9, { ek, 16 } };
	struct bytes auth = { ak, 16 };

	CU_ASSERT_EQUAL(
	    cipher_open(all, &key, auth, title, &c, NULL), CIPHER_RIGHT);
	c.text.n--;
	CU_ASSERT_EQUAL(
	    cipher_open(all, &key, auth, title, &c, NULL), CIPHER_WRONG);
}

static void
test_wrap(void)
{
	static const uint8_t small[] = { 0x1f, 0xa6, 0x8b, 0x0a, 0x81, 0x12,
		0xb4, 0x47, 0xae, 0xf3, 0x4b, 0xd8, 0xfb, 0x5a, 0x7b, 0x82,
		0x9d, 0x3e, 0x86, 0x23, 0x71, 0xd2, 0xcf, 0xe5 };
	static const uint8_t large[] = { 0x28, 0xc9, 0xf4, 0x04, 0xc4, 0xb8,
		0x10, 0xf4, 0xcb, 0xcc, 0xb3, 0x5c, 0xfb, 0x87, 0xf8, 0x26,
		0x3f, 0x57, 0x86, 0xe2, 0xd8, 0x0e, 0xd3, 0x26, 0xcb, 0xc7,
		0xf0, 0xe7, 0x1a, 0x99, 0xf4, 0x3b, 0xfb, 0x98, 0x8b, 0x9b,
		0x7a, 0x02, 0xdd, 0x21 };
	uint8_t to[32];

	CU_ASSERT_EQUAL(cipher_unwrap(all, (struct bytes){ ek, 16 },
	                    (struct bytes){ small, sizeof(small) }, to),
	    16);
	CU_ASSERT_EQUAL(to[0], 0x00);
	CU_ASSERT_EQUAL(to[15], 0xff);
	CU_ASSERT_EQUAL(cipher_unwrap(all, (struct bytes){ ek, 32 },
	                    (struct bytes){ large, sizeof(large) }, to),
	    32);
	CU_ASSERT_EQUAL(to[15], 0xff);
	CU_ASSERT_EQUAL(to[31], 0x0f);
	CU_ASSERT_EQUAL(cipher_unwrap(all, (struct bytes){ ak, 16 },
	                    (struct bytes){ small, sizeof(small) }, to),
	    0);
	CU_ASSERT_EQUAL(cipher_unwrap(all, (struct bytes){ ek, 16 },
	                    (struct bytes){ small, 16 }, to),
	    0);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "authenticated, enciphered, both", test_vectors },
		{ "one bit that is wrong", test_tampered },
		{ "keys at one place", test_places },
		{ "the answer to a challenge", test_hls },
		{ "keys that are wrapped", test_wrap },
		CU_TEST_INFO_NULL,
	};
	int failed;

	for (uint8_t i = 0; i < 32; i++)
		ek[i] = i;
	for (uint8_t i = 0; i < 16; i++)
		ak[i] = (uint8_t)(0xd0 + i);
	if (!vault_hook() || vault_open(CIPHER_VAULT) != 0 ||
	    (all = ciphers_new()) == NULL)
		return 2;
	failed = driver_run("dlms_gcm", tests);
	ciphers_free(all);
	/* nothing that OpenSSL keeps beyond the vault */
	failed |= vault_taken() != 0;
	vault_close();
	return failed;
}
