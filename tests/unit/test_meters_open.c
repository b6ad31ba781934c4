/* SPDX-License-Identifier: Apache-2.0 */
/* Meters that had to leave and come again while the store is busy. */
#include <config.h>

#include "rules/memory.h"
#include "tests/unit/meters.h"

#define ROWS 64
#define OLD 5000 /* a counter that the meters had before they left */

/* A store that answers when it is told to: as things were when it was asked. */
static struct shelf {
	struct memory memory;
	size_t n;
	struct memory_meter rows[ROWS];
	uint32_t asked;
	bool busy, has[ROWS];
	struct memory_meter answers[ROWS];
} shelf;

static bool
shelf_put(struct memory *memory, const struct memory_meter *m)
{
	struct shelf *s = (struct shelf *)memory;
	size_t i = 0;

	while (i < s->n &&
	       memcmp(s->rows[i].title, m->title, sizeof(m->title)) != 0)
		i++;
	CU_ASSERT_FATAL(i < ROWS);
	memcpy(&s->rows[i], m, memory_meter_size(m));
	s->n += i == s->n;
	return true;
}

static enum memory_found
shelf_find(struct memory *memory, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit, struct memory_meter *to, uint32_t *ticket)
{
	struct shelf *s = (struct shelf *)memory;
	struct memory_meter *a = s->busy ? &s->answers[s->asked] : to;
	size_t i = 0;

	(void)ip;
	(void)port;
	(void)unit;
	while (i < s->n && (title == NULL || memcmp(s->rows[i].title, title,
	                                         METER_TITLE) != 0))
		i++;
	if (i < s->n)
		*a = s->rows[i];
	if (!s->busy)
		return i < s->n ? MEMORY_FOUND : MEMORY_NONE;
	s->has[s->asked] = i < s->n;
	*ticket = ++s->asked;
	CU_ASSERT_FATAL(s->asked < ROWS);
	return MEMORY_LATER;
}

static void
answer(struct scene *s, uint32_t ticket, bool overdue)
{
	struct memory_answer a = { .ticket = ticket, .overdue = overdue };

	if (!overdue && shelf.has[ticket - 1])
		a.meter = &shelf.answers[ticket - 1];
	dlms_world.answered(s->m, &a);
	scene_tick(s, ++s->at);
}

/* Forty meters of which sixteen have room, and the first comes again. */
static void
start(struct scene *s)
{
	memset(&shelf, 0, sizeof(shelf));
	shelf.memory = (struct memory){ .put = shelf_put, .find = shelf_find };
	scene_start(s, 16);
	s->m->memory = &shelf.memory;
	for (uint8_t i = 1; i <= 40; i++) {
		s->at++;
		s->meter = i;
		s->flow++;
		scene_open(s, 90, i, OLD);
	}
	CU_ASSERT(s->m->evicted >= 24);
	s->n = 0;
	s->meter = 1;
	s->at += 60;
	s->flow++;
	shelf.busy = true;
	scene_aarq(s, BUILD_DLMS_GMAC, 90);
	scene_aare(s, BUILD_DLMS_GMAC, 1, 0, 14);
	CU_ASSERT_EQUAL(s->m->nopen, 1);
}

/* What waited is judged against what was known, at its own packet. */
static void
test_late(void)
{
	struct scene s;
	uint64_t frame;

	start(&s);
	scene_glo(&s, 0, OLD, 1);
	frame = s.talk.pdu.frame;
	scene_glo(&s, 0, OLD + 2, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NONE);
	scene_tick(&s, ++s.at);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 0);
	answer(&s, shelf.asked, false);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-21"), 1);
	CU_ASSERT_EQUAL(s.events[s.n - 1].frame, frame);
	CU_ASSERT_FALSE(s.events[s.n - 1].doubtful);
	CU_ASSERT_EQUAL(s.m->nopen, 0);
	scene_tick(&s, ++s.at);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 1);
	scene_glo(&s, 0, OLD, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	CU_ASSERT_EQUAL(s.view->meter->first_s, 1000001);
	scene_glo(&s, 0, OLD + 3, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	scene_stop(&s);
}

/* The same meter, had it never left: the counter's events are the same. */
static void
test_as_if_it_had_stayed(void)
{
	struct scene s, t;

	start(&s);
	scene_start(&t, 64);
	scene_open(&t, 90, 1, OLD);
	t.n = 0;
	t.at += 100;
	t.flow++;
	scene_aarq(&t, BUILD_DLMS_GMAC, 90);
	scene_aare(&t, BUILD_DLMS_GMAC, 1, 0, 14);
	for (uint32_t i = 0; i < 4; i++) {
		scene_glo(&s, 0, OLD - 1 + i * 2, 1);
		scene_glo(&t, 0, OLD - 1 + i * 2, 1);
	}
	answer(&s, shelf.asked, false);
	CU_ASSERT(scene_says(&t, "D-21") + scene_says(&t, "D-23") > 0);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), scene_says(&t, "D-21"));
	CU_ASSERT_EQUAL(scene_says(&s, "D-22"), scene_says(&t, "D-22"));
	CU_ASSERT_EQUAL(scene_says(&s, "D-23"), scene_says(&t, "D-23"));
	CU_ASSERT_EQUAL(scene_says(&s, "D-24"), scene_says(&t, "D-24"));
	scene_stop(&s);
	scene_stop(&t);
}

/* The store knows nothing of it: it is new, and nothing is said. */
static void
test_unknown(void)
{
	struct scene s;

	start(&s);
	shelf.has[shelf.asked - 1] = false;
	scene_glo(&s, 0, OLD, 1);
	answer(&s, shelf.asked, false);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 0);
	CU_ASSERT_EQUAL(s.m->nopen, 0);
	scene_glo(&s, 0, OLD, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	scene_stop(&s);
}

/* Nobody answers in time: what was seen since counts, and is doubtful. */
static void
test_overdue(void)
{
	struct scene s;

	start(&s);
	scene_glo(&s, 0, OLD + 5, 1);
	answer(&s, shelf.asked, true);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 0);
	scene_glo(&s, 0, OLD + 5, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	CU_ASSERT(s.view->counter.doubtful);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 1);
	CU_ASSERT(s.events[s.n - 1].doubtful);
	/* it comes after all: what was known is there again */
	answer(&s, shelf.asked, false);
	scene_glo(&s, 0, OLD, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	CU_ASSERT_FALSE(s.view->counter.doubtful);
	CU_ASSERT_EQUAL(s.view->counter.highest, OLD + 5);
	scene_stop(&s);
}

/* It leaves once more before the answer, which is then nobody's. */
static void
test_left_again(void)
{
	struct scene s;
	uint32_t ticket;

	start(&s);
	scene_glo(&s, 0, OLD, 1);
	ticket = shelf.asked;
	for (uint8_t i = 50; i < 70; i++) {
		s.at += 100;
		s.meter = i;
		s.flow++;
		shelf.busy = false;
		scene_open(&s, 90, i, OLD);
	}
	s.n = 0;
	answer(&s, ticket, false);
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_EQUAL(s.m->nopen, 0);
	answer(&s, ticket, false);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

/* More units than have room: the first are judged, none is lost to the count.
 */
static void
test_bound(void)
{
	struct scene s;

	start(&s);
	for (uint32_t i = 0; i < OPEN_UNITS; i++)
		scene_glo(&s, 0, i == 2 ? OLD : OLD + 10 + i, (uint8_t)(i + 1));
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NONE);
	scene_glo(&s, 0, OLD + 90, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_FIRST);
	CU_ASSERT(s.view->counter.doubtful);
	answer(&s, shelf.asked, false);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21") + scene_says(&s, "D-22") +
	                    scene_says(&s, "D-23"),
	    1);
	scene_glo(&s, 0, OLD + 90, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	CU_ASSERT_EQUAL(s.view->counter.highest, OLD + 90);
	scene_stop(&s);
}

/* A row that nobody can read: the meter stays what it is. */
static void
test_odd_row(void)
{
	struct scene s;

	start(&s);
	scene_glo(&s, 0, OLD, 1);
	shelf.answers[shelf.asked - 1].body[0] = 99;
	answer(&s, shelf.asked, false);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 0);
	scene_glo(&s, 0, OLD, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	CU_ASSERT_NOT_EQUAL(s.view->meter->flags & METER_TITLED, 0);
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the answer comes late", test_late },
		{ "as if it had stayed", test_as_if_it_had_stayed },
		{ "nothing was known", test_unknown },
		{ "the answer is overdue", test_overdue },
		{ "it left again", test_left_again },
		{ "units at their bound", test_bound },
		{ "an odd row", test_odd_row },
		CU_TEST_INFO_NULL,
	};

	return driver_run("meters: open look-ups", tests);
}
