/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer: structure, 64 bits, hostile bytes, a buffer too small. */
#include <config.h>

#include <math.h>
#include <stdlib.h>

#include "dissectors/json.h"
#include "tests/driver.h"

static char line[256];

/* n octets of s as a JSON string, without the key. */
static const char *
quoted(const char *s, size_t n)
{
	struct json j;

	json_start(&j, line, sizeof(line));
	json_str(&j, NULL, (struct bytes){ (const uint8_t *)s, n });
	json_end(&j);
	return line;
}

static void
test_structure(void)
{
	struct json j;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	json_bool(&j, "a", true);
	json_open(&j, "b", '[');
	json_u64(&j, NULL, 1);
	json_u64(&j, NULL, 2);
	json_close(&j, ']');
	json_text(&j, "c", "{");
	json_u64(&j, "d", 0);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
	CU_ASSERT_STRING_EQUAL(
	    line, "{\"a\":true,\"b\":[1,2],\"c\":\"{\",\"d\":0}");
}

static void
test_64_bits(void)
{
	struct json j;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '[');
	json_u64(&j, NULL, UINT64_C(9007199254740992));
	json_u64(&j, NULL, UINT64_C(9007199254740993));
	json_u64(&j, NULL, UINT64_MAX);
	json_i64(&j, NULL, -INT64_C(9007199254740992));
	json_i64(&j, NULL, -INT64_C(9007199254740993));
	json_i64(&j, NULL, INT64_MIN);
	json_close(&j, ']');
	json_end(&j);
	CU_ASSERT_STRING_EQUAL(line, "[9007199254740992,\"9007199254740993\","
	                             "\"18446744073709551615\","
	                             "-9007199254740992,"
	                             "\"-9007199254740993\","
	                             "\"-9223372036854775808\"]");
}

/* Every length of a number, at both of its ends. */
static void
test_digits(void)
{
	uint64_t power = 1;
	struct json j;
	char want[32];

	for (int n = 1; n <= 15; n++, power *= 10) { /* to 10^14 */
		json_start(&j, line, sizeof(line));
		json_u64(&j, NULL, power);
		json_end(&j);
		snprintf(want, sizeof(want), "%" PRIu64, power);
		CU_ASSERT_STRING_EQUAL(line, want);
		json_start(&j, line, sizeof(line));
		json_i64(&j, NULL, -(int64_t)(power - 1));
		json_end(&j);
		snprintf(want, sizeof(want), "%" PRId64, -(int64_t)(power - 1));
		CU_ASSERT_STRING_EQUAL(line, want);
	}
}

static const char *
real(double v)
{
	struct json j;

	json_start(&j, line, sizeof(line));
	json_f64(&j, NULL, v);
	json_end(&j);
	return line;
}

static const char *
single(float v)
{
	struct json j;

	json_start(&j, line, sizeof(line));
	json_f32(&j, NULL, v);
	json_end(&j);
	return line;
}

static void
test_reals(void)
{
	CU_ASSERT_STRING_EQUAL(real(0), "0");
	CU_ASSERT_STRING_EQUAL(real(-0.0), "-0");
	CU_ASSERT_STRING_EQUAL(real(-49.97), "-49.97");
	CU_ASSERT_STRING_EQUAL(real(0.1), "0.1");
	CU_ASSERT_STRING_EQUAL(real(0.1f), "0.10000000149011612");
	CU_ASSERT_STRING_EQUAL(real(1e300), "1e+300");
	CU_ASSERT_STRING_EQUAL(real(5e-324), "5e-324");
	CU_ASSERT_STRING_EQUAL(real(HUGE_VAL), "null");
	CU_ASSERT_STRING_EQUAL(real(-HUGE_VAL), "null");
	CU_ASSERT_STRING_EQUAL(real(strtod("nan", NULL)), "null");
	CU_ASSERT_STRING_EQUAL(single(0.1f), "0.1");
	CU_ASSERT_STRING_EQUAL(single(-230.55f), "-230.55");
	CU_ASSERT_STRING_EQUAL(single(16777216.0f), "16777216");
	CU_ASSERT_STRING_EQUAL(single(1.17549435e-38f), "1.1754944e-38");
	CU_ASSERT_STRING_EQUAL(single(3.4028235e38f), "3.4028235e+38");
}

/* What is written reads back as what it was. */
static void
test_reals_read_back(void)
{
	uint64_t seed = 1;
	double d;
	float f;

	for (int i = 0; i < 20000; i++) {
		uint32_t high;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		high = (uint32_t)(seed >> 32);
		memcpy(&d, &seed, sizeof(d));
		memcpy(&f, &high, sizeof(f));
		if (isfinite(d))
			CU_ASSERT_EQUAL(strtod(real(d), NULL), d);
		if (isfinite(f))
			CU_ASSERT_EQUAL(strtof(single(f), NULL), f);
		d = ((double)(seed >> 40) - 8388608) / 1000;
		CU_ASSERT_EQUAL(strtod(real(d), NULL), d);
		CU_ASSERT(strlen(line) <= strlen("-16777.215"));
	}
}

static void
test_hex(void)
{
	static const uint8_t octets[] = { 0x00, 0x4d, 0xfe };
	struct json j;

	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	json_hex(&j, "x", (struct bytes){ octets, sizeof(octets) });
	json_hex(&j, "none", (struct bytes){ NULL, 0 });
	json_close(&j, '}');
	json_end(&j);
	CU_ASSERT_STRING_EQUAL(line, "{\"x\":\"004DFE\",\"none\":\"\"}");
}

/* A mark at any place of a run that is copied eight octets at a time. */
static void
test_long_strings(void)
{
	static const char bad[] = "\"\\\x01\x1f\x7f\x80\xff";
	static const char *const as[] = { "\\\"", "\\\\", "\\u0001", "\\u001f",
		"\\u007f", "\\ufffd", "\\ufffd" };
	char s[21], want[32];

	for (size_t b = 0; b < sizeof(bad) - 1; b++)
		for (size_t at = 0; at < 20; at++) {
			memcpy(s, " !#[]~abcdefghijklmn", sizeof(s));
			s[at] = bad[b];
			snprintf(want, sizeof(want), "\"%.*s%s%s\"", (int)at, s,
			    as[b], s + at + 1);
			CU_ASSERT_STRING_EQUAL(quoted(s, 20), want);
		}
}

static void
test_hostile_strings(void)
{
	CU_ASSERT_STRING_EQUAL(
	    quoted("a\"\\\n\0b", 6), "\"a\\\"\\\\\\u000a\\u0000b\"");
	CU_ASSERT_STRING_EQUAL(quoted("Z\xc3\xbcrich", 7), "\"Z\xc3\xbcrich\"");
	CU_ASSERT_STRING_EQUAL(
	    quoted("\xf0\x9f\x94\x8c", 4), "\"\xf0\x9f\x94\x8c\"");
	/* alone, overlong '/', surrogate, beyond U+10FFFF, cut short */
	CU_ASSERT_STRING_EQUAL(quoted("\x80", 1), "\"\\ufffd\"");
	CU_ASSERT_STRING_EQUAL(quoted("\xc0\xaf", 2), "\"\\ufffd\\ufffd\"");
	CU_ASSERT_STRING_EQUAL(
	    quoted("\xed\xa0\x80", 3), "\"\\ufffd\\ufffd\\ufffd\"");
	CU_ASSERT_STRING_EQUAL(
	    quoted("\xf4\x90\x80\x80", 4), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	CU_ASSERT_STRING_EQUAL(quoted("\xe2\x82", 2), "\"\\ufffd\\ufffd\"");
	/* C1 and a mark that turns the line */
	CU_ASSERT_STRING_EQUAL(quoted("\xc2\x9b", 2), "\"\\u009b\"");
	CU_ASSERT_STRING_EQUAL(quoted("\xe2\x80\xae", 3), "\"\\u202e\"");
}

static size_t
written(size_t size)
{
	struct json j;

	json_start(&j, line, size);
	json_open(&j, NULL, '{');
	json_text(&j, "k", "twenty octets and a\n");
	json_u64(&j, "n", 12345);
	json_bool(&j, "b", true);
	json_f64(&j, "f", 1.5);
	json_hex(&j, "x", (struct bytes){ (const uint8_t *)"\xab", 1 });
	json_close(&j, '}');
	return json_end(&j);
}

static void
test_all_or_nothing(void)
{
	size_t n = written(sizeof(line)), got;

	CU_ASSERT_STRING_EQUAL(line, "{\"k\":\"twenty octets and a\\u000a\","
	                             "\"n\":12345,\"b\":true,\"f\":1.5,"
	                             "\"x\":\"AB\"}");
	CU_ASSERT_EQUAL(n, strlen(line));
	for (size_t size = 0; size < sizeof(line); size++) {
		memset(line, '~', sizeof(line));
		got = written(size);
		if (size <= n)
			CU_ASSERT_EQUAL(got, 0);
		if (size > n + JSON_SLACK)
			CU_ASSERT_EQUAL(got, n);
		CU_ASSERT(got == 0 || got == n);
		if (size > 0)
			CU_ASSERT_EQUAL(strlen(line), got);
		CU_ASSERT_EQUAL(line[size], '~');
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "structure", test_structure },
		{ "64 bits", test_64_bits },
		{ "digits", test_digits },
		{ "reals", test_reals },
		{ "reals read back", test_reals_read_back },
		{ "octets as hex", test_hex },
		{ "long strings", test_long_strings },
		{ "hostile strings", test_hostile_strings },
		{ "all or nothing", test_all_or_nothing },
		CU_TEST_INFO_NULL,
	};

	return driver_run("json", tests);
}
