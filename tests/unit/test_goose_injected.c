/* SPDX-License-Identifier: Apache-2.0 */
/* G-05 and G-08: which of two that claim to go on is the false one. */
#include <config.h>

#include "tests/unit/goose_rules.h"

/* Several false states are told at the first of them. */
static void
test_injected_states(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit;

	change(s, 200);
	change(s, 100);
	change(s, 100);
	s->unit = honest;
	repeat(s, 5, 600);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-05", &EV_GOOSE_REPLAY_DETECTED, 11));
	site_free(s);

	s = steady(); /* copies of short states that come by the longer way */
	change(s, 200);
	honest = s->unit;
	change(s, 10);
	s->unit = honest;
	after(s, 5);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* The number of the unit before, and other data: no copy. */
static void
test_same_number(void)
{
	struct site *s = steady();

	after(s, 3);
	CU_ASSERT_EQUAL(s->n, 0);
	s->unit.data = (struct bytes){ on, sizeof(on) };
	after(s, 3);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GOOSE_REPLAY_DETECTED, 12) ||
	          is_event(s, 1, "G-08", &EV_GOOSE_REPLAY_DETECTED, 12));
	CU_ASSERT(is_event(s, 0, "G-10", &EV_GOOSE_SEC_CHECK_FAIL, 12) ||
	          is_event(s, 1, "G-10", &EV_GOOSE_SEC_CHECK_FAIL, 12));
	s->unit.data = (struct bytes){ off, sizeof(off) };
	repeat(s, 5, 1000);
	CU_ASSERT_EQUAL(s->n, 2);
	site_free(s);
}

/* A number ahead in the state; the publisher goes on where it was. */
static void
test_injected_number(void)
{
	struct site *s = steady();
	uint32_t sq = s->unit.sqnum;

	s->unit.sqnum = sq + 500;
	after(s, 400);
	CU_ASSERT_EQUAL_FATAL(s->n, 1); /* as it is when units are lost */
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GSE_LOSS, 11));
	s->unit.sqnum = sq;
	repeat(s, 1, 600);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-08", &EV_GOOSE_REPLAY_DETECTED, 11));
	CU_ASSERT_EQUAL(why(&s->ev[1], "sq"), sq + 500);
	repeat(s, 5, 1000);
	/* more of it */
	sq = s->unit.sqnum;
	s->unit.sqnum = 600;
	after(s, 500);
	s->unit.sqnum = sq;
	repeat(s, 5, 500);
	CU_ASSERT_EQUAL(s->n, 2);
	site_free(s);
}

/* No loss is as large in so short a while. */
static void
test_far_number(void)
{
	struct site *s = steady();
	uint32_t sq = s->unit.sqnum;

	s->unit.sqnum = sq + 1002;
	after(s, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GOOSE_REPLAY_DETECTED, 11));
	CU_ASSERT_FALSE(s->ev[0].doubtful);
	s->unit.sqnum = sq;
	repeat(s, 5, 1000);
	CU_ASSERT_EQUAL(s->n, 1);
	site_free(s);

	s = steady(); /* and this one is the publisher's */
	s->unit.sqnum += 1002;
	after(s, 1000);
	repeat(s, 9, 1000);
	CU_ASSERT_EQUAL(s->n, 1);
	site_free(s);
}

/* Two ports of a mirror: the unit that seemed to be lost comes late. */
static void
test_disordered(void)
{
	struct site *s = steady();
	uint32_t sq = s->unit.sqnum;

	s->unit.sqnum = sq + 2;
	after(s, 4);
	s->unit.sqnum = sq + 1;
	after(s, 4);
	s->unit.sqnum = sq + 2;
	repeat(s, 5, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GSE_LOSS, 11));
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "several injected states", test_injected_states },
		{ "a number twice", test_same_number },
		{ "a number ahead", test_injected_number },
		{ "a number far ahead", test_far_number },
		{ "out of order", test_disordered },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_injected", tests);
}
