/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of blocks: sizes, caps, and that all of them come back. */
#include <config.h>

#include "tests/unit/packets.h"

static void
test_sizes(void)
{
	struct blocks *b = blocks_new(2, 1);
	uint32_t small = blocks_get(b, 1);
	uint32_t most = blocks_get(b, BLOCK_SMALL_DATA);
	uint32_t large;

	CU_ASSERT_NOT_EQUAL(small, BLOCK_NONE);
	CU_ASSERT_NOT_EQUAL(most, BLOCK_NONE);
	CU_ASSERT_NOT_EQUAL(small, most);
	CU_ASSERT_EQUAL(blocks_room(small), BLOCK_SMALL_DATA);
	CU_ASSERT_EQUAL(blocks_room(most), BLOCK_SMALL_DATA);
	blocks_put(b, most);
	large = blocks_get(b, BLOCK_SMALL_DATA + 1);
	CU_ASSERT_NOT_EQUAL(large, BLOCK_NONE);
	CU_ASSERT_EQUAL(blocks_room(large), BLOCK_LARGE);
	CU_ASSERT_EQUAL(blocks_get(b, BLOCK_LARGE + 1), BLOCK_NONE);
	CU_ASSERT_EQUAL(blocks_refused(b), 1);
	blocks_free(b);
}

/* When no small one is left a large one does; then it is refused. */
static void
test_caps(void)
{
	struct blocks *b = blocks_new(1, 1);
	uint32_t small = blocks_get(b, 1), large = blocks_get(b, 1);

	CU_ASSERT_EQUAL(blocks_room(small), BLOCK_SMALL_DATA);
	CU_ASSERT_EQUAL(blocks_room(large), BLOCK_LARGE);
	CU_ASSERT_EQUAL(blocks_get(b, 1), BLOCK_NONE);
	CU_ASSERT_EQUAL(blocks_get(b, BLOCK_LARGE), BLOCK_NONE);
	CU_ASSERT_EQUAL(blocks_refused(b), 2);
	blocks_put(b, BLOCK_NONE);
	CU_ASSERT_EQUAL(blocks_get(b, 1), BLOCK_NONE);
	blocks_put(b, large);
	CU_ASSERT_EQUAL(blocks_get(b, BLOCK_LARGE), large);
	blocks_put(b, small);
	CU_ASSERT_EQUAL(blocks_get(b, 1), small);
	blocks_free(b);
}

/* Octets of one are never those of another; a used one comes back clean. */
static void
test_apart(void)
{
	struct blocks *b = blocks_new(3, 2);
	uint32_t i[5];

	for (unsigned k = 0; k < 5; k++) {
		i[k] = blocks_get(b, k < 3 ? 1 : BLOCK_LARGE);
		CU_ASSERT_NOT_EQUAL_FATAL(i[k], BLOCK_NONE);
		blocks_at(b, i[k])->n = 7;
		blocks_at(b, i[k])->lost = 7;
		blocks_at(b, i[k])->next = i[0];
		memset(blocks_at(b, i[k])->data, (int)k, blocks_room(i[k]));
	}
	for (unsigned k = 0; k < 5; k++) {
		const struct block *block = blocks_at(b, i[k]);

		CU_ASSERT_EQUAL(block->n, 7);
		CU_ASSERT_EQUAL(block->data[0], k);
		CU_ASSERT_EQUAL(block->data[blocks_room(i[k]) - 1], k);
	}
	blocks_put(b, i[2]);
	CU_ASSERT_EQUAL(blocks_get(b, 1), i[2]);
	CU_ASSERT_EQUAL(blocks_at(b, i[2])->n, 0);
	CU_ASSERT_EQUAL(blocks_at(b, i[2])->lost, 0);
	CU_ASSERT_EQUAL(blocks_at(b, i[2])->next, BLOCK_NONE);
	blocks_free(b);
}

static void
test_count(void)
{
	struct blocks *b = blocks_new(64, 4);
	uint32_t one;

	CU_ASSERT_EQUAL(packets_free_blocks(b), 68);
	one = blocks_get(b, 1);
	CU_ASSERT_EQUAL(packets_free_blocks(b), 67);
	blocks_put(b, one);
	CU_ASSERT_EQUAL(packets_free_blocks(b), 68);
	blocks_free(b);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "small and large", test_sizes },
		{ "caps are counted", test_caps },
		{ "blocks are apart", test_apart },
		{ "all come back", test_count },
		CU_TEST_INFO_NULL,
	};

	return driver_run("blocks", tests);
}
