/* SPDX-License-Identifier: Apache-2.0 */
/* Flaws: what is a notice, what is a flood, and when neither is said. */
#include <config.h>

#include <stdlib.h>

#include "rules/flaws.h"
#include "tests/driver.h"

struct seen {
	struct event_sink sink;
	int notices, floods, full;
	struct event ev;
};

static void
see(struct event_sink *sink, const struct event *ev)
{
	struct seen *s = (struct seen *)sink;

	s->notices += ev->def == &EV_GSE_MALFORMED;
	s->floods += ev->def == &EV_GSE_MALFORMED_FLOOD;
	s->full += ev->def == &EV_SENSOR_TABLE_FULL;
	s->ev = *ev;
}

static void
add(struct event *ev, const struct op *op)
{
	(void)op;
	event_add_u64(ev, "added", 1);
}

static const struct flaws_family family = { "G-23", "T0814", "STD:1.1",
	&EV_GSE_MALFORMED, &EV_GSE_MALFORMED_FLOOD, add };

static struct flaws *
started(uint32_t n, uint32_t t_s)
{
	static const uint8_t key[SIPHASH_KEY];
	struct flaws *f = calloc(1, sizeof(*f));

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	f->n = n;
	f->t_s = t_s;
	flaws_start(f, &(struct setup){ .key = key });
	return f;
}

static struct op
flawed(const struct pdu *pdu)
{
	return (struct op){ .kind = OP_FLAW,
		.pdu = pdu,
		.protocol = "goose",
		.verdict = RD_MALFORMED,
		.flaw = "it is bent" };
}

/* A malformed unit of this subject at so many milliseconds. */
static void
unit(struct flaws *f, struct seen *s, uint32_t subject, long ms)
{
	struct pdu pdu = { .at = { ms / 1000, ms % 1000 * 1000000 } };
	struct op op = flawed(&pdu);
	uint8_t key[4] = { (uint8_t)(subject >> 16), (uint8_t)(subject >> 8),
		(uint8_t)subject, 1 };

	flaws_on_op(
	    f, &family, &op, (struct bytes){ key, sizeof(key) }, &s->sink);
}

static bool
has_why(const struct event *ev, const char *name, const char *value)
{
	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0)
			return ev->why[i].value.n == strlen(value) &&
			       memcmp(ev->why[i].value.p, value,
			           strlen(value)) == 0;
	return false;
}

static void
test_notice(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(5, 60);

	unit(f, &s, 1, 0);
	CU_ASSERT_EQUAL(s.notices, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.det, "G-23");
	CU_ASSERT_STRING_EQUAL(s.ev.attack, "T0814");
	CU_ASSERT_STRING_EQUAL(s.ev.std, "STD:1.1");
	CU_ASSERT(has_why(&s.ev, "flaw", "it is bent"));
	CU_ASSERT(has_why(&s.ev, "added", "1"));
	CU_ASSERT_EQUAL(s.ev.nwhy, 2);
	unit(f, &s, 1, 59999);
	CU_ASSERT_EQUAL(s.notices, 1);
	unit(f, &s, 2, 59999);
	CU_ASSERT_EQUAL(s.notices, 2);
	unit(f, &s, 1, 60000);
	CU_ASSERT_EQUAL(s.notices, 3);
	unit(f, &s, 3, 100900);
	unit(f, &s, 3, 160800);
	CU_ASSERT_EQUAL(s.notices, 4);
	CU_ASSERT_EQUAL(s.floods, 0);
	free(f);
}

static void
test_flood(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(3, 10);

	unit(f, &s, 1, 0);
	unit(f, &s, 1, 5000);
	unit(f, &s, 1, 10000); /* the first is too long ago */
	CU_ASSERT_EQUAL(s.floods, 0);
	unit(f, &s, 1, 14999);
	CU_ASSERT_EQUAL(s.floods, 1);
	CU_ASSERT(has_why(&s.ev, "units", "3"));
	CU_ASSERT(has_why(&s.ev, "t_s", "10"));
	CU_ASSERT(has_why(&s.ev, "flaw", "it is bent"));
	unit(f, &s, 1, 15000);
	unit(f, &s, 1, 24998);
	CU_ASSERT_EQUAL(s.floods, 1); /* once in t_s */
	unit(f, &s, 1, 24999);
	CU_ASSERT_EQUAL(s.floods, 2);
	free(f);
}

static void
test_each_is_a_flood(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(1, 10);

	unit(f, &s, 1, 0);
	CU_ASSERT(s.notices == 1 && s.floods == 1);
	unit(f, &s, 1, 9999);
	CU_ASSERT(s.notices == 1 && s.floods == 1);
	free(f);
}

/* Packets may come out of order, and a capture's clock may be set back. */
static void
test_time_goes_back(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(2, 10);

	unit(f, &s, 1, 1000000);
	unit(f, &s, 1, 999000);
	CU_ASSERT(s.notices == 1 && s.floods == 1);
	unit(f, &s, 1, 500000);
	CU_ASSERT(s.notices == 2 && s.floods == 1);
	free(f);
}

static void
test_passed_over(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(2, 10);
	struct pdu pdu = { .state = KNOW_COMPLETE };
	struct op outer = flawed(&pdu), op = outer;
	struct bytes key = { (const uint8_t *)"k", 1 };

	op.verdict = RD_TRUNCATED;
	flaws_on_op(f, &family, &op, key, &s.sink);
	op = outer;
	op.outer = &outer;
	flaws_on_op(f, &family, &op, key, &s.sink);
	op = outer;
	op.flaw = NULL;
	flaws_on_op(f, &family, &op, key, &s.sink);
	CU_ASSERT_EQUAL(s.notices, 0);

	/* what can be read is worth a notice, and never a flood */
	op = outer;
	op.verdict = RD_OK;
	for (int i = 0; i < 9; i++)
		flaws_on_op(f, &family, &op, key, &s.sink);
	CU_ASSERT(s.notices == 1 && s.floods == 0);
	CU_ASSERT_FALSE(s.ev.doubtful);
	free(f);
}

static void
test_gap(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(2, 10);
	struct pdu pdu = { .state = KNOW_GAPPED };
	struct op op = flawed(&pdu);

	flaws_on_op(f, &family, &op, (struct bytes){ (const uint8_t *)"k", 1 },
	    &s.sink);
	CU_ASSERT(s.ev.doubtful);
	free(f);
}

static void
test_full(void)
{
	struct seen s = { .sink = { see } };
	struct flaws *f = started(5, 60);

	for (uint32_t i = 0; i < FLAWS_SUBJECTS; i++)
		unit(f, &s, i, 0);
	CU_ASSERT_EQUAL(s.full, 0);
	unit(f, &s, FLAWS_SUBJECTS, 0);
	unit(f, &s, FLAWS_SUBJECTS, 0);
	unit(f, &s, FLAWS_SUBJECTS + 1, 0);
	CU_ASSERT_EQUAL(s.full, 1);
	CU_ASSERT_EQUAL(s.notices, FLAWS_SUBJECTS + 2);
	free(f);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a notice", test_notice },
		{ "a flood", test_flood },
		{ "each is a flood", test_each_is_a_flood },
		{ "time goes back", test_time_goes_back },
		{ "passed over", test_passed_over },
		{ "after a gap", test_gap },
		{ "a full table is said once", test_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("flaws", tests);
}
