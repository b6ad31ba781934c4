/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: headers of protected APDUs, and what stands in clear in them. */
#include <config.h>

#include "tests/unit/dlms.h"

#define TITLE 'M', 'M', 'M', 0, 0, 0xbc, 0x61, 0x4e
#define TAG 0x7d, 0x82, 0x5c, 0x3b, 0xe4, 0xa7, 0x7c, 0x3f, 0xcc, 5, 0x6b, 0x6b
/* a get of the clock as it is enciphered, and in clear */
#define CIPHERTEXT                                                             \
	0x41, 0x13, 0x12, 0xff, 0x93, 0x5a, 0x47, 0x56, 0x68, 0x27, 0xc4,      \
	    0x67, 0xbc
#define PLAIN 0xc0, 1, 0, 0, 8, 0, 0, 1, 0, 0, 255, 2, 0

static void
test_service(void)
{
	const struct dlms_cipher *c;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xc8, 30, 0x30, 1, 0x23, 0x45, 0x67, CIPHERTEXT, TAG)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_OTHER);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_STRING_EQUAL(talk_line(&t),
	    "{\"framing\":\"wrapper\",\"from\":\"client\",\"client_sap\":16,"
	    "\"server_sap\":1,\"apdu\":\"glo-get-request\",\"sc\":48,"
	    "\"suite\":0,\"ic\":19088743}");
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->text.n, 13);
	CU_ASSERT_EQUAL(c->text.p[0], 0x41);
	CU_ASSERT_EQUAL(c->tag.n, 12);
	CU_ASSERT_EQUAL(c->tag.p[0], 0x7d);
	/* encrypted only: no tag */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0xcc, 18, 0x21, 0xff, 0xff, 0xff, 0xff, CIPHERTEXT)),
	    RD_OK);
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->text.n, 13);
	CU_ASSERT_EQUAL(c->tag.n, 0);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"glo-get-response\",\"sc\":33,"
	                        "\"suite\":1,\"ic\":4294967295"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xd7, 17, 0x30, 0, 0, 0, 1, TAG)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"ded-action-response\""));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1,
	                    OCTETS(0xd7, 16, 0x30, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6,
	                        7, 8, 9, 10, 11)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "protected APDU without room for its tag");
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xd7, 4, 0x30, 0, 0, 0)), RD_MALFORMED);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xd7, 9, 0x20, 0, 0, 0, 1)), RD_MALFORMED);
	talk_end(&t);
}

/* Authenticated but not encrypted: what it says can be read by anybody. */
static void
test_clear(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xc8, 30, 0x10, 1, 0x23, 0x45, 0x67, PLAIN, TAG)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_READ);
	CU_ASSERT_EQUAL(t.op[0].from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_GET_REQUEST);
	CU_ASSERT_PTR_NOT_NULL(t.op[0].outer);
	CU_ASSERT_EQUAL(t.apdu[0].client_sap, 16);
	CU_ASSERT_PTR_NULL(t.op[1].outer);
	CU_ASSERT_EQUAL(t.op[1].kind, OP_OTHER);
	CU_ASSERT(talk_says(&t,
	    "\"ic\":19088743,\"inner\":[{\"apdu\":\"get-request\","
	    "\"choice\":1,\"invoke_id\":0,\"class\":8,"
	    "\"obis\":\"0.0.1.0.0.255\",\"attribute\":2}]}"));
	/* compressed: nobody reads that */
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xc8, 30, 0x90, 1, 0x23, 0x45, 0x67, PLAIN, TAG)),
	    RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	/* what is in clear is wrong: so is the unit, and it is one op */
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xc8, 20, 0x10, 0, 0, 0, 1, 0xc0, 9, 0, TAG)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_FLAW);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "service of an unknown choice");
	talk_end(&t);
}

static void
test_general(void)
{
	struct talk t;

	talk_start(&t);
	/* both, with the broadcast key */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xdb, 8, TITLE, 18, 0x70, 0, 0, 0x13, 0x88, 0xee, TAG)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"general-glo-ciphering\","
	                        "\"title\":\"4D4D4D0000BC614E\",\"sc\":112,"
	                        "\"suite\":0,\"ic\":5000"));
	CU_ASSERT_EQUAL(talk_op(&t)->object.n, 8);
	/* some meters leave the title out */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xdc, 0, 6, 0x20, 0, 0, 0, 7, 0xee)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"title\":\"\",\"sc\":32"));
	/* a length of 200 in two octets */
	uint8_t big[2 + 8 + 2 + 200] = { 0xdb, 8, TITLE, 0x81, 200, 0x20, 0, 0,
		0, 9 };
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, big, sizeof(big)), RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->cipher.ic, 9);
	CU_ASSERT_EQUAL(talk_msg(&t)->cipher.text.n, 195);
	talk_end(&t);
}

/* The five fields and key-info; then 22 octets from the security control on. */
#define FIELDS 1, 0xaa, 8, TITLE, 2, 'S', 'V', 0, 0
#define PROTECTED 22, 0x31, 0, 0, 0, 13, 1, 2, 3, 4, 5, TAG

static void
test_general_ciphering(void)
{
	const struct dlms_cipher *c;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xdd, FIELDS, 0, PROTECTED)), RD_OK);
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->key_info, DLMS_KEY_NONE);
	CU_ASSERT_EQUAL(c->fields.n, 16);
	CU_ASSERT_EQUAL(c->fields.p[0], 1);
	CU_ASSERT(talk_says(&t, "\"title\":\"4D4D4D0000BC614E\","
	                        "\"recipient\":\"5356\",\"sc\":49,\"suite\":1,"
	                        "\"ic\":13}"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xdd, FIELDS, 1, 0, 4, PROTECTED)), RD_OK);
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->key_info, DLMS_KEY_IDENTIFIED);
	CU_ASSERT_EQUAL(c->key_id, 4);
	CU_ASSERT(talk_says(&t, "\"ic\":13,\"key_info\":0"));
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xdd, FIELDS, 1, 1, 0, 3, 7, 8, 9, PROTECTED)),
	    RD_OK);
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->key_info, DLMS_KEY_WRAPPED);
	CU_ASSERT_EQUAL(c->key_data.n, 3);
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xdd, FIELDS, 1, 2, 1, 2, 2, 7, 8, PROTECTED)),
	    RD_OK);
	c = &talk_msg(&t)->cipher;
	CU_ASSERT_EQUAL(c->key_info, DLMS_KEY_AGREED);
	CU_ASSERT_EQUAL(c->key_params.n, 1);
	CU_ASSERT_EQUAL(c->key_data.n, 2);
	CU_ASSERT_EQUAL(c->ic, 13);
	CU_ASSERT_EQUAL(c->text.n, 5);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xdd, FIELDS, 1, 3, 4, PROTECTED)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "key-info of an unknown choice");
	talk_end(&t);
}

static void
test_signing(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xdf, FIELDS, 13, PLAIN, 4, 0xde, 0xad, 0xbe, 0xef)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_GET_REQUEST);
	CU_ASSERT_EQUAL(t.op[1].function, DLMS_GENERAL_SIGNING);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_msg(&t)->signature.n, 4);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"general-signing\","
	                        "\"title\":\"4D4D4D0000BC614E\""));
	CU_ASSERT(talk_says(&t, "\"inner\":[{\"apdu\":\"get-request\""));
	/* the signature is cut off: nothing of it is to be believed */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xdf, FIELDS, 13, PLAIN, 4, 0xde, 0xad)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_FALSE(talk_says(&t, "inner"));
	talk_end(&t);
}

/* Network 1, address 12 34; the APDU is what is left. */
#define GATEWAY 0xe6, 1, 2, 0x12, 0x34

static void
test_gateway(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(GATEWAY, PLAIN)), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_READ);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"gateway-request\",\"network\":1,"
	                        "\"address\":\"1234\",\"inner\":[{"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(GATEWAY)), RD_MALFORMED);
	/* three within the one on the wire can be read, four cannot */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(GATEWAY, GATEWAY, GATEWAY, PLAIN)), RD_OK);
	CU_ASSERT_EQUAL(t.n, 4);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_GET_REQUEST);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(GATEWAY, GATEWAY, GATEWAY, GATEWAY, PLAIN)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "wrapped more than three times");
	talk_end(&t);
}

/* As rules do with a plaintext: outer is the op that carried it. */
static void
test_plaintext(void)
{
	static const uint8_t plain[] = { PLAIN },
	                     deep[] = { GATEWAY, GATEWAY, GATEWAY, PLAIN };
	struct op outer[3];
	struct dlms_apdu carrier;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xc8, 30, 0x30, 1, 0x23, 0x45, 0x67, CIPHERTEXT, TAG)),
	    RD_OK);
	carrier = *talk_msg(&t);
	outer[0] = *talk_op(&t);
	outer[0].msg = &carrier;
	t.n = 0;
	CU_ASSERT_EQUAL(dlms_apdu(rd_over(plain, sizeof(plain), sizeof(plain)),
	                    &t.ctx, &outer[0], &t.sink),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 1);
	CU_ASSERT_PTR_EQUAL(t.op[0].outer, &outer[0]);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_READ);
	CU_ASSERT_EQUAL(t.op[0].from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(t.apdu[0].server_sap, 1);
	CU_ASSERT_EQUAL(t.apdu[0].framing, DLMS_BARE);
	/* within an APDU, one level less is left */
	t.n = 0;
	CU_ASSERT_EQUAL(dlms_apdu(rd_over(deep, sizeof(deep), sizeof(deep)),
	                    &t.ctx, &outer[0], &t.sink),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_FLAW);
	/* three deep already, then four: it is not read at all */
	outer[1] = outer[2] = outer[0];
	outer[2].outer = &outer[1];
	outer[1].outer = &outer[0];
	t.n = 0;
	CU_ASSERT_EQUAL(dlms_apdu(rd_over(plain, sizeof(plain), sizeof(plain)),
	                    &t.ctx, &outer[2], &t.sink),
	    RD_OK);
	outer[0].outer = &(struct op){ 0 };
	t.n = 0;
	CU_ASSERT_EQUAL(dlms_apdu(rd_over(plain, sizeof(plain), sizeof(plain)),
	                    &t.ctx, &outer[2], &t.sink),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(t.n, 1);
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "of one service", test_service },
		{ "authenticated only", test_clear },
		{ "general-glo and general-ded", test_general },
		{ "general-ciphering", test_general_ciphering },
		{ "general-signing", test_signing },
		{ "a gateway prefix, and depth", test_gateway },
		{ "a plaintext", test_plaintext },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms cipher", tests);
}
