/* SPDX-License-Identifier: Apache-2.0 */
/* P-24: what it says of an outstation's broken frames, and what is a flood. */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "tests/unit/dnp3.h"

#define SUBJECT "10.0.0.9/10"

extern const struct detector dnp3_malformed_detector;

/* The sink of events behind the detector behind the dissector. */
struct judge {
	struct op_sink ops;
	struct event_sink events;
	void *state;
	uint64_t flow[DISSECTOR_FLOW_MAX / 8];
	struct asm_pool *pool;
	struct pdu pdu;

	struct event ev;
	int notices, floods;
};

/* A READ of class 0, and one whose only object header is cut. */
static const uint8_t good[] = { 0xc0, 0xc0, 0x01, 0x3c, 0x01, 0x06 };
static const uint8_t cut[] = { 0xc0, 0xc0, 0x01, 0x3c, 0x01 };

static void
see(struct event_sink *sink, const struct event *ev)
{
	struct judge *j =
	    (struct judge *)(void *)((uint8_t *)sink -
	                             offsetof(struct judge, events));

	j->floods += ev->def == &EV_DNP_MALFORMED_FLOOD;
	j->notices += ev->def == &EV_DNP_MALFORMED;
	j->ev = *ev;
}

static void
pass_on(struct op_sink *sink, const struct op *op)
{
	struct judge *j = (struct judge *)sink;

	/* as the sensor does: only what has a flaw comes here */
	if (op->flaw != NULL || op->kind == OP_FLAW)
		dnp3_malformed_detector.on_op(j->state, op, NULL, &j->events);
}

/* As the sensor does it: zeroed, parameters by offset, then start(). */
static struct judge *
start(void)
{
	static const uint8_t key[SIPHASH_KEY];
	const struct detection *d = dnp3_malformed_detector.detections;
	struct judge *j = calloc(1, sizeof(*j));

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	CU_ASSERT_STRING_EQUAL(d->id, "P-24");
	CU_ASSERT_STRING_EQUAL(d->attack, "T0814,T0819");
	CU_ASSERT_STRING_EQUAL(dnp3_malformed_detector.protocol, "dnp3");
	CU_ASSERT_EQUAL(dnp3_malformed_detector.kinds, DETECTOR_ON(OP_FLAW));
	j->ops.emit = pass_on;
	j->events.emit = see;
	j->pool = asm_new(4, 4096);
	j->state = calloc(1, dnp3_malformed_detector.state_size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j->state);
	for (const struct parameter *p = d->parameters; p->name != NULL; p++)
		memcpy((uint8_t *)j->state + p->offset, &p->preset,
		    sizeof(p->preset));
	dnp3_malformed_detector.start(j->state, &(struct setup){ .key = key });
	return j;
}

static void
stop(struct judge *j)
{
	asm_free(j->pool);
	free(j->state);
	free(j);
}

/* Octets of one unit between master 10.0.0.1 and outstation 10.0.0.9. */
static void
unit(struct judge *j, unsigned dir, time_t at, const uint8_t *p, size_t n,
    size_t on_wire)
{
	struct endpoint master = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 } };
	struct endpoint station = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 9 } };
	struct ctx ctx = { .pdu = &j->pdu, .flow = j->flow, .pool = j->pool };

	j->pdu.at.tv_sec = at;
	j->pdu.dir = dir;
	j->pdu.src = dir == 0 ? master : station;
	j->pdu.dst = dir == 0 ? station : master;
	dnp3_dissector.dissect(rd_over(p, n, on_wire), &ctx, &j->ops);
}

static void
from_master(
    struct judge *j, time_t at, uint16_t dst, const uint8_t *user, size_t n)
{
	uint8_t frame[DNP3_FRAME_MAX];

	n = dnp3_link(frame, DNP3_FROM_MASTER, dst, 1, user, n);
	unit(j, 0, at, frame, n, n);
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

static bool
subject_is(const struct event *ev, const char *text)
{
	return ev->subject.n == strlen(text) &&
	       memcmp(ev->subject.p, text, strlen(text)) == 0;
}

static void
test_one(void)
{
	struct judge *j = start();

	from_master(j, 1000, 10, good, sizeof(good));
	CU_ASSERT_EQUAL(j->notices, 0);
	from_master(j, 1000, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL_FATAL(j->notices, 1);
	CU_ASSERT_EQUAL(j->ev.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(j->ev.det, "P-24");
	CU_ASSERT_STRING_EQUAL(j->ev.std, "IEC62351-14:5.1");
	CU_ASSERT_STRING_EQUAL(j->ev.attack, "T0814,T0819");
	CU_ASSERT(subject_is(&j->ev, SUBJECT));
	CU_ASSERT(has_why(&j->ev, "flaw", "object header is cut"));
	CU_ASSERT(has_why(&j->ev, "link_src", "1"));
	CU_ASSERT(has_why(&j->ev, "link_dst", "10"));
	CU_ASSERT(has_why(&j->ev, "function", "1"));
	CU_ASSERT_FALSE(j->ev.doubtful);
	from_master(j, 1059, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL(j->notices, 1);
	from_master(j, 1059, 11, cut, sizeof(cut)); /* behind the same IP */
	CU_ASSERT_EQUAL(j->notices, 2);
	CU_ASSERT(subject_is(&j->ev, "10.0.0.9/11"));
	from_master(j, 1060, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL(j->notices, 3);
	stop(j);
}

/* Whoever sends it, it is about the outstation. */
static void
test_block_crc_of_a_response(void)
{
	static const uint8_t response[] = { 0xc0, 0xc0, 0x81, 0, 0 };
	uint8_t frame[DNP3_FRAME_MAX];
	size_t n = dnp3_link(
	    frame, DNP3_FROM_STATION, 1, 10, response, sizeof(response));
	struct judge *j = start();

	frame[12] ^= 4;
	unit(j, 1, 1000, frame, n, n);
	CU_ASSERT_EQUAL_FATAL(j->notices, 1);
	CU_ASSERT(subject_is(&j->ev, SUBJECT));
	CU_ASSERT(has_why(&j->ev, "flaw", "CRC of a block is wrong"));
	CU_ASSERT(has_why(&j->ev, "crc_errors", "1"));
	CU_ASSERT_FALSE(has_why(&j->ev, "function", "129"));
	from_master(j, 1000, 10, cut, sizeof(cut)); /* the same outstation */
	CU_ASSERT_EQUAL(j->notices, 1);
	stop(j);
}

/* Of octets that are no frame only the flow says whose they are. */
static void
test_unreadable(void)
{
	static const uint8_t junk[] = { 0xde, 0xad };
	struct judge *j = start();

	j->pdu.state = KNOW_MIDSTREAM;
	unit(j, 0, 1000, junk, sizeof(junk), sizeof(junk));
	CU_ASSERT_EQUAL(j->notices, 1);
	CU_ASSERT(subject_is(&j->ev, "10.0.0.1"));
	CU_ASSERT(j->ev.doubtful);
	j->pdu.state = KNOW_COMPLETE;
	from_master(j, 1000, 10, good, sizeof(good));
	unit(j, 0, 1000, junk, sizeof(junk), sizeof(junk));
	CU_ASSERT_EQUAL(j->notices, 2);
	CU_ASSERT(subject_is(&j->ev, "10.0.0.9"));
	CU_ASSERT_FALSE(j->ev.doubtful);
	CU_ASSERT(has_why(&j->ev, "flaw", "no link frame begins here"));
	CU_ASSERT_EQUAL(j->ev.nwhy, 1);
	unit(j, 1, 1000, junk, sizeof(junk), sizeof(junk));
	CU_ASSERT_EQUAL(j->notices, 2);            /* the same outstation */
	from_master(j, 1000, 0, cut, sizeof(cut)); /* one with an address */
	CU_ASSERT_EQUAL(j->notices, 3);
	CU_ASSERT(subject_is(&j->ev, "10.0.0.9/0"));
	stop(j);
}

static void
test_flood(void)
{
	struct judge *j = start();

	from_master(j, 1000, 10, cut, sizeof(cut));
	from_master(j, 1030, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL(j->floods, 0);
	from_master(j, 1061, 10, cut, sizeof(cut)); /* the first is too old */
	CU_ASSERT_EQUAL(j->floods, 0);
	from_master(j, 1062, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL_FATAL(j->floods, 1);
	CU_ASSERT_EQUAL(j->ev.severity, SEVERITY_WARNING);
	CU_ASSERT(subject_is(&j->ev, SUBJECT));
	CU_ASSERT(has_why(&j->ev, "units", "3"));
	CU_ASSERT(has_why(&j->ev, "t_s", "60"));
	from_master(j, 1063, 10, cut, sizeof(cut));
	CU_ASSERT_EQUAL(j->floods, 1);
	stop(j);
}

/* What is only unusual is said, and is no flood however often it comes. */
static void
test_unusual_is_no_flood(void)
{
	static const uint8_t unusual[][8] = {
		{ 0xc0, 0xc0, 70 },                      /* function */
		{ 0xc0, 0xc0, 0x02, 99, 1, 0x07, 1, 0 }, /* object */
	};
	struct judge *j = start();

	for (int i = 0; i < 9; i++)
		from_master(j, 1000, 10, unusual[0], 3);
	CU_ASSERT_EQUAL(j->notices, 1);
	for (int i = 0; i < 9; i++)
		from_master(j, 2000, 10, unusual[1], 8);
	CU_ASSERT_EQUAL(j->notices, 2);
	for (int i = 0; i < 9; i++)
		from_master(j, 3000, 0xfff0, good, sizeof(good));
	CU_ASSERT_EQUAL(j->notices, 3);
	CU_ASSERT(has_why(&j->ev, "flaw", "reserved link address"));
	CU_ASSERT_EQUAL(j->floods, 0);
	stop(j);
}

/* A fragment is begun again and again, and never ended. */
static void
test_unfinished(void)
{
	static const uint8_t first[] = { 0x40, 0xc0, 0x01, 0x3c };
	struct judge *j = start();

	from_master(j, 1000, 10, first, sizeof(first));
	CU_ASSERT_EQUAL(j->notices, 0);
	for (uint8_t i = 1; i <= 3; i++) {
		uint8_t next[] = { (uint8_t)(0x40 | i), 0xc0, 0x01, 0x3c };

		from_master(j, 1000, 10, next, sizeof(next));
	}
	CU_ASSERT_EQUAL(j->notices, 1);
	CU_ASSERT_EQUAL(j->floods, 1);
	CU_ASSERT_FALSE(j->ev.doubtful);
	j->pdu.carrier = OVER_UDP; /* a datagram may have been lost */
	from_master(j, 2000, 10, first, sizeof(first));
	CU_ASSERT_EQUAL(j->notices, 2);
	CU_ASSERT(j->ev.doubtful);
	stop(j);
}

static void
test_near_misses(void)
{
	static const uint8_t next[] = { 0x05, 0xc0, 0x01, 0x3c };
	uint8_t frame[DNP3_FRAME_MAX];
	size_t n =
	    dnp3_link(frame, DNP3_FROM_MASTER, 10, 1, good, sizeof(good));
	struct judge *j = start();

	for (size_t i = 0; i < n; i++) /* cut by the capture */
		unit(j, 0, 1000, frame, i, n);
	j->pdu.state = KNOW_GAPPED;
	from_master(j, 1000, 10, next, sizeof(next)); /* after a gap */
	j->pdu.state = KNOW_COMPLETE;
	from_master(j, 1000, 0xffff, good, sizeof(good)); /* broadcast */
	CU_ASSERT_EQUAL(j->notices + j->floods, 0);
	stop(j);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "one broken fragment", test_one },
		{ "a wrong CRC in a response", test_block_crc_of_a_response },
		{ "octets that are no frame", test_unreadable },
		{ "a flood", test_flood },
		{ "what is only unusual", test_unusual_is_no_flood },
		{ "fragments never ended", test_unfinished },
		{ "near misses", test_near_misses },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_malformed", tests);
}
