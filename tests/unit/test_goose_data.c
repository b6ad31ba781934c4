/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE: the values of allData, the walk over them, and their record. */
#include <config.h>

#include "tests/unit/goose.h"

/* A PDU with these members of allData, n octets that are entries of them. */
static enum rd_err
dissect_data(struct kept *k, const uint8_t *data, size_t n, uint8_t entries)
{
	static uint8_t unit[FRAME_MAX];
	uint8_t elements[FRAME_MAX];
	size_t at = sizeof(plain) - 8; /* as far as numDatSetEntries */

	memcpy(elements, plain, at);
	elements[at++] = 0x8a;
	elements[at++] = 1;
	elements[at++] = entries;
	at += wrap(elements + at, 0xab, data, n);
	return dissect(k, unit, build(unit, elements, at));
}

static void
expect_data(const uint8_t *data, size_t n, uint8_t entries, const char *json,
    const char *types)
{
	struct kept k;
	const char *at;
	char want[512];

	CU_ASSERT_EQUAL(dissect_data(&k, data, n, entries), RD_OK);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	at = strstr(k.line, "\"data\":");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(
	    want, sizeof(want), "\"data\":%s,\"types\":\"%s\"}", json, types);
	CU_ASSERT_STRING_EQUAL(at, want);
	if (strcmp(at, want) != 0)
		puts(k.line);
}

static void
test_numbers(void)
{
	static const uint8_t data[] = {
		0x83, 0x01, 0x00,                         /* no */
		0x83, 0x01, 0xff,                         /* yes */
		0x85, 0x01, 0x80,                         /* -128 */
		0x85, 0x02, 0x00, 0xc8,                   /* 200 */
		0x85, 0x05, 0xff, 0xff, 0xff, 0xff, 0x9c, /* -100 */
		0x86, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff, /* 2^32 - 1 */
		0x86, 0x09, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff,                                     /* 2^64 - 1 */
		0x87, 0x05, 0x08, 0xc2, 0x48, 0x00, 0x00, /* -50.0 */
		0x87, 0x09, 0x0b, 0x3f, 0xf8, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00,                                     /* 1.5 */
		0x87, 0x05, 0x08, 0x3d, 0xcc, 0xcc, 0xcd, /* 0.1 */
		0x8d, 0x01, 0x12,                         /* BCD */
	};

	expect_data(data, sizeof(data), 11,
	    "[false,true,-128,200,-100,4294967295,\"18446744073709551615\","
	    "-50,1.5,0.1,18]",
	    "bbiiiuufffc");
}

static void
test_strings(void)
{
	static const uint8_t data[] = {
		0x84, 0x03, 0x03, 0x80, 0x08, /* 13 bits of quality */
		0x84, 0x01, 0x00,             /* no bits */
		0x89, 0x02, 0xde, 0xad,       /* octets */
		0x8a, 0x02, 'O', 'K',         /* text */
		0x8e, 0x02, 0x06, 0x40,       /* two booleans */
		0x8f, 0x02, 0x2b, 0x01,       /* object id */
		0x90, 0x03, 0xe2, 0x82, 0xac, /* a euro sign */
		0x88, 0x02, 0x80, 0x00        /* real */
	};

	expect_data(data, sizeof(data), 8,
	    "[\"1000000000001\",\"\",\"DEAD\",\"OK\",\"01\",\"2B01\","
	    "\"\xe2\x82\xac\",\"8000\"]",
	    "ssovapmr");
}

static void
test_empty_strings(void)
{
	static const uint8_t data[] = { 0x89, 0x00, 0x8a, 0x00, 0x8b, 0x00,
		0x90, 0x00, 0x8e, 0x01, 0x00, 0x8f, 0x01, 0x2a };

	expect_data(data, sizeof(data), 6, "[\"\",\"\",\"\",\"\",\"\",\"2A\"]",
	    "ovgmap");
}

static void
test_times(void)
{
	static const uint8_t data[] = { 0x91, 0x08, 0x65, 0x43, 0x00, 0x00,
		0xff, 0xff, 0xff, 0x2a, 0x8c, 0x04, 0x02, 0xc5, 0xfd,
		0xf5,                                           /* 12:55:30 */
		0x8c, 0x06, 0x02, 0xc5, 0xfd, 0xf5, 0x3d, 0x32, /* day 15666 */
		0x8b, 0x05, '2', '0', '2', '6', 'Z',            /* text */
		0x91, 0x08, 0x65, 0x43, 0x21, 0x10, 0x12, 0x34, 0x56, 0x1f };

	expect_data(data, sizeof(data), 5,
	    "[{\"t\":\"2023-11-02T01:48:48.999999Z\","
	    "\"quality\":42},46530037,"
	    "\"2026-11-22T12:55:30.037000Z\","
	    "\"2026Z\","
	    "{\"t\":\"2023-11-02T04:09:52.071111Z\","
	    "\"quality\":31}]",
	    "tddgt");
}

static void
test_nested(void)
{
	static const uint8_t data[] = {
		0xa2, 0x0a, 0x83, 0x01, 0x01,             /* a boolean and */
		0xa1, 0x05, 0xa2, 0x00, 0x83, 0x01, 0x00, /* an array */
		0xa2, 0x00,                               /* empty */
		0x83, 0x01, 0x00                          /* a boolean */
	};

	expect_data(data, sizeof(data), 3, "[[true,[[],false]],[],false]",
	    "{b[{}b]}{}b");
}

static void
test_nested_last(void)
{
	static const uint8_t data[] = { 0xa1, 0x05, 0xa2, 0x03, 0x83, 0x01,
		0x01 };

	expect_data(data, sizeof(data), 1, "[[[true]]]", "[{b}]");
}

static void
test_walk(void)
{
	static const uint8_t data[] = { 0xa2, 0x06, 0xa2, 0x01, 0x83, 0x83,
		0x01, 0x01 };
	static const uint8_t good[] = { 0xa2, 0x05, 0xa2, 0x00, 0x83, 0x01,
		0x01, 0x86, 0x01, 0x09 };
	struct goose_walk w =
	    goose_data_walk((struct bytes){ good, sizeof(good) });
	struct goose_value v;

	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT(v.tag == GOOSE_STRUCTURE && v.depth == 0);
	CU_ASSERT(v.octets.p == good + 2 && v.octets.n == 5);
	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT(v.tag == GOOSE_STRUCTURE && v.depth == 1);
	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT(v.tag == GOOSE_BOOLEAN && v.depth == 1);
	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT(v.tag == GOOSE_UNSIGNED && v.depth == 0);
	CU_ASSERT_EQUAL(goose_data_unsigned(&v), 9);
	CU_ASSERT_FALSE(goose_data_next(&w, &v));
	CU_ASSERT_PTR_NULL(w.flaw);

	w = goose_data_walk((struct bytes){ data, sizeof(data) });
	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT(goose_data_next(&w, &v));
	CU_ASSERT_FALSE(goose_data_next(&w, &v));
	CU_ASSERT_STRING_EQUAL(w.flaw, "an element of allData overruns");

	w = goose_data_walk((struct bytes){ NULL, 0 });
	CU_ASSERT_FALSE(goose_data_next(&w, &v));
	CU_ASSERT_PTR_NULL(w.flaw);
}

/* depth structures within each other, in the innermost a boolean. */
static size_t
nest(uint8_t *to, int depth)
{
	static const uint8_t boolean[] = { 0x83, 0x01, 0x01 };
	size_t n = sizeof(boolean);

	memcpy(to, boolean, n);
	while (depth-- > 0)
		n = wrap(to, 0xa2, to, n);
	return n;
}

static void
test_depth(void)
{
	uint8_t data[256];
	struct kept k;

	CU_ASSERT_EQUAL(dissect_data(&k, data, nest(data, 7), 1), RD_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, "[[[[[[[[true]]]]]]]]"));
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, "\"types\":\"{{{{{{{b}}}}}}}\""));
	CU_ASSERT_PTR_NULL(strstr(k.line, "data_cut"));
	CU_ASSERT_EQUAL(dissect_data(&k, data, nest(data, 8), 1), RD_OK);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(k.line, "[[[[[[[[[]]]]]]]]],\"types\":\"{{{{{{{{}}}}}}}}\","
	                   "\"data_cut\":true"));
	CU_ASSERT_EQUAL(dissect_data(&k, data, nest(data, 15), 1), RD_OK);
	CU_ASSERT_EQUAL(
	    dissect_data(&k, data, nest(data, 16), 1), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "allData nests too deep");
}

/* A record stays small whatever the frame holds. */
static void
test_cut(void)
{
	uint8_t data[400], octets[65] = { 0 };
	const char *at;
	struct kept k;
	size_t n = 0;
	int values = 0;

	for (int i = 0; i < 65; i++) {
		memcpy(data + n, "\x83\x01\x00", 3);
		n += 3;
	}
	CU_ASSERT_EQUAL(dissect_data(&k, data, n, 65), RD_OK);
	at = strstr(k.line, "\"data\":[");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	for (; (at = strstr(at, "false")) != NULL; at++)
		values++;
	CU_ASSERT_EQUAL(values, 64);
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, "b\",\"data_cut\":true"));
	CU_ASSERT_EQUAL(dissect_data(&k, data, n - 3, 64), RD_OK);
	CU_ASSERT_PTR_NULL(strstr(k.line, "data_cut"));

	n = wrap(data, 0x89, octets, 64);
	CU_ASSERT_EQUAL(dissect_data(&k, data, n, 1), RD_OK);
	CU_ASSERT_PTR_NULL(strstr(k.line, "data_cut"));
	n = wrap(data, 0x89, octets, 65);
	CU_ASSERT_EQUAL(dissect_data(&k, data, n, 1), RD_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, "data_cut"));
}

static void
expect_misfit(const uint8_t *data, size_t n, const char *json)
{
	struct kept k;

	CU_ASSERT_EQUAL(dissect_data(&k, data, n, 1), RD_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k.op.flaw);
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "a value of allData has no such type");
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, json));
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, "\"types\":\"?\""));
}

static void
test_misfits(void)
{
	static const uint8_t boolean[] = { 0x83, 0x02, 0x00, 0x01 };
	static const uint8_t bits[] = { 0x84, 0x02, 0x08, 0x01 };
	static const uint8_t no_bits[] = { 0x84, 0x01, 0x01 };
	static const uint8_t number[] = { 0x86, 0x09, 1, 2, 3, 4, 5, 6, 7, 8,
		9 };
	static const uint8_t real[] = { 0x87, 0x05, 0x09, 0, 0, 0, 0 };
	static const uint8_t twice[] = { 0x87, 0x09, 0x08, 0, 0, 0, 0, 0, 0, 0,
		0 };
	static const uint8_t half[] = { 0x87, 0x07, 0x08, 0, 0, 0, 0, 0, 0 };
	static const uint8_t time[] = { 0x8c, 0x05, 0, 0, 0, 0, 0 };
	static const uint8_t utc[] = { 0x91, 0x04, 0, 0, 0, 0 };
	static const uint8_t unknown[] = { 0x92, 0x01, 0x05 };

	expect_misfit(
	    boolean, sizeof(boolean), "{\"tag\":131,\"octets\":\"0001\"}");
	expect_misfit(bits, sizeof(bits), "{\"tag\":132,");
	expect_misfit(no_bits, sizeof(no_bits), "{\"tag\":132,");
	expect_misfit(number, sizeof(number), "{\"tag\":134,");
	expect_misfit(real, sizeof(real), "{\"tag\":135,");
	expect_misfit(twice, sizeof(twice), "{\"tag\":135,");
	expect_misfit(half, sizeof(half), "{\"tag\":135,");
	expect_misfit(time, sizeof(time), "{\"tag\":140,");
	expect_misfit(utc, sizeof(utc), "{\"tag\":145,");
	expect_misfit(unknown, sizeof(unknown), "{\"tag\":146,");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "numbers", test_numbers },
		{ "strings", test_strings },
		{ "empty strings", test_empty_strings },
		{ "times", test_times },
		{ "arrays and structures", test_nested },
		{ "a structure at the end", test_nested_last },
		{ "the walk", test_walk },
		{ "depth", test_depth },
		{ "a record is cut", test_cut },
		{ "octets that fit no type", test_misfits },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_data", tests);
}
