/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: services with logical names, ACCESS, and notifications. */
#include <config.h>

#include "dissectors/dlms/axdr.h"
#include "tests/unit/dlms.h"

#define CLOCK 0, 8, 0, 0, 1, 0, 0, 255
#define DISCONNECTOR 0, 70, 0, 0, 96, 3, 10, 255
#define SECURITY 0, 64, 0, 0, 43, 0, 0, 255
/* octet-string of 2 */
#define TWO 9, 2, 0xaa, 0xbb

static void
test_get(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 2, 0)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
	CU_ASSERT_EQUAL(talk_op(&t)->function, DLMS_GET_REQUEST);
	CU_ASSERT_EQUAL(talk_op(&t)->object.n, 9);
	CU_ASSERT_PTR_EQUAL(talk_op(&t)->object.p, t.unit + 11);
	CU_ASSERT_STRING_EQUAL(talk_line(&t),
	    "{\"framing\":\"wrapper\",\"from\":\"client\",\"client_sap\":16,"
	    "\"server_sap\":1,\"apdu\":\"get-request\",\"choice\":1,"
	    "\"invoke_id\":1,\"class\":8,\"obis\":\"0.0.1.0.0.255\","
	    "\"attribute\":2}");
	/* selector 1, and null for its parameters */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc0, 1, 0x41, CLOCK, 0xff, 1, 1, 0)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"attribute\":-1,\"selector\":1"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc0, 2, 0xc2, 0, 0, 1, 0)), RD_OK);
	CU_ASSERT(
	    talk_says(&t, "\"choice\":2,\"invoke_id\":2,\"block_ack\":256"));
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
	talk_end(&t);
}

static void
test_get_list(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	/* two of them; the first with a selection */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc0, 3, 0xc1, 2, CLOCK, 2, 1, 7, TWO,
	                        DISCONNECTOR, 3, 0)),
	    RD_OK);
	CU_ASSERT(talk_says(&t,
	    "\"count\":2,\"items\":[{\"class\":8,\"obis\":\"0.0.1.0.0.255\","
	    "\"attribute\":2,\"selector\":7},{\"class\":70,"
	    "\"obis\":\"0.0.96.3.10.255\",\"attribute\":3}]"));
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_GET);
	CU_ASSERT_EQUAL(i.selection.n, 4);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.class_id, 70);
	CU_ASSERT_EQUAL(i.selection.n, 0);
	CU_ASSERT_FALSE(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc0, 4, 0xc1, CLOCK, 2, 0)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "service of an unknown choice");
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(0xc0, 3, 0xc1, 2, CLOCK, 2, 0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "APDU ends before what it announces");
	talk_end(&t);
}

static void
test_get_response(void)
{
	struct dlms_walk w;
	struct dlms_result r;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xc4, 1, 0xc1, 0, TWO)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	CU_ASSERT(talk_says(&t, "\"access_result\":0}"));
	w = dlms_results(talk_msg(&t));
	CU_ASSERT(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.value.n, 4);
	CU_ASSERT_FALSE(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xc4, 1, 0xc1, 1, 3)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"access_result\":3}"));
	/* a list: data, scope of access violated, data */
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 1, OCTETS(0xc4, 3, 0xc1, 3, 0, 0x11, 5, 1, 13, 0, TWO)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"access_result\":13,\"results\":[0,13,0]"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc4, 2, 0xc1, 1, 0, 0, 0, 2, 1, 19)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"access_result\":19,\"block\":2,"
	                        "\"last_block\":true"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc4, 2, 0xc1, 0, 1, 0x34, 2, 4, 0x12)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "block result of an unknown choice");
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc4, 1, 0xc1, 2)), RD_MALFORMED);
	/* nothing but the choice: some meters leave out a null */
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xc4, 1, 0xc1, 0)), RD_OK);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "an answer without its data");
	talk_end(&t);
}

static void
test_set(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc1, 1, 0xc1, CLOCK, 2, 0, TWO)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_TIME);
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_SET);
	CU_ASSERT_EQUAL(i.value.n, 4);
	/* what is written is in no record */
	CU_ASSERT_FALSE(talk_says(&t, "AABB"));
	talk_end(&t);
}

static void
test_set_list(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	/* a list: clock, then the security policy, which is graver */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc1, 4, 0xc1, 2, CLOCK, 3, 0, SECURITY, 2,
	                        0, 2, 0x10, 0, 60, 0x16, 1)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_KEY);
	CU_ASSERT_EQUAL(talk_op(&t)->object.p[1], 64);
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.value.n, 3);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.value.n, 2);
	CU_ASSERT_EQUAL(i.value.p[1], 1);
	/* two objects, one value */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc1, 4, 0xc1, 2, CLOCK, 3, 0, SECURITY, 2,
	                        0, 1, 0x16, 1)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "not as many values as objects");
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc1, 1, 0xc1, CLOCK, 2, 0, 9, 3, 1)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "data ends before its length says");
	talk_end(&t);
}

static void
test_set_response(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xc5, 1, 0xc1, 3)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_WRITE);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc5, 2, 0xc1, 0, 0, 0, 7)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":7"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc5, 3, 0xc1, 0, 0, 0, 0, 8)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"access_result\":0,\"block_ack\":8"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc5, 4, 0xc1, 2, 0, 3, 0, 0, 0, 9)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"results\":[0,3],\"block_ack\":9"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc5, 5, 0xc1, 2, 0, 4)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"results\":[0,4]"));
	talk_end(&t);
}

static void
test_action(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	/* remote disconnect with the parameter integer 0 */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc3, 1, 0xc1, DISCONNECTOR, 1, 1, 15, 0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_CONTROL);
	CU_ASSERT(talk_says(&t, "\"class\":70,\"obis\":\"0.0.96.3.10.255\","
	                        "\"method\":1"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc3, 1, 0xc1, SECURITY, 2, 0)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_KEY);
	CU_ASSERT_EQUAL(talk_msg(&t)->values.count, 0);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xc3, 1, 0xc1, 0, 18, 0, 0, 44, 0, 0, 255, 2, 1, TWO)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_FILE);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc3, 2, 0xc1, 0, 0, 0, 1)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":1"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc3, 3, 0xc1, 2, CLOCK, 6, DISCONNECTOR, 2,
	                        2, 0x10, 0, 1, 15, 0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_CONTROL);
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_ACTION);
	CU_ASSERT_EQUAL(i.value.n, 3);
	talk_end(&t);
}

static void
test_action_response(void)
{
	struct dlms_walk w;
	struct dlms_result r;
	struct talk t;

	talk_start(&t);
	/* answers: done; done, with data; failed; a list */
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xc7, 1, 0xc1, 0, 0)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_ACCEPTED);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc7, 1, 0xc1, 0, 1, 0, TWO)), RD_OK);
	w = dlms_results(talk_msg(&t));
	CU_ASSERT(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.value.n, 4);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc7, 1, 0xc1, 0, 1, 1, 3)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc7, 3, 0xc1, 2, 0, 0, 12, 1, 0, 0x11, 5)),
	    RD_OK);
	CU_ASSERT(talk_says(&t, "\"results\":[0,12]"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc7, 4, 0xc1, 0, 0, 0, 3)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":3"));
	talk_end(&t);
}

/* What role checks walk: a list of mixed services. */
static void
test_access(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xd9, 0x40, 0, 1, 2, 0, 4, 1, CLOCK, 2, 2, CLOCK, 2, 3,
	            DISCONNECTOR, 1, 4, CLOCK, 3, 1, 0, 4, 0, TWO, 15, 0, 0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_CONTROL);
	CU_ASSERT_EQUAL(talk_op(&t)->object.p[1], 70);
	CU_ASSERT(talk_says(&t, "\"invoke_id\":258,\"count\":4,\"items\":["
	                        "{\"service\":1,\"class\":8"));
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_SET);
	CU_ASSERT_EQUAL(i.value.n, 4);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_ACTION);
	CU_ASSERT_EQUAL(i.value.n, 2);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_GET);
	CU_ASSERT_EQUAL(i.selector.v, 1);
	CU_ASSERT_FALSE(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xd9, 0, 0, 0, 1, 0, 1, 6, CLOCK, 2, 1, 0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "access-request of an unknown choice");
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(0xd9, 0, 0, 0, 1, 0, 1, 1, CLOCK, 2, 2, 0, 0)),
	    RD_MALFORMED);
	talk_end(&t);
}

static void
test_access_response(void)
{
	struct dlms_walk w;
	struct dlms_result r;
	struct talk t;

	talk_start(&t);
	/* without the specification: data, then get, set and action */
	CU_ASSERT_EQUAL(talk_apdu(&t, 1,
	                    OCTETS(0xda, 0x40, 0, 1, 2, 0, 0, 3, TWO, 0, 0, 3,
	                        1, 0, 2, 0, 3, 3)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"access_result\":3,\"results\":[0,0,3]"));
	w = dlms_results(talk_msg(&t));
	CU_ASSERT(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.service, DLMS_GET);
	CU_ASSERT_EQUAL(r.value.n, 4);
	CU_ASSERT(dlms_next_result(&w, &r) && dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.service, DLMS_ACTION);
	CU_ASSERT_EQUAL(r.code.v, 3);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1,
	        OCTETS(0xda, 0, 0, 0, 1, 0, 1, 1, 1, CLOCK, 2, 1, 0, 1, 4, 0)),
	    RD_MALFORMED);
	talk_end(&t);
}

static void
test_notifications(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc2, 0, CLOCK, 2, 0x11, 5)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_REPORT);
	CU_ASSERT_EQUAL(talk_op(&t)->object.n, 9);
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.value.n, 2);
	/* with a time of 3 octets */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc2, 1, 3, 1, 2, 3, CLOCK, 2, 0x11, 5)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->date_time.n, 3);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"event-notification-request\","
	                        "\"class\":8"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0x0f, 0xc0, 0, 0, 9, 2, 1, 2, 2, 1, TWO)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_REPORT);
	CU_ASSERT(
	    talk_says(&t, "\"apdu\":\"data-notification\",\"invoke_id\":9"));
	CU_ASSERT_EQUAL(talk_msg(&t)->values.octets.n, 6);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(0x10, 0, 0, 0, 9, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "data-notification-confirm"));
	talk_end(&t);
}

static void
test_choices(void)
{
	static const uint8_t most[][2] = { { 0xc0, 3 }, { 0xc1, 5 },
		{ 0xc3, 6 }, { 0xc4, 3 }, { 0xc5, 5 }, { 0xc7, 4 } };
	struct talk t;

	talk_start(&t);
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
		for (unsigned choice = 0; choice < 256; choice++) {
			uint8_t apdu[] = { most[i][0], (uint8_t)choice, 0 };
			bool known = choice > 0 && choice <= most[i][1];

			CU_ASSERT_EQUAL(
			    talk_apdu(&t, 0, apdu, sizeof(apdu)), RD_MALFORMED);
			CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw,
			    known ? "APDU ends before what it announces"
			          : "service of an unknown choice");
		}
	talk_end(&t);
}

static void
test_refusals(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xd8, 1, 2)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"state_error\":1,\"service_error\":2}"));
	/* invocation-counter-error, and the counter that was expected */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xd8, 2, 6, 0, 0, 0x14, 0x23)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"expected_ic\":5155"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0xd8, 2, 6)), RD_OK);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xd8, 2, 6, 0, 0)), RD_MALFORMED);
	CU_ASSERT_EQUAL(
	    talk_cut(&t, 1,
	        OCTETS(0, 1, 0, 1, 0, 16, 0, 7, 0xd8, 2, 6, 0, 0, 0, 1), 11),
	    RD_TRUNCATED);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0e, 5, 3, 1)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"error\":[5,3,1]"));
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x77, 1, 2)), RD_OK);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "unknown APDU tag");
	CU_ASSERT(talk_says(&t, "\"apdu\":\"unknown-0x77\""));
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "get", test_get },
		{ "get of a list", test_get_list },
		{ "get, answered", test_get_response },
		{ "set", test_set },
		{ "set of a list", test_set_list },
		{ "set, answered", test_set_response },
		{ "action", test_action },
		{ "action, answered", test_action_response },
		{ "access", test_access },
		{ "access, answered", test_access_response },
		{ "notifications", test_notifications },
		{ "choices that there are not", test_choices },
		{ "exceptions, errors, unknown tags", test_refusals },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms ln", tests);
}
