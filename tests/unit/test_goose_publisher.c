/* SPDX-License-Identifier: Apache-2.0 */
/* G-02 to G-04, G-13 to G-18, G-22: who publishes what, how, and how often. */
#include <config.h>

#include "tests/unit/goose_rules.h"

static void
test_masquerade(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit;

	/* another IED's own control block, and then this one's */
	s->mac = 2;
	s->unit.gocbref.p = (const uint8_t *)"B/LLN0$GO$g";
	after(s, 100);
	s->unit = honest;
	s->unit.stnum++;
	s->unit.sqnum = 0;
	after(s, 100);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 0, "G-02", &EV_GSE_PUBLISHER_CHANGE, 12));
	CU_ASSERT(is_event(s, 1, "G-03", &EV_GSE_DUAL_PUBLISHER, 12));
	CU_ASSERT_EQUAL(s->ev[0].src.mac[5], 2);

	repeat(s, 3, 10);  /* its later units are no news */
	s->unit.sqnum = 1; /* nor is it new when it does not go on */
	after(s, 30);
	CU_ASSERT_EQUAL(s->n, 2);
	s->mac = 1;
	s->unit = honest;
	repeat(s, 3, 800);
	CU_ASSERT_EQUAL(s->n, 2);
	s->mac = 3;
	s->unit.stnum = 5000;
	after(s, 100);
	CU_ASSERT_EQUAL_FATAL(s->n, 5);
	CU_ASSERT(is_event(s, 2, "G-07", &EV_GOOSE_REPLAY_DETECTED, 20));
	CU_ASSERT(is_event(s, 3, "G-02", &EV_GSE_PUBLISHER_CHANGE, 20) ||
	          is_event(s, 4, "G-02", &EV_GSE_PUBLISHER_CHANGE, 20));
	site_free(s);
}

/* Another device in the place of the first, which is gone. */
static void
test_exchanged(void)
{
	struct site *s = steady();

	s->mac = 2;
	s->unit.stnum = 1;
	s->unit.sqnum = 0;
	after(s, 60000);
	repeat(s, 4, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-02", &EV_GSE_PUBLISHER_CHANGE, 11));
	change(s, 1000); /* it is the publisher now */
	CU_ASSERT_EQUAL(s->n, 1);
	s->mac = 1;
	after(s, 100);
	CU_ASSERT_EQUAL(s->n, 3);
	CU_ASSERT(is_event(s, 1, "G-02", &EV_GSE_PUBLISHER_CHANGE, 17));
	site_free(s);
}

/* Many made-up sources are not told of each by itself. */
static void
test_many_sources(void)
{
	struct site *s = steady();
	size_t changes = 0;

	s->sink.emit = collect;
	for (uint8_t i = 0; i < 20; i++) {
		s->mac = (uint8_t)(i + 2);
		after(s, 5000); /* not beside the publisher */
	}
	for (size_t i = 0; i < s->n; i++)
		changes += s->ev[i].def == &EV_GSE_PUBLISHER_CHANGE;
	CU_ASSERT(changes >= 8);
	CU_ASSERT(changes < 20);
	site_free(s);
}

static void
test_config(void)
{
	struct site *s = steady();
	struct goose_pdu honest = s->unit;

	s->unit.datset = (struct bytes){ (const uint8_t *)"A/LLN0$e", 8 };
	s->unit.appid = 7;
	s->unit.confrev = 2;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-04", &EV_GSE_CONFIG_MISMATCH, 11));
	CU_ASSERT_EQUAL(why(&s->ev[0], "appid"), 7);
	CU_ASSERT_EQUAL(why(&s->ev[0], "appid_was"), 0x1001);
	CU_ASSERT_EQUAL(why(&s->ev[0], "confrev"), 2);
	s->unit = honest;
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL(s->n, 1);
	/* on the way changed: the unit behind it tells of no loss */
	s->unit.confrev = 3;
	repeat(s, 1, 1000);
	s->unit.confrev = honest.confrev;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL(s->n, 2);
	site_free(s);
}

/* An engineer's change begins anew; its later units are the new measure. */
static void
test_engineered(void)
{
	struct site *s = steady();

	s->unit.confrev = 2;
	s->unit.stnum = 1;
	s->unit.sqnum = 1;
	s->unit.t.seconds += 20;
	after(s, 3000);
	repeat(s, 5, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 0, "G-04", &EV_CONFIG_CHANGE, 11));
	CU_ASSERT(is_event(s, 1, "G-06", &EV_GSE_RESTART, 11));
	site_free(s);
}

/* A tag may be taken away, or be one of priority only. */
static void
test_vlan(void)
{
	struct site *s = steady();

	s->pdu.vlans = 1;
	s->pdu.vlan[0] = 0;
	repeat(s, 1, 1000);
	s->pdu.vlan[0] = 5;
	repeat(s, 1, 1000);
	s->pdu.vlans = 0;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	s->pdu.vlans = 1;
	repeat(s, 1, 1000);
	s->pdu.vlan[0] = 6;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-04", &EV_GSE_CONFIG_MISMATCH, 15));
	site_free(s);
}

static void
test_types(void)
{
	static const uint8_t others[] = { 0x85, 1, 1, 0x84, 2, 6, 0x80 };
	struct site *s = steady();

	change(s, 500);
	s->unit.stnum++;
	s->unit.t.seconds++;
	s->unit.sqnum = 0;
	s->unit.data = (struct bytes){ others, sizeof(others) };
	after(s, 500);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-04", &EV_GSE_CONFIG_MISMATCH, 12));
	site_free(s);
}

static void
test_silence(void)
{
	struct site *s = steady();

	repeat(s, 1, 4100);
	CU_ASSERT_EQUAL(s->n, 0);
	repeat(s, 1, 4101); /* twice 2 s and 100 ms */
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-13", &EV_COMM_FAIL, 12));

	/* on a tick: once, and of the last unit that there was */
	tick(s, 4);
	CU_ASSERT_EQUAL(s->n, 1);
	tick(s, 6);
	tick(s, 7);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-13", &EV_COMM_FAIL, 12));
	CU_ASSERT_EQUAL(s->ev[1].src.mac[5], 1);
	CU_ASSERT_EQUAL(s->ev[1].at.tv_sec, s->pdu.at.tv_sec);
	repeat(s, 1, 9000); /* that it came back is no second silence */
	CU_ASSERT_EQUAL(s->n, 2);
	tick(s, 6);
	CU_ASSERT_EQUAL(s->n, 3);
	site_free(s);
}

/* Of the time when it saw nothing the sensor knows nothing. */
static void
test_blind(void)
{
	struct site *s = steady();

	tick(s, 1);
	tick(s, 700);
	repeat(s, 1, 700500);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* The TAL of the unit before counts: a burst begins when it likes. */
static void
test_burst(void)
{
	struct site *s = steady();

	s->unit.tal = 8;
	change(s, 1900);
	repeat(s, 1, 30); /* behind its TAL */
	s->unit.tal = 2000;
	repeat(s, 1, 110);
	repeat(s, 1, 1900);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_tal(void)
{
	struct site *s = steady();

	s->unit.tal = 20000;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	s->unit.tal = 0;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-14", &EV_GSE_TAL_ABNORMAL, 12));
	site_free(s);

	s = steady();
	s->unit.tal = 20001;
	repeat(s, 1, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-14", &EV_GSE_TAL_ABNORMAL, 11));
	site_free(s);

	s = site_new(16, NULL); /* a restart was the first that was seen */
	s->unit.tal = 1000;
	repeat(s, 4, 20);
	s->unit.tal = 40000;
	repeat(s, 1, 20);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_flood(void)
{
	struct site *s = steady();

	repeat(s, 150, 5); /* 200 a second */
	repeat(s, 800, 5);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
	s = steady();
	repeat(s, 700, 4);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT_STRING_EQUAL(s->ev[0].det, "G-15");
	CU_ASSERT_PTR_EQUAL(s->ev[0].def, &EV_GSE_FLOOD);
	site_free(s);
}

static void
test_simulation(void)
{
	struct site *s = steady();

	s->unit.simulation = s->unit.header_sim = true;
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-16", &EV_GSE_SIMULATION, 11));
	s->unit.simulation = false;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 2);
	CU_ASSERT(is_event(s, 1, "G-16", &EV_GOOSE_SEC_CHECK_FAIL, 14));
	s->unit.header_sim = false;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL(s->n, 2);
	s->unit.ndscom = true;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 3);
	CU_ASSERT(is_event(s, 2, "G-17", &EV_GSE_NEEDS_COMMISSIONING, 18));
	site_free(s);
}

static void
test_routed(void)
{
	static const uint8_t mac[16];
	struct site *s = site_new(16, NULL);

	s->protocol = "rgoose";
	after(s, 0);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-22", &EV_GOOSE_NO_AUTHVALUE, 1));
	s->mac = 9; /* another router on the way */
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL(s->n, 1);
	s->pdu.src.ip[15] = 1;
	after(s, 100);
	CU_ASSERT_EQUAL(s->n, 3);
	site_free(s);

	s = site_new(16, NULL);
	s->protocol = "rgoose";
	s->spdu.mac = (struct bytes){ mac, sizeof(mac) };
	after(s, 0);
	repeat(s, 3, 1000);
	CU_ASSERT_EQUAL(s->n, 0);
	s->spdu.mac.n = 0;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-18", &EV_GOOSE_NO_AUTHVALUE, 5));
	site_free(s);
}

static void
test_downgrade(void)
{
	struct site *s = site_new(16, NULL);

	s->unit.auth.reading = GOOSE_RESERVED1;
	after(s, 0);
	repeat(s, 2, 1000);
	s->unit.auth.reading = GOOSE_NO_AUTH;
	repeat(s, 2, 1000);
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT(is_event(s, 0, "G-18", &EV_GOOSE_NO_AUTHVALUE, 4));
	s->unit.auth.reading = GOOSE_UNREAD;
	repeat(s, 1, 1000);
	CU_ASSERT(s->n >= 2);
	CU_ASSERT(is_event(s, s->n - 1, "G-20", &EV_GOOSE_SEC_CHECK_FAIL, 6));
	site_free(s);
}

/* More publishers than there is room for: told of once, and no news. */
static void
test_full(void)
{
	struct site *s = site_new(2, NULL);
	static const char *const names[] = { "A/LLN0$GO$1", "A/LLN0$GO$2",
		"A/LLN0$GO$3", "A/LLN0$GO$4" };

	for (size_t i = 0; i < 4; i++) {
		s->unit.gocbref.p = (const uint8_t *)names[i];
		after(s, 1000);
	}
	CU_ASSERT_EQUAL_FATAL(s->n, 1);
	CU_ASSERT_STRING_EQUAL(s->ev[0].det, "H-8");
	CU_ASSERT(sizeof(struct goose_publisher) <= 576);
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "another IED's control block", test_masquerade },
		{ "an exchanged device", test_exchanged },
		{ "many sources", test_many_sources },
		{ "another configuration", test_config },
		{ "an engineered one", test_engineered },
		{ "tags", test_vlan },
		{ "types", test_types },
		{ "silence", test_silence },
		{ "a blind sensor", test_blind },
		{ "bursts", test_burst },
		{ "TAL", test_tal },
		{ "floods", test_flood },
		{ "simulation and commissioning", test_simulation },
		{ "R-GOOSE", test_routed },
		{ "a missing extension", test_downgrade },
		{ "a full table", test_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_publisher", tests);
}
