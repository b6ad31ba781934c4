/* SPDX-License-Identifier: Apache-2.0 */
/* H-1: little loss is no news, much is, once an interval. */
#include <config.h>

#include "rules/losses.h"
#include "tests/unit/transport.h"

extern const struct detector sensor_loss_detector;

#define D (&sensor_loss_detector)

/* What the pipeline counts. */
struct totals {
	void *state;
	struct transport_seen s;
	uint64_t got, lost;
};

static struct totals
started(time_t first)
{
	struct totals t = { .state = transport_started(D) };

	D->on_tick(
	    t.state, NULL, (struct timespec){ .tv_sec = first }, &t.s.sink);
	return t;
}

static void
lose(struct totals *t, enum transport_note note, uint64_t n, time_t at)
{
	struct transport msg = { .note = note, .octets = n };

	t->lost += n;
	msg.got = t->got;
	msg.lost = t->lost;
	transport_tell(D, t->state, &t->s, &msg, at, KNOW_GAPPED);
}

static void
test_crosses(void)
{
	struct totals t = started(1000);

	t.got = 99000;
	lose(&t, TRANSPORT_GAP, 1000, 1010); /* 1 % is not more than 1 % */
	CU_ASSERT_EQUAL(t.s.n, 0);
	lose(&t, TRANSPORT_GAP, 1, 1010);
	CU_ASSERT_EQUAL_FATAL(t.s.n, 1);
	CU_ASSERT_STRING_EQUAL(t.s.ev.def->id, "32473:9.1");
	CU_ASSERT_STRING_EQUAL(t.s.ev.det, "H-1");
	CU_ASSERT_EQUAL(t.s.ev.severity, SEVERITY_WARNING);
	CU_ASSERT_EQUAL(t.s.ev.frame, 7);
	CU_ASSERT_EQUAL(t.s.ev.src.port | t.s.ev.src.ip[15], 0);
	CU_ASSERT_EQUAL(t.s.ev.dst.port | t.s.ev.dst.ip[15], 0);
	CU_ASSERT(transport_subject_is(&t.s.ev, "capture"));
	CU_ASSERT_EQUAL(t.s.ev.nwhy, 3);
	CU_ASSERT(transport_why_is(&t.s.ev, 0, "lost", "1001"));
	CU_ASSERT(transport_why_is(&t.s.ev, 1, "got", "99000"));
	CU_ASSERT(transport_why_is(&t.s.ev, 2, "cause", "gap"));
	CU_ASSERT_FALSE(t.s.ev.doubtful);
	lose(&t, TRANSPORT_GAP, 5000, 1059); /* said */
	CU_ASSERT_EQUAL(t.s.n, 1);
	free(t.state);
}

static void
test_next_interval(void)
{
	struct totals t = started(1000);

	lose(&t, TRANSPORT_CUT, 100, 1000);
	CU_ASSERT_EQUAL(t.s.n, 1);
	CU_ASSERT(transport_why_is(&t.s.ev, 2, "cause", "snaplen"));
	t.got = 1000000;
	lose(&t, TRANSPORT_CUT, 100, 1060); /* the old loss is forgotten */
	CU_ASSERT_EQUAL(t.s.n, 1);
	lose(&t, TRANSPORT_CUT, 20000, 1061);
	CU_ASSERT_EQUAL(t.s.n, 2);
	CU_ASSERT(transport_why_is(&t.s.ev, 0, "lost", "20100"));
	CU_ASSERT(transport_why_is(&t.s.ev, 1, "got", "1000000"));
	free(t.state);
}

/*
 * After an hour without loss a burst is held against the traffic of a minute:
 * neither against the hour's, nor against that since the burst began.
 */
static void
test_after_a_quiet_hour(void)
{
	struct totals t = started(1000);

	t.got = 6000000; /* 100000 a minute */
	lose(&t, TRANSPORT_GAP, 1000, 4600);
	CU_ASSERT_EQUAL(t.s.n, 0);
	lose(&t, TRANSPORT_GAP, 500, 4601);
	CU_ASSERT_EQUAL(t.s.n, 1);
	CU_ASSERT(transport_why_is(&t.s.ev, 0, "lost", "1500"));
	CU_ASSERT(transport_why_is(&t.s.ev, 1, "got", "100000"));
	t.got += 6000000;
	lose(&t, TRANSPORT_GAP, 1000, 8200);
	CU_ASSERT_EQUAL(t.s.n, 1);
	lose(&t, TRANSPORT_GAP, 500, 8201);
	CU_ASSERT_EQUAL(t.s.n, 2);
	free(t.state);
}

/* No tick came before the first loss. */
static void
test_without_tick(void)
{
	struct totals t = { .state = transport_started(D) };

	t.got = 1000000;
	lose(&t, TRANSPORT_GAP, 100, 1000);
	CU_ASSERT_EQUAL(t.s.n, 0);
	lose(&t, TRANSPORT_GAP, 20000, 1001);
	CU_ASSERT_EQUAL(t.s.n, 1);
	free(t.state);
}

static void
test_parameters(void)
{
	struct totals t = started(1000);

	transport_set(t.state, D, "min_octets", 500);
	transport_set(t.state, D, "t_s", 10);
	lose(&t, TRANSPORT_GAP, 499, 1000);
	CU_ASSERT_EQUAL(t.s.n, 0);
	lose(&t, TRANSPORT_GAP, 1, 1000);
	CU_ASSERT_EQUAL(t.s.n, 1);
	lose(&t, TRANSPORT_GAP, 500, 1009);
	CU_ASSERT_EQUAL(t.s.n, 1);
	lose(&t, TRANSPORT_GAP, 500, 1010);
	CU_ASSERT_EQUAL(t.s.n, 2);
	transport_set(t.state, D, "q_permille", 1000);
	lose(&t, TRANSPORT_GAP, 500, 1020);
	CU_ASSERT_EQUAL(t.s.n, 2);
	free(t.state);
}

static void
test_other_notes(void)
{
	struct totals t = started(1000);

	lose(&t, TRANSPORT_ONE_SIDED, 1000, 1000);
	lose(&t, TRANSPORT_OVERLAP, 1000, 1000);
	CU_ASSERT_EQUAL(t.s.n, 0);
	lose(&t, TRANSPORT_GAP, 1000, INT64_MIN); /* any time is survived */
	lose(&t, TRANSPORT_GAP, 1000, INT64_MAX);
	CU_ASSERT_EQUAL(t.s.n, 2);
	free(t.state);
}

static void
tick(struct totals *t, time_t at)
{
	D->on_tick(
	    t->state, NULL, (struct timespec){ .tv_sec = at }, &t->s.sink);
}

/* Holes in the numbers of a protocol, each of n units, of 10 got. */
static void
holes(struct loss *l, unsigned times, uint64_t n)
{
	struct pdu pdu = {
		.at = { .tv_sec = 1001 }, .frame = 9, .src = { .port = 7 }
	};

	for (; times > 0; times--) {
		l->got += 10;
		losses_add(l, n, &pdu);
	}
}

static void
test_numbers(void)
{
	struct losses losses = { .goose = { .got = 5000 } };
	struct setup setup = { .losses = &losses };
	struct totals t = { .state = transport_started(D) };

	t.s.sink.emit = transport_see;
	D->start(t.state, &setup);
	tick(&t, 1000);
	holes(&losses.goose, 4, 100); /* a few only */
	holes(&losses.iec104, 5, 1);
	tick(&t, 1001);
	CU_ASSERT_EQUAL(t.s.n, 0);
	holes(&losses.goose, 1, 1);
	tick(&t, 1002);
	CU_ASSERT_EQUAL_FATAL(t.s.n, 1);
	CU_ASSERT_STRING_EQUAL(t.s.ev.def->id, "32473:9.1");
	CU_ASSERT_STRING_EQUAL(t.s.ev.det, "H-1");
	CU_ASSERT_STRING_EQUAL(t.s.ev.proto, "goose");
	CU_ASSERT_EQUAL(t.s.ev.frame, 9);
	CU_ASSERT_EQUAL(t.s.ev.src.port, 0);
	CU_ASSERT(transport_subject_is(&t.s.ev, "goose"));
	CU_ASSERT(transport_why_is(&t.s.ev, 0, "lost", "401"));
	CU_ASSERT(transport_why_is(&t.s.ev, 1, "got", "50"));
	CU_ASSERT(transport_why_is(&t.s.ev, 2, "holes", "5"));
	CU_ASSERT(transport_why_is(&t.s.ev, 3, "cause", "numbers"));
	holes(&losses.goose, 9, 9);
	tick(&t, 1059); /* said */
	CU_ASSERT_EQUAL(t.s.n, 1);
	tick(&t, 1060);
	CU_ASSERT_EQUAL(t.s.n, 1);
	holes(&losses.iec104, 5, 2);
	tick(&t, 1061);
	CU_ASSERT_EQUAL(t.s.n, 2);
	CU_ASSERT_STRING_EQUAL(t.s.ev.proto, "iec104");
	losses.dnp3.got += 10000;
	holes(&losses.dnp3, 10, 10); /* 1 % of 10000 and 100 is less */
	tick(&t, 1062);
	CU_ASSERT_EQUAL(t.s.n, 2);
	holes(&losses.dnp3, 1, 10);
	tick(&t, 1063);
	CU_ASSERT_EQUAL(t.s.n, 3);
	CU_ASSERT_STRING_EQUAL(t.s.ev.proto, "dnp3");
	free(t.state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "crosses the share", test_crosses },
		{ "the next interval", test_next_interval },
		{ "after a quiet hour", test_after_a_quiet_hour },
		{ "without a tick", test_without_tick },
		{ "parameters", test_parameters },
		{ "other notes", test_other_notes },
		{ "numbers", test_numbers },
		CU_TEST_INFO_NULL,
	};

	return driver_run("loss", tests);
}
