/* SPDX-License-Identifier: Apache-2.0 */
/* A captured packet, as far as it has been unwrapped. */
#ifndef SENSOR_PACKET_H
#define SENSOR_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "dissectors/op.h"

enum layer {
	LAYER_DONE,    /* what is left is for a flow or an ethertype */
	LAYER_NETWORK, /* ethertype says what follows */
	LAYER_LINK,    /* an Ethernet frame follows, out of a tunnel */
	LAYER_WAIT,    /* a fragment, kept until the others come */
	LAYER_CUT,     /* the capture ends inside a header */
	LAYER_BROKEN,  /* a header contradicts itself */
	LAYER_UNKNOWN  /* nothing that can be unwrapped */
};

/* In which packet octets came; they may outlive it. */
struct stream_at {
	struct timespec at;
	uint64_t frame;
	const char *capture; /* outlives the pipeline */
	uint8_t mac[12];     /* destination and source; zero when unknown */
	uint8_t vlans;
	uint16_t vlan[PDU_VLANS];
};

struct packet {
	struct stream_at place;

	enum layer layer; /* how far it is unwrapped */

	/* What is not unwrapped yet, and how many octets of it are missing. */
	const uint8_t *p;
	size_t n, lost;

	uint16_t ethertype;

	/* The innermost IP header; version 0: none. */
	const uint8_t *ip;
	size_t ip_n; /* octets from there that were captured */
	const uint8_t *src, *dst;
	uint8_t version, protocol;
	uint16_t sport, dport; /* TCP and UDP */

	uint64_t hash; /* of all of it: seen_hash(); of its flow: flow_hash() */
	uint64_t ends, ports; /* of its flow: see flow.c */
	uint32_t expected;    /* where its flow seems to be, + 1; 0: unknown */
	bool turned;          /* from the flow's higher end to the lower */

	/* TCP only */
	uint32_t seq, ack;
	uint8_t flags;
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* Moves over n octets: false when they are not there. */
static inline bool
packet_skip(struct packet *pk, size_t n)
{
	if (n > pk->n)
		return false;
	pk->p += n;
	pk->n -= n;
	return true;
}

/* What follows is at most n octets long: what lies behind is padding. */
static inline void
packet_wall(struct packet *pk, size_t n)
{
	size_t whole = pk->n + pk->lost;

	if (n >= whole)
		return;
	if (n <= pk->n) {
		pk->n = n;
		pk->lost = 0;
	} else {
		pk->lost = n - pk->n;
	}
}

static inline uint16_t
packet_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
packet_u32(const uint8_t *p)
{
	return (uint32_t)packet_u16(p) << 16 | packet_u16(p + 2);
}

#endif
