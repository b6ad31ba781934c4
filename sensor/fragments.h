/* SPDX-License-Identifier: Apache-2.0 */
/* IP datagrams put together of their fragments (RFC 791, 8200, 5722). */
#ifndef SENSOR_FRAGMENTS_H
#define SENSOR_FRAGMENTS_H

#include "sensor/blocks.h"
#include "sensor/packet.h"

struct fragments;

struct fragment_counts {
	uint64_t seen, whole; /* fragments; datagrams put together */
	uint64_t overlaps;    /* refused: the whole datagram goes */
	uint64_t expired, evicted;
};

/* cap datagrams at once, in large blocks.  NULL when there is no memory. */
struct fragments *fragments_new(uint32_t cap, struct blocks *);
void fragments_free(struct fragments *);

/*
 * pk stands behind the IP headers and is a fragment: offset in octets, id of
 * its datagram.  True when the datagram is whole: pk then holds all of it and
 * its protocol, valid until the next call.
 */
bool fragments_put(struct fragments *, struct packet *pk, uint32_t id,
    size_t offset, bool more);

/* Gives up datagrams that waited too long.  Once a second of packet time. */
void fragments_tick(struct fragments *, struct timespec now);

/*
 * A part of a datagram that waits for more, as it is kept; zeroed but for what
 * is set.  Without octets the datagram was refused.
 */
struct fragment_kept {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t version, protocol, refused;
	uint64_t offset, total;
	int64_t since;
};

/* Each part that is there, datagram by datagram. */
void fragments_each(const struct fragments *,
    void (*each)(
        void *arg, const struct fragment_kept *, const uint8_t *p, size_t n),
    void *arg);

/* A part of an earlier run. */
void fragments_recall(struct fragments *, const struct fragment_kept *,
    const uint8_t *p, size_t n);

const struct fragment_counts *fragments_counts(const struct fragments *);

#endif
