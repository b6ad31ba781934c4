/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: who is the client, what is counted, what a record holds. */
#include <config.h>

#include "tests/unit/dlms.h"

#define GLO_GET OCTETS(0xdb, 0, 6, 0x20, 0, 0, 0, 7, 0xee)
#define AARQ OCTETS(0x60, 0)
#define GET OCTETS(0xc0, 2, 0xc1, 0, 0, 0, 1)

/* general-glo says nothing of who sends it; the past does. */
static enum op_from
ask(struct talk *t, unsigned dir)
{
	CU_ASSERT_EQUAL(talk_apdu(t, dir, GLO_GET), RD_OK);
	return talk_op(t)->from;
}

/* The same between wPorts that tell nothing. */
static enum op_from
ask_plain(struct talk *t, unsigned dir)
{
	CU_ASSERT_EQUAL(talk_unit(t, dir,
	                    OCTETS(0, 1, 0, 1, 0, 1, 0, 9, 0xdb, 0, 6, 0x20, 0,
	                        0, 0, 7, 0xee)),
	    RD_OK);
	return talk_op(t)->from;
}

static void
test_by_service(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_UNKNOWN);
	CU_ASSERT_FALSE(talk_says(&t, "sap"));
	/* a get is enough; the response would be, too */
	talk_apdu(&t, 1, GET);
	CU_ASSERT_EQUAL(ask_plain(&t, 1), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_SERVER);
	/* until something else says otherwise */
	talk_apdu(&t, 1, OCTETS(0xd8, 1, 2));
	CU_ASSERT_EQUAL(ask_plain(&t, 1), OP_FROM_SERVER);
	/* AARQ says it for good */
	talk_apdu(&t, 0, AARQ);
	talk_apdu(&t, 1, GET);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(ask_plain(&t, 1), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_CLIENT);
	talk_apdu(&t, 1, AARQ);
	CU_ASSERT_EQUAL(ask_plain(&t, 1), OP_FROM_CLIENT);
	talk_end(&t);
}

/* A push is from a server, but changes nothing that is known. */
static void
test_push(void)
{
	struct talk t;

	talk_start(&t);
	talk_apdu(&t, 0, OCTETS(0x0f, 0, 0, 0, 1, 0, 0));
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_SERVER);
	talk_end(&t);
	talk_start(&t);
	talk_apdu(&t, 0, GET);
	talk_apdu(&t, 0, OCTETS(0x0f, 0, 0, 0, 1, 0, 0));
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_CLIENT);
	talk_apdu(&t, 0, OCTETS(0xc2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0));
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_CLIENT);
	talk_apdu(&t, 0, OCTETS(0x18, 0, 0, 0));
	CU_ASSERT_EQUAL(ask_plain(&t, 0), OP_FROM_CLIENT);
	talk_end(&t);
}

static void
test_by_address(void)
{
	struct talk t;

	talk_start(&t);
	/* client 16 to logical device 1, and back */
	CU_ASSERT_EQUAL(ask(&t, 0), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(ask(&t, 1), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_msg(&t)->client_sap, 16);
	CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, 1);
	/* 48 to all logical devices */
	talk_unit(&t, 0,
	    OCTETS(0, 1, 0, 48, 0, 0x7f, 0, 9, 0xdb, 0, 6, 0x20, 0, 0, 0, 7,
	        0xee));
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, 0x7f);
	/* that is a guess: the next that knows better decides */
	talk_apdu(&t, 1, GET);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_msg(&t)->client_sap, 1);
	talk_end(&t);
}

/* The APDU within tells, when the one on the wire does not. */
static void
test_by_inner(void)
{
	struct talk t;

	talk_start(&t);
	/* one block of general-block-transfer, with an exception in it */
	talk_unit(&t, 0,
	    OCTETS(0, 1, 0, 1, 0, 1, 0, 10, 0xe0, 0x80, 0, 1, 0, 0, 3, 0xd8, 1,
	        2));
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(t.op[1].from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(ask_plain(&t, 1), OP_FROM_CLIENT);
	talk_end(&t);
}

/* A frame between two addresses of one octet; LLC is what tells. */
static enum rd_err
between(struct talk *t, uint8_t to, uint8_t from, uint8_t control,
    const uint8_t *info, size_t n)
{
	uint8_t u[64] = { 0x7e, 0xa0, (uint8_t)(7 + (n > 0 ? n + 2 : 0)), to,
		from, control },
	        *p = u + 6;

	if (n > 0) {
		p = talk_check(p, u + 1);
		memcpy(p, info, n);
		p += n;
	}
	p = talk_check(p, u + 1);
	*p++ = 0x7e;
	return talk_unit(t, 0, u, (size_t)(p - u));
}

static void
test_by_llc(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(between(&t, 3, 0x21, 0x31, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(between(&t, 3, 0x21, 0x93, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_msg(&t)->client_sap, 16);
	/* E6 E7 00: a server, though the tag is a client's */
	CU_ASSERT_EQUAL(between(&t, 0x21, 3, 0x10,
	                    OCTETS(0xe6, 0xe7, 0, 0xc0, 2, 0xc1, 0, 0, 0, 1)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, 1);
	CU_ASSERT_EQUAL(between(&t, 0x21, 3, 0x31, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	/* DISC is a client's whatever was before */
	CU_ASSERT_EQUAL(between(&t, 0x21, 3, 0x53, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(between(&t, 3, 0x21, 0x10,
	                    OCTETS(0xe6, 0xe6, 0, 0xc0, 2, 0xc1, 0, 0, 0, 1)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	talk_end(&t);
}

/* More stations on one line than a flow remembers: the oldest makes room. */
static void
test_many_stations(void)
{
	struct talk t;

	talk_start(&t);
	for (unsigned i = 0; i < 40; i++) {
		uint8_t to = (uint8_t)(2 * i + 3);

		CU_ASSERT_EQUAL(
		    between(&t, to, 0x21, 0x10, OCTETS(0xe6, 0xe6, 0, 0x62, 0)),
		    RD_OK);
		CU_ASSERT_EQUAL(talk_msg(&t)->server_sap, i + 1);
		CU_ASSERT_FALSE(talk_msg(&t)->hdlc.repeated);
		CU_ASSERT_EQUAL(
		    between(&t, to, 0x21, 0x10, OCTETS(0xe6, 0xe6, 0, 0x62, 0)),
		    RD_OK);
		CU_ASSERT(talk_msg(&t)->hdlc.repeated);
	}
	talk_end(&t);
}

static void
count(void *tally, const struct talk *t)
{
	for (int i = 0; i < t->n; i++)
		if (t->op[i].outer == NULL)
			dlms_dissector.count(tally, &t->op[i]);
}

static void
test_tally(void)
{
	void *tally = calloc(1, dlms_dissector.tally_size);
	uint8_t u[TALK_UNIT];
	struct talk t;
	char line[512];
	struct json j;
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(tally);
	talk_start(&t);
	talk_apdu(&t, 0, GET);
	count(tally, &t);
	talk_apdu(&t, 0, OCTETS(0x62, 0, 0)); /* an octet trails */
	count(tally, &t);
	talk_apdu(&t, 0, OCTETS(0xe6, 1, 0, 0x62, 0));
	count(tally, &t);
	talk_apdu(&t, 0, OCTETS(0x77));
	count(tally, &t);
	talk_apdu(&t, 0, OCTETS(0xc0, 9, 0));
	count(tally, &t);
	talk_cut(&t, 0, OCTETS(0, 1, 0, 16, 0, 1, 0, 2, 0x62, 0), 9);
	count(tally, &t);
	n = talk_frame(u, 0, 0x31, false, NULL, 0);
	talk_unit(&t, 0, u, n);
	count(tally, &t);
	u[n - 2] ^= 1;
	talk_unit(&t, 0, u, n);
	count(tally, &t);
	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	dlms_dissector.write_tally(tally, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
	CU_ASSERT_STRING_EQUAL(line,
	    "{\"units\":5,\"malformed\":2,\"truncated\":1,\"crc_errors\":1,"
	    "\"apdus\":{\"rlrq\":1,\"unknown-0x77\":1,\"get-request\":1,"
	    "\"gateway-request\":1},\"inner\":{\"rlrq\":1}}");
	talk_end(&t);
	free(tally);
}

/* However much a unit names, its record has an end. */
static void
test_long_lists(void)
{
	uint8_t a[4 + 100 * 10] = { 0xc0, 3, 0xc1, 100 };
	static const uint8_t clock[] = { 0, 8, 0, 0, 1, 0, 0, 255, 2, 0 };
	const char *at;
	struct talk t;
	int items = 0;

	talk_start(&t);
	for (size_t i = 0; i < 100; i++)
		memcpy(a + 4 + 10 * i, clock, sizeof(clock));
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, a, sizeof(a)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"count\":100"));
	for (at = talk_line(&t); (at = strstr(at, "\"class\"")) != NULL; at++)
		items++;
	CU_ASSERT_EQUAL(items, 64);
	/* a title of 40 octets: 32 are written */
	uint8_t title[2 + 40 + 6] = { 0xdb, 40, [42] = 5, 0x20 };
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, title, sizeof(title)), RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->cipher.title.n, 40);
	CU_ASSERT(talk_says(&t, "\"title\":\"0000000000000000000000000000000000"
	                        "000000000000000000000000000000\","));
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "by the service", test_by_service },
		{ "pushes", test_push },
		{ "by the addresses", test_by_address },
		{ "by what is within", test_by_inner },
		{ "by LLC", test_by_llc },
		{ "many stations on one line", test_many_stations },
		{ "what is counted", test_tally },
		{ "long lists", test_long_lists },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms role", tests);
}
