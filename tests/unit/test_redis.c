/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to a Redis server, and its replies in any pieces. */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "outputs/siem/redis.h"
#include "tests/driver.h"

static struct bytes
over(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static void
test_add(void)
{
	static const char want[] =
	    "*8\r\n$4\r\nXADD\r\n$1\r\ns\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n"
	    "$2\r\n50\r\n$1\r\n*\r\n$5\r\nevent\r\n$4\r\n{\r\n}\r\n";
	struct destination d = { .stream = "s", .stream_length = 50 };
	char buf[4 + REDIS_OVERHEAD];

	CU_ASSERT_EQUAL(redis_add(buf, &d, over("{\r\n}")), sizeof(want) - 1);
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want) - 1), 0);
	memset(d.stream, 's', sizeof(d.stream) - 1);
	d.stream_length = UINT32_MAX;
	CU_ASSERT(redis_add(buf, &d, over("{\r\n}")) > 4);
}

static void
test_greet(void)
{
	static const char want[] =
	    "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$3\r\na b\r\n"
	    "*1\r\n$4\r\nPING\r\n";
	struct destination d = { .user = "me" };
	char buf[REDIS_GREETING], why[64] = "";
	unsigned replies;
	FILE *f;

	CU_ASSERT_EQUAL(redis_greet(buf, &d, &replies, why, sizeof(why)), 14);
	CU_ASSERT_EQUAL(replies, 1);
	snprintf(d.password_file, sizeof(d.password_file),
	    "/tmp/test_redis.%ld", (long)getpid());
	CU_ASSERT_EQUAL(redis_greet(buf, &d, &replies, why, sizeof(why)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "cannot read the password"));
	f = fopen(d.password_file, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("a b\n", f);
	fclose(f);
	CU_ASSERT_EQUAL(
	    redis_greet(buf, &d, &replies, why, sizeof(why)), sizeof(want) - 1);
	CU_ASSERT_EQUAL(memcmp(buf, want, sizeof(want) - 1), 0);
	CU_ASSERT_EQUAL(replies, 2);
	unlink(d.password_file);
}

static void
test_replies(void)
{
	static const char all[] = "+PONG\r\n$3\r\n1-0\r\n-OOM no room\r\n";
	struct redis_replies *r = redis_new();
	struct bytes said = { NULL, 0 };
	int good = 0;
	enum redis_reply got = REDIS_NONE;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (size_t i = 0; i + 1 < sizeof(all); i++) {
		CU_ASSERT_EQUAL(got, REDIS_NONE);
		CU_ASSERT_TRUE(redis_feed(r, (const uint8_t *)all + i, 1));
		while ((got = redis_next(r, &said)) == REDIS_GOOD)
			good++;
	}
	CU_ASSERT_EQUAL(good, 2);
	CU_ASSERT_EQUAL(got, REDIS_REFUSED);
	CU_ASSERT(said.n == 11 && memcmp(said.p, "OOM no room", 11) == 0);
	redis_free(r);
}

/* Another protocol, and a reply that would never end. */
static void
test_alien(void)
{
	struct redis_replies *r = redis_new();
	uint8_t filler[4096];
	struct bytes said;
	bool more = true;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	redis_feed(r, (const uint8_t *)"HTTP/1.1 400\r\n", 14);
	CU_ASSERT_EQUAL(redis_next(r, &said), REDIS_ALIEN);
	redis_free(r);
	r = redis_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	memset(filler, 'x', sizeof(filler));
	redis_feed(r, (const uint8_t *)"$400000000\r\n", 12);
	for (int i = 0; i < 20 && more; i++) {
		CU_ASSERT_EQUAL(redis_next(r, &said), REDIS_NONE);
		more = redis_feed(r, filler, sizeof(filler));
	}
	CU_ASSERT_FALSE(more);
	redis_free(r);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "an event", test_add },
		{ "the beginning", test_greet },
		{ "replies", test_replies },
		{ "what is none", test_alien },
		CU_TEST_INFO_NULL,
	};

	return driver_run("redis", tests);
}
