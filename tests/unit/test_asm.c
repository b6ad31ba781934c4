/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of buffers: who holds what, and who makes room. */
#include <config.h>

#include <string.h>

#include "dissectors/asm.h"
#include "tests/driver.h"

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static bool
is(struct bytes b, const char *s)
{
	return b.p != NULL && b.n == strlen(s) && memcmp(b.p, s, b.n) == 0;
}

static struct ctx
flow(struct asm_pool *pool, uint64_t id)
{
	return (struct ctx){ .pool = pool, .flow_id = id };
}

static void
test_pieces(void)
{
	struct asm_pool *pool = asm_new(2, 8);
	struct ctx c = flow(pool, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	CU_ASSERT_PTR_NULL(asm_put(&c, 7, false, text("x")).p);
	CU_ASSERT_PTR_NULL(asm_get(&c, 7).p);
	CU_ASSERT(is(asm_put(&c, 7, true, text("abc")), "abc"));
	CU_ASSERT(is(asm_put(&c, 7, false, text("de")), "abcde"));
	CU_ASSERT(is(asm_get(&c, 7), "abcde"));
	CU_ASSERT(is(asm_put(&c, 7, true, text("f")), "f"));
	CU_ASSERT(is(asm_put(&c, 7, false, text("")), "f"));
	asm_drop(&c, 7);
	asm_drop(&c, 7);
	CU_ASSERT_PTR_NULL(asm_get(&c, 7).p);
	CU_ASSERT_PTR_NULL(asm_put(&c, 7, false, text("x")).p);
	CU_ASSERT_EQUAL(asm_lost(pool), 0);
	asm_free(pool);
}

static void
test_keys_and_flows_apart(void)
{
	struct asm_pool *pool = asm_new(8, 8);
	struct ctx a = flow(pool, 1), b = flow(pool, UINT64_C(1) << 40);

	asm_put(&a, 1, true, text("a1"));
	asm_put(&a, 2, true, text("a2"));
	asm_put(&b, 1, true, text("b1"));
	asm_put(&a, 1, false, text("+"));
	CU_ASSERT(is(asm_get(&a, 1), "a1+"));
	CU_ASSERT(is(asm_get(&a, 2), "a2"));
	CU_ASSERT(is(asm_get(&b, 1), "b1"));
	asm_drop(&a, 1);
	CU_ASSERT_PTR_NULL(asm_get(&a, 1).p);
	CU_ASSERT(is(asm_get(&b, 1), "b1"));
	asm_free(pool);
}

/* With one lease there is one chain, on which all look for theirs. */
static void
test_one_chain(void)
{
	struct asm_pool *pool = asm_new(1, 8);
	struct ctx a = flow(pool, 1), b = flow(pool, 2);

	asm_put(&a, 1, true, text("a1"));
	CU_ASSERT_PTR_NULL(asm_get(&b, 1).p);
	CU_ASSERT_PTR_NULL(asm_get(&a, 2).p);
	asm_drop(&b, 1);
	asm_drop(&a, 2);
	CU_ASSERT(is(asm_get(&a, 1), "a1"));
	asm_free(pool);
}

static void
test_outgrown(void)
{
	struct asm_pool *pool = asm_new(2, 4);
	struct ctx c = flow(pool, 1);

	CU_ASSERT(is(asm_put(&c, 1, true, text("abcd")), "abcd"));
	CU_ASSERT_PTR_NULL(asm_put(&c, 1, false, text("e")).p);
	CU_ASSERT_EQUAL(asm_lost(pool), 1);
	CU_ASSERT_PTR_NULL(asm_get(&c, 1).p);
	CU_ASSERT_PTR_NULL(asm_put(&c, 1, true, text("abcde")).p);
	CU_ASSERT_EQUAL(asm_lost(pool), 2);
	CU_ASSERT(is(asm_put(&c, 1, true, text("ok")), "ok"));
	asm_free(pool);
}

static void
test_oldest_makes_room(void)
{
	struct asm_pool *pool = asm_new(3, 4);
	struct ctx c = flow(pool, 1);

	asm_put(&c, 1, true, text("1"));
	asm_put(&c, 2, true, text("2"));
	asm_put(&c, 3, true, text("3"));
	asm_get(&c, 1); /* now 2 is the oldest */
	asm_put(&c, 4, true, text("4"));
	CU_ASSERT_EQUAL(asm_lost(pool), 1);
	CU_ASSERT_PTR_NULL(asm_put(&c, 2, false, text("x")).p);
	CU_ASSERT(is(asm_get(&c, 1), "1"));
	CU_ASSERT(is(asm_get(&c, 3), "3"));
	CU_ASSERT(is(asm_get(&c, 4), "4"));
	asm_drop(&c, 3); /* there is room now */
	asm_put(&c, 5, true, text("5"));
	CU_ASSERT_EQUAL(asm_lost(pool), 1);
	asm_put(&c, 6, true, text("6"));
	CU_ASSERT_EQUAL(asm_lost(pool), 2);
	CU_ASSERT_PTR_NULL(asm_get(&c, 1).p);
	asm_free(pool);
}

static void
test_edit(void)
{
	struct asm_pool *pool = asm_new(2, 8);
	struct ctx c = flow(pool, 1);

	CU_ASSERT_FALSE(asm_edit(&c, 1, 0, text("")));
	asm_put(&c, 1, true, text("abcdef"));
	CU_ASSERT(asm_edit(&c, 1, 1, text("XY")));
	CU_ASSERT(is(asm_get(&c, 1), "aXYdef"));
	CU_ASSERT(asm_edit(&c, 1, 4, text("ZZ")));
	CU_ASSERT_FALSE(asm_edit(&c, 1, 5, text("ZZ")));
	CU_ASSERT_FALSE(asm_edit(&c, 1, SIZE_MAX, text("Z")));
	CU_ASSERT(is(asm_get(&c, 1), "aXYdZZ"));
	asm_free(pool);
}

/* A block within an HDLC message: the piece is a view into another lease. */
static void
test_piece_of_a_lease(void)
{
	struct asm_pool *pool = asm_new(1, 8);
	struct ctx c = flow(pool, 1);
	struct bytes b = asm_put(&c, 1, true, text("abcdef"));

	b.p += 2;
	b.n -= 2;
	CU_ASSERT(is(asm_put(&c, 2, true, b), "cdef"));
	CU_ASSERT_EQUAL(asm_lost(pool), 1);
	asm_free(pool);
}

/* One flow begins messages that never end; the others keep theirs. */
static void
test_share(void)
{
	enum { LEASES = 64, SHARE = 8, MANY = 1000 };
	struct asm_pool *pool = asm_new(LEASES, 8);
	struct ctx a = flow(pool, 1), b = flow(pool, 2);

	asm_put(&b, 1, true, text("b"));
	CU_ASSERT_FALSE(asm_robbed(&a));
	for (uint32_t key = 0; key < MANY; key++)
		asm_put(&a, key, true, text("a"));
	CU_ASSERT_EQUAL(asm_lost(pool), MANY - SHARE);
	/* nobody took them away: it cannot hide behind what it began */
	CU_ASSERT_FALSE(asm_robbed(&a));
	CU_ASSERT_FALSE(asm_robbed(&b));
	CU_ASSERT(is(asm_get(&b, 1), "b"));
	CU_ASSERT_PTR_NULL(asm_get(&a, MANY - SHARE - 1).p);
	CU_ASSERT(is(asm_get(&a, MANY - SHARE), "a")); /* now its newest */
	asm_put(&a, MANY, true, text("a"));
	CU_ASSERT(is(asm_get(&a, MANY - SHARE), "a"));
	CU_ASSERT_PTR_NULL(asm_get(&a, MANY - SHARE + 1).p);
	/* what it gives back it may have again */
	for (uint32_t key = 0; key <= MANY; key++)
		asm_drop(&a, key);
	for (uint32_t key = 0; key < SHARE; key++)
		asm_put(&a, key, true, text("a"));
	CU_ASSERT_EQUAL(asm_lost(pool), MANY - SHARE + 1);
	asm_free(pool);
}

/* All hold their share: whoever comes takes the place of the oldest of all. */
static void
test_shares_fill_the_pool(void)
{
	enum { LEASES = 64, SHARE = 8 };
	struct asm_pool *pool = asm_new(LEASES, 8);
	struct ctx c;

	for (uint32_t i = 0; i < LEASES; i++) {
		c = flow(pool, 1 + i / SHARE);
		asm_put(&c, i, true, text("x"));
	}
	CU_ASSERT_EQUAL(asm_lost(pool), 0);
	c = flow(pool, 1 + LEASES);
	CU_ASSERT(is(asm_put(&c, 0, true, text("y")), "y"));
	CU_ASSERT_EQUAL(asm_lost(pool), 1);
	CU_ASSERT_FALSE(asm_robbed(&c));
	c = flow(pool, 1);
	CU_ASSERT(asm_robbed(&c));
	CU_ASSERT_PTR_NULL(asm_get(&c, 0).p);
	CU_ASSERT(is(asm_get(&c, 1), "x"));
	asm_free(pool);
}

/* Two flows of 60 keys, more than a flow may hold, and 60 of three keys. */
static uint64_t
flow_of(uint32_t key)
{
	return key < 120 ? key / 60 : key % 60 + 2;
}

/* Against a plain model, with more keys than leases. */
static void
test_many(void)
{
	enum { KEYS = 300, LEASES = 64, SHARE = 8, STEPS = 20000 };
	struct asm_pool *pool = asm_new(LEASES, 16);
	static uint32_t used[KEYS], held;
	uint32_t seed = 1, now = 0;

	for (uint32_t i = 0; i < STEPS; i++) {
		uint32_t k = (seed = seed * 1103515245 + 12345) >> 16;
		uint32_t key = k % KEYS, oldest = 0, own = KEYS, owned = 0;
		uint64_t id = flow_of(key);
		struct ctx c = flow(pool, id);
		uint8_t v = (uint8_t)key;

		if (k / KEYS % 4 == 0) {
			asm_drop(&c, key);
			held -= used[key] != 0;
			used[key] = 0;
			continue;
		}
		for (uint32_t n = 0; n < KEYS; n++) {
			if (used[n] == 0)
				continue;
			if (used[oldest] == 0 || used[n] < used[oldest])
				oldest = n;
			if (flow_of(n) != id)
				continue;
			owned++;
			if (own == KEYS || used[n] < used[own])
				own = n;
		}
		if (used[key] == 0 && owned == SHARE)
			used[own] = 0;
		else if (used[key] == 0 && held == LEASES)
			used[oldest] = 0;
		else
			held += used[key] == 0;
		used[key] = ++now;
		asm_put(&c, key, true, (struct bytes){ &v, 1 });
	}
	for (uint32_t key = 0; key < KEYS; key++) {
		struct ctx c = flow(pool, flow_of(key));
		struct bytes b = asm_get(&c, key);

		CU_ASSERT_EQUAL(b.p != NULL, used[key] != 0);
		CU_ASSERT(b.p == NULL || *b.p == (uint8_t)key);
	}
	asm_free(pool);
}

static void
test_bounds(void)
{
	struct ctx none = { .pool = NULL };

	CU_ASSERT_PTR_NULL(asm_new(0, 8));
	CU_ASSERT_PTR_NULL(asm_new(8, 0));
	CU_ASSERT_PTR_NULL(asm_new(UINT32_MAX, 8));
	CU_ASSERT_PTR_NULL(asm_new(8, SIZE_MAX / 4));
	asm_free(NULL);
	CU_ASSERT_PTR_NULL(asm_put(&none, 1, true, text("a")).p);
	CU_ASSERT_PTR_NULL(asm_get(&none, 1).p);
	CU_ASSERT_FALSE(asm_edit(&none, 1, 0, text("")));
	CU_ASSERT_FALSE(asm_robbed(&none));
	asm_drop(&none, 1);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "pieces", test_pieces },
		{ "keys and flows are apart", test_keys_and_flows_apart },
		{ "one chain", test_one_chain },
		{ "an outgrown buffer", test_outgrown },
		{ "the oldest makes room", test_oldest_makes_room },
		{ "edit", test_edit },
		{ "a piece of a lease", test_piece_of_a_lease },
		{ "a flow's share", test_share },
		{ "shares fill the pool", test_shares_fill_the_pool },
		{ "many keys", test_many },
		{ "bounds", test_bounds },
		CU_TEST_INFO_NULL,
	};

	return driver_run("asm", tests);
}
