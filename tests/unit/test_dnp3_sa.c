/* SPDX-License-Identifier: Apache-2.0 */
/* P-25 to P-30: secure authentication of DNP3. */
#include <config.h>

#include "tests/unit/dnp3_rules.h"

static const uint8_t mac[16];

/* An object of g120 behind its size. */
static size_t
sized(uint8_t *to, uint8_t variation, uint32_t seq, const void *p, size_t n)
{
	uint8_t head[] = { 120, variation, 0x5b, 1, (uint8_t)(n + 4), 0,
		(uint8_t)seq, (uint8_t)(seq >> 8), (uint8_t)(seq >> 16),
		(uint8_t)(seq >> 24) };

	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), p, n);
	return sizeof(head) + n;
}

/* The outstation's challenge; the value follows from v. */
static void
challenge(struct site *s, uint32_t csq, uint8_t v)
{
	uint8_t o[64], body[] = { 0, 0, 4, 1, v, 7, 7, 7 };

	site_say(s, false, 0xc0 | s->seq, DNP3_AUTH_RESPONSE, o,
	    sized(o, 1, csq, body, sizeof(body)));
}

static void
reply(struct site *s, uint32_t csq)
{
	uint8_t o[64], body[2 + sizeof(mac)] = { 1 };

	site_again(
	    s, DNP3_AUTH_REQUEST, o, sized(o, 2, csq, body, sizeof(body)));
}

static void
aggressive(struct site *s, uint32_t csq, uint8_t index)
{
	uint8_t o[96] = { 120, 3, 7, 1, (uint8_t)csq, 0, 0, 0, 1, 0 };
	struct crob c = crob(index, 3);
	size_t n = 10;

	memcpy(o + n, c.p, sizeof(c.p));
	n += sizeof(c.p);
	n += sized(o + n, 9, 0, mac, 12);
	site_ask(s, DNP3_DIRECT_OPERATE, o, n);
	site_answer(s, c.p, sizeof(c.p));
}

static void
status(struct site *s, uint32_t ksq, uint8_t state)
{
	uint8_t o[64],
	    body[] = { 1, 0, 2, state, 4, 4, 0, (uint8_t)ksq, 5, 5, 5 };

	site_say(s, false, 0xc0 | s->seq, DNP3_AUTH_RESPONSE, o,
	    sized(o, 5, ksq, body, sizeof(body)));
}

static void
change(struct site *s, uint32_t ksq)
{
	uint8_t o[64], body[34] = { 1 };

	site_ask(s, DNP3_AUTH_REQUEST, o, sized(o, 6, ksq, body, sizeof(body)));
}

static void
operate(struct site *s, uint32_t csq, bool proved)
{
	struct crob c = crob(4, 3);

	s->ms += 20000;
	site_ask(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
	if (proved) {
		challenge(s, csq, (uint8_t)csq);
		reply(s, csq);
	}
	site_answer(s, c.p, sizeof(c.p));
}

static void
test_reply(void)
{
	struct crob c = crob(4, 3);

	for (int replied = 0; replied < 3; replied++) {
		struct site *s = site_new(16);
		uint64_t frame;

		site_begin(s);
		site_ask(s, DNP3_DIRECT_OPERATE, c.p, sizeof(c.p));
		challenge(s, 1, 1);
		frame = s->frame;
		if (replied == 1)
			reply(s, 1);
		s->ms += 999;
		site_poll(s);
		CU_ASSERT_EQUAL(s->n, 0);
		s->ms += 1001;
		if (replied == 2) /* late, but there */
			reply(s, 1);
		site_poll(s);
		CU_ASSERT_EQUAL(s->n, replied ? 0 : 1);
		CU_ASSERT(s->n == 0 || s->ev[0].frame == frame);
		CU_ASSERT_EQUAL(said(s, "P-25"), replied ? 0 : 1);
		site_poll(s);
		CU_ASSERT_EQUAL(s->n, 0);
		site_free(s);
	}
}

static void
test_error(void)
{
	static const struct {
		uint8_t code;
		const struct event_def *def;
	} rows[] = { { 1, &EV_DATA_AUTN_ERR }, { 2, &EV_UNXP_MSG_ERR },
		{ 9, &EV_KEY_AUTN_ERR }, { 200, &EV_PROT_INF_ERR } };
	struct site *s = site_new(16);

	site_begin(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t o[64],
		    body[] = { 1, 0, 0, 0, rows[i].code, 0, 0, 0, 0, 0, 0 };

		site_say(s, false, 0xc0 | s->seq, DNP3_AUTH_RESPONSE, o,
		    sized(o, 7, 1, body, sizeof(body)));
		CU_ASSERT(last_is(s, "P-25", rows[i].def));
		said(s, "");
	}
	site_free(s);
}

static void
test_sequence(void)
{
	struct site *s = site_new(16);

	site_begin(s);
	operate(s, 4, true);
	operate(s, 5, true);
	CU_ASSERT_EQUAL(s->n, 0);
	challenge(s, 5, 5); /* once more, as for a retry */
	CU_ASSERT_EQUAL(said(s, "P-26"), 0);
	challenge(s, 5, 9); /* another with the same number */
	CU_ASSERT_EQUAL(said(s, "P-26"), 1);
	reply(s, 3);
	CU_ASSERT_EQUAL(said(s, "P-26"), 1);
	/* one far ahead does not make the honest one wrong */
	challenge(s, 90000, 1);
	operate(s, 6, true);
	CU_ASSERT_EQUAL(said(s, "P-26"), 0);
	aggressive(s, 7, 1);
	aggressive(s, 8, 2);
	CU_ASSERT_EQUAL(said(s, "P-26"), 0);
	aggressive(s, 8, 3);
	CU_ASSERT_EQUAL(said(s, "P-26"), 1);
	aggressive(s, 9, 3);
	CU_ASSERT_EQUAL(said(s, "P-26"), 0);
	aggressive(s, 5, 4); /* below the last challenge */
	CU_ASSERT_EQUAL(said(s, "P-26"), 1);
	site_free(s);
}

/* With new keys the numbers begin anew. */
static void
test_keys(void)
{
	for (int changed = 0; changed < 2; changed++) {
		struct site *s = site_new(16);

		site_begin(s);
		operate(s, 40, true);
		status(s, 1, 2);
		if (changed)
			change(s, 1);
		status(s, 2, 1);
		CU_ASSERT_EQUAL(s->n, 0);
		operate(s, 0, true);
		CU_ASSERT_EQUAL(said(s, "P-26"), changed ? 0 : 1);
		change(s, 1);
		CU_ASSERT_EQUAL(said(s, "P-26"), 1);
		status(s, 3, 4);
		CU_ASSERT(last_is(s, "P-27", &EV_KEY_AUTN_ERR));
		said(s, "");
		status(s, 4, 4); /* edge, not level */
		CU_ASSERT_EQUAL(s->n, 0);
		status(s, 2, 1);
		CU_ASSERT_EQUAL(said(s, "P-26"), 1);
		site_free(s);
	}
}

static void
test_age(void)
{
	for (int minutes = 29; minutes < 32; minutes += 2) {
		struct site *s = site_new(16);

		site_begin(s);
		change(s, 1);
		status(s, 2, 1);
		operate(s, 1, true);
		s->ms += (uint64_t)(minutes - 1) * 60000;
		operate(s, 2, true);
		CU_ASSERT_EQUAL(said(s, "P-27"), minutes > 30 ? 1 : 0);
		operate(s, 3, true);
		CU_ASSERT_EQUAL(said(s, "P-27"), 0);
		site_free(s);
	}
}

static void
test_weak(void)
{
	struct site *s = site_new(16);
	uint8_t o[64], sha1[] = { 0, 0, 1, 1, 9, 9, 9, 9 };
	uint8_t small[] = { 0, 0, 4, 1, 9, 9, 9 };

	site_begin(s);
	challenge(s, 1, 1);
	challenge(s, 1, 1);
	challenge(s, 2, 2);
	CU_ASSERT_EQUAL(s->n, 0);
	challenge(s, 3, 2);
	CU_ASSERT_EQUAL(said(s, "P-28"), 1);
	site_say(s, false, 0xc0, DNP3_AUTH_RESPONSE, o,
	    sized(o, 1, 4, sha1, sizeof(sha1)));
	CU_ASSERT_EQUAL(said(s, "P-28"), 1);
	site_say(s, false, 0xc0, DNP3_AUTH_RESPONSE, o,
	    sized(o, 1, 5, small, sizeof(small)));
	CU_ASSERT_EQUAL(said(s, "P-28"), 1);
	site_free(s);
}

static void
test_users(void)
{
	static const struct event_def *const defs[] = {
		&EV_ACCOUNT_CREATION_SUCCESS, &EV_ACCOUNT_DELETION_SUCCESS,
		&EV_ACCOUNT_DEACTIVATION_SUCCESS
	};
	struct site *s = site_new(16);
	uint8_t o[64], key[] = { 1, 0, 4, 0, 1, 2, 3, 4 };

	site_begin(s);
	for (uint8_t operation = 1; operation <= 3; operation++) {
		uint8_t user[] = { 120, 10, 0x5b, 1, 20, 0, 0, operation, 1, 0,
			0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 'j', 'a', 'n',
			'e' };

		site_ask(s, DNP3_AUTH_REQUEST, user, sizeof(user));
		CU_ASSERT(last_is(s, "P-29", defs[operation - 1]));
	}
	said(s, "");
	site_ask(s, DNP3_AUTH_REQUEST, o, sized(o, 13, 1, key, sizeof(key)));
	CU_ASSERT(last_is(s, "P-29", &EV_CRED_TRANSFER_SUCCESS));
	said(s, "");
	site_ask(s, DNP3_AUTH_REQUEST, "\x78\x04\x07\x01\x01\x00", 6);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);
}

/* P-30: sites choose what they challenge; what they did is missed. */
static void
test_missing(void)
{
	struct site *s = site_new(16);

	site_begin(s);
	operate(s, 0, false);
	operate(s, 1, true);
	operate(s, 0, false); /* it never was always */
	site_poll(s);
	CU_ASSERT_EQUAL(s->n, 0);
	site_free(s);

	s = site_new(16);
	site_begin(s);
	operate(s, 1, true);
	operate(s, 0, false);
	CU_ASSERT_EQUAL(s->n, 0); /* the reply may have been lost */
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-30"), 1);
	site_both(s, DNP3_WRITE, class_1, sizeof(class_1));
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-30"), 0);
	operate(s, 2, true);
	operate(s, 3, true);
	site_both(s, DNP3_WRITE, class_1, sizeof(class_1)); /* optional here */
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-30"), 0);
	aggressive(s, 4, 4);
	site_poll(s);
	CU_ASSERT_EQUAL(said(s, "P-30"), 0);
	site_free(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "replies", test_reply },
		{ "errors", test_error },
		{ "sequence numbers", test_sequence },
		{ "keys", test_keys },
		{ "their age", test_age },
		{ "what is weak", test_weak },
		{ "users", test_users },
		{ "what is not proved", test_missing },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_sa", tests);
}
