/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: how associations are opened, refused and closed. */
#include <config.h>

#include "tests/unit/dlms.h"

/* application-context-name, LN without and with ciphering */
#define CONTEXT_LN 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1
#define CONTEXT_LN_CIPHERED 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 3
#define PASSWORD 'S', 'e', 'c', 'r', 'e', 't', '0', '1'
/* initiateRequest: no key, no QoS, version 6, 00 7E 1F, 1200 octets */
#define INITIATE 1, 0, 0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e, 0x1f, 0x04, 0xb0

static void
test_no_security(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0x60, 29, CONTEXT_LN, 0xbe, 16, 4, 14, INITIATE)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_ASSOCIATE);
	CU_ASSERT_EQUAL(talk_op(&t)->function, DLMS_AARQ);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_NO_RESULT);
	CU_ASSERT_STRING_EQUAL(talk_line(&t),
	    "{\"framing\":\"wrapper\",\"from\":\"client\",\"client_sap\":16,"
	    "\"server_sap\":1,\"apdu\":\"aarq\",\"context\":1,"
	    "\"conformance\":32287,\"max_pdu\":1200}");
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 41, CONTEXT_LN, 0xa2, 3, 2, 1, 0, 0xa3, 5, 0xa1, 3,
	            2, 1, 0, 0xbe, 16, 4, 14, 8, 0, 6, 0x5f, 0x1f, 4, 0, 0,
	            0x50, 0x1f, 1, 0xf4, 0, 7)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	CU_ASSERT_STRING_EQUAL(talk_line(&t),
	    "{\"framing\":\"wrapper\",\"from\":\"server\",\"client_sap\":16,"
	    "\"server_sap\":1,\"apdu\":\"aare\",\"context\":1,\"result\":0,"
	    "\"diagnostic\":0,\"conformance\":20511,\"max_pdu\":500,"
	    "\"vaa_name\":7}");
	talk_end(&t);
}

/* The password is a view for whoever compares it, and in no record. */
static void
test_password(void)
{
	static const char password[] = { PASSWORD };
	const struct dlms_acse *a;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0x60, 54, CONTEXT_LN, 0x8a, 2, 7, 0x80, 0x8b,
	                        7, 0x60, 0x85, 0x74, 5, 8, 2, 1, 0xac, 10, 0x80,
	                        8, PASSWORD, 0xbe, 16, 4, 14, INITIATE)),
	    RD_OK);
	a = &talk_msg(&t)->acse;
	CU_ASSERT_EQUAL(a->mechanism.v, 1);
	CU_ASSERT_EQUAL_FATAL(a->authentication.n, sizeof(password));
	CU_ASSERT_EQUAL(
	    memcmp(a->authentication.p, password, sizeof(password)), 0);
	CU_ASSERT(talk_says(&t, "\"mechanism\":1,\"authentication_octets\":8"));
	CU_ASSERT_FALSE(talk_says(&t, "Secret"));
	CU_ASSERT_FALSE(talk_says(&t, "536563726574"));
	talk_end(&t);
}

static void
test_dedicated_key(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0x60, 38, CONTEXT_LN, 0xbe, 25, 4, 23, 1, 1, 8, PASSWORD,
	            0, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x7e, 0x1f, 4, 0xb0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->initiate.dedicated_key.n, 8);
	CU_ASSERT_EQUAL(talk_msg(&t)->initiate.max_pdu, 1200);
	CU_ASSERT(talk_says(&t, "\"dedicated_key\":true"));
	CU_ASSERT_FALSE(talk_says(&t, "Secret"));
	CU_ASSERT_FALSE(talk_says(&t, "536563726574"));
	talk_end(&t);
}

/* HLS-GMAC: the initiate is ciphered, so its header is all there is. */
static void
test_ciphered(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0x60, 72, CONTEXT_LN_CIPHERED, 0xa6, 10, 4, 8, 'H', 'E',
	            'S', 0, 0, 0, 0, 1, 0xa7, 4, 4, 2, 0xaa, 0xbb, 0xa9, 3, 2,
	            1, 5, 0x8b, 7, 0x60, 0x85, 0x74, 5, 8, 2, 5, 0xbe, 27, 4,
	            25, 0x21, 23, 0x30, 0, 0, 0x13, 0x88, 1, 2, 3, 4, 5, 6, 0,
	            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
	    RD_OK);
	CU_ASSERT(talk_says(&t,
	    "\"context\":3,\"mechanism\":5,"
	    "\"calling_title\":\"4845530000000001\","
	    "\"calling_invocation\":5,\"calling_qualifier_octets\":2,"
	    "\"sc\":48,\"suite\":0,\"ic\":5000"));
	CU_ASSERT_EQUAL(talk_msg(&t)->acse.user_tag.v, 0x21);
	CU_ASSERT_EQUAL(talk_msg(&t)->cipher.text.n, 6);
	CU_ASSERT_EQUAL(talk_msg(&t)->cipher.tag.n, 12);
	CU_ASSERT_FALSE(talk_msg(&t)->initiate.there);
	/* authenticated only: the initiate can be read */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0x60, 48, CONTEXT_LN_CIPHERED, 0xbe, 35, 4,
	                        33, 0x21, 31, 0x10, 0, 0, 0x13, 0x89, INITIATE,
	                        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"max_pdu\":1200,\"sc\":16"));
	CU_ASSERT_PTR_NULL(talk_msg(&t)->inner);
	talk_end(&t);
}

static void
test_refused(void)
{
	struct talk t;

	talk_start(&t);
	/* authentication failure, and the initiateError behind it */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 31, CONTEXT_LN, 0xa2, 3, 2, 1, 1, 0xa3, 5, 0xa1, 3,
	            2, 1, 13, 0xbe, 6, 4, 4, 0x0e, 1, 6, 1)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"result\":1,\"diagnostic\":13"));
	CU_ASSERT(talk_says(&t, "\"error\":[1,6,1]"));
	CU_ASSERT_FALSE(talk_msg(&t)->acse.provider);
	/* pass 2 of HLS: accepted so far, with title and challenge */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 48, CONTEXT_LN, 0xa2, 3, 2, 1, 0, 0xa3, 5, 0xa1, 3,
	            2, 1, 14, 0xa4, 10, 4, 8, 'S', 'Y', 'N', 0, 0, 0, 2, 3,
	            0x89, 7, 0x60, 0x85, 0x74, 5, 8, 2, 5, 0xaa, 2, 0x80, 0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	CU_ASSERT(talk_says(&t, "\"mechanism\":5,\"result\":0,"
	                        "\"diagnostic\":14,"
	                        "\"responding_title\":\"53594E0000000203\""));
	/* qualifier, invocation 258, and an initiate authenticated only */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 48, 0xa5, 3, 4, 1, 9, 0xa7, 4, 2, 2, 1, 2, 0xbe,
	            35, 4, 33, 0x28, 31, 0x10, 0, 0, 0, 1, 8, 0, 6, 0x5f, 0x1f,
	            4, 0, 0, 0x50, 0x1f, 1, 0xf4, 0, 7, 0, 1, 2, 3, 4, 5, 6, 7,
	            8, 9, 10, 11)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"responding_invocation\":258,"
	                        "\"responding_qualifier_octets\":1,"
	                        "\"conformance\":20511"));
	/* refused by the service provider */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 12, 0xa2, 3, 2, 1, 2, 0xa3, 5, 0xa2, 3, 2, 1, 2)),
	    RD_OK);
	CU_ASSERT(
	    talk_says(&t, "\"result\":2,\"diagnostic\":2,\"provider\":true"));
	talk_end(&t);
}

static void
test_release(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(0x62, 3, 0x80, 1, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"rlrq\",\"reason\":0"));
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_ASSOCIATE);
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0x62, 21, 0x80, 1, 1, 0xbe, 16, 4, 14, INITIATE)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"reason\":1,\"conformance\":32287"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x63, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"rlre\""));
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	talk_end(&t);
}

/* A name that is damaged hides nothing behind it; the walls stand. */
static void
test_damaged(void)
{
	struct talk t;

	talk_start(&t);
	/* the object identifier claims 9 octets of 7 */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0x60, 29, 0xa1, 9, 6, 9, 0x60, 0x85, 0x74, 5,
	                        8, 1, 1, 0xbe, 16, 4, 14, INITIATE)),
	    RD_OK);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "ACSE element ends before its length");
	CU_ASSERT_FALSE(talk_msg(&t)->acse.context.there);
	CU_ASSERT(talk_says(&t, "\"max_pdu\":1200"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0x61, 12, 0xa3, 5, 0xa1, 3, 2, 2, 1, 0xa2, 3, 2, 1, 0)),
	    RD_OK);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "ACSE element ends before its length");
	CU_ASSERT_FALSE(talk_msg(&t)->acse.diagnostic.there);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	/* it names something else */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0x60, 11, 0xa1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 2, 1)),
	    RD_OK);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "object identifier is not one of DLMS");
	/* the initiate is cut short within its walls */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0x60, 8, 0xbe, 6, 4, 4, 1, 0, 0, 0)),
	    RD_MALFORMED);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0x60, 18, 0xbe, 16, 4, 14, 1, 0, 0, 0, 6,
	                        0x5f, 0x1f, 3, 0, 0, 0x7e, 0x1f, 4, 0xb0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "conformance is not of 24 bits");
	/* the AARQ itself is longer than its wrapper */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0x60, 29, CONTEXT_LN)), RD_MALFORMED);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0x60, 0x80, 0, 0)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "a BER element has an indefinite length");
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(0x60, 0, 0xff)), RD_TRAILING);
	CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_ASSOCIATE);
	talk_end(&t);
}

static void
test_initiate(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(INITIATE)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"initiate-request\""));
	/* response-allowed and quality of service both given */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(1, 0, 1, 0, 1, 5, 6, 0x5f, 0x1f, 4, 0, 0,
	                        0x7e, 0x1f, 0x04, 0xb0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->initiate.max_pdu, 1200);
	/* the conformance of older stacks: a tag of one octet */
	CU_ASSERT_EQUAL(talk_apdu(&t, 1,
	                    OCTETS(8, 1, 0, 6, 0x5f, 4, 0, 0x1c, 0x03, 0x20, 1,
	                        0xf4, 0xfa, 0)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"conformance\":1835808,\"max_pdu\":500,"
	                        "\"vaa_name\":64000"));
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "without security", test_no_security },
		{ "a password", test_password },
		{ "a dedicated key", test_dedicated_key },
		{ "a ciphered initiate", test_ciphered },
		{ "refusals and challenges", test_refused },
		{ "releases", test_release },
		{ "damaged ones", test_damaged },
		{ "initiate alone", test_initiate },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms acse", tests);
}
