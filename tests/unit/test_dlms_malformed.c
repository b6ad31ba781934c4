/* SPDX-License-Identifier: Apache-2.0 */
/* D-54: what it says of units that cannot be read. */
#include <config.h>

#include "rules/detector.h"
#include "tests/unit/dlms.h"

extern const struct detector dlms_malformed_detector;

struct seen {
	struct event_sink sink;
	struct event ev;
	int n, floods;
};

static void
see(struct event_sink *sink, const struct event *ev)
{
	struct seen *s = (struct seen *)sink;

	s->ev = *ev;
	s->n++;
	s->floods += ev->def == &EV_DLMS_MALFORMED_FLOOD;
}

struct bench {
	struct talk talk;
	struct seen seen;
	void *state;
};

static void
set_up(struct bench *b)
{
	const struct parameter *p =
	    dlms_malformed_detector.detections->parameters;
	static const uint8_t key[SIPHASH_KEY];

	talk_start(&b->talk);
	b->seen = (struct seen){ .sink = { see } };
	b->state = calloc(1, dlms_malformed_detector.state_size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->state);
	for (; p->name != NULL; p++)
		memcpy((uint8_t *)b->state + p->offset, &p->preset,
		    sizeof(p->preset));
	dlms_malformed_detector.start(b->state, &(struct setup){ .key = key });
}

static void
tear_down(struct bench *b)
{
	talk_end(&b->talk);
	free(b->state);
}

/* Meter 10.0.0.n; direction 0 is toward it. */
static void
say(struct bench *b, time_t at, uint8_t n, unsigned dir, const uint8_t *apdu,
    size_t size)
{
	struct endpoint meter = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, n } };
	struct endpoint client = { .ip = { [10] = 0xff, 0xff, 10, 0, 9, 9 } };

	b->talk.pdu.at = (struct timespec){ .tv_sec = at };
	b->talk.pdu.src = dir == 0 ? client : meter;
	b->talk.pdu.dst = dir == 0 ? meter : client;
	talk_apdu(&b->talk, dir, apdu, size);
	for (int i = 0; i < b->talk.n; i++)
		dlms_malformed_detector.on_op(
		    b->state, &b->talk.op[i], NULL, &b->seen.sink);
}

static const char *
why(const struct event *ev, const char *name)
{
	static char buf[EVENT_STR + 1];

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0) {
			memcpy(buf, ev->why[i].value.p, ev->why[i].value.n);
			buf[ev->why[i].value.n] = '\0';
			return buf;
		}
	return "";
}

#define BAD OCTETS(0xc0, 9, 0)

static void
test_one(void)
{
	struct bench b;

	set_up(&b);
	say(&b, 100, 1, 0, OCTETS(0x62, 0));
	CU_ASSERT_EQUAL(b.seen.n, 0);
	say(&b, 100, 1, 0, BAD);
	CU_ASSERT_EQUAL_FATAL(b.seen.n, 1);
	CU_ASSERT_PTR_EQUAL(b.seen.ev.def, &EV_DLMS_MALFORMED);
	CU_ASSERT_STRING_EQUAL(b.seen.ev.det, "D-54");
	CU_ASSERT_STRING_EQUAL(b.seen.ev.std, "IEC62351-14:5.1");
	CU_ASSERT_STRING_EQUAL(b.seen.ev.attack, "T0814,T0819");
	CU_ASSERT_EQUAL(b.seen.ev.severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(b.seen.ev.subject.n, 8);
	CU_ASSERT_EQUAL(memcmp(b.seen.ev.subject.p, "10.0.0.1", 8), 0);
	CU_ASSERT_FALSE(b.seen.ev.doubtful);
	CU_ASSERT_STRING_EQUAL(
	    why(&b.seen.ev, "flaw"), "service of an unknown choice");
	CU_ASSERT_STRING_EQUAL(why(&b.seen.ev, "client_sap"), "16");
	CU_ASSERT_STRING_EQUAL(why(&b.seen.ev, "server_sap"), "1");
	CU_ASSERT_STRING_EQUAL(why(&b.seen.ev, "tag"), "192");
	/* the same meter's answer is of the same subject */
	say(&b, 101, 1, 1, OCTETS(0xc4, 9, 0));
	CU_ASSERT_EQUAL(b.seen.n, 1);
	say(&b, 101, 2, 0, BAD);
	CU_ASSERT_EQUAL(b.seen.n, 2);
	tear_down(&b);
}

static void
test_flood(void)
{
	struct bench b;

	set_up(&b);
	for (int i = 0; i < 4; i++)
		say(&b, 100 + i, 1, 0, BAD);
	CU_ASSERT_EQUAL(b.seen.n, 1);
	say(&b, 104, 1, 0, BAD);
	CU_ASSERT_EQUAL_FATAL(b.seen.floods, 1);
	CU_ASSERT_EQUAL(b.seen.ev.severity, SEVERITY_WARNING);
	tear_down(&b);
	/* four a minute are none, however long that lasts */
	set_up(&b);
	for (int i = 0; i < 40; i++)
		say(&b, 100 + 16 * i, 1, 0, BAD);
	CU_ASSERT_EQUAL(b.seen.floods, 0);
	tear_down(&b);
	/* octets in a maker's own framing, again and again */
	set_up(&b);
	for (int i = 0; i < 40; i++) {
		b.talk.pdu.at.tv_sec = 100 + i;
		talk_unit(&b.talk, 0, OCTETS(0x90, 1, 1, 0x62, 0));
		dlms_malformed_detector.on_op(
		    b.state, &b.talk.op[0], NULL, &b.seen.sink);
	}
	CU_ASSERT_EQUAL(b.seen.n, 1);
	CU_ASSERT_EQUAL(b.seen.floods, 0);
	CU_ASSERT_STRING_EQUAL(
	    why(&b.seen.ev, "flaw"), "neither wrapper nor HDLC");
	tear_down(&b);
}

static void
test_doubt(void)
{
	struct bench b;

	set_up(&b);
	b.talk.pdu.state = KNOW_MIDSTREAM;
	say(&b, 100, 1, 0, BAD);
	CU_ASSERT(b.seen.ev.doubtful);
	/* of another protocol */
	b.talk.op[0].protocol = "iec104";
	dlms_malformed_detector.on_op(
	    b.state, &b.talk.op[0], NULL, &b.seen.sink);
	CU_ASSERT_EQUAL(b.seen.n, 1);
	tear_down(&b);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "one", test_one },
		{ "a flood", test_flood },
		{ "in doubt", test_doubt },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms malformed", tests);
}
