/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that came too early: sorted, without overlap, the first wins. */
#include <config.h>

#include "sensor/held.h"
#include "tests/unit/packets.h"

#define SMALL 16
#define LARGE 2
#define SPAN 64

static struct blocks *blocks;
static uint32_t chain;
static uint8_t count;
static unsigned refused;

/* What came again. */
static struct {
	struct held_sink sink;
	unsigned n, octets, different;
	uint32_t seq;
} common;

static void
on_common(struct held_sink *sink, const struct piece *p, size_t differs)
{
	CU_ASSERT_PTR_EQUAL(sink, &common.sink);
	CU_ASSERT(p->n > 0 && differs <= p->n);
	common.n++;
	common.octets += p->n;
	common.different += differs < p->n;
	common.seq = p->seq;
}

static void
start(void)
{
	blocks = blocks_new(SMALL, LARGE);
	chain = BLOCK_NONE;
	count = 0;
	refused = 0;
	memset(&common, 0, sizeof(common));
	common.sink.common = on_common;
}

static void
stop(void)
{
	held_drop(blocks, &chain, &count);
	CU_ASSERT_EQUAL(chain, BLOCK_NONE);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_EQUAL(packets_free_blocks(blocks), SMALL + LARGE);
	blocks_free(blocks);
}

/* n octets of v, and lost ones behind. */
static void
put(uint32_t seq, uint32_t n, uint32_t lost, uint8_t v, uint32_t cap)
{
	static uint8_t p[BLOCK_LARGE + 1];
	const struct stream_at at = { .frame = seq,
		.mac = { [11] = (uint8_t)seq },
		.vlans = 1,
		.vlan = { (uint16_t)seq } };
	struct piece piece = { seq, p, n, lost, &at };

	memset(p, v, n);
	refused +=
	    held_insert(blocks, &chain, &count, cap, &piece, &common.sink);
}

/*
 * The octets from base on as they would be given out: '.' what is missing, '?'
 * what was cut.  Says also whether the chain is in order and counted.
 */
static const char *
shown(uint32_t base)
{
	static char s[SPAN + 1];
	uint32_t end = base, n = 0;

	memset(s, '.', SPAN);
	s[SPAN] = '\0';
	for (uint32_t i = chain; i != BLOCK_NONE;
	     i = blocks_at(blocks, i)->next) {
		const struct block *b = blocks_at(blocks, i);

		CU_ASSERT(held_ahead(b->seq, end) >= 0);
		CU_ASSERT(b->n + b->lost > 0);
		end = b->seq + b->n + b->lost;
		CU_ASSERT_FATAL(end - base <= SPAN);
		memcpy(s + (b->seq - base), b->data, b->n);
		memset(s + (b->seq - base) + b->n, '?', b->lost);
		n++;
	}
	CU_ASSERT_EQUAL(n, count);
	s[end - base] = '\0';
	return s;
}

static void
test_order(void)
{
	start();
	put(20, 5, 0, 'b', 9);
	put(5, 5, 0, 'a', 9);
	put(30, 5, 0, 'c', 9);
	CU_ASSERT_STRING_EQUAL(shown(0), ".....aaaaa..........bbbbb.....ccccc");
	put(25, 5, 0, 'd', 9);
	CU_ASSERT_STRING_EQUAL(shown(0), ".....aaaaa..........bbbbbdddddccccc");
	CU_ASSERT_EQUAL(common.n, 0);
	CU_ASSERT_EQUAL(blocks_at(blocks, chain)->at.frame, 5);
	/* what waits keeps the packet in which it came */
	CU_ASSERT_EQUAL(blocks_at(blocks, chain)->at.mac[11], 5);
	CU_ASSERT_EQUAL(blocks_at(blocks, chain)->at.vlan[0], 5);
	stop();
}

/* Every place that a second segment of every length may have. */
static void
test_overlaps(void)
{
	for (uint32_t seq = 0; seq < 24; seq++) {
		for (uint32_t n = 1; n < 24; n++) {
			uint32_t again = 0;
			char want[SPAN + 1];
			const char *s;

			start();
			put(4, 4, 0, 'a', 9);
			put(12, 4, 0, 'b', 9);
			put(seq, n, 0, 'x', 9);
			s = shown(0);
			memset(want, '.', SPAN);
			memset(want + seq, 'x', n);
			memset(want + 4, 'a', 4);
			memset(want + 12, 'b', 4);
			want[seq + n > 16 ? seq + n : 16] = '\0';
			CU_ASSERT_STRING_EQUAL(s, want);
			for (uint32_t i = seq; i < seq + n; i++)
				again +=
				    (i >= 4 && i < 8) || (i >= 12 && i < 16);
			CU_ASSERT_EQUAL(common.octets, again);
			CU_ASSERT_EQUAL(common.different, common.n);
			stop();
		}
	}
}

/* A copy says nothing; one octet that is another is told of. */
static void
test_common(void)
{
	const struct stream_at at = { .frame = 1 };
	struct piece p = { 12, (const uint8_t *)"aaaaaaaa", 8, 0, &at };

	start();
	put(10, 8, 0, 'a', 9);
	put(10, 8, 0, 'a', 9);
	CU_ASSERT_EQUAL(common.octets, 8);
	CU_ASSERT_EQUAL(common.different, 0);
	put(14, 1, 0, 'b', 9);
	CU_ASSERT_EQUAL(common.different, 1);
	CU_ASSERT_EQUAL(common.seq, 14);
	CU_ASSERT_STRING_EQUAL(shown(10), "aaaaaaaa");
	common.octets = 0;
	held_compare(blocks, chain, &p, &common.sink);
	CU_ASSERT_EQUAL(common.octets, 6);
	CU_ASSERT_STRING_EQUAL(shown(10), "aaaaaaaa");
	stop();
}

/* What the capture cut off holds its place, and is compared with nothing. */
static void
test_cut(void)
{
	start();
	put(10, 4, 4, 'a', 9);
	put(16, 6, 0, 'b', 9);
	CU_ASSERT_STRING_EQUAL(shown(10), "aaaa????bbbb");
	CU_ASSERT_EQUAL(common.n, 0);
	put(6, 2, 20, 'c', 9);
	CU_ASSERT_STRING_EQUAL(shown(6), "cc??aaaa????bbbb??????");
	put(28, 0, 3, 'd', 9);
	CU_ASSERT_STRING_EQUAL(shown(6), "cc??aaaa????bbbb?????????");
	stop();
}

static void
test_sequence_wrap(void)
{
	uint32_t base = UINT32_MAX - 9;

	start();
	put(base + 20, 5, 0, 'c', 9);
	put(base + 2, 4, 0, 'a', 9);
	put(base + 4, 12, 0, 'b', 9);
	CU_ASSERT_STRING_EQUAL(shown(base), "..aaaabbbbbbbbbb....ccccc");
	put(base + 1, 30, 0, 'd', 9);
	CU_ASSERT_STRING_EQUAL(shown(base), ".daaaabbbbbbbbbbddddcccccdddddd");
	stop();
}

/* When no more may wait, the farthest goes; what is farthest stays out. */
static void
test_caps(void)
{
	uint32_t taken[SMALL + LARGE], n = 0;

	start();
	put(10, 2, 0, 'a', 2);
	put(30, 2, 0, 'b', 2);
	put(40, 2, 0, 'c', 2);
	CU_ASSERT_EQUAL(refused, 1);
	CU_ASSERT_STRING_EQUAL(shown(10), "aa..................bb");
	put(20, 2, 0, 'd', 2);
	CU_ASSERT_EQUAL(refused, 2);
	CU_ASSERT_STRING_EQUAL(shown(10), "aa........dd");
	/* in three parts around what is there: the last finds no room */
	put(5, 30, 0, 'e', 3);
	CU_ASSERT_EQUAL(refused, 4);
	CU_ASSERT_STRING_EQUAL(shown(5), "eeeeeaaeeeeeeee");
	stop();
	start();
	put(10, 2, 0, 'a', 9);
	while ((taken[n] = blocks_get(blocks, 1)) != BLOCK_NONE)
		n++;
	put(20, 2, 0, 'b', 9);
	CU_ASSERT_EQUAL(refused, 1);
	CU_ASSERT_STRING_EQUAL(shown(10), "aa");
	put(5, 2, 0, 'c', 9);
	CU_ASSERT_EQUAL(refused, 2);
	CU_ASSERT_STRING_EQUAL(shown(5), "cc");
	while (n-- > 0)
		blocks_put(blocks, taken[n]);
	stop();
	/* one that no block has room for does not cost all that waits */
	start();
	for (uint32_t i = 0; i < 5; i++)
		put(90000 + 2 * i, 1, 0, 'a', 9);
	taken[0] = blocks_get(blocks, BLOCK_LARGE);
	taken[1] = blocks_get(blocks, BLOCK_LARGE);
	put(10, BLOCK_SMALL, 0, 'd', 9);
	CU_ASSERT_STRING_EQUAL(shown(90000), "a.a.a");
	CU_ASSERT_EQUAL(refused, 3);
	blocks_put(blocks, taken[0]);
	blocks_put(blocks, taken[1]);
	stop();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "order", test_order },
		{ "overlaps of all kinds", test_overlaps },
		{ "what came again", test_common },
		{ "cut segments", test_cut },
		{ "sequence wrap", test_sequence_wrap },
		{ "caps", test_caps },
		CU_TEST_INFO_NULL,
	};

	return driver_run("held", tests);
}
