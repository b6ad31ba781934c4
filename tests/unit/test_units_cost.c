/* SPDX-License-Identifier: Apache-2.0 */
/* What octets may cost, large units, datagrams: what an attacker could buy. */
#include <config.h>

#include "tests/unit/units.h"

static uint8_t room[BLOCK_LARGE * 2];

/* A long unit of this kind in room, n octets with its head. */
static const uint8_t *
unit(uint8_t kind, size_t n)
{
	const uint8_t head[] = { 0xe7, kind, (uint8_t)(n >> 8), (uint8_t)n };

	memset(room, 0, n);
	memcpy(room, head, sizeof(head));
	return room;
}

/* As large as a unit may be, in pieces of each size. */
static void
test_large(void)
{
	static const size_t sizes[] = { 1, 7, 999, 1460, 2007, 2008, 2009,
		30000, 65535 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t piece = sizes[i], most = 65535;

		units_start(UNITS_LONG);
		unit(1, most);
		for (size_t at = 0; at < most; at += piece)
			units_put(
			    room + at, most - at < piece ? most - at : piece);
		UNITS_GAVE("L ");
		CU_ASSERT_EQUAL(units.octets, most);
		CU_ASSERT(units.probes <= 8);
		CU_ASSERT_EQUAL(units_blocks_out(), 0);
		units_stop();
	}
}

/* Without a block the unit is lost, the flow is not. */
static void
test_no_blocks(void)
{
	uint32_t taken[UNITS_SMALL + UNITS_LARGE + 1];
	int n = 0;

	units_start(UNITS_LONG);
	units_put(unit(1, 10), 10);
	while ((taken[n] = blocks_get(units.blocks, 1)) != BLOCK_NONE)
		n++;
	units_put(unit(1, 10), 5);
	CU_ASSERT_EQUAL(units.counts->refused, 1);
	CU_ASSERT_EQUAL(units.flow->flags & FLOW_GAPPED, FLOW_GAPPED);
	units_put(room + 5, 5);
	units_put(unit(1, 10), 10);
	UNITS_GAVE("L L ");
	/* a small one is there, a large one is not */
	blocks_put(units.blocks, taken[0]);
	units_put(unit(1, 5000), 1000);
	units_put(room + 1000, 2000);
	CU_ASSERT_EQUAL(units.counts->refused, 2);
	CU_ASSERT_EQUAL(units.half->pending, BLOCK_NONE);
	units_put(room + 3000, 2000);
	units_put(unit(1, 10), 10);
	UNITS_GAVE("L L L ");
	while (n-- > 1)
		blocks_put(units.blocks, taken[n]);
	units_stop();
}

/*
 * What looks like a unit of 60,000 octets where one is looked for, in segments
 * of one octet: each asks a few hundred octets again, not all of them.
 */
static void
test_one_octet_segments(void)
{
	for (int claimed = 0; claimed < 2; claimed++) {
		size_t n = 30000;

		units_start(claimed ? UNITS_LONG : 9999);
		if (claimed)
			units_put(unit(1, 10), 10);
		units.half->flags |= HALF_SEARCH;
		units_put("?", 1);
		units.probes = 0;
		unit(0, 60000);
		for (size_t i = 0; i < n; i++)
			units_put(room + i, 1);
		CU_ASSERT(units.probes < n * 700);
		CU_ASSERT(
		    units.half->pending == BLOCK_NONE ||
		    blocks_at(units.blocks, units.half->pending)->n <= 4096);
		/* and it does not wait for ever */
		units_put(unit(1, 10), 10);
		CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "L "));
		units_stop();
	}
}

/* The same with a head at every fourth octet, which all fail in turn. */
static void
test_many_heads(void)
{
	size_t n = 30000;

	units_start(UNITS_LONG);
	units_put(unit(1, 10), 10);
	units_put("?", 1);
	units.probes = 0;
	for (size_t i = 0; i < n; i += 4) {
		uint16_t len = (uint16_t)(4000 - i % 2000);
		const uint8_t head[] = { 0xe7, 0, (uint8_t)(len >> 8),
			(uint8_t)len };

		for (size_t k = 0; k < 4; k++)
			units_put(head + k, 1);
	}
	CU_ASSERT(units.probes < n * 1500);
	units_stop();
}

/* Units that cannot be read, each inside of the one before. */
static void
check_nested(size_t piece)
{
	size_t n = 60000;

	units_start(UNITS_LONG);
	units_put(unit(1, 10), 10);
	memset(room, 0, n);
	for (size_t i = 0; i + 4 <= n; i += 4) {
		size_t len = n - i < 4000 ? n - i : 4000;
		const uint8_t head[] = { 0xe7, 2, (uint8_t)(len >> 8),
			(uint8_t)len };

		memcpy(room + i, head, sizeof(head));
	}
	units.octets = 0;
	for (size_t i = 0; i < n; i += piece)
		units_put(room + i, piece);
	CU_ASSERT(units.octets > n / 2);
	CU_ASSERT(units.octets < 8 * n);
	units_stop();
}

static void
test_nested(void)
{
	check_nested(100);
	check_nested(4);
}

/* A real unit inside of one that only seemed to be one. */
static void
test_inside(void)
{
	units_start(UNITS_LONG);
	unit(1, 10);
	memcpy(room + 10, "\xe7\x02\x00\x20........", 12);
	memcpy(room + 22, "\xe7\x01\x00\x20", 4);
	memset(room + 26, 0, 28);
	memcpy(room + 54, "\xe7\x01\x00\x05!", 5);
	units_put(room, 59);
	UNITS_GAVE("L m32 L L ");
	CU_ASSERT_EQUAL(units.counts->resyncs, 1);
	/* one that ends before it does is a part of it */
	units.n = 0;
	memcpy(room + 10, "\xe7\x02\x00\x20........\xe7\x01\x00\x06..", 18);
	memset(room + 28, 0, 14);
	units_put(room + 10, 32);
	units_put(unit(1, 10), 10);
	UNITS_GAVE("m32 L ");
	units_stop();
}

static void
test_datagrams(void)
{
	units_start(UNITS_LONG);
	units.flow->protocol = 17;
	CU_ASSERT_FALSE(units_datagram(units.units, units.flow, 0,
	    (const uint8_t *)"nothing", 7, 7, &units.at));
	unit(1, 10);
	memcpy(room + 10, "\xe7\x01\x00\x06......", 10);
	/* two units, and 3 octets that are none */
	CU_ASSERT_TRUE(units_datagram(
	    units.units, units.flow, 0, room, 19, 19, &units.at));
	UNITS_GAVE("L L m3 ");
	CU_ASSERT_EQUAL(units.claimed, 1);
	/* cut in the second unit; cut before the third */
	units.n = 0;
	units_datagram(units.units, units.flow, 1, room, 12, 16, &units.at);
	UNITS_GAVE("L Lt2/6 ");
	units.n = 0;
	units_datagram(units.units, units.flow, 0, room, 16, 18, &units.at);
	UNITS_GAVE("L L Lt0/2 ");
	/* a unit that ends behind the datagram */
	units.n = 0;
	units_datagram(units.units, units.flow, 0, room, 8, 8, &units.at);
	UNITS_GAVE("m8 ");
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	units_stop();
	/* it only looks like one: the port says so, or nothing does */
	units_start(UNITS_LONG);
	CU_ASSERT_TRUE(units_datagram(
	    units.units, units.flow, 0, unit(0, 10), 10, 10, &units.at));
	units_stop();
	units_start(9999);
	CU_ASSERT_FALSE(units_datagram(
	    units.units, units.flow, 0, unit(0, 10), 10, 10, &units.at));
	units_stop();
}

static void
test_ethertypes(void)
{
	units_start(UNITS_HOME);
	CU_ASSERT_FALSE(units_ethertype(
	    units.units, 0x88b8, unit(1, 10), 10, 10, &units.at));
	/* padding behind it is no part of it */
	CU_ASSERT_TRUE(units_ethertype(
	    units.units, UNITS_LONG, unit(1, 10), 46, 46, &units.at));
	UNITS_GAVE("L ");
	CU_ASSERT_EQUAL(units.octets, 10);
	units.n = 0;
	units_ethertype(units.units, UNITS_LONG, room, 6, 46, &units.at);
	units_ethertype(units.units, UNITS_LONG, room, 0, 46, &units.at);
	UNITS_GAVE("Lt6/10 Lt0/46 ");
	units.n = 0;
	units_ethertype(
	    units.units, UNITS_LONG, (const uint8_t *)"?", 1, 1, &units.at);
	units_ethertype(
	    units.units, UNITS_LONG, unit(1, 90), 46, 46, &units.at);
	UNITS_GAVE("m1 m46 ");
	CU_ASSERT_EQUAL(units.claimed, 0);
	units_stop();
}

/* Junk, heads and gaps as they come: it ends, and no block is lost. */
static void
test_noise(void)
{
	static const uint8_t heads[] = { 0xe7, 0, 0, 12, 0xe7, 1, 0, 9, 0x68, 4,
		1, 0, 2, 0, 0x68, 14, 0, 0, 0xe7, 2, 0, 40 };
	uint32_t random = 5;

	for (unsigned round = 0; round < 300; round++) {
		units_start(round % 2 ? UNITS_LONG : UNITS_HOME);
		for (unsigned i = 0; i < 100; i++) {
			uint8_t p[80];

			random = random * 1103515245 + 12345;
			for (size_t k = 0; k < sizeof(p); k++)
				p[k] =
				    heads[(random >> 20) % 19 * (k % 3 != 0) +
				          k % 4 * ((random >> k % 29) & 1)];
			if ((random >> 10) % 5 == 0)
				units_lose((random >> 15) % 99);
			units_put(p, 1 + (random >> 8) % sizeof(p));
		}
		units_stop();
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "large units", test_large },
		{ "no blocks", test_no_blocks },
		{ "segments of one octet", test_one_octet_segments },
		{ "many heads", test_many_heads },
		{ "nested units", test_nested },
		{ "a unit inside", test_inside },
		{ "datagrams", test_datagrams },
		{ "ethertypes", test_ethertypes },
		{ "noise", test_noise },
		CU_TEST_INFO_NULL,
	};

	return driver_run("units: cost", tests);
}
