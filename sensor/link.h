/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the link type to an ethertype: Ethernet, Linux cooked (v1, v2), raw IP,
 * null/loop, PPP; tags of IEEE 802.1Q, 802.1ad and 0x9100; the redundancy of
 * IEC 62439-3 (PRP trailer, HSR tag); LLC and SNAP.
 */
#ifndef SENSOR_LINK_H
#define SENSOR_LINK_H

#include "sensor/packet.h"

struct link_counts {
	uint64_t cut, broken, unknown;
	uint64_t vlan, prp, hsr;
	uint64_t duplicates; /* second copies, which go no further */
};

/* Ethertypes above those of the wire: what 802.2 names by an LSAP. */
#define LINK_LLC 0x0001
#define LINK_STP 0x0002
#define LINK_ISO 0x0003

/* Whether packets of this DLT_... can be read. */
bool link_known(int link);

/* Unwraps a packet of that link type: LAYER_NETWORK, or why not. */
enum layer link_open(struct packet *, int link, struct link_counts *);

/* Unwraps an Ethernet frame, as tunnels carry them too. */
enum layer link_ethernet(struct packet *, struct link_counts *);

/* Unwraps PPP from its protocol field on. */
enum layer link_ppp(struct packet *);

/* Name of an ethertype for the inventory: "ARP", "LLDP"; NULL: unnamed. */
const char *link_name(uint16_t ethertype);

#endif
