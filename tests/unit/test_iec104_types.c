/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: every type's octets and what they mean. */
#include <config.h>

#include "tests/unit/iec104.h"

/* One object's elements as the standards lay them out, without address. */
struct row {
	uint8_t type;
	const char *element;
	size_t size;
	enum op_kind kind;
	bool sequence, single; /* SQ may be 1; several objects may not be */
	const char *says;      /* members of the record */
};

#define E(s) s, sizeof(s) - 1

/* clang-format off */
static const struct row rows[] = {
	/* SIQ, DIQ: value beside IV NT SB BL */
	{ 1, E("\x01"), OP_REPORT, 1, 0, "\"value\":1}" },
	{ 2, E("\x11" CP24), OP_REPORT, 0, 0,
	    "\"value\":1,\"hour_ms\":1805000,\"quality\":\"BL\"" },
	{ 3, E("\x02"), OP_REPORT, 1, 0, "\"value\":2}" },
	{ 4, E("\xc3" CP24), OP_REPORT, 0, 0,
	    "\"value\":3,\"hour_ms\":1805000,\"quality\":\"NT IV\"" },
	/* VTI: 7 bits with sign, transient; QDS */
	{ 5, E("\x7b\x20"), OP_REPORT, 1, 0,
	    "\"value\":-5,\"transient\":false,\"quality\":\"SB\"" },
	{ 6, E("\xbf\x01" CP24), OP_REPORT, 0, 0,
	    "\"value\":63,\"transient\":true" },
	{ 7, E("\x78\x56\x34\x12\x00"), OP_REPORT, 1, 0,
	    "\"value\":305419896}" },
	{ 8, E("\x78\x56\x34\x12\x00" CP24), OP_REPORT, 0, 0,
	    "\"value\":305419896,\"hour_ms\":" },
	/* NVA, SVA, R32 */
	{ 9, E("\x00\xc0\x00"), OP_REPORT, 1, 0, "\"value\":-0.5}" },
	{ 10, E("\x00\x80\x00" CP24), OP_REPORT, 0, 0, "\"value\":-1," },
	{ 11, E("\xfe\xff\x01"), OP_REPORT, 1, 0,
	    "\"value\":-2,\"quality\":\"OV\"}" },
	{ 12, E("\xff\x7f\x00" CP24), OP_REPORT, 0, 0, "\"value\":32767," },
	{ 13, E("\x66\x66\x48\xc2\x00"), OP_REPORT, 1, 0,
	    "\"value\":-50.1}" },
	{ 14, E("\x00\x00\x48\x42\x00" CP24), OP_REPORT, 0, 0,
	    "\"value\":50," },
	/* BCR: counter, then IV CA CY and sequence number */
	{ 15, E("\xff\xff\xff\xff\x65"), OP_REPORT, 1, 0,
	    "\"value\":-1,\"sequence\":5,\"quality\":\"CY CA\"" },
	{ 16, E("\x10\x27\x00\x00\x1f" CP24), OP_REPORT, 0, 0,
	    "\"value\":10000,\"sequence\":31,\"hour_ms\":1805000}" },
	/* SEP; SPE, OCI with QDP; CP16Time2a */
	{ 17, E("\x0a\xe8\x03" CP24), OP_REPORT, 0, 0,
	    "\"value\":2,\"elapsed_ms\":1000,\"hour_ms\":1805000,"
	    "\"quality\":\"EI\"" },
	{ 18, E("\x21\x08\xe8\x03" CP24), OP_REPORT, 0, 1,
	    "\"value\":33,\"elapsed_ms\":1000,\"hour_ms\":1805000,"
	    "\"quality\":\"EI\"" },
	{ 19, E("\x0f\x00\xe8\x03" CP24), OP_REPORT, 0, 1,
	    "\"value\":15,\"elapsed_ms\":1000," },
	/* SCD: 16 states, 16 that changed */
	{ 20, E("\x01\x00\x02\x00\x00"), OP_REPORT, 1, 0,
	    "\"value\":131073}" },
	{ 21, E("\x00\x40"), OP_REPORT, 1, 0, "\"value\":0.5}" },
	/* the same with CP56Time2a */
	{ 30, E("\x01" CP56), OP_REPORT, 0, 0,
	    "\"value\":1,\"time\":\"2026-11-22T12:30:05.000Z\"}" },
	{ 31, E("\x02" CP56), OP_REPORT, 0, 0, "\"value\":2,\"time\":" },
	{ 32, E("\x40\x00" CP56), OP_REPORT, 0, 0,
	    "\"value\":-64,\"transient\":false,\"time\":" },
	{ 33, E("\x01\x00\x00\x80\x00" CP56), OP_REPORT, 0, 0,
	    "\"value\":2147483649,\"time\":" },
	{ 34, E("\x00\x20\x00" CP56), OP_REPORT, 0, 0,
	    "\"value\":0.25,\"time\":" },
	{ 35, E("\x00\x80\x00" CP56), OP_REPORT, 0, 0,
	    "\"value\":-32768,\"time\":" },
	{ 36, E("\x00\x00\x80\x3f\x00" CP56), OP_REPORT, 0, 0,
	    "\"value\":1,\"time\":" },
	{ 37, E("\x00\x00\x00\x80\x80" CP56), OP_REPORT, 0, 0,
	    "\"value\":-2147483648,\"sequence\":0,\"time\":" },
	{ 38, E("\x01\xe8\x03" CP56), OP_REPORT, 0, 0,
	    "\"value\":1,\"elapsed_ms\":1000,\"time\":" },
	{ 39, E("\x01\x00\xe8\x03" CP56), OP_REPORT, 0, 1,
	    "\"value\":1,\"elapsed_ms\":1000,\"time\":" },
	{ 40, E("\x01\x00\xe8\x03" CP56), OP_REPORT, 0, 1,
	    "\"value\":1,\"elapsed_ms\":1000,\"time\":" },
	/* commands: SCO, DCO, RCO; then values with QOS */
	{ 45, E("\x81"), OP_CONTROL, 0, 1,
	    "\"select\":true,\"value\":1,\"qualifier\":0}" },
	{ 46, E("\x06"), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":2,\"qualifier\":1}" },
	{ 47, E("\x0d"), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":1,\"qualifier\":3}" },
	{ 48, E("\x00\x20\x80"), OP_CONTROL, 0, 1,
	    "\"select\":true,\"value\":0.25,\"qualifier\":0}" },
	{ 49, E("\x0a\x00\x40"), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":10,\"qualifier\":64}" },
	{ 50, E("\x00\x00\x20\x41\x80"), OP_CONTROL, 0, 1,
	    "\"select\":true,\"value\":10,\"qualifier\":0}" },
	{ 51, E("\x0f\x00\x00\x00"), OP_CONTROL, 0, 1, "\"value\":15}" },
	{ 58, E("\x01" CP56), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":1,\"qualifier\":0,\"time\":" },
	{ 59, E("\x81" CP56), OP_CONTROL, 0, 1,
	    "\"select\":true,\"value\":1,\"qualifier\":0,\"time\":" },
	{ 60, E("\x02" CP56), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":2,\"qualifier\":0,\"time\":" },
	{ 61, E("\x00\x20\x80" CP56), OP_CONTROL, 0, 1,
	    "\"select\":true,\"value\":0.25,\"qualifier\":0,\"time\":" },
	{ 62, E("\x0a\x00\x00" CP56), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":10,\"qualifier\":0,\"time\":" },
	{ 63, E("\x00\x00\x20\x41\x00" CP56), OP_CONTROL, 0, 1,
	    "\"select\":false,\"value\":10,\"qualifier\":0,\"time\":" },
	{ 64, E("\x0f\x00\x00\x00" CP56), OP_CONTROL, 0, 1,
	    "\"value\":15,\"time\":" },
	/* COI, QOI, QCC, none, CP56Time2a, FBP, QRP, CP16Time2a, TSC */
	{ 70, E("\x81"), OP_REPORT, 0, 1, "\"qualifier\":129}" },
	{ 100, E("\x14"), OP_READ, 0, 1, "\"qualifier\":20}" },
	{ 101, E("\x45"), OP_READ, 0, 1, "\"qualifier\":69}" },
	{ 102, E(""), OP_READ, 0, 1, "\"ioa\":[66051]}" },
	{ 103, E(CP56), OP_TIME, 0, 1,
	    "\"ioa\":[66051],\"time\":\"2026-11-22T12:30:05.000Z\"}" },
	{ 104, E("\xaa\x55"), OP_OTHER, 0, 1, "\"value\":21930}" },
	{ 105, E("\x01"), OP_CONTROL, 0, 1, "\"qualifier\":1}" },
	{ 106, E("\xe8\x03"), OP_TIME, 0, 1, "\"elapsed_ms\":1000}" },
	{ 107, E("\x02\x01" CP56), OP_OTHER, 0, 1,
	    "\"value\":258,\"time\":" },
	/* values with QPM; QPA */
	{ 110, E("\x00\x20\x01"), OP_WRITE, 0, 1,
	    "\"value\":0.25,\"qualifier\":1}" },
	{ 111, E("\x0a\x00\x02"), OP_WRITE, 0, 1,
	    "\"value\":10,\"qualifier\":2}" },
	{ 112, E("\x00\x00\x20\x41\x03"), OP_WRITE, 0, 1,
	    "\"value\":10,\"qualifier\":3}" },
	{ 113, E("\x03"), OP_WRITE, 0, 1, "\"qualifier\":3}" },
	/* files: NOF, NOS, LOF or LOS, and FRQ, SRQ, SCQ, LSQ, AFQ, SOF */
	{ 120, E("\x02\x01\x18\x00\x01\x80"), OP_FILE, 0, 1,
	    "\"qualifier\":128,\"file\":258,\"length\":65560}" },
	{ 121, E("\x02\x01\x05\x18\x00\x00\x00"), OP_FILE, 0, 1,
	    "\"qualifier\":0,\"file\":258,\"section\":5,\"length\":24}" },
	{ 122, E("\x02\x01\x05\x01"), OP_FILE, 0, 1,
	    "\"qualifier\":1,\"file\":258,\"section\":5}" },
	{ 123, E("\x02\x01\x05\x03\x5a"), OP_FILE, 0, 1,
	    "\"qualifier\":3,\"file\":258,\"section\":5,\"checksum\":90}" },
	{ 124, E("\x02\x01\x05\x03"), OP_FILE, 0, 1,
	    "\"qualifier\":3,\"file\":258,\"section\":5}" },
	{ 125, E("\x02\x01\x05\x03" "abc"), OP_FILE, 0, 1,
	    "\"file\":258,\"section\":5,\"length\":3}" },
	{ 126, E("\x02\x01\x18\x00\x00\x20" CP56), OP_FILE, 1, 0,
	    "\"qualifier\":32,\"file\":258,\"length\":24,\"time\":" },
	{ 127, E("\x02\x01" CP56 CP56), OP_FILE, 0, 1,
	    "\"file\":258,\"start\":\"2026-11-22T12:30:05.000Z\","
	    "\"time\":\"2026-11-22T12:30:05.000Z\"}" },
	/* AID, BCR, CP56Time2a (60870-5-7) */
	{ 41, E("\x02\x00\x0a\x00\x00\x00\x05" CP56), OP_KEY, 0, 0,
	    "\"value\":10,\"sequence\":5,\"association\":2,\"time\":" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* n objects from 0x010203 on, each with its address or, by SQ, the first. */
static size_t
build(uint8_t to[UNIT_MAX], const struct row *r, bool sq, unsigned n)
{
	uint8_t asdu[UNIT_MAX] = { ID(r->type, 0, 3) };
	size_t at = HEAD;

	asdu[1] = (uint8_t)((sq ? 0x80U : 0) | n);
	for (unsigned i = 0; i < n; i++) {
		uint8_t ioa[] = { (uint8_t)(3 + i), 2, 1 };

		if (i == 0 || !sq) {
			memcpy(asdu + at, ioa, sizeof(ioa));
			at += sizeof(ioa);
		}
		memcpy(asdu + at, r->element, r->size);
		at += r->size;
	}
	return frame(to, asdu, at);
}

static void
check_object(const struct row *r, struct kept *k)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	size_t n = build(unit, r, false, 1);

	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, k), RD_OK);
	CU_ASSERT(has_flaw(k, NULL));
	CU_ASSERT_EQUAL(k->op.kind, r->kind);
	CU_ASSERT_EQUAL(k->op.function, r->type);
	CU_ASSERT_EQUAL(k->op.object.n, 5);
	CU_ASSERT(says(k, "\"ioa\":[66051]"));
	CU_ASSERT(says(k, r->says));
	CU_ASSERT_EQUAL(iec104_dissector.probe(rd_over(unit, n, n)), PROBE_YES);
}

/* One octet less and one more, in a connection whose sizes are settled. */
static void
check_size(const struct row *r, struct kept *k)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	size_t n = build(unit, &rows[0], false, 1);

	dissect(&l, 0, unit, n, k);
	n = build(unit, r, false, 1);
	unit[1]++;
	unit[n] = 0xff;
	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n + 1, k),
	    r->type == 41 ? RD_OK : RD_TRAILING);
	unit[1] -= 2;
	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n - 1, k),
	    r->type == 41 ? RD_OK : RD_MALFORMED);
	if (r->type != 41)
		CU_ASSERT(has_flaw(
		    k, "fewer octets than the number of objects needs"));
}

static void
check_several(const struct row *r, struct kept *k)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	size_t n = build(unit, r, false, 3);

	if (r->type == 125)
		return; /* there the length is no proof of the number */
	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, k), RD_OK);
	CU_ASSERT(has_flaw(k,
	    r->single ? "several objects in a type that carries one" : NULL));
	CU_ASSERT(says(k, "\"ioa\":[66051,66052,66053]"));
}

static void
check_sequence(const struct row *r, struct kept *k)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	size_t n = build(unit, r, true, 3);

	if (r->type == 125)
		return;
	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, k), RD_OK);
	CU_ASSERT(has_flaw(
	    k, r->sequence ? NULL : "SQ is 1 in a type that has no sequences"));
	CU_ASSERT(says(k, "\"sq\":true,\"ioa\":[66051,66052,66053]"));
}

static void
test_every_type(void)
{
	static struct kept k;

	for (size_t i = 0; i < ROWS; i++) {
		check_object(&rows[i], &k);
		check_size(&rows[i], &k);
		check_several(&rows[i], &k);
		check_sequence(&rows[i], &k);
	}
}

/* What is not in the table has no objects, and is reserved or is not. */
static void
test_other_types(void)
{
	bool listed[256] = { false };
	static struct kept k;

	for (size_t i = 0; i < ROWS; i++)
		listed[rows[i].type] = true;
	for (unsigned t = 0; t <= 255; t++) {
		struct link l = { .ports = { 0 } };
		const uint8_t asdu[] = { ID((uint8_t)t, 1, 3), 1, 2, 3 };
		bool known = (t >= 81 && t <= 87) || (t >= 90 && t <= 95);
		uint8_t unit[UNIT_MAX];
		size_t n = frame(unit, asdu, sizeof(asdu));

		if (listed[t])
			continue;
		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, known || t >= IEC104_PRIVATE
		                           ? NULL
		                           : "reserved type identification"));
		CU_ASSERT_EQUAL(
		    k.op.kind, t >= 81 && t <= 95 ? OP_KEY : OP_OTHER);
		CU_ASSERT_EQUAL(k.op.object.n, 2);
		CU_ASSERT_EQUAL(k.apdu.objects.n, 3);
		CU_ASSERT(says(&k, "\"ioa\":[]"));
	}
}

/* 127 objects are the most, and need the least octets in SIQ. */
static void
test_longest(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t asdu[249] = { ID(1, 0xff, 20), 0xff, 0xff, 0xff };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, 9 + 127);

	asdu[1] = 0xff;
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
	CU_ASSERT(says(&k, "\"ioa\":[16777215,16777216,"));
	asdu[1] = 60; /* of 4 octets each: 6 + 240 */
	memset(asdu + HEAD, 1, 240);
	n = frame(unit, asdu, 246);
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
	CU_ASSERT(says(&k, "\"values\":[1,1,"));
}

static void
test_lists(void)
{
	/* on and good; off and invalid, at 1 and 2 */
	static const uint8_t asdu[] = { ID(1, 2, 3), 1, 0, 0, 1, 2, 0, 0,
		0x80 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, sizeof(asdu));

	dissect(&l, 1, unit, n, &k);
	CU_ASSERT(says(&k, "\"ioa\":[1,2],\"values\":[1,0],"
	                   "\"qualities\":[\"\",\"IV\"]}"));
}

/* Not a number is no JSON either. */
static void
test_not_a_number(void)
{
	static const uint8_t asdu[] = { ID(13, 1, 3), 1, 0, 0, 0, 0, 0xc0, 0x7f,
		0 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, sizeof(asdu));

	dissect(&l, 1, unit, n, &k);
	CU_ASSERT(says(&k, "\"value\":null}"));
}

static void
test_security(void)
{
	static struct kept k;
	static const struct {
		uint8_t asdu[32];
		size_t n;
		const char *says;
	} cases[] = {
		/* 81: segment 1 of 1, CSQ 5, USR 1, and what follows */
		{ { ID(81, 1, 14), 0xc1, 5, 0, 0, 0, 1, 0, 4, 0, 4, 0 }, 17,
		    "{\"first\":true,\"last\":true,\"segment\":1,"
		    "\"sequence\":5,\"user\":1}" },
		/* 82: segment 2 is not the first */
		{ { ID(82, 1, 14), 0x82, 1, 2, 3, 4, 5, 6, 7 }, 14,
		    "{\"first\":false,\"last\":true,\"segment\":2}" },
		/* 83: C_SC_NA_1 stands before CSQ 6, USR 2 */
		{ { ID(83, 1, 14), 0xc1, ID(45, 1, 6), 1, 0, 0, 1, 6, 0, 0, 0,
		      2, 0 },
		    23, "\"sequence\":6,\"user\":2,\"type\":45}" },
		/* 83 around what has no layout: where CSQ is, nobody knows */
		{ { ID(83, 1, 14), 0xc1, ID(44, 1, 6), 1, 0, 0, 1, 6, 0, 0, 0,
		      2, 0 },
		    23, "\"segment\":1,\"type\":44}" },
		/* 84: USR 3 alone */
		{ { ID(84, 1, 15), 3, 0 }, 8, "\"user\":3}" },
		/* 87: CSQ 7, USR 1, AID 0, ERR 2 */
		{ { ID(87, 1, 14), 0xc1, 7, 0, 0, 0, 1, 0, 0, 0, 2 }, 16,
		    "\"sequence\":7,\"user\":1,\"error\":2}" },
		/* 95 begins as all do; what follows differs by edition */
		{ { ID(95, 1, 16), 0xc1, 1, 2, 3, 4, 5, 6, 7 }, 14,
		    "{\"first\":true,\"last\":true,\"segment\":1}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link l = { .ports = { 0 } };
		uint8_t unit[UNIT_MAX];
		size_t n = frame(unit, cases[i].asdu, cases[i].n);

		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, NULL));
		CU_ASSERT(says(&k, cases[i].says));
	}
}

/* A record that does not fit is no record, wherever it ends. */
static void
test_small_buffer(void)
{
	static const uint8_t asdu[] = { ID(5, 2, 3), 1, 0, 0, 1, 1, 2, 0, 0, 2,
		0x80 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	char line[512];
	struct json j;
	size_t n = frame(unit, asdu, sizeof(asdu)), whole, got;

	dissect(&l, 1, unit, n, &k);
	whole = strlen(k.line);
	for (size_t size = 1; size <= sizeof(line); size++) {
		k.apdu.objects.p = unit + 12;
		json_start(&j, line, size);
		json_open(&j, NULL, '{');
		iec104_dissector.write_json(&k.apdu, &j);
		json_close(&j, '}');
		got = json_end(&j);
		CU_ASSERT(got == 0 || (got == whole && size > whole));
		CU_ASSERT(got == whole || size <= whole + JSON_SLACK);
	}
}

/* A segment as long as it can be, and one whose LOS is wrong. */
static void
test_segment(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t asdu[249] = { ID(125, 1, 13), 0, 0, 0, 1, 0, 1, 236 };
	uint8_t unit[UNIT_MAX];
	struct iec104_walk w;
	struct iec104_object o;
	struct iec104_file f;
	static struct kept k;
	size_t n = frame(unit, asdu, 249);

	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
	CU_ASSERT(has_flaw(&k, NULL));
	w = iec104_objects(&k.apdu);
	CU_ASSERT_FATAL(iec104_next(&w, &o));
	CU_ASSERT(iec104_file(&o, &f));
	CU_ASSERT_EQUAL(f.segment.n, 236);
	CU_ASSERT_FALSE(iec104_next(&w, &o));
	unit[HEAD + 12] = 237;
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_MALFORMED);
	unit[HEAD + 12] = 235;
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_TRAILING);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "every type", test_every_type },
		{ "all other types", test_other_types },
		{ "the longest units", test_longest },
		{ "lists for several objects", test_lists },
		{ "not a number", test_not_a_number },
		{ "security", test_security },
		{ "a small buffer", test_small_buffer },
		{ "a file's segment", test_segment },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_types", tests);
}
