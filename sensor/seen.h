/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of the last few milliseconds, to know second copies: a double SPAN
 * port, both LANs of PRP, both ways round an HSR ring.
 */
#ifndef SENSOR_SEEN_H
#define SENSOR_SEEN_H

#include <stdbool.h>

#include "sensor/packet.h"

struct seen;

/*
 * cap packets, a power of two or 0; window_ms: how far apart copies may be.
 * key: two secrets, so that nobody can make two packets look alike.  NULL
 * when there is no memory.
 */
struct seen *seen_new(uint32_t cap, uint32_t window_ms, const uint64_t key[2]);
void seen_free(struct seen *);

/*
 * Hashes the packet, which stands behind the link layer: tags and redundancy
 * trailers are gone, as copies differ in them.
 */
void seen_hash(const struct seen *, struct packet *);

/* Packets of which a copy may follow: how many octets, at most size. */
size_t seen_recent(const struct seen *, uint8_t *to, size_t size);

/* As many of an earlier run. */
void seen_recall(struct seen *, const uint8_t *from, size_t n);

/* Whether the same octets came within the window.  pk is hashed. */
bool seen_before(struct seen *, const struct packet *pk);

#endif
