/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: what can be read but should not be there. */
#include <config.h>

#include "tests/unit/iec104.h"

/* A type, its object's elements, and what is wrong with them. */
struct row {
	uint8_t type;
	const char *element;
	size_t size;
	const char *flaw;
};

#define E(s) s, sizeof(s) - 1

static size_t
build(uint8_t to[UNIT_MAX], uint8_t type, uint8_t cot, const char *element,
    size_t size)
{
	uint8_t asdu[64] = { ID(type, 1, cot), 1, 0, 0 };

	CU_ASSERT_FATAL(size <= sizeof(asdu) - 9);
	memcpy(asdu + 9, element, size);
	return frame(to, asdu, 9 + size);
}

static void
check_rows(const struct row *rows, size_t n, uint8_t cot)
{
	static struct kept k;

	for (size_t i = 0; i < n; i++) {
		struct link l = { .ports = { 0 } };
		const struct row *r = &rows[i];
		uint8_t unit[UNIT_MAX];
		size_t len = build(unit, r->type, cot, r->element, r->size);

		CU_ASSERT_EQUAL(dissect(&l, 0, unit, len, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, r->flaw));
		CU_ASSERT_NOT_EQUAL(k.op.kind, OP_FLAW);
	}
}

static void
test_spare_bits(void)
{
	static const struct row rows[] = {
		{ 1, E("\x02"), "reserved bits of SIQ are not 0" },
		{ 30, E("\x08" CP56), "reserved bits of SIQ are not 0" },
		{ 3, E("\x04"), "reserved bits of DIQ are not 0" },
		{ 5, E("\x01\x02"), "reserved bits of QDS are not 0" },
		{ 7, E("\x01\x00\x00\x00\x04"),
		    "reserved bits of QDS are not 0" },
		{ 9, E("\x01\x00\x08"), "reserved bits of QDS are not 0" },
		{ 12, E("\x01\x00\x08" CP24),
		    "reserved bits of QDS are not 0" },
		{ 13, E("\x01\x00\x00\x00\x02"),
		    "reserved bits of QDS are not 0" },
		{ 20, E("\x01\x00\x00\x00\x02"),
		    "reserved bits of QDS are not 0" },
		{ 17, E("\x04\x00\x00" CP24), "reserved bit of SEP is not 0" },
		{ 18, E("\x40\x00\x00\x00" CP24),
		    "reserved bits of SPE or QDP are not 0" },
		{ 39, E("\x00\x04\x00\x00" CP56),
		    "reserved bits of SPE or QDP are not 0" },
		{ 19, E("\x10\x00\x00\x00" CP24),
		    "reserved bits of OCI or QDP are not 0" },
		{ 45, E("\x02"), "reserved bit of SCO is not 0" },
		{ 15, E("\xff\xff\xff\xff\xff"), NULL }, /* BCR has none */
		{ 21, E("\xff\xff"), NULL },
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), 3);
}

static void
test_qualifiers(void)
{
	static const struct row rows[] = {
		{ 45, E("\x0d"), NULL }, /* QU 3 */
		{ 45, E("\x11"), "reserved QU of a command" },
		{ 46, E("\xa1"), "reserved QU of a command" }, /* 8, select */
		{ 47, E("\x25"), NULL },                       /* 9 */
		{ 46, E("\x00"), "a double or step command with state 0 or 3" },
		{ 60, E("\x03" CP56),
		    "a double or step command with state 0 or 3" },
		{ 48, E("\x00\x00\x81"), "reserved QL of a set point" },
		{ 50, E("\x00\x00\x00\x00\x3f"), "reserved QL of a set point" },
		{ 49, E("\x00\x00\x40"), NULL },
		{ 70, E("\x82"), NULL },
		{ 70, E("\x03"), "reserved cause of initialization" },
		{ 70, E("\x1f"), "reserved cause of initialization" },
		{ 70, E("\x20"), NULL },
		{ 100, E("\x00"), "reserved QOI" },
		{ 100, E("\x13"), "reserved QOI" },
		{ 100, E("\x24"), NULL },
		{ 100, E("\x25"), "reserved QOI" },
		{ 100, E("\x3f"), "reserved QOI" },
		{ 100, E("\x40"), NULL },
		{ 101, E("\x40"), "QCC requests no counter" },
		{ 101, E("\xc5"), NULL },
		{ 101, E("\x06"), "reserved RQT in QCC" },
		{ 101, E("\x1f"), "reserved RQT in QCC" },
		{ 101, E("\x20"), NULL },
		{ 105, E("\x00"), "QRP names no reset" },
		{ 105, E("\x02"), NULL },
		{ 105, E("\x03"), "reserved QRP" },
		{ 105, E("\x7f"), "reserved QRP" },
		{ 105, E("\x80"), NULL },
		{ 110, E("\x00\x00\x00"), "QPM names no kind of parameter" },
		{ 111, E("\x00\x00\x05"), "reserved KPA in QPM" },
		{ 112, E("\x00\x00\x00\x00\x1f"), "reserved KPA in QPM" },
		{ 110, E("\x00\x00\xc4"), NULL },
		{ 113, E("\x00"), "QPA names no parameter" },
		{ 113, E("\x04"), "reserved QPA" },
		{ 113, E("\x03"), NULL },
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), 6);
}

static void
test_files(void)
{
	static const struct row rows[] = {
		{ 120, E("\x01\x00\x01\x00\x00\x01"), "reserved FRQ" },
		{ 120, E("\x01\x00\x01\x00\x00\xc0"), NULL },
		{ 121, E("\x01\x00\x01\x01\x00\x00\x3f"), "reserved SRQ" },
		{ 121, E("\x01\x00\x01\x01\x00\x00\x80"), NULL },
		{ 122, E("\x01\x00\x01\x08"), "reserved function in SCQ" },
		{ 122, E("\x01\x00\x01\x60"), "reserved error in SCQ" },
		{ 122, E("\x01\x00\x01\x57"), NULL },
		{ 123, E("\x01\x00\x01\x00\x00"), "LSQ says nothing" },
		{ 123, E("\x01\x00\x01\x05\x00"), "reserved LSQ" },
		{ 123, E("\x01\x00\x01\x04\x00"), NULL },
		{ 124, E("\x01\x00\x01\x00"), "AFQ acknowledges nothing" },
		{ 124, E("\x01\x00\x01\x0a"), "reserved function in AFQ" },
		{ 124, E("\x01\x00\x01\xa1"), "reserved error in AFQ" },
		{ 124, E("\x01\x00\x01\x24"), NULL },
		{ 126, E("\x01\x00\x01\x00\x00\x01" CP56),
		    "reserved status in SOF" },
		{ 126, E("\x01\x00\x01\x00\x00\xf0" CP56), NULL },
		{ 127,
		    E("\x01\x00"
		      "\0\0\x3c\0\1\1\0" CP56),
		    "minute above 59 in a time tag" },
		{ 127, E("\x01\x00" CP56 "\0\0\x3c\0\1\1\0"),
		    "minute above 59 in a time tag" },
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), 13);
}

static void
test_times(void)
{
	static const struct row rows[] = {
		{ 103, E("\x5f\xea\x3b\x17\x1f\x0c\x00"), NULL },
		{ 103, E("\x60\xea\x00\x00\x01\x01\x1a"),
		    "milliseconds above 59999 in a time tag" },
		{ 103, E("\x00\x00\x3c\x00\x01\x01\x1a"),
		    "minute above 59 in a time tag" },
		{ 103, E("\x00\x00\x00\x18\x01\x01\x1a"),
		    "hour above 23 in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x00\x01\x1a"),
		    "day that the month does not have in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x1f\x04\x1a"),
		    "day that the month does not have in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x1d\x02\x19"),
		    "day that the month does not have in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x1d\x02\x18"), NULL }, /* 2024 */
		{ 103, E("\x00\x00\x00\x00\x1d\x02\x00"), NULL }, /* 2000 */
		{ 103, E("\x00\x00\x00\x00\x01\x00\x1a"),
		    "month not 1 to 12 in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x01\x0d\x1a"),
		    "month not 1 to 12 in a time tag" },
		{ 103, E("\x00\x00\x00\x00\x01\x01\x64"),
		    "year above 99 in a time tag" },
		/* IV: nothing that follows is meant */
		{ 103, E("\xff\xff\xff\xff\xff\xff\xff"), NULL },
		{ 30, E("\x01\x60\xea\x00\x00\x01\x01\x1a"),
		    "milliseconds above 59999 in a time tag" },
		{ 2, E("\x01\x60\xea\x00"),
		    "milliseconds above 59999 in a time tag" },
		{ 2, E("\x01\x00\x00\x3c"), "minute above 59 in a time tag" },
		{ 2, E("\x01\x00\x00\xbc"), NULL },
		{ 17, E("\x01\x60\xea" CP24), "CP16Time2a above 59999 ms" },
		{ 106, E("\x5f\xea"), NULL },
		{ 106, E("\x60\xea"), "CP16Time2a above 59999 ms" },
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), 6);
}

/* 0 to 99 are 2000 to 2099, and none of them is wrong. */
static void
test_any_year(void)
{
	static struct kept k;

	for (unsigned year = 0; year < 100; year++) {
		struct link l = { .ports = { 0 } };
		char element[7] = CP56, want[64];
		uint8_t unit[UNIT_MAX];
		size_t n;

		element[6] = (char)year;
		n = build(unit, 103, 6, element, sizeof(element));
		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, NULL));
		snprintf(want, sizeof(want),
		    "\"time\":\"20%02u-11-22T12:30:05.000Z\"", year);
		CU_ASSERT(says(&k, want));
	}
}

static void
test_time_flags(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	struct iec104_walk w;
	struct iec104_object o;
	struct iec104_time t;
	static struct kept k;
	size_t n;

	/* substituted, summer time */
	n = build(unit, 103, 6, "\x00\x00\x5e\x8c\xd6\x07\x1a", 7);
	dissect(&l, 0, unit, n, &k);
	CU_ASSERT(says(&k, "\"time\":\"2026-07-22T12:30:00.000Z\","
	                   "\"summer\":true}"));
	w = iec104_objects(&k.apdu);
	CU_ASSERT_FATAL(iec104_next(&w, &o));
	CU_ASSERT(iec104_time(&o, &t));
	CU_ASSERT(t.dated && t.substituted && t.summer && !t.invalid);
	CU_ASSERT_EQUAL(t.weekday, 6);
	n = build(unit, 103, 6, "\x00\x00\x9e\x0c\xd6\x07\x1a", 7);
	dissect(&l, 0, unit, n, &k);
	CU_ASSERT(says(&k, "\"time\":\"\",\"time_invalid\":true}"));
}

static void
test_identifier(void)
{
	static const struct {
		uint8_t asdu[10];
		size_t n;
		const char *flaw;
	} cases[] = {
		{ { ID(1, 1, 0), 1, 0, 0, 1 }, 10,
		    "cause of transmission is 0" },
		{ { ID(1, 1, 17), 1, 0, 0, 1 }, 10,
		    "reserved cause of transmission" },
		{ { ID(1, 1, 19), 1, 0, 0, 1 }, 10,
		    "reserved cause of transmission" },
		{ { ID(1, 1, 42), 1, 0, 0, 1 }, 10,
		    "reserved cause of transmission" },
		{ { ID(1, 1, 43), 1, 0, 0, 1 }, 10,
		    "reserved cause of transmission" },
		{ { ID(1, 1, 16), 1, 0, 0, 1 }, 10, NULL },
		{ { ID(1, 1, 41), 1, 0, 0, 1 }, 10, NULL },
		{ { ID(1, 1, 63), 1, 0, 0, 1 }, 10, NULL }, /* private */
		{ { 1, 1, 3, 0, 0, 0, 1, 0, 0, 1 }, 10, "common address is 0" },
		{ { 1, 1, 3, 0, 0, 1, 1, 0, 0, 1 }, 10, NULL }, /* CA 256 */
		{ { ID(1, 0, 3) }, 6, "number of objects is 0" },
		{ { ID(1, 0x80, 3) }, 6, "number of objects is 0" },
		{ { ID(45, 0x81, 6), 1, 0, 0, 1 }, 10,
		    "SQ is 1 in a type that has no sequences" },
		{ { ID(44, 1, 3) }, 6, "reserved type identification" },
		{ { ID(0, 1, 3) }, 6, "reserved type identification" },
		{ { ID(128, 0, 0) }, 6, NULL },
	};
	static struct kept k;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link l = { .ports = { 0 } };
		uint8_t unit[UNIT_MAX];
		size_t n = frame(unit, cases[i].asdu, cases[i].n);

		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, cases[i].flaw));
		CU_ASSERT_EQUAL(k.op.object.n, cases[i].n < 10 ? 2 : 5);
	}
}

/* The last of many objects is looked at as well. */
static void
test_last_object(void)
{
	static const uint8_t listed[] = { ID(1, 3, 3), 1, 0, 0, 1, 2, 0, 0, 1,
		3, 0, 0, 3 };
	static const uint8_t sequence[] = { ID(9, 0x83, 3), 1, 0, 0, 2, 2, 0, 2,
		2, 0, 2, 2, 2 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, listed, sizeof(listed));

	dissect(&l, 0, unit, n, &k);
	CU_ASSERT(has_flaw(&k, "reserved bits of SIQ are not 0"));
	n = frame(unit, sequence, sizeof(sequence));
	dissect(&l, 0, unit, n, &k);
	CU_ASSERT(has_flaw(&k, "reserved bits of QDS are not 0"));
	unit[n - 1] = 1;
	dissect(&l, 0, unit, n, &k);
	CU_ASSERT(has_flaw(&k, NULL));
}

/* A station repeats what it refuses; that is not its flaw. */
static void
test_refused(void)
{
	static const uint8_t unknown[] = { ID(2, 1, 0x40 | 44), 1, 0, 0, 0 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = build(unit, 100, 0x40 | 7, "\x05", 1);

	dissect(&l, 1, unit, n, &k);
	CU_ASSERT_EQUAL(k.op.result, OP_REFUSED);
	CU_ASSERT(has_flaw(&k, NULL));
	n = build(unit, 100, 7, "\x05", 1); /* but here it accepts it */
	dissect(&l, 1, unit, n, &k);
	CU_ASSERT(has_flaw(&k, "reserved QOI"));
	n = frame(unit, unknown, sizeof(unknown)); /* three octets too few */
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
	CU_ASSERT_EQUAL(k.op.result, OP_REFUSED);
	CU_ASSERT(has_flaw(&k, NULL));
	CU_ASSERT(says(&k, "\"ioa\":[]"));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "reserved bits", test_spare_bits },
		{ "qualifiers", test_qualifiers },
		{ "files", test_files },
		{ "impossible times", test_times },
		{ "any year", test_any_year },
		{ "flags of a time", test_time_flags },
		{ "the identifier", test_identifier },
		{ "the last object", test_last_object },
		{ "what is refused", test_refused },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_flaws", tests);
}
