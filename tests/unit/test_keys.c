/* SPDX-License-Identifier: Apache-2.0 */
/* The keys file as a file: whose it may be, and where its keys go. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/dlms/keyring.h"
#include "rules/goose/keys.h"
#include "rules/vault.h"
#include "sensor/keys.h"
#include "tests/driver.h"

#define EK "000102030405060708090A0B0C0D0E0F"

static const uint8_t hash_key[SIPHASH_KEY] = { 1 };
static const char both[] =
    "meters:\n"
    "  - {title: 4D4D4D0000BC614E, encryption: " EK ", kek: " EK "}\n"
    "  - {title: \"*\", encryption: " EK EK "}\n"
    "goose:\n"
    "  - {id: 1, algorithm: aes-gmac-64, key: " EK "}\n";
static char path[] = "/tmp/gridtap-keys-XXXXXX";

static void
write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, mode), 0);
}

static void
test_taken(void)
{
	static const uint8_t title[] = { 0x4d, 0x4d, 0x4d, 0, 0, 0xbc, 0x61,
		0x4e };
	const struct keyring_set *s;
	struct error e = { "" };
	struct keys k;

	write_file(both, 0600);
	CU_ASSERT_EQUAL(keys_check(path, &e), 0);
	CU_ASSERT_EQUAL_FATAL(keys_load(&k, path, hash_key, &e), 0);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT(vault_has(k.meters) && vault_has(k.groups));
	CU_ASSERT_EQUAL(keyring_sets(k.meters), 2);
	CU_ASSERT_EQUAL(keyring_keys(k.meters), 3);
	CU_ASSERT_EQUAL(keyring_find(k.meters, title), 0);
	CU_ASSERT_EQUAL(keyring_any(k.meters), 1);
	s = keyring_set(k.meters, 0);
	CU_ASSERT_EQUAL(
	    keyring_key(k.meters, s->first[KEYRING_MASTER])->octets[15], 15);
	CU_ASSERT_EQUAL(goose_keys_count(k.groups), 1);
	keys_free(&k);
	CU_ASSERT_PTR_NULL(k.meters);
	/* and once more: nothing is open */
	CU_ASSERT_EQUAL(keys_load(&k, path, hash_key, &e), 0);
	keys_free(&k);
}

static void
refused(int rc, const char *why)
{
	struct error e = { "" };
	struct keys k;

	CU_ASSERT_EQUAL(keys_check(path, &e), rc);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, why));
	CU_ASSERT_EQUAL(keys_load(&k, path, hash_key, &e), rc);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, why));
	CU_ASSERT_PTR_NULL(vault_get(1));
}

static void
test_refused(void)
{
	write_file(both, 0640);
	refused(-EPERM, "mode 0640; expected 0600");
	write_file(both, 0604);
	refused(-EPERM, "mode 0604; expected 0600");
	write_file(both, 0700);
	refused(-EPERM, "mode 0700; expected 0600");
	write_file("meters: [" EK "]\n", 0600);
	refused(-EINVAL, ":1:10: meters is not right");
	CU_ASSERT_EQUAL(unlink(path), 0);
	refused(-EPERM, "No such file");
	CU_ASSERT_EQUAL(mkdir(path, 0600), 0);
	refused(-EPERM, "no file; expected a regular file");
	rmdir(path);
}

/* More than a pipe holds: whoever only checks does not read it. */
static void
test_many(void)
{
	FILE *f = fopen(path, "w");
	struct error e = { "" };
	struct keys k;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("meters:\n", f);
	for (int i = 0; i < 5000; i++)
		fprintf(f, "  - {title: %016X, encryption: " EK "}\n", i);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, 0600), 0);
	CU_ASSERT_EQUAL(keys_check(path, &e), 0);
	CU_ASSERT_EQUAL_FATAL(keys_load(&k, path, hash_key, &e), 0);
	CU_ASSERT_EQUAL(keyring_sets(k.meters), 5000);
	keys_free(&k);
}

/* Only root may give a file away. */
static void
test_owner(void)
{
	if (geteuid() != 0)
		return;
	write_file(both, 0600);
	CU_ASSERT_EQUAL(chown(path, 12345, 12345), 0);
	refused(-EPERM, "another user's");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what is taken", test_taken },
		{ "many of them", test_many },
		{ "what is refused", test_refused },
		{ "another user's", test_owner },
		CU_TEST_INFO_NULL,
	};
	int failed;

	if (!vault_hook() || close(mkstemp(path)) != 0)
		return 2;
	failed = driver_run("keys", tests);
	unlink(path);
	return failed;
}
