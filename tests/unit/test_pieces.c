/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of states as rows: what changed, what is no more, what is another's. */
#include <config.h>

#include "rules/event.h"
#include "sensor/pieces.h"
#include "tests/driver.h"

#define ROWS 64
#define CAP 8

/* A file of the test's own. */
static struct shelf {
	struct memory memory;
	size_t n, puts;
	struct memory_row rows[ROWS];
} shelf;

static bool
put_row(struct memory *memory, const struct memory_row *r)
{
	struct shelf *s = (struct shelf *)memory;
	size_t i = 0;

	while (i < s->n && (strcmp(s->rows[i].owner, r->owner) != 0 ||
	                       s->rows[i].number != r->number))
		i++;
	CU_ASSERT_FATAL(i < ROWS);
	s->puts++;
	if (r->n == 0) {
		s->rows[i] = s->rows[--s->n];
		return true;
	}
	memcpy(&s->rows[i], r, memory_row_size(r));
	s->n += i == s->n;
	return true;
}

struct thing {
	uint64_t key, value;
	const char *text;
};

static struct world {
	uint32_t used;
	struct thing list[CAP];
	struct table table;
	struct table_slot slots[CAP];
	struct thing entries[CAP];
} world;

static void
list_in(void *state, void *copy)
{
	struct world *w = state;

	w->list[w->used++] = *(struct thing *)copy;
}

static struct pieces *
begin(uint16_t version)
{
	static const uint8_t key[SIPHASH_KEY];
	struct pieces *p = pieces_new();
	struct kept_part parts[2];

	memset(&world, 0, sizeof(world));
	table_init(&world.table, key, world.slots, world.entries, CAP,
	    sizeof(struct thing), sizeof(uint64_t));
	parts[0] =
	    kept_each("list", version, world.list, sizeof(struct thing), CAP);
	parts[0].used = &world.used;
	parts[0].pointers[0] = offsetof(struct thing, text);
	parts[0].in = list_in;
	parts[1] = kept_table("table", version, &world.table);
	CU_ASSERT_EQUAL_FATAL(pieces_add(p, &world, parts, 2), 0);
	shelf.memory = (struct memory){ .put_row = put_row };
	return p;
}

/* How many rows nobody knew. */
static size_t
recall_all(struct pieces *p)
{
	size_t strange = 0;

	for (size_t i = 0; i < shelf.n; i++)
		strange += !pieces_recall(p, &shelf.rows[i]);
	return strange;
}

static struct pieces *
three(void)
{
	struct pieces *p = begin(1);
	bool fresh;

	memset(&shelf, 0, sizeof(shelf));
	shelf.memory = (struct memory){ .put_row = put_row };
	for (uint64_t i = 0; i < 3; i++) {
		world.list[world.used++] = (struct thing){ i + 1, 7, "here" };
		((struct thing *)table_put(
		     &world.table, &(uint64_t){ i + 1 }, &fresh))
		    ->value = 9;
	}
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.n, 6);
	return p;
}

static void
test_back(void)
{
	pieces_free(three());
	struct pieces *p = begin(1);

	CU_ASSERT_EQUAL(recall_all(p), 0);
	CU_ASSERT_EQUAL_FATAL(world.used, 3);
	CU_ASSERT(world.list[2].key == 3 && world.list[2].value == 7);
	CU_ASSERT_PTR_NULL(world.list[2].text);
	CU_ASSERT_EQUAL(world.table.used, 3);
	pieces_free(p);
}

/* Only what changed is written, and what is no more goes. */
static void
test_changes(void)
{
	struct pieces *p = three();

	shelf.puts = 0;
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 0);
	world.list[0].value++;
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 1);
	world.used = 1;
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.n, 4);
	pieces_free(p);
}

/* Also of what an earlier run had written. */
static void
test_fewer_after_a_restart(void)
{
	pieces_free(three());
	struct pieces *p = begin(1);

	recall_all(p);
	world.used = 0;
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.n, 3);
	pieces_free(p);
}

static void
test_another_version(void)
{
	pieces_free(three());
	struct pieces *p = begin(2);

	CU_ASSERT_EQUAL(recall_all(p), 6);
	CU_ASSERT_EQUAL(world.used, 0);
	CU_ASSERT_EQUAL(world.table.used, 0);
	pieces_free(p);
}

/* A row that is not as it was written is none; its place is taken anew. */
static void
test_damaged(void)
{
	pieces_free(three());
	struct pieces *p = begin(1);

	for (size_t i = 0; i < shelf.n; i++)
		shelf.rows[i].body[9] ^= 1;
	CU_ASSERT_EQUAL(recall_all(p), 0);
	CU_ASSERT_EQUAL(world.used, 0);
	pieces_remember(p, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.n, 0);
	pieces_free(p);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "they come back", test_back },
		{ "changes", test_changes },
		{ "fewer after a restart", test_fewer_after_a_restart },
		{ "another version", test_another_version },
		{ "damaged", test_damaged },
		CU_TEST_INFO_NULL,
	};

	return driver_run("pieces", tests);
}
