/* SPDX-License-Identifier: Apache-2.0 */
/* MACs of IEC 62351-6 against another way to compute them; G-19 and G-20. */
#include <config.h>

#include <errno.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "rules/vault.h"
#include "tests/unit/goose_rules.h"

#define APDU 40
#define MAC_AT 50

static const uint8_t key[32] = "made up for this test, no other";
static uint8_t octets[2 + 128]; /* the ethertype, then the frame */

/* An extension of 10 octets and the MAC behind an APDU. */
static struct goose_pdu
unit(size_t mac)
{
	struct goose_pdu p = { .tag = GOOSE_PDU };

	octets[0] = 0x88;
	octets[1] = 0xb8;
	for (size_t i = 2; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	p.whole = (struct bytes){ octets + 2, MAC_AT + mac };
	p.auth.reading = GOOSE_RESERVED1;
	p.auth.octets = (struct bytes){ octets + 2 + APDU, 10 + mac };
	p.auth.mac = (struct bytes){ octets + 2 + MAC_AT, mac };
	p.auth.iv = (struct bytes){ octets + 2, 12 };
	p.auth.has = GOOSE_AUTH_KEY_ID;
	p.auth.key_id = 7;
	return p;
}

static void
sign_hmac(size_t from, size_t to, size_t mac)
{
	uint8_t out[32];

	HMAC(EVP_sha256(), key, sizeof(key), octets + from, to - from, out,
	    NULL);
	memcpy(octets + 2 + MAC_AT, out, mac);
}

static void
sign_gmac(size_t from, size_t to, size_t mac)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t out[16];
	int n;

	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, octets + 2);
	EVP_EncryptUpdate(c, NULL, &n, octets + from, (int)(to - from));
	EVP_EncryptFinal_ex(c, out, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out);
	EVP_CIPHER_CTX_free(c);
	memcpy(octets + 2 + MAC_AT, out, mac);
}

static int
add(struct goose_keys *k, uint32_t id, enum goose_algorithm a, size_t n)
{
	struct goose_key g = { .id = id, .algorithm = a, .octets = { key, n } };

	return goose_keys_add(k, &g);
}

static struct goose_keys *
keys_of(uint32_t id, enum goose_algorithm a, size_t n)
{
	struct goose_keys *k;

	CU_ASSERT_EQUAL_FATAL(vault_open(GOOSE_KEYS_VAULT), 0);
	k = goose_keys_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_EQUAL(add(k, id, a, n), 0);
	return k;
}

static void
drop(struct goose_keys *k)
{
	goose_keys_free(k);
	CU_ASSERT_EQUAL(vault_taken(), 0);
	vault_close();
}

static void
test_algorithms(void)
{
	static const struct {
		enum goose_algorithm algorithm;
		size_t key, mac;
		void (*sign)(size_t from, size_t to, size_t mac);
	} rows[] = {
		{ GOOSE_HMAC_SHA256_80, 32, 10, sign_hmac },
		{ GOOSE_HMAC_SHA256_128, 32, 16, sign_hmac },
		{ GOOSE_HMAC_SHA256_256, 32, 32, sign_hmac },
		{ GOOSE_GMAC_64, 16, 8, sign_gmac },
		{ GOOSE_GMAC_128, 16, 16, sign_gmac },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct goose_pdu p = unit(rows[i].mac);
		struct goose_keys *k =
		    keys_of(7, rows[i].algorithm, rows[i].key);

		/* from the ethertype or APPID, to the APDU's end or the MAC */
		for (size_t from = 0; from <= 2; from += 2)
			for (size_t to = APDU; to <= MAC_AT; to += 10) {
				rows[i].sign(from, 2 + to, rows[i].mac);
				CU_ASSERT_EQUAL(
				    goose_keys_check(k, &p), GOOSE_MAC_RIGHT);
			}
		octets[2 + APDU - 1] ^= 1;
		CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_WRONG);
		p.auth.key_id = 8;
		CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_NO_KEY);
		octets[2 + APDU - 1] ^= 1;
		p.auth.has = 0; /* none is named: each is tried */
		CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_RIGHT);
		p.auth.mac.n--;
		CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_UNCHECKED);
		drop(k);
	}
}

static void
test_refused(void)
{
	struct goose_keys *k = keys_of(0, GOOSE_HMAC_SHA256_80, 32);

	CU_ASSERT_EQUAL(add(k, 1, GOOSE_GMAC_128, 20), -EINVAL);
	CU_ASSERT_EQUAL(add(k, 1, GOOSE_HMAC_SHA256_80, 0), -EINVAL);
	CU_ASSERT_EQUAL(goose_keys_count(k), 1);
	for (uint32_t i = 1; i < GOOSE_KEYS; i++)
		CU_ASSERT_EQUAL(add(k, i, GOOSE_HMAC_SHA256_80, 32), 0);
	CU_ASSERT_EQUAL(add(k, 1, GOOSE_HMAC_SHA256_80, 32), -ENOSPC);
	drop(k);
	CU_ASSERT_EQUAL(goose_keys_count(NULL), 0);
	CU_ASSERT_PTR_NULL(goose_keys_new()); /* no vault, no keys */
}

/* A key of one control block is for no other one, whatever id there is. */
static void
test_control_block(void)
{
	struct goose_keys *k = keys_of(8, GOOSE_HMAC_SHA256_128, 32);
	struct goose_key g = { .any_id = true,
		.gocbref = "IED1LD0/LLN0$GO$gcb1",
		.algorithm = GOOSE_HMAC_SHA256_128,
		.octets = { key, 32 } };
	struct goose_pdu p = unit(16);

	CU_ASSERT_EQUAL(goose_keys_add(k, &g), 0);
	sign_hmac(0, 2 + APDU, 16);
	p.gocbref = (struct bytes){ (const uint8_t *)g.gocbref, 20 };
	CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_RIGHT);
	p.gocbref.n--;
	CU_ASSERT_EQUAL(goose_keys_check(k, &p), GOOSE_MAC_NO_KEY);
	drop(k);
}

static void
secure(struct site *s, const struct goose_pdu *p)
{
	s->unit.auth = p->auth;
	s->unit.whole = p->whole;
}

static void
test_said(void)
{
	struct goose_keys *k = keys_of(7, GOOSE_HMAC_SHA256_128, 32);
	struct site *s = site_new(16, k);
	struct goose_pdu p = unit(16);

	secure(s, &p);
	sign_hmac(0, 2 + APDU, 16);
	after(s, 0);
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	octets[2 + MAC_AT] ^= 1;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-19", &EV_GOOSE_MAC_VERIFY_FAIL, 5));
	CU_ASSERT(!s->ev[0].doubtful);
	CU_ASSERT_EQUAL(why(&s->ev[0], "key_id"), 7);

	/* a new key may be on its way for a minute */
	s->unit.auth.key_id = 8;
	repeat(s, 60, 1000);
	CU_ASSERT_EQUAL(s->n, 1);
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-20", &EV_GOOSE_UNEXPECTED_KEYID, 67));
	site_free(s);

	s = site_new(16, k); /* the layout may be another */
	secure(s, &p);
	after(s, 0);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-19", &EV_GOOSE_MAC_VERIFY_FAIL, 1));
	CU_ASSERT(s->ev[0].doubtful);
	site_free(s);
	drop(k);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "every algorithm, every layout", test_algorithms },
		{ "keys that cannot be", test_refused },
		{ "of one control block", test_control_block },
		{ "what is said", test_said },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("goose_keys", tests);
}
