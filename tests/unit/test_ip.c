/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4, IPv6, TCP, UDP, and the way through tunnels. */
#include <config.h>

#include "sensor/ip.h"
#include "tests/unit/packets.h"

static struct blocks *blocks;
static struct fragments *fragments;
static struct ip_counts counts;
static struct link_counts links;
static struct packet pk;

static enum layer
open_it(uint16_t ethertype, const uint8_t *p, size_t captured, size_t on_wire)
{
	memset(&counts, 0, sizeof(counts));
	pk = packets_cut(p, captured, on_wire);
	pk.ethertype = ethertype;
	return ip_open(&pk, fragments, &counts, &links);
}

static enum layer
open_all(uint16_t ethertype, const struct packets_octets *o)
{
	return open_it(ethertype, o->p, o->n, o->n);
}

/* Every part of a header is cut, or broken when the wire had no more. */
static void
check_short(uint16_t ethertype, const struct packets_octets *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(open_it(ethertype, o->p, i, o->n), LAYER_CUT);
		/* IP says how long it is: what is not there was not captured */
		CU_ASSERT_EQUAL(open_it(ethertype, o->p, i, i),
		    i < (ethertype == 0x0800 ? 20 : 40) ? LAYER_BROKEN
		                                        : LAYER_CUT);
	}
}

/* The Internet checksum over n octets and what sum has already. */
static uint16_t
checksum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* Puts it at `field` of the n octets at `from`, behind IPv4 or IPv6. */
static void
seal(struct packets_octets *o, size_t from, size_t n, size_t field, bool v6)
{
	uint8_t *p = o->p + from;
	uint32_t sum = (field == 6 ? 17U : 6U) + (uint32_t)n;
	size_t back = v6 ? 32 : 8;
	uint16_t c;

	sum += (uint16_t)~checksum(o->p + (v6 ? 8 : 12), back, 0);
	c = checksum(p, n, sum);
	p[field] = (uint8_t)(c >> 8);
	p[field + 1] = (uint8_t)c;
}

static void
test_tcp(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 6, 23);
	packets_tcp(&o);
	PACKETS_PUT(&o, 0x68, 4, 7);
	seal(&o, 20, 23, 16, false);
	packets_fill(&o, 0, 3); /* padding of a short frame */
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.version, 4);
	CU_ASSERT_EQUAL(pk.protocol, 6);
	CU_ASSERT_EQUAL(pk.src[3], 1);
	CU_ASSERT_EQUAL(pk.dst[3], 2);
	CU_ASSERT_EQUAL(pk.sport, 40000);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(pk.seq, 1);
	CU_ASSERT_EQUAL(pk.ack, 2);
	CU_ASSERT_EQUAL(pk.flags, 0x18);
	CU_ASSERT_EQUAL(pk.n, 3);
	CU_ASSERT_EQUAL(pk.lost, 0);
	CU_ASSERT_EQUAL(counts.bad_header_checksum, 0);
	CU_ASSERT_EQUAL(counts.bad_tcp_checksum, 0);
	o.p[8]--; /* a router that forgot the checksum */
	o.p[40] ^= 1;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(counts.bad_header_checksum, 1);
	CU_ASSERT_EQUAL(counts.bad_tcp_checksum, 1);
	/* what is not all there cannot be checked */
	CU_ASSERT_EQUAL(open_it(0x0800, o.p, 42, 46), LAYER_DONE);
	CU_ASSERT_EQUAL(counts.bad_tcp_checksum, 0);
	CU_ASSERT_EQUAL(pk.n, 2);
	CU_ASSERT_EQUAL(pk.lost, 1);
}

static void
test_tcp_header(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 6, 28);
	packets_tcp(&o);
	o.p[32] = 0x60; /* 24 octets: one option */
	PACKETS_PUT(&o, 2, 4, 5, 0xb4, 1, 2, 3, 4);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.n, 4);
	check_short(0x0800, &o, 44);
	o.p[32] = 0x40;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
	o.p[32] = 0xf0;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
}

static void
test_ipv4(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 6, 25);
	o.p[0] = 0x46; /* an option: record route, or whatever it is */
	PACKETS_PUT(&o, 7, 4, 4, 0);
	packets_tcp(&o);
	PACKETS_PUT(&o, 9);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(pk.n, 1);
	check_short(0x0800, &o, 44);
	/* total length 0: segmentation was left to the card */
	o.p[2] = o.p[3] = 0;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.n, 1);
	/* longer than the frame: octets were not captured */
	o.p[3] = 47;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_EQUAL(pk.lost, 2);
	/* shorter than its header; a header shorter than it can be */
	o.p[3] = 23;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
	o.p[0] = 0x44;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
	o.p[0] = 0x65;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
	o.n = 0;
	packets_ipv4(&o, 1, 1);
	PACKETS_PUT(&o, 8);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(counts.other, 1);
	CU_ASSERT_STRING_EQUAL(ip_name(pk.protocol), "ICMP");
}

static void
test_udp(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 17, 14);
	/* 40000 to 102, 11 octets */
	PACKETS_PUT(&o, 0x9c, 0x40, 0, 102, 0, 11, 0, 0, 1, 2, 3, 0xaa, 0, 0);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.sport, 40000);
	CU_ASSERT_EQUAL(pk.dport, 102);
	CU_ASSERT_EQUAL(pk.n, 3); /* UDP says 3, IP says 6 */
	CU_ASSERT_EQUAL(counts.bad_udp_checksum, 0);
	seal(&o, 20, 11, 6, false); /* it covers what UDP says */
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(counts.bad_udp_checksum, 0);
	o.p[29] ^= 1;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(counts.bad_udp_checksum, 1);
	check_short(0x0800, &o, 28);
	o.p[25] = 7;
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_BROKEN);
}

static void
test_ipv6(void)
{
	struct packets_octets o = { 0 };

	packets_ipv6(&o, 6, 21);
	packets_tcp(&o);
	PACKETS_PUT(&o, 9);
	seal(&o, 40, 21, 16, true);
	packets_fill(&o, 0, 4); /* no part of it */
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.version, 6);
	CU_ASSERT_EQUAL(pk.src[15], 1);
	CU_ASSERT_EQUAL(pk.dst[15], 2);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_EQUAL(counts.bad_tcp_checksum, 0);
	o.n = 61;
	check_short(0x86dd, &o, 60);
	o.p[60] ^= 1;
	open_all(0x86dd, &o);
	CU_ASSERT_EQUAL(counts.bad_tcp_checksum, 1);
	o.p[5] = 0; /* length 0: as for IPv4 */
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.n, 1);
	o.p[5] = 23;
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.lost, 2);
	o.p[0] = 0x45;
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_BROKEN);
}

static void
test_extensions(void)
{
	struct packets_octets o = { 0 };

	packets_ipv6(&o, 0, 8 + 16 + 8 + 12 + 8 + 21);
	/* hop by hop; destination, 16 octets; routing; AH, 12 octets */
	PACKETS_PUT(&o, 60, 0, 1, 4, 0, 0, 0, 0);
	PACKETS_PUT(&o, 43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	PACKETS_PUT(&o, 51, 0, 0, 0, 0, 0, 0, 0);
	PACKETS_PUT(&o, 44, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1);
	/* a fragment header of a whole datagram (RFC 6946) */
	PACKETS_PUT(&o, 6, 0, 0, 0, 0, 0, 0, 7);
	packets_tcp(&o);
	PACKETS_PUT(&o, 9);
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.protocol, 6);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(pk.n, 1);
	CU_ASSERT_EQUAL(fragments_counts(fragments)->seen, 0);
	check_short(0x86dd, &o, o.n - 1);
	/* no next header */
	o.n = 0;
	packets_ipv6(&o, 59, 0);
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.protocol, 59);
}

/* How many headers, labels, packets stand in each other has an end. */
static void
test_bombs(void)
{
	struct packets_octets o = { 0 };

	for (size_t n = 1; n < 12; n++) {
		o.n = 0;
		packets_ipv6(&o, 60, n * 8 + 20);
		for (size_t i = 1; i <= n; i++)
			PACKETS_PUT(&o, i < n ? 60 : 6, 0, 1, 4, 0, 0, 0, 0);
		packets_tcp(&o);
		CU_ASSERT_EQUAL(
		    open_all(0x86dd, &o), n <= 8 ? LAYER_DONE : LAYER_BROKEN);
	}
	for (size_t depth = 1; depth < 40; depth++) {
		o.n = 0;
		for (size_t i = depth; i-- > 0;)
			packets_ipv4(&o, i > 0 ? 4 : 1, i * 20);
		CU_ASSERT_EQUAL(open_all(0x0800, &o),
		    depth <= 8 ? LAYER_DONE : LAYER_BROKEN);
	}
	o.n = 0;
	for (size_t i = 40; i-- > 0;)
		packets_ipv6(&o, 41, i * 40);
	CU_ASSERT_EQUAL(open_all(0x86dd, &o), LAYER_BROKEN);
	o.n = 0;
	packets_fill(&o, 0, 400); /* labels without a bottom */
	CU_ASSERT_EQUAL(open_all(0x8847, &o), LAYER_BROKEN);
}

/* A mirrored frame: its own addresses and tags count, and its flow. */
static void
test_mirrored(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 47, 16 + 18 + 40);
	/* GRE with a sequence number; ERSPAN II, VLAN 3 */
	PACKETS_PUT(
	    &o, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 3, 0, 7, 0, 0, 0, 9);
	packets_macs(&o);
	PACKETS_PUT(&o, 0x81, 0, 0, 5, 8, 0);
	packets_ipv4(&o, 6, 20);
	packets_tcp(&o);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.place.vlans, 2);
	CU_ASSERT_EQUAL(pk.place.vlan[0], 3);
	CU_ASSERT_EQUAL(pk.place.vlan[1], 5);
	CU_ASSERT(memcmp(pk.place.mac, o.p + 36, 12) == 0);
	CU_ASSERT_PTR_EQUAL(pk.ip, o.p + 54);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(counts.tunnels, 1);
	CU_ASSERT_EQUAL(counts.v4, 2);
	CU_ASSERT_EQUAL(open_it(0x0800, o.p, 70, o.n), LAYER_CUT);
	/* GOOSE in VXLAN: no IP any more */
	o.n = 0;
	packets_ipv4(&o, 17, 8 + 8 + 17);
	PACKETS_PUT(&o, 0x9c, 0x40, 0x12, 0xb5, 0, 33, 0, 0);
	PACKETS_PUT(&o, 8, 0, 0, 0, 0, 0, 5, 0);
	packets_macs(&o);
	PACKETS_PUT(&o, 0x88, 0xb8, 1, 2, 3);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.version, 0);
	CU_ASSERT_EQUAL(pk.ethertype, 0x88b8);
	CU_ASSERT_EQUAL(pk.n, 3);
}

/* Two fragments of IPv4, 24 octets each, the first with the TCP header. */
static void
test_fragments(void)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 6, 24);
	o.p[6] = 0x20; /* more follow */
	packets_tcp(&o);
	PACKETS_PUT(&o, 1, 2, 3, 4);
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_WAIT);
	o.p[6] = 0;
	o.p[7] = 3; /* at 24 */
	CU_ASSERT_EQUAL(open_all(0x0800, &o), LAYER_DONE);
	CU_ASSERT_EQUAL(pk.dport, 2404);
	CU_ASSERT_EQUAL(pk.n, 28);
	CU_ASSERT_EQUAL(counts.tcp, 1);
	CU_ASSERT_EQUAL(fragments_counts(fragments)->whole, 1);
}

/* A datagram in fragments, of which the whole is a fragment again. */
static void
test_fragments_inside(void)
{
	struct packets_octets o = { 0 };
	enum layer last = LAYER_WAIT;

	for (uint8_t i = 0; i < 2; i++) {
		for (uint8_t half = 0; half < 2; half++) {
			o.n = 0;
			packets_ipv6(&o, 44, 8 + 24);
			PACKETS_PUT(&o, 44, 0, 0, (uint8_t)(half * 24 | !half),
			    0, 0, 1, i);
			/* the inner fragment's header and 40 octets of it */
			if (half == 0)
				PACKETS_PUT(&o, 17, 0, 0,
				    (uint8_t)(i * 40 | !i), 0, 0, 0, 9);
			packets_fill(
			    &o, (uint8_t)(i * 2 + half), half ? 24 : 16);
			last = open_all(0x86dd, &o);
		}
		CU_ASSERT_EQUAL(last, i == 0 ? LAYER_WAIT : LAYER_BROKEN);
	}
	/* UDP with a length of 0 is broken, but it is the right datagram */
	CU_ASSERT_EQUAL(pk.n, 80);
	CU_ASSERT_EQUAL(pk.p[0], 0);
	CU_ASSERT_EQUAL(pk.p[39], 1);
	CU_ASSERT_EQUAL(pk.p[40], 2);
	CU_ASSERT_EQUAL(pk.p[79], 3);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "TCP", test_tcp },
		{ "TCP header", test_tcp_header },
		{ "IPv4", test_ipv4 },
		{ "UDP", test_udp },
		{ "IPv6", test_ipv6 },
		{ "extension headers", test_extensions },
		{ "depth", test_bombs },
		{ "through tunnels", test_mirrored },
		{ "fragments", test_fragments },
		{ "fragments in fragments", test_fragments_inside },
		CU_TEST_INFO_NULL,
	};
	int failed;

	blocks = blocks_new(4, 4);
	fragments = fragments_new(4, blocks);
	failed = driver_run("ip", tests);
	fragments_free(fragments);
	blocks_free(blocks);
	return failed;
}
