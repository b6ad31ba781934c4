/* SPDX-License-Identifier: Apache-2.0 */
/* What a counter is to its stream, and what is no attack. */
#include <config.h>

#include "tests/unit/meters.h"

/* A request of the client whose stream has had 100 to 110. */
static enum counter_verdict
ask(struct scene *s, uint32_t ic, uint8_t text)
{
	scene_glo(s, 0, ic, text);
	return s->view->counter.verdict;
}

static void
begin(struct scene *s, uint32_t first, uint32_t last)
{
	scene_start(s, 16);
	scene_aarq(s, BUILD_DLMS_GMAC, 90);
	scene_aare(s, BUILD_DLMS_GMAC, 1, 0, 14);
	for (uint32_t ic = first; ic <= last; ic++) {
		scene_glo(s, 0, ic, (uint8_t)ic);
		CU_ASSERT_EQUAL(s->view->counter.verdict,
		    ic == first ? COUNTER_FIRST : COUNTER_NEXT);
		scene_glo(s, 1, ic, (uint8_t)ic);
	}
	CU_ASSERT_EQUAL(s->n, 0);
}

static void
test_gaps(void)
{
	struct scene s;

	begin(&s, 100, 110);
	CU_ASSERT_EQUAL(ask(&s, 112, 1), COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.view->counter.gap, 1);
	CU_ASSERT_EQUAL(s.view->counter.highest, 110);
	CU_ASSERT_EQUAL(s.view->counter.stream->gaps, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->pdus, 12);
	CU_ASSERT_EQUAL(s.view->counter.stream->first, 100);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

static void
test_replay(void)
{
	struct scene s;

	/* the last, one of the last eight, one that only the pool knows */
	begin(&s, 100, 150);
	CU_ASSERT_EQUAL(ask(&s, 150, 150), COUNTER_REPLAY);
	CU_ASSERT_EQUAL(ask(&s, 145, 145), COUNTER_REPLAY);
	CU_ASSERT_EQUAL(ask(&s, 101, 101), COUNTER_REPLAY);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 3);
	CU_ASSERT_EQUAL(s.view->counter.stream->replays, 3);
	CU_ASSERT_EQUAL(s.view->counter.stream->highest, 150);
	/* the honest sender goes on */
	CU_ASSERT_EQUAL(ask(&s, 151, 9), COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.n, 3);
	scene_stop(&s);
}

/* Other octets under a counter that was used: the key stream is known. */
static void
test_reused(void)
{
	struct scene s;

	begin(&s, 100, 150);
	CU_ASSERT_EQUAL(ask(&s, 149, 7), COUNTER_REUSED);
	CU_ASSERT_EQUAL(ask(&s, 120, 7), COUNTER_REUSED);
	CU_ASSERT_EQUAL(scene_says(&s, "D-22"), 2);
	CU_ASSERT_EQUAL(s.n, 2);
	scene_stop(&s);
}

/* Whether the meter took it: an event of its own, with the answer. */
static void
test_accepted(void)
{
	struct scene s;

	begin(&s, 100, 110);
	ask(&s, 105, 105);
	scene_glo(&s, 1, 111, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 2);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[1], "X.Accepted"), "1");
	ask(&s, 106, 106);
	scene_apdu(&s, 1, OCTETS(0xd8, 2, 6));
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 4);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[3], "X.Accepted"), "0");
	/* a recording of both sides tells nothing about the meter */
	ask(&s, 107, 107);
	scene_glo(&s, 1, 107, 107);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 6);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[5], "X.Accepted"), "");
	scene_stop(&s);
}

/* UDP brings units twice, and not in turn. */
static void
test_udp(void)
{
	struct scene s;

	begin(&s, 100, 110);
	s.carrier = OVER_UDP;
	CU_ASSERT_EQUAL(ask(&s, 113, 13), COUNTER_NEXT);
	CU_ASSERT_EQUAL(ask(&s, 111, 11), COUNTER_LATE);
	CU_ASSERT_EQUAL(ask(&s, 112, 12), COUNTER_LATE);
	CU_ASSERT_EQUAL(ask(&s, 112, 12), COUNTER_COPY);
	s.at += 4;
	CU_ASSERT_EQUAL(ask(&s, 113, 13), COUNTER_COPY);
	CU_ASSERT_EQUAL(s.n, 0);
	s.at += 6;
	CU_ASSERT_EQUAL(ask(&s, 111, 11), COUNTER_REPLAY);
	CU_ASSERT_EQUAL(s.n, 1);
	scene_stop(&s);

	/* at once, but from another port: no network does that */
	begin(&s, 100, 110);
	s.carrier = OVER_UDP;
	ask(&s, 111, 11);
	s.flow++;
	s.client = 66;
	CU_ASSERT_EQUAL(ask(&s, 111, 11), COUNTER_REPLAY);
	scene_stop(&s);

	/* over TCP nothing overtakes */
	begin(&s, 100, 110);
	ask(&s, 113, 13);
	CU_ASSERT_EQUAL(ask(&s, 111, 11), COUNTER_BACKWARDS);
	CU_ASSERT_EQUAL(scene_says(&s, "D-23"), 1);
	scene_stop(&s);
}

static void
test_hdlc_repeats(void)
{
	struct scene s;

	begin(&s, 100, 110);
	s.repeated = true;
	CU_ASSERT_EQUAL(ask(&s, 110, 110), COUNTER_COPY);
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_EQUAL(ask(&s, 110, 110), COUNTER_REPLAY);
	scene_stop(&s);
}

/* One unit out of line, then the honest sender: nothing more is said. */
static void
test_outlier(void)
{
	struct scene s;

	begin(&s, 100, 110);
	CU_ASSERT_EQUAL(ask(&s, 5000000, 1), COUNTER_NEXT);
	CU_ASSERT_EQUAL(scene_says(&s, "D-25"), 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->highest, 110);
	for (uint32_t ic = 111; ic < 130; ic++)
		CU_ASSERT_EQUAL(ask(&s, ic, 1), COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->highest, 129);
	CU_ASSERT_EQUAL(ask(&s, 20, 1), COUNTER_BACKWARDS);
	for (uint32_t ic = 130; ic < 140; ic++)
		CU_ASSERT_EQUAL(ask(&s, ic, 1), COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.n, 2);
	scene_stop(&s);
}

/* Three in a row are the truth, and only the first of them is said. */
static void
test_reference_moves(void)
{
	struct scene s;

	begin(&s, 100, 110);
	for (uint32_t ic = 5000000; ic < 5000010; ic++) {
		CU_ASSERT_EQUAL(ask(&s, ic, 1), COUNTER_NEXT);
		CU_ASSERT_EQUAL(s.n, 1);
	}
	CU_ASSERT_EQUAL(s.view->counter.stream->highest, 5000009);
	/* back to what it was before, as from a copy of old data */
	for (uint32_t ic = 100000; ic < 100010; ic++)
		ask(&s, ic, 1);
	CU_ASSERT_EQUAL(s.n, 2);
	CU_ASSERT_EQUAL(scene_says(&s, "D-23"), 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	scene_stop(&s);
}

static void
test_reset(void)
{
	struct scene s;

	begin(&s, 40000, 40020);
	for (uint32_t ic = 0; ic < 12; ic += 2)
		ask(&s, ic, (uint8_t)(ic + 7));
	CU_ASSERT_EQUAL(scene_says(&s, "D-24"), 1);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->resets, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->highest, 10);
	/* what was sent before the reset is still known */
	CU_ASSERT_EQUAL(ask(&s, 40010, (uint8_t)40010), COUNTER_REPLAY);
	scene_stop(&s);

	/* near misses: it never stood high; the key was changed */
	begin(&s, 100, 110);
	CU_ASSERT_EQUAL(ask(&s, 1, 1), COUNTER_BACKWARDS);
	scene_stop(&s);
	begin(&s, 40000, 40020);
	s.m->meters[0].key_s = (uint32_t)s.at - 60;
	CU_ASSERT_EQUAL(ask(&s, 1, 1), COUNTER_RESET);
	CU_ASSERT(s.view->counter.legitimate);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

static void
test_reset_after_firmware(void)
{
	struct scene s;

	begin(&s, 40000, 40020);
	s.m->meters[0].firmware_s = (uint32_t)s.at - 3600;
	ask(&s, 1, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-24"), 1);
	CU_ASSERT_STRING_NOT_EQUAL(scene_why(&s.events[0], "critical"), "");
	scene_stop(&s);
	begin(&s, 40000, 40020);
	s.m->meters[0].firmware_s = (uint32_t)s.at - 2 * 86400;
	ask(&s, 1, 1);
	CU_ASSERT_STRING_EQUAL(scene_why(&s.events[0], "critical"), "");
	scene_stop(&s);
}

/* A dedicated key lives as long as its association. */
static void
test_dedicated(void)
{
	struct scene s;

	begin(&s, 100, 110);
	for (uint32_t ic = 50; ic < 55; ic++)
		scene_general(&s, 0, 0xdc, 0x30, 90, ic, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->key, KEY_DED);
	scene_general(&s, 0, 0xdc, 0x30, 90, 52, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_REPLAY);
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	for (uint32_t ic = 0; ic < 55; ic++) {
		scene_general(&s, 0, 0xdc, 0x30, 90, ic, 9);
		CU_ASSERT_EQUAL(s.view->counter.verdict,
		    ic == 0 ? COUNTER_FIRST : COUNTER_NEXT);
	}
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(s.view->counter.stream->first, 50);
	CU_ASSERT_EQUAL(s.view->counter.stream->pdus, 61);
	scene_stop(&s);
}

/* One title has a counter for each meter, and for each SAP. */
static void
test_streams_apart(void)
{
	struct scene s;

	begin(&s, 5000, 5010);
	s.meter = 2;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_EQUAL(ask(&s, 20, 1), COUNTER_FIRST);
	s.meter = 1;
	s.sap = 3;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_EQUAL(ask(&s, 20, 1), COUNTER_FIRST);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);

	/* unless one counter is for all SAPs */
	begin(&s, 5000, 5010);
	s.m->per_meter = 1;
	s.sap = 3;
	s.flow++;
	scene_aarq(&s, BUILD_DLMS_GMAC, 90);
	CU_ASSERT_EQUAL(ask(&s, 5005, 5005 & 0xff), COUNTER_REPLAY);
	scene_stop(&s);
}

/* What other keys of one counter have spent is no jump. */
static void
test_shared_counter(void)
{
	struct scene s;

	begin(&s, 100, 110);
	for (uint32_t ic = 2000000; ic < 2000005; ic++)
		scene_general(&s, 0, 0xdc, 0x30, 90, ic, 1);
	s.n = 0; /* the dedicated stream begins where it likes */
	CU_ASSERT_EQUAL(ask(&s, 2000006, 1), COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.view->counter.gap, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	scene_stop(&s);
}

/* Without a title only the octets tell; what is not known is not said. */
static void
test_untitled(void)
{
	struct scene s;

	begin(&s, 100, 110);
	s.flow++;
	s.client = 66;
	CU_ASSERT_EQUAL(ask(&s, 105, 105), COUNTER_REPLAY);
	CU_ASSERT_EQUAL(s.view->counter.stream->pdus, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 1);
	CU_ASSERT_EQUAL(ask(&s, 106, 77), COUNTER_NEXT);
	CU_ASSERT(s.view->counter.doubtful);
	CU_ASSERT_EQUAL(s.n, 1);
	scene_stop(&s);
}

/* The same broadcast goes to many meters, but not twice to one. */
static void
test_broadcast(void)
{
	struct scene s;

	scene_start(&s, 16);
	s.carrier = OVER_UDP;
	for (uint8_t i = 1; i <= 3; i++) {
		s.meter = i;
		s.flow++;
		scene_general(&s, 0, 0xdb, 0x70, 90, 500, 1);
		CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_FIRST);
		CU_ASSERT_EQUAL(s.view->counter.stream->key, KEY_BROADCAST);
	}
	CU_ASSERT_EQUAL(s.n, 0);
	s.at += 60;
	scene_general(&s, 0, 0xdb, 0x70, 90, 500, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-21"), 1);
	/* D-32: in a conversation of two */
	s.carrier = OVER_TCP;
	s.flow++;
	scene_general(&s, 0, 0xdb, 0x70, 90, 501, 1);
	CU_ASSERT_EQUAL(scene_says(&s, "D-32"), 1);
	scene_stop(&s);
}

/* Header without a title: that of the session. */
static void
test_empty_title(void)
{
	struct scene s;

	begin(&s, 100, 110);
	scene_general(&s, 0, 0xdb, 0x30, 0, 111, 1);
	CU_ASSERT_EQUAL(s.view->counter.verdict, COUNTER_NEXT);
	CU_ASSERT_EQUAL(s.view->counter.stream->pdus, 12);
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "gaps", test_gaps },
		{ "replay", test_replay },
		{ "reuse", test_reused },
		{ "whether it was taken", test_accepted },
		{ "UDP", test_udp },
		{ "HDLC repeats", test_hdlc_repeats },
		{ "an outlier", test_outlier },
		{ "the reference moves", test_reference_moves },
		{ "reset", test_reset },
		{ "reset after new firmware", test_reset_after_firmware },
		{ "dedicated keys", test_dedicated },
		{ "streams apart", test_streams_apart },
		{ "one counter for several keys", test_shared_counter },
		{ "without a title", test_untitled },
		{ "broadcast", test_broadcast },
		{ "an empty title", test_empty_title },
		CU_TEST_INFO_NULL,
	};

	return driver_run("meters: counters", tests);
}
