/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: link frames, and what a fragment is taken for. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

/* Link status of 10 to master 1, as it stands on the wire. */
static const uint8_t link_status[] = { 0x05, 0x64, 0x05, 0x0b, 0x01, 0x00, 0x0a,
	0x00, 0x6d, 0xed };

/* READ of classes 1, 2, 3 and 0. */
static const uint8_t poll[] = { 0xc5, 0x01, 0x3c, 0x02, 0x06, 0x3c, 0x03, 0x06,
	0x3c, 0x04, 0x06, 0x3c, 0x01, 0x06 };

static enum frame
frame_of(const uint8_t *p, size_t n, size_t on_wire, size_t *len)
{
	return dnp3_dissector.frame(rd_over(p, n, on_wire), len);
}

static enum probe
probe_of(const uint8_t *p, size_t n)
{
	return dnp3_dissector.probe(rd_over(p, n, n));
}

static void
test_recognised(void)
{
	uint8_t p[DNP3_FRAME_MAX];
	size_t n = dnp3_link(p, DNP3_FROM_MASTER, 10, 1, poll, sizeof(poll));

	for (size_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(probe_of(p, i), PROBE_MORE);
	CU_ASSERT_EQUAL(probe_of(p, 10), PROBE_YES);
	CU_ASSERT_EQUAL(probe_of(p, n), PROBE_YES);
	CU_ASSERT_EQUAL(probe_of(p + 1, n - 1), PROBE_NO);
	for (size_t i = 0; i < 80; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		CU_ASSERT_EQUAL(probe_of(p, n), PROBE_NO);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	p[2] = 4;
	CU_ASSERT_EQUAL(probe_of(p, 3), PROBE_NO);
	dnp3_checked(p, p, 8); /* a good CRC does not make it one */
	CU_ASSERT_EQUAL(probe_of(p, n), PROBE_NO);
}

static void
test_ends(void)
{
	static const uint8_t zeros[250];
	uint8_t p[DNP3_FRAME_MAX];
	size_t len = 0, n;

	for (size_t user = 0; user <= 250; user++) {
		n = dnp3_link(p, DNP3_FROM_MASTER, 10, 1, zeros, user);
		CU_ASSERT_EQUAL(frame_of(p, 10, 10, &len), FRAME_WHOLE);
		CU_ASSERT_EQUAL(len, n);
	}
	CU_ASSERT_EQUAL(len, 292);
	CU_ASSERT_EQUAL(frame_of(p, 9, 9, &len), FRAME_SHORT);
	CU_ASSERT_EQUAL(frame_of(p, 0, 0, &len), FRAME_SHORT);
	CU_ASSERT_EQUAL(frame_of(p + 1, 9, 9, &len), FRAME_ALIEN);
	/* what was lost counts as there */
	CU_ASSERT_EQUAL(frame_of(p, 3, 292, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, 292);
	CU_ASSERT_EQUAL(frame_of(p, 2, 40, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, 40);
	p[8] ^= 1;
	CU_ASSERT_EQUAL(frame_of(p, n, n, &len), FRAME_ALIEN);
}

static void
test_link_only(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);

	CU_ASSERT_EQUAL(dnp3_dissect(k, link_status, 10, 10), RD_OK);
	CU_ASSERT_EQUAL(k->op.kind, OP_LINK);
	CU_ASSERT_EQUAL(k->op.from, OP_FROM_SERVER);
	CU_ASSERT_EQUAL(k->op.function, DNP3_OF_LINK | DNP3_LINK_STATUS);
	CU_ASSERT_EQUAL(k->op.object.n, 4);
	CU_ASSERT_PTR_NULL(k->op.flaw);
	CU_ASSERT_STRING_EQUAL(k->line,
	    "{\"dir\":false,\"prm\":false,\"src\":10,\"dst\":1,"
	    "\"link_function\":11,\"crc_errors\":0}");
	/* DIR, PRM, FCB, FCV: test of the link */
	CU_ASSERT_EQUAL(dnp3_send(k, 0xf2, NULL, 0), RD_OK);
	CU_ASSERT_EQUAL(
	    k->op.function, DNP3_OF_LINK | DNP3_OF_PRIMARY | DNP3_TEST_LINK);
	CU_ASSERT_EQUAL(k->op.from, OP_FROM_CLIENT);
	CU_ASSERT_STRING_EQUAL(k->line,
	    "{\"dir\":true,\"prm\":true,\"fcb\":true,\"fcv\":true,\"src\":1,"
	    "\"dst\":10,\"link_function\":2,\"crc_errors\":0}");
	dnp3_stop(k);
}

static void
test_every_link_function(void)
{
	/* with and without PRM: known, and carrying user data */
	static const uint16_t known[] = { 0xc803, 0x021f },
	                      data[] = { 0, 0x0018 };
	static const uint8_t user[] = { 0xc0, 0xc0, 0x00 }; /* a confirm */
	struct dnp3_kept *k = dnp3_start(4, 4096);

	for (unsigned i = 0; i < 32; i++) {
		unsigned prm = i / 16, function = i % 16;
		uint8_t control = (uint8_t)(0x80 | prm << 6 | function);
		bool is_known = known[prm] >> function & 1;
		bool is_data = data[prm] >> function & 1;

		CU_ASSERT_EQUAL(dnp3_send(k, control, NULL, 0), RD_OK);
		CU_ASSERT_EQUAL(k->frame.flaw, !is_known ? DNP3_LINK_FUNCTION
		                               : is_data ? DNP3_USER_DATA
		                                         : DNP3_SOUND);
		CU_ASSERT_EQUAL(
		    dnp3_send(k, control, user, sizeof(user)), RD_OK);
		CU_ASSERT_EQUAL(k->frame.flaw, !is_known  ? DNP3_LINK_FUNCTION
		                               : !is_data ? DNP3_USER_DATA
		                                          : DNP3_SOUND);
		CU_ASSERT_EQUAL(k->frame.whole, is_data);
	}
	dnp3_stop(k);
}

static void
test_addresses(void)
{
	static const struct {
		uint16_t dst, src;
		bool reserved;
	} of[] = {
		{ 0xffef, 0xffef, false },
		{ 0xfff0, 1, true },
		{ 0xfffb, 1, true },
		{ 0xfffc, 1, false }, /* self */
		{ 0xfffd, 1, false }, /* broadcasts */
		{ 0xffff, 1, false },
		{ 1, 0xfff0, true },
		{ 1, 0xffff, true },
	};
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[DNP3_FRAME_MAX];

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		size_t n = dnp3_link(p, 0xc9, of[i].dst, of[i].src, NULL, 0);

		CU_ASSERT_EQUAL(dnp3_dissect(k, p, n, n), RD_OK);
		CU_ASSERT_EQUAL(k->op.flaw != NULL, of[i].reserved);
		CU_ASSERT_EQUAL(k->frame.dst, of[i].dst);
		CU_ASSERT_EQUAL(k->frame.src, of[i].src);
	}
	dnp3_stop(k);
}

static void
test_poll(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);

	CU_ASSERT_EQUAL(DNP3_SAY(k, DNP3_FROM_MASTER, poll), RD_OK);
	CU_ASSERT_EQUAL(k->op.kind, OP_READ);
	CU_ASSERT_EQUAL(k->op.function, DNP3_READ);
	CU_ASSERT_EQUAL(k->op.from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(k->op.result, OP_NO_RESULT);
	CU_ASSERT_EQUAL(k->op.object.n, 3);
	CU_ASSERT_STRING_EQUAL(k->line,
	    "{\"dir\":true,\"prm\":true,\"src\":1,"
	    "\"dst\":10,\"link_function\":4,\"crc_errors\":0,"
	    "\"transport\":{\"seq\":0,\"fir\":true,\"fin\":true},"
	    "\"seq\":5,\"fir\":true,\"fin\":true,\"con\":false,"
	    "\"uns\":false,\"function\":1,\"objects\":["
	    "{\"g\":60,\"v\":2,\"qualifier\":6},"
	    "{\"g\":60,\"v\":3,\"qualifier\":6},"
	    "{\"g\":60,\"v\":4,\"qualifier\":6},"
	    "{\"g\":60,\"v\":1,\"qualifier\":6}]}");
	dnp3_stop(k);
}

static void
test_block_crc(void)
{
	static const uint8_t user[40] = { 0xc0, 0xc0, 0x01 };
	struct dnp3_kept *k = dnp3_start(4, 4096);
	struct dnp3_frame *f = &k->frame;
	uint8_t p[DNP3_FRAME_MAX];
	size_t n = dnp3_link(p, DNP3_FROM_MASTER, 10, 1, user, sizeof(user));

	p[12] ^= 0x10;    /* in the first block */
	p[n - 1] ^= 0x01; /* in the CRC of the last */
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, n, n), RD_OK);
	CU_ASSERT_EQUAL(k->op.kind, OP_FLAW);
	CU_ASSERT_STRING_EQUAL(k->op.flaw, "CRC of a block is wrong");
	CU_ASSERT_EQUAL(f->crc_errors, 2);
	CU_ASSERT_FALSE(f->segment || f->whole);
	CU_ASSERT(f->headed);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, "\"crc_errors\":2}"));
	dnp3_stop(k);
}

static void
test_not_a_frame(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[10];

	memcpy(p, link_status, sizeof(p));
	p[0] = 6;
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, 10, 10), RD_MALFORMED);
	CU_ASSERT_EQUAL(k->op.kind, OP_FLAW);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_NO_START);
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, 2, 2), RD_MALFORMED);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_NO_START);
	p[0] = 5;
	p[9] ^= 1;
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, 10, 10), RD_MALFORMED);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_HEADER_CRC);
	CU_ASSERT_EQUAL(k->op.object.n, 0);
	CU_ASSERT_STRING_EQUAL(k->line, "{}");
	p[2] = 4;
	dnp3_checked(p, p, 8);
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, 10, 10), RD_MALFORMED);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_LENGTH);
	dnp3_stop(k);
}

static void
test_cut_and_trailing(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[DNP3_FRAME_MAX] = { 0 }, user[16] = { 0xc0 };
	size_t n;

	memcpy(user + 1, poll, sizeof(poll));
	n = dnp3_link(p, DNP3_FROM_MASTER, 10, 1, user, 15);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(dnp3_dissect(k, p, i, n), RD_TRUNCATED);
		CU_ASSERT_EQUAL(k->op.kind, OP_FLAW);
		CU_ASSERT_STRING_EQUAL(
		    k->op.flaw, "not all of its octets were captured");
		CU_ASSERT_EQUAL(k->frame.headed, i >= 10);
		CU_ASSERT_EQUAL(dnp3_dissect(k, p, i, i), RD_MALFORMED);
		CU_ASSERT_EQUAL(k->frame.flaw, DNP3_CUT_FRAME);
	}
	CU_ASSERT_EQUAL(dnp3_dissect(k, p, n + 1, n + 1), RD_TRAILING);
	CU_ASSERT_EQUAL(k->op.kind, OP_READ);
	dnp3_stop(k);
}

/* By application function; what is not here is reserved. */
/* clang-format off */
static const uint8_t kinds[] = {
	[0] = OP_LINK, OP_READ, OP_WRITE, OP_CONTROL, OP_CONTROL,
	[5] = OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_CONTROL,
	[10] = OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_CONTROL,
	[15] = OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_CONTROL, OP_WRITE,
	[20] = OP_OTHER, OP_OTHER, OP_WRITE, OP_TIME, OP_TIME,
	[25] = OP_FILE, OP_FILE, OP_FILE, OP_FILE, OP_FILE,
	[30] = OP_FILE, OP_WRITE, OP_KEY, OP_KEY,
	[129] = OP_REPORT, OP_REPORT, OP_KEY,
};
/* clang-format on */

static void
test_every_function(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);

	for (unsigned fc = 0; fc < 256; fc++) {
		bool response = fc >= 129 && fc <= 131;
		uint8_t p[] = { 0xc0, (uint8_t)fc, 0, 0 };

		dnp3_say(k, DNP3_FROM_MASTER, p, response ? 4 : 2);
		CU_ASSERT_EQUAL(k->op.function, fc);
		if (fc <= 33 || response) {
			CU_ASSERT_PTR_NULL(k->op.flaw);
			CU_ASSERT_EQUAL(k->op.kind, kinds[fc]);
		} else {
			CU_ASSERT_EQUAL(k->op.kind, OP_OTHER);
			CU_ASSERT_EQUAL(k->frame.flaw, DNP3_FUNCTION);
		}
		CU_ASSERT_EQUAL(k->frame.app.has_iin, response);
	}
	dnp3_stop(k);
}

static void
test_kind_by_object(void)
{
	/* WRITE of g50v1, of g70v5; READ of g70v5; aggressive mode, g50v1 */
	static const uint8_t time[] = { 0xc0, 0x02, 0x32, 0x01, 0x07, 0x01, 1,
		0, 0, 0, 0, 0 };
	static const uint8_t block[] = { 0xc0, 0x02, 0x46, 0x05, 0x5b, 0x01, 8,
		0, 1, 0, 0, 0, 0, 0, 0, 0x80 };
	static const uint8_t aggressive[] = { 0xc0, 0x02, 0x78, 0x03, 0x07,
		0x01, 1, 0, 0, 0, 1, 0, 0x32, 0x01, 0x07, 0x01, 1, 0, 0, 0, 0,
		0 };
	uint8_t read[sizeof(block)];
	struct dnp3_kept *k = dnp3_start(4, 4096);

	DNP3_SAY(k, DNP3_FROM_MASTER, time);
	CU_ASSERT_EQUAL(k->op.kind, OP_TIME);
	DNP3_SAY(k, DNP3_FROM_MASTER, aggressive);
	CU_ASSERT_EQUAL(k->op.kind, OP_TIME);
	CU_ASSERT_EQUAL(k->op.object.n, 4);
	DNP3_SAY(k, DNP3_FROM_MASTER, block);
	CU_ASSERT_EQUAL(k->op.kind, OP_FILE);
	memcpy(read, block, sizeof(block));
	read[1] = DNP3_READ;
	DNP3_SAY(k, DNP3_FROM_MASTER, read);
	CU_ASSERT_EQUAL(k->op.kind, OP_FILE);
	dnp3_stop(k);
}

static void
test_result(void)
{
	/* g12v1 of point 1, its status in the last octet */
	uint8_t p[] = { 0xc0, 0x81, 0x90, 0x00, 0x0c, 0x01, 0x28, 0x01, 0x00,
		0x01, 0x00, 0x03, 0x01, 100, 0, 0, 0, 100, 0, 0, 0, 0x00 };
	/* g120v7 about user 1 */
	static const uint8_t refused[] = { 0xc0, 0x83, 0, 0, 0x78, 0x07, 0x5b,
		0x01, 15, 0, 9, 0, 0, 0, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6 };
	/* g41v2 of point 1, out of range */
	static const uint8_t output[] = { 0xc0, 0x81, 0, 0, 0x29, 0x02, 0x17,
		0x01, 0x01, 0xff, 0x7f, 0x0c };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	DNP3_SAY(k, DNP3_FROM_STATION, output);
	CU_ASSERT_EQUAL(k->op.result, OP_REFUSED);
	DNP3_SAY(k, DNP3_FROM_STATION, p);
	CU_ASSERT_EQUAL(k->op.result, OP_ACCEPTED);
	CU_ASSERT_EQUAL(
	    k->frame.app.iin, DNP3_IIN_RESTART | DNP3_IIN_NEED_TIME);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, "\"iin\":36864,"));
	p[sizeof(p) - 1] = 4; /* not supported */
	DNP3_SAY(k, DNP3_FROM_STATION, p);
	CU_ASSERT_EQUAL(k->op.result, OP_REFUSED);
	p[sizeof(p) - 1] = 0;
	for (unsigned bit = 0; bit < 8; bit++) {
		p[3] = (uint8_t)(1 << bit);
		DNP3_SAY(k, DNP3_FROM_STATION, p);
		CU_ASSERT_EQUAL(k->op.result,
		    (0x17 >> bit & 1) != 0 ? OP_REFUSED : OP_ACCEPTED);
	}
	p[1] = DNP3_UNSOLICITED;
	p[3] = DNP3_IIN_NO_OBJECT;
	DNP3_SAY(k, DNP3_FROM_STATION, p);
	CU_ASSERT_EQUAL(k->op.result, OP_NO_RESULT);
	DNP3_SAY(k, DNP3_FROM_STATION, refused);
	CU_ASSERT_EQUAL(k->op.kind, OP_KEY);
	CU_ASSERT_EQUAL(k->op.result, OP_REFUSED);
	dnp3_stop(k);
}

static void
test_short_fragments(void)
{
	static const uint8_t p[] = { 0xf3, 0x82, 0x80, 0x00 };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	for (size_t n = 0; n < 2; n++) {
		CU_ASSERT_EQUAL(dnp3_say(k, DNP3_FROM_STATION, p, n), RD_OK);
		CU_ASSERT_EQUAL(k->frame.flaw, DNP3_NO_APPLICATION);
		CU_ASSERT_EQUAL(k->op.kind, OP_FLAW);
		CU_ASSERT_FALSE(k->frame.whole);
	}
	for (size_t n = 2; n < 4; n++) {
		CU_ASSERT_EQUAL(dnp3_say(k, DNP3_FROM_STATION, p, n), RD_OK);
		CU_ASSERT_EQUAL(k->frame.flaw, DNP3_NO_IIN);
		CU_ASSERT(k->frame.whole && !k->frame.app.has_iin);
	}
	CU_ASSERT_EQUAL(DNP3_SAY(k, DNP3_FROM_STATION, p), RD_OK);
	CU_ASSERT_PTR_NULL(k->op.flaw);
	CU_ASSERT(k->frame.app.con && k->frame.app.uns);
	CU_ASSERT(k->frame.app.fir && k->frame.app.fin);
	CU_ASSERT_EQUAL(k->frame.app.seq, 3);
	dnp3_stop(k);
}

static void
test_tally(void)
{
	static const uint8_t response[] = { 0xc0, 0x81, 0, 0 };
	struct dnp3_kept *k = dnp3_start(4, 4096);
	void *tally = calloc(1, dnp3_dissector.tally_size);
	uint8_t bad[DNP3_FRAME_MAX], user[16] = { 0xc0, 0xc0, 1 };
	struct json j;

	CU_ASSERT_PTR_NOT_NULL_FATAL(tally);
	for (int i = 0; i < 2; i++) {
		DNP3_SAY(k, DNP3_FROM_MASTER, poll);
		dnp3_dissector.count(tally, &(struct op){ .msg = &k->frame });
	}
	DNP3_SAY(k, DNP3_FROM_STATION, response);
	dnp3_dissector.count(tally, &(struct op){ .msg = &k->frame });
	dnp3_dissect(k, link_status, 10, 10);
	dnp3_dissector.count(tally, &(struct op){ .msg = &k->frame });
	dnp3_link(bad, DNP3_FROM_MASTER, 10, 1, user, 16);
	bad[27]++;
	dnp3_dissect(k, bad, 28, 28);
	k->op.msg = &k->frame;
	dnp3_dissector.count(tally, &k->op);
	dnp3_dissect(k, bad, 20, 28);
	k->op.msg = &k->frame;
	dnp3_dissector.count(tally, &k->op);
	dnp3_dissect(k, bad + 1, 9, 9);
	k->op.msg = &k->frame;
	dnp3_dissector.count(tally, &k->op);
	json_start(&j, k->line, sizeof(k->line));
	dnp3_dissector.write_tally(tally, &j);
	json_end(&j);
	CU_ASSERT_STRING_EQUAL(k->line,
	    "\"frames\":5,\"fragments\":3,\"crc_errors\":1,"
	    "\"functions\":{\"1\":2,\"129\":1},\"malformed\":1,"
	    "\"truncated\":1,\"flaws\":2");
	free(tally);
	dnp3_stop(k);
}

static void
test_flaw_texts(void)
{
	CU_ASSERT_PTR_NULL(dnp3_flaw(DNP3_SOUND));
	for (int i = DNP3_SOUND + 1; i < DNP3_FLAWS; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(dnp3_flaw((enum dnp3_flaw)i));
		CU_ASSERT(strlen(dnp3_flaw((enum dnp3_flaw)i)) <= 64);
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "recognised by its header CRC", test_recognised },
		{ "where a frame ends", test_ends },
		{ "link frames without data", test_link_only },
		{ "every link function", test_every_link_function },
		{ "link addresses", test_addresses },
		{ "a poll", test_poll },
		{ "wrong CRC of a block", test_block_crc },
		{ "no frame at all", test_not_a_frame },
		{ "cut and trailing", test_cut_and_trailing },
		{ "every application function", test_every_function },
		{ "kind by object", test_kind_by_object },
		{ "result of a response", test_result },
		{ "short fragments", test_short_fragments },
		{ "the tally", test_tally },
		{ "what flaws are called", test_flaw_texts },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3", tests);
}
