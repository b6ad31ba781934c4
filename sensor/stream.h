/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP reassembly (RFC 9293): each direction in order, as seen from outside.
 * What came first wins; what comes again and differs is said; octets that the
 * receiver acknowledged and nobody captured are a gap.
 */
#ifndef SENSOR_STREAM_H
#define SENSOR_STREAM_H

#include "sensor/blocks.h"
#include "sensor/flow.h"

/* Where a stream's octets go, in order. */
struct stream_sink {
	/* The connection begins anew: nothing that was before counts. */
	void (*begin)(struct stream_sink *, struct flow *);
	void (*octets)(struct stream_sink *, struct flow *, unsigned dir,
	    const uint8_t *, size_t n, const struct stream_at *);
	/*
	 * n octets are missing: lost, or cut off by the snapshot length.  0:
	 * what was given last was not the stream's, which goes on elsewhere.
	 */
	void (*gap)(struct stream_sink *, struct flow *, unsigned dir,
	    uint32_t n, bool cut, const struct stream_at *);
	/* Of n octets at seq that came again, that at `at` is another. */
	void (*overlap)(struct stream_sink *, struct flow *, unsigned dir,
	    uint32_t seq, size_t n, size_t at, const struct stream_at *);
	/* flow->opener is this end from now on. */
	void (*opened)(struct stream_sink *, struct flow *, unsigned dir,
	    const struct stream_at *);
	/*
	 * Once, when an opener is known: SYN/ACK from the other end, or the
	 * opener's first octets.
	 */
	void (*answered)(struct stream_sink *, struct flow *, unsigned dir,
	    const struct stream_at *);
	void (*closed)(struct stream_sink *, struct flow *, unsigned dir,
	    const struct stream_at *);
};

struct stream_counts {
	uint64_t octets;          /* in order, as given to the sink */
	uint64_t retransmissions; /* segments with nothing new */
	uint64_t overlaps;        /* segments of which a part was not new */
	uint64_t conflicts;       /* of both, those with other octets */
	uint64_t out_of_order;
	uint64_t keep_alives;
	uint64_t gaps, gap_octets;
	uint64_t cuts, cut_octets;
	uint64_t refused; /* held-back segments for which there was no room */
	uint64_t expired; /* directions that gave up what waited too long */
	uint64_t opened, closed, midstream;
};

struct streams;

struct stream_setup {
	struct blocks *blocks;
	struct flows *flows;
	struct stream_sink *sink;
	uint32_t out_of_order; /* segments that a direction may hold back */
	uint32_t holes;        /* flows that may wait at once */
	size_t history;        /* octets, see history.h */
};

/* NULL when there is no memory. */
struct streams *streams_new(const struct stream_setup *);
void streams_free(struct streams *);

/* A TCP packet of this flow, behind its header. */
void stream_packet(
    struct streams *, struct flow *, unsigned dir, const struct packet *);

/* Gives up holes that waited too long.  Once a second of packet time. */
void stream_tick(struct streams *, struct timespec now);

/* No more packets come: what is held back is given out. */
void stream_end(struct streams *);

/* The flow makes room for another: its blocks go back. */
void stream_forget(struct streams *, struct flow *);

/* A flow holds back what it did in an earlier run. */
void stream_recall(struct streams *, struct flow *);

const struct stream_counts *stream_counts(const struct streams *);

#endif
