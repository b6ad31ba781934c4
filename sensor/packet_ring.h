/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets from a capture thread to the pipeline's: one writes, one reads.  It
 * drops nothing: what does not fit waits in the kernel's ring, which counts
 * what it loses.
 */
#ifndef SENSOR_PACKET_RING_H
#define SENSOR_PACKET_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct packet_ring;

struct ring_packet {
	struct timespec at;
	uint32_t captured, on_wire;
	uint8_t bytes[];
};

/* size: octets, at least PACKET_RING_LEAST.  NULL without memory. */
#define PACKET_RING_LEAST (1024 * 1024)
struct packet_ring *packet_ring_new(size_t size);
void packet_ring_free(struct packet_ring *);

/* The writer's: false when there is no room now. */
bool packet_ring_put(struct packet_ring *, struct timespec at,
    const uint8_t *bytes, uint32_t captured, uint32_t on_wire);

/*
 * The reader's: the next packet, or NULL.  Packets stay where they are until
 * packet_ring_release(), which is for all that were taken.
 */
const struct ring_packet *packet_ring_next(struct packet_ring *);
void packet_ring_take(struct packet_ring *);
void packet_ring_release(struct packet_ring *);

/* Anybody's: octets in it, and its size. */
size_t packet_ring_fill(const struct packet_ring *);
size_t packet_ring_size(const struct packet_ring *);

#endif
