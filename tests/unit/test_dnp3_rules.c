/* SPDX-License-Identifier: Apache-2.0 */
/* The detectors of DNP3 that listen to masters: what fires each, and what is
 * like it. */
#include <config.h>

#include "tests/unit/dnp3_rules.h"

/* P-01, P-02, P-03, P-32: a master beside another, or after it. */
static void
test_masters(void)
{
	struct crob c = crob(4, 3);
	struct site *s = site_new(64);
	uint64_t frame;

	site_begin(s);
	s->master = 2; /* with its own link address: another centre */
	s->master_link = 3;
	s->flow = 2;
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(s->n, 3);
	CU_ASSERT_EQUAL(said(s, "P-01"), 1);
	site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(s->n, 0); /* each is said once */
	s->master = 3;            /* with the first one's */
	s->master_link = 1;
	s->flow = 3;
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->n, 0); /* the first one may be gone */
	frame = s->frame;
	s->master = 1;
	s->flow = 1;
	site_poll(s);
	CU_ASSERT(s->n == 2 && s->ev[0].frame == frame);
	CU_ASSERT_EQUAL(said(s, "P-32"), 1);
	/* the first one operates, as it may */
	site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(s->n, 0);
	s->master = 4; /* what commands at once is told at once */
	s->flow = 4;
	site_ask(s, DNP3_COLD_RESTART, "", 0);
	CU_ASSERT_EQUAL(s->n, 4);
	CU_ASSERT_EQUAL(said(s, "P-01"), 1);
	site_free(s);
}

/* P-01: one link address of outstations at two IP addresses; a third tells
 * that this is how they are given. */
static void
test_two_stations(void)
{
	struct site *s = site_new(64);

	site_begin(s);
	s->station = 99;
	s->flow = 2;
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->n, 0);
	site_answer(s, "", 0);
	CU_ASSERT(last_is(s, "P-01", &EV_DNP_UNKNOWN_MASTER));
	CU_ASSERT(s->ev[0].doubtful);
	said(s, "");
	site_answer(s, "", 0);
	s->station = 98;
	s->flow = 3;
	site_both(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* P-01: over UDP the address alone proves nothing. */
static void
test_mac(void)
{
	struct crob c = crob(4, 3);

	for (int udp = 0; udp < 2; udp++) {
		struct site *s = site_new(64);

		s->carrier = udp ? OVER_UDP : OVER_TCP;
		site_begin(s);
		s->mac = 66;
		site_ask(s, DNP3_READ, class_1, sizeof(class_1));
		CU_ASSERT_EQUAL(said(s, "P-01"), 0);
		site_ask(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
		CU_ASSERT_EQUAL(said(s, "P-01"), udp ? 1 : 0);
		site_free(s);
	}
}

/* P-32: two connections of one master in use. */
static void
test_dual(void)
{
	struct site *s = site_new(64);

	site_begin(s);
	s->flow = 2;
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0); /* it may have begun anew */
	s->flow = 1;
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-32"), 1);
	s->flow = 2;
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_functions(void)
{
	static const struct {
		uint8_t function;
		const char *det;
	} rows[] = { { DNP3_COLD_RESTART, "P-07" },
		{ DNP3_WARM_RESTART, "P-07" }, { DNP3_INITIALIZE_DATA, "P-08" },
		{ DNP3_STOP_APPLICATION, "P-08" },
		{ DNP3_SAVE_CONFIGURATION, "P-09" },
		{ DNP3_ACTIVATE_CONFIGURATION, "P-09" },
		{ DNP3_FREEZE_CLEAR, "P-18" }, { DNP3_FREEZE_CLEAR_NR, "P-18" },
		{ DNP3_ASSIGN_CLASS, "P-19" }, { 70, "P-02" },
		{ DNP3_DISABLE_UNSOLICITED, "P-10" },
		{ DNP3_DELETE_FILE, "P-17" } };
	static const uint8_t like[] = { DNP3_FREEZE, DNP3_FREEZE_AT_TIME,
		DNP3_DELAY_MEASURE, DNP3_ENABLE_UNSOLICITED, DNP3_CLOSE_FILE,
		DNP3_READ };
	struct site *s = site_new(64);

	site_begin(s);
	for (size_t i = 0; i < sizeof(like); i++)
		site_both(s, like[i], "", 0);
	CU_ASSERT_EQUAL(s->n, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		site_ask(s, rows[i].function, "", 0);
		if (rows[i].function != DNP3_FREEZE_CLEAR_NR)
			site_answer(s, "", 0);
		CU_ASSERT_EQUAL(s->n, 1);
		CU_ASSERT_EQUAL(said(s, rows[i].det), 1);
		site_again(s, rows[i].function, "", 0); /* a legal retry */
		CU_ASSERT_EQUAL(s->n, 0);
	}
	site_free(s);
}

/* P-19, P-20: a deadband is written, an identity is read. */
static void
test_objects(void)
{
	static const uint8_t deadband[] = { 34, 1, 0, 0, 0, 5, 0 };
	static const uint8_t identity[] = { 0, 254, 0, 0, 0 };
	struct site *s = site_new(64);

	site_begin(s);
	site_ask(s, DNP3_WRITE, deadband, sizeof(deadband));
	CU_ASSERT_EQUAL(said(s, "P-19"), 1);
	site_ask(s, DNP3_READ, deadband, 3);
	CU_ASSERT_EQUAL(s->n, 0);
	site_ask(s, DNP3_READ, identity, sizeof(identity));
	CU_ASSERT_EQUAL(said(s, "P-20"), 1);
	site_ask(s, DNP3_READ, identity, sizeof(identity));
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* P-02, P-03: what was never done in the days that are for learning. */
static void
test_learning(void)
{
	struct crob c = crob(4, 3), other = crob(5, 3);
	uint64_t day = 86400000;

	for (int late = 0; late < 2; late++) {
		struct site *s = site_new(64);

		site_begin(s);
		site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
		s->ms = BEGIN + 13 * day + (late ? 2 * day : 0);
		site_both(s, DNP3_FREEZE, class_1, sizeof(class_1));
		CU_ASSERT_EQUAL(said(s, "P-02"), late ? 1 : 0);
		s->ms = BEGIN + 29 * day + (late ? 2 * day : 0);
		site_both(s, DNP3_DIRECT_OPERATE, other.p, sizeof(other.p));
		CU_ASSERT_EQUAL(said(s, "P-03"), late ? 1 : 0);
		site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
		CU_ASSERT_EQUAL(s->n, 0);
		site_free(s);
	}
}

static void
test_sbo(void)
{
	struct crob c = crob(4, 0x41), trip = crob(4, 0x81);
	struct site *s = site_new(64);

	site_begin(s);
	site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(s->n, 0);
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p)); /* once for a select */
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	for (int n = 0; n < 15; n++) /* until the number comes again */
		site_both(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(said(s, "P-05"), 0);
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
	site_both(s, DNP3_OPERATE, trip.p, sizeof(trip.p));
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	/* the outstation says no, and the master goes on */
	site_ask(s, DNP3_SELECT, c.p, sizeof(c.p));
	s->iin = DNP3_IIN_PARAMETER;
	site_answer(s, "", 0);
	s->iin = 0;
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
	s->ms += 10001;
	site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	site_free(s);

	/* the select may have been before the capture, or what came was not */
	s = site_new(64);
	s->know = KNOW_MIDSTREAM;
	site_ask(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(s->n, 0);
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_ask(s, DNP3_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT(s->n == 1 && s->ev[0].doubtful);
	CU_ASSERT_EQUAL(said(s, "P-05"), 1);
	site_free(s);
}

static void
test_silent(void)
{
	struct crob c = crob(4, 3), other = crob(5, 3);
	struct site *s = site_new(64);

	site_begin(s);
	site_ask(s, DNP3_DIRECT_OPERATE_NR, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-04"), 1);
	site_ask(s, DNP3_DIRECT_OPERATE_NR, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-04"), 0);
	site_ask(s, DNP3_DIRECT_OPERATE_NR, other.p, sizeof(other.p));
	CU_ASSERT_EQUAL(said(s, "P-04"), 1);
	site_free(s);
}

/* P-06: what a loop does for ever, and what nobody does. */
static void
test_burst(void)
{
	struct crob c = crob(4, 3);
	struct site *s = site_new(64);

	site_begin(s);
	for (int n = 0; n < 100; n++) { /* in equal steps */
		s->ms += 2000;
		site_both(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	}
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);

	s = site_new(64);
	site_begin(s);
	for (int n = 0; n < 10; n++) {
		s->ms += 100;
		site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
		site_both(s, DNP3_OPERATE, c.p, sizeof(c.p));
	}
	CU_ASSERT_EQUAL(s->n, 0); /* a select and its operate are one */
	s->ms += 100;
	site_both(s, DNP3_SELECT, c.p, sizeof(c.p));
	CU_ASSERT_EQUAL(said(s, "P-06"), 1);
	site_free(s);
}

/* P-11: offsets of a zone are a habit; one wrong time changes nothing. */
static void
test_clock(void)
{
	struct site *s = site_new(64);
	int64_t hour = 3600000;
	static const struct {
		int64_t off;
		size_t n;
	} rows[] = { { 0, 0 }, { 4000, 0 }, { 60000, 1 }, { 1000, 0 },
		{ 3600000, 1 }, { 0, 0 } };

	s->iin = DNP3_IIN_NEED_TIME;
	site_begin(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t t[10] = { 50, 1, 7, 1 };
		uint64_t ms =
		    (uint64_t)((int64_t)s->ms - 4 * hour + rows[i].off);

		for (int k = 0; k < 6; k++)
			t[4 + k] = (uint8_t)(ms >> 8 * k);
		site_both(s, DNP3_WRITE, t, sizeof(t));
		CU_ASSERT_EQUAL(said(s, "P-11"), rows[i].n);
	}
	s->iin = 0;
	site_poll(s);
	site_ask(s, DNP3_RECORD_TIME, "", 0);
	CU_ASSERT(last_is(s, "P-11", &EV_TIME_DATE_CHANGE));
	site_free(s);
}

/* P-11: of an outstation that had to leave the table nobody knows it asked. */
static void
test_clock_full(void)
{
	struct site *s = site_new(16);

	for (uint16_t n = 0; n < 20; n++) {
		s->n = 0;
		s->link = 100 + n;
		site_ask(s, DNP3_RECORD_TIME, "", 0);
		CU_ASSERT_EQUAL(said(s, "P-11"), n < 16);
	}
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "masters", test_masters },
		{ "two stations", test_two_stations },
		{ "another MAC address", test_mac },
		{ "two connections", test_dual },
		{ "functions", test_functions },
		{ "objects", test_objects },
		{ "what was never done", test_learning },
		{ "select and operate", test_sbo },
		{ "without acknowledgement", test_silent },
		{ "bursts", test_burst },
		{ "clocks", test_clock },
		{ "clocks and a full table", test_clock_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_rules", tests);
}
