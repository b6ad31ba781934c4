/* SPDX-License-Identifier: Apache-2.0 */
/* What an ARP packet says (RFC 826). */
#ifndef DISSECTORS_ARP_ARP_H
#define DISSECTORS_ARP_ARP_H

#include <stdbool.h>

#include "dissectors/op.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp_end {
	uint8_t mac[6], ip[4];
};

struct arp_packet {
	uint16_t hardware, protocol; /* the kinds of the addresses */
	uint16_t operation;
	bool mapped; /* Ethernet and IPv4: the ends are read */
	struct arp_end sender, target;
};

/* The message of an op, or NULL when the op is another protocol's. */
const struct arp_packet *arp_msg(const struct op *);

#endif
