/* SPDX-License-Identifier: Apache-2.0 */
/* C-1 to C-4: two events about the same, near enough, in the right order. */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "tests/driver.h"

extern const struct detector composite_pairs_detector;

#define D (&composite_pairs_detector)

struct seen {
	struct event_sink sink;
	struct event ev; /* the last */
	int n;
};

static struct seen s;
static uint8_t *state;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	s.ev = *ev;
	s.n++;
}

static void
begin(void)
{
	static const uint8_t key[SIPHASH_KEY] = "pairs";
	struct setup setup = { .key = key };

	s = (struct seen){ .sink = { see } };
	state = aligned_alloc(64, (D->state_size + 63) & ~(size_t)63);
	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, D->state_size);
	for (const struct detection *d = D->detections; d->id != NULL; d++)
		memcpy(state + d->parameters->offset, &d->parameters->preset,
		    sizeof(uint32_t));
	D->start(state, &setup);
}

/* At second t, from 10.0.0.src to 10.0.0.dst. */
static void
tell(const char *det, const struct event_def *def, const char *subject,
    uint8_t src, uint8_t dst, time_t t)
{
	struct event ev = { .def = def,
		.det = det,
		.severity = def->severity,
		.sqnum = 7,
		.count = 3,
		.at = { .tv_sec = 1000000 + t },
		.frame = (uint64_t)t + 1,
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, src } },
		.dst = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, dst } } };

	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)subject, strlen(subject) });
	D->on_event(state, &ev, &s.sink);
}

static int
why_is(size_t i, const char *name, const char *value)
{
	const struct event_why *w = &s.ev.why[i];

	return i < s.ev.nwhy && strcmp(w->name, name) == 0 &&
	       w->value.n == strlen(value) &&
	       memcmp(w->value.p, value, strlen(value)) == 0;
}

/* The firmware first, within a day, at the same meter. */
static void
test_firmware(void)
{
	begin();
	tell("D-24", &EV_DLMS_IC_RESET, "M1", 1, 2, 0);
	tell("D-47", &EV_FW_SW_UPDATE_SUCCESS, "M1", 1, 2, 10);
	tell("D-47", &EV_FW_SW_UPDATE_FAIL, "M2", 1, 3, 20);
	tell("D-24", &EV_DLMS_IC_RESET, "M2", 1, 3, 30);
	tell("D-24", &EV_DLMS_IC_RESET, "M3", 1, 2, 40);
	tell("D-24", &EV_DLMS_IC_RESET_ACKNOWLEDGED, "M1", 1, 2, 50);
	CU_ASSERT_EQUAL(s.n, 0);
	tell("D-24", &EV_DLMS_IC_RESET, "M1", 4, 2, 86409);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.51");
	CU_ASSERT_STRING_EQUAL(s.ev.row, "C-1");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "D-24");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_ALARM);
	CU_ASSERT_EQUAL(s.ev.frame, 86410);
	CU_ASSERT_EQUAL(s.ev.count, 1);
	CU_ASSERT(why_is(0, "rule", "C-1"));
	CU_ASSERT(why_is(1, "first", "D-47"));
	CU_ASSERT(why_is(2, "first_event", "IEC62351-14:6.1"));
	CU_ASSERT(why_is(3, "first_frame", "11"));
	CU_ASSERT(why_is(4, "first_sqnum", "7"));
	CU_ASSERT(why_is(5, "then_event", "32473:1.24"));
	CU_ASSERT(why_is(6, "apart_ms", "86399000"));
	tell("D-24", &EV_DLMS_IC_RESET, "M1", 4, 2, 86409); /* said */
	CU_ASSERT_EQUAL(s.n, 1);
	tell("D-47", &EV_FW_SW_UPDATE_SUCCESS, "M4", 1, 2, 100000);
	tell("D-24", &EV_DLMS_IC_RESET, "M4", 1, 2, 186400);
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

/* The same two parties, whichever of them speaks. */
static void
test_switched(void)
{
	begin();
	tell("D-16", &EV_DLMS_UNKNOWN_CLIENT, "10.0.0.2", 1, 2, 0);
	tell("D-40", &EV_DLMS_RELAY_CONTROL, "M", 3, 2, 1);
	tell("D-16", &EV_LOGIN_SUCCESS, "M", 2, 3, 1);
	tell("D-40", &EV_DLMS_RELAY_CONTROL, "M", 2, 3, 2);
	CU_ASSERT_EQUAL(s.n, 0);
	tell("D-40", &EV_DLMS_UNAUTHORIZED_DISCONNECT, "M", 2, 1, 3);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.52");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "D-40");
	CU_ASSERT(why_is(1, "first", "D-16"));
	free(state);
}

static void
test_burst(void)
{
	begin();
	tell("T-01", &EV_TELECONTROL_UNKNOWN_MASTER, "S", 1, 2, 0);
	tell("T-07", &EV_TELECONTROL_COMMAND_BURST, "S", 1, 2, 60);
	tell("T-07", &EV_TELECONTROL_COMMAND_BURST, "S", 3, 2, 1);
	tell("T-01", &EV_TELECONTROL_UNKNOWN_MASTER, "S", 4, 2, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	/* in either order */
	tell("T-01", &EV_TELECONTROL_UNKNOWN_MASTER, "S", 3, 2, 60);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.53");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "T-01");
	tell("T-01", &EV_TELECONTROL_UNKNOWN_MASTER, "S", 1, 2, 119);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

static void
test_poisoned(void)
{
	begin();
	tell("G-07", &EV_GSE_LOSS, "cb1", 0, 0, 0); /* a few are missing */
	tell("G-02", &EV_GSE_PUBLISHER_CHANGE, "cb1", 0, 0, 1);
	tell("G-07", &EV_GOOSE_REPLAY_DETECTED, "cb2", 0, 0, 1);
	tell("G-05", &EV_GOOSE_REPLAY_DETECTED, "cb1", 0, 0, 1);
	CU_ASSERT_EQUAL(s.n, 0);
	tell("G-03", &EV_GSE_DUAL_PUBLISHER, "cb2", 0, 0, 1);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.54");
	CU_ASSERT(why_is(1, "first", "G-07"));
	tell("G-02", &EV_GSE_PUBLISHER_CHANGE, "cb2", 0, 0, 60);
	CU_ASSERT_EQUAL(s.n, 1);
	tell("G-07", &EV_GOOSE_REPLAY_DETECTED, "cb2", 0, 0, 61);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "firmware and counter", test_firmware },
		{ "an unknown client switches", test_switched },
		{ "an unknown master's burst", test_burst },
		{ "a poisoned state", test_poisoned },
		CU_TEST_INFO_NULL,
	};

	return driver_run("pairs", tests);
}
