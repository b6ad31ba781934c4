/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE: the frame, the APDU, and what is said of one that cannot be read. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/goose.h"

static void
test_whole(void)
{
	static const uint8_t unit[] = {
		0x10, 0x01, 0x00, 0x3c, 0x00, 0x00, 0x00, 0x00, /* APPID 1001 */
		0x61, 0x32,                                     /* goosePdu */
		GOCBREF, TAL, DATSET, GOID, T, STNUM, SQNUM, 0x87, 0x01,
		0x00,                      /* simulation: no */
		CONFREV, 0x89, 0x01, 0x01, /* ndsCom: yes */
		ENTRIES, 0xab, 0x04, 0x85, 0x02, 0xff, 0x38, /* -200 */
	};
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, sizeof(unit)), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_EQUAL(k.op.from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(k.op.function, 0x61);
	CU_ASSERT_PTR_EQUAL(k.op.object.p, unit + 12);
	CU_ASSERT_EQUAL(k.op.object.n, 4);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	CU_ASSERT_EQUAL(k.pdu.members, 1);
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"appid\":4097,\"gocbref\":\"a$GO\",\"tal\":2000,"
	    "\"datset\":\"d\",\"goid\":\"i\","
	    "\"t\":\"2023-11-02T01:48:48.250000Z\",\"t_quality\":10,"
	    "\"stnum\":2,\"sqnum\":3,\"simulation\":false,"
	    "\"confrev\":1,\"ndscom\":true,"
	    "\"entries\":1,\"data\":[-200],\"types\":\"i\"}");
}

/* Numbers of always five octets (edition 2.1), as a relay sends them. */
static void
test_fixed_length(void)
{
	static const uint8_t elements[] = { GOCBREF, 0x81, 0x05, 0x00, 0x00,
		0x00, 0x27, 0x10, /* 10000 ms */
		DATSET, T, 0x85, 0x05, 0x00, 0xff, 0xff, 0xff,
		0xff, /* 2^32 - 1 */
		0x86, 0x05, 0x00, 0x00, 0x00, 0x00, 0x01, CONFREV, 0x8a, 0x05,
		0x00, 0x00, 0x00, 0x00, 0x01, ALLDATA };
	uint8_t unit[FRAME_MAX];
	struct kept k;

	CU_ASSERT_EQUAL(
	    dissect(&k, unit, build(unit, elements, sizeof(elements))), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.tal, 10000);
	CU_ASSERT_EQUAL(k.pdu.stnum, UINT32_MAX);
	CU_ASSERT_EQUAL(k.pdu.sqnum, 1);
}

static void
test_any_order(void)
{
	static const uint8_t elements[] = { ALLDATA, ENTRIES, 0x8c, 0x01,
		0x00,                   /* of a later edition */
		0x9f, 0x21, 0x01, 0x00, /* the same, with a tag of two octets */
		CONFREV, SQNUM, STNUM, T, DATSET, TAL, GOCBREF };
	uint8_t unit[FRAME_MAX];
	struct kept k;

	CU_ASSERT_EQUAL(
	    dissect(&k, unit, build(unit, elements, sizeof(elements))), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.stnum, 2);
	CU_ASSERT_FALSE(goose_has(&k.pdu, GOOSE_GOID));
	CU_ASSERT_FALSE(goose_has(&k.pdu, GOOSE_SIMULATION));
}

static void
expect_flaw(const uint8_t *elements, size_t n, const char *flaw)
{
	uint8_t unit[FRAME_MAX];
	struct kept k;

	CU_ASSERT_EQUAL(
	    dissect(&k, unit, build(unit, elements, n)), RD_MALFORMED);
	CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k.op.flaw);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, flaw);
}

/* plain[] without the element that begins at the octet at. */
static void
expect_missing(uint8_t tag, const char *flaw)
{
	uint8_t elements[sizeof(plain)];
	size_t at = 0, n;

	while (plain[at] != tag)
		at += 2U + plain[at + 1];
	n = 2U + plain[at + 1];
	memcpy(elements, plain, at);
	memcpy(elements + at, plain + at + n, sizeof(plain) - at - n);
	expect_flaw(elements, sizeof(plain) - n, flaw);
}

static void
test_missing(void)
{
	expect_missing(0x80, "gocbRef is missing");
	expect_missing(0x81, "timeAllowedtoLive is missing");
	expect_missing(0x82, "datSet is missing");
	expect_missing(0x84, "t is missing");
	expect_missing(0x85, "stNum is missing");
	expect_missing(0x86, "sqNum is missing");
	expect_missing(0x88, "confRev is missing");
	expect_missing(0x8a, "numDatSetEntries is missing");
	expect_missing(0xab, "allData is missing");
}

static void
test_no_time(void)
{
	static const uint8_t elements[] = { GOCBREF, TAL, DATSET, 0x84, 0x04,
		0x65, 0x43, 0x00, 0x00, STNUM, SQNUM, CONFREV, ENTRIES,
		ALLDATA };
	uint8_t unit[FRAME_MAX];
	struct kept k;

	CU_ASSERT_EQUAL(
	    dissect(&k, unit, build(unit, elements, sizeof(elements))),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "t has not 8 octets");
	CU_ASSERT_PTR_NULL(strstr(k.line, "\"t\":"));
}

static void
test_contradictions(void)
{
	static const uint8_t two[] = { GOCBREF, TAL, DATSET, T, STNUM, SQNUM,
		CONFREV, 0x8a, 0x01, 0x02, ALLDATA };
	static const uint8_t twice[] = { GOCBREF, TAL, DATSET, T, STNUM, STNUM,
		SQNUM, CONFREV, ENTRIES, ALLDATA };
	static const uint8_t big[] = { GOCBREF, TAL, DATSET, T, 0x85, 0x05,
		0x01, 0x00, 0x00, 0x00, 0x00, /* 2^32 */
		SQNUM, CONFREV, ENTRIES, ALLDATA };
	static const uint8_t no_boolean[] = { GOCBREF, TAL, DATSET, T, STNUM,
		SQNUM, 0x87, 0x00, CONFREV, ENTRIES, ALLDATA };

	expect_flaw(two, sizeof(two), "numDatSetEntries differs from allData");
	expect_flaw(
	    twice, sizeof(twice), "an element of goosePdu stands twice");
	expect_flaw(big, sizeof(big), "stNum has not 32 bits");
	expect_flaw(no_boolean, sizeof(no_boolean), "simulation is no boolean");
}

static void
test_overruns(void)
{
	static const uint8_t element[] = { GOCBREF, TAL, 0x82, 0x40, 'd' };
	static const uint8_t indefinite[] = { GOCBREF, TAL, 0x82, 0x80, 'd' };
	static const uint8_t huge[] = { GOCBREF, 0x81, 0x84, 0xff, 0xff, 0xff,
		0xff, 0x01 };
	static const uint8_t member[] = { GOCBREF, TAL, DATSET, T, STNUM, SQNUM,
		CONFREV, ENTRIES, 0xab, 0x03, 0x83, 0x7f, 0x01 };
	static const uint8_t nested[] = { GOCBREF, TAL, DATSET, T, STNUM, SQNUM,
		CONFREV, ENTRIES,
		/* a boolean that runs out of its structure, not of allData */
		0xab, 0x07, 0xa2, 0x02, 0x83, 0x01, 0x83, 0x01, 0x00 };

	expect_flaw(
	    element, sizeof(element), "an element of goosePdu overruns");
	expect_flaw(indefinite, sizeof(indefinite),
	    "a BER element has an indefinite length");
	expect_flaw(huge, sizeof(huge), "an element of goosePdu overruns");
	expect_flaw(member, sizeof(member), "an element of allData overruns");
	expect_flaw(nested, sizeof(nested), "an element of allData overruns");
}

static enum frame
frame_of(const uint8_t *p, size_t n, size_t on_wire, size_t *len)
{
	*len = 0;
	return goose_dissector.frame(rd_over(p, n, on_wire), len);
}

static void
test_length(void)
{
	uint8_t unit[FRAME_MAX] = { 0 };
	size_t n = build(unit, plain, sizeof(plain)), len;
	struct kept k;

	/* padding behind Length is no data */
	CU_ASSERT_EQUAL(frame_of(unit, n + 10, n + 10, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, n);
	/* what was lost counts as there */
	CU_ASSERT_EQUAL(frame_of(unit, 20, n, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, n);
	CU_ASSERT_EQUAL(frame_of(unit, 5, n, &len), FRAME_WHOLE);

	header(unit, n + 1, 0, 0);
	CU_ASSERT_EQUAL(frame_of(unit, n, n, &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "Length runs beyond the frame");
	CU_ASSERT_EQUAL(k.op.object.n, 4); /* it says all the same who */

	header(unit, 7, 0, 0);
	CU_ASSERT_EQUAL(frame_of(unit, n, n, &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "Length is less than the header");
	CU_ASSERT_EQUAL(k.op.object.n, 4);

	header(unit, n - 1, 0, 0);
	CU_ASSERT_EQUAL(frame_of(unit, n, n, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(dissect(&k, unit, len), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "the APDU is longer than Length allows");

	header(unit, 8, 0, 0);
	CU_ASSERT_EQUAL(frame_of(unit, n, n, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(dissect(&k, unit, len), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "there is no whole APDU");

	CU_ASSERT_EQUAL(frame_of(unit, 2, 2, &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(dissect(&k, unit, 2), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "the header has not 8 octets");
}

/* What the capture cut off is no evidence. */
static void
test_truncated(void)
{
	uint8_t unit[FRAME_MAX];
	size_t n = build(unit, plain, sizeof(plain));
	struct kept k;

	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(dissect_cut(&k, unit, i, n), RD_TRUNCATED);
		CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
	}
	CU_ASSERT_EQUAL(k.pdu.entries, 1);
	CU_ASSERT_EQUAL(k.op.object.n, 4);
	CU_ASSERT_EQUAL(dissect_cut(&k, unit, 5, n), RD_TRUNCATED);
	CU_ASSERT_STRING_EQUAL(k.line, "{}");
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "not all of its octets were captured");
	/* Length is beyond what was on the wire, however much was captured */
	header(unit, n + 1, 0, 0);
	CU_ASSERT_EQUAL(dissect_cut(&k, unit, 20, n), RD_MALFORMED);
}

static void
test_remarks(void)
{
	static const uint8_t empty[] = { 0x80, 0x00, TAL, DATSET, T, STNUM,
		SQNUM, CONFREV, ENTRIES, ALLDATA };
	uint8_t unit[FRAME_MAX], elements[FRAME_MAX], name[130];
	struct kept k;
	size_t n;

	CU_ASSERT_EQUAL(
	    dissect(&k, unit, build(unit, empty, sizeof(empty))), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "gocbRef is empty");

	memset(name, 'x', sizeof(name));
	n = wrap(elements, 0x80, name, sizeof(name));
	memcpy(elements + n, empty + 2, sizeof(empty) - 2);
	n += sizeof(empty) - 2;
	CU_ASSERT_EQUAL(dissect(&k, unit, build(unit, elements, n)), RD_OK);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "gocbRef is longer than 129 octets");
}

/* The flag stands in front of the APDU and in it; they may differ. */
static void
test_simulation(void)
{
	static const uint8_t elements[] = { GOCBREF, TAL, DATSET, T, STNUM,
		SQNUM, 0x87, 0x01, 0x01, CONFREV, ENTRIES, ALLDATA };
	uint8_t unit[FRAME_MAX];
	size_t n = build(unit, elements, sizeof(elements));
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT(k.pdu.simulation && !k.pdu.header_sim);
	n = build(unit, plain, sizeof(plain));
	header(unit, n, 0x8000, 0);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT(!k.pdu.simulation && k.pdu.header_sim);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    k.line, "\"simulation\":false,\"reserved_simulation\":true"));
}

static void
test_management(void)
{
	static const uint8_t unit[] = {
		0x10, 0x01, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x60,
		0x0a,                         /* GSEMngtPdu */
		0x80, 0x01, 0x2a,             /* stateID 42 */
		0xa2, 0x05,                   /* a response, */
		0xa1, 0x03, 0x80, 0x01, 0x01, /* GetGoReference */
	};
	static const uint8_t other[] = { 0x10, 0x01, 0x00, 0x0b, 0x00, 0x00,
		0x00, 0x00, 0x62, 0x01, 0x00 };
	static const uint8_t request[] = { 0x10, 0x01, 0x00, 0x0e, 0x00, 0x00,
		0x00, 0x00, 0x60, 0x04, 0xa1, 0x02, 0xa2, 0x00 };
	static const uint8_t overrun[] = { 0x10, 0x01, 0x00, 0x0d, 0x00, 0x00,
		0x00, 0x00, 0x60, 0x03, 0x80, 0x02, 0x00 };
	static const uint8_t wide[] = { 0x10, 0x01, 0x00, 0x11, 0x00, 0x00,
		0x00, 0x00, 0x60, 0x07, 0x80, 0x05, 0x01, 0x00, 0x00, 0x00,
		0x00 };
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, request, sizeof(request)), RD_OK);
	CU_ASSERT(k.pdu.service == 2 && !k.pdu.response);
	CU_ASSERT_EQUAL(dissect(&k, overrun, sizeof(overrun)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "an element of GSEMngtPdu overruns");
	CU_ASSERT_EQUAL(dissect(&k, wide, sizeof(wide)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "stateID has not 32 bits");
	CU_ASSERT_EQUAL(dissect(&k, unit, sizeof(unit)), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_OTHER);
	CU_ASSERT_EQUAL(k.op.function, 0x60);
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"appid\":4097,\"management\":true,\"state_id\":42,"
	    "\"service\":1,\"response\":true}");
	CU_ASSERT_EQUAL(dissect(&k, other, sizeof(other)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "the APDU has an unknown tag");
}

static void
test_probe(void)
{
	static const uint8_t other[] = { 0x10, 0x01, 0x00, 0x20, 0x00, 0x00,
		0x00, 0x00, 0x30, 0x16 };
	uint8_t unit[FRAME_MAX];
	size_t n = build(unit, plain, sizeof(plain));

	CU_ASSERT_EQUAL(goose_dissector.probe(rd_over(unit, 8, 8)), PROBE_MORE);
	CU_ASSERT_EQUAL(
	    goose_dissector.probe(rd_over(unit, n, n)), PROBE_LIKELY);
	CU_ASSERT_EQUAL(
	    goose_dissector.probe(rd_over(other, sizeof(other), 60)), PROBE_NO);
	CU_ASSERT(dissector_hint(&goose_dissector, OVER_ETHERTYPE, 0x88b8));
	CU_ASSERT(dissector_hint(&goose_dissector, OVER_ETHERTYPE, 0x88b9));
}

static void
count(void *tally, uint8_t mac, uint8_t appid, const char *gocbref,
    enum rd_err verdict)
{
	struct goose_pdu p = { .tag = GOOSE_PDU,
		.appid = appid,
		.gocbref = { (const uint8_t *)gocbref, strlen(gocbref) } };
	struct pdu pdu = { .src = { .mac = { [5] = mac } } };
	struct op op = {
		.pdu = &pdu, .protocol = "goose", .verdict = verdict, .msg = &p
	};

	goose_dissector.count(tally, &op);
}

static const char *
tally_text(const void *tally, char line[256])
{
	struct json j;

	json_start(&j, line, 256);
	json_open(&j, NULL, '{');
	goose_dissector.write_tally(tally, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
	return line;
}

static void
test_tally(void)
{
	void *tally = calloc(1, goose_dissector.tally_size);
	char line[256], name[16];

	CU_ASSERT_PTR_NOT_NULL_FATAL(tally);
	count(tally, 1, 1, "IED1/LLN0$GO$gcb01", RD_OK);
	count(tally, 1, 1, "IED1/LLN0$GO$gcb01", RD_TRAILING);
	count(tally, 2, 1, "IED1/LLN0$GO$gcb01", RD_OK);
	count(tally, 1, 2, "IED1/LLN0$GO$gcb01", RD_OK);
	count(tally, 1, 1, "IED1/LLN0$GO$gcb02", RD_OK);
	count(tally, 1, 1, "IED1/LLN1$GO$gcb01", RD_OK);
	count(tally, 3, 1, "IED1/LLN0$GO$gcb01", RD_MALFORMED);
	count(tally, 4, 1, "IED1/LLN0$GO$gcb01", RD_TRUNCATED);
	CU_ASSERT_STRING_EQUAL(tally_text(tally, line),
	    "{\"units\":6,\"publishers\":5,\"malformed\":1,"
	    "\"truncated\":1}");
	for (int i = 0; i < 8192; i++) {
		snprintf(name, sizeof(name), "%d", i);
		count(tally, 5, 1, name, RD_OK);
	}
	CU_ASSERT_STRING_EQUAL(tally_text(tally, line),
	    "{\"units\":8198,\"publishers\":8192,"
	    "\"publishers_capped\":true,\"malformed\":1,"
	    "\"truncated\":1}");
	free(tally);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a whole PDU", test_whole },
		{ "fixed-length encoding", test_fixed_length },
		{ "any order, unknown elements", test_any_order },
		{ "a mandatory element is missing", test_missing },
		{ "t of another size", test_no_time },
		{ "elements that contradict", test_contradictions },
		{ "elements that overrun", test_overruns },
		{ "Length", test_length },
		{ "truncated by the capture", test_truncated },
		{ "readable, but not as it should be", test_remarks },
		{ "two simulation flags", test_simulation },
		{ "GSE management", test_management },
		{ "probe", test_probe },
		{ "publishers are counted", test_tally },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose", tests);
}
