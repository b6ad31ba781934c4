/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the sensor: packets, and pools that must come back whole. */
#ifndef TESTS_UNIT_PACKETS_H
#define TESTS_UNIT_PACKETS_H

#include <stdlib.h>
#include <string.h>

#include "sensor/blocks.h"
#include "sensor/packet.h"
#include "tests/driver.h"

#define PACKETS_MAX 2048

/* Octets that are put together; too many of them end the program. */
struct packets_octets {
	size_t n;
	uint8_t p[PACKETS_MAX];
};

static inline void
packets_put(struct packets_octets *o, const void *p, size_t n)
{
	if (n > sizeof(o->p) - o->n)
		abort();
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

#define PACKETS_PUT(o, ...)                                                    \
	packets_put(o, (const uint8_t[]){ __VA_ARGS__ },                       \
	    sizeof((const uint8_t[]){ __VA_ARGS__ }))

static inline void
packets_fill(struct packets_octets *o, uint8_t v, size_t n)
{
	while (n-- > 0)
		packets_put(o, &v, 1);
}

/* Nothing of it is unwrapped yet. */
static inline struct packet
packets_cut(const uint8_t *p, size_t captured, size_t on_wire)
{
	return (struct packet){
		.place = { .at = { .tv_sec = 1000000 }, .frame = 1 },
		.p = p,
		.n = captured,
		.lost = on_wire - captured,
	};
}

static inline struct packet
packets_whole(const struct packets_octets *o)
{
	return packets_cut(o->p, o->n, o->n);
}

/* Ethernet from 02:00:00:00:00:02 to 02:00:00:00:00:01, without a type. */
static inline void
packets_macs(struct packets_octets *o)
{
	PACKETS_PUT(o, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
}

/* IPv4 from 10.0.0.1 to 10.0.0.2, n octets behind it, its checksum good. */
static inline void
packets_ipv4(struct packets_octets *o, uint8_t protocol, size_t n)
{
	uint8_t *h = o->p + o->n;
	uint32_t sum = 0;

	PACKETS_PUT(o, 0x45, 0, (uint8_t)((n + 20) >> 8), (uint8_t)(n + 20), 0,
	    1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2);
	for (int i = 0; i < 20; i += 2)
		sum += packet_u16(h + i);
	sum = ~((sum >> 16) + (sum & 0xffff));
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
}

/* IPv6 from fd00::1 to fd00::2, n octets behind it. */
static inline void
packets_ipv6(struct packets_octets *o, uint8_t next, size_t n)
{
	PACKETS_PUT(o, 0x60, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, next, 64,
	    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
}

/* TCP 40000 to 2404: seq 1, ack 2, PSH ACK, window 512, no checksum. */
static inline void
packets_tcp(struct packets_octets *o)
{
	PACKETS_PUT(o, 0x9c, 0x40, 0x09, 0x64, 0, 0, 0, 1, 0, 0, 0, 2, 0x50,
	    0x18, 2, 0, 0, 0, 0, 0);
}

/* How many blocks of the pool are free, of both sizes together. */
static inline size_t
packets_free_blocks(struct blocks *b)
{
	uint32_t got[4096];
	size_t n = 0, left;

	while (n < sizeof(got) / sizeof(*got) &&
	       (got[n] = blocks_get(b, 1)) != BLOCK_NONE)
		n++;
	for (left = n; left-- > 0;)
		blocks_put(b, got[left]);
	return n;
}

#endif
