/* SPDX-License-Identifier: Apache-2.0 */
/* Second copies of a frame: the window, the clock, what makes a copy. */
#include <config.h>

#include "sensor/seen.h"
#include "tests/unit/packets.h"

#define WINDOW_MS 5
#define MS 1000000

static const uint64_t key[2] = { 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1 };
static const uint8_t macs[2][12] = { { 1 }, { 2 } };
static struct seen *seen;

static bool
came(const struct packets_octets *o, uint16_t ethertype, time_t s, long ns)
{
	struct packet pk = packets_whole(o);

	pk.place.at = (struct timespec){ s, ns };
	pk.ethertype = ethertype;
	memcpy(pk.place.mac, macs[0], sizeof(pk.place.mac));
	seen_hash(seen, &pk);
	return seen_before(seen, &pk);
}

/* UDP with a number in it, and padding behind. */
static struct packets_octets
datagram(uint8_t number, size_t padding)
{
	struct packets_octets o = { 0 };

	packets_ipv4(&o, 17, 9);
	PACKETS_PUT(&o, 0, 1, 0, 2, 0, 9, 0, 0, number);
	packets_fill(&o, (uint8_t)padding, padding);
	return o;
}

static void
test_window(void)
{
	struct packets_octets a = datagram(1, 0), b = datagram(2, 0);

	seen = seen_new(64, WINDOW_MS, key);
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_TRUE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_TRUE(came(&a, 0x0800, 10, 5 * MS));
	CU_ASSERT_FALSE(came(&b, 0x0800, 10, 5 * MS));
	/* counted from the first */
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 6 * MS));
	CU_ASSERT_TRUE(came(&a, 0x0800, 10, 11 * MS));
	/* over the turn of a second */
	CU_ASSERT_FALSE(came(&a, 0x0800, 20, 999 * MS));
	CU_ASSERT_TRUE(came(&a, 0x0800, 21, 2 * MS));
	seen_free(seen);
}

/* What does not end is no copy that a tap made. */
static void
test_flood(void)
{
	struct packets_octets a = datagram(1, 0);
	int copies = 0;

	seen = seen_new(64, WINDOW_MS, key);
	for (int i = 0; i < 40; i++)
		copies += came(&a, 0x0800, 10, i * MS / 10);
	CU_ASSERT_EQUAL(copies, 39);
	/* a pause, and it begins anew */
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 500 * MS));
	CU_ASSERT_TRUE(came(&a, 0x0800, 10, 501 * MS));
	copies = 0;
	for (int i = 0; i < 200; i++)
		copies += came(&a, 0x0800, 20, i * MS);
	CU_ASSERT_EQUAL(copies, 64);
	seen_free(seen);
}

static void
test_clock(void)
{
	struct packets_octets a = datagram(1, 0);

	seen = seen_new(64, WINDOW_MS, key);
	/* two ports of one mirror: the copy may bear the earlier time */
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 4 * MS));
	CU_ASSERT_TRUE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_TRUE(came(&a, 0x0800, 9, 999 * MS + 1));
	CU_ASSERT_FALSE(came(&a, 0x0800, 9, 998 * MS));
	/* 2^32 microseconds, 2^32 milliseconds later: sent again */
	CU_ASSERT_FALSE(came(&a, 0x0800, 100, 0));
	CU_ASSERT_FALSE(came(&a, 0x0800, 4394, 967296000));
	CU_ASSERT_FALSE(came(&a, 0x0800, 4394 + 4294967, 263296000));
	seen_free(seen);
}

static void
test_octets(void)
{
	struct packets_octets a = datagram(1, 0), b = datagram(1, 20), c;
	struct packet pk;

	seen = seen_new(64, WINDOW_MS, key);
	/* padding is no part of an IP packet */
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_TRUE(came(&b, 0x0800, 10, 0));
	/* another ethertype; there it is one, and so are the addresses */
	CU_ASSERT_FALSE(came(&a, 0x88b8, 10, 0));
	CU_ASSERT_FALSE(came(&b, 0x88b8, 10, 0));
	CU_ASSERT_TRUE(came(&b, 0x88b8, 10, 0));
	pk = packets_whole(&b);
	pk.place.at.tv_sec = 10;
	pk.ethertype = 0x88b8;
	memcpy(pk.place.mac, macs[1], sizeof(pk.place.mac));
	seen_hash(seen, &pk);
	CU_ASSERT_FALSE(seen_before(seen, &pk));
	/* a routed copy, or one of another port, has other MAC addresses */
	pk.ethertype = 0x0800;
	seen_hash(seen, &pk);
	CU_ASSERT_TRUE(seen_before(seen, &pk));
	/* each octet counts, at every length */
	for (size_t n = 1; n <= 70; n++) {
		c = datagram(0, 0);
		c.n = 0;
		packets_fill(&c, 0, n);
		CU_ASSERT_FALSE(came(&c, 0x88ba, 10, 0));
		for (size_t i = 0; i < n; i++) {
			c.p[i] = 1;
			CU_ASSERT_FALSE(came(&c, 0x88ba, 30 + (time_t)i, 0));
			CU_ASSERT_TRUE(came(&c, 0x88ba, 30 + (time_t)i, 0));
			c.p[i] = 0;
		}
	}
	seen_free(seen);
}

/* No octet makes up for the length: a decoy could hide what comes next. */
static void
test_length(void)
{
	seen = seen_new(4096, WINDOW_MS, key);
	for (size_t n = 1; n <= 70; n++) {
		for (unsigned v = 0; v < 32; v++) {
			struct packets_octets o = { .n = n };

			o.p[0] = (uint8_t)v;
			CU_ASSERT_FALSE(came(&o, 0x88b8, 10, 0));
		}
	}
	seen_free(seen);
}

/* Old ones make room; a table or a window of nothing knows nothing. */
static void
test_caps(void)
{
	struct packets_octets a = datagram(1, 0), o;

	seen = seen_new(2, WINDOW_MS, key);
	for (uint8_t i = 0; i < 3; i++) {
		o = datagram(i, 0);
		CU_ASSERT_FALSE(came(&o, 0x0800, 10, i * 1000));
	}
	o = datagram(1, 0);
	CU_ASSERT_TRUE(came(&o, 0x0800, 10, 4000));
	o = datagram(2, 0);
	CU_ASSERT_TRUE(came(&o, 0x0800, 10, 4000));
	o = datagram(0, 0);
	CU_ASSERT_FALSE(came(&o, 0x0800, 10, 4000));
	seen_free(seen);
	seen = seen_new(0, WINDOW_MS, key);
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	seen_free(seen);
	seen = seen_new(64, 0, key);
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	CU_ASSERT_FALSE(came(&a, 0x0800, 10, 0));
	seen_free(seen);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "window", test_window },
		{ "what comes again and again", test_flood },
		{ "a clock that goes wrong", test_clock },
		{ "what makes a copy", test_octets },
		{ "the length", test_length },
		{ "caps", test_caps },
		CU_TEST_INFO_NULL,
	};

	return driver_run("seen", tests);
}
