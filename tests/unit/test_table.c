/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed table: the hash, the order, the cap. */
#include <config.h>

#include <string.h>

#include "rules/table.h"
#include "tests/driver.h"

#define CAP 4

struct entry {
	uint32_t id, value;
};

static struct table_slot slots[CAP];
static struct entry entries[CAP];
static const uint8_t key[SIPHASH_KEY] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	12, 13, 14, 15 };

static bool
put(struct table *t, uint32_t id)
{
	bool fresh;
	struct entry *e = table_put(t, &id, &fresh);

	CU_ASSERT_EQUAL(e->id, id);
	CU_ASSERT_EQUAL(e->value, fresh ? 0 : id);
	e->value = id;
	return fresh;
}

static bool
has(struct table *t, uint32_t id)
{
	struct entry *e = table_find(t, &id);

	return e != NULL && e->value == id;
}

/* Vectors of the paper's appendix A and its reference code. */
static void
test_siphash(void)
{
	uint8_t p[15];

	for (uint8_t i = 0; i < sizeof(p); i++)
		p[i] = i;
	CU_ASSERT_EQUAL(siphash(key, p, 0), 0x726fdb47dd0e0e31);
	CU_ASSERT_EQUAL(siphash(key, p, 15), 0xa129ca6149be45e5);
}

static void
test_forgets_the_oldest(void)
{
	struct table t;

	memset(slots, 0, sizeof(slots));
	table_init(&t, key, slots, entries, CAP, sizeof(struct entry),
	    sizeof(uint32_t));
	CU_ASSERT_PTR_NULL(table_find(&t, &(uint32_t){ 1 }));
	for (uint32_t id = 1; id <= CAP; id++) {
		CU_ASSERT_PTR_NULL(table_oldest(&t));
		CU_ASSERT(put(&t, id));
	}
	CU_ASSERT_EQUAL(((struct entry *)table_oldest(&t))->id, 1);
	CU_ASSERT(!put(&t, 1)); /* 2 is the oldest now */
	CU_ASSERT_EQUAL(((struct entry *)table_oldest(&t))->id, 2);
	CU_ASSERT_EQUAL(t.evicted, 0);
	CU_ASSERT(put(&t, 5));
	CU_ASSERT_EQUAL(t.evicted, 1);
	CU_ASSERT(!has(&t, 2));
	CU_ASSERT(has(&t, 1) && has(&t, 3) && has(&t, 4) && has(&t, 5));
}

/* Against a plain list of what was used last. */
static void
test_long_run(void)
{
	uint32_t last[CAP] = { 0 }, seed = 1, id, i;
	struct table t;

	memset(slots, 0, sizeof(slots));
	table_init(&t, key, slots, entries, CAP, sizeof(struct entry),
	    sizeof(uint32_t));
	for (int round = 0; round < 10000; round++) {
		seed = seed * 1664525 + 1013904223;
		id = 1 + (seed >> 24) % 7;
		for (i = 0; i < CAP - 1 && last[i] != id; i++)
			;
		CU_ASSERT_EQUAL(put(&t, id), last[i] != id);
		memmove(last + 1, last, i * sizeof(*last));
		last[0] = id;
	}
}

#define MANY 1000

static struct table_slot many_slots[MANY];
static struct entry many_entries[MANY];

static void
start_many(struct table *t)
{
	memset(many_slots, 0, sizeof(many_slots));
	table_init(t, key, many_slots, many_entries, MANY, sizeof(struct entry),
	    sizeof(uint32_t));
}

/* All of them are found as long as there is room. */
static void
test_many(void)
{
	struct table t;

	start_many(&t);
	for (uint32_t id = 1; id <= MANY; id++) {
		CU_ASSERT_PTR_NULL(table_oldest(&t));
		CU_ASSERT(put(&t, id));
	}
	for (uint32_t id = 1; id <= MANY; id++) {
		CU_ASSERT(!put(&t, id));
		CU_ASSERT_PTR_NOT_NULL(table_peek(&t, &id));
	}
	CU_ASSERT_PTR_NULL(table_peek(&t, &(uint32_t){ MANY + 1 }));
	CU_ASSERT_EQUAL(t.used, MANY);
	CU_ASSERT_EQUAL(t.evicted, 0);
}

/* What is announced leaves; what is used stays; the others are all found. */
static void
test_makes_room(void)
{
	struct table t;
	uint32_t gone = 0, kept = 0;

	start_many(&t);
	for (uint32_t id = 1; id <= MANY; id++)
		put(&t, id);
	for (uint32_t id = MANY + 1; id <= 50 * MANY; id++) {
		uint32_t victim = ((struct entry *)table_oldest(&t))->id;

		CU_ASSERT_NOT_EQUAL(victim, 7);
		CU_ASSERT(put(&t, id));
		CU_ASSERT_PTR_NULL(table_peek(&t, &victim));
		CU_ASSERT(has(&t, 7));
	}
	CU_ASSERT_EQUAL(t.evicted, 49 * MANY);
	for (uint32_t id = 1; id <= 50 * MANY; id++) {
		const void *e = table_peek(&t, &id);

		gone += e == NULL && id <= 48 * MANY;
		kept += e != NULL;
	}
	CU_ASSERT_EQUAL(kept, MANY);
	CU_ASSERT(gone > 48 * MANY - MANY / 20); /* the old ones, nearly all */
}

/* A look does not make the entry the newest. */
static void
test_peek(void)
{
	struct table t;

	memset(slots, 0, sizeof(slots));
	table_init(&t, key, slots, entries, CAP, sizeof(struct entry),
	    sizeof(uint32_t));
	for (uint32_t id = 1; id <= CAP; id++)
		put(&t, id);
	CU_ASSERT_PTR_NOT_NULL(table_peek(&t, &(uint32_t){ 1 }));
	CU_ASSERT(put(&t, 9));
	CU_ASSERT(!has(&t, 1));
}

/* An entry with its own stamp; value tells it from what it was before. */
struct stamped {
	uint32_t id, used, value;
};

static struct stamped stamped[MANY];

/*
 * Without a search where the hint is right; from another table, at another's
 * entry or none at all it is as if there were no hint.
 */
static void
test_hint(void)
{
	struct stamped *first, *e, other = { 1, 0, 0 };
	struct table t;
	bool fresh;

	memset(many_slots, 0, sizeof(many_slots));
	memset(stamped, 0, sizeof(stamped));
	table_init(&t, key, many_slots, stamped, MANY, sizeof(struct stamped),
	    sizeof(uint32_t));
	table_stamps(&t, offsetof(struct stamped, used));
	for (uint32_t id = 1; id <= MANY; id++) {
		e = table_put(&t, &id, &fresh);
		e->value = id;
	}
	first = table_find(&t, &(uint32_t){ 1 });
	e = table_find(&t, &(uint32_t){ 2 });
	CU_ASSERT_PTR_EQUAL(table_hinted(&t, first, &first->id), first);
	CU_ASSERT_PTR_EQUAL(table_hinted(&t, e, &first->id), first);
	CU_ASSERT_PTR_EQUAL(table_hinted(&t, &other, &first->id), first);
	CU_ASSERT_PTR_EQUAL(table_hinted(&t, NULL, &first->id), first);
	CU_ASSERT_PTR_NULL(table_hinted(&t, first, &(uint32_t){ MANY + 1 }));
}

/* What only a hint finds is in use as much as what is searched for. */
static void
test_hinted_stays(void)
{
	struct stamped *first;
	uint32_t one = 1;
	struct table t;
	bool fresh;

	memset(many_slots, 0, sizeof(many_slots));
	memset(stamped, 0, sizeof(stamped));
	table_init(&t, key, many_slots, stamped, MANY, sizeof(struct stamped),
	    sizeof(uint32_t));
	table_stamps(&t, offsetof(struct stamped, used));
	first = table_put(&t, &one, &fresh);
	for (uint32_t id = 2; id <= 50 * MANY; id++) {
		table_put(&t, &id, &fresh);
		CU_ASSERT_PTR_EQUAL_FATAL(table_hinted(&t, first, &one), first);
		CU_ASSERT_EQUAL_FATAL(first->id, 1);
	}
	CU_ASSERT(t.evicted > 0);
}

/* The index grows with what is in it: the whole way, and no further. */
static void
test_grows(void)
{
	struct table t;
	uint32_t begins, missing = 0;
	bool fresh;

	memset(many_slots, 0, sizeof(many_slots));
	memset(stamped, 0, sizeof(stamped));
	table_init(&t, key, many_slots, stamped, MANY, sizeof(struct stamped),
	    sizeof(uint32_t));
	table_stamps(&t, offsetof(struct stamped, used));
	begins = t.pairs;
	for (uint32_t i = 1; i <= MANY; i++) {
		table_put(&t, &i, &fresh);
		CU_ASSERT(fresh);
		/* the first, the last, and one between, at every size */
		for (uint32_t k = 1; k <= i; k += i / 2 + 1)
			missing += table_peek(&t, &k) == NULL;
	}
	for (uint32_t i = 1; i <= MANY; i++)
		missing += table_peek(&t, &i) == NULL;
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT(begins < t.most / 8);
	CU_ASSERT_EQUAL(t.pairs, t.most);
	CU_ASSERT_EQUAL(t.evicted, 0);
	for (uint32_t i = MANY + 1; i <= 3 * MANY; i++) {
		table_put(&t, &i, &fresh);
		missing += !fresh || table_peek(&t, &i) == NULL;
	}
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT_EQUAL(t.evicted, 2 * MANY);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "SipHash vectors", test_siphash },
		{ "forgets the oldest", test_forgets_the_oldest },
		{ "a long run", test_long_run },
		{ "many entries", test_many },
		{ "many make room", test_makes_room },
		{ "a look changes nothing", test_peek },
		{ "a hint", test_hint },
		{ "what a hint finds stays", test_hinted_stays },
		{ "its index grows", test_grows },
		CU_TEST_INFO_NULL,
	};

	return driver_run("table", tests);
}
