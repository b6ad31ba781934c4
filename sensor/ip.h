/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an ethertype to a transport payload: IPv4 (RFC 791), IPv6 with its
 * extension headers (RFC 8200), TCP, UDP, and the tunnels in between: MPLS,
 * PPPoE, GRE, ERSPAN I to III, VXLAN.
 */
#ifndef SENSOR_IP_H
#define SENSOR_IP_H

#include "sensor/fragments.h"
#include "sensor/link.h"

struct ip_counts {
	uint64_t v4, v6, tcp, udp, other;
	uint64_t bad_header_checksum, bad_tcp_checksum, bad_udp_checksum;
	uint64_t tunnels;
};

/*
 * Unwraps from LAYER_NETWORK on until there is a flow or an ethertype:
 * LAYER_DONE, or why not.  A datagram put together of fragments lives until
 * the next call.
 */
enum layer ip_open(struct packet *, struct fragments *, struct ip_counts *,
    struct link_counts *);

/* Name of an IP protocol number for the inventory, or NULL. */
const char *ip_name(uint8_t protocol);

#endif
