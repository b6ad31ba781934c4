/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of keys by title, those of every meter, and keys that a meter took. */
#include <config.h>

#include <string.h>

#include "rules/dlms/keyring.h"
#include "rules/vault.h"
#include "tests/driver.h"

#define SETS 40

static const uint8_t hash_key[SIPHASH_KEY] = { 1 };
static const uint8_t key[KEYRING_KEY] = { 1, 2, 3 };

static struct keyring *
ring(uint32_t sets, uint32_t keys)
{
	CU_ASSERT_EQUAL_FATAL(vault_open(keyring_size(sets, keys)), 0);
	return keyring_new(sets, keys, hash_key);
}

static uint32_t
add(struct keyring *r, uint8_t number)
{
	uint8_t title[KEYRING_TITLE] = { 'M', 'T', 'R', [7] = number };

	return keyring_add(r, title);
}

static uint32_t
find(const struct keyring *r, uint8_t number)
{
	uint8_t title[KEYRING_TITLE] = { 'M', 'T', 'R', [7] = number };

	return keyring_find(r, title);
}

static bool
put(struct keyring *r, uint32_t set, enum keyring_use use, uint8_t first)
{
	uint8_t octets[16] = { first };

	return keyring_put(r, set, use, (struct bytes){ octets, 16 });
}

static uint8_t
first_octet(const struct keyring *r, uint32_t k)
{
	return k == KEYRING_NONE ? 0 : keyring_key(r, k)->octets[0];
}

static void
test_found(void)
{
	struct keyring *r = ring(SETS, SETS);
	uint32_t second, any;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_EQUAL(keyring_any(r), KEYRING_NONE);
	for (uint8_t i = 1; i < SETS; i++)
		CU_ASSERT_EQUAL(add(r, i), i - 1u);
	for (uint8_t i = 1; i < SETS; i++)
		CU_ASSERT_EQUAL(find(r, i), i - 1u);
	CU_ASSERT_EQUAL(find(r, SETS), KEYRING_NONE);
	second = add(r, 7);
	any = keyring_add(r, NULL);
	CU_ASSERT_EQUAL(find(r, 7), 6);
	CU_ASSERT_EQUAL(keyring_same(r, 6), second);
	CU_ASSERT_EQUAL(keyring_same(r, second), KEYRING_NONE);
	CU_ASSERT_EQUAL(keyring_same(r, 3), KEYRING_NONE);
	CU_ASSERT_EQUAL(keyring_any(r), any);
	CU_ASSERT_EQUAL(keyring_sets(r), SETS + 1u);
	vault_close();
}

static void
test_keys(void)
{
	struct keyring *r = ring(1, 4);
	uint32_t set = add(r, 1), k;

	CU_ASSERT(put(r, set, KEYRING_ENCRYPTION, 10));
	CU_ASSERT(put(r, set, KEYRING_AUTHENTICATION, 20));
	CU_ASSERT(put(r, set, KEYRING_ENCRYPTION, 11));
	CU_ASSERT_FALSE(
	    keyring_put(r, set, KEYRING_MASTER, (struct bytes){ key, 24 }));
	CU_ASSERT(keyring_put(
	    r, set, KEYRING_MASTER, (struct bytes){ key, KEYRING_KEY }));
	k = keyring_set(r, set)->first[KEYRING_ENCRYPTION];
	CU_ASSERT_EQUAL(first_octet(r, k), 10);
	k = keyring_key(r, k)->next;
	CU_ASSERT_EQUAL(first_octet(r, k), 11);
	CU_ASSERT_EQUAL(keyring_key(r, k)->next, KEYRING_NONE);
	CU_ASSERT_EQUAL(
	    keyring_set(r, set)->first[KEYRING_BROADCAST], KEYRING_NONE);
	vault_close();
}

/* Of a set for every meter the one that took a key gets its own. */
static void
test_renewed(void)
{
	struct keyring *r = ring(1, 2);
	uint32_t any = keyring_add(r, NULL), own, k;
	uint8_t title[KEYRING_TITLE] = { 'M', 'T', 'R', [7] = 9 };
	uint8_t octets[16] = { 77 };
	struct bytes fresh = { octets, 16 };

	CU_ASSERT(put(r, any, KEYRING_ENCRYPTION, 10));
	CU_ASSERT(put(r, any, KEYRING_AUTHENTICATION, 20));
	own = keyring_renew(r, any, title, KEYRING_ENCRYPTION, fresh);
	CU_ASSERT_NOT_EQUAL_FATAL(own, KEYRING_NONE);
	CU_ASSERT_NOT_EQUAL(own, any);
	CU_ASSERT_EQUAL(find(r, 9), own);
	k = keyring_set(r, own)->first[KEYRING_ENCRYPTION];
	CU_ASSERT_EQUAL(first_octet(r, k), 77);
	CU_ASSERT_EQUAL(first_octet(r, keyring_key(r, k)->next), 10);
	k = keyring_set(r, own)->first[KEYRING_AUTHENTICATION];
	CU_ASSERT_EQUAL(first_octet(r, k), 20);
	k = keyring_set(r, any)->first[KEYRING_ENCRYPTION];
	CU_ASSERT_EQUAL(first_octet(r, k), 10);
	/* its own by now: no further set */
	CU_ASSERT_EQUAL(
	    keyring_renew(r, own, title, KEYRING_MASTER, fresh), own);
	/* what it has already comes to the front, and takes no room */
	octets[0] = 10;
	k = keyring_keys(r);
	keyring_renew(r, own, title, KEYRING_ENCRYPTION, fresh);
	CU_ASSERT_EQUAL(keyring_keys(r), k);
	k = keyring_set(r, own)->first[KEYRING_ENCRYPTION];
	CU_ASSERT_EQUAL(first_octet(r, k), 10);
	CU_ASSERT_EQUAL(first_octet(r, keyring_key(r, k)->next), 77);
	vault_close();
}

/* Of many the oldest makes room, as another key; and there is an end. */
static void
test_renewed_often(void)
{
	struct keyring *r = ring(1, 2);
	uint32_t any = keyring_add(r, NULL), own = any, k;
	uint8_t title[KEYRING_TITLE] = { 'M', 'T', 'R', [7] = 9 };
	uint8_t octets[16] = { 10 };
	struct bytes fresh = { octets, 16 };

	CU_ASSERT(put(r, any, KEYRING_ENCRYPTION, 10));
	for (octets[0] = 100; octets[0] < 200; octets[0]++)
		own = keyring_renew(r, own, title, KEYRING_ENCRYPTION, fresh);
	CU_ASSERT(keyring_keys(r) < 10);
	k = keyring_set(r, own)->first[KEYRING_ENCRYPTION];
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(first_octet(r, k), 199 - i);
		CU_ASSERT(keyring_key(r, k)->id > 90);
		k = keyring_key(r, k)->next;
	}
	CU_ASSERT_EQUAL(k, KEYRING_NONE);
	for (uint32_t i = 1; i < 2000; i++) {
		memcpy(title + 3, &i, sizeof(i));
		own = keyring_renew(r, any, title, KEYRING_ENCRYPTION, fresh);
	}
	CU_ASSERT_EQUAL(own, KEYRING_NONE); /* no room */
	CU_ASSERT(keyring_keys(r) > 1000);
	vault_close();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "sets by their title", test_found },
		{ "keys of a set", test_keys },
		{ "keys that a meter took", test_renewed },
		{ "and took again and again", test_renewed_often },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("keyring", tests);
}
