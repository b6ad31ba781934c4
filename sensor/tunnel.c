/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that stand between a packet and the one that it carries. */
#include <config.h>

#include "sensor/link.h"
#include "sensor/tunnel.h"

#define GRE_CHECKSUM 0x8000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ROUTING 0x4000
#define GRE_VERSION 0x0007
#define TYPE_ETHERNET 0x6558
#define TYPE_ERSPAN 0x88be /* I and II */
#define TYPE_ERSPAN_III 0x22eb
#define LABELS_MAX 16

static enum layer
cut(const struct packet *pk)
{
	return pk->lost > 0 ? LAYER_CUT : LAYER_BROKEN;
}

/* A frame out of a tunnel is of another network: its tags begin anew. */
static enum layer
inner_frame(struct packet *pk)
{
	pk->place.vlans = 0;
	return LAYER_LINK;
}

/* The VLAN of the mirrored port, which the inner frame may have lost. */
static enum layer
inner_mirror(struct packet *pk, uint16_t vlan)
{
	inner_frame(pk);
	if (vlan != 0)
		pk->place.vlan[pk->place.vlans++] = vlan;
	return LAYER_LINK;
}

static enum layer
open_erspan(struct packet *pk, uint16_t type, bool sequenced)
{
	uint16_t vlan;
	size_t n = 8;

	if (type == TYPE_ERSPAN && !sequenced) /* I has no header */
		return inner_frame(pk);
	if (pk->n < 12)
		return cut(pk);
	if (type == TYPE_ERSPAN_III)
		n = (pk->p[11] & 1) != 0 ? 20 : 12;
	vlan = packet_u16(pk->p) & 0x0fff;
	return packet_skip(pk, n) ? inner_mirror(pk, vlan) : cut(pk);
}

enum layer
tunnel_mpls(struct packet *pk)
{
	bool last = false;

	for (int depth = 0; !last; depth++) {
		if (depth == LABELS_MAX)
			return LAYER_BROKEN;
		if (pk->n < 4)
			return cut(pk);
		last = (pk->p[2] & 1) != 0;
		packet_skip(pk, 4);
	}
	if (pk->n < 1)
		return cut(pk);
	if (pk->p[0] >> 4 == 4 || pk->p[0] >> 4 == 6) {
		pk->ethertype = pk->p[0] >> 4 == 4 ? 0x0800 : 0x86dd;
		return LAYER_NETWORK;
	}
	/* a pseudowire with its control word; without one it is a guess */
	if (pk->p[0] >> 4 != 0)
		return LAYER_UNKNOWN;
	return packet_skip(pk, 4) ? inner_frame(pk) : cut(pk);
}

enum layer
tunnel_pppoe(struct packet *pk)
{
	size_t length;

	if (pk->n < 6)
		return cut(pk);
	if (pk->p[0] != 0x11 || pk->p[1] != 0)
		return LAYER_BROKEN;
	length = packet_u16(pk->p + 4);
	packet_skip(pk, 6);
	packet_wall(pk, length);
	return link_ppp(pk);
}

enum layer
tunnel_gre(struct packet *pk)
{
	uint16_t flags, type;
	size_t n = 4;

	if (pk->n < 4)
		return cut(pk);
	flags = packet_u16(pk->p);
	type = packet_u16(pk->p + 2);
	if ((flags & (GRE_ROUTING | GRE_VERSION)) != 0)
		return LAYER_UNKNOWN;
	n += (flags & GRE_CHECKSUM) != 0 ? 4 : 0;
	n += (flags & GRE_KEY) != 0 ? 4 : 0;
	n += (flags & GRE_SEQUENCE) != 0 ? 4 : 0;
	if (!packet_skip(pk, n))
		return cut(pk);
	if (type == TYPE_ETHERNET)
		return inner_frame(pk);
	if (type == TYPE_ERSPAN || type == TYPE_ERSPAN_III)
		return open_erspan(pk, type, (flags & GRE_SEQUENCE) != 0);
	pk->ethertype = type;
	return LAYER_NETWORK;
}

enum layer
tunnel_vxlan(struct packet *pk)
{
	/* flags: the VNI is valid and nothing else; what is reserved is 0 */
	if (pk->n < 8 + 14 || pk->p[0] != 0x08 || pk->p[7] != 0)
		return LAYER_DONE;
	packet_skip(pk, 8);
	return inner_frame(pk);
}
