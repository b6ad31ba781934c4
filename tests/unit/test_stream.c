/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: how they begin, end, begin anew, and what they leave behind. */
#include <config.h>

#include "tests/unit/streams.h"

static void
send_flags(unsigned dir, uint8_t flags, uint32_t seq, uint32_t ack)
{
	streams_send(dir, flags, seq, ack, "", 0, 0);
}

static void
test_open_and_close(void)
{
	streams_start();
	streams_open(0);
	send_flags(0, TCP_SYN, 0, 0); /* once more */
	CU_ASSERT_EQUAL(streams.opened, 1);
	CU_ASSERT_EQUAL(streams.begun, 0);
	CU_ASSERT_EQUAL(streams.flow->half[0].flags & HALF_SYN, HALF_SYN);
	CU_ASSERT_EQUAL(streams.flow->half[1].flags & HALF_SYN, HALF_SYN);
	streams_put(1, "abc");
	streams_send(0, TCP_ACK | TCP_FIN, 4, 5001, "d", 1, 0);
	CU_ASSERT_EQUAL(streams.closed, 0);
	send_flags(0, TCP_ACK | TCP_FIN, 5, 5001); /* once more */
	send_flags(1, TCP_ACK | TCP_FIN, 5001, 6);
	CU_ASSERT_EQUAL(streams.closed, 1);
	CU_ASSERT_EQUAL(streams.flow->flags, FLOW_CLOSED);
	send_flags(1, TCP_RST, 5002, 6);
	CU_ASSERT_EQUAL(streams.closed, 1);
	CU_ASSERT_EQUAL(streams.counts->opened, 1);
	CU_ASSERT_EQUAL(streams.counts->closed, 1);
	STREAMS_GAVE("abcd");
	streams_stop();
}

/* Octets in a SYN (RFC 7413) have the numbers behind it. */
static void
test_octets_in_syn(void)
{
	streams_start();
	streams_send(0, TCP_SYN, 0, 0, "ab", 2, 0);
	send_flags(1, TCP_SYN | TCP_ACK, 5000, 3);
	streams_put(3, "cd");
	STREAMS_GAVE("abcd");
	CU_ASSERT_EQUAL(streams.flow->flags, 0);
	streams_stop();
}

static void
test_keep_alive(void)
{
	streams_start();
	streams_open(0);
	streams_send(0, TCP_ACK, 0, 5001, "\0", 1, 0); /* before any octet */
	streams_put(1, "abc");
	streams_send(0, TCP_ACK, 3, 5001, "\0", 1, 0);
	send_flags(0, TCP_ACK, 3, 5001);
	CU_ASSERT_EQUAL(streams.counts->keep_alives, 2);
	CU_ASSERT_EQUAL(streams.overlaps, 0);
	streams_put(4, "d");
	STREAMS_GAVE("abcd");
	CU_ASSERT_EQUAL(streams.counts->retransmissions, 0);
	streams_stop();
}

/* A SYN over a connection that lives is nothing until it is answered. */
static void
test_renewal(void)
{
	uint32_t epoch;

	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_put(9, "held");
	epoch = streams.flow->epoch;
	send_flags(0, TCP_SYN, 900000, 0);
	streams_put(4, "d");
	STREAMS_GAVE("abcd");
	CU_ASSERT_EQUAL(streams.begun, 0);
	send_flags(1, TCP_SYN | TCP_ACK, 800000, 900001);
	CU_ASSERT_EQUAL(streams.begun, 1);
	CU_ASSERT_NOT_EQUAL(streams.flow->epoch, epoch);
	CU_ASSERT_EQUAL(
	    packets_free_blocks(streams.blocks), STREAMS_SMALL + STREAMS_LARGE);
	streams_put(900001, "xyz");
	streams_send(1, TCP_ACK, 800001, 900004, "s", 1, 0);
	STREAMS_GAVE("abcdxyz");
	CU_ASSERT_STRING_EQUAL(streams.text[1].s, "s");
	CU_ASSERT_EQUAL(streams.overlaps, 0);
	streams_stop();
}

/* Over one that is closed, or of which one end is seen, it counts at once. */
static void
test_renewal_at_once(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	send_flags(0, TCP_RST, 4, 0);
	send_flags(0, TCP_SYN, 1, 0); /* by chance near the old one */
	CU_ASSERT_EQUAL(streams.begun, 1);
	CU_ASSERT_EQUAL(streams.opened, 2);
	CU_ASSERT_EQUAL(streams.flow->flags, 0);
	streams_put(2, "d");
	STREAMS_GAVE("abcd");
	streams_stop();
	streams_start();
	send_flags(0, TCP_SYN, 0, 0);
	streams_put(1, "abc");
	send_flags(0, TCP_SYN, 1000000, 0);
	streams_put(1000001, "d");
	STREAMS_GAVE("abcd");
	CU_ASSERT_EQUAL(streams.begun, 1);
	streams_stop();
}

/* A copy that comes late is no new connection, and no octets are lost. */
static void
test_late_copies(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	streams_send(1, TCP_ACK, 5001, 4, "xyz", 3, 0);
	send_flags(1, TCP_SYN | TCP_ACK, 5000, 1);
	send_flags(0, TCP_SYN, 0, 0);
	streams_put(4, "def");
	STREAMS_GAVE("abcdef");
	CU_ASSERT_EQUAL(streams.begun, 0);
	/* this one answers another SYN */
	send_flags(1, TCP_SYN | TCP_ACK, 5000, 900001);
	CU_ASSERT_EQUAL(streams.begun, 1);
	streams_stop();
	streams_start();
	streams_put(1, "abc"); /* the SYN comes behind it, out of order */
	send_flags(0, TCP_SYN, 0, 0);
	streams_put(4, "def");
	STREAMS_GAVE("abcdef");
	streams_stop();
}

/* A reset out of the window is none; nor may it, with a SYN, blind us. */
static void
test_reset(void)
{
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	send_flags(0, TCP_RST, 3, 0);
	send_flags(0, TCP_RST, 4 + 65536, 0);
	CU_ASSERT_EQUAL(streams.closed, 0);
	send_flags(0, TCP_RST, 4 + 65535, 0);
	CU_ASSERT_EQUAL(streams.closed, 1);
	send_flags(0, TCP_SYN, 1000000, 0);
	streams_put(4, "def");
	streams_ack(7);
	streams_put(7, "ghi");
	STREAMS_GAVE("abc[0]defghi");
	streams_stop();
	/* a SYN/ACK of nobody */
	streams_start();
	streams_open(0);
	streams_put(1, "abc");
	send_flags(1, TCP_SYN | TCP_ACK, 5001000, 1000001);
	streams_put(4, "def");
	streams_send(1, TCP_ACK, 5001, 7, "xyz", 3, 0);
	STREAMS_GAVE("abc[0]def");
	CU_ASSERT_STRING_EQUAL(streams.text[1].s, "[0]xyz");
	streams_stop();
}

/* The end comes before octets that it is behind. */
static void
test_fin_out_of_order(void)
{
	streams_start();
	streams_open(0);
	streams_send(0, TCP_ACK | TCP_FIN, 4, 5001, "def", 3, 0);
	CU_ASSERT_EQUAL(streams.flow->half[0].flags & HALF_FIN, 0);
	streams_put(1, "abc");
	STREAMS_GAVE("abcdef");
	send_flags(0, TCP_ACK | TCP_FIN, 7, 5001);
	CU_ASSERT_EQUAL(streams.flow->half[0].flags & HALF_FIN, HALF_FIN);
	/* octets behind the end are no stream's, and no gap of 2^32 */
	streams_put(8, "x");
	streams_put(7, "y");
	streams_ack(100);
	streams_later(4000);
	CU_ASSERT_EQUAL(streams.counts->gap_octets, 0);
	streams_stop();
}

static void
test_octets_behind_fin(void)
{
	streams_start();
	streams_open(0);
	streams_put(2, "x"); /* just where the end will be behind it */
	send_flags(0, TCP_ACK | TCP_FIN, 1, 5001);
	streams_ack(100);
	streams_later(4000);
	STREAMS_GAVE("x");
	CU_ASSERT_EQUAL(streams.flow->half[0].held, 0);
	streams_stop();
}

/* A block for each direction, as of a unit that is not whole. */
static void
leave_octets(void)
{
	streams_open(0);
	for (unsigned dir = 0; dir < 2; dir++)
		streams.flow->half[dir].pending = blocks_get(streams.blocks, 1);
	streams_put(9, "held");
}

/* What waits on a connection that is over, or silent, is given back. */
static void
test_left_behind(void)
{
	size_t all = STREAMS_SMALL + STREAMS_LARGE;

	streams_start();
	leave_octets();
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all - 3);
	send_flags(0, TCP_ACK | TCP_FIN, 1, 5001);
	send_flags(1, TCP_ACK | TCP_FIN, 5001, 2);
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all);
	/* a reset may be anybody's: what is known waits a little */
	streams.port++;
	leave_octets();
	streams.flow->app = 1;
	send_flags(0, TCP_RST, 1, 5001);
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all - 3);
	for (int i = 0; i < 12; i++)
		streams_later(1000);
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all);
	CU_ASSERT_EQUAL(streams.counts->expired, 2);
	streams.port++;
	leave_octets();
	send_flags(0, TCP_RST, 1, 5001);
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all);
	/* silence, of a connection that may yet go on */
	streams.port++;
	leave_octets();
	streams_later(290000);
	CU_ASSERT_NOT_EQUAL(streams.flow->half[0].pending, BLOCK_NONE);
	streams_later(20000);
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all);
	CU_ASSERT_EQUAL(streams.flow->flags & FLOW_GAPPED, FLOW_GAPPED);
	CU_ASSERT_EQUAL(streams.flow->half[1].flags & HALF_SEARCH, HALF_SEARCH);
	streams_stop();
}

/* Flows that hold blocks make room for others: all blocks come back. */
static void
test_eviction(void)
{
	size_t all = STREAMS_SMALL + STREAMS_LARGE;

	streams_start();
	for (uint16_t i = 0; i < 1000; i++) {
		streams.port = (uint16_t)(1000 + i);
		streams.now.tv_sec += i % 2;
		streams_put(1, "a");
		streams.flow->half[0].pending = blocks_get(streams.blocks, 1);
		streams_put(3, "c");
		streams_put(5, "e");
		memset(streams.text, 0, sizeof(streams.text));
		if (i % 10 == 9)
			stream_tick(streams.streams, streams.now);
	}
	CU_ASSERT(flow_evicted(streams.flows) > 700);
	for (uint32_t i = 0; i < flow_used(streams.flows); i++)
		stream_forget(streams.streams, flow_at(streams.flows, i));
	CU_ASSERT_EQUAL(packets_free_blocks(streams.blocks), all);
	streams_stop();
}

/* Nothing is as it should be: no block is lost, and nothing goes wild. */
static void
test_noise(void)
{
	uint32_t random = 3;

	for (unsigned round = 0; round < 20; round++) {
		streams_start();
		for (unsigned i = 0; i < 3000; i++) {
			uint32_t r[4];

			for (int k = 0; k < 4; k++) {
				random = random * 1103515245 + 12345;
				r[k] = random >> 8;
			}
			streams.port = (uint16_t)(1000 + r[0] % 90);
			streams_send(r[0] >> 8 & 1, (uint8_t)(r[1] & 0x17),
			    r[1] % 5 == 0 ? r[2] << 8 : r[2] % 64, r[3] % 64,
			    "0123456789", r[3] % 11, r[1] % 7 == 0 ? 3 : 0);
			streams_later(r[2] % 900);
			memset(streams.text, 0, sizeof(streams.text));
		}
		stream_end(streams.streams);
		for (uint32_t i = 0; i < flow_used(streams.flows); i++) {
			const struct flow *f = flow_at(streams.flows, i);

			CU_ASSERT_EQUAL(f->half[0].held, 0);
			CU_ASSERT_EQUAL(f->held[1], BLOCK_NONE);
		}
		streams_stop();
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "open and close", test_open_and_close },
		{ "octets in a SYN", test_octets_in_syn },
		{ "keep-alives", test_keep_alive },
		{ "renewal", test_renewal },
		{ "renewal at once", test_renewal_at_once },
		{ "late copies", test_late_copies },
		{ "reset", test_reset },
		{ "FIN out of order", test_fin_out_of_order },
		{ "octets behind a FIN", test_octets_behind_fin },
		{ "what is left behind", test_left_behind },
		{ "eviction", test_eviction },
		{ "noise", test_noise },
		CU_TEST_INFO_NULL,
	};

	return driver_run("stream", tests);
}
