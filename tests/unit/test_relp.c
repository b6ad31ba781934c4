/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of RELP. */
#include <config.h>

#include <string.h>

#include "outputs/siem/relp.h"
#include "tests/driver.h"

static struct relp_frame f;

static int
of(const char *s)
{
	return relp_read((struct bytes){ (const uint8_t *)s, strlen(s) }, &f);
}

static void
test_write(void)
{
	char buf[100];

	CU_ASSERT_EQUAL(relp_write(buf, 7, "syslog", "<1>", 3), 15);
	CU_ASSERT_EQUAL(memcmp(buf, "7 syslog 3 <1>\n", 15), 0);
	CU_ASSERT_EQUAL(relp_write(buf, RELP_LAST, "close", NULL, 0), 18);
	CU_ASSERT_EQUAL(memcmp(buf, "999999999 close 0\n", 18), 0);
	CU_ASSERT_EQUAL(relp_next(RELP_LAST), 1);
	CU_ASSERT_EQUAL(relp_next(1), 2);
}

static void
test_read(void)
{
	CU_ASSERT_EQUAL(of("12 rsp 6 200 OK\n13 rsp"), 16);
	CU_ASSERT_EQUAL(f.number, 12);
	CU_ASSERT_STRING_EQUAL(f.command, "rsp");
	CU_ASSERT_EQUAL(f.data.n, 6);
	CU_ASSERT_EQUAL(memcmp(f.data.p, "200 OK", 6), 0);
	CU_ASSERT_EQUAL(of("0 serverclose 0\n"), 16);
	CU_ASSERT_STRING_EQUAL(f.command, "serverclose");
	CU_ASSERT_EQUAL(f.data.n, 0);
}

/* Each prefix of a good frame waits for more. */
static void
test_prefixes(void)
{
	static const char good[] = "123 rsp 6 200 OK\n";

	for (size_t n = 0; n + 1 < sizeof(good); n++)
		CU_ASSERT_EQUAL(
		    relp_read((struct bytes){ (const uint8_t *)good, n }, &f),
		    (int)(n == sizeof(good) - 1 ? n : 0));
}

static void
test_bad(void)
{
	CU_ASSERT_EQUAL(of("x"), -1);
	CU_ASSERT_EQUAL(of("1234567890 rsp 0\n"), -1);
	CU_ASSERT_EQUAL(of("1  rsp 0\n"), -1);
	CU_ASSERT_EQUAL(of("1 RSP 0\n"), -1);
	CU_ASSERT_EQUAL(of("1 rsp 4097 x"), -1);
	CU_ASSERT_EQUAL(of("1 rsp 99999999999 x"), -1);
	CU_ASSERT_EQUAL(of("1 rsp 2 abc\n"), -1);
	CU_ASSERT_EQUAL(of("1 rsp 0 x\n"), -1);
	CU_ASSERT_EQUAL(of("1 abcdefghijklmnopqrstuvwxyzabcdefgh 0\n"), -1);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "write", test_write },
		{ "read", test_read },
		{ "prefixes", test_prefixes },
		{ "bad", test_bad },
		CU_TEST_INFO_NULL,
	};

	return driver_run("relp", tests);
}
