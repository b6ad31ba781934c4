/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers and what stands between them and the network layer. */
#include <config.h>

#include <pcap/dlt.h>
#include <string.h>

#include "sensor/link.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_LEAST 0x0600 /* below it is a length (IEEE 802.3) */

/* One of 0x8100, 0x88a8, 0x9100: a tag follows. */
static bool
is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static enum layer
cut(const struct packet *pk)
{
	return pk->lost > 0 ? LAYER_CUT : LAYER_BROKEN;
}

/* IEEE 802.2: SNAP names an ethertype, some LSAPs are worth a name. */
static enum layer
open_llc(struct packet *pk)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03 };

	if (pk->n >= 8 && memcmp(pk->p, snap, sizeof(snap)) == 0) {
		pk->ethertype = packet_u16(pk->p + 6);
		packet_skip(pk, 8);
		return LAYER_NETWORK;
	}
	if (pk->n < 3)
		return cut(pk);
	pk->ethertype = pk->p[0] == 0x42   ? LINK_STP
	                : pk->p[0] == 0xfe ? LINK_ISO
	                                   : LINK_LLC;
	return LAYER_NETWORK;
}

static enum layer
open_tags(struct packet *pk, struct link_counts *counts)
{
	struct stream_at *at = &pk->place;

	for (int depth = 0; is_tag(pk->ethertype); depth++) {
		if (depth > PDU_VLANS)
			return LAYER_BROKEN;
		if (pk->n < 4)
			return cut(pk);
		if (at->vlans < PDU_VLANS)
			at->vlan[at->vlans++] = packet_u16(pk->p) & 0x0fff;
		pk->ethertype = packet_u16(pk->p + 2);
		packet_skip(pk, 4);
		counts->vlan++;
	}
	return LAYER_NETWORK;
}

/* IEC 62439-3: the tag stands where a VLAN tag could, ethertype behind. */
static enum layer
open_hsr(struct packet *pk, struct link_counts *counts)
{
	if (pk->n < 6)
		return cut(pk);
	pk->ethertype = packet_u16(pk->p + 4);
	packet_skip(pk, 6);
	counts->hsr++;
	return open_tags(pk, counts);
}

/* How many octets the network layer says that it has; 0 when it does not. */
static size_t
claimed(const struct packet *pk)
{
	if (pk->ethertype == ETHERTYPE_IPV4 && pk->n >= 4)
		return packet_u16(pk->p + 2);
	if (pk->ethertype == ETHERTYPE_IPV6 && pk->n >= 6)
		return (size_t)packet_u16(pk->p + 4) + 40;
	return 0;
}

/*
 * The redundancy control trailer: sequence number, LAN (A or B) and LSDU size
 * in 4 and 12 bits, suffix.  Vendors count the size from either side of the
 * type field; in a padded frame it is smaller than what stands there.  What
 * belongs to an IP packet is no trailer: a payload may end like one.
 */
static void
strip_prp(struct packet *pk, struct link_counts *counts)
{
	const uint8_t *t = pk->p + pk->n - 6;
	size_t size;

	if (pk->lost > 0 || pk->n < 6 || t[4] != 0x88 || t[5] != 0xfb)
		return;
	size = packet_u16(t + 2) & 0x0fff;
	if (t[2] >> 4 != 0xa && t[2] >> 4 != 0xb)
		return;
	if (size > pk->n + 4 || size < 6 || (size + 4 < pk->n && pk->n > 60))
		return;
	if (claimed(pk) > pk->n - 6)
		return;
	pk->n -= 6;
	counts->prp++;
}

static enum layer
open_cooked(struct packet *pk, size_t header, size_t type, size_t address)
{
	if (pk->n < header)
		return cut(pk);
	pk->ethertype = packet_u16(pk->p + type);
	memcpy(pk->place.mac + 6, pk->p + address, 6);
	packet_skip(pk, header);
	if (pk->ethertype == 0x0001 || pk->ethertype == 0x0004)
		return open_llc(pk);
	return LAYER_NETWORK;
}

static enum layer
open_raw(struct packet *pk)
{
	if (pk->n < 1)
		return cut(pk);
	pk->ethertype = pk->p[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	return pk->p[0] >> 4 == 4 || pk->p[0] >> 4 == 6 ? LAYER_NETWORK
	                                                : LAYER_UNKNOWN;
}

/* The address family is written in the byte order of the machine: any. */
static enum layer
open_null(struct packet *pk)
{
	return packet_skip(pk, 4) ? open_raw(pk) : cut(pk);
}

/* RFC 1661 and 1662; the first octet may be a direction instead of 0xff. */
static enum layer
open_ppp(struct packet *pk)
{
	if (pk->n >= 2 && pk->p[1] == 0x03)
		packet_skip(pk, 2);
	return link_ppp(pk);
}

static enum layer
open_pppoe(struct packet *pk)
{
	return packet_skip(pk, 6) ? link_ppp(pk) : cut(pk);
}

enum layer
link_ppp(struct packet *pk)
{
	uint16_t protocol;

	if (pk->n < 2)
		return cut(pk);
	protocol = packet_u16(pk->p);
	if ((pk->p[0] & 1) != 0) { /* compressed (RFC 1661, 6.5) */
		protocol = pk->p[0];
		packet_skip(pk, 1);
	} else {
		packet_skip(pk, 2);
	}
	if (protocol != 0x0021 && protocol != 0x0057 && protocol != 0x0281)
		return LAYER_UNKNOWN;
	pk->ethertype = protocol == 0x0021   ? ETHERTYPE_IPV4
	                : protocol == 0x0057 ? ETHERTYPE_IPV6
	                                     : ETHERTYPE_MPLS;
	return LAYER_NETWORK;
}

enum layer
link_ethernet(struct packet *pk, struct link_counts *counts)
{
	enum layer next;

	if (pk->n < 14)
		return cut(pk);
	memcpy(pk->place.mac, pk->p, sizeof(pk->place.mac));
	pk->ethertype = packet_u16(pk->p + 12);
	packet_skip(pk, 14);
	next = open_tags(pk, counts);
	if (next == LAYER_NETWORK && pk->ethertype == 0x892f)
		next = open_hsr(pk, counts);
	if (next != LAYER_NETWORK)
		return next;
	if (pk->n >= 6)
		strip_prp(pk, counts);
	if (pk->ethertype >= ETHERTYPE_LEAST)
		return LAYER_NETWORK;
	packet_wall(pk, pk->ethertype);
	return open_llc(pk);
}

bool
link_known(int link)
{
	static const int known[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2,
		DLT_RAW, 101, DLT_IPV4, DLT_IPV6, DLT_NULL, DLT_LOOP, DLT_PPP,
		DLT_PPP_SERIAL, DLT_PPP_ETHER, DLT_PPP_PPPD };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i] == link)
			return true;
	return false;
}

enum layer
link_open(struct packet *pk, int link, struct link_counts *counts)
{
	enum layer next;

	switch (link) {
	case DLT_EN10MB:
		return link_ethernet(pk, counts);
	case DLT_LINUX_SLL:
		next = open_cooked(pk, 16, 14, 6);
		break;
	case DLT_LINUX_SLL2:
		next = open_cooked(pk, 20, 0, 12);
		break;
	case DLT_NULL:
	case DLT_LOOP:
		return open_null(pk);
	case DLT_PPP:
	case DLT_PPP_SERIAL:
	case DLT_PPP_PPPD:
		return open_ppp(pk);
	case DLT_PPP_ETHER:
		return open_pppoe(pk);
	default:
		return open_raw(pk);
	}
	return next == LAYER_NETWORK ? open_tags(pk, counts) : next;
}

const char *
link_name(uint16_t ethertype)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { 0x0806, "ARP" }, { 0x8035, "RARP" }, { 0x88cc, "LLDP" },
		{ 0x8863, "PPPoE-Discovery" }, { 0x88f7, "PTP" },
		{ 0x88ba, "Sampled-Values" }, { 0x88fb, "PRP-Supervision" },
		{ 0x88e3, "MRP" }, { 0x8892, "PROFINET" },
		{ 0x88a4, "EtherCAT" }, { 0x888e, "EAPOL" },
		{ 0x8809, "Slow-Protocols" }, { 0x9000, "Loopback" },
		{ 0x88e5, "MACsec" }, { 0x88e1, "HomePlug" },
		{ 0x891d, "TTEthernet" }, { LINK_STP, "STP" },
		{ LINK_ISO, "ISO-LLC" }, { LINK_LLC, "LLC" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == ethertype)
			return names[i].name;
	return NULL;
}
