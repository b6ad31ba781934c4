/* SPDX-License-Identifier: Apache-2.0 */
/* T-34: what it says of a station's malformed units, and of which it is mute.
 */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "tests/unit/iec104.h"

extern const struct detector iec104_malformed_detector;

#define SERVER 1 /* pdu.dir of the station 10.0.0.99 */

struct judge {
	struct op_sink sink;
	struct event_sink events;
	void *state;
	struct event ev;
	int notices, floods;
	uint64_t flow[DISSECTOR_FLOW_MAX / sizeof(uint64_t)];
	enum knowledge knowledge;
	time_t at;
};

static struct judge judge;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	judge.notices += ev->def == &EV_TELECONTROL_MALFORMED;
	judge.floods += ev->def == &EV_TELECONTROL_MALFORMED_FLOOD;
	judge.ev = *ev;
}

static void
pass(struct op_sink *sink, const struct op *op)
{
	(void)sink;
	iec104_malformed_detector.on_op(judge.state, op, NULL, &judge.events);
}

/* As the sensor does it: zeroed, parameters by offset, then start(). */
static void
begin(void)
{
	static const uint8_t key[SIPHASH_KEY];
	const struct detector *d = &iec104_malformed_detector;

	free(judge.state);
	judge =
	    (struct judge){ .sink = { pass }, .events = { see }, .at = 1000 };
	judge.state = calloc(1, d->state_size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(judge.state);
	for (const struct parameter *p = d->detections->parameters;
	     p->name != NULL; p++)
		memcpy((uint8_t *)judge.state + p->offset, &p->preset,
		    sizeof(p->preset));
	d->start(judge.state, &(struct setup){ .key = key });
}

/* Between 10.0.0.1, on a port of no meaning, and 10.0.0.99. */
static void
unit_cut(unsigned dir, const uint8_t *p, size_t n, size_t on_wire)
{
	struct endpoint ends[] = {
		{ .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, .port = 40000 },
		{ .ip = { [10] = 0xff, 0xff, 10, 0, 0, 99 }, .port = 40001 },
	};
	struct pdu pdu = { .at = { .tv_sec = judge.at },
		.frame = 7,
		.src = ends[dir],
		.dst = ends[1 - dir],
		.dir = dir,
		.state = judge.knowledge };
	struct ctx ctx = { .pdu = &pdu, .flow = judge.flow };

	iec104_dissector.dissect(rd_over(p, n, on_wire), &ctx, &judge.sink);
}

#define UNIT(dir, ...)                                                         \
	do {                                                                   \
		static const uint8_t octets[] = { __VA_ARGS__ };               \
		unit_cut(dir, octets, sizeof(octets), sizeof(octets));         \
	} while (0)

#define STARTDT 0x68, 4, 0x07, 0, 0, 0
#define BAD_U 0x68, 4, 0x0f, 0, 0, 0
#define GOOD 0x68, 14, 0, 0, 0, 0, ID(1, 1, 3), 1, 0, 0, 1
#define TOO_FEW 0x68, 14, 0, 0, 0, 0, ID(1, 2, 3), 1, 0, 0, 1

static bool
has_why(const char *name, const char *value)
{
	for (size_t i = 0; i < judge.ev.nwhy; i++) {
		const struct event_why *w = &judge.ev.why[i];

		if (strcmp(w->name, name) == 0)
			return value != NULL && w->value.n == strlen(value) &&
			       memcmp(w->value.p, value, w->value.n) == 0;
	}
	return value == NULL;
}

static bool
is_about(const char *subject)
{
	return judge.ev.subject.n == strlen(subject) &&
	       memcmp(judge.ev.subject.p, subject, judge.ev.subject.n) == 0;
}

static void
test_row(void)
{
	const struct detector *d = &iec104_malformed_detector;

	CU_ASSERT_STRING_EQUAL(d->detections[0].id, "T-34");
	CU_ASSERT_STRING_EQUAL(d->detections[0].attack, "T0819,T0814");
	CU_ASSERT_PTR_NULL(d->detections[1].id);
	CU_ASSERT_STRING_EQUAL(d->protocol, "iec104");
	CU_ASSERT_EQUAL(d->kinds, DETECTOR_ON(OP_FLAW));
	CU_ASSERT_STRING_EQUAL(EV_TELECONTROL_MALFORMED.id, "32473:2.34");
	CU_ASSERT_EQUAL(EV_TELECONTROL_MALFORMED.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(
	    EV_TELECONTROL_MALFORMED_FLOOD.id, "32473:2.134");
	CU_ASSERT_EQUAL(
	    EV_TELECONTROL_MALFORMED_FLOOD.severity, SEVERITY_WARNING);
}

static void
test_one(void)
{
	begin();
	UNIT(0, STARTDT);
	UNIT(SERVER, GOOD);
	CU_ASSERT_EQUAL(judge.notices, 0);
	UNIT(0, TOO_FEW);
	CU_ASSERT_EQUAL(judge.notices, 1);
	CU_ASSERT_EQUAL(judge.floods, 0);
	CU_ASSERT_STRING_EQUAL(judge.ev.det, "T-34");
	CU_ASSERT_STRING_EQUAL(judge.ev.std, "IEC62351-14:5.1");
	CU_ASSERT_STRING_EQUAL(judge.ev.attack, "T0819,T0814");
	CU_ASSERT_FALSE(judge.ev.doubtful);
	CU_ASSERT(is_about("10.0.0.99"));
	CU_ASSERT(
	    has_why("flaw", "fewer octets than the number of objects needs"));
	CU_ASSERT(has_why("type", "1"));
	CU_ASSERT(has_why("cot", "3"));
	CU_ASSERT(has_why("ca", "1"));
	CU_ASSERT(has_why("u", NULL));
}

/* The station is the subject, whoever sent the unit. */
static void
test_subject(void)
{
	begin();
	UNIT(0, BAD_U);
	CU_ASSERT(is_about("10.0.0.1")); /* nobody knows yet */
	CU_ASSERT(has_why("u", "15"));
	CU_ASSERT(has_why("type", NULL));
	begin();
	UNIT(0, STARTDT);
	UNIT(SERVER, BAD_U);
	CU_ASSERT(is_about("10.0.0.99"));
	begin();
	UNIT(0, STARTDT);
	UNIT(0, BAD_U);
	CU_ASSERT(is_about("10.0.0.99"));
}

static void
test_flood(void)
{
	begin();
	UNIT(0, STARTDT);
	for (int i = 0; i < 4; i++, judge.at++)
		UNIT(0, BAD_U);
	CU_ASSERT_EQUAL(judge.floods, 0);
	UNIT(SERVER, BAD_U); /* the fifth, of the same station */
	CU_ASSERT_EQUAL(judge.floods, 1);
	CU_ASSERT(is_about("10.0.0.99"));
	begin();
	for (int i = 0; i < 9; i++, judge.at += 15)
		UNIT(0, BAD_U);
	CU_ASSERT_EQUAL(judge.floods, 0);
}

/* Junk is a flaw as well. */
static void
test_alien(void)
{
	begin();
	UNIT(0, STARTDT);
	UNIT(0, 'G', 'E', 'T', ' ', '/');
	CU_ASSERT_EQUAL(judge.notices, 1);
	CU_ASSERT(has_why("flaw", "start octet is not 0x68"));
	CU_ASSERT(has_why("type", NULL));
	CU_ASSERT(is_about("10.0.0.99"));
}

static void
test_doubt(void)
{
	static const struct {
		enum knowledge knowledge;
		bool doubtful;
	} cases[] = { { KNOW_COMPLETE, false }, { KNOW_ONE_SIDED, false },
		{ KNOW_MIDSTREAM, true }, { KNOW_GAPPED, true } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		judge.knowledge = cases[i].knowledge;
		UNIT(0, BAD_U);
		CU_ASSERT_EQUAL(judge.notices, 1);
		CU_ASSERT_EQUAL(judge.ev.doubtful, cases[i].doubtful);
	}
}

/* What can be read but should not be there: a notice, and never a flood. */
static void
test_readable(void)
{
	begin();
	for (int i = 0; i < 9; i++)
		UNIT(0, 0x68, 14, 0, 0, 0, 0, ID(100, 1, 6), 0, 0, 0, 1);
	CU_ASSERT_EQUAL(judge.notices, 1);
	CU_ASSERT_EQUAL(judge.floods, 0);
	CU_ASSERT(has_why("flaw", "reserved QOI"));
}

/* Lost octets, private types, those that may be defined yet, other sizes. */
static void
test_mute(void)
{
	static const uint8_t cut[] = { GOOD };

	begin();
	for (size_t n = 0; n < sizeof(cut); n++)
		unit_cut(0, cut, n, sizeof(cut));
	UNIT(0, 0x68, 14, 0, 0, 1, 0, ID(128, 1, 0), 1, 0, 0, 1);
	UNIT(0, 0x68, 14, 0, 0, 1, 0, ID(255, 1, 6), 1, 0, 0, 1);
	UNIT(0, 0x68, 14, 0, 0, 0, 0, ID(42, 1, 3), 1, 0, 0, 1);
	UNIT(0, 0x68, 14, 0, 0, 0, 0, ID(44, 1, 3), 1, 0, 0, 1);
	UNIT(0, 0x68, 14, 0, 0, 0, 0, ID(81, 1, 14), 1, 0, 0, 1);
	UNIT(0, 0x68, 11, 0, 0, 0, 0, 45, 1, 6, 1, 1, 0, 1); /* 1/1/2 */
	UNIT(0, 0x68, 11, 0, 0, 0, 0, 45, 1, 6, 1, 2, 0, 1);
	UNIT(0, 0x68, 11, 0, 0, 0, 0, 45, 1, 6, 1, 3, 0, 1);
	CU_ASSERT_EQUAL(judge.notices, 0);
	CU_ASSERT_EQUAL(judge.floods, 0);
	UNIT(0, 0x68, 14, 0, 0, 0, 0, ID(22, 1, 3), 1, 0, 0, 1);
	CU_ASSERT_EQUAL(judge.notices, 1);
	begin(); /* a private type that is too short to be one */
	UNIT(0, 0x68, 8, 0, 0, 0, 0, 128, 1, 6, 0);
	CU_ASSERT_EQUAL(judge.notices, 1);
	free(judge.state);
	judge.state = NULL;
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "its row", test_row },
		{ "one", test_one },
		{ "whom it is about", test_subject },
		{ "a flood", test_flood },
		{ "junk", test_alien },
		{ "doubt", test_doubt },
		{ "readable all the same", test_readable },
		{ "mute", test_mute },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_malformed", tests);
}
