/* SPDX-License-Identifier: Apache-2.0 */
/* Which meter it is: titles, addresses, and how both change. */
#include <config.h>

#include "tests/unit/meters.h"

static uint32_t
meters_there(const struct scene *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->m->meter_pool.used; i++)
		n += s->m->meters[i].first_s != 0;
	return n;
}

/* Known by its address, it stays the same when it says its title. */
static void
test_title_comes_later(void)
{
	struct scene s;
	const struct meter *first;

	scene_start(&s, 16);
	s.sap = 16;
	scene_aarq(&s, 0, 0);
	CU_ASSERT(s.view->new_meter);
	first = s.view->meter;
	CU_ASSERT_EQUAL(first->flags & METER_TITLED, 0);
	scene_aare(&s, 0, 0, 0, 0);
	s.sap = 1;
	s.flow++;
	scene_open(&s, 90, 1, 10);
	CU_ASSERT_PTR_EQUAL(s.view->meter, first);
	CU_ASSERT_NOT_EQUAL(first->flags & METER_TITLED, 0);
	CU_ASSERT_EQUAL(meters_there(&s), 1);
	CU_ASSERT_FALSE(s.view->moved || s.view->replaced);
	scene_stop(&s);
}

/* The next day it is elsewhere: no second meter, and its counters go on. */
static void
test_moved(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 10);
	s.at += 86400;
	s.meter = 77;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT(s.view->new_meter); /* nobody can know yet */
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	CU_ASSERT(s.view->moved);
	CU_ASSERT_EQUAL(s.view->was.ip[15], 1);
	CU_ASSERT_EQUAL(s.view->was_s, 1000000);
	CU_ASSERT_EQUAL(s.view->meter->addresses, 2);
	CU_ASSERT_EQUAL(meters_there(&s), 1);
	scene_glo(&s, 0, 12, 3);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	CU_ASSERT_FALSE(s.view->moved);
	/* the old address still leads to it */
	s.meter = 1;
	s.flow++;
	scene_glo(&s, 0, 13, 4);
	CU_ASSERT_EQUAL(meters_there(&s), 1);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

static void
test_port_is_no_move(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 10);
	s.port = 4057;
	s.flow++;
	scene_open(&s, 90, 1, 20);
	CU_ASSERT_EQUAL(s.view->meter->moved_s, 0);
	CU_ASSERT_EQUAL(meters_there(&s), 1);
	CU_ASSERT_EQUAL(s.view->meter->addresses, 2);
	scene_stop(&s);
}

static void
another(struct scene *s, uint8_t number)
{
	s->at += 100;
	s->flow++;
	scene_open(s, 90, number, (uint32_t)s->at);
}

/* D-18, and not for ever: a concentrator has many behind one address. */
static void
test_replaced(void)
{
	struct scene s;

	scene_start(&s, 16);
	another(&s, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	another(&s, 2);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-18"), 1);
	CU_ASSERT_STRING_EQUAL(
	    scene_why(&s.events[0], "old_title"), "4D54520000000001");
	another(&s, 1); /* and back: known to be here */
	CU_ASSERT_EQUAL(s.n, 1);
	another(&s, 3);
	another(&s, 4);
	another(&s, 5);
	CU_ASSERT(scene_says(&s, "D-18") <= 3);
	CU_ASSERT_EQUAL(scene_says(&s, "D-18"), s.n);
	CU_ASSERT_EQUAL(meters_there(&s), 5);
	scene_stop(&s);
}

/* Meters that dial out share the address of their gateway. */
static void
test_dialled_out(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.port = 51000;
	s.client_port = 4059;
	for (uint8_t i = 1; i <= 5; i++) {
		s.flow++;
		s.port++;
		scene_note(&s, 1, TRANSPORT_OPENED);
		scene_general(&s, 1, 0xdb, 0x30, i, i * 100u, i);
		CU_ASSERT_EQUAL(s.view->from, OP_FROM_SERVER);
		CU_ASSERT_EQUAL(s.view->meter->at.port, 0);
		CU_ASSERT_NOT_EQUAL(
		    s.view->session->flags & SESSION_DIALLED_BY_METER, 0);
	}
	CU_ASSERT_EQUAL(meters_there(&s), 5);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

/* D-19: two that count for themselves under one title. */
static void
test_clone(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 1000);
	s.at += 60;
	s.meter = 2;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	scene_glo(&s, 0, 1002, 5);
	scene_glo(&s, 1, 500, 6);
	CU_ASSERT_EQUAL(scene_says(&s, "D-19"), 1);
	scene_stop(&s);

	/* near miss: it moved, and goes on */
	scene_start(&s, 16);
	scene_open(&s, 90, 1, 1000);
	s.at += 60;
	s.meter = 2;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_aare(&s, BUILD_DLMS_GMAC, 1, 0, 14);
	scene_glo(&s, 0, 1002, 5);
	scene_glo(&s, 1, 1002, 6);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

/* The table is full: who was silent longest leaves, and that is said once. */
static void
test_full(void)
{
	struct scene s;

	scene_start(&s, 16);
	for (uint8_t i = 1; i <= 40; i++) {
		s.at++;
		s.meter = i;
		s.flow++;
		scene_open(&s, 90, i, 100);
	}
	CU_ASSERT_EQUAL(meters_there(&s), 16);
	CU_ASSERT_EQUAL(s.m->evicted, 24);
	CU_ASSERT_EQUAL(scene_says(&s, "H-8"), 1);
	CU_ASSERT_EQUAL(s.n, 1);
	for (uint8_t i = 25; i <= 40; i++) {
		uint8_t t[METER_TITLE];

		scene_title(t, i);
		CU_ASSERT_NOT_EQUAL(identity_of(s.m, t), NONE);
	}
	scene_stop(&s);
}

/* One meter that is offered everything keeps within bounds. */
static void
test_many_of_one(void)
{
	struct scene s;

	scene_start(&s, 16);
	scene_open(&s, 90, 1, 100);
	for (unsigned i = 0; i < 300; i++) {
		s.sap = (uint8_t)(2 + i % 200);
		s.flow++;
		scene_aarq(&s, BUILD_DLMS_GMAC, (uint8_t)(100 + i % 100));
		scene_glo(&s, 0, i, 1);
	}
	CU_ASSERT_EQUAL(meters_there(&s), 1);
	s.sap = 1;
	s.flow++;
	/* what was there before has not been pushed out */
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	scene_glo(&s, 0, 101, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the title comes later", test_title_comes_later },
		{ "it moved", test_moved },
		{ "another port is no move", test_port_is_no_move },
		{ "another at its address", test_replaced },
		{ "dialled out", test_dialled_out },
		{ "a clone", test_clone },
		{ "full", test_full },
		{ "one that is offered everything", test_many_of_one },
		CU_TEST_INFO_NULL,
	};

	return driver_run("meters: identity", tests);
}
