/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends that talk over IPv4: frames with all numbers and sums right. */
#ifndef TESTS_LIB_TALK_H
#define TESTS_LIB_TALK_H

#include "tests/lib/octets.h"

enum { /* TCP's flags (RFC 9293, 3.1) */
	TALK_FIN = 0x01,
	TALK_SYN = 0x02,
	TALK_RST = 0x04,
	TALK_PSH = 0x08,
	TALK_ACK = 0x10
};

struct talk_end {
	uint8_t mac[6];
	uint16_t port;
	uint32_t ip;
	uint32_t next; /* TCP: the sequence number that it sends next */
	uint16_t id;   /* of the IP header that it sends next */
};

struct talk {
	struct talk_end end[2]; /* end[0] opens the connection */
};

/* A locally administered MAC address is made of the IP address. */
struct talk_end talk_end(uint32_t ip, uint16_t port, struct prng *);

/* Destination, source and type: the head of any frame. */
void talk_ethernet(
    struct octets *, const uint8_t to[6], const uint8_t from[6], uint16_t type);

/*
 * A frame from end[dir], data behind the header, n octets of it; sequence
 * number and IP id go on.  A segment may be sent again: see talk_again().
 */
void talk_tcp(struct octets *, struct talk *, unsigned dir, unsigned flags,
    const void *data, size_t n);
void talk_udp(
    struct octets *, struct talk *, unsigned dir, const void *data, size_t n);

/* The segment that began back octets ago, with data that may be other. */
void talk_again(struct octets *, struct talk *, unsigned dir, uint32_t back,
    const void *data, size_t n);

#endif
