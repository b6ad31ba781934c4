/* SPDX-License-Identifier: Apache-2.0 */
/* Octets to units: recognition, framing, and the way back to a unit. */
#include <config.h>

#include "tests/unit/units.h"

/* STARTDT act */
#define START_DT "\x68\x04\x07\x00\x00\x00"
/* S frame, all before 1 received: content alone is no proof of it */
#define S "\x68\x04\x01\x00\x02\x00"
/* M_SP_NA_1, spontaneous, CA 1, IOA 1, on; N(S) as given, doubled */
#define I(ns)                                                                  \
	"\x68\x0e" ns "\x00\x00\x00\x01\x01\x03\x00\x01\x00\x01\x00\x00\x01"
/* C_SC_NA_1, activation, CA 1, IOA 5, execute on */
#define C(ns)                                                                  \
	"\x68\x0e" ns "\x00\x00\x00\x2d\x01\x06\x00\x01\x00\x05\x00\x00\x01"

#define LEN(s) (sizeof(s) - 1)

static const char talk[] = START_DT I("\x00") S I("\x02") C("\x04") I("\x06");
#define TALK "U07 I0 S I1 I2 I3 "

static void
test_any_split(void)
{
	size_t n = LEN(talk);

	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b += 7) {
			units_start(UNITS_HOME);
			units_put(talk, a);
			units_put(talk + a, b - a);
			units_put(talk + b, n - b);
			UNITS_GAVE(TALK);
			CU_ASSERT_EQUAL(units_blocks_out(), 0);
			CU_ASSERT_EQUAL(units.counts->resyncs, 0);
			CU_ASSERT_EQUAL(units.counts->skipped_octets, 0);
			units_stop();
		}
	}
	for (uint16_t port = UNITS_HOME; port < UNITS_HOME + 2; port++) {
		units_start(port);
		for (size_t i = 0; i < n; i++)
			units_put(talk + i, 1);
		UNITS_GAVE(TALK);
		CU_ASSERT_EQUAL(units_blocks_out(), 0);
		CU_ASSERT_EQUAL(units.claimed, 1);
		CU_ASSERT_EQUAL(units.counts->claimed, 1);
		units_stop();
	}
}

/* A unit belongs to the packet that it ended in. */
static void
test_frame_numbers(void)
{
	units_start(UNITS_HOME);
	units_put(talk, 10);
	CU_ASSERT_EQUAL(units.frame_of, 1);
	units_put(talk + 10, 5);
	CU_ASSERT_EQUAL(units.frame_of, 1);
	units_put(talk + 15, 13);
	UNITS_GAVE("U07 I0 S ");
	CU_ASSERT_EQUAL(units.frame_of, 3);
	units_stop();
}

/* Where the port says nothing, a second unit has to confirm the first. */
static void
test_off_port(void)
{
	units_start(9999);
	units_put(S, 6);
	UNITS_GAVE("");
	CU_ASSERT_EQUAL(units.flow->app, 0);
	CU_ASSERT_EQUAL(units_blocks_out(), 1);
	units_put(S, 6);
	UNITS_GAVE("S S ");
	CU_ASSERT_EQUAL(units.claimed, 1);
	units_stop();
	units_start(9999); /* it was none */
	units_put(S, 6);
	units_put("GET / HTTP/1.1\r\n", 16);
	UNITS_GAVE("");
	CU_ASSERT_EQUAL(units.flow->app, 0);
	CU_ASSERT_EQUAL(units.flow->tries, 1);
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	/* a flow is never given up */
	for (int i = 0; i < 300; i++)
		units_put("nothing", 7);
	CU_ASSERT_EQUAL(units.flow->tries, UINT8_MAX);
	units_put(talk, LEN(talk));
	UNITS_GAVE(TALK);
	units_stop();
	units_start(9999); /* what is proof needs no second one */
	units_put(START_DT, 6);
	UNITS_GAVE("U07 ");
	units_stop();
}

/* What may be the begin of a unit does not wait for ever. */
static void
test_undecided(void)
{
	static const uint8_t begin[] = { 0xe7, 0, 0xff, 0xff };

	units_start(9999);
	units_put(begin, 4);
	for (int i = 0; i < 8000; i++)
		units_put("\0", 1);
	CU_ASSERT_EQUAL(units_blocks_out(), 1);
	for (int i = 0; i < 200; i++)
		units_put("\0", 1);
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	CU_ASSERT_EQUAL(units.flow->tries > 0, true);
	CU_ASSERT_EQUAL(units.counts->claimed, 0);
	units_stop();
}

/* The sensor comes in when a unit is half over. */
static void
test_pick_up(void)
{
	/* from the octet with this index on */
	for (size_t from = 1; from < 22; from++) {
		units_start(UNITS_HOME);
		units.half->flags = HALF_KNOWN | HALF_SEARCH;
		units_put(talk + from, LEN(talk) - from);
		UNITS_GAVE(from <= 6 ? TALK + 4 : TALK + 7);
		CU_ASSERT_EQUAL(units.counts->resyncs, from != 6);
		CU_ASSERT_EQUAL(
		    units.counts->skipped_octets, (from <= 6 ? 6 : 22) - from);
		units_stop();
		units_start(UNITS_HOME); /* octet by octet */
		units.half->flags = HALF_KNOWN | HALF_SEARCH;
		for (size_t i = from; i < LEN(talk); i++)
			units_put(talk + i, 1);
		UNITS_GAVE(from <= 6 ? TALK + 4 : TALK + 7);
		CU_ASSERT_EQUAL(units_blocks_out(), 0);
		units_stop();
	}
}

/* Junk is said once; then the next unit is found, wherever the cut is. */
static void
test_junk(void)
{
	static const char s[] = START_DT I("\x00") "what is this?" I(
	    "\x02") "and this h?" I("\x04") "?" I("\x06");

	for (size_t cut = 1; cut < LEN(s); cut++) {
		units_start(UNITS_HOME);
		units_put(s, cut);
		units_put(s + cut, LEN(s) - cut);
		/* the flaw holds what of the junk was there */
		CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "I1 "));
		CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "I2 "));
		CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "I3 "));
		CU_ASSERT_EQUAL(units_blocks_out(), 0);
		CU_ASSERT_EQUAL(units.counts->unclaimed, 0);
		units_stop();
	}
	units_start(UNITS_HOME);
	units_put(s, LEN(s));
	UNITS_GAVE("U07 I0 m13 I1 m11 I2 m1 I3 ");
	CU_ASSERT_EQUAL(units.counts->resyncs, 3);
	CU_ASSERT_EQUAL(units.counts->skipped_octets, 25);
	units_put("junk", 4); /* it goes on, over packets: said once */
	units_put("junk", 4);
	units_put("junk" I("\x08"), 20);
	UNITS_GAVE("U07 I0 m13 I1 m11 I2 m1 I3 m4 I4 ");
	units_stop();
}

/* Junk that looks like a head claims the units behind it: they come anyway. */
static void
test_false_head(void)
{
	/* a length of 32: over the next unit, which ends there or not */
	static const char s[] = START_DT "\x68\x20...." C("\x00") C("\x02");

	for (size_t cut = 1; cut < LEN(s); cut++) {
		units_start(UNITS_HOME);
		units_put(s, cut);
		units_put(s + cut, LEN(s) - cut);
		CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "I1 "));
		CU_ASSERT_EQUAL(units_blocks_out(), 0);
		units_stop();
	}
}

/* Octets that nobody captured. */
static void
test_gap(void)
{
	/* each part of I 0 that may be missing, to its end and beyond it */
	for (size_t from = 1; from < 16; from++) {
		for (size_t n = 1; n < 22; n++) {
			char want[64];

			units_start(UNITS_HOME);
			units_put(talk, 6 + from);
			units_lose((uint32_t)n);
			units_put(
			    talk + 6 + from + n, LEN(talk) - 6 - from - n);
			/* the length is the second octet */
			snprintf(want, sizeof(want),
			    from > 1 ? "U07 I0t%zu/16 " : "U07 I0t%zu/", from);
			CU_ASSERT_EQUAL(
			    strncmp(units.text, want, strlen(want)), 0);
			CU_ASSERT_PTR_NOT_NULL(strstr(units.text, "I2 I3 "));
			if (from > 1 && from + n <= 16)
				CU_ASSERT_PTR_NOT_NULL(
				    strstr(units.text, "/16 S I1 I2 I3 "));
			CU_ASSERT_PTR_NULL(strchr(units.text, 'm'));
			CU_ASSERT_EQUAL(
			    units.flow->flags & FLOW_GAPPED, FLOW_GAPPED);
			CU_ASSERT_EQUAL(units_blocks_out(), 0);
			units_stop();
		}
	}
}

static void
test_gap_between(void)
{
	units_start(UNITS_HOME); /* a whole unit is missing */
	units_put(talk, 6);
	units_lose(16);
	units_put(talk + 22, LEN(talk) - 22);
	UNITS_GAVE("U07 S I1 I2 I3 ");
	CU_ASSERT_EQUAL(units.counts->skipped_octets, 0);
	CU_ASSERT_EQUAL(units.counts->resyncs, 0);
	units_stop();
	units_start(UNITS_HOME); /* junk behind what was lost is no evidence */
	units_put(talk, 10);
	units_lose(12);
	units_put("?", 1);
	units_put(I("\x02"), 16);
	UNITS_GAVE("U07 I0t4/16 I1 ");
	units_stop();
	units_start(UNITS_HOME); /* two gaps in one unit, then its last octet */
	units_put(talk, 10);
	units_lose(4);
	units_put(talk + 14, 2);
	units_lose(5);
	units_put(talk + 21, LEN(talk) - 21);
	UNITS_GAVE("U07 I0t4/16 S I1 I2 I3 ");
	units_stop();
	units_start(UNITS_HOME); /* all of the rest, to the octet */
	units_put(talk, 10);
	units_lose(4);
	units_lose(8);
	CU_ASSERT_EQUAL(units.half->flags & HALF_SEARCH, 0);
	units_put(talk + 22, LEN(talk) - 22);
	CU_ASSERT_EQUAL(units.counts->skipped_octets, 0);
	units_stop();
	units_start(UNITS_HOME); /* while a unit is looked for: none is told */
	units_put(talk, 6);
	units_lose(1);
	units_put("\x68\x0e\x00\x00", 4);
	units_lose(100);
	units_put(I("\x02"), 16);
	UNITS_GAVE("U07 I1 ");
	units_stop();
	units_start(UNITS_HOME); /* what waits was not the stream's */
	units_put(talk, 10);
	units_lose(0);
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	units_put(I("\x02"), 16);
	UNITS_GAVE("U07 I1 ");
	units_stop();
}

/* After 64 KiB of another protocol the flow is nobody's, until it is again. */
static void
test_foreign(void)
{
	char other[1000];

	memset(other, '.', sizeof(other));
	units_start(UNITS_HOME);
	units_put(START_DT, 6);
	for (int i = 0; i < 65; i++)
		units_put(other, sizeof(other));
	UNITS_GAVE("U07 m1000 ");
	CU_ASSERT_EQUAL(units.unclaimed, 0);
	units_put(other, sizeof(other));
	units_put(other, sizeof(other));
	CU_ASSERT_EQUAL(units.unclaimed, 1);
	CU_ASSERT_EQUAL(units.flow->app, 0);
	CU_ASSERT_EQUAL(units.counts->unclaimed, 1);
	for (int i = 0; i < 100; i++)
		units_put(other, sizeof(other));
	units_put(talk, LEN(talk));
	UNITS_GAVE("U07 m1000 " TALK);
	CU_ASSERT_EQUAL(units.claimed, 2);
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	units_stop();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "any split", test_any_split },
		{ "frame numbers", test_frame_numbers },
		{ "off its port", test_off_port },
		{ "undecided", test_undecided },
		{ "pick-up", test_pick_up },
		{ "junk", test_junk },
		{ "a false head", test_false_head },
		{ "gaps in a unit", test_gap },
		{ "gaps between units", test_gap_between },
		{ "another protocol", test_foreign },
		CU_TEST_INFO_NULL,
	};

	return driver_run("units", tests);
}
