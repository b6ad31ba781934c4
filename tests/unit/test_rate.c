/* SPDX-License-Identifier: Apache-2.0 */
/* How often within a while, and to how many. */
#include <config.h>

#include "rules/rate.h"
#include "tests/driver.h"

#define S(n) (UINT64_C(1000) * (n))

static void
test_last_of_n(void)
{
	struct rate r = { 0 };

	CU_ASSERT_FALSE(rate_hit(&r, 3, 60, S(100)));
	CU_ASSERT_FALSE(rate_hit(&r, 3, 60, S(130)));
	CU_ASSERT_TRUE(rate_hit(&r, 3, 60, S(159)));
	/* the first has fallen out, exactly t_s is not within */
	CU_ASSERT_FALSE(rate_hit(&r, 3, 60, S(190)));
	CU_ASSERT_TRUE(rate_hit(&r, 3, 60, S(200)));
}

static void
test_one_is_enough(void)
{
	struct rate r = { 0 };

	CU_ASSERT_TRUE(rate_hit(&r, 1, 60, S(1)));
	CU_ASSERT_TRUE(rate_hit(&r, 1, 60, S(9999)));
}

static void
test_pace_fades(void)
{
	struct pace p = { 0 };
	uint32_t n = 0;

	for (int i = 0; i < 100; i++)
		n = pace_hit(&p, 60, S(1000));
	CU_ASSERT_EQUAL(n, 100);
	/* half a span into the next: half of them still count */
	CU_ASSERT_EQUAL(pace_hit(&p, 60, S(1090)), 51);
	CU_ASSERT_EQUAL(pace_count(&p, 60, S(1090)), 51);
	CU_ASSERT_EQUAL(pace_count(&p, 60, S(1200)), 0);
	CU_ASSERT_EQUAL(pace_hit(&p, 60, S(5000)), 1);
}

static void
test_pace_of_a_clock_that_ran_back(void)
{
	struct pace p = { 0 };

	pace_hit(&p, 60, S(5000));
	CU_ASSERT_EQUAL(pace_hit(&p, 60, S(4990)), 2);
	CU_ASSERT_EQUAL(pace_hit(&p, 60, S(100)), 1);
}

static void
test_kinds(void)
{
	struct kinds k = { 0 };

	CU_ASSERT_EQUAL(kinds_note(&k, 7, 60, S(100)), 1);
	CU_ASSERT_EQUAL(kinds_note(&k, 7, 60, S(101)), 1);
	CU_ASSERT_EQUAL(kinds_note(&k, 8, 60, S(102)), 2);
	CU_ASSERT_EQUAL(kinds_note(&k, 9, 60, S(165)), 1);
	CU_ASSERT_EQUAL(kinds_note(&k, 8, 60, S(166)), 2);
}

static void
test_kinds_saturate(void)
{
	struct kinds k = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < 100; i++)
		n = kinds_note(&k, i, 60, S(100) + i);
	CU_ASSERT_EQUAL(n, RATE_MOST);
	/* the oldest left, the newest are known */
	CU_ASSERT_EQUAL(kinds_note(&k, 99, 60, S(101)), RATE_MOST);
	CU_ASSERT_EQUAL(k.n, RATE_MOST);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the last of n", test_last_of_n },
		{ "one is enough", test_one_is_enough },
		{ "a pace fades", test_pace_fades },
		{ "a clock that ran back", test_pace_of_a_clock_that_ran_back },
		{ "kinds", test_kinds },
		{ "kinds saturate", test_kinds_saturate },
		CU_TEST_INFO_NULL,
	};

	return driver_run("rate", tests);
}
