/* SPDX-License-Identifier: Apache-2.0 */
/* TCP octets into their order: holes, copies, gaps, and bogus segments. */
#include <config.h>

#include "tests/unit/streams.h"

/* A row of acknowledgements of the same, so many that a hole is one. */
static void
wait_for_proof(uint32_t ack)
{
	for (int i = 0; i < 32; i++) {
		streams_later(1);
		streams_ack(ack);
	}
}

static void
test_in_order(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_send(1, TCP_ACK, 5001, 4, "xyz", 3, 0);
	streams_put(4, "def");
	STREAMS_GAVE("abcdef");
	CU_ASSERT_STRING_EQUAL(streams.text[1].s, "xyz");
	CU_ASSERT_EQUAL(streams.counts->octets, 9);
	CU_ASSERT_EQUAL(streams.counts->out_of_order, 0);
	CU_ASSERT_EQUAL(streams.flow->flags, 0);
	streams_stop();
}

static void
test_out_of_order(void)
{
	streams_start();
	streams_open(0);
	streams_put(7, "gh");
	streams_put(4, "def");
	CU_ASSERT_EQUAL(streams.text[0].n, 0);
	streams_put(1, "abc");
	STREAMS_GAVE("abcdefgh");
	/* what waited is of the packet that it came in */
	CU_ASSERT_EQUAL(streams.frame_of, streams.frame - 2);
	CU_ASSERT_EQUAL(streams.counts->out_of_order, 2);
	CU_ASSERT_EQUAL(streams.counts->gaps, 0);
	/* over two holes at once; the first wins */
	streams_put(11, "k");
	streams_put(13, "m");
	streams_put(9, "ijXlXn");
	STREAMS_GAVE("abcdefghijklmn");
	CU_ASSERT_EQUAL(streams.overlaps, 2);
	CU_ASSERT_EQUAL(streams.overlap_seq, 13);
	streams_stop();
}

static void
test_retransmission(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abcdef");
	streams_put(1, "abcdef");
	streams_put(2, "bc");
	CU_ASSERT_EQUAL(streams.counts->retransmissions, 2);
	CU_ASSERT_EQUAL(streams.overlaps, 0);
	streams_put(2, "bXdY");
	CU_ASSERT_EQUAL(streams.overlaps, 1);
	CU_ASSERT_EQUAL(streams.overlap_seq, 2);
	CU_ASSERT_EQUAL(streams.overlap_n, 4);
	CU_ASSERT_EQUAL(streams.overlap_at, 1);
	/* a part is old, and the same; then it is not */
	streams_put(4, "defgh");
	CU_ASSERT_EQUAL(streams.counts->overlaps, 1);
	CU_ASSERT_EQUAL(streams.overlaps, 1);
	streams_put(8, "Xij");
	CU_ASSERT_EQUAL(streams.overlaps, 2);
	CU_ASSERT_EQUAL(streams.counts->conflicts, 2);
	STREAMS_GAVE("abcdefghij");
	/* a copy of what waits, and one that differs */
	streams_put(15, "op");
	streams_put(15, "op");
	CU_ASSERT_EQUAL(streams.overlaps, 2);
	streams_put(14, "nXp");
	CU_ASSERT_EQUAL(streams.overlaps, 3);
	streams_put(11, "klm");
	STREAMS_GAVE("abcdefghijklmnop");
	CU_ASSERT_EQUAL(streams.counts->retransmissions, 4);
	CU_ASSERT_EQUAL(streams.counts->overlaps, 3);
	/* nothing is kept of what nobody reads: copies are still copies */
	streams.flow->tries = 200;
	streams_put(17, "qrs");
	streams_put(17, "qrs");
	STREAMS_GAVE("abcdefghijklmnopqrs");
	streams_stop();
}

static void
test_sequence_wrap(void)
{
	uint32_t isn = UINT32_MAX - 3;

	streams_start();
	streams_open(isn);
	streams_put(isn + 1, "ab");
	streams_put(2, "fg");
	STREAMS_GAVE("ab");
	streams_put(isn + 1, "abcde");
	STREAMS_GAVE("abcdefg");
	CU_ASSERT_EQUAL(streams.overlaps, 0);
	streams_put(isn + 2, "bcdeX");
	CU_ASSERT_EQUAL(streams.overlaps, 1);
	streams_stop();
}

/* A segment is lost: the receiver has what is behind it. */
static void
test_gap_by_ack(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_put(7, "ghi");
	streams_ack(10);
	STREAMS_GAVE("abc"); /* it may still come, out of order */
	wait_for_proof(10);
	STREAMS_GAVE("abc[3]ghi");
	CU_ASSERT_EQUAL(streams.counts->gaps, 1);
	CU_ASSERT_EQUAL(streams.counts->gap_octets, 3);
	/* on a quiet flow it takes longer */
	streams_put(13, "mno");
	streams_ack(16);
	streams_later(2900);
	streams_ack(16);
	STREAMS_GAVE("abc[3]ghi");
	streams_later(200);
	STREAMS_GAVE("abc[3]ghi[3]mno");
	/* an acknowledgement below the hole proves nothing */
	streams_put(19, "stu");
	wait_for_proof(16);
	streams_later(5000);
	streams_later(60000);
	CU_ASSERT_EQUAL(streams.flow->half[0].held, 0);
	streams_put(19, "stu");
	/* nor do many in no time, or some before the clock was set back */
	for (int i = 0; i < 40; i++)
		streams_ack(22);
	streams.now.tv_sec -= 2;
	streams_ack(22);
	STREAMS_GAVE("abc[3]ghi[3]mno");
	streams_put(16, "pqr");
	STREAMS_GAVE("abc[3]ghi[3]mnopqrstu");
	streams_stop();
}

/* Nobody acknowledges: one end only is seen. */
static void
test_gap_by_patience(void)
{
	streams_start();
	streams_put(100, "abc");
	CU_ASSERT_EQUAL(streams.flow->half[0].flags & HALF_SEARCH, HALF_SEARCH);
	CU_ASSERT_EQUAL(streams.flow->flags, FLOW_MIDSTREAM);
	CU_ASSERT_EQUAL(streams.counts->midstream, 1);
	streams_put(106, "ghi");
	streams_later(2900);
	STREAMS_GAVE("abc");
	streams_later(1100);
	STREAMS_GAVE("abc[3]ghi");
	/* so many that wait are no accident */
	for (uint32_t i = 0; i <= STREAMS_OUT_OF_ORDER; i++)
		streams_put(200 + 2 * i, "z");
	STREAMS_GAVE("abc[3]ghi[91]z");
	streams_stop();
}

/* The receiver's packets are seen no more: then patience counts again. */
static void
test_lost_receiver(void)
{
	streams_start();
	streams_open(0);
	streams_ack(1);
	streams_put(4, "def");
	streams_later(61000);
	STREAMS_GAVE("");
	streams_put(7, "ghi");
	streams_later(4000);
	STREAMS_GAVE("[6]ghi");
	streams_stop();
}

/* Each direction's hole has its own age. */
static void
test_two_holes(void)
{
	streams_start();
	streams_open(0);
	streams_put(4, "d");
	streams_later(2000);
	streams_send(1, TCP_ACK, 5004, 5, "d", 1, 0);
	streams_later(1100);
	STREAMS_GAVE("[3]d");
	CU_ASSERT_EQUAL(streams.text[1].n, 0);
	streams_stop();
	CU_ASSERT_STRING_EQUAL(streams.text[1].s, "[3]d");
}

/* A segment far ahead that no receiver took: the stream goes on below it. */
static void
test_far_ahead(void)
{
	streams_start();
	streams_open(0);
	streams_put(1000001, "bogus");
	for (unsigned i = 0; i < 40; i++) {
		streams_put(1 + i, "a");
		streams_ack(2 + i);
		streams_later(1000);
	}
	CU_ASSERT_EQUAL(streams.text[0].n, 40);
	CU_ASSERT_EQUAL(streams.flow->half[0].held, 1);
	streams_ack(1000001); /* of nobody: it goes on below, so it is none */
	CU_ASSERT_EQUAL(streams.text[0].n, 40);
	streams_ack(41);
	streams_later(61000);
	CU_ASSERT_EQUAL(streams.flow->half[0].held, 0);
	CU_ASSERT_EQUAL(streams.counts->expired, 1);
	streams_put(41, "b");
	CU_ASSERT_EQUAL(streams.text[0].n, 41);
	streams_stop();
}

/* More of them than may wait, or nobody to acknowledge: we leap, and back. */
static void
test_leap_and_back(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_ack(4);
	for (uint32_t i = 0; i <= STREAMS_OUT_OF_ORDER; i++)
		streams_put(1000001 + 2 * i, "x");
	STREAMS_GAVE("abc[999997]x");
	streams_put(4, "def");
	STREAMS_GAVE("abc[999997]x[0]def");
	streams_ack(7);
	streams_put(7, "ghi");
	STREAMS_GAVE("abc[999997]x[0]defghi");
	streams_stop();

	streams_start(); /* one-sided */
	streams_put(100, "abc");
	streams_put(1000001, "x");
	streams_later(4000);
	streams_put(103, "def");
	STREAMS_GAVE("abc[999898]x[0]def");
	streams_stop();
}

/* A bogus acknowledgement of a bogus segment. */
static void
test_bogus_ack(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_put(1000001, "x");
	wait_for_proof(1000002);
	streams_ack(1000002);
	STREAMS_GAVE("abc[999997]x");
	streams_put(4, "def");
	streams_put(7, "ghi");
	STREAMS_GAVE("abc[999997]x[0]defghi");
	/* what is a copy, and not where it broke off, is a copy */
	streams_put(1, "abc");
	streams_put(5, "efghi");
	STREAMS_GAVE("abc[999997]x[0]defghi");
	streams_stop();
}

/* Nothing is kept to be compared: the receiver's word is all that is known. */
static void
test_leap_without_history(void)
{
	streams_start_with(0);
	streams_open(0);
	for (uint32_t i = 0; i <= STREAMS_OUT_OF_ORDER; i++)
		streams_put(1000001 + 2 * i, "x");
	streams_ack(1);
	streams_put(1, "abc");
	STREAMS_GAVE("[1000000]x[0]abc");
	streams_stop();

	streams_start_with(0); /* this leap was right: what comes is a copy */
	streams_open(0);
	for (uint32_t i = 0; i <= STREAMS_OUT_OF_ORDER; i++)
		streams_put(101 + 2 * i, "y");
	streams_put(102, "yyyyyyyyyyyyyyyyyyyy");
	STREAMS_GAVE("[100]yyyyyyyyyyyyyyyyyyyyy");
	streams_ack(122);
	streams_put(122, "zz");
	streams_put(122, "zz");
	STREAMS_GAVE("[100]yyyyyyyyyyyyyyyyyyyyyzz");
	streams_stop();
}

static void
test_cut(void)
{
	streams_start();
	streams_open(0);
	streams_send(0, TCP_ACK, 1, 5001, "abc", 3, 10);
	streams_send(0, TCP_ACK, 14, 5001, "d", 1, 0);
	STREAMS_GAVE("abc{10}d");
	CU_ASSERT_EQUAL(streams.counts->cuts, 1);
	CU_ASSERT_EQUAL(streams.counts->cut_octets, 10);
	CU_ASSERT_EQUAL(streams.counts->gaps, 0);
	/* held back, and nothing of it captured */
	streams_send(0, TCP_ACK, 17, 5001, "gh", 2, 2);
	streams_send(0, TCP_ACK, 15, 5001, "", 0, 2);
	STREAMS_GAVE("abc{10}d{2}gh{2}");
	/* again, with more of it: the place is taken */
	streams_send(0, TCP_ACK, 15, 5001, "efghijkl", 8, 0);
	STREAMS_GAVE("abc{10}d{2}gh{2}kl");
	CU_ASSERT_EQUAL(streams.overlaps, 0);
	/* a length that no segment has, out of a damaged capture */
	streams_send(0, TCP_ACK, 23, 5001, "m", 1, UINT32_MAX);
	CU_ASSERT(streams.counts->cut_octets < 1 << 21);
	streams_stop();
}

static void
test_end(void)
{
	streams_start();
	streams_open(0);
	streams_put(7, "ghi");
	streams_put(13, "mno");
	STREAMS_GAVE("");
	streams_stop();
	STREAMS_GAVE("[6]ghi[3]mno");
}

/* More flows with holes than the list has room for: none is forgotten. */
static void
test_list(void)
{
	streams_start();
	for (unsigned round = 0; round < 40; round++) {
		for (uint16_t i = 0; i < 20; i++) {
			streams.port = (uint16_t)(1000 + round * 20 + i);
			streams_open(0);
			streams_put(4, "d");
			if (i >= 10)
				streams_put(1, "abc");
			memset(streams.text, 0, sizeof(streams.text));
		}
		for (uint32_t i = 0; i < flow_used(streams.flows); i++)
			streams_evict(NULL, flow_at(streams.flows, i));
	}
	for (streams.port = 9; streams.port < 14; streams.port++) {
		streams_open(0);
		streams_put(4, "d");
		streams_ack(5);
	}
	streams_later(4000);
	STREAMS_GAVE("[3]d[3]d[3]d[3]d[3]d");
	streams_stop();
}

/* Whatever way a stream comes, it comes out as it was. */
static void
test_any_way(void)
{
	char sent[601];
	uint32_t random = 7;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)('a' + i % 26);
	sent[600] = '\0';
	for (uint32_t round = 0; round < 200; round++) {
		uint32_t isn = UINT32_MAX - round * 2, at = 0;

		streams_start();
		streams_open(isn);
		for (unsigned i = 0; i < 5000 && at < 600; i++) {
			uint32_t from, n;

			random = random * 1103515245 + 12345;
			from = at + (i % 4 < 3 ? (random >> 16) % 40 : 0);
			from = from > 10 ? from - 10 : 0;
			n = 11 + (random >> 8) % 20;
			if (from >= 600)
				continue;
			n = from + n > 600 ? 600 - from : n;
			streams_send(0, TCP_ACK, isn + 1 + from, 5001,
			    sent + from, n, 0);
			at = streams.flow->half[0].next - isn - 1;
		}
		STREAMS_GAVE(sent);
		CU_ASSERT_EQUAL(streams.overlaps, 0);
		streams_stop();
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "in order", test_in_order },
		{ "out of order", test_out_of_order },
		{ "retransmissions", test_retransmission },
		{ "sequence wrap", test_sequence_wrap },
		{ "gap, by acknowledgement", test_gap_by_ack },
		{ "gap, by patience", test_gap_by_patience },
		{ "a receiver that is lost", test_lost_receiver },
		{ "holes of both directions", test_two_holes },
		{ "a segment far ahead", test_far_ahead },
		{ "a leap and back", test_leap_and_back },
		{ "a bogus acknowledgement", test_bogus_ack },
		{ "a leap without history", test_leap_without_history },
		{ "cut segments", test_cut },
		{ "the end", test_end },
		{ "the list of holes", test_list },
		{ "any way", test_any_way },
		CU_TEST_INFO_NULL,
	};

	return driver_run("order", tests);
}
