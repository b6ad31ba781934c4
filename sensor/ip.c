/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4, IPv6 and their transports; see ip.h for the clauses. */
#include <config.h>

#include <arpa/inet.h>

#include "sensor/checksum.h"
#include "sensor/ip.h"
#include "sensor/tunnel.h"

#define DEPTH_MAX 8 /* tunnels in tunnels */
#define HEADERS_MAX 8

enum {
	PROTO_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_AH = 51,
	PROTO_DESTINATION = 60,
	PROTO_MOBILITY = 135
};

static enum layer
cut(const struct packet *pk)
{
	return pk->lost > 0 ? LAYER_CUT : LAYER_BROKEN;
}

/* The sum over the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1). */
static uint64_t
pseudo_sum(const struct packet *pk)
{
	uint64_t sum = (uint64_t)htons(pk->protocol) + htons((uint16_t)pk->n);

	return checksum_add(sum, pk->src, pk->version == 4 ? 8 : 32);
}

static void
check(const struct packet *pk, uint64_t *bad)
{
	if (pk->lost == 0 &&
	    !checksum_good(checksum_add(pseudo_sum(pk), pk->p, pk->n)))
		++*bad;
}

static enum layer
open_tcp(struct packet *pk, struct ip_counts *counts)
{
	size_t header;

	counts->tcp++;
	if (pk->n < 20)
		return cut(pk);
	check(pk, &counts->bad_tcp_checksum);
	pk->sport = packet_u16(pk->p);
	pk->dport = packet_u16(pk->p + 2);
	pk->seq = packet_u32(pk->p + 4);
	pk->ack = packet_u32(pk->p + 8);
	pk->flags = pk->p[13];
	header = (size_t)(pk->p[12] >> 4) * 4;
	if (header < 20)
		return LAYER_BROKEN;
	return packet_skip(pk, header) ? LAYER_DONE : cut(pk);
}

static enum layer
open_udp(struct packet *pk, struct ip_counts *counts)
{
	size_t length;

	counts->udp++;
	if (pk->n < 8)
		return cut(pk);
	pk->sport = packet_u16(pk->p);
	pk->dport = packet_u16(pk->p + 2);
	length = packet_u16(pk->p + 4);
	if (length < 8)
		return LAYER_BROKEN;
	packet_wall(pk, length); /* the checksum goes as far, no further */
	if (packet_u16(pk->p + 6) != 0)
		check(pk, &counts->bad_udp_checksum);
	packet_skip(pk, 8);
	if (pk->dport == TUNNEL_VXLAN_PORT)
		return tunnel_vxlan(pk);
	return LAYER_DONE;
}

static enum layer
open_transport(struct packet *pk, struct ip_counts *counts)
{
	switch (pk->protocol) {
	case PROTO_TCP:
		return open_tcp(pk, counts);
	case PROTO_UDP:
		return open_udp(pk, counts);
	case PROTO_GRE:
		return tunnel_gre(pk);
	case 4:
		pk->ethertype = 0x0800;
		return LAYER_NETWORK;
	case PROTO_IPV6:
		pk->ethertype = 0x86dd;
		return LAYER_NETWORK;
	default:
		counts->other++;
		return LAYER_DONE;
	}
}

/* What follows belongs to a datagram in pieces; LAYER_DONE: it is whole. */
static enum layer
join(struct packet *pk, struct fragments *f, uint32_t id, uint16_t field)
{
	size_t offset = (size_t)(field >> 3) * 8;
	bool more = (field & 1) != 0;

	if (!fragments_put(f, pk, id, offset, more))
		return LAYER_WAIT;
	return LAYER_DONE;
}

static enum layer
open_ipv4(struct packet *pk, struct fragments *f, struct ip_counts *counts)
{
	const uint8_t *h = pk->p;
	size_t header, total;
	uint16_t field;

	counts->v4++;
	if (pk->n < 20)
		return cut(pk);
	header = (size_t)(h[0] & 15) * 4;
	total = packet_u16(h + 2);
	if (h[0] >> 4 != 4 || header < 20)
		return LAYER_BROKEN;
	if (total == 0) /* the interface was to cut it up itself */
		total = pk->n + pk->lost;
	if (total < header)
		return LAYER_BROKEN;
	packet_wall(pk, total);
	if (total > pk->n + pk->lost)
		pk->lost = total - pk->n;
	pk->ip = h;
	pk->ip_n = pk->n;
	pk->version = 4;
	pk->src = h + 12;
	pk->dst = h + 16;
	pk->protocol = h[9];
	if (!packet_skip(pk, header))
		return cut(pk);
	if (!checksum_good(checksum_add(0, h, header)))
		counts->bad_header_checksum++;
	field = packet_u16(h + 6);
	if ((field & 0x3fff) != 0) /* an offset, or more to come */
		return join(pk, f, packet_u16(h + 4),
		    (uint16_t)((field & 0x1fff) << 3 | (field >> 13 & 1)));
	return LAYER_DONE;
}

static bool
is_extension(uint8_t protocol)
{
	return protocol == PROTO_HOP || protocol == PROTO_ROUTING ||
	       protocol == PROTO_FRAGMENT || protocol == PROTO_AH ||
	       protocol == PROTO_DESTINATION || protocol == PROTO_MOBILITY;
}

/* Extension headers up to the transport, or to a fragment's own octets. */
static enum layer
open_extensions(struct packet *pk, struct fragments *f)
{
	const uint8_t *h;
	uint8_t kind;
	size_t size;

	for (int i = 0; is_extension(pk->protocol); i++) {
		if (i == HEADERS_MAX)
			return LAYER_BROKEN;
		if (pk->n < 8)
			return cut(pk);
		h = pk->p;
		kind = pk->protocol;
		size = kind == PROTO_FRAGMENT ? 8
		       : kind == PROTO_AH     ? ((size_t)h[1] + 2) * 4
		                              : ((size_t)h[1] + 1) * 8;
		if (!packet_skip(pk, size))
			return cut(pk);
		pk->protocol = h[0];
		if (kind != PROTO_FRAGMENT || (packet_u16(h + 2) & ~6U) == 0)
			continue; /* or an atomic fragment (RFC 6946) */
		if (join(pk, f, packet_u32(h + 4), packet_u16(h + 2)) !=
		    LAYER_DONE)
			return LAYER_WAIT;
	}
	return LAYER_DONE;
}

static enum layer
open_ipv6(struct packet *pk, struct fragments *f, struct ip_counts *counts)
{
	const uint8_t *h = pk->p;
	size_t length;

	counts->v6++;
	if (pk->n < 40)
		return cut(pk);
	if (h[0] >> 4 != 6)
		return LAYER_BROKEN;
	length = packet_u16(h + 4);
	if (length > 0) { /* 0: a jumbogram, or segmentation left undone */
		packet_wall(pk, 40 + length);
		if (40 + length > pk->n + pk->lost)
			pk->lost = 40 + length - pk->n;
	}
	pk->ip = h;
	pk->ip_n = pk->n;
	pk->version = 6;
	pk->src = h + 8;
	pk->dst = h + 24;
	pk->protocol = h[6];
	packet_skip(pk, 40);
	return open_extensions(pk, f);
}

static enum layer
open_network(struct packet *pk, struct fragments *f, struct ip_counts *counts)
{
	enum layer next;

	switch (pk->ethertype) {
	case 0x0800:
		next = open_ipv4(pk, f, counts);
		break;
	case 0x86dd:
		next = open_ipv6(pk, f, counts);
		break;
	case 0x8847:
	case 0x8848:
		return tunnel_mpls(pk);
	case 0x8864:
		return tunnel_pppoe(pk);
	default:
		pk->version = 0;
		return LAYER_DONE;
	}
	return next == LAYER_DONE ? open_transport(pk, counts) : next;
}

enum layer
ip_open(struct packet *pk, struct fragments *f, struct ip_counts *counts,
    struct link_counts *link)
{
	enum layer next = LAYER_NETWORK;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (next == LAYER_LINK)
			next = link_ethernet(pk, link);
		if (next == LAYER_NETWORK)
			next = open_network(pk, f, counts);
		if (next != LAYER_LINK && next != LAYER_NETWORK)
			return next;
		counts->tunnels++;
	}
	return LAYER_BROKEN;
}

const char *
ip_name(uint8_t protocol)
{
	static const struct {
		uint8_t protocol;
		const char *name;
	} names[] = { { PROTO_ICMP, "ICMP" }, { 2, "IGMP" }, { 58, "ICMPV6" },
		{ 50, "IPSEC" }, { 88, "EIGRP" }, { 89, "OSPF" },
		{ 103, "PIM" }, { 112, "VRRP" }, { 132, "SCTP" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].protocol == protocol)
			return names[i].name;
	return NULL;
}
