/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of TCP reassembly: what is sent, and what comes out as text. */
#ifndef TESTS_UNIT_STREAMS_H
#define TESTS_UNIT_STREAMS_H

#include <stdio.h>

#include "sensor/stream.h"
#include "tests/unit/packets.h"

#define STREAMS_FLOWS 256
#define STREAMS_SMALL 24
#define STREAMS_LARGE 4
#define STREAMS_OUT_OF_ORDER 8

/* What one direction gave: its octets, "[n]" for a gap, "{n}" for a cut. */
struct streams_text {
	size_t n;
	char s[4096];
};

static struct streams_talk {
	struct stream_sink sink;
	struct blocks *blocks;
	struct flows *flows;
	struct streams *streams;
	const struct stream_counts *counts;
	struct timespec now;
	uint64_t frame; /* of the last packet */
	uint16_t port;  /* of the client: which flow it is */
	struct flow *flow;

	struct streams_text text[2];
	unsigned begun, opened, answered, closed, overlaps;
	uint32_t overlap_seq;
	size_t overlap_n, overlap_at;
	uint64_t frame_of; /* of what was given last */
} streams;

static inline void
streams_add(unsigned dir, const void *p, size_t n)
{
	struct streams_text *t = &streams.text[dir];

	if (n >= sizeof(t->s) - t->n)
		abort();
	memcpy(t->s + t->n, p, n);
	t->n += n;
	t->s[t->n] = '\0';
}

static inline void
streams_begin(struct stream_sink *sink, struct flow *f)
{
	(void)sink;
	(void)f;
	streams.begun++;
}

static inline void
streams_octets(struct stream_sink *sink, struct flow *f, unsigned dir,
    const uint8_t *p, size_t n, const struct stream_at *at)
{
	(void)sink;
	CU_ASSERT(flow_slot(streams.flows, f) < flow_used(streams.flows));
	CU_ASSERT(n > 0);
	streams.frame_of = at->frame;
	streams_add(dir, p, n);
}

static inline void
streams_gap(struct stream_sink *sink, struct flow *f, unsigned dir, uint32_t n,
    bool cut, const struct stream_at *at)
{
	char s[16];

	(void)sink;
	(void)f;
	streams.frame_of = at->frame;
	streams_add(
	    dir, s, (size_t)snprintf(s, sizeof(s), cut ? "{%u}" : "[%u]", n));
}

static inline void
streams_overlap(struct stream_sink *sink, struct flow *f, unsigned dir,
    uint32_t seq, size_t n, size_t at, const struct stream_at *where)
{
	(void)sink;
	(void)f;
	(void)dir;
	CU_ASSERT_EQUAL(where->frame, streams.frame);
	streams.overlaps++;
	streams.overlap_seq = seq;
	streams.overlap_n = n;
	streams.overlap_at = at;
}

static inline void
streams_opened(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	(void)sink;
	(void)f;
	(void)dir;
	(void)at;
	streams.opened++;
}

static inline void
streams_answered(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	(void)sink;
	(void)f;
	(void)dir;
	(void)at;
	streams.answered++;
}

static inline void
streams_closed(struct stream_sink *sink, struct flow *f, unsigned dir,
    const struct stream_at *at)
{
	(void)sink;
	(void)f;
	(void)dir;
	(void)at;
	streams.closed++;
}

/* history: octets that are kept to be compared. */
static inline void
streams_start_with(size_t history)
{
	static const uint8_t key[SIPHASH_KEY] = { 7 };
	struct stream_setup setup = { .out_of_order = STREAMS_OUT_OF_ORDER,
		.holes = STREAMS_SMALL + STREAMS_LARGE,
		.history = history };

	memset(&streams, 0, sizeof(streams));
	streams.sink = (struct stream_sink){ streams_begin, streams_octets,
		streams_gap, streams_overlap, streams_opened, streams_answered,
		streams_closed };
	streams.blocks = blocks_new(STREAMS_SMALL, STREAMS_LARGE);
	streams.flows = flow_table(STREAMS_FLOWS, key);
	setup.blocks = streams.blocks;
	setup.flows = streams.flows;
	setup.sink = &streams.sink;
	streams.streams = streams_new(&setup);
	CU_ASSERT_PTR_NOT_NULL_FATAL(streams.streams);
	streams.counts = stream_counts(streams.streams);
	streams.now.tv_sec = 1000;
	streams.port = 40000;
}

static inline void
streams_start(void)
{
	streams_start_with(1 << 16);
}

/* What is held back comes out; then every block is free again. */
static inline void
streams_stop(void)
{
	stream_end(streams.streams);
	CU_ASSERT_EQUAL(
	    packets_free_blocks(streams.blocks), STREAMS_SMALL + STREAMS_LARGE);
	streams_free(streams.streams);
	flow_table_free(streams.flows);
	blocks_free(streams.blocks);
}

static inline void
streams_evict(void *arg, struct flow *f)
{
	(void)arg;
	stream_forget(streams.streams, f);
}

static inline void
streams_later(unsigned ms)
{
	time_t before = streams.now.tv_sec;

	streams.now.tv_nsec += (long)(ms % 1000) * 1000000;
	streams.now.tv_sec += ms / 1000 + streams.now.tv_nsec / 1000000000;
	streams.now.tv_nsec %= 1000000000;
	if (streams.now.tv_sec > before)
		stream_tick(streams.streams, streams.now);
}

/* Direction 0 is the client's, 10.0.0.1; it speaks to 10.0.0.2:2404. */
static inline void
streams_send(unsigned from, uint8_t flags, uint32_t seq, uint32_t ack,
    const void *p, size_t n, size_t lost)
{
	static const uint8_t ends[12] = { 10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0,
		1 };
	struct packet pk = { .place = { .at = streams.now,
		                 .frame = ++streams.frame },
		.p = p,
		.n = n,
		.lost = lost,
		.version = 4,
		.protocol = 6,
		.src = ends + 4 * from,
		.dst = ends + 4 + 4 * from,
		.sport = from == 0 ? streams.port : 2404,
		.dport = from == 0 ? 2404 : streams.port,
		.seq = seq,
		.ack = ack,
		.flags = flags };
	unsigned dir;
	bool fresh;

	flow_hash(streams.flows, &pk);
	streams.flow =
	    flow_find(streams.flows, &pk, &dir, &fresh, streams_evict, NULL);
	CU_ASSERT_EQUAL(dir, from);
	streams.flow->seen_s = (uint32_t)streams.now.tv_sec;
	stream_packet(streams.streams, streams.flow, dir, &pk);
}

/* The client's octets, of which the server has said nothing new. */
static inline void
streams_put(uint32_t seq, const char *s)
{
	streams_send(0, TCP_ACK, seq, 5001, s, strlen(s), 0);
}

/* The server has all before ack. */
static inline void
streams_ack(uint32_t ack)
{
	streams_send(1, TCP_ACK, 5001, ack, "", 0, 0);
}

/* The client's octets begin at isn + 1, the server's at 5001. */
static inline void
streams_open(uint32_t isn)
{
	streams_send(0, TCP_SYN, isn, 0, "", 0, 0);
	streams_send(1, TCP_SYN | TCP_ACK, 5000, isn + 1, "", 0, 0);
	streams_send(0, TCP_ACK, isn + 1, 5001, "", 0, 0);
}

#define STREAMS_GAVE(text0) CU_ASSERT_STRING_EQUAL(streams.text[0].s, text0)

#endif
