/* SPDX-License-Identifier: Apache-2.0 */
/* G-05 to G-12: injected, replayed, lost and odd units of one publisher. */
#include <config.h>

#include "tests/unit/goose_rules.h"

/* A state of the same source; the publisher goes on where it was. */
static void
test_injected_state(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit, injected;

	change(s, 400);
	repeat(s, 4, 10);
	CU_ASSERT_EQUAL(s->n, 0); /* as good as any until then */
	injected = s->unit;
	s->unit = honest;
	repeat(s, 1, 560);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-05", &EV_GOOSE_REPLAY_DETECTED, 11));
	CU_ASSERT_EQUAL(why(&s->ev[0], "st"), 6);
	CU_ASSERT_EQUAL(why(&s->ev[0], "last_st"), 5);
	CU_ASSERT_EQUAL(why(&s->ev[0], "went_on_in_frame"), 16);

	/* neither of them is told of again */
	honest = s->unit;
	s->unit = injected;
	repeat(s, 3, 10);
	s->unit = honest;
	repeat(s, 5, 990);
	change(s, 400);
	repeat(s, 3, 10);
	CU_ASSERT_EQUAL(s->n, 1);
	site_free(s);
}

/* The same, and it was the publisher's. */
static void
test_own_state(void)
{
	struct site *s = steady();

	change(s, 400);
	repeat(s, 3, 4);
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	/* the old state would only go on soon after */
	s->unit.stnum = 5;
	s->unit.sqnum = 9;
	s->unit.t.seconds--;
	s->unit.data = (struct bytes){ off, sizeof(off) };
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-05", &EV_GOOSE_REPLAY_DETECTED, 18));
	site_free(s);
}

static void
test_poisoned(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit;

	s->unit.stnum = 9999;
	s->unit.sqnum = 0;
	s->unit.t.seconds++;
	after(s, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-07", &EV_GOOSE_REPLAY_DETECTED, 11));
	CU_ASSERT_STRING_EQUAL(
	    goose_sequence_detector.detections[2].id, "G-07");
	repeat(s, 1, 100); /* two units do not make a publisher */
	s->unit = honest;
	repeat(s, 3, 500);
	change(s, 500);
	CU_ASSERT_EQUAL(s->n, 1);
	site_free(s);
}

/* Units for which there was no time are not lost: somebody made that up. */
static void
test_crowded(void)
{
	struct site *s = steady();

	repeat(s, 3, 1000);
	s->unit.sqnum += 20;
	repeat(s, 1, 900);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT_STRING_EQUAL(s->ev[0].det, "G-08");
	CU_ASSERT_EQUAL(goose_world_loss(s->world).missing, 0);
	s->unit.sqnum++;
	repeat(s, 1, 2000);
	CU_ASSERT_EQUAL(goose_world_loss(s->world).missing, 1);
	site_free(s);
}

/* Fewer states than that are lost, not made up. */
static void
test_lost(void)
{
	struct site *s = steady();

	s->unit.stnum += 2;
	change(s, 1600);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-07", &EV_GSE_LOSS, 11));
	CU_ASSERT_EQUAL(why(&s->ev[0], "missing"), 2);
	s->unit.sqnum += 3;
	repeat(s, 1, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-08", &EV_GSE_LOSS, 12));
	CU_ASSERT_EQUAL(why(&s->ev[1], "missing"), 3);
	CU_ASSERT_EQUAL(goose_world_loss(s->world).missing, 5);
	CU_ASSERT_EQUAL(goose_world_loss(s->world).received, 12);
	site_free(s);
}

static void
test_first_of_state(void)
{
	struct site *s = steady();

	change(s, 500);
	s->unit.stnum++;
	s->unit.t.seconds++;
	s->unit.sqnum = 2;
	s->unit.data = (struct bytes){ off, sizeof(off) };
	after(s, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GSE_LOSS, 12));
	s->unit.stnum++;
	s->unit.t.seconds++;
	s->unit.sqnum = 4;
	s->unit.data = (struct bytes){ on, sizeof(on) };
	after(s, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-09", &EV_GSE_STATE_ANOMALY, 13));
	site_free(s);
}

static void
test_restart(void)
{
	struct site *s = steady();

	for (int i = 0; i < 3; i++) {
		s->unit.stnum = 1;
		s->unit.sqnum = 1;
		s->unit.t.seconds += 10;
		after(s, 1500);
		repeat(s, 4, 1000);
	}
	CU_ASSERT_EQUAL_FATAL(s->n, 3);
	CU_ASSERT(is_event(s, 0, "G-06", &EV_GSE_RESTART, 11));
	CU_ASSERT_EQUAL(s->ev[0].severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(s->ev[0].std, "IEC62351-14:8.4");
	CU_ASSERT(is_event(s, 1, "G-06", &EV_GSE_RESTART, 16));
	CU_ASSERT(is_event(s, 2, "G-06", &EV_GSE_FREQUENT_RESTART, 21));
	site_free(s);
}

/* Nobody starts anew and goes on as well. */
static void
test_false_restart(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit;

	s->unit.stnum = 1;
	s->unit.sqnum = 0;
	s->unit.t.seconds += 10;
	after(s, 500);
	s->unit = honest;
	repeat(s, 4, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 0, "G-06", &EV_GSE_RESTART, 11));
	CU_ASSERT(is_event(s, 1, "G-05", &EV_GOOSE_REPLAY_DETECTED, 11));
	site_free(s);
}

static void
test_replay(void)
{
	struct site *s = steady();
	struct goose_pdu old = s->unit, now;

	change(s, 500);
	change(s, 500);
	repeat(s, 4, 1000);
	now = s->unit;
	s->unit = old;
	after(s, 300); /* octet by octet as it was */
	s->unit = now;
	repeat(s, 4, 700);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-05", &EV_GOOSE_REPLAY_DETECTED, 17));
	/* and a repeat within the state */
	s->unit.sqnum -= 2;
	after(s, 300);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-08", &EV_GOOSE_REPLAY_DETECTED, 22));
	site_free(s);
}

/* By the other LAN, in time, also over a change of state. */
static void
test_copies(void)
{
	struct site *s = steady();
	struct goose_pdu last = s->unit, next;

	after(s, 15);
	change(s, 4);
	next = s->unit;
	s->unit = last;
	after(s, 10);
	s->unit = next;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	CU_ASSERT_EQUAL(goose_world_loss(s->world).copies, 2);
	after(s, 21); /* too late for a copy */
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GOOSE_REPLAY_DETECTED, 15));
	site_free(s);
}

static void
test_rollover(void)
{
	struct site *s = site_new(16, NULL);

	s->unit.stnum = UINT32_MAX;
	s->unit.sqnum = UINT32_MAX - 2;
	after(s, 0);
	repeat(s, 2, 1000);
	s->unit.sqnum = 1;
	after(s, 1000);
	s->unit.stnum = 0;
	change(s, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	s->unit.sqnum = UINT32_MAX - 2;
	s->unit.stnum = 1;
	after(s, 1000);
	s->n = 0;
	repeat(s, 3, 1000); /* 0 behind 2^32-1 */
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-08", &EV_GOOSE_REPLAY_DETECTED, 9));
	CU_ASSERT(s->ev[0].doubtful);
	site_free(s);
}

/* Data on the way changed: state, time and numbers as they should be. */
static void
test_data(void)
{
	struct site *s = steady();

	s->unit.data = (struct bytes){ on, sizeof(on) };
	repeat(s, 1, 1000);
	s->unit.data = (struct bytes){ off, sizeof(off) };
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-10", &EV_GOOSE_SEC_CHECK_FAIL, 11));
	CU_ASSERT_EQUAL(s->ev[0].severity, SEVERITY_ALARM);
	site_free(s);
}

/* A publisher that does so with t is told of once. */
static void
test_loose_data(void)
{
	struct site *s = steady();
	uint8_t count[] = { 0x86, 1, 0, 0x84, 2, 6, 0x80 };

	s->unit.data = (struct bytes){ count, sizeof(count) };
	s->unit.stnum++;
	s->unit.sqnum = 0;
	s->unit.t.seconds++;
	after(s, 1000);
	s->n = 0; /* other types */
	repeat(s, 4, 1000);
	s->n = 0;
	for (count[2] = 1; count[2] < 12; count[2]++) {
		s->unit.t.seconds++;
		repeat(s, 1, 1000);
	}
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-10", &EV_GSE_DATA_ANOMALY, 16));
	CU_ASSERT_EQUAL(s->ev[0].severity, SEVERITY_WARNING);
	site_free(s);
}

/* Where t runs with the units, by a coarse clock, an old t proves nothing. */
static void
test_coarse_clock(void)
{
	struct site *s = steady();

	s->unit.t.seconds++;
	repeat(s, 1, 10);
	CU_ASSERT_EQUAL(s->n, 1);
	s->unit.data = (struct bytes){ on, sizeof(on) };
	repeat(s, 1, 5);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-10", &EV_GSE_DATA_ANOMALY, 12));
	site_free(s);
}

static void
test_time(void)
{
	struct site *s = steady();

	s->unit.t.seconds--;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-11", &EV_GSE_TIME_ANOMALY, 11));
	site_free(s);

	s = steady();
	s->unit.t.quality = GOOSE_NOT_SYNCHRONIZED;
	s->unit.t.seconds -= 2;
	change(s, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 0, "G-11", &EV_GSE_TIME_UNSYNCED, 11));
	CU_ASSERT(is_event(s, 1, "G-12", &EV_TIME_SYNC_LOST, 11));
	site_free(s);
}

static void
test_unchanged(void)
{
	struct site *s = steady();

	change(s, 1000);
	s->unit.stnum++;
	s->unit.t.seconds++;
	s->unit.sqnum = 0;
	after(s, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-10", &EV_GSE_STATE_UNCHANGED, 12));
	site_free(s);
}

/* Off until the clock was right for a day. */
static void
test_skew(void)
{
	struct site *s = site_new(16, NULL);

	s->unit.tal = 100000000;
	after(s, 0);
	change(s, 1000);
	for (int i = 0; i < 2; i++) {
		s->us += UINT64_C(86400) * 1000000;
		s->unit.t.seconds = (uint32_t)(s->us / 1000000) - 1;
		s->unit.t.seconds += i == 1 ? 300 : 0;
		change(s, 0);
	}
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-12", &EV_GSE_TIME_SKEW, 4));
	CU_ASSERT_EQUAL(why(&s->ev[0], "skew_s"), 300);
	s->us += 1000000;
	change(s, 0); /* not again until it was right for a day */
	CU_ASSERT_EQUAL(s->n, 1);
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "an injected state", test_injected_state },
		{ "a state of its own", test_own_state },
		{ "a poisoned stNum", test_poisoned },
		{ "no time for them", test_crowded },
		{ "lost units", test_lost },
		{ "the first of a state", test_first_of_state },
		{ "restarts", test_restart },
		{ "a false restart", test_false_restart },
		{ "replays", test_replay },
		{ "copies", test_copies },
		{ "rollover", test_rollover },
		{ "data within a state", test_data },
		{ "data and time within a state", test_loose_data },
		{ "a coarse clock", test_coarse_clock },
		{ "event time", test_time },
		{ "a state without a change", test_unchanged },
		{ "skew", test_skew },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_sequence", tests);
}
