/* SPDX-License-Identifier: Apache-2.0 */
/* A-XDR: lengths, and Data of every type. */
#include <config.h>

#include "dissectors/dlms/axdr.h"
#include "tests/unit/dlms.h"

/* Octets that one Data takes; 0: it cannot be read. */
static size_t
size(const uint8_t *p, size_t n, const char **flaw)
{
	struct reader r = rd_over(p, n, n);

	*flaw = axdr_skip(&r);
	CU_ASSERT((*flaw == NULL) == (r.err == RD_OK));
	return r.err == RD_OK ? (size_t)(r.p - p) : 0;
}

static void
test_lengths(void)
{
	static const struct {
		uint8_t octets[6];
		size_t n;
		uint32_t length;
		enum rd_err err;
	} cases[] = {
		{ { 0x7f }, 1, 127, RD_OK },
		{ { 0x81, 0x80 }, 2, 128, RD_OK },
		{ { 0x82, 1, 2 }, 3, 258, RD_OK },
		{ { 0x84, 1, 2, 3, 4 }, 5, 0x01020304, RD_OK },
		{ { 0x82, 1 }, 2, 0, RD_MALFORMED },
		{ { 0x80 }, 1, 0, RD_MALFORMED },
		{ { 0x85, 0, 0, 0, 0, 1 }, 6, 0, RD_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader r =
		    rd_over(cases[i].octets, cases[i].n, cases[i].n);

		CU_ASSERT_EQUAL(axdr_length(&r), cases[i].length);
		CU_ASSERT_EQUAL(r.err, cases[i].err);
	}
}

static void
test_sizes(void)
{
	/* by type; 0xff where there is no such type, or no fixed size */
	static const uint8_t sizes[] = { 0, 0xff, 0xff, 1, 0xff, 4, 4, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 1, 0xff, 1, 2, 1, 2, 0xff, 8, 8,
		1, 4, 8, 12, 5, 4, 1, 2, 4, 1, 2, 4 };
	uint8_t data[16] = { 0 };
	const char *flaw;

	for (uint8_t type = 0; type < sizeof(sizes); type++) {
		data[0] = type;
		if (sizes[type] != 0xff) {
			CU_ASSERT_EQUAL(
			    size(data, sizeof(data), &flaw), 1U + sizes[type]);
			CU_ASSERT_EQUAL(size(data, sizes[type], &flaw), 0);
		}
	}
	data[0] = 255; /* don't-care */
	CU_ASSERT_EQUAL(size(data, 1, &flaw), 1);
	for (uint8_t type = 34; type < 255; type++) {
		data[0] = type;
		CU_ASSERT_EQUAL(size(data, sizeof(data), &flaw), 0);
		CU_ASSERT_STRING_EQUAL(flaw, "data is of an unknown type");
	}
}

static void
test_strings(void)
{
	const char *flaw;

	CU_ASSERT_EQUAL(size(OCTETS(9, 2, 1, 2, 3), &flaw), 4);
	CU_ASSERT_EQUAL(size(OCTETS(10, 1, 'a'), &flaw), 3);
	CU_ASSERT_EQUAL(size(OCTETS(12, 0x81, 1, 'a'), &flaw), 4);
	CU_ASSERT_EQUAL(size(OCTETS(9, 3, 1, 2), &flaw), 0);
	CU_ASSERT_STRING_EQUAL(flaw, "data ends before its length says");
	CU_ASSERT_EQUAL(
	    size(OCTETS(9, 0x84, 0xff, 0xff, 0xff, 0xff), &flaw), 0);
	/* a bit-string counts bits */
	CU_ASSERT_EQUAL(size(OCTETS(4, 8, 1, 2), &flaw), 3);
	CU_ASSERT_EQUAL(size(OCTETS(4, 9, 1, 2), &flaw), 4);
	CU_ASSERT_EQUAL(size(OCTETS(4, 17, 1, 2), &flaw), 0);
}

static void
test_nested(void)
{
	uint8_t deep[2 * AXDR_DEPTH + 1];
	struct axdr_value v;
	const char *flaw;
	struct reader r;

	/* structure { array { 5, 6 }, structure {}, null }, and one behind */
	static const uint8_t data[] = { 2, 3, 1, 2, 0x11, 5, 0x11, 6, 2, 0, 0,
		0x11 };
	CU_ASSERT_EQUAL(size(data, sizeof(data), &flaw), 11);
	CU_ASSERT_EQUAL(size(data, 10, &flaw), 0);
	r = rd_over(data, sizeof(data), sizeof(data));
	CU_ASSERT(axdr_value(&r, &v));
	CU_ASSERT_EQUAL(v.type, AXDR_STRUCTURE);
	CU_ASSERT_EQUAL(v.count, 3);
	CU_ASSERT(axdr_value(&r, &v) && axdr_value(&r, &v));
	CU_ASSERT_EQUAL(v.octets.p[0], 5);
	/* arrays of one element each */
	for (size_t i = 0; i < AXDR_DEPTH; i++) {
		deep[2 * i] = AXDR_ARRAY;
		deep[2 * i + 1] = 1;
	}
	deep[2 * AXDR_DEPTH] = 0;
	CU_ASSERT_EQUAL(
	    size(deep + 2, sizeof(deep) - 2, &flaw), sizeof(deep) - 2);
	CU_ASSERT_EQUAL(size(deep, sizeof(deep), &flaw), 0);
	CU_ASSERT_STRING_EQUAL(flaw, "data is nested too deeply");
	/* no count is believed before its elements are there */
	CU_ASSERT_EQUAL(
	    size(OCTETS(1, 0x84, 0xff, 0xff, 0xff, 0xff, 0), &flaw), 0);
}

static void
test_compact_array(void)
{
	const char *flaw;

	/* structure { unsigned, array of 3 long-unsigned }: 7 octets each */
	CU_ASSERT_EQUAL(size(OCTETS(0x13, 2, 2, 0x11, 1, 0, 3, 0x12, 7, 1, 0, 2,
	                         0, 3, 0, 4),
	                    &flaw),
	    16);
	CU_ASSERT_EQUAL(size(OCTETS(0x13, 0x11, 2, 1), &flaw), 0);
	CU_ASSERT_EQUAL(size(OCTETS(0x13, 2, 0x7f), &flaw), 0);
	uint8_t deep[64] = { 0x13 };
	for (size_t i = 1; i + 3 <= sizeof(deep); i += 3)
		deep[i] = AXDR_ARRAY;
	CU_ASSERT_EQUAL(size(deep, sizeof(deep), &flaw), 0);
	CU_ASSERT_STRING_EQUAL(flaw, "data is nested too deeply");
}

static void
test_integers(void)
{
	static const struct {
		uint8_t octets[9];
		int64_t value;
	} cases[] = {
		{ { 15, 0x80 }, -128 },
		{ { 16, 0xff, 0xfe }, -2 },
		{ { 17, 0xff }, 255 },
		{ { 18, 0xff, 0xfe }, 65534 },
		{ { 22, 7 }, 7 },
		{ { 5, 0x80, 0, 0, 0 }, -2147483648LL },
		{ { 6, 0xff, 0xff, 0xff, 0xff }, 4294967295LL },
		{ { 20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, -1 },
	};
	struct axdr_value v;
	struct reader r;
	int64_t value;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = rd_over(cases[i].octets, 9, 9);
		CU_ASSERT(axdr_value(&r, &v) && axdr_integer(&v, &value));
		CU_ASSERT_EQUAL(value, cases[i].value);
	}
	r = rd_over((const uint8_t *)"\011\001\001", 3, 3);
	CU_ASSERT(axdr_value(&r, &v));
	CU_ASSERT_FALSE(axdr_integer(&v, &value));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "lengths", test_lengths },
		{ "types of fixed size", test_sizes },
		{ "strings", test_strings },
		{ "arrays and structures", test_nested },
		{ "compact arrays", test_compact_array },
		{ "integers", test_integers },
		CU_TEST_INFO_NULL,
	};

	return driver_run("axdr", tests);
}
