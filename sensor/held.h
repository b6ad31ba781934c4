/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of one direction that came too early, in order of sequence. */
#ifndef SENSOR_HELD_H
#define SENSOR_HELD_H

#include "sensor/blocks.h"
#include "sensor/stream.h"

/* A piece of a stream that is not in its place yet. */
struct piece {
	uint32_t seq;
	const uint8_t *p;
	uint32_t n, lost; /* captured, and cut off behind */
	const struct stream_at *at;
};

struct held_sink {
	/* p came again; of its octets that at `differs` is another, or n. */
	void (*common)(
	    struct held_sink *, const struct piece *p, size_t differs);
};

/* The first n octets of p, captured or not, and p without them. */
struct piece held_split(struct piece *p, uint32_t n);

/*
 * Puts a piece among those in the chain, without what they have already.
 * count is how many there are, cap how many there may be, at most 255: the
 * last makes room for one that is nearer.  Returns how many parts had to go.
 */
unsigned held_insert(struct blocks *, uint32_t *chain, uint8_t *count,
    uint32_t cap, struct piece *, struct held_sink *);

/* Tells of what p and the chain have in common. */
void held_compare(const struct blocks *, uint32_t chain, const struct piece *,
    struct held_sink *);

void held_drop(struct blocks *, uint32_t *chain, uint8_t *count);

/* a - b in sequence space (RFC 9293, 3.4). */
static inline int32_t
held_ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

#endif
