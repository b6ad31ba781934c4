/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: services with short names. */
#include <config.h>

#include "tests/unit/dlms.h"

/* octet-string of 2 */
#define TWO 9, 2, 0xaa, 0xbb

static void
test_read(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	/* name 0x0a28, then 0x2408 with selector 1 and integer 5 */
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 0, OCTETS(5, 2, 2, 0x0a, 0x28, 4, 0x24, 8, 1, 0x11, 5)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"read-request\",\"count\":2,"
	                        "\"items\":[{\"name\":2600},"
	                        "{\"name\":9224,\"selector\":1}]"));
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT(i.short_name);
	CU_ASSERT_EQUAL(i.octets.n, 2);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.name, 0x2408);
	CU_ASSERT_EQUAL(i.selection.n, 2);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(5, 1, 5, 0, 3)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":3"));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(5, 1, 6, 0, 0, 2, 2, 0xaa, 0xbb)), RD_OK);
	CU_ASSERT(talk_says(
	    &t, "\"block\":2,\"last_block\":false,\"block_octets\":2"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(5, 1, 3, 0, 3)), RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "variable access of an unknown choice");
	talk_end(&t);
}

static void
test_read_response(void)
{
	struct dlms_walk w;
	struct dlms_result r;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0c, 2, 0, TWO, 1, 3)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT(talk_says(&t, "\"access_result\":3,\"results\":[0,3]"));
	w = dlms_results(talk_msg(&t));
	CU_ASSERT(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.value.n, 4);
	/* a block, and the number of one */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0x0c, 1, 2, 1, 0, 4, 2, 1, 2)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"choice\":2"));
	CU_ASSERT(talk_says(&t, "\"block\":4,\"last_block\":true"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0c, 1, 3, 0, 9)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":9"));
	/* as a meter in the field says null */
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0c, 1, 0)), RD_OK);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "an answer without its data");
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0c, 1, 4, 0)), RD_MALFORMED);
	talk_end(&t);
}

static void
test_write(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(6, 1, 2, 0x0a, 0x30, 1, TWO)), RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_WRITE);
	CU_ASSERT_EQUAL(talk_op(&t)->object.n, 2);
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_SET);
	CU_ASSERT_EQUAL(i.value.n, 4);
	CU_ASSERT_EQUAL(talk_apdu(&t, 0, OCTETS(6, 1, 2, 0x0a, 0x30, 2, 0, 0)),
	    RD_MALFORMED);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "not as many values as objects");
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(6, 1, 7, 0, 0, 1, 1, TWO)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block\":1,\"last_block\":false"));
	CU_ASSERT_EQUAL(talk_msg(&t)->raw.n, 2);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0x16, 1, 2, 0x0a, 0x30, 1, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"unconfirmed-write-request\""));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0d, 3, 0, 1, 3, 0)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"results\":[0,3,0]"));
	CU_ASSERT_EQUAL(talk_op(&t)->result, OP_REFUSED);
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0d, 1, 2, 0, 5)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"block_ack\":5"));
	CU_ASSERT_EQUAL(talk_apdu(&t, 1, OCTETS(0x0d, 1, 3)), RD_MALFORMED);
	talk_end(&t);
}

static void
test_report(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(
	        &t, 1, OCTETS(0x18, 1, 2, '2', '6', 1, 2, 0x0a, 0x30, 1, TWO)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_REPORT);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_msg(&t)->date_time.n, 2);
	CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
	/* the values without their count: a flaw, but they are there */
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0x18, 0, 1, 2, 0x0a, 0x30, TWO)), RD_OK);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "values without their count");
	CU_ASSERT(talk_says(&t, "\"count\":1"));
	w = dlms_items(talk_msg(&t));
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.value.n, 4);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0x18, 0, 1, 2, 0x0a, 0x30, 2, 9, 9)),
	    RD_MALFORMED);
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "read", test_read },
		{ "read, answered", test_read_response },
		{ "write", test_write },
		{ "information-report", test_report },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms sn", tests);
}
