/* SPDX-License-Identifier: Apache-2.0 */
/* What carries other packets: MPLS, PPPoE, GRE, ERSPAN, VXLAN. */
#include <config.h>

#include "sensor/tunnel.h"
#include "tests/unit/packets.h"

static struct packet pk;

/* The octets end where their room does: reading on would be noticed. */
static enum layer
open_octets(enum layer (*open)(struct packet *), const uint8_t *p, size_t n,
    size_t on_wire)
{
	static uint8_t room[128];
	uint8_t *to = room + sizeof(room) - n;

	memcpy(to, p, n);
	pk = packets_cut(to, n, on_wire);
	pk.place.vlans = 2; /* of the outer frame */
	return open(&pk);
}

#define OPEN(open, ...)                                                        \
	open_octets(open, (const uint8_t[]){ __VA_ARGS__ },                    \
	    sizeof((const uint8_t[]){ __VA_ARGS__ }),                          \
	    sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Every part of a header is cut, or broken when the wire had no more. */
static void
check_short(enum layer (*open)(struct packet *), const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(open_octets(open, p, i, n), LAYER_CUT);
		CU_ASSERT_EQUAL(open_octets(open, p, i, i), LAYER_BROKEN);
	}
}

static void
test_mpls(void)
{
	/* labels 16, 17, 18, the last with the bottom bit; IPv4 */
	static const uint8_t three[] = { 0, 1, 0, 64, 0, 1, 0x10, 64, 0, 1,
		0x21, 64, 0x45 };
	uint8_t bomb[17 * 4 + 1] = { 0 };

	CU_ASSERT_EQUAL(OPEN(tunnel_mpls, 0, 1, 1, 64, 0x45), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_EQUAL(OPEN(tunnel_mpls, 0, 1, 1, 64, 0x60), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(open_octets(tunnel_mpls, three, 13, 13), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.n, 1);
	check_short(tunnel_mpls, three, sizeof(three));
	/* control word of a pseudowire, then an Ethernet frame */
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_mpls, 0, 1, 1, 64, 0, 0, 0, 9, 0xee), LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.place.vlans, 0);
	CU_ASSERT_EQUAL(OPEN(tunnel_mpls, 0, 1, 1, 64, 0x10), LAYER_UNKNOWN);
	/* the bottom too late, and as late as it may be */
	bomb[64] = bomb[68] = 0x45;
	bomb[16 * 4 + 2] = 1;
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_mpls, bomb, sizeof(bomb), sizeof(bomb)),
	    LAYER_BROKEN);
	bomb[15 * 4 + 2] = 1;
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_mpls, bomb, sizeof(bomb), sizeof(bomb)),
	    LAYER_NETWORK);
}

static void
test_pppoe(void)
{
	/* version 1, type 1, session data, session 7, 3 octets: IPv4 */
	static const uint8_t session[] = { 0x11, 0, 0, 7, 0, 3, 0, 0x21, 0x45 };

	/* what is behind the 3 octets is padding */
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_pppoe, 0x11, 0, 0, 7, 0, 3, 0, 0x21, 0x45, 0, 0),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_pppoe, 0x11, 0, 0, 7, 0, 2, 0x57, 0x60), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_pppoe, 0x12, 0, 0, 7, 0, 2, 0, 0x21), LAYER_BROKEN);
	check_short(tunnel_pppoe, session, sizeof(session) - 1);
}

/* Checksum, key and sequence number, each there or not. */
static void
test_gre_fields(void)
{
	for (unsigned i = 0; i < 8; i++) {
		uint8_t p[17] = { 0, 0, 8, 0 };
		size_t n = 4;

		p[0] = (uint8_t)((i & 1) << 7 | (i & 2) << 4 | (i & 4) << 2);
		n += 4 * ((i & 1) + (i >> 1 & 1) + (i >> 2));
		p[n] = 0x45;
		CU_ASSERT_EQUAL(
		    open_octets(tunnel_gre, p, n + 1, n + 1), LAYER_NETWORK);
		CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
		CU_ASSERT_EQUAL(pk.n, 1);
		CU_ASSERT_EQUAL(pk.p[0], 0x45);
		check_short(tunnel_gre, p, n);
	}
	/* source routes; version 1 (PPTP) */
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_gre, 0x40, 0, 8, 0, 0, 0, 0, 0, 0x45), LAYER_UNKNOWN);
	CU_ASSERT_EQUAL(
	    OPEN(tunnel_gre, 0x30, 1, 0x88, 0x0b, 0, 0, 0, 0), LAYER_UNKNOWN);
	/* transparent Ethernet bridging: the tags of the outer frame end */
	CU_ASSERT_EQUAL(OPEN(tunnel_gre, 0, 0, 0x65, 0x58, 0xee), LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.place.vlans, 0);
}

static void
test_erspan(void)
{
	/* II: sequence number 1; version 1, VLAN 0x123; session; index */
	static const uint8_t two[] = { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x11,
		0x23, 0, 7, 0, 0, 0, 9, 0xee, 0, 0, 0 };
	/* III: version 2, VLAN 0x123; session; time; group, no more behind */
	static const uint8_t three[] = { 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x21,
		0x23, 0, 7, 1, 2, 3, 4, 0, 0, 0, 0, 0xee };
	/* the same with the platform's 8 octets */
	static const uint8_t platform[] = { 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1,
		0x21, 0x23, 0, 7, 1, 2, 3, 4, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7,
		8, 0xee };

	/* I: no sequence number, no header */
	CU_ASSERT_EQUAL(OPEN(tunnel_gre, 0, 0, 0x88, 0xbe, 0xee), LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.place.vlans, 0);
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_gre, two, sizeof(two), sizeof(two)), LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.n, 4);
	CU_ASSERT_EQUAL(pk.place.vlans, 1);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 0x123);
	check_short(tunnel_gre, two, 16);
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_gre, three, sizeof(three), sizeof(three)),
	    LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 0x123);
	check_short(tunnel_gre, three, 20);
	CU_ASSERT_EQUAL(open_octets(tunnel_gre, platform, sizeof(platform),
	                    sizeof(platform)),
	    LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.n, 1);
	check_short(tunnel_gre, platform, 28);
}

static void
test_vxlan(void)
{
	/* flags: a network identifier; 5; a frame of 14 octets */
	uint8_t p[22] = { 8, 0, 0, 0, 0, 0, 5, 0, 0xee };

	CU_ASSERT_EQUAL(
	    open_octets(tunnel_vxlan, p, sizeof(p), sizeof(p)), LAYER_LINK);
	CU_ASSERT_EQUAL(pk.p[0], 0xee);
	CU_ASSERT_EQUAL(pk.n, 14);
	/* what is no VXLAN is some other datagram, untouched */
	for (size_t n = 0; n < sizeof(p); n++) {
		CU_ASSERT_EQUAL(
		    open_octets(tunnel_vxlan, p, n, sizeof(p)), LAYER_DONE);
		CU_ASSERT_EQUAL(pk.n, n);
	}
	p[0] = 0;
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_vxlan, p, sizeof(p), sizeof(p)), LAYER_DONE);
	p[0] = 8;
	p[7] = 1;
	CU_ASSERT_EQUAL(
	    open_octets(tunnel_vxlan, p, sizeof(p), sizeof(p)), LAYER_DONE);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "MPLS", test_mpls },
		{ "PPPoE", test_pppoe },
		{ "GRE", test_gre_fields },
		{ "ERSPAN I, II, III", test_erspan },
		{ "VXLAN", test_vxlan },
		CU_TEST_INFO_NULL,
	};

	return driver_run("tunnel", tests);
}
