/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for keys: where it is, what it takes in, and that it is kept so. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "rules/vault.h"
#include "tests/driver.h"

#define ROOM (256 * 1024)

static void
test_got(void)
{
	uint8_t *a, *b;

	CU_ASSERT_PTR_NULL(vault_get(1)); /* it is not open */
	CU_ASSERT_EQUAL_FATAL(vault_open(ROOM), 0);
	CU_ASSERT_EQUAL(vault_open(ROOM), -EBUSY);
	a = vault_get(100);
	b = vault_get(1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_EQUAL(b - a, 128);
	CU_ASSERT_EQUAL((uintptr_t)a % 64, 0);
	CU_ASSERT(vault_has(a) && vault_has(b) && !vault_has(&a));
	CU_ASSERT_PTR_NULL(vault_get(ROOM));
	CU_ASSERT_PTR_NULL(vault_get(SIZE_MAX));
	vault_close();
	CU_ASSERT_FALSE(vault_has(a));
	vault_close();
}

/* Of OpenSSL only what is between enter and leave; given back, it is wiped. */
static void
test_openssl(void)
{
	uint8_t *in, *out, *again;

	CU_ASSERT_EQUAL_FATAL(vault_open(ROOM), 0);
	out = OPENSSL_malloc(100);
	vault_enter();
	in = OPENSSL_malloc(100);
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	memset(in, 0x5a, 100);
	in = OPENSSL_realloc(in, 1000);
	vault_leave();
	CU_ASSERT(vault_has(in) && !vault_has(out));
	CU_ASSERT_EQUAL(in[99], 0x5a);
	OPENSSL_free(in); /* outside, too */
	CU_ASSERT_EQUAL(in[0], 0);
	CU_ASSERT_EQUAL(in[99], 0);
	OPENSSL_free(out);
	vault_enter();
	again = OPENSSL_malloc(1000);
	CU_ASSERT_PTR_NULL(OPENSSL_malloc(ROOM)); /* never elsewhere */
	vault_leave();
	CU_ASSERT_PTR_EQUAL(again, in);
	OPENSSL_free(again);
	vault_close();
}

/* Of the lines of smaps that are about this address. */
static bool
has_flag(const void *at, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from = 0, to = 0, a, b;
	bool found = false;
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			from = a;
			to = b;
		}
		if (strncmp(line, "VmFlags:", 8) == 0 &&
		    (uintptr_t)at >= from && (uintptr_t)at < to)
			found = strstr(line, flag) != NULL;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static void
test_protected(void)
{
	struct rlimit core;
	void *p;

	CU_ASSERT_EQUAL_FATAL(vault_open(ROOM), 0);
	p = vault_get(64);
#ifndef __SANITIZE_ADDRESS__ /* which locks nothing, and looks at us */
	CU_ASSERT(has_flag(p, " lo")); /* locked */
	CU_ASSERT_EQUAL(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
#endif
	CU_ASSERT(has_flag(p, " dd")); /* in no core dump */
	CU_ASSERT(has_flag(p, " dc")); /* in no child */
	CU_ASSERT_FALSE(has_flag(&has_flag, " dd"));
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_CORE, &core), 0);
	CU_ASSERT_EQUAL(core.rlim_max, 0);
	vault_close();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what is got", test_got },
		{ "what OpenSSL takes", test_openssl },
		{ "how it is protected", test_protected },
		CU_TEST_INFO_NULL,
	};

	if (!vault_hook())
		return 2;
	return driver_run("vault", tests);
}
