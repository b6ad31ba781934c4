/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: secure authentication, of which a record tells all but the secrets. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

/* Octets that are never to be seen in a record, as text or as numbers. */
#define SECRET 's', 't', 'e', 'v'

static void
check_says(uint8_t function, const uint8_t *objects, size_t n, const char *what)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	bool response = function >= DNP3_RESPONSE;
	uint8_t p[128] = { 0xc1, function, 0x90, 0x00 };
	size_t head = response ? 4 : 2;

	CU_ASSERT_FATAL(head + n <= sizeof(p));
	memcpy(p + head, objects, n);
	CU_ASSERT_EQUAL(
	    dnp3_say(k, response ? DNP3_FROM_STATION : DNP3_FROM_MASTER, p,
	        head + n),
	    RD_OK);
	CU_ASSERT_PTR_NULL(k->op.flaw);
	CU_ASSERT_EQUAL(
	    k->op.kind, function == DNP3_DIRECT_OPERATE ? OP_CONTROL : OP_KEY);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, what));
	if (strstr(k->line, what) == NULL)
		puts(k->line);
	CU_ASSERT_PTR_NULL(strstr(k->line, "stev"));
	CU_ASSERT_PTR_NULL(strstr(k->line, "73746576"));
	dnp3_stop(k);
}

#define CHECK_SAYS(function, objects, what)                                    \
	check_says(function, objects, sizeof(objects), what)

static void
test_challenge_and_reply(void)
{
	/* CSQ 3, user 0, HMAC-SHA-256 cut to 16, critical, 4 octets */
	static const uint8_t challenge[] = { 0x78, 0x01, 0x5b, 0x01, 12, 0, 3,
		0, 0, 0, 0, 0, 4, 1, SECRET };
	/* CSQ 3, user 1, a MAC of 16 octets */
	static const uint8_t reply[] = { 0x78, 0x02, 0x5b, 0x01, 22, 0, 3, 0, 0,
		0, 1, 0, SECRET, SECRET, SECRET, SECRET };

	CHECK_SAYS(DNP3_AUTH_RESPONSE, challenge,
	    "\"auth\":[{\"v\":1,\"csq\":3,\"user\":0,\"reason\":1,\"mal\":4,"
	    "\"challenge_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_REQUEST, reply,
	    "\"auth\":[{\"v\":2,\"csq\":3,\"user\":1,\"mac_octets\":16}]}");
}

/* g120v3 in front of what is asked for, g120v9 behind it. */
static void
test_aggressive_mode(void)
{
	static const uint8_t p[] = { 0x78, 0x03, 0x07, 0x01, 9, 0, 0, 0, 1, 0,
		0x0c, 0x01, 0x28, 0x01, 0x00, 0x01, 0x00, 3, 1, 100, 0, 0, 0,
		100, 0, 0, 0, 0, 0x78, 0x09, 0x5b, 0x01, 16, 0, SECRET, SECRET,
		SECRET, SECRET };

	CHECK_SAYS(DNP3_DIRECT_OPERATE, p,
	    "\"controls\":[{\"index\":1,\"code\":3,\"count\":1,"
	    "\"on_ms\":100,\"off_ms\":100,\"status\":0}],"
	    "\"auth\":[{\"v\":3,\"csq\":9,\"user\":1},"
	    "{\"v\":9,\"mac_octets\":16}]}");
}

static void
test_session_keys(void)
{
	static const uint8_t request[] = { 0x78, 0x04, 0x07, 0x01, 1, 0 };
	/* KSQ 2, user 1, AES-128, OK, SHA-256 16, challenge 4, MAC 4 */
	static const uint8_t status[] = { 0x78, 0x05, 0x5b, 0x01, 19, 0, 2, 0,
		0, 0, 1, 0, 1, 1, 4, 4, 0, SECRET, SECRET };
	/* KSQ of four octets, user 1, and what is wrapped */
	static const uint8_t change[] = { 0x78, 0x06, 0x5b, 0x01, 14, 0, 1, 0,
		0, 0, 1, 0, SECRET, SECRET };

	CHECK_SAYS(
	    DNP3_AUTH_REQUEST, request, "\"auth\":[{\"v\":4,\"user\":1}]}");
	CHECK_SAYS(DNP3_AUTH_RESPONSE, status,
	    "\"auth\":[{\"v\":5,\"ksq\":2,\"user\":1,\"mal\":4,\"kwa\":1,"
	    "\"status\":1,\"challenge_octets\":4,\"mac_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_REQUEST, change,
	    "\"auth\":[{\"v\":6,\"ksq\":1,\"user\":1,\"wrapped_octets\":8}]}");
}

static void
test_error(void)
{
	/* sequence 9, user 1, association 2, code 5, time, text */
	static const uint8_t p[] = { 0x78, 0x07, 0x5b, 0x01, 17, 0, 9, 0, 0, 0,
		1, 0, 2, 0, 5, 4, 3, 0, 0, 0, 0, 'n', 'o' };

	CHECK_SAYS(DNP3_AUTH_REQUEST_NR, p,
	    "\"auth\":[{\"v\":7,\"seq\":9,\"user\":1,\"error\":5,"
	    "\"association\":2,\"time_ms\":772,\"text\":\"no\"}]}");
}

static void
test_users(void)
{
	static const uint8_t certificate[] = { 0x78, 0x08, 0x5b, 0x01, 6, 0, 67,
		1, SECRET };
	/* method, operation add, SCS 7, role 1, expiry 30; 2, 4 and 4 octets */
	static const uint8_t change[] = { 0x78, 0x0a, 0x5b, 0x01, 26, 0, 3, 2,
		7, 0, 0, 0, 1, 0, 30, 0, 2, 0, 4, 0, 4, 0, 'u', '1', SECRET,
		SECRET };

	CHECK_SAYS(DNP3_AUTH_REQUEST, certificate,
	    "\"auth\":[{\"v\":8,\"method\":67,\"certificate_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_REQUEST, change,
	    "\"auth\":[{\"v\":10,\"scs\":7,\"method\":3,\"operation\":2,"
	    "\"role\":1,\"expiry\":30,\"name\":\"u1\",\"key_octets\":4,"
	    "\"certificate_octets\":4}]}");
}

static void
test_update_keys(void)
{
	static const uint8_t request[] = { 0x78, 0x0b, 0x5b, 0x01, 11, 0, 3, 2,
		0, 4, 0, 'u', '1', SECRET };
	static const uint8_t reply[] = { 0x78, 0x0c, 0x5b, 0x01, 12, 0, 5, 0, 0,
		0, 1, 0, 4, 0, SECRET };
	static const uint8_t key[] = { 0x78, 0x0d, 0x5b, 0x01, 12, 0, 5, 0, 0,
		0, 1, 0, 4, 0, SECRET };
	static const uint8_t proofs[] = { 0x78, 0x0e, 0x5b, 0x01, 4, 0, SECRET,
		0x78, 0x0f, 0x5b, 0x01, 8, 0, SECRET, SECRET };

	CHECK_SAYS(DNP3_AUTH_REQUEST, request,
	    "\"auth\":[{\"v\":11,\"method\":3,\"name\":\"u1\","
	    "\"challenge_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_RESPONSE, reply,
	    "\"auth\":[{\"v\":12,\"ksq\":5,\"user\":1,"
	    "\"challenge_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_REQUEST, key,
	    "\"auth\":[{\"v\":13,\"ksq\":5,\"user\":1,"
	    "\"wrapped_octets\":4}]}");
	CHECK_SAYS(DNP3_AUTH_REQUEST, proofs,
	    "\"auth\":[{\"v\":14,\"mac_octets\":4},"
	    "{\"v\":15,\"mac_octets\":8}]}");
}

/* A size below what the fields of each variation need. */
static void
test_short_objects(void)
{
	static const uint8_t least[] = {
		[1] = 8, 6, 6, 2, 11, 6, 15, 2, 0, 16, 5, 8, 8, 0, 0
	};
	uint8_t p[64] = { 0xc0, 0x20, 0x78, 0, 0x5b, 0x01 };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	for (uint8_t v = 1; v <= 15; v++)
		for (uint8_t n = 0; n <= 20; n++) {
			p[3] = v;
			p[6] = n;
			dnp3_say(k, DNP3_FROM_MASTER, p, 8 + (size_t)n);
			CU_ASSERT_EQUAL(k->frame.flaw,
			    n < least[v] ? DNP3_OBJECT_FIELDS : DNP3_SOUND);
		}
	p[3] = 5; /* a challenge longer than the object */
	p[6] = 20;
	p[8 + 9] = 10;
	dnp3_say(k, DNP3_FROM_MASTER, p, 8 + 20);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_OBJECT_FIELDS);
	dnp3_stop(k);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "challenge and reply", test_challenge_and_reply },
		{ "aggressive mode", test_aggressive_mode },
		{ "session keys", test_session_keys },
		{ "an error", test_error },
		{ "users", test_users },
		{ "update keys", test_update_keys },
		{ "objects that are too short", test_short_objects },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_auth", tests);
}
