/* SPDX-License-Identifier: Apache-2.0 */
/* A table that forgets nothing, and counts what found no room. */
#include <config.h>

#include "sensor/learn_table.h"
#include "tests/driver.h"

#define CAP 5

struct thing {
	uint8_t key[6];
	uint32_t n;
};

static const uint8_t hash_key[SIPHASH_KEY] = "any";

static struct thing *
put(struct learn_table *t, const char *key, bool *fresh)
{
	return learn_table_put(t, key, fresh);
}

static void
test_put_and_find(void)
{
	struct learn_table t = { .cap = 0 };
	bool fresh;
	struct thing *a, *b;

	CU_ASSERT_EQUAL_FATAL(
	    learn_table_init(&t, hash_key, CAP, sizeof(struct thing), 6), 0);
	CU_ASSERT_PTR_NULL(learn_table_find(&t, "first "));
	a = put(&t, "first ", &fresh);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_EQUAL(a->n, 0);
	a->n = 7;
	b = put(&t, "second", &fresh);
	CU_ASSERT_TRUE(fresh);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT_PTR_EQUAL(put(&t, "first ", &fresh), a);
	CU_ASSERT_FALSE(fresh);
	CU_ASSERT_EQUAL(a->n, 7);
	CU_ASSERT_PTR_EQUAL(learn_table_find(&t, "second"), b);
	CU_ASSERT_PTR_EQUAL(learn_table_at(&t, 0), a);
	CU_ASSERT_PTR_EQUAL(learn_table_at(&t, 1), b);
	CU_ASSERT_EQUAL(t.used, 2);
	learn_table_free(&t);
}

/* Unlike rules/table.h: what is there stays, the newcomer is refused. */
static void
test_full(void)
{
	struct learn_table t = { .cap = 0 };
	char key[7];
	bool fresh;

	CU_ASSERT_EQUAL_FATAL(
	    learn_table_init(&t, hash_key, CAP, sizeof(struct thing), 6), 0);
	for (int i = 0; i < 100; i++) {
		struct thing *a;

		snprintf(key, sizeof(key), "key%03d", i);
		a = put(&t, key, &fresh);
		CU_ASSERT_EQUAL(a != NULL, i < CAP);
		if (a != NULL)
			a->n = (uint32_t)i;
	}
	CU_ASSERT_EQUAL(t.refused, 100 - CAP);
	CU_ASSERT_EQUAL(t.used, CAP);
	for (int i = 0; i < 100; i++) {
		const struct thing *a;

		snprintf(key, sizeof(key), "key%03d", i);
		a = learn_table_find(&t, key);
		CU_ASSERT_EQUAL(a != NULL, i < CAP);
		CU_ASSERT_TRUE(a == NULL || a->n == (uint32_t)i);
	}
	CU_ASSERT_PTR_NOT_NULL(put(&t, "key000", &fresh));
	CU_ASSERT_EQUAL(t.refused, 100 - CAP);
	learn_table_free(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "puts and finds", test_put_and_find },
		{ "refuses when it is full", test_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("learn_table", tests);
}
