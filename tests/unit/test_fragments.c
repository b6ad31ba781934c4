/* SPDX-License-Identifier: Apache-2.0 */
/* IP datagrams in pieces: any order, copies, overlaps, time, eviction. */
#include <config.h>

#include "sensor/fragments.h"
#include "tests/unit/packets.h"

#define CAP 3
#define BLOCKS 8

static const uint8_t ends[2][16] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
static struct blocks *blocks;
static struct fragments *f;
static struct packet pk;
static time_t now;

static void
start(void)
{
	blocks = blocks_new(4, BLOCKS - 4);
	f = fragments_new(CAP, blocks);
	now = 1000;
}

/* After a minute nothing waits, and no block is missing. */
static void
stop(void)
{
	fragments_tick(f, (struct timespec){ .tv_sec = now + 60 });
	/* but the one that the last datagram is in */
	CU_ASSERT(packets_free_blocks(blocks) >= BLOCKS - 1);
	fragments_free(f);
	blocks_free(blocks);
}

/* n octets at offset, which count up from there. */
static bool
put_as(uint8_t version, uint8_t protocol, uint32_t id, size_t offset, size_t n,
    bool more)
{
	static uint8_t p[BLOCK_LARGE + 8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((offset + i) * 7);
	pk = packets_cut(p, n, n);
	pk.place.at.tv_sec = now;
	pk.version = version;
	pk.protocol = protocol;
	pk.src = ends[0];
	pk.dst = ends[1];
	return fragments_put(f, &pk, id, offset, more);
}

static bool
put(uint32_t id, size_t offset, size_t n, bool more)
{
	return put_as(4, 17, id, offset, n, more);
}

static void
check_whole(size_t n)
{
	size_t i = 0;

	CU_ASSERT_EQUAL(pk.n, n);
	while (i < pk.n && pk.p[i] == (uint8_t)(i * 7))
		i++;
	CU_ASSERT_EQUAL(i, n);
}

/* Four fragments in all 24 orders, each of them twice. */
static void
test_orders(void)
{
	static const struct {
		size_t offset, n;
	} part[4] = { { 0, 16 }, { 16, 8 }, { 24, 32 }, { 56, 5 } };
	uint32_t id = 0;

	start();
	for (unsigned order = 0; order < 256; order++) {
		unsigned have = 0, last = order >> 6;

		for (unsigned i = 0; i < 4; i++)
			have |= 1U << (order >> 2 * i & 3);
		if (have != 15)
			continue;
		id++;
		for (unsigned i = 0; i < 3; i++) {
			unsigned k = order >> 2 * i & 3;

			for (int twice = 0; twice < 2; twice++)
				CU_ASSERT_FALSE(
				    put(id, part[k].offset, part[k].n, k < 3));
		}
		CU_ASSERT_TRUE(
		    put(id, part[last].offset, part[last].n, last < 3));
		check_whole(61);
	}
	CU_ASSERT_EQUAL(id, 24);
	CU_ASSERT_EQUAL(fragments_counts(f)->whole, 24);
	CU_ASSERT_EQUAL(fragments_counts(f)->seen, 24 * 7);
	CU_ASSERT_EQUAL(fragments_counts(f)->overlaps, 0);
	stop();
}

/* The same id of another protocol, version or address is another datagram. */
static void
test_keys(void)
{
	start();
	CU_ASSERT_FALSE(put(1, 0, 8, true));
	CU_ASSERT_FALSE(put_as(4, 6, 1, 8, 8, false));
	CU_ASSERT_FALSE(put(2, 8, 8, false));
	CU_ASSERT_TRUE(put(1, 8, 8, false));
	check_whole(16);
	stop();
	start();
	/* IPv6: only the first names the protocol, and it may come last */
	CU_ASSERT_FALSE(put_as(6, 99, 0x12345678, 8, 8, false));
	CU_ASSERT_FALSE(put_as(4, 99, 0x12345678, 0, 8, true));
	CU_ASSERT_TRUE(put_as(6, 17, 0x12345678, 0, 8, true));
	check_whole(16);
	CU_ASSERT_EQUAL(pk.protocol, 17);
	CU_ASSERT_FALSE(put_as(6, 17, 3, 0, 8, true));
	CU_ASSERT_TRUE(put_as(6, 99, 3, 8, 8, false));
	CU_ASSERT_EQUAL(pk.protocol, 17);
	stop();
}

/* What overlaps goes with its datagram, and so does what still comes. */
static void
test_overlaps(void)
{
	static const struct {
		size_t offset, n;
		bool more;
	} bad[] = {
		{ 8, 16, true },   /* half of it is there */
		{ 0, 24, true },   /* more than all of it */
		{ 24, 8, false },  /* a second end */
		{ 48, 8, true },   /* behind the end */
		{ 32, 24, false }, /* over the end */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		start();
		put(1, 0, 16, true);
		put(1, 40, 8, false);
		CU_ASSERT_FALSE(put(1, bad[i].offset, bad[i].n, bad[i].more));
		CU_ASSERT_EQUAL(fragments_counts(f)->overlaps, 1);
		CU_ASSERT_EQUAL(packets_free_blocks(blocks), BLOCKS);
		CU_ASSERT_FALSE(put(1, 16, 24, true));
		CU_ASSERT_FALSE(put(1, 0, 16, true));
		CU_ASSERT_EQUAL(fragments_counts(f)->overlaps, 1);
		CU_ASSERT_EQUAL(fragments_counts(f)->whole, 0);
		stop();
	}
}

/* A copy with other octets is no copy. */
static void
test_false_copy(void)
{
	start();
	put(1, 0, 16, true);
	pk.p = (const uint8_t *)"other octets are";
	pk.n = 16;
	CU_ASSERT_FALSE(fragments_put(f, &pk, 1, 0, true));
	CU_ASSERT_EQUAL(fragments_counts(f)->overlaps, 1);
	CU_ASSERT_FALSE(put(1, 16, 8, false));
	stop();
}

/* The end comes before what was there already: no sum of octets is whole. */
static void
test_end_in_the_middle(void)
{
	start();
	CU_ASSERT_FALSE(put(1, 0, 8, true));
	CU_ASSERT_FALSE(put(1, 96, 8, true));
	CU_ASSERT_FALSE(put(1, 16, 8, false));
	CU_ASSERT_EQUAL(fragments_counts(f)->overlaps, 1);
	CU_ASSERT_EQUAL(fragments_counts(f)->whole, 0);
	stop();
}

/* What cannot be a fragment takes no block. */
static void
test_impossible(void)
{
	start();
	CU_ASSERT_FALSE(put(1, 0, 12, true));
	CU_ASSERT_FALSE(put(1, 0, 0, true));
	CU_ASSERT_FALSE(put(1, BLOCK_LARGE - 8, 16, false));
	pk.lost = 8;
	CU_ASSERT_FALSE(fragments_put(f, &pk, 1, 0, true));
	CU_ASSERT_EQUAL(packets_free_blocks(blocks), BLOCKS);
	/* as far as there is room */
	CU_ASSERT_FALSE(put(1, 0, BLOCK_LARGE - 8, true));
	CU_ASSERT_TRUE(put(1, BLOCK_LARGE - 8, 8, false));
	check_whole(BLOCK_LARGE);
	stop();
}

static void
test_time(void)
{
	start();
	put(1, 0, 8, true);
	now += 30;
	CU_ASSERT_TRUE(put(1, 8, 8, false));
	put(2, 0, 8, true);
	now += 31;
	CU_ASSERT_FALSE(put(2, 8, 8, false));
	CU_ASSERT_EQUAL(fragments_counts(f)->expired, 1);
	/* a clock that was wrong, or is set back */
	now += 1000000;
	put(3, 0, 8, true);
	now -= 1000000;
	CU_ASSERT_FALSE(put(3, 8, 8, false));
	CU_ASSERT_EQUAL(fragments_counts(f)->expired, 3);
	/* without any fragment to come */
	CU_ASSERT_EQUAL(packets_free_blocks(blocks), BLOCKS - 1);
	fragments_tick(f, (struct timespec){ .tv_sec = now + 31 });
	CU_ASSERT_EQUAL(packets_free_blocks(blocks), BLOCKS);
	CU_ASSERT_EQUAL(fragments_counts(f)->expired, 4);
	stop();
}

/* The oldest makes room; a datagram without a block is not put together. */
static void
test_caps(void)
{
	uint32_t taken[BLOCKS];

	start();
	for (uint32_t id = 0; id < CAP; id++) {
		put(id, 0, 8, true);
		now++;
	}
	put(CAP, 0, 8, true);
	CU_ASSERT_EQUAL(fragments_counts(f)->evicted, 1);
	CU_ASSERT_TRUE(put(1, 8, 8, false));
	CU_ASSERT_FALSE(put(0, 8, 8, false));
	CU_ASSERT_EQUAL(fragments_counts(f)->evicted, 1);
	stop();
	start();
	for (int i = 0; i < BLOCKS - 4; i++)
		taken[i] = blocks_get(blocks, BLOCK_LARGE);
	CU_ASSERT_FALSE(put(1, 0, 8, true));
	for (int i = 0; i < BLOCKS - 4; i++)
		blocks_put(blocks, taken[i]);
	CU_ASSERT_FALSE(put(1, 8, 8, false));
	CU_ASSERT_TRUE(put(1, 0, 8, true));
	stop();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "any order, and copies", test_orders },
		{ "whose fragment it is", test_keys },
		{ "overlaps are refused", test_overlaps },
		{ "a copy with other octets", test_false_copy },
		{ "an end in the middle", test_end_in_the_middle },
		{ "impossible fragments", test_impossible },
		{ "time", test_time },
		{ "caps", test_caps },
		CU_TEST_INFO_NULL,
	};

	return driver_run("fragments", tests);
}
