/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives the program, or a place in memory. */
#include <config.h>

#include "rules/memory.h"
#include "tests/unit/meters.h"

#define ROWS 64

/* A memory of the test's own: the last row of each meter. */
struct shelf {
	struct memory memory;
	bool full;
	size_t n, puts;
	struct memory_meter rows[ROWS];
};

static bool
is_same(const struct memory_meter *a, const struct memory_meter *b)
{
	if (a->titled != b->titled)
		return false;
	if (a->titled)
		return memcmp(a->title, b->title, sizeof(a->title)) == 0;
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port &&
	       a->unit == b->unit;
}

static bool
shelf_put(struct memory *memory, const struct memory_meter *m)
{
	struct shelf *s = (struct shelf *)memory;
	size_t i = 0;

	if (s->full)
		return false;
	while (i < s->n && !is_same(&s->rows[i], m))
		i++;
	CU_ASSERT_FATAL(i < ROWS);
	memcpy(&s->rows[i], m, memory_meter_size(m));
	s->n += i == s->n;
	s->puts++;
	return true;
}

static enum memory_found
shelf_find(struct memory *memory, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit, struct memory_meter *to, uint32_t *ticket)
{
	struct shelf *s = (struct shelf *)memory;
	struct memory_meter key = {
		.titled = title != NULL, .port = port, .unit = unit
	};

	(void)ticket; /* this one answers at once */
	if (title != NULL)
		memcpy(key.title, title, sizeof(key.title));
	memcpy(key.ip, ip, sizeof(key.ip));
	for (size_t i = 0; i < s->n; i++)
		if (is_same(&s->rows[i], &key)) {
			*to = s->rows[i];
			return MEMORY_FOUND;
		}
	return MEMORY_NONE;
}

static struct shelf shelf;

static void
start(struct scene *s)
{
	scene_start(s, 16);
	s->m->memory = &shelf.memory;
}

static void
clear(void)
{
	memset(&shelf, 0, sizeof(shelf));
	shelf.memory = (struct memory){ .put = shelf_put, .find = shelf_find };
}

static void
restart(struct scene *s)
{
	scene_stop(s);
	start(s);
	for (size_t i = 0; i < shelf.n; i++)
		dlms_world.recall(s->m, &shelf.rows[i]);
}

/* As if it had not ended: the counters go on, a replay is one. */
static void
test_restart(void)
{
	struct scene s;

	clear();
	start(&s);
	scene_open(&s, 90, 1, 100);
	for (uint32_t ic = 101; ic < 140; ic++)
		scene_glo(&s, 0, ic, (uint8_t)ic);
	dlms_world.remember(s.m, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.n, 1);
	restart(&s);
	s.flow++;
	s.at += 3600;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_FALSE(s.view->new_meter);
	CU_ASSERT_NOT_EQUAL(s.view->meter->flags & METER_TITLED, 0);
	CU_ASSERT_EQUAL(s.view->assoc->best_mechanism, BUILD_DLMS_GMAC);
	CU_ASSERT_EQUAL(s.view->assoc->accepted, 1);
	CU_ASSERT_EQUAL(s.view->meter->first_s, 1000000);
	scene_glo(&s, 0, 110, 110);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	scene_glo(&s, 0, 139, 139);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	scene_glo(&s, 0, 138, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REUSED);
	scene_glo(&s, 0, 140, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.view->counter.stream->first, 100);
	scene_stop(&s);
}

/* Only what changed is handed over; without room it is asked again. */
static void
test_changes(void)
{
	struct scene s;

	clear();
	start(&s);
	for (uint8_t i = 1; i <= 3; i++) {
		s.meter = i;
		s.flow++;
		scene_open(&s, 90, i, 100);
	}
	shelf.full = true;
	dlms_world.remember(s.m, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 0);
	shelf.full = false;
	dlms_world.remember(s.m, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 3);
	dlms_world.remember(s.m, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 3);
	scene_glo(&s, 0, 101, 1);
	dlms_world.remember(s.m, &shelf.memory);
	CU_ASSERT_EQUAL(shelf.puts, 4);
	scene_stop(&s);
}

/* Who had to leave is found again, and its counters with it. */
static void
test_evicted(void)
{
	struct scene s;

	clear();
	start(&s);
	for (uint8_t i = 1; i <= 40; i++) {
		s.at++;
		s.meter = i;
		s.flow++;
		scene_open(&s, 90, i, 5000);
	}
	CU_ASSERT(s.m->evicted >= 24);
	s.n = 0;
	s.meter = 1;
	s.at += 60;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	CU_ASSERT_EQUAL(s.view->meter->first_s, 1000001);
	scene_glo(&s, 0, 5000, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	scene_glo(&s, 0, 5002, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 1);
	scene_stop(&s);
}

/* An acknowledgement alone; what cannot be read is left alone. */
static void
test_odd_rows(void)
{
	struct memory_meter ack = { .titled = true, .reset_ok_s = 1000500 };
	struct scene s;

	clear();
	start(&s);
	scene_open(&s, 90, 1, 50000);
	dlms_world.remember(s.m, &shelf.memory);
	restart(&s);
	memcpy(ack.title, shelf.rows[0].title, sizeof(ack.title));
	dlms_world.recall(s.m, &ack);
	s.at = 1000600;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_glo(&s, 0, 1, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_RESET);
	CU_ASSERT(s.view->counter.legitimate);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);

	for (uint32_t n = 0; n < shelf.rows[0].n; n += 3) {
		struct memory_meter cut = shelf.rows[0];

		start(&s);
		cut.n = n;
		dlms_world.recall(s.m, &cut);
		scene_open(&s, 90, 1, 60000);
		scene_stop(&s);
	}
}

/* Whatever octet is another: nothing is read or written out of bounds. */
static void
test_damaged_rows(void)
{
	FILE *nowhere = fopen("/dev/null", "w");
	struct memory_meter row;
	struct scene s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(nowhere);
	clear();
	start(&s);
	scene_open(&s, 90, 1, 60000);
	scene_glo(&s, 0, 60001, 1);
	dlms_world.remember(s.m, &shelf.memory);
	scene_stop(&s);
	CU_ASSERT_EQUAL_FATAL(shelf.n, 1);
	row = shelf.rows[0];
	for (uint32_t n = 0; n < row.n; n++) {
		struct memory_meter bent = row;

		shelf.n = 0; /* or it would be found there as it was */
		start(&s);
		bent.body[n] ^= 0xff;
		dlms_world.recall(s.m, &bent);
		CU_ASSERT_EQUAL(meters_write(s.m, nowhere), 0);
		scene_open(&s, 90, 1, 60000);
		scene_stop(&s);
	}
	fclose(nowhere);
}

/*
 * One that comes where another had been: what that one's units were is not
 * taken for its own, though the octets are the same (the broadcast key's are).
 */
static void
test_in_its_place(void)
{
	size_t here = 0;
	struct scene s;

	clear();
	start(&s);
	for (uint8_t i = 1; i <= 40; i++) {
		s.at++;
		s.meter = i;
		s.flow++;
		scene_aarq(&s, BUILD_DLMS_GMAC, 90);
		scene_aare(&s, BUILD_DLMS_GMAC, i, 0, 14);
		scene_glo(&s, 0, 5000, 1);
		CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_FIRST);
	}
	for (uint8_t i = 1; i <= 40; i++) {
		s.at++;
		s.meter = i;
		s.flow++;
		scene_aarq(&s, BUILD_DLMS_GMAC, 90);
		scene_aare(&s, BUILD_DLMS_GMAC, i, 0, 14);
		scene_glo(&s, 0, 5001, 1);
		CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	}
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 0);
	/* all that is here is handed over, however often it came and left */
	shelf.puts = 0;
	dlms_world.remember(s.m, &shelf.memory);
	for (const struct meter *i = NULL; (i = meters_next(s.m, i)) != NULL;)
		here++;
	CU_ASSERT(here >= 15 && shelf.puts == here);
	scene_stop(&s);
}

/* A million meters of two counters and two associations in 400 MB. */
static void
test_octets(void)
{
	struct rules_limits many = { .meters = 1000000, .sessions = 16 };
	struct rules_limits few = { .meters = 16, .sessions = 16 };
	size_t each, spare = sizeof(struct meter_stream);

	each = (dlms_world.size(&many) - dlms_world.size(&few)) /
	       (many.meters - few.meters);
	/* there is room for a third counter, which is not touched */
	CU_ASSERT(each - spare <= 400);
	CU_ASSERT(each - spare > sizeof(struct meter) +
	                             2 * sizeof(struct meter_assoc) +
	                             2 * sizeof(struct meter_stream));
	/* and where the hashes of units have the most room */
	many.meters = 65536 * 8 + 1;
	each = (dlms_world.size(&many) - dlms_world.size(&few)) /
	       (many.meters - few.meters);
	CU_ASSERT(each - spare <= 400);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a restart", test_restart },
		{ "what changed", test_changes },
		{ "who had to leave", test_evicted },
		{ "odd rows", test_odd_rows },
		{ "damaged rows", test_damaged_rows },
		{ "one comes in the place of another", test_in_its_place },
		{ "octets of a meter", test_octets },
		CU_TEST_INFO_NULL,
	};

	return driver_run("meters: what is kept", tests);
}
