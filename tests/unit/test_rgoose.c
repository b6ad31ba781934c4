/* SPDX-License-Identifier: Apache-2.0 */
/* R-GOOSE: the session header in every layout, in clear and encrypted. */
#include <config.h>

#include "dissectors/rgoose/rgoose.h"
#include "tests/unit/goose.h"

extern const struct dissector rgoose_dissector;

#define CLTP 0x01, 0x40
#define SESSION 0xa1, 0x18, 0x80, 0x12
#define SPDU_LENGTH 0x00, 0x00, 0x00, 0x50
#define NUMBER 0x00, 0x00, 0x01, 0x02
#define KEY_TIMES 0x6a, 0xfd, 0x86, 0xc0, 0x00, 0x3c
#define KEY_ID 0x00, 0x00, 0x00, 0x07
/* GOOSE in clear: 81, no simulation, APPID 4001, 44, which counts itself */
#define ELEMENT 0x81, 0x00, 0x40, 0x01, 0x00, 0x2c
#define APDU                                                                   \
	0x61, 0x28, GOCBREF, TAL, DATSET, T, STNUM, SQNUM, CONFREV, ENTRIES,   \
	    ALLDATA
#define PAYLOAD 0x00, 0x00, 0x00, 0x30, ELEMENT, APDU
#define IV 0x06, 1, 2, 3, 4, 5, 6
#define MAC 0x85, 0x08, 8, 7, 6, 5, 4, 3, 2, 1
#define SECRET                                                                 \
	0x00, 0x00, 0x00, 0x08, 0xc7, 0x59, 0x9d, 0x24, 0x40, 0x43, 0x7f, 0x1a

struct spdu_kept {
	struct op_sink sink;
	struct op op;
	struct rgoose_spdu spdu;
	char line[8192];
	int n;
};

static void
keep_spdu(struct op_sink *sink, const struct op *op)
{
	struct spdu_kept *k = (struct spdu_kept *)sink;
	struct json j;

	k->op = *op;
	k->spdu = *rgoose_msg(op);
	k->n++;
	json_start(&j, k->line, sizeof(k->line));
	json_open(&j, NULL, '{');
	rgoose_dissector.write_json(op->msg, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
}

static enum rd_err
dissect_spdu(struct spdu_kept *k, const uint8_t *p, size_t n, size_t on_wire)
{
	struct pdu pdu = { .carrier = OVER_UDP };
	struct ctx ctx = { .pdu = &pdu };
	enum rd_err err;

	*k = (struct spdu_kept){ .sink = { keep_spdu } };
	err = rgoose_dissector.dissect(rd_over(p, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(k->n, 1);
	CU_ASSERT_EQUAL(k->op.verdict, err);
	return err;
}

static enum probe
probe(const uint8_t *p, size_t n)
{
	return rgoose_dissector.probe(rd_over(p, n, n));
}

static void
test_version_2(void)
{
	static const uint8_t unit[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, PAYLOAD };
	struct spdu_kept k;
	size_t len;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit), sizeof(unit)), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_EQUAL(k.op.function, 0xa1);
	CU_ASSERT_EQUAL(k.op.object.n, 4);
	CU_ASSERT_PTR_NULL(goose_msg(&k.op));
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"spdu\":161,\"spdu_length\":80,\"spdu_number\":258,"
	    "\"version\":2,\"time_of_current_key\":1795000000,"
	    "\"time_to_next_key\":60,\"key_id\":7,\"iv_length\":0,"
	    "\"payload_length\":48,\"mac_length\":0,\"encrypted\":false,"
	    "\"payload\":129,\"appid\":16385,\"gocbref\":\"a$GO\","
	    "\"tal\":2000,\"datset\":\"d\","
	    "\"t\":\"2023-11-02T01:48:48.250000Z\",\"t_quality\":10,"
	    "\"stnum\":2,\"sqnum\":3,\"simulation\":false,"
	    "\"confrev\":1,\"ndscom\":false,"
	    "\"entries\":1,\"data\":[true],\"types\":\"b\"}");
	CU_ASSERT_EQUAL(probe(unit, sizeof(unit)), PROBE_YES);
	CU_ASSERT_EQUAL(probe(unit, sizeof(unit) - 1), PROBE_LIKELY);
	CU_ASSERT_EQUAL(
	    rgoose_dissector.frame(rd_over(unit, 40, sizeof(unit)), &len),
	    FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, sizeof(unit));
}

static void
test_version_1(void)
{
	/* without CLTP; two octets of algorithms, no IV, a signature */
	static const uint8_t unit[] = { SESSION, SPDU_LENGTH, NUMBER, 0x00,
		0x01, KEY_TIMES, 0x00, 0x02, KEY_ID, PAYLOAD, MAC };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit), sizeof(unit)), RD_OK);
	CU_ASSERT(k.spdu.has_algorithms);
	CU_ASSERT_EQUAL(k.spdu.authentication, 2);
	CU_ASSERT_EQUAL(k.spdu.key_id, 7);
	CU_ASSERT_EQUAL(k.spdu.mac.n, 8);
	CU_ASSERT_EQUAL(k.spdu.goose.stnum, 2);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(k.line, "\"encryption\":0,\"authentication\":2,"));

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit) - 10, sizeof(unit) - 10),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "the signature is missing");
	CU_ASSERT_EQUAL(k.spdu.goose.stnum, 2);
}

static void
test_all_fields(void)
{
	/* algorithms and IV; padding in front of the signature */
	static const uint8_t unit[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x01, KEY_TIMES, 0x00, 0x05, KEY_ID, IV, PAYLOAD, 0xaf,
		0x02, 0x00, 0x00, MAC };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit), sizeof(unit)), RD_OK);
	CU_ASSERT_FALSE(k.spdu.encrypted);
	CU_ASSERT_EQUAL(k.spdu.iv.n, 6);
	CU_ASSERT_EQUAL(k.spdu.mac.p[0], 8);
	CU_ASSERT_EQUAL(k.spdu.goose.stnum, 2);
}

/* An implementation whose payload length counts its own four octets. */
static void
test_length_counts_itself(void)
{
	static const uint8_t unit[] = { CLTP, 0xa1, 0x18, 0x80, 0x16,
		SPDU_LENGTH, NUMBER, 0x00, 0x01, KEY_TIMES, 0x00, 0x00, KEY_ID,
		0x00, 0x00, 0x00, 0x34, ELEMENT, APDU, 0x85, 0x00 };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit), sizeof(unit)), RD_OK);
	CU_ASSERT_EQUAL(k.spdu.payload.n, 48);
	CU_ASSERT_EQUAL(k.spdu.goose.stnum, 2);
}

/* And one whose APDU length does not. */
static void
test_length_of_apdu(void)
{
	static const uint8_t unit[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00, 0x00, 0x00, 0x30,
		0x81, 0x00, 0x40, 0x01, 0x00, 0x2a, APDU };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, unit, sizeof(unit), sizeof(unit)), RD_OK);
	CU_ASSERT_EQUAL(k.spdu.goose.stnum, 2);
}

static void
test_encrypted(void)
{
	static const uint8_t by_iv[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, IV, SECRET, MAC };
	static const uint8_t by_algorithm[] = { CLTP, SESSION, SPDU_LENGTH,
		NUMBER, 0x00, 0x01, KEY_TIMES, 0x01, 0x00, KEY_ID, SECRET,
		MAC };
	static const uint8_t sv[] = { CLTP, 0xa2, 0x18, 0x80, 0x12, SPDU_LENGTH,
		NUMBER, 0x00, 0x02, KEY_TIMES, KEY_ID, IV, SECRET, MAC };
	static const uint8_t tunnel[] = { CLTP, 0xa0, 0x18, 0x80, 0x12,
		SPDU_LENGTH, NUMBER, 0x00, 0x02, KEY_TIMES, KEY_ID, IV, SECRET,
		MAC };
	static const uint8_t by_nothing[] = { CLTP, SESSION, SPDU_LENGTH,
		NUMBER, 0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, SECRET };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, by_iv, sizeof(by_iv), sizeof(by_iv)), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	CU_ASSERT(k.spdu.encrypted);
	CU_ASSERT_STRING_EQUAL(k.line,
	    "{\"spdu\":161,\"spdu_length\":80,\"spdu_number\":258,"
	    "\"version\":2,\"time_of_current_key\":1795000000,"
	    "\"time_to_next_key\":60,\"key_id\":7,\"iv_length\":6,"
	    "\"payload_length\":8,\"mac_length\":8,\"encrypted\":true}");
	CU_ASSERT_EQUAL(probe(by_iv, sizeof(by_iv)), PROBE_YES);
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, by_iv, sizeof(by_iv) - 10, sizeof(by_iv) - 10),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "the signature is missing");

	CU_ASSERT_EQUAL(dissect_spdu(&k, by_algorithm, sizeof(by_algorithm),
	                    sizeof(by_algorithm)),
	    RD_OK);
	CU_ASSERT(k.spdu.encrypted);
	CU_ASSERT_EQUAL(k.spdu.encryption, 1);

	CU_ASSERT_EQUAL(dissect_spdu(&k, sv, sizeof(sv), sizeof(sv)), RD_OK);
	CU_ASSERT(k.spdu.encrypted && k.op.kind == OP_REPORT);
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, tunnel, sizeof(tunnel), sizeof(tunnel)), RD_OK);
	CU_ASSERT(k.spdu.encrypted && k.op.kind == OP_OTHER);

	CU_ASSERT_EQUAL(dissect_spdu(&k, by_nothing, sizeof(by_nothing),
	                    sizeof(by_nothing)),
	    RD_MALFORMED);
	CU_ASSERT_FALSE(k.spdu.encrypted);
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "the payload is unknown and not said to be encrypted");
}

static void
test_malformed(void)
{
	static const uint8_t no_stnum[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00, 0x00, 0x00, 0x2d,
		0x81, 0x01, 0x40, 0x01, 0x00, 0x29, 0x61, 0x25, GOCBREF, TAL,
		DATSET, T, SQNUM, CONFREV, ENTRIES, ALLDATA };
	static const uint8_t behind[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00, 0x00, 0x00, 0x31,
		0x81, 0x00, 0x40, 0x01, 0x00, 0x2d, APDU, 0x00 };
	static const uint8_t one_more[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00, 0x00, 0x00, 0x31,
		ELEMENT, APDU, 0x00 };
	static const uint8_t trailing[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, PAYLOAD, MAC, 0x00 };
	static const uint8_t short_mac[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, PAYLOAD, 0x85, 0x08, 1 };
	static const uint8_t other[] = { 0x03, 0x00, 0x00, 0x16, 0x11, 0xe0 };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, no_stnum, sizeof(no_stnum), sizeof(no_stnum)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "stNum is missing");
	CU_ASSERT_EQUAL(k.op.object.n, 4);
	CU_ASSERT(k.spdu.goose.header_sim);
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, behind, sizeof(behind), sizeof(behind)),
	    RD_TRAILING);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "octets behind the APDU");
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, one_more, sizeof(one_more), sizeof(one_more)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, trailing, sizeof(trailing), sizeof(trailing)),
	    RD_TRAILING);
	CU_ASSERT_EQUAL(k.spdu.mac.n, 8);
	CU_ASSERT_EQUAL(
	    dissect_spdu(&k, short_mac, sizeof(short_mac), sizeof(short_mac)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "no reading of the session header fits");
	CU_ASSERT_EQUAL(dissect_spdu(&k, other, sizeof(other), sizeof(other)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "there is no session header");
	CU_ASSERT_EQUAL(dissect_spdu(&k, trailing, 9, 9), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(k.op.flaw, "the session header is cut short");
}

static void
test_truncated(void)
{
	static const uint8_t unit[] = { CLTP, SESSION, SPDU_LENGTH, NUMBER,
		0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, PAYLOAD, MAC };
	struct spdu_kept k;

	for (size_t i = 0; i < sizeof(unit); i++) {
		CU_ASSERT_EQUAL(
		    dissect_spdu(&k, unit, i, sizeof(unit)), RD_TRUNCATED);
		CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
	}
	CU_ASSERT_EQUAL(k.spdu.number, 258);
}

static void
test_others(void)
{
	static const uint8_t sv[] = { CLTP, 0xa2, 0x18, 0x80, 0x12, SPDU_LENGTH,
		NUMBER, 0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00, 0x00, 0x00,
		0x0a, 0x82, 0x00, 0x40, 0x01, 0x00, 0x06, 0x60, 0x02, 0x80,
		0x00 };
	static const uint8_t management[] = { CLTP, 0xa3, 0x18, 0x80, 0x12,
		SPDU_LENGTH, NUMBER, 0x00, 0x02, KEY_TIMES, KEY_ID, 0x00, 0x00,
		0x00, 0x00, 0x08, 0x84, 1, 2, 3, 4, 5, 6, 7 };
	struct spdu_kept k;

	CU_ASSERT_EQUAL(dissect_spdu(&k, sv, sizeof(sv), sizeof(sv)), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_OTHER);
	CU_ASSERT_EQUAL(k.spdu.payload_tag, RGOOSE_PAYLOAD_SV);
	CU_ASSERT_EQUAL(k.spdu.goose.appid, 0x4001);
	CU_ASSERT_EQUAL(k.spdu.goose.tag, 0);
	CU_ASSERT_EQUAL(dissect_spdu(&k, management, sizeof(management),
	                    sizeof(management)),
	    RD_OK);
	CU_ASSERT_EQUAL(k.spdu.payload_tag, RGOOSE_PAYLOAD_MANAGEMENT);
	CU_ASSERT_PTR_NULL(strstr(k.line, "appid"));
}

/* It shares UDP with everything else. */
static void
test_probe(void)
{
	static const uint8_t cltp_other[] = { 0x01, 0x41, 0xa1, 0x18, 0x80,
		0x12 };
	static const uint8_t no_si[] = { 0x01, 0x40, 0xa4, 0x18, 0x80, 0x12 };
	static const uint8_t no_header[] = { 0xa1, 0x18, 0x81, 0x12 };
	static const uint8_t lengths[] = { 0xa1, 0x13, 0x80, 0x12 };
	static const uint8_t little[] = { 0xa1, 0x18, 0x80, 0x09 };
	static const uint8_t header[] = { 0xa1, 0x14, 0x80, 0x12 };
	static const uint8_t last_si[] = { 0xa3, 0x14, 0x80, 0x12 };
	static const uint8_t dns[] = { 0x12, 0x34, 0x01, 0x00, 0x00, 0x01 };

	CU_ASSERT_EQUAL(probe(cltp_other, sizeof(cltp_other)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(no_si, sizeof(no_si)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(no_header, sizeof(no_header)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(lengths, sizeof(lengths)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(little, sizeof(little)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(dns, 1), PROBE_NO);
	CU_ASSERT_EQUAL(probe(dns, sizeof(dns)), PROBE_NO);
	CU_ASSERT_EQUAL(probe(header, sizeof(header)), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe(last_si, sizeof(last_si)), PROBE_LIKELY);
	CU_ASSERT_EQUAL(probe(header, 3), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(no_si, 5), PROBE_MORE);
	CU_ASSERT_EQUAL(probe(no_si, 1), PROBE_MORE);
	CU_ASSERT(dissector_hint(&rgoose_dissector, OVER_UDP, 102));
	CU_ASSERT_FALSE(dissector_over(&rgoose_dissector, OVER_TCP));
}

static void
test_tally(void)
{
	struct rgoose_spdu clear = { .encrypted = false };
	struct rgoose_spdu secret = { .encrypted = true };
	struct op op = { .verdict = RD_OK, .msg = &clear };
	uint64_t tally[16] = { 0 };
	char line[256];
	struct json j;

	CU_ASSERT_FATAL(rgoose_dissector.tally_size <= sizeof(tally));
	rgoose_dissector.count(tally, &op);
	op.msg = &secret;
	rgoose_dissector.count(tally, &op);
	op.verdict = RD_MALFORMED;
	rgoose_dissector.count(tally, &op);
	op.verdict = RD_TRUNCATED;
	rgoose_dissector.count(tally, &op);
	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	rgoose_dissector.write_tally(tally, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
	CU_ASSERT_STRING_EQUAL(line,
	    "{\"units\":2,\"encrypted\":1,\"malformed\":1,"
	    "\"truncated\":1}");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "version 2", test_version_2 },
		{ "version 1", test_version_1 },
		{ "all fields", test_all_fields },
		{ "a length counts itself", test_length_counts_itself },
		{ "a length does not", test_length_of_apdu },
		{ "encrypted", test_encrypted },
		{ "malformed", test_malformed },
		{ "truncated by the capture", test_truncated },
		{ "other payloads", test_others },
		{ "probe", test_probe },
		{ "the tally", test_tally },
		CU_TEST_INFO_NULL,
	};

	return driver_run("rgoose", tests);
}
