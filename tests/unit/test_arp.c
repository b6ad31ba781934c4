/* SPDX-License-Identifier: Apache-2.0 */
/* ARP: whole, cut, too short, and of other kinds of addresses. */
#include <config.h>

#include "dissectors/arp/arp.h"
#include "dissectors/dissector.h"
#include "tests/driver.h"

extern const struct dissector arp_dissector;

static const uint8_t reply[] = { 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 2, 10,
	0, 0, 2, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1 };

struct arp_kept {
	struct op_sink sink;
	struct op op;
	struct arp_packet arp;
	int n;
};

static void
keep(struct op_sink *sink, const struct op *op)
{
	struct arp_kept *k = (struct arp_kept *)sink;

	k->op = *op;
	k->arp = *arp_msg(op);
	k->n++;
}

static enum rd_err
dissect(struct arp_kept *k, const uint8_t *p, size_t n, size_t on_wire)
{
	struct pdu pdu = { .frame = 1 };
	struct ctx ctx = { .pdu = &pdu };
	enum rd_err err;

	*k = (struct arp_kept){ .sink = { keep } };
	err = arp_dissector.dissect(rd_over(p, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(k->n, 1);
	CU_ASSERT_EQUAL(k->op.verdict, err);
	return err;
}

static void
test_reads(void)
{
	struct arp_kept k;
	struct op other = { .protocol = "goose" };

	CU_ASSERT_EQUAL(dissect(&k, reply, sizeof(reply), sizeof(reply)), 0);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_EQUAL(k.op.function, ARP_REPLY);
	CU_ASSERT_TRUE(k.arp.mapped);
	CU_ASSERT_EQUAL(k.arp.operation, ARP_REPLY);
	CU_ASSERT_EQUAL(memcmp(k.arp.sender.mac, reply + 8, 6), 0);
	CU_ASSERT_EQUAL(memcmp(k.arp.sender.ip, reply + 14, 4), 0);
	CU_ASSERT_EQUAL(memcmp(k.arp.target.mac, reply + 18, 6), 0);
	CU_ASSERT_EQUAL(memcmp(k.arp.target.ip, reply + 24, 4), 0);
	CU_ASSERT_PTR_NULL(arp_msg(&other));
}

/* Padding is not the packet's. */
static void
test_frame(void)
{
	uint8_t padded[60] = { 0 };
	size_t len = 0;

	memcpy(padded, reply, sizeof(reply));
	CU_ASSERT_EQUAL(
	    arp_dissector.frame(rd_over(padded, 60, 60), &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, sizeof(reply));
	CU_ASSERT_EQUAL(
	    arp_dissector.frame(rd_over(reply, 27, 27), &len), FRAME_ALIEN);
	CU_ASSERT_EQUAL(
	    arp_dissector.frame(rd_over(reply, 27, 28), &len), FRAME_WHOLE);
}

static void
test_is_cut(void)
{
	struct arp_kept k;

	for (size_t n = 0; n < sizeof(reply); n++) {
		CU_ASSERT_EQUAL(
		    dissect(&k, reply, n, sizeof(reply)), RD_TRUNCATED);
		CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
		CU_ASSERT_EQUAL(dissect(&k, reply, n, n), RD_MALFORMED);
		CU_ASSERT_EQUAL(k.op.kind, OP_FLAW);
		CU_ASSERT_PTR_NOT_NULL(k.op.flaw);
	}
}

/* The addresses are of other lengths: nothing is read of them. */
static void
test_others(void)
{
	uint8_t p[sizeof(reply)];
	struct arp_kept k;

	memcpy(p, reply, sizeof(p));
	p[1] = 6; /* IEEE 802 */
	CU_ASSERT_EQUAL(dissect(&k, p, sizeof(p), sizeof(p)), RD_OK);
	CU_ASSERT_FALSE(k.arp.mapped);
	CU_ASSERT_EQUAL(k.arp.sender.ip[0], 0);
	p[1] = 1;
	p[4] = 4;
	p[5] = 6; /* the same sum */
	CU_ASSERT_EQUAL(dissect(&k, p, sizeof(p), sizeof(p)), RD_OK);
	CU_ASSERT_FALSE(k.arp.mapped);
	p[5] = 7;
	CU_ASSERT_EQUAL(dissect(&k, p, sizeof(p), sizeof(p)), RD_MALFORMED);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "reads", test_reads },
		{ "frame", test_frame },
		{ "is cut", test_is_cut },
		{ "others", test_others },
		CU_TEST_INFO_NULL,
	};

	return driver_run("arp", tests);
}
