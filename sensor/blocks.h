/* SPDX-License-Identifier: Apache-2.0 */
/* Octets that have to wait: small and large blocks from one bounded pool. */
#ifndef SENSOR_BLOCKS_H
#define SENSOR_BLOCKS_H

#include <stdint.h>

#include "sensor/packet.h"

#define BLOCK_SMALL 2048
/* of data: no unit and no datagram is longer than 64 KiB and a header */
#define BLOCK_LARGE (65536 + 512)
#define BLOCK_NONE 0 /* never the number of a block */

struct block {
	uint32_t next; /* the owner's chain */
	uint32_t seq;
	uint32_t n, lost; /* octets of data; how many more were not captured */
	struct stream_at at;
	uint8_t data[];
};

#define BLOCK_SMALL_DATA (BLOCK_SMALL - sizeof(struct block))

struct blocks;

/* NULL when there is no memory. */
struct blocks *blocks_new(uint32_t small, uint32_t large);
void blocks_free(struct blocks *);

/*
 * A block with room for n octets, n, next and lost zeroed, or BLOCK_NONE,
 * which is counted.
 */
uint32_t blocks_get(struct blocks *, size_t n);
void blocks_put(struct blocks *, uint32_t);

struct block *blocks_at(const struct blocks *, uint32_t);
size_t blocks_room(uint32_t); /* octets of data it could hold */

/* Requests that found none free, since the start. */
uint64_t blocks_refused(const struct blocks *);

#endif
