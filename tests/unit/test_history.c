/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of TCP octets: what is compared, what is forgotten. */
#include <config.h>

#include "sensor/history.h"
#include "tests/unit/packets.h"

#define RING 4096

static struct history *history;
static uint32_t last[3]; /* one stream each */

static void
start(size_t size)
{
	history = history_new(size);
	memset(last, 0, sizeof(last));
	CU_ASSERT_PTR_NOT_NULL_FATAL(history);
}

/* The octet at a sequence number of a stream. */
static uint8_t
octet(uint32_t owner, uint32_t seq)
{
	return (uint8_t)(seq * 31 + owner * 7);
}

static void
fill(uint8_t *p, uint32_t owner, uint32_t seq, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = octet(owner, seq + (uint32_t)i);
}

static void
put(uint32_t owner, uint32_t seq, size_t n)
{
	uint8_t p[RING];

	fill(p, owner, seq, n);
	history_put(history, &last[owner], owner, seq, p, n);
}

/* How many octets were compared; -1 when they were not the same. */
static int
compare(uint32_t owner, uint32_t seq, size_t n)
{
	uint8_t p[RING];
	size_t differs, done;

	fill(p, owner, seq, n);
	done =
	    history_compare(history, last[owner], owner, seq, p, n, &differs);
	return differs == n ? (int)done : -1;
}

static bool
ends(uint32_t owner, uint32_t seq)
{
	return history_ends(history, last[owner], owner, seq);
}

static void
test_compare(void)
{
	uint8_t p[30];
	size_t differs;

	start(RING);
	CU_ASSERT_EQUAL(compare(0, 0, 10), 0);
	put(0, 100, 10);
	put(1, 100, 10);
	put(0, 110, 10);
	CU_ASSERT_EQUAL(compare(0, 100, 20), 20);
	CU_ASSERT_EQUAL(compare(0, 95, 30), 20);
	CU_ASSERT_EQUAL(compare(0, 105, 10), 10);
	CU_ASSERT_EQUAL(compare(0, 80, 20), 0);
	CU_ASSERT_EQUAL(compare(0, 120, 20), 0);
	CU_ASSERT_EQUAL(compare(1, 90, 20), 10);
	/* the first of two that differ, in either piece */
	fill(p, 0, 95, sizeof(p));
	p[6] ^= 1;
	p[22] ^= 1;
	history_compare(history, last[0], 0, 95, p, sizeof(p), &differs);
	CU_ASSERT_EQUAL(differs, 6);
	history_compare(history, last[0], 0, 102, p + 7, 23, &differs);
	CU_ASSERT_EQUAL(differs, 15);
	/* the stream went back: what came last is before what came first */
	put(2, 110, 10);
	put(2, 100, 10);
	fill(p, 2, 100, 20);
	p[3] ^= 1;
	p[13] ^= 1;
	history_compare(history, last[2], 2, 100, p, 20, &differs);
	CU_ASSERT_EQUAL(differs, 3);
	/* with no octet in common nothing differs */
	history_compare(history, last[0], 0, 300, p, sizeof(p), &differs);
	CU_ASSERT_EQUAL(differs, sizeof(p));
	history_free(history);
}

static void
test_sequence_wrap(void)
{
	start(RING);
	put(0, UINT32_MAX - 9, 20);
	put(0, 10, 10);
	CU_ASSERT_EQUAL(compare(0, UINT32_MAX - 9, 30), 30);
	CU_ASSERT_EQUAL(compare(0, UINT32_MAX, 2), 2);
	CU_ASSERT_EQUAL(compare(0, UINT32_MAX - 19, 20), 10);
	CU_ASSERT_EQUAL(compare(0, 15, 20), 5);
	CU_ASSERT_TRUE(ends(0, 20));
	CU_ASSERT_FALSE(ends(0, 0));
	history_free(history);
}

/* Round and round: what is told is true, and nothing else is told. */
static void
test_ring_wrap(void)
{
	uint32_t seq[3] = { 0, 1U << 31, UINT32_MAX - 5000 };
	uint32_t random = 1, old;
	size_t n;
	int got;

	start(RING);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t owner = i % 3;

		random = random * 1103515245 + 12345;
		n = 1 + (random >> 16) % 300;
		put(owner, seq[owner], n);
		seq[owner] += (uint32_t)n;
		CU_ASSERT_EQUAL(
		    compare(owner, seq[owner] - (uint32_t)n, n), (int)n);
		old = (random >> 8) % 4000;
		got = compare(owner, seq[owner] - old, old % 200);
		CU_ASSERT(got >= 0 && got <= (int)(old % 200));
		/* nothing that is older than the ring */
		CU_ASSERT_EQUAL(compare(owner, seq[owner] - 9000, 1000), 0);
	}
	history_free(history);
}

/* The ring's own positions turn over as well, after 4 GiB. */
static void
test_position_wrap(void)
{
	static uint8_t p[1 << 22];
	uint32_t other = 0;

	start((size_t)1 << 24);
	/* four a lap but for the first, of which position 0 is none */
	for (unsigned i = 0; i < 3 + 255 * 4; i++)
		history_put(history, &other, 9, i * 4, p, sizeof(p) - 24);
	put(0, 600, 100);
	CU_ASSERT_EQUAL(compare(0, 600, 100), 100);
	put(0, 700, 100);
	CU_ASSERT_EQUAL(compare(0, 600, 200), 200);
	for (unsigned i = 0; i < 4; i++)
		history_put(history, &other, 9, i * 4, p, sizeof(p) - 24);
	CU_ASSERT_EQUAL(compare(0, 600, 200), 0);
	history_free(history);
}

/* Another stream in the place of the first knows nothing of it. */
static void
test_owner(void)
{
	start(RING);
	put(0, 100, 10);
	last[1] = last[0];
	CU_ASSERT_EQUAL(compare(1, 100, 10), 0);
	last[0] = 0;
	CU_ASSERT_EQUAL(compare(0, 100, 10), 0);
	last[0] = 12345; /* no position of a piece */
	CU_ASSERT_EQUAL(compare(0, 100, 10), 0);
	history_free(history);
}

static void
test_sizes(void)
{
	start(0);
	put(0, 100, 10);
	CU_ASSERT_EQUAL(last[0], 0);
	CU_ASSERT_EQUAL(compare(0, 100, 10), 0);
	CU_ASSERT_FALSE(ends(0, 110));
	history_free(history);
	start(RING);
	put(0, 100, RING / 4); /* with its head too much for the ring */
	CU_ASSERT_EQUAL(last[0], 0);
	put(0, 100, 0);
	CU_ASSERT_EQUAL(last[0], 0);
	put(0, 100, RING / 4 - 24);
	CU_ASSERT_EQUAL(compare(0, 100, 1000), 1000);
	/* one comparison looks at so many pieces and no more */
	for (uint32_t i = 0; i < 100; i++)
		put(1, i, 1);
	CU_ASSERT_EQUAL(compare(1, 0, 100), 100);
	history_free(history);
}

/* Where a stream broke off, and went on elsewhere. */
static void
test_ends(void)
{
	start(RING);
	put(0, 100, 10);
	CU_ASSERT_TRUE(ends(0, 110));
	CU_ASSERT_FALSE(ends(0, 100));
	CU_ASSERT_FALSE(ends(0, 109));
	CU_ASSERT_FALSE(ends(0, 111));
	put(0, 200, 10);
	CU_ASSERT_TRUE(ends(0, 110));
	CU_ASSERT_TRUE(ends(0, 210));
	put(0, 110, 10);
	CU_ASSERT_FALSE(ends(0, 110));
	CU_ASSERT_TRUE(ends(0, 120));
	put(0, 190, 10);
	CU_ASSERT_FALSE(ends(0, 200)); /* an older piece has it */
	history_free(history);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "comparison", test_compare },
		{ "sequence wrap", test_sequence_wrap },
		{ "round the ring", test_ring_wrap },
		{ "positions wrap", test_position_wrap },
		{ "owners", test_owner },
		{ "sizes", test_sizes },
		{ "where it broke off", test_ends },
		CU_TEST_INFO_NULL,
	};

	return driver_run("history", tests);
}
