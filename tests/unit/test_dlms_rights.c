/* SPDX-License-Identifier: Apache-2.0 */
/* Which rights a request takes. */
#include <config.h>

#include "rules/meters/meters.h"
#include "tests/unit/dlms.h"

static uint32_t
rights_of(const uint8_t *apdu, size_t n)
{
	struct talk t;
	uint32_t rights;

	talk_start(&t);
	talk_apdu(&t, 0, apdu, n);
	rights = dlms_rights_of(talk_msg(&t));
	talk_end(&t);
	return rights;
}

/* get, set and action of class c, OBIS, index; set and action with a null */
#define GET(c, i, ...) rights_of(OCTETS(0xc0, 1, 0xc1, 0, c, __VA_ARGS__, i, 0))
#define SET(c, i, ...)                                                         \
	rights_of(OCTETS(0xc1, 1, 0xc1, 0, c, __VA_ARGS__, i, 0, 0))
#define ACTION(c, i, ...)                                                      \
	rights_of(OCTETS(0xc3, 1, 0xc1, 0, c, __VA_ARGS__, i, 1, 0))

static void
test_reads(void)
{
	CU_ASSERT_EQUAL(GET(8, 2, 0, 0, 1, 0, 0, 255), RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(GET(1, 2, 0, 0, 43, 1, 3, 255), RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(GET(1, 2, 0, 0, 42, 0, 0, 255), RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(GET(1, 2, 0, 0, 96, 1, 0, 255), RIGHT_READ);
	CU_ASSERT_EQUAL(GET(15, 2, 0, 0, 40, 0, 0, 255), RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(GET(3, 2, 1, 0, 1, 8, 0, 255), RIGHT_READ);
	CU_ASSERT_EQUAL(GET(7, 2, 0, 0, 99, 98, 0, 255), RIGHT_READ_LOGS);
	CU_ASSERT_EQUAL(GET(7, 2, 1, 0, 99, 1, 0, 255), RIGHT_READ);
	CU_ASSERT_EQUAL(GET(70, 3, 0, 0, 96, 3, 10, 255), RIGHT_READ);
}

static void
test_writes(void)
{
	CU_ASSERT_EQUAL(SET(8, 3, 0, 0, 1, 0, 0, 255), RIGHT_CLOCK);
	CU_ASSERT_EQUAL(SET(20, 7, 0, 0, 13, 0, 0, 255), RIGHT_TARIFF);
	CU_ASSERT_EQUAL(SET(22, 4, 0, 0, 15, 0, 1, 255), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(SET(22, 4, 0, 0, 15, 0, 2, 255), RIGHT_FIRMWARE);
	CU_ASSERT_EQUAL(SET(22, 4, 0, 0, 15, 0, 0, 255), RIGHT_TARIFF);
	CU_ASSERT_EQUAL(SET(40, 3, 0, 0, 25, 9, 0, 255), RIGHT_COMMUNICATION);
	CU_ASSERT_EQUAL(SET(15, 7, 0, 0, 40, 0, 0, 255), RIGHT_SECRET);
	CU_ASSERT_EQUAL(SET(15, 2, 0, 0, 40, 0, 0, 255), RIGHT_ASSOCIATION);
	CU_ASSERT_EQUAL(SET(64, 2, 0, 0, 43, 0, 0, 255), RIGHT_KEYS);
	CU_ASSERT_EQUAL(SET(70, 4, 0, 0, 96, 3, 10, 255), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(SET(1, 2, 1, 1, 0, 0, 0, 255), RIGHT_WRITE);
}

static void
test_actions(void)
{
	CU_ASSERT_EQUAL(ACTION(70, 1, 0, 0, 96, 3, 10, 255), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(ACTION(9, 1, 0, 0, 10, 0, 106, 255), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(ACTION(9, 1, 0, 0, 10, 0, 107, 255), RIGHT_FIRMWARE);
	CU_ASSERT_EQUAL(ACTION(9, 1, 0, 0, 10, 0, 1, 255), RIGHT_SCRIPT);
	CU_ASSERT_EQUAL(ACTION(18, 4, 0, 0, 44, 0, 0, 255), RIGHT_FIRMWARE);
	CU_ASSERT_EQUAL(ACTION(64, 2, 0, 0, 43, 0, 0, 255), RIGHT_KEYS);
	CU_ASSERT_EQUAL(ACTION(15, 1, 0, 0, 40, 0, 0, 255), 0);
	CU_ASSERT_EQUAL(ACTION(15, 2, 0, 0, 40, 0, 0, 255), RIGHT_SECRET);
	CU_ASSERT_EQUAL(ACTION(15, 5, 0, 0, 40, 0, 0, 255), RIGHT_ASSOCIATION);
	CU_ASSERT_EQUAL(ACTION(12, 5, 0, 0, 40, 0, 0, 255), RIGHT_SECRET);
	CU_ASSERT_EQUAL(ACTION(7, 1, 0, 0, 99, 98, 0, 255), RIGHT_ERASE);
	CU_ASSERT_EQUAL(ACTION(7, 2, 0, 0, 99, 98, 0, 255), RIGHT_TARIFF);
	CU_ASSERT_EQUAL(ACTION(3, 1, 1, 0, 1, 8, 0, 255), RIGHT_ERASE);
	CU_ASSERT_EQUAL(ACTION(72, 8, 0, 1, 24, 1, 0, 255), RIGHT_KEYS);
	CU_ASSERT_EQUAL(
	    ACTION(72, 3, 0, 1, 24, 1, 0, 255), RIGHT_COMMUNICATION);
}

/* A credit set to nothing (integer 0 and -5), and one that is given. */
static void
test_credit(void)
{
#define CREDIT(m, amount)                                                      \
	rights_of(OCTETS(                                                      \
	    0xc3, 1, 0xc1, 0, 112, 0, 0, 19, 10, 0, 255, m, 1, 15, amount))
	CU_ASSERT_EQUAL(CREDIT(2, 0), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(CREDIT(2, 5), RIGHT_WRITE);
	CU_ASSERT_EQUAL(CREDIT(1, 0xfb), RIGHT_CONTROL);
	CU_ASSERT_EQUAL(CREDIT(1, 0), RIGHT_WRITE);
}

/* access-request: get of a clock, action on the disconnector */
static void
test_lists(void)
{
	CU_ASSERT_EQUAL(
	    rights_of(OCTETS(0xd9, 0, 0, 0, 1, 0, 2, /* two of them */
	        1, 0, 8, 0, 0, 1, 0, 0, 255, 2,      /* get */
	        3, 0, 70, 0, 0, 96, 3, 10, 255, 1,   /* action */
	        2, 0, 0x0f, 0)),                     /* null, integer */
	    RIGHT_READ_PUBLIC | RIGHT_CONTROL);
	/* get-request-with-list */
	CU_ASSERT_EQUAL(rights_of(OCTETS(0xc0, 3, 0xc1, 2, 0, 8, 0, 0, 1, 0, 0,
	                    255, 2, 0, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0)),
	    RIGHT_READ_PUBLIC | RIGHT_READ);
	/* an answer asks for nothing */
	CU_ASSERT_EQUAL(rights_of(OCTETS(0xc4, 1, 0xc1, 0, 0)), 0);
}

static void
test_short_names(void)
{
	/* read of the object list, and of a register */
	CU_ASSERT_EQUAL(
	    rights_of(OCTETS(5, 1, 2, 0xfa, 0x08)), RIGHT_READ_PUBLIC);
	CU_ASSERT_EQUAL(rights_of(OCTETS(5, 1, 2, 0x2b, 0x08)), RIGHT_READ);
	/* the answer to a challenge: a read with parameters */
	CU_ASSERT_EQUAL(
	    rights_of(OCTETS(5, 1, 4, 0xfa, 0x58, 0, 9, 1, 0xaa)), 0);
	/* read_by_logicalname of a clock's time */
	CU_ASSERT_EQUAL(rights_of(OCTETS(5, 1, 4, 0xfa, 0x30, 1, 1, 1, 2, 3,
	                    0x12, 0, 8, 9, 6, 0, 0, 1, 0, 0, 255, 15, 2)),
	    RIGHT_READ_PUBLIC);
	/* and of a register */
	CU_ASSERT_EQUAL(rights_of(OCTETS(5, 1, 4, 0xfa, 0x30, 1, 1, 1, 2, 3,
	                    0x12, 0, 3, 9, 6, 1, 0, 1, 8, 0, 255, 15, 2)),
	    RIGHT_READ);
	/* writes: the secret, a script, something */
	CU_ASSERT_EQUAL(rights_of(OCTETS(6, 1, 2, 0xfa, 0x40, 1, 9, 1, 0x31)),
	    RIGHT_SECRET);
	CU_ASSERT_EQUAL(rights_of(OCTETS(6, 1, 2, 0xfb, 0x20, 1, 0x12, 0, 1)),
	    RIGHT_SCRIPT);
	CU_ASSERT_EQUAL(
	    rights_of(OCTETS(6, 1, 2, 0x0a, 0x30, 1, 0x11, 1)), RIGHT_WRITE);
}

/* A SET in two blocks: named in the first, whole behind the last. */
static void
test_blocks(void)
{
	struct talk t;

	talk_start(&t);
	talk_apdu(&t, 0,
	    OCTETS(0xc1, 2, 0xc1, 0, 20, 0, 0, 13, 0, 0, 255, 7, 0, 0, 0, 0, 0,
	        1, 2, 9, 2));
	CU_ASSERT_EQUAL(dlms_rights_of(talk_msg(&t)), RIGHT_TARIFF);
	talk_apdu(&t, 0, OCTETS(0xc1, 3, 0xc1, 1, 0, 0, 0, 2, 2, 1, 2));
	CU_ASSERT_EQUAL(t.n, 2);
	CU_ASSERT_EQUAL(dlms_rights_of(talk_msg(&t)), RIGHT_TARIFF);
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "what is read", test_reads },
		{ "what is written", test_writes },
		{ "what is invoked", test_actions },
		{ "a credit taken away", test_credit },
		{ "lists are walked", test_lists },
		{ "short names", test_short_names },
		{ "blocks", test_blocks },
		CU_TEST_INFO_NULL,
	};

	return driver_run("DLMS rights", tests);
}
