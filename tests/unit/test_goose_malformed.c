/* SPDX-License-Identifier: Apache-2.0 */
/* G-23: what it says of a publisher's malformed frames. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/rgoose/rgoose.h"
#include "rules/detector.h"
#include "tests/unit/goose.h"

extern const struct detector goose_malformed_detector;

/* The sink of events behind a detector behind a dissector. */
struct seen {
	struct event_sink sink;
	struct event ev;
	int n, floods;
};

struct judge {
	struct op_sink sink;
	void *state;
	struct seen seen;
};

static void
see(struct event_sink *sink, const struct event *ev)
{
	struct seen *s = (struct seen *)sink;

	s->floods += ev->def == &EV_GSE_MALFORMED_FLOOD;
	s->ev = *ev;
	s->n++;
}

static void
judge(struct op_sink *sink, const struct op *op)
{
	struct judge *j = (struct judge *)sink;

	goose_malformed_detector.on_op(j->state, op, NULL, &j->seen.sink);
}

/* As the sensor does it: zeroed, parameters by offset, then start(). */
static struct judge
started(void)
{
	static const uint8_t key[SIPHASH_KEY];
	const struct detection *d = goose_malformed_detector.detections;
	struct judge j = { { judge }, NULL, { .sink = { see } } };

	CU_ASSERT_STRING_EQUAL(d->id, "G-23");
	CU_ASSERT_STRING_EQUAL(d->attack, "T0814,T0819");
	j.state = calloc(1, goose_malformed_detector.state_size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j.state);
	for (const struct parameter *p = d->parameters; p->name != NULL; p++)
		memcpy((uint8_t *)j.state + p->offset, &p->preset,
		    sizeof(p->preset));
	goose_malformed_detector.start(j.state, &(struct setup){ .key = key });
	return j;
}

/* A frame from 02:00:00:00:00:mac, of which n octets were captured. */
static void
frame(struct judge *j, uint8_t mac, time_t at, const uint8_t *p, size_t n,
    size_t on_wire)
{
	struct pdu pdu = { .at = { .tv_sec = at },
		.src = { .mac = { 2, 0, 0, 0, 0, mac } } };
	struct ctx ctx = { .pdu = &pdu };

	goose_dissector.dissect(rd_over(p, n, on_wire), &ctx, &j->sink);
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
	struct judge j = started();
	uint8_t unit[FRAME_MAX];
	size_t n = build(unit, plain, sizeof(plain) - 5); /* no allData */

	frame(&j, 1, 1000, unit, n, n);
	CU_ASSERT_EQUAL_FATAL(j.seen.n, 1);
	CU_ASSERT_PTR_EQUAL(j.seen.ev.def, &EV_GSE_MALFORMED);
	CU_ASSERT_EQUAL(j.seen.ev.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(j.seen.ev.det, "G-23");
	CU_ASSERT_STRING_EQUAL(j.seen.ev.std, "IEC62351-6:1.1");
	CU_ASSERT_STRING_EQUAL(j.seen.ev.attack, "T0814,T0819");
	CU_ASSERT(subject_is(&j.seen.ev, "a$GO"));
	CU_ASSERT(has_why(&j.seen.ev, "flaw", "allData is missing"));
	CU_ASSERT(has_why(&j.seen.ev, "appid", "4097"));
	CU_ASSERT(has_why(&j.seen.ev, "length", "45"));

	frame(&j, 1, 1001, unit, n, n);
	CU_ASSERT_EQUAL(j.seen.n, 1);
	frame(&j, 2, 1001, unit, n, n); /* another publisher */
	CU_ASSERT_EQUAL(j.seen.n, 2);
	unit[1] = 2; /* and another APPID */
	frame(&j, 2, 1001, unit, n, n);
	CU_ASSERT_EQUAL(j.seen.n, 3);
	unit[0] = 2;
	frame(&j, 2, 1001, unit, n, n);
	CU_ASSERT_EQUAL(j.seen.n, 4);
	free(j.state);
}

static void
test_unreadable(void)
{
	struct judge j = started();
	uint8_t unit[FRAME_MAX];

	build(unit, plain, sizeof(plain));
	frame(&j, 1, 1000, unit, 2, 2);
	CU_ASSERT_EQUAL_FATAL(j.seen.n, 1);
	CU_ASSERT(subject_is(&j.seen.ev, "02:00:00:00:00:01"));
	CU_ASSERT_EQUAL(j.seen.ev.nwhy, 1);
	free(j.state);
}

static void
test_flood(void)
{
	struct judge j = started();
	uint8_t unit[FRAME_MAX];
	size_t n = build(unit, plain, sizeof(plain) - 5);

	for (int i = 0; i < 4; i++)
		frame(&j, 1, 1000 + 14 * i, unit, n, n);
	CU_ASSERT_EQUAL(j.seen.floods, 0);
	frame(&j, 1, 1059, unit, n, n);
	CU_ASSERT_EQUAL(j.seen.floods, 1);
	CU_ASSERT_EQUAL(j.seen.ev.severity, SEVERITY_WARNING);
	CU_ASSERT_STRING_EQUAL(j.seen.ev.std, "IEC62351-6:1.1");
	CU_ASSERT(has_why(&j.seen.ev, "units", "5"));
	free(j.state);
}

/* Near misses: cut by the capture, padded, extended, or not GOOSE at all. */
static void
test_silent(void)
{
	static const uint8_t extension[] = { 0xa1, 0x04, 0x83, 0x02, 1, 2 };
	struct judge j = started();
	uint8_t unit[FRAME_MAX] = { 0 };
	size_t n = build(unit, plain, sizeof(plain)), len = 0;
	struct pdu pdu = { .frame = 1 };
	struct op other = { .kind = OP_FLAW,
		.pdu = &pdu,
		.protocol = "iec104",
		.verdict = RD_MALFORMED,
		.flaw = "not ours" };

	for (size_t i = 0; i < n; i++)
		frame(&j, 1, 1000, unit, i, n);
	goose_dissector.frame(rd_over(unit, n + 8, n + 8), &len);
	frame(&j, 1, 1000, unit, len, len);
	memcpy(unit + n, extension, sizeof(extension));
	header(unit, n, sizeof(extension), 0);
	frame(&j, 1, 1000, unit, n + 6, n + 6);
	header(unit, n + 6, 0, sizeof(extension));
	frame(&j, 1, 1000, unit, n + 6, n + 6);
	goose_malformed_detector.on_op(j.state, &other, NULL, &j.seen.sink);
	CU_ASSERT_EQUAL(j.seen.n, 0);
	free(j.state);
}

/* R-GOOSE carries the same PDU; encrypted it cannot be judged. */
static void
test_routed(void)
{
	static const struct rgoose_spdu hidden = { .encrypted = true };
	struct judge j = started();
	struct pdu pdu = { .at = { .tv_sec = 1000 },
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 7 } } };
	struct rgoose_spdu spdu = { .goose = { .headed = true, .appid = 9 } };
	struct op op = { .kind = OP_FLAW,
		.pdu = &pdu,
		.protocol = "rgoose",
		.verdict = RD_MALFORMED,
		.flaw = "sqNum is missing",
		.msg = &spdu };

	judge(&j.sink, &op);
	CU_ASSERT_EQUAL_FATAL(j.seen.n, 1);
	CU_ASSERT(subject_is(&j.seen.ev, "10.0.0.7"));
	CU_ASSERT(has_why(&j.seen.ev, "appid", "9"));
	pdu.src.ip[15] = 8; /* another publisher with the same APPID */
	judge(&j.sink, &op);
	CU_ASSERT_EQUAL(j.seen.n, 2);
	op.msg = &hidden;
	op.kind = OP_REPORT;
	op.verdict = RD_OK;
	op.flaw = NULL;
	judge(&j.sink, &op);
	CU_ASSERT_EQUAL(j.seen.n, 2);
	free(j.state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "one is a notice", test_one },
		{ "nothing to be read", test_unreadable },
		{ "five in a minute are a flood", test_flood },
		{ "silent", test_silent },
		{ "R-GOOSE", test_routed },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_malformed", tests);
}
