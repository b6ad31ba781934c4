/* SPDX-License-Identifier: Apache-2.0 */
/* What the world of DNP3 makes of an association, frame by frame. */
#include <config.h>

#include "tests/unit/dnp3_rules.h"

#define SPOOF (DNP3_UNASKED | DNP3_DIFFERS)

static void
test_pairing(void)
{
	struct site *s = site_new(16);

	site_ask(s, DNP3_READ, class_0, sizeof(class_0));
	CU_ASSERT(s->v.request);
	CU_ASSERT_EQUAL(
	    s->v.news & (DNP3_NEW | DNP3_NEW_FLOW), DNP3_NEW | DNP3_NEW_FLOW);
	site_answer(s, "abc", 3);
	CU_ASSERT_PTR_NOT_NULL(s->v.asked);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
	CU_ASSERT_EQUAL(s->a.requests, 1);
	CU_ASSERT_EQUAL(s->a.responses, 1);
	site_answer(s, "abc", 3); /* the link layer's, or a retry */
	CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
	site_answer(s, "abd", 3);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, DNP3_DIFFERS);
	s->seq = 7;
	site_answer(s, "abc", 3);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, DNP3_UNASKED);
	site_free(s);
}

/* What the indications say belongs to a response, too. */
static void
test_indications(void)
{
	struct site *s = site_new(16);

	s->iin = DNP3_IIN_RESTART | DNP3_IIN_CLASS_1;
	site_both(s, DNP3_READ, class_0, sizeof(class_0));
	CU_ASSERT_EQUAL(s->v.raised, 0); /* from always */
	s->iin = DNP3_IIN_CLASS_1 | DNP3_IIN_TROUBLE;
	site_answer(s, class_0, sizeof(class_0));
	CU_ASSERT_EQUAL(s->v.raised, DNP3_IIN_TROUBLE);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, DNP3_DIFFERS);
	site_free(s);
}

static void
test_retry(void)
{
	struct site *s = site_new(16);

	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_again(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_FALSE(s->v.request);
	CU_ASSERT_EQUAL(s->v.news & DNP3_RETRY, DNP3_RETRY);
	/* it was sent twice, and may be answered twice */
	site_answer(s, "abc", 3);
	site_answer(s, "abd", 3);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
	site_answer(s, "abe", 3);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, DNP3_DIFFERS);
	/* other objects with the same number are another request */
	site_again(s, DNP3_READ, class_0, sizeof(class_0));
	CU_ASSERT(s->v.request);
	/* and who sends the same for ever does not retry */
	for (int n = 0; n < 5; n++)
		site_again(s, DNP3_READ, class_0, sizeof(class_0));
	CU_ASSERT_FALSE(s->v.request);
	site_again(s, DNP3_READ, class_0, sizeof(class_0));
	CU_ASSERT(s->v.request);
	site_free(s);
}

/* Some outstations count on their own: one that is asked may answer. */
static void
test_other_number(void)
{
	struct site *s = site_new(16);

	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	s->seq = 9;
	site_answer(s, "", 0);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
	s->seq = 10;
	site_answer(s, "", 0);
	CU_ASSERT_EQUAL(s->v.news & SPOOF, DNP3_UNASKED);
	site_free(s);
}

/* What the sensor could not know breaks no rule. */
static void
test_knowledge(void)
{
	static const enum knowledge states[] = { KNOW_MIDSTREAM, KNOW_GAPPED,
		KNOW_ONE_SIDED };
	static const uint8_t broken[] = { 5, 0x64, 5, 0xc4, 10, 0, 1, 0, 0, 0 };

	for (size_t i = 0; i < 3; i++) {
		struct site *s = site_new(16);

		s->know = states[i];
		site_ask(s, DNP3_READ, class_1, sizeof(class_1));
		site_answer(s, "abc", 3);
		site_answer(s, "abd", 3);
		CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
		s->seq = 7;
		site_answer(s, "abc", 3);
		CU_ASSERT_EQUAL(s->v.news & SPOOF, 0);
		CU_ASSERT_FALSE(s->v.complete);
		site_free(s);
	}
	for (int unread = 0; unread < 2; unread++) {
		struct site *s = site_new(16);

		site_both(s, DNP3_READ, class_1, sizeof(class_1));
		if (unread)
			site_octets(s, true, broken, sizeof(broken));
		s->seq = 7;
		site_answer(s, "", 0);
		CU_ASSERT_EQUAL(s->v.news & SPOOF, unread ? 0 : DNP3_UNASKED);
		site_free(s);
	}
}

static void
test_startup(void)
{
	struct site *s = site_new(16);

	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT(s->v.startup);
	site_ask(s, DNP3_READ, class_0, sizeof(class_0));
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT(s->v.startup); /* one poll is not yet the plant's rhythm */
	site_ask(s, DNP3_READ, class_1, sizeof(class_1));
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT_FALSE(s->v.startup);
	s->iin = DNP3_IIN_RESTART;
	site_answer(s, "", 0);
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT(s->v.startup);
	s->ms += 60000;
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT_FALSE(s->v.startup);
	site_free(s);

	s = site_new(16); /* class 0 may have been read before the capture */
	s->know = KNOW_MIDSTREAM;
	for (int n = 0; n < 3; n++) {
		site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
		CU_ASSERT(s->v.startup);
		site_poll(s);
	}
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT_FALSE(s->v.startup);
	site_free(s);
}

/* Who sends each datagram from another port has one beginning. */
static void
test_ports(void)
{
	struct site *s = site_new(64);

	s->carrier = OVER_UDP;
	site_both(s, DNP3_READ, class_0, sizeof(class_0));
	for (int n = 0; n < 2; n++) {
		s->flow++;
		site_poll(s);
		CU_ASSERT_EQUAL(s->v.news, 0);
	}
	s->flow++;
	site_ask(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT_FALSE(s->v.startup);
	s->flow++;
	site_again(s, DNP3_DISABLE_UNSOLICITED, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->v.news & DNP3_RETRY, DNP3_RETRY);
	site_free(s);
}

/* Each outstation behind a connection is one of its own. */
static void
test_several(void)
{
	struct site *s = site_new(16);

	site_both(s, DNP3_READ, class_1, sizeof(class_1));
	s->link = 11;
	site_both(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->a.requests, 1);
	s->link = 10;
	site_both(s, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(s->a.requests, 2);
	CU_ASSERT_EQUAL(s->a.flags & (DNP3_NEWCOMER | DNP3_DUAL), 0);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

static void
test_newcomer(void)
{
	struct site *two = site_new(16); /* both begin, as after an outage */

	site_both(two, DNP3_READ, class_0, sizeof(class_0));
	two->master = 2;
	two->flow = 2;
	site_ask(two, DNP3_READ, class_1, sizeof(class_1));
	CU_ASSERT_EQUAL(two->a.flags & DNP3_NEWCOMER, 0);
	site_free(two);
	for (int silent = 0; silent < 2; silent++) {
		struct site *s = site_new(16);

		site_begin(s);
		s->ms += silent ? 31000 : 29000;
		s->master = 2;
		s->flow = 2;
		site_ask(s, DNP3_READ, class_1, sizeof(class_1));
		CU_ASSERT_EQUAL((s->v.news & DNP3_INTRUDES) != 0, !silent);
		CU_ASSERT_EQUAL((s->a.flags & DNP3_NEWCOMER) != 0, !silent);
		site_ask(s, DNP3_READ, class_1, sizeof(class_1));
		CU_ASSERT_EQUAL(s->v.news & DNP3_INTRUDES, 0);
		site_free(s);
	}
}

static void
test_full(void)
{
	struct site *s = site_new(16);
	size_t full = 0;

	for (uint16_t n = 0; n < 40; n++) {
		s->link = 100 + n;
		s->flow = 100 + n / 8; /* on one they are a scan */
		site_ask(s, DNP3_READ, class_1, sizeof(class_1));
		CU_ASSERT_EQUAL(s->v.complete, n < 16);
		/* nobody gets what belonged to the one before in its place */
		CU_ASSERT_EQUAL(dnp3_habits(s->v.a)->total, 0);
		CU_ASSERT_EQUAL(dnp3_rare(s->v.a)->proofs, 0);
		dnp3_habits(s->v.a)->total = 7;
		dnp3_rare(s->v.a)->proofs = 7;
		CU_ASSERT_EQUAL(dnp3_habits(s->v.a)->total, 7);
	}
	for (size_t i = 0; i < s->n; i++)
		full += s->ev[i].def == &EV_SENSOR_TABLE_FULL;
	CU_ASSERT_EQUAL(full, 1);
	CU_ASSERT_EQUAL(s->n, full);
	site_free(s);
}

static void
test_size(void)
{
	static const struct rules_limits limits = { .associations = 10000 };

	CU_ASSERT(sizeof(struct dnp3_association) <= 336);
	CU_ASSERT(dnp3_world.size(&limits) < 17u << 20);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "requests and responses", test_pairing },
		{ "indications", test_indications },
		{ "retries", test_retry },
		{ "another number", test_other_number },
		{ "what is known", test_knowledge },
		{ "start-up", test_startup },
		{ "several ports", test_ports },
		{ "several outstations", test_several },
		{ "newcomers", test_newcomer },
		{ "a full table", test_full },
		{ "memory", test_size },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_world", tests);
}
