/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: where a unit is, what its APCI says, and who sent it. */
#include <config.h>

#include "tests/unit/iec104.h"

static const uint8_t command[] = {
	0x68, 0x0e, 0x04, 0x00, 0x02, 0x00, /* I, N(S) 2, N(R) 1 */
	0x2d, 0x01, 0x06, 0x05, 0x03, 0x00, /* C_SC_NA_1 act, OA 5, CA 3 */
	0xe9, 0x03, 0x00, 0x81,             /* 1001: select, on */
};

static void
test_command(void)
{
	struct link l = { .ports = { 0 } };
	static struct kept k;

	CU_ASSERT_EQUAL(dissect(&l, 0, command, sizeof(command), &k), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_CONTROL);
	CU_ASSERT_EQUAL(k.op.function, 45);
	CU_ASSERT_EQUAL(k.op.result, OP_NO_RESULT);
	CU_ASSERT_PTR_EQUAL(k.op.object.p, command + 10);
	CU_ASSERT_EQUAL(k.op.object.n, 5);
	CU_ASSERT(iec104_is_command(&k.apdu));
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"format\":\"I\",\"ns\":2,\"nr\":1,\"type\":45,\"cot\":6,"
	    "\"negative\":false,\"test\":false,\"oa\":5,\"ca\":3,"
	    "\"sq\":false,\"ioa\":[1001],\"select\":true,\"value\":1,"
	    "\"qualifier\":0}");
}

static void
test_result(void)
{
	static const struct {
		uint8_t cause;
		enum op_result result;
		bool command;
	} cases[] = {
		{ 6, OP_NO_RESULT, true },
		{ 8, OP_NO_RESULT, true },
		{ 0x86, OP_NO_RESULT, true }, /* with T */
		{ 7, OP_ACCEPTED, false },
		{ 9, OP_ACCEPTED, false },
		{ 10, OP_ACCEPTED, false },
		{ 0x47, OP_REFUSED, false },
		{ 0x4a, OP_REFUSED, false },
		{ 44, OP_REFUSED, false },
		{ 0x40 | 47, OP_REFUSED, false },
		{ 5, OP_NO_RESULT, false },
	};
	static struct kept k;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link l = { .ports = { 0 } };
		uint8_t unit[sizeof(command)];

		memcpy(unit, command, sizeof(unit));
		unit[8] = cases[i].cause;
		dissect(&l, 0, unit, sizeof(unit), &k);
		CU_ASSERT_EQUAL(k.op.result, cases[i].result);
		CU_ASSERT_EQUAL(iec104_is_command(&k.apdu), cases[i].command);
		CU_ASSERT_EQUAL(k.apdu.test, cases[i].cause >> 7);
	}
}

/* Numbers of 15 bits, and all functions. */
static void
test_control_field(void)
{
	static const uint8_t s[] = { 0x68, 4, 0x01, 0x00, 0xfe, 0xff };
	static const uint8_t functions[] = { 0x07, 0x0b, 0x13, 0x23, 0x43,
		0x83 };
	uint8_t unit[sizeof(command)], u[] = { 0x68, 4, 0, 0, 0, 0 };
	struct link l = { .ports = { 0 } };
	static struct kept k;

	dissect(&l, 0, s, sizeof(s), &k);
	CU_ASSERT_EQUAL(k.op.kind, OP_LINK);
	CU_ASSERT_STRING_EQUAL(k.line, "{\"format\":\"S\",\"nr\":32767}");
	memcpy(unit, command, sizeof(unit));
	memcpy(unit + 2, "\xfe\xff\x00\x80", 4);
	dissect(&l, 0, unit, sizeof(unit), &k);
	CU_ASSERT_EQUAL(k.apdu.ns, 32767);
	CU_ASSERT_EQUAL(k.apdu.nr, 16384);
	for (size_t i = 0; i < sizeof(functions); i++) {
		u[2] = functions[i];
		CU_ASSERT_EQUAL(dissect(&l, 0, u, sizeof(u), &k), RD_OK);
		CU_ASSERT_EQUAL(k.op.function, functions[i]);
		CU_ASSERT_EQUAL(k.op.kind, OP_LINK);
		CU_ASSERT(has_flaw(&k, NULL));
		CU_ASSERT(says(&k, "{\"format\":\"U\",\"u\":"));
	}
}

/* What can be read is read; what contradicts itself is not. */
static const struct {
	uint8_t unit[20];
	size_t n;
	enum rd_err verdict;
	const char *flaw;
} apci_flaws[] = {
	{ { 0x68, 14, 0, 0, 1, 0, ID(45, 1, 6), 1, 0, 0, 1 }, 16, RD_OK,
	    "reserved bit of an I frame is not 0" },
	{ { 0x68, 4, 0x05, 0, 0, 0 }, 6, RD_OK,
	    "reserved bits of an S frame are not 0" },
	{ { 0x68, 4, 0x01, 1, 0, 0 }, 6, RD_OK,
	    "reserved bits of an S frame are not 0" },
	{ { 0x68, 4, 0x01, 0, 1, 0 }, 6, RD_OK,
	    "reserved bits of an S frame are not 0" },
	{ { 0x68, 4, 0x43, 1, 0, 0 }, 6, RD_OK,
	    "reserved octets of a U frame are not 0" },
	{ { 0x68, 4, 0x43, 0, 2, 0 }, 6, RD_OK,
	    "reserved octets of a U frame are not 0" },
	{ { 0x68, 4, 0x43, 0, 0, 4 }, 6, RD_OK,
	    "reserved octets of a U frame are not 0" },
	{ { 0x68, 4, 0x0f, 0, 0, 0 }, 6, RD_MALFORMED,
	    "function of a U frame is not one of the six" },
	{ { 0x68, 4, 0x03, 0, 0, 0 }, 6, RD_MALFORMED,
	    "function of a U frame is not one of the six" },
	{ { 0x68, 5, 0x01, 0, 2, 0, 0xff }, 7, RD_MALFORMED,
	    "length of an S frame is not 4" },
	{ { 0x68, 5, 0x43, 0, 0, 0, 0xff }, 7, RD_MALFORMED,
	    "length of a U frame is not 4" },
	{ { 0x68, 4, 0, 0, 0, 0 }, 6, RD_MALFORMED,
	    "I frame is too short for its data unit identifier" },
	{ { 0x68, 9, 0, 0, 0, 0, 100, 1, 6, 0, 1 }, 11, RD_MALFORMED,
	    "I frame is too short for its data unit identifier" },
	{ { 0x68, 14, 0, 0, 0, 0, ID(1, 2, 3), 1, 0, 0, 1 }, 16, RD_OK,
	    "address sizes differ from the configured ones" },
	{ { 0x68, 14, 0, 0, 0, 0, ID(1, 3, 3), 1, 0, 0, 1 }, 16, RD_MALFORMED,
	    "fewer octets than the number of objects needs" },
	{ { 0x68, 15, 0, 0, 0, 0, ID(1, 1, 3), 1, 0, 0, 1, 9 }, 17, RD_TRAILING,
	    "octets behind the last object" },
	{ { 0x68, 11, 0, 0, 0, 0, ID(1, 0, 3), 1 }, 13, RD_TRAILING,
	    "octets behind the last object" },
	{ { 0x68, 4, 0x43, 0, 0, 0, 0x68 }, 7, RD_TRAILING,
	    "octets behind the unit" },
	{ { 0x68, 14, 0, 0, 0, 0, ID(45, 1, 6) }, 12, RD_MALFORMED,
	    "unit ends before its length says" },
	{ { 0x69, 4, 0x43, 0, 0, 0 }, 6, RD_MALFORMED,
	    "start octet is not 0x68" },
	{ { 0x68, 3, 0x43, 0, 0 }, 5, RD_MALFORMED, "length below 4" },
	{ { 0x68, 254, 0x43, 0, 0, 0 }, 6, RD_MALFORMED, "length above 253" },
};

static void
test_apci_flaws(void)
{
	static struct kept k;

	for (size_t i = 0; i < sizeof(apci_flaws) / sizeof(apci_flaws[0]);
	     i++) {
		struct link l = { .ports = { 0 } };

		CU_ASSERT_EQUAL(
		    dissect(&l, 0, apci_flaws[i].unit, apci_flaws[i].n, &k),
		    apci_flaws[i].verdict);
		CU_ASSERT(has_flaw(&k, apci_flaws[i].flaw));
	}
}

/* As much as could be read stands in the record. */
static void
test_partly_read(void)
{
	static const uint8_t few[] = { 0x68, 14, 0, 0, 0, 0, ID(1, 127, 3), 1,
		0, 0, 1 };
	static const uint8_t head[] = { 0x68, 8, 2, 0, 4, 0, 100, 1, 6, 0 };
	struct link l = { .ports = { 0 } };
	static struct kept k;

	dissect(&l, 0, few, sizeof(few), &k);
	CU_ASSERT_EQUAL(k.op.function, 1);
	CU_ASSERT_EQUAL(k.op.object.n, 2);
	CU_ASSERT(says(&k, "\"ca\":1,\"sq\":false,\"ioa\":[]}"));
	dissect(&l, 0, head, sizeof(head), &k);
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"format\":\"I\",\"ns\":1,\"nr\":2,\"type\":100,\"cot\":6,"
	    "\"negative\":false,\"test\":false}");
	dissect(&l, 0, head + 1, sizeof(head) - 1, &k);
	CU_ASSERT_STRING_EQUAL(k.line, "{}");
}

/* Lost octets are no flaw, wherever they begin. */
static void
test_truncated(void)
{
	static const uint8_t contradiction[] = { 0x68, 9, 0x43, 0, 0, 0 };
	struct link l = { .ports = { 0 } };
	static struct kept k;

	for (size_t i = 0; i < sizeof(command); i++) {

		CU_ASSERT_EQUAL(
		    dissect_cut(&l, 0, command, i, sizeof(command), &k),
		    RD_TRUNCATED);
		CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
		CU_ASSERT(has_flaw(&k, NULL));
		CU_ASSERT_EQUAL(dissect(&l, 0, command, i, &k), RD_MALFORMED);
	}
	/* what is there is evidence even so */
	CU_ASSERT_EQUAL(
	    dissect_cut(&l, 0, contradiction, sizeof(contradiction), 11, &k),
	    RD_MALFORMED);
}

static enum probe
probe(const uint8_t *p, size_t n)
{
	return iec104_dissector.probe(rd_over(p, n, n));
}

static const struct {
	uint8_t unit[20];
	size_t n;
	enum probe probe;
} probes[] = {
	{ { 0 }, 0, PROBE_MORE },
	{ { 0x67 }, 1, PROBE_NO },
	{ { 0x68 }, 1, PROBE_MORE },
	{ { 0x68, 3 }, 2, PROBE_NO },
	{ { 0x68, 254 }, 2, PROBE_NO },
	{ { 0x68, 253 }, 2, PROBE_MORE },
	{ { 0x68, 4, 0x43 }, 3, PROBE_MORE },
	{ { 0x68, 5, 0x43 }, 3, PROBE_NO },
	{ { 0x68, 4, 0x0f }, 3, PROBE_NO },
	{ { 0x68, 4, 0x43, 0, 0, 0 }, 6, PROBE_YES },
	{ { 0x68, 4, 0x43, 0, 0, 1 }, 6, PROBE_NO },
	{ { 0x68, 4, 0x43, 0, 1 }, 5, PROBE_NO },
	{ { 0x68, 4, 0x43, 1 }, 4, PROBE_NO },
	{ { 0x68, 4, 1, 0, 2, 0 }, 6, PROBE_LIKELY },
	{ { 0x68, 4, 1, 0, 3, 0 }, 6, PROBE_NO },
	{ { 0x68, 4, 5, 0, 2, 0 }, 6, PROBE_NO },
	{ { 0x68, 4, 0 }, 3, PROBE_NO }, /* no room for an ASDU */
	{ { 0x68, 7, 0 }, 3, PROBE_NO },
	{ { 0x68, 8, 0 }, 3, PROBE_MORE },
	{ { 0x68, 8, 0, 0, 0, 0, 128, 1, 6, 1 }, 10, PROBE_LIKELY },
	{ { 0x68, 14, 0, 0, 1 }, 5, PROBE_NO },
	{ { 0x68, 14, 0, 0, 0, 0, 45, 1 }, 8, PROBE_MORE },
	{ { 0x68, 14, 0, 0, 0, 0, 45, 1, 6 }, 9, PROBE_YES },
	{ { 0x68, 14, 0, 0, 0, 0, 45, 1, 42 }, 9, PROBE_NO },
	{ { 0x68, 15, 0, 0, 0, 0, 45, 1, 6 }, 9, PROBE_LIKELY },
	{ { 0x68, 14, 0, 0, 0, 0, 45, 0, 6 }, 9, PROBE_LIKELY },
	{ { 0x68, 14, 0, 0, 0, 0, 44, 1, 6 }, 9, PROBE_LIKELY },
	{ { 0x68, 14, 0, 0, 0, 0, 200, 1, 6 }, 9, PROBE_LIKELY },
	{ { 0x68, 14, 0, 0, 0, 0, 81, 1, 14 }, 9, PROBE_LIKELY },
	/* a segment of one octet, before and after LOS */
	{ { 0x68, 18, 0, 0, 0, 0, 125, 1, 13, 0, 1, 0, 0, 0, 0, 1, 0, 1 }, 18,
	    PROBE_MORE },
	{ { 0x68, 18, 0, 0, 0, 0, 125, 1, 13, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1 },
	    19, PROBE_YES },
	{ { 0x68, 14, 0, 0, 0, 0, 125, 1, 13, 1, 0, 0, 0, 1, 0, 1 }, 16,
	    PROBE_LIKELY }, /* one of none in 1/1/2 */
	{ { 0x68, 18, 0, 0, 0, 0, 125, 1, 13, 0, 1, 0, 0, 0, 0, 1, 0, 1, 2 },
	    19, PROBE_LIKELY },
};

static void
test_probe(void)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		CU_ASSERT_EQUAL(
		    probe(probes[i].unit, probes[i].n), probes[i].probe);
}

static void
test_frame(void)
{
	static const uint8_t alien[] = { 0x00, 0x68 }, low[] = { 0x68, 3 },
	                     high[] = { 0x68, 254 };
	enum frame (*find)(struct reader, size_t *) = iec104_dissector.frame;
	size_t len = 99;

	CU_ASSERT_EQUAL(find(rd_over(command, 0, 0), &len), FRAME_SHORT);
	CU_ASSERT_EQUAL(find(rd_over(command, 1, 1), &len), FRAME_SHORT);
	CU_ASSERT_EQUAL(find(rd_over(command, 15, 15), &len), FRAME_SHORT);
	CU_ASSERT_EQUAL(find(rd_over(alien, 1, 1), &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(find(rd_over(low, 2, 2), &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(find(rd_over(high, 2, 2), &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(len, 99);
	CU_ASSERT_EQUAL(find(rd_over(command, 16, 16), &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, 16);
	CU_ASSERT_EQUAL(find(rd_over(command, 2, 20), &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, 16);
}

/* A unit with this cause, or function, in a fresh connection. */
static enum op_from
first_says(uint8_t type, uint8_t cot)
{
	struct link l = { .ports = { 0 } };
	const uint8_t asdu[] = { ID(type, 1, cot), 1, 0, 0, 1, 2, 3 };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, sizeof(asdu));

	if (type < IEC104_PRIVATE) { /* as long as its elements are */
		n = type == 102 ? 15 : 16;
		unit[1] = (uint8_t)(n - 2);
	}
	dissect(&l, 0, unit, n, &k);
	return k.op.from;
}

static void
test_who_controls(void)
{
	CU_ASSERT_EQUAL(first_says(45, 6), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(first_says(100, 8), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(first_says(102, 5), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(first_says(45, 7), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(100, 10), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(100, 0x40 | 45), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 3), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 5), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(3, 20), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(70, 4), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 1), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 11), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(3, 12), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 36), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 41), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(first_says(1, 6), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(first_says(1, 13), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(first_says(1, 19), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(first_says(100, 5), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(first_says(45, 3), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(first_says(200, 3), OP_FROM_UNKNOWN);
}

static enum op_from
u_says(struct link *l, unsigned dir, uint8_t function)
{
	const uint8_t unit[] = { 0x68, 4, function, 0, 0, 0 };
	static struct kept k;

	dissect(l, dir, unit, sizeof(unit), &k);
	return k.op.from;
}

static void
test_start_decides(void)
{
	struct link l = { .ports = { 0 } }, m = l, s = l, t = l, p = l;
	static struct kept k;

	CU_ASSERT_EQUAL(u_says(&l, 1, 0x43), OP_FROM_UNKNOWN);
	CU_ASSERT_EQUAL(u_says(&l, 0, 0x0b), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(u_says(&l, 1, 0x43), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&m, 0, 0x07), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&s, 1, 0x13), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&t, 1, 0x23), OP_FROM_SERVER);

	/* a command from the other side later on is its own affair */
	dissect(&l, 0, command, sizeof(command), &k);
	CU_ASSERT_EQUAL(k.op.from, OP_FROM_SERVER);
	/* but what began in the middle is set right by a start */
	dissect(&p, 0, command, sizeof(command), &k);
	CU_ASSERT_EQUAL(k.op.from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&p, 1, 0x07), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&p, 0, 0x83), OP_FROM_SERVER);
}

/* The port speaks only as long as nothing else has. */
static void
test_port_breaks_ties(void)
{
	struct link l = { .ports = { 2404, 40000 } };
	struct link both = { .ports = { 2404, 2404 } };
	static struct kept k;

	CU_ASSERT_EQUAL(u_says(&l, 0, 0x43), OP_FROM_SERVER);
	CU_ASSERT_EQUAL(u_says(&l, 1, 0x83), OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&both, 0, 0x43), OP_FROM_UNKNOWN);
	dissect(&l, 0, command, sizeof(command), &k);
	CU_ASSERT_EQUAL(k.op.from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(u_says(&l, 1, 0x83), OP_FROM_SERVER);
}

/* Nothing is learnt of what could not be read. */
static void
test_learns_of_good_only(void)
{
	static const uint8_t bad[] = { 0x68, 15, 0, 0, 0, 0, ID(45, 1, 6), 1, 0,
		0, 1, 0 };
	struct link l = { .ports = { 0 } };
	static struct kept k;

	CU_ASSERT_EQUAL(dissect(&l, 0, bad, sizeof(bad), &k), RD_TRAILING);
	CU_ASSERT_EQUAL(k.op.from, OP_FROM_UNKNOWN);
}

static void
test_tally(void)
{
	static const uint8_t startdt[] = { 0x68, 4, 0x07, 0, 0, 0 },
	                     s[] = { 0x68, 4, 1, 0, 0, 0 }, junk[] = { 0 };
	static const uint8_t trailing[] = { 0x68, 15, 0, 0, 0, 0, ID(1, 1, 3),
		1, 0, 0, 1, 0 };
	uint64_t tally[512] = { 0 };
	struct link l = { .ports = { 0 } };
	char line[512];
	static struct kept k;
	struct json j;

	CU_ASSERT_FATAL(iec104_dissector.tally_size <= sizeof(tally));
#define COUNT(octets, captured)                                                \
	dissect_cut(&l, 0, octets, captured, sizeof(octets), &k);              \
	iec104_dissector.count(tally, &k.op)
	COUNT(startdt, 6);
	COUNT(s, 6);
	COUNT(command, 16);
	COUNT(command, 16);
	COUNT(trailing, 17);
	COUNT(junk, 1);
	COUNT(command, 7);
	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	iec104_dissector.write_tally(tally, &j);
	json_close(&j, '}');
	json_end(&j);
	CU_ASSERT_STRING_EQUAL(line,
	    "{\"units\":5,\"i\":3,\"s\":1,\"u\":1,"
	    "\"types\":{\"1\":1,\"45\":2},\"malformed\":1,\"truncated\":1}");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a command", test_command },
		{ "results", test_result },
		{ "the control field", test_control_field },
		{ "flaws of the APCI", test_apci_flaws },
		{ "what could be read", test_partly_read },
		{ "lost octets", test_truncated },
		{ "where a unit may begin", test_probe },
		{ "where a unit ends", test_frame },
		{ "who controls", test_who_controls },
		{ "a start decides", test_start_decides },
		{ "the port breaks ties", test_port_breaks_ties },
		{ "learns of good units only", test_learns_of_good_only },
		{ "the tally", test_tally },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104", tests);
}
