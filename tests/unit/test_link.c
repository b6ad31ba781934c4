/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers: Ethernet with its tags and trailers, and the others. */
#include <config.h>

#include <pcap/dlt.h>

#include "sensor/link.h"
#include "tests/unit/packets.h"

static struct link_counts counts;

static enum layer
open_it(struct packet *pk, int link)
{
	memset(&counts, 0, sizeof(counts));
	return link_open(pk, link, &counts);
}

/* The octets end where their room does: reading on would be noticed. */
static enum layer
open_octets(struct packet *pk, int link, const uint8_t *p, size_t n)
{
	static uint8_t room[64];
	uint8_t *to = room + sizeof(room) - n;

	memcpy(to, p, n);
	*pk = packets_cut(to, n, n);
	return open_it(pk, link);
}

#define OPEN(pk, link, ...)                                                    \
	open_octets(pk, link, (const uint8_t[]){ __VA_ARGS__ },                \
	    sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Both MAC addresses, as in packets_macs() */
#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2

static void
test_ethernet(void)
{
	struct packet pk;

	CU_ASSERT_EQUAL(
	    OPEN(&pk, DLT_EN10MB, MACS, 0x88, 0xb8, 1, 2, 3), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.place.mac[5], 1);
	CU_ASSERT_EQUAL(pk.place.mac[11], 2);
	CU_ASSERT_EQUAL(pk.place.vlans, 0);
	CU_ASSERT_EQUAL(pk.n, 3);
	/* IEEE 802.3: a length, here 3, then LSAPs; the rest is padding */
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_EN10MB, MACS, 0, 3, 0x42, 0x42, 3, 0, 0),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, LINK_STP);
	CU_ASSERT_EQUAL(pk.n, 3);
	OPEN(&pk, DLT_EN10MB, MACS, 0, 3, 0xfe, 0xfe, 3);
	CU_ASSERT_EQUAL(pk.ethertype, LINK_ISO);
	OPEN(&pk, DLT_EN10MB, MACS, 0, 3, 0xe0, 0xe0, 3);
	CU_ASSERT_EQUAL(pk.ethertype, LINK_LLC);
	/* SNAP of organisation 0 names an ethertype */
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_EN10MB, MACS, 0, 9, 0xaa, 0xaa, 3, 0, 0,
	                    0, 0x88, 0xb8, 7),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_STRING_EQUAL(link_name(0x88ba), "Sampled-Values");
	CU_ASSERT_PTR_NULL(link_name(0x1234));
}

static void
test_vlans(void)
{
	struct packet pk;

	/* priority 4, VLAN 0: a priority tag, as GOOSE has it */
	OPEN(&pk, DLT_EN10MB, MACS, 0x81, 0, 0x80, 0, 0x88, 0xb8, 9);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.place.vlans, 1);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 0);
	CU_ASSERT_EQUAL(counts.vlan, 1);
	/* 802.1ad 100 around 802.1Q 5 */
	OPEN(&pk, DLT_EN10MB, MACS, 0x88, 0xa8, 0, 100, 0x81, 0, 0x60, 5, 0x88,
	    0xb8, 9);
	CU_ASSERT_EQUAL(pk.place.vlans, 2);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 100);
	CU_ASSERT_EQUAL(pk.place.vlan[1], 5);
	/* 0x9100 4095 around 802.1Q 5 */
	OPEN(&pk, DLT_EN10MB, MACS, 0x91, 0, 0x0f, 0xff, 0x81, 0, 0, 5, 0x88,
	    0xb8, 9);
	CU_ASSERT_EQUAL(pk.place.vlans, 2);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 4095);
	CU_ASSERT_EQUAL(pk.n, 1);
}

/* More tags than are kept are still taken off, but not without end. */
static void
test_vlan_bomb(void)
{
	struct packets_octets o = { 0 };
	struct packet pk;

	packets_macs(&o);
	for (uint8_t i = 1; i <= PDU_VLANS + 1; i++)
		PACKETS_PUT(&o, 0x81, 0, 0, i);
	PACKETS_PUT(&o, 0x88, 0xb8, 9);
	pk = packets_whole(&o);
	CU_ASSERT_EQUAL(open_it(&pk, DLT_EN10MB), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.place.vlans, PDU_VLANS);
	CU_ASSERT_EQUAL(pk.place.vlan[PDU_VLANS - 1], PDU_VLANS);
	o.n -= 3;
	PACKETS_PUT(&o, 0x81, 0, 0, 9, 0x88, 0xb8, 9);
	pk = packets_whole(&o);
	CU_ASSERT_EQUAL(open_it(&pk, DLT_EN10MB), LAYER_BROKEN);
}

/* A frame with n octets behind its type, 6 of them a trailer that says size. */
static size_t
prp(uint16_t type, size_t n, uint8_t lan, size_t size)
{
	struct packets_octets o = { 0 };
	struct packet pk;

	packets_macs(&o);
	PACKETS_PUT(&o, (uint8_t)(type >> 8), (uint8_t)type);
	packets_fill(&o, 0x55, n - 6);
	/* sequence number 7, LAN, size, suffix */
	PACKETS_PUT(&o, 0, 7, (uint8_t)((unsigned)lan << 4 | size >> 8),
	    (uint8_t)size, 0x88, 0xfb);
	pk = packets_whole(&o);
	CU_ASSERT_EQUAL(open_it(&pk, DLT_EN10MB), LAYER_NETWORK);
	CU_ASSERT_EQUAL(counts.prp, n - pk.n == 6);
	return n - pk.n;
}

static void
test_prp(void)
{
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xa, 100), 6);
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xb, 100), 6);
	/* counted from the other side of the type field */
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xa, 102), 6);
	/* padded: 20 octets and the trailer */
	CU_ASSERT_EQUAL(prp(0x88b8, 52, 0xa, 26), 6);
	/* not a LAN; a size that is too small, or too large, or none */
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xc, 100), 0);
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xa, 90), 0);
	CU_ASSERT_EQUAL(prp(0x88b8, 100, 0xa, 110), 0);
	CU_ASSERT_EQUAL(prp(0x88b8, 52, 0xa, 5), 0);
}

/* What IP claims for its own is no trailer, whatever it looks like. */
static void
test_prp_payload(void)
{
	for (size_t behind = 0; behind <= 6; behind++) {
		struct packets_octets o = { 0 };
		struct packet pk;

		packets_macs(&o);
		PACKETS_PUT(&o, 8, 0);
		packets_ipv4(&o, 17, 66 - behind);
		packets_fill(&o, 0x55, 60);
		PACKETS_PUT(&o, 0, 7, 0xa0, 86, 0x88, 0xfb);
		pk = packets_whole(&o);
		open_it(&pk, DLT_EN10MB);
		CU_ASSERT_EQUAL(pk.n, behind == 6 ? 80 : 86);
		o.n = 14; /* the same with IPv6 */
		o.p[12] = 0x86;
		o.p[13] = 0xdd;
		packets_ipv6(&o, 17, 66 - behind);
		packets_fill(&o, 0x55, 60);
		PACKETS_PUT(&o, 0, 7, 0xb0, 106, 0x88, 0xfb);
		pk = packets_whole(&o);
		open_it(&pk, DLT_EN10MB);
		CU_ASSERT_EQUAL(pk.n, behind == 6 ? 100 : 106);
		/* where octets are missing the end is not the end */
		pk = packets_cut(o.p, o.n, o.n + 1);
		open_it(&pk, DLT_EN10MB);
		CU_ASSERT_EQUAL(pk.n, 106);
	}
}

static void
test_hsr(void)
{
	struct packet pk;

	/* path 0, size 9, sequence number 1 */
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_EN10MB, MACS, 0x89, 0x2f, 0, 9, 0, 1,
	                    0x88, 0xb8, 1, 2, 3),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.n, 3);
	CU_ASSERT_EQUAL(counts.hsr, 1);
	/* between VLAN tags 5 and 6 */
	OPEN(&pk, DLT_EN10MB, MACS, 0x81, 0, 0, 5, 0x89, 0x2f, 0, 9, 0, 1, 0x81,
	    0, 0, 6, 0x88, 0xb8, 1);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.place.vlans, 2);
	CU_ASSERT_EQUAL(pk.place.vlan[1], 6);
}

static void
test_cooked(void)
{
	struct packet pk;

	/* to us, Ethernet, 6 octets of address, 2 of padding, IPv4 */
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_LINUX_SLL, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0,
	                    0, 9, 0, 0, 8, 0, 0x45, 0),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.place.mac[5], 0);
	CU_ASSERT_EQUAL(pk.place.mac[11], 9);
	CU_ASSERT_EQUAL(pk.n, 2);
	/* version 2: IPv6 first, interface 3 */
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_LINUX_SLL2, 0x86, 0xdd, 0, 0, 0, 0, 0, 3,
	                    0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 0x60),
	    LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(pk.place.mac[6], 2);
	CU_ASSERT_EQUAL(pk.place.mac[11], 9);
	CU_ASSERT_EQUAL(pk.n, 1);
	/* a tag behind it, VLAN 7 */
	OPEN(&pk, DLT_LINUX_SLL, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 0x81,
	    0, 0, 7, 0x88, 0xb8, 1);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 7);
	/* type 4: IEEE 802.2 */
	OPEN(&pk, DLT_LINUX_SLL, 0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 0, 4,
	    0x42, 0x42, 3);
	CU_ASSERT_EQUAL(pk.ethertype, LINK_STP);
}

static void
test_null_and_raw(void)
{
	struct packet pk;

	/* AF_INET in either byte order; AF_INET6 is 24, 28 or 30 */
	OPEN(&pk, DLT_NULL, 2, 0, 0, 0, 0x45);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
	OPEN(&pk, DLT_LOOP, 0, 0, 0, 2, 0x45);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	OPEN(&pk, DLT_NULL, 0, 0, 0, 30, 0x60);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	OPEN(&pk, DLT_LOOP, 24, 0, 0, 0, 0x60);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_NULL, 7, 0, 0, 0, 0x83), LAYER_UNKNOWN);
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_RAW, 0x45, 1), LAYER_NETWORK);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 2);
	CU_ASSERT(memcmp(pk.place.mac, (uint8_t[12]){ 0 }, 12) == 0);
	OPEN(&pk, DLT_IPV6, 0x60, 1);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(OPEN(&pk, DLT_RAW, 0x12), LAYER_UNKNOWN);
}

static void
test_ppp(void)
{
	struct packet pk;

	/* with address and control, without, the protocol in one octet */
	OPEN(&pk, DLT_PPP, 0xff, 3, 0, 0x21, 0x45);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
	OPEN(&pk, DLT_PPP, 0, 0x57, 0x60);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	CU_ASSERT_EQUAL(pk.n, 1);
	OPEN(&pk, DLT_PPP, 0x21, 0x45);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
	OPEN(&pk, DLT_PPP_SERIAL, 0xff, 3, 0x57, 0x60);
	CU_ASSERT_EQUAL(pk.ethertype, 0x86dd);
	/* a direction where the address would be; MPLS */
	OPEN(&pk, DLT_PPP_PPPD, 1, 3, 2, 0x81, 0);
	CU_ASSERT_EQUAL(pk.ethertype, 0x8847);
	CU_ASSERT_EQUAL(pk.n, 1);
	/* LCP: configure request */
	CU_ASSERT_EQUAL(
	    OPEN(&pk, DLT_PPP, 0xff, 3, 0xc0, 0x21, 1), LAYER_UNKNOWN);
	/* PPPoE of session 1, 3 octets */
	OPEN(&pk, DLT_PPP_ETHER, 0x11, 0, 0, 1, 0, 3, 0, 0x21, 0x45);
	CU_ASSERT_EQUAL(pk.ethertype, 0x0800);
	CU_ASSERT_EQUAL(pk.n, 1);
}

/* A header that the capture cut is cut; one that the wire cut is broken. */
static void
test_short(void)
{
	static const struct {
		int link;
		size_t n;
		uint8_t p[40];
	} headers[] = {
		{ DLT_EN10MB, 14, { MACS, 0x88, 0xb8 } },
		{ DLT_EN10MB, 22,
		    { MACS, 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x88, 0xb8 } },
		{ DLT_EN10MB, 24,
		    { MACS, 0x89, 0x2f, 0, 9, 0, 1, 0x81, 0, 0, 6, 0x88,
		        0xb8 } },
		{ DLT_EN10MB, 17, { MACS, 0, 3, 0x42, 0x42, 3 } },
		{ DLT_LINUX_SLL, 16, { [14] = 8 } },
		{ DLT_LINUX_SLL, 20, { [14] = 0x81, [18] = 8 } },
		{ DLT_LINUX_SLL2, 20, { 8 } },
		{ DLT_NULL, 5, { 2, 0, 0, 0, 0x45 } },
		{ DLT_RAW, 1, { 0x45 } },
		{ DLT_PPP, 4, { 0xff, 3, 0, 0x21 } },
		{ DLT_PPP_ETHER, 8, { 0x11, 0, 0, 1, 0, 2, 0, 0x21 } },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		const uint8_t *p = headers[i].p;
		int link = headers[i].link;
		size_t whole = headers[i].n;
		struct packet pk = packets_cut(p, whole, whole);

		CU_ASSERT_TRUE(link_known(link));
		CU_ASSERT_EQUAL(open_it(&pk, link), LAYER_NETWORK);
		for (size_t n = 0; n < whole; n++) {
			pk = packets_cut(p, n, whole);
			CU_ASSERT_EQUAL(open_it(&pk, link), LAYER_CUT);
			pk = packets_cut(p, n, n);
			CU_ASSERT_EQUAL(open_it(&pk, link), LAYER_BROKEN);
		}
	}
	CU_ASSERT_FALSE(link_known(DLT_IEEE802_11));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "Ethernet, LLC, SNAP", test_ethernet },
		{ "VLAN stacks", test_vlans },
		{ "too many tags", test_vlan_bomb },
		{ "PRP trailer", test_prp },
		{ "payload that ends like one", test_prp_payload },
		{ "HSR tag", test_hsr },
		{ "Linux cooked", test_cooked },
		{ "null, loop, raw", test_null_and_raw },
		{ "PPP", test_ppp },
		{ "short headers", test_short },
		CU_TEST_INFO_NULL,
	};

	return driver_run("link", tests);
}
