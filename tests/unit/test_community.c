/* SPDX-License-Identifier: Apache-2.0 */
/* The community id: vectors of the specification and of its reference. */
#include <config.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "sensor/community.h"
#include "tests/driver.h"

static const struct vector {
	uint8_t protocol;
	const char *a, *b;
	uint16_t aport, bport;
	const char *seed0, *seed1;
} vectors[] = {
	{ 6, "128.232.110.120", "66.35.250.204", 34855, 80,
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=" },
	{ 6, "66.35.250.204", "128.232.110.120", 80, 34855,
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	    "1:3V71V58M3Ksw/yuFALMcW0LAHvc=" },
	{ 6, "10.0.0.1", "10.0.0.2", 10, 11569,
	    "1:SXBGMX1lBOwhhoDrZynfROxnhnM=",
	    "1:HmBRGR+fUyXF4t8WEtal7Y0gEAo=" },
	{ 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a",
	    63943, 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
	    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=" },
	{ 6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887",
	    25, 63943, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
	    "1:eJYTW6AOzFLlSUoESovMjnu7rMw=" },
	{ 17, "192.168.1.52", "8.8.8.8", 54585, 53,
	    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
	    "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=" },
	{ 17, "8.8.8.8", "192.168.1.52", 53, 54585,
	    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
	    "1:Q9We8WO3piVF8yEQBNJF4uiSVrI=" },
	{ 132, "192.168.170.8", "192.168.170.56", 7, 7,
	    "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
	    "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg=" },
	{ 132, "192.168.170.56", "192.168.170.8", 80, 7,
	    "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=",
	    "1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU=" },

	/* a's port is the type, b's the code: of these types it is not used */
	{ 1, "192.168.0.89", "192.168.0.1", 8, 0,
	    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
	    "1:03g6IloqVBdcZlPyX8r0hgoE7kA=" },
	{ 1, "192.168.0.1", "192.168.0.89", 0, 20,
	    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=",
	    "1:03g6IloqVBdcZlPyX8r0hgoE7kA=" },
	{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
	    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
	    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0,
	    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
	    "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY=" },

	/* nothing answers these: each way has an id of its own */
	{ 1, "192.168.0.89", "192.168.0.1", 20, 0,
	    "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=",
	    "1:lCXHHxavE1Vq3oX9NH5ladQg02o=" },
	{ 1, "192.168.0.89", "192.168.0.1", 20, 1,
	    "1:tz/fHIDUHs19NkixVVoOZywde+I=",
	    "1:Ie3wmFyxiEyikbsbcO03d2nh+PM=" },
	{ 58, "3ffe:507:0:1:260:97ff:fe07:69ea",
	    "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0,
	    "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=",
	    "1:OlOWx9psIbBFi7lOCw/4MhlKR9M=" },
	{ 58, "3ffe:507:0:1:200:86ff:fe05:80da",
	    "3ffe:507:0:1:260:97ff:fe07:69ea", 3, 0,
	    "1:/OGBt9BN1ofenrmSPWYicpij2Vc=",
	    "1:Ij4ZxnC87/MXzhOjvH2vHu7LRmE=" },

	/* without ports, whatever stands there */
	{ 46, "10.1.24.4", "10.1.12.1", 1, 2, "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=",
	    "1:BK3BVW3U2eemuwVQVN3zd/GULno=" },
	{ 46, "10.1.12.1", "10.1.24.4", 0, 0, "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=",
	    "1:BK3BVW3U2eemuwVQVN3zd/GULno=" },
};

static struct endpoint
endpoint_of(const char *address, uint16_t port)
{
	struct endpoint e = { .mac = { 1, 2, 3 }, .port = port };
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s",
	    strchr(address, ':') != NULL ? "" : "::ffff:", address);
	CU_ASSERT_EQUAL(inet_pton(AF_INET6, mapped, e.ip), 1);
	return e;
}

static void
test_vectors(void)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector *v = &vectors[i];
		struct endpoint a = endpoint_of(v->a, v->aport);
		struct endpoint b = endpoint_of(v->b, v->bport);
		char id[COMMUNITY_ID];

		community_id(id, &a, &b, v->protocol, 0);
		CU_ASSERT_STRING_EQUAL(id, v->seed0);
		community_id(id, &a, &b, v->protocol, 1);
		CU_ASSERT_STRING_EQUAL(id, v->seed1);
	}
}

/* One address at both ends: the ports decide. */
static void
test_loopback(void)
{
	struct endpoint a = endpoint_of("127.0.0.1", 40000);
	struct endpoint b = endpoint_of("127.0.0.1", 2404);
	char there[COMMUNITY_ID], back[COMMUNITY_ID];

	community_id(there, &a, &b, 6, 0);
	community_id(back, &b, &a, 6, 0);
	CU_ASSERT_STRING_EQUAL(there, back);
	CU_ASSERT_STRING_EQUAL(there, "1:1qM+R/F/NDHZzvxKTqiDgGeBdwU=");
}

/* Whether the code has no part in the id: another type answers this one. */
static bool
is_answered(uint8_t protocol, uint16_t type)
{
	struct endpoint a = endpoint_of("10.0.0.1", type);
	struct endpoint b = endpoint_of("10.0.0.2", 0);
	char one[COMMUNITY_ID], other[COMMUNITY_ID];

	community_id(one, &a, &b, protocol, 0);
	b.port = 1;
	community_id(other, &a, &b, protocol, 0);
	return strcmp(one, other) == 0;
}

static void
test_icmp_types(void)
{
	static const uint8_t four[] = { 0, 8, 9, 10, 13, 14, 15, 16, 17, 18 };
	static const uint8_t six[] = { 128, 129, 130, 131, 133, 134, 135, 136,
		139, 140, 144, 145 };

	for (int type = 0; type < 256; type++) {
		CU_ASSERT_EQUAL(is_answered(1, (uint16_t)type),
		    memchr(four, type, sizeof(four)) != NULL);
		CU_ASSERT_EQUAL(is_answered(58, (uint16_t)type),
		    memchr(six, type, sizeof(six)) != NULL);
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "published vectors", test_vectors },
		{ "one address at both ends", test_loopback },
		{ "types of ICMP", test_icmp_types },
		CU_TEST_INFO_NULL,
	};

	return driver_run("community", tests);
}
