/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: segments of HDLC, COSEM blocks, and general-block-transfer. */
#include <config.h>

#include "dissectors/dlms/state.h"
#include "tests/unit/dlms.h"

#define I(ns) (uint8_t)(0x10 | (ns) << 1)
#define CLOCK 0, 8, 0, 0, 1, 0, 0, 255
#define TO_CLIENT 0xe6, 0xe7, 0
#define TO_SERVER 0xe6, 0xe6, 0
/* get-response: octet-string of 4, in three pieces */
#define PIECE_1 0xc4, 1, 0xc1, 0
#define PIECE_2 9, 4, 1
#define PIECE_3 2, 3, 4

static bool
is_link(const struct talk *t)
{
	return t->n == 1 && t->op[0].kind == OP_LINK && !t->apdu[0].there;
}

static void
test_segments(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 1, I(0), true, OCTETS(TO_CLIENT, PIECE_1)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT(talk_says(&t, "\"ns\":0,\"nr\":0,\"segmented\":true}"));
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, 0x31, false, NULL, 0), RD_OK); /* RR */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(1), true, OCTETS(PIECE_2)), RD_OK);
	/* it came again: that adds nothing */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(1), true, OCTETS(PIECE_2)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"repeated\":true"));
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(2), false, OCTETS(PIECE_3)), RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT(talk_says(&t, "\"ns\":2,\"nr\":0,\"apdu\":\"get-response\""));
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(talk_msg(&t)->results.octets.n, 7);
	/* the last one again: no APDU, and above all no other one */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(2), false, OCTETS(PIECE_3)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT(talk_msg(&t)->hdlc.repeated);
	talk_end(&t);
}

static void
test_repeated(void)
{
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, I(0), false,
	                    OCTETS(TO_SERVER, 0xc0, 2, 0xc1, 0, 0, 0, 1)),
	    RD_OK);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.repeated);
	/* the same N(S) and octets, though another N(R): sent again */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, I(0) | 0x20, false,
	                    OCTETS(TO_SERVER, 0xc0, 2, 0xc1, 0, 0, 0, 1)),
	    RD_OK);
	CU_ASSERT(talk_msg(&t)->hdlc.repeated);
	CU_ASSERT(talk_msg(&t)->there);
	/* other octets under it, and the same under the next, are not */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, I(0), false,
	                    OCTETS(TO_SERVER, 0xc0, 2, 0xc1, 0, 0, 0, 2)),
	    RD_OK);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.repeated);
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, I(1), false,
	                    OCTETS(TO_SERVER, 0xc0, 2, 0xc1, 0, 0, 0, 2)),
	    RD_OK);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.repeated);
	/* SNRM: counting begins again */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, 0x93, false, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(talk_hdlc(&t, 0, I(1), false,
	                    OCTETS(TO_SERVER, 0xc0, 2, 0xc1, 0, 0, 0, 2)),
	    RD_OK);
	CU_ASSERT_FALSE(talk_msg(&t)->hdlc.repeated);
	talk_end(&t);
}

/* What is left of an APDU of which a piece is missing is no APDU. */
static void
test_missing_segment(void)
{
	struct talk t;

	talk_start(&t);
	talk_hdlc(&t, 1, I(0), true, OCTETS(TO_CLIENT, PIECE_1));
	/* N(S) 1 is missing */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(2), true, OCTETS(PIECE_2)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(3), false, OCTETS(PIECE_3)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(4), false,
	                    OCTETS(TO_CLIENT, 0xc4, 1, 0xc1, 1, 3)),
	    RD_OK);
	CU_ASSERT(talk_msg(&t)->there);
	/* the head is missing, be it before the capture begins */
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(6), false, OCTETS(PIECE_3)), RD_OK);
	CU_ASSERT(is_link(&t));
	talk_end(&t);
	talk_start(&t);
	t.pdu.state = KNOW_MIDSTREAM;
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(6), false, OCTETS(PIECE_3)), RD_OK);
	CU_ASSERT(is_link(&t));
	t.pdu.state = KNOW_COMPLETE;
	talk_end(&t);
	talk_start(&t);
	/* from the first frame on, no LLC: there are such stations */
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 1, 0x03, false, OCTETS(0xe6, 0xe7, 1, 0, 0x62, 0)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->tag, 0xe6);
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 1, 0x03, false, OCTETS(0xd8, 0xe7, 0)), RD_OK);
	CU_ASSERT_EQUAL(talk_msg(&t)->tag, 0xd8);
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 1, I(0), false, OCTETS(0xd8, 1, 2)), RD_OK);
	CU_ASSERT(talk_says(&t, "\"apdu\":\"exception-response\""));
	talk_end(&t);
}

/* Blocks of a get-response with an octet-string of 4. */
static enum rd_err
answer(
    struct talk *t, uint8_t number, bool last, uint8_t a, uint8_t b, uint8_t c)
{
	return talk_apdu(
	    t, 1, OCTETS(0xc4, 2, 0xc1, last, 0, 0, 0, number, 0, 3, a, b, c));
}

static void
test_get_blocks(void)
{
	struct dlms_walk w;
	struct dlms_result r;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(answer(&t, 1, false, 9, 4, 1), RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(answer(&t, 1, false, 9, 4, 1), RD_OK);
	CU_ASSERT_EQUAL(answer(&t, 2, true, 2, 3, 4), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_GET_RESPONSE);
	CU_ASSERT_PTR_NOT_NULL(t.op[0].outer);
	CU_ASSERT_EQUAL(t.apdu[0].values.octets.n, 6);
	CU_ASSERT_PTR_NOT_NULL(t.apdu[1].joined);
	/* it is no APDU of its own, neither in the record nor in counts */
	CU_ASSERT_PTR_NULL(t.apdu[1].inner);
	CU_ASSERT(talk_says(&t, "\"last_block\":true,\"block_octets\":3,"
	                        "\"joined\":{\"octets\":6}}"));
	/* the meter gives up in the middle: nothing is left of that */
	answer(&t, 1, false, 9, 4, 1);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xc4, 2, 0xc1, 1, 0, 0, 0, 2, 1, 2)),
	    RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(answer(&t, 2, true, 2, 3, 4), RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	/* the list of a get-with-list: data, and a result */
	CU_ASSERT_EQUAL(answer(&t, 1, false, 2, 0, 0x11), RD_OK);
	CU_ASSERT_EQUAL(answer(&t, 2, true, 5, 1, 4), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.apdu[0].results.count, 2);
	CU_ASSERT_EQUAL(t.op[0].result, OP_REFUSED);
	CU_ASSERT_EQUAL(t.apdu[0].choice, 3);
	w = dlms_results(&t.apdu[0]);
	CU_ASSERT(dlms_next_result(&w, &r));
	CU_ASSERT_EQUAL(r.code.v, 0);
	talk_end(&t);
}

static void
test_jumps(void)
{
	struct talk t;

	talk_start(&t);
	/* the first was not seen: nothing to say */
	CU_ASSERT_EQUAL(answer(&t, 3, true, 2, 3, 4), RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
	answer(&t, 1, false, 9, 4, 1);
	CU_ASSERT_EQUAL(answer(&t, 3, true, 2, 3, 4), RD_OK);
	CU_ASSERT_STRING_EQUAL(talk_op(&t)->flaw, "block number jumps");
	CU_ASSERT_EQUAL(t.n, 1);
	/* after a gap in the capture that is no wonder */
	answer(&t, 1, false, 9, 4, 1);
	t.pdu.state = KNOW_GAPPED;
	CU_ASSERT_EQUAL(answer(&t, 3, true, 2, 3, 4), RD_OK);
	CU_ASSERT_PTR_NULL(talk_op(&t)->flaw);
	talk_end(&t);
}

static void
test_set_blocks(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0,
	        OCTETS(0xc1, 2, 0xc1, CLOCK, 2, 0, 0, 0, 0, 0, 1, 3, 9, 4, 1)),
	    RD_OK);
	CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_TIME);
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc1, 3, 0xc1, 1, 0, 0, 0, 2, 3, 2, 3, 4)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_TIME);
	CU_ASSERT_EQUAL(t.op[0].object.n, 9);
	w = dlms_items(&t.apdu[0]);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.class_id, 8);
	CU_ASSERT_EQUAL(i.value.n, 6);
	CU_ASSERT_EQUAL(t.apdu[0].choice, 1);
	CU_ASSERT(talk_says(&t, "\"joined\":{\"octets\":6,\"class\":8,"
	                        "\"obis\":\"0.0.1.0.0.255\",\"attribute\":2}"));
	/* two objects by list; what joins is one value only */
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc1, 5, 0xc1, 2, CLOCK, 2, 0, CLOCK, 3, 0,
	                        1, 0, 0, 0, 1, 3, 1, 0x11, 5)),
	    RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_STRING_EQUAL(
	    talk_op(&t)->flaw, "blocks do not join to what they announced");
	CU_ASSERT_EQUAL(talk_apdu(&t, 0,
	                    OCTETS(0xc1, 5, 0xc1, 2, CLOCK, 2, 0, CLOCK, 3, 0,
	                        1, 0, 0, 0, 1, 5, 2, 0x11, 5, 0x11, 6)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	w = dlms_items(&t.apdu[0]);
	CU_ASSERT(dlms_next_item(&w, &i) && dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.value.p[1], 6);
	CU_ASSERT_EQUAL(t.apdu[0].choice, 4);
	talk_end(&t);
}

static void
test_action_blocks(void)
{
	struct dlms_walk w;
	struct dlms_item i;
	struct talk t;

	talk_start(&t);
	talk_apdu(&t, 0,
	    OCTETS(0xc3, 4, 0xc1, 0, 18, 0, 0, 44, 0, 0, 255, 2, 0, 0, 0, 0, 1,
	        2, 9, 3));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(0xc3, 6, 0xc1, 1, 0, 0, 0, 2, 3, 7, 8, 9)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_FILE);
	w = dlms_items(&t.apdu[0]);
	CU_ASSERT(dlms_next_item(&w, &i));
	CU_ASSERT_EQUAL(i.service, DLMS_ACTION);
	CU_ASSERT_EQUAL(i.value.n, 5);
	/* what it returns, as Data, and with its choice in front */
	talk_apdu(&t, 1, OCTETS(0xc7, 2, 0xc1, 1, 0, 0, 0, 1, 2, 0x11, 5));
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.apdu[0].values.octets.n, 2);
	talk_apdu(&t, 1, OCTETS(0xc7, 2, 0xc1, 1, 0, 0, 0, 1, 3, 0, 0x11, 5));
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.apdu[0].results.count, 1);
	talk_end(&t);
}

static void
test_short_name_blocks(void)
{
	struct talk t;

	talk_start(&t);
	/* a read-response in two blocks: one result, integer 5 */
	talk_apdu(&t, 1, OCTETS(0x0c, 1, 2, 0, 0, 1, 2, 1, 0));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0x0c, 1, 2, 1, 0, 2, 2, 0x11, 5)), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_READ_RESPONSE);
	CU_ASSERT_EQUAL(t.apdu[0].results.count, 1);
	/* a read-request: the name 0x0a30 */
	talk_apdu(&t, 0, OCTETS(5, 1, 6, 0, 0, 1, 2, 1, 2));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(5, 1, 6, 1, 0, 2, 2, 0x0a, 0x30)), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_READ);
	CU_ASSERT_EQUAL(t.op[0].object.n, 2);
	/* a write-request: name 0x0a30, integer 5 */
	talk_apdu(&t, 0, OCTETS(6, 1, 7, 0, 0, 1, 1, 9, 4, 1, 2, 0x0a, 0x30));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 0, OCTETS(6, 1, 7, 1, 0, 2, 1, 9, 3, 1, 0x11, 5)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_WRITE);
	CU_ASSERT_EQUAL(t.op[0].object.n, 2);
	talk_end(&t);
}

static void
test_transfer(void)
{
	struct talk t;

	talk_start(&t);
	talk_apdu(&t, 0, OCTETS(0xc0, 2, 0xc1, 0, 0, 0, 1)); /* who is who */
	talk_apdu(&t, 1, OCTETS(0xe0, 0x41, 0, 1, 0, 0, 4, PIECE_1));
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_SERVER);
	CU_ASSERT(talk_msg(&t)->streaming);
	CU_ASSERT_EQUAL(talk_msg(&t)->window, 1);
	/* an acknowledgement: last, but of nothing */
	talk_apdu(&t, 0, OCTETS(0xe0, 0x81, 0, 1, 0, 1, 0));
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(talk_op(&t)->from, OP_FROM_CLIENT);
	talk_apdu(&t, 1, OCTETS(0xe0, 0x01, 0, 2, 0, 1, 3, PIECE_2));
	talk_apdu(&t, 1, OCTETS(0xe0, 0x01, 0, 2, 0, 1, 3, PIECE_2));
	CU_ASSERT_EQUAL(
	    talk_apdu(&t, 1, OCTETS(0xe0, 0x81, 0, 3, 0, 2, 3, PIECE_3)),
	    RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 2);
	CU_ASSERT_EQUAL(t.op[0].function, DLMS_GET_RESPONSE);
	CU_ASSERT_EQUAL(t.op[0].kind, OP_READ);
	CU_ASSERT(talk_says(&t,
	    "\"apdu\":\"general-block-transfer\",\"block\":3,\"block_ack\":2,"
	    "\"last_block\":true,\"block_octets\":3,"
	    "\"inner\":[{\"apdu\":\"get-response\",\"choice\":1"));
	talk_end(&t);
}

/* All layers at once: two segments, the last block, of a block of COSEM. */
static void
test_all_layers(void)
{
	struct talk t;

	talk_start(&t);
	talk_hdlc(&t, 1, I(0), false,
	    OCTETS(TO_CLIENT, 0xe0, 0, 0, 1, 0, 0, 4, 0xc4, 2, 0xc1, 1));
	CU_ASSERT_EQUAL(t.n, 1);
	talk_hdlc(&t, 1, I(1), true,
	    OCTETS(TO_CLIENT, 0xe0, 0x80, 0, 2, 0, 1, 8, 0, 0, 0));
	CU_ASSERT(is_link(&t));
	CU_ASSERT_EQUAL(
	    talk_hdlc(&t, 1, I(2), false, OCTETS(1, 0, 2, 0x11, 5)), RD_OK);
	CU_ASSERT_EQUAL_FATAL(t.n, 3);
	CU_ASSERT_EQUAL(t.apdu[0].values.octets.n, 2);
	CU_ASSERT_EQUAL(t.op[1].function, DLMS_GET_RESPONSE);
	CU_ASSERT(t.apdu[1].block.there);
	CU_ASSERT_EQUAL(t.op[2].function, DLMS_BLOCK_TRANSFER);
	CU_ASSERT(talk_says(&t, "\"joined\":{\"octets\":2}"));
	/* all leases have been given back */
	CU_ASSERT_EQUAL(asm_lost(t.ctx.pool), 0);
	for (int i = STATE_SEGMENTS; i <= STATE_TRANSFER; i++)
		CU_ASSERT_PTR_NULL(
		    asm_get(&t.ctx, dlms_state_key(&t.ctx, talk_msg(&t), i)).p);
	talk_end(&t);
}

/* A pool of one buffer: what made room is lost, and nothing is made up. */
static void
test_evicted(void)
{
	struct talk t;

	talk_start(&t);
	asm_free(t.ctx.pool);
	t.ctx.pool = asm_new(1, 64);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t.ctx.pool);
	talk_hdlc(&t, 1, I(0), true, OCTETS(TO_CLIENT, PIECE_1));
	t.ctx.flow_id = 2;
	answer(&t, 1, false, 9, 4, 1);
	t.ctx.flow_id = 1;
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(1), false, OCTETS(PIECE_2)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT(asm_lost(t.ctx.pool) > 0);
	/* no pool at all */
	asm_free(t.ctx.pool);
	t.ctx.pool = NULL;
	talk_hdlc(&t, 1, I(2), true, OCTETS(TO_CLIENT, PIECE_1));
	CU_ASSERT_EQUAL(talk_hdlc(&t, 1, I(3), false, OCTETS(PIECE_2)), RD_OK);
	CU_ASSERT(is_link(&t));
	CU_ASSERT_EQUAL(answer(&t, 1, true, 0x10, 0, 5), RD_OK);
	CU_ASSERT_EQUAL(t.n, 1);
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "segments", test_segments },
		{ "repeated frames", test_repeated },
		{ "a segment that is missing", test_missing_segment },
		{ "blocks of a get", test_get_blocks },
		{ "blocks that jump", test_jumps },
		{ "blocks of a set", test_set_blocks },
		{ "blocks of an action", test_action_blocks },
		{ "blocks with short names", test_short_name_blocks },
		{ "general-block-transfer", test_transfer },
		{ "all layers at once", test_all_layers },
		{ "buffers that made room", test_evicted },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms join", tests);
}
