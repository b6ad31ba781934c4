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

const struct fragment_counts *fragments_counts(const struct fragments *);

#endif
