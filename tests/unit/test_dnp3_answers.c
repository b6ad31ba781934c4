/* SPDX-License-Identifier: Apache-2.0 */
/* The detectors of DNP3 that listen to outstations, to the link layer and to
 * files: what fires each, and what is like it. */
#include <config.h>

#include "tests/unit/dnp3_rules.h"

static void
test_flags(void)
{
	static const uint8_t clear[] = { 80, 1, 0, 7, 7, 0 };
	struct site *s = site_new(64);

	site_begin(s);
	s->iin = DNP3_IIN_RESTART;
	site_poll(s);
	CU_ASSERT(last_is(s, "P-13", &EV_DNP_RESTART));
	said(s, "");
	site_poll(s); /* edge, not level */
	site_ask(s, DNP3_WRITE, clear, sizeof(clear));
	CU_ASSERT_EQUAL(s->n, 0);
	s->iin = 0;
	site_answer(s, "", 0);
	site_ask(s, DNP3_WRITE, clear, sizeof(clear));
	CU_ASSERT_EQUAL(said(s, "P-12"), 1);
	site_ask(s, DNP3_COLD_RESTART, "", 0);
	said(s, "");
	s->iin = DNP3_IIN_RESTART;
	site_poll(s);
	CU_ASSERT(last_is(s, "P-07", &EV_REBOOT));
	s->iin = 0;
	site_poll(s);
	said(s, "");
	s->iin = DNP3_IIN_RESTART;
	site_poll(s);
	CU_ASSERT(last_is(s, "P-13", &EV_DNP_FREQUENT_RESTART));
	said(s, "");
	s->iin |= DNP3_IIN_CORRUPT | DNP3_IIN_TROUBLE | DNP3_IIN_LOCAL |
	          DNP3_IIN_OVERFLOW;
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 4);
	CU_ASSERT_EQUAL(said(s, "P-14"), 3);
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_refusals(void)
{
	uint8_t group[] = { 100, 0, 6 };
	struct site *s = site_new(64);

	site_begin(s);
	s->iin = DNP3_IIN_NO_OBJECT;
	for (int n = 0; n < 5; n++, group[0]++) {
		CU_ASSERT_EQUAL(s->n, 0);
		site_ask(s, DNP3_READ, group, sizeof(group));
		site_answer(s, "", 0);
	}
	CU_ASSERT(last_is(s, "P-15", &EV_REQUEST_RESOURCE_UNAVAILABLE));
	said(s, "");
	group[0]--;
	for (int n = 0; n < 20; n++) { /* one bad poll speaks once */
		site_ask(s, DNP3_READ, group, sizeof(group));
		site_answer(s, "", 0);
	}
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_spoof(void)
{
	struct site *s = site_new(64);
	uint64_t frame;

	site_begin(s);
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_answer(s, "abc", 3);
	CU_ASSERT_EQUAL(s->n, 0);
	site_answer(s, "abd", 3);
	CU_ASSERT_EQUAL(s->n, 0); /* a request may have been lost */
	frame = s->frame;
	site_poll(s);
	CU_ASSERT(s->n == 1 && s->ev[0].frame == frame);
	CU_ASSERT_EQUAL(said(s, "P-22"), 1);
	s->link = 44; /* a stranger in the same connection */
	site_answer(s, "abc", 3);
	s->link = 10;
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-22"), 1);
	site_answer(s, "abd", 3);
	s->know = KNOW_GAPPED;
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);

	/* two datagrams that answer one, and one that answers none */
	s = site_new(64);
	s->carrier = OVER_UDP;
	site_begin(s);
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_answer(s, "abc", 3);
	site_answer(s, "abd", 3);
	CU_ASSERT(s->n == 1 && s->ev[0].doubtful);
	CU_ASSERT_EQUAL(said(s, "P-22"), 1);
	s->seq = 12;
	site_answer(s, "abc", 3);
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* P-21: data although disabled; null responses come at any time. */
static void
test_unsolicited(void)
{
	static const uint8_t event[] = { 2, 1, 0x17, 1, 3, 0x81 };
	struct site *s = site_new(64);

	site_both(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	s->ms += 9000; /* under way when it was disabled */
	site_say(s, false, 0xf0, DNP3_UNSOLICITED, event, sizeof(event));
	s->ms += 2000;
	site_say(s, false, 0xf1, DNP3_UNSOLICITED, "", 0);
	site_say(s, true, 0xd1, DNP3_CONFIRM, "", 0);
	CU_ASSERT_EQUAL(s->n, 0);
	site_say(s, false, 0xf2, DNP3_UNSOLICITED, event, sizeof(event));
	CU_ASSERT_EQUAL(s->n, 0); /* they may have been enabled */
	site_say(s, true, 0xd2, DNP3_CONFIRM, "", 0);
	CU_ASSERT_EQUAL(said(s, "P-21"), 1);
	site_both(s, DNP3_ENABLE_UNSOLICITED, class_1, sizeof(class_1));
	site_say(s, false, 0xf3, DNP3_UNSOLICITED, event, sizeof(event));
	CU_ASSERT_EQUAL(s->n, 0);
	site_say(s, false, 0xe4, DNP3_UNSOLICITED, event, sizeof(event));
	CU_ASSERT_EQUAL(said(s, "P-21"), 1);
	site_say(s, true, 0xd5, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(said(s, "P-21"), 1);
	site_free(s);
}

/* P-21: how many in a minute, beside what a minute had. */
static void
test_rate(void)
{
	struct site *s = site_new(64);
	uint8_t n = 0;

	for (int k = 0; k < 120; k++) { /* one in ten seconds */
		s->ms += 10000;
		site_say(s, false, 0xf0 | (n++ & 15), DNP3_UNSOLICITED, "", 0);
	}
	CU_ASSERT_EQUAL(s->n, 0);
	for (int k = 0; k < 90; k++) {
		s->ms += 200;
		site_say(s, false, 0xf0 | (n++ & 15), DNP3_UNSOLICITED, "", 0);
	}
	CU_ASSERT_EQUAL(said(s, "P-21"), 1);
	site_free(s);
}

static void
test_link(void)
{
	struct crob c = crob(4, 3);
	struct site *s = site_new(64);

	site_begin(s);
	for (int n = 0; n < 3; n++)
		site_frame(s, true, 0x40, NULL, 0);
	CU_ASSERT_EQUAL(s->n, 0);
	site_frame(s, true, 0x40, NULL, 0);
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	site_frame(s, true, 0x47, NULL, 0); /* no function of a primary */
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	site_frame(s, true, 0x49, NULL, 0);
	site_frame(s, false, 0x0b, NULL, 0);
	CU_ASSERT_EQUAL(s->n, 0);
	s->link = 0xffff;
	site_ask(s, DNP3_FREEZE_NR, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->n, 0);
	site_ask(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	CU_ASSERT(last_is(s, "P-23", &EV_DNP_BROADCAST_CONTROL));
	said(s, "");
	s->link = 0xfffc;
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	s->link = 0xfff3;
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	s->link = 10;
	site_say(s, false, 0xc0, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	site_free(s);

	s = site_new(64); /* the outstation speaks as if it were the master */
	site_begin(s);
	s->master = 9;
	s->station = 1;
	s->link = 1;
	s->master_link = 10;
	site_frame(s, true, 0x49, NULL, 0);
	CU_ASSERT_EQUAL(said(s, "P-23"), 1);
	site_free(s);
}

static void
test_files(void)
{
	static const uint8_t mode[] = { 1, 2, 3 };
	uint8_t open[] = { 70, 3, 0x5b, 1, 27, 0, 26, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* mode: */ 0, 0, 0, 4, 1, 0,
		'a' };
	static const uint8_t block[] = { 70, 5, 0x5b, 1, 10, 0, 1, 0, 0, 0, 0,
		0, 0, 0x80, 'h', 'i' };
	struct site *s = site_new(64);

	site_begin(s);
	for (size_t i = 0; i < sizeof(mode); i++) {
		open[26] = mode[i];
		s->ms += 61000;
		site_ask(s, DNP3_OPEN_FILE, open, sizeof(open));
		CU_ASSERT(last_is(s, "P-17",
		    mode[i] == 1 ? &EV_CONFIG_FILE_EXPORT
		                 : &EV_CONFIG_FILE_IMPORT));
		said(s, "");
		site_both(s, mode[i] == 1 ? DNP3_READ : DNP3_WRITE, block,
		    sizeof(block));
		CU_ASSERT_EQUAL(s->n, 0); /* it goes on */
	}
	site_free(s);

	s = site_new(64); /* begun before the capture */
	site_ask(s, DNP3_WRITE, block, sizeof(block));
	CU_ASSERT(last_is(s, "P-17", &EV_CONFIG_FILE_IMPORT));
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "indications", test_flags },
		{ "refusals", test_refusals },
		{ "forged responses", test_spoof },
		{ "unsolicited responses", test_unsolicited },
		{ "their rate", test_rate },
		{ "the link layer", test_link },
		{ "files", test_files },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_answers", tests);
}
