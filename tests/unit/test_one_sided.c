/* SPDX-License-Identifier: Apache-2.0 */
/* H-2 and H-8: many one-sided flows, said once a window; a full table. */
#include <config.h>

#include "rules/full.h"
#include "tests/unit/transport.h"

extern const struct detector sensor_one_sided_detector;
extern const struct detector sensor_full_detector;

#define D (&sensor_one_sided_detector)

static void
tell(void *state, struct transport_seen *s, int flows, time_t at)
{
	const struct transport msg = { .note = TRANSPORT_ONE_SIDED };

	while (flows-- > 0)
		transport_tell(D, state, s, &msg, at, KNOW_ONE_SIDED);
}

static void
test_more_than_n(void)
{
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	tell(state, &s, 10, 1000);
	CU_ASSERT_EQUAL(s.n, 0);
	tell(state, &s, 1, 1059);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:9.2");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "H-2");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_WARNING);
	CU_ASSERT_EQUAL(s.ev.src.port | s.ev.dst.port, 0);
	CU_ASSERT(transport_subject_is(&s.ev, "capture"));
	CU_ASSERT(transport_why_is(&s.ev, 0, "flows", "11"));
	CU_ASSERT(transport_why_is(&s.ev, 1, "t_s", "60"));
	CU_ASSERT(transport_why_is(&s.ev, 2, "seen", "10.0.0.1"));
	CU_ASSERT(transport_why_is(&s.ev, 3, "missing", "10.0.0.2"));
	tell(state, &s, 50, 1100); /* said less than a window ago */
	CU_ASSERT_EQUAL(s.n, 1);
	tell(state, &s, 1, 1119);
	CU_ASSERT_EQUAL(s.n, 2);
	free(state);
}

static void
test_too_slow(void)
{
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	tell(state, &s, 10, 1); /* the clock begins with the epoch */
	CU_ASSERT_EQUAL(s.n, 0);
	for (time_t at = 0; at < 6000; at += 6)
		tell(state, &s, 1, 1000 + at); /* 10 in any 60 s */
	CU_ASSERT_EQUAL(s.n, 0);
	tell(state, &s, 1, 7000 - 1);
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

static void
test_parameters(void)
{
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	transport_set(state, D, "n", 0);
	transport_set(state, D, "t_s", 1);
	tell(state, &s, 2, 1000);
	CU_ASSERT_EQUAL(s.n, 1);
	tell(state, &s, 1, 1001);
	CU_ASSERT_EQUAL(s.n, 2);
	tell(state, &s, 1, INT64_MIN); /* any time is survived */
	tell(state, &s, 1, INT64_MAX);
	CU_ASSERT_EQUAL(s.n, 4);
	free(state);
	state = transport_started(D);
	transport_set(state, D, "n", 1000);
	tell(state, &s, 1000, 1000);
	CU_ASSERT_EQUAL(s.n, 4);
	tell(state, &s, 1, 1000);
	CU_ASSERT_EQUAL(s.n, 5);
	free(state);
}

static void
test_other_notes(void)
{
	const struct transport msg = { .note = TRANSPORT_GAP, .octets = 1 };
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	for (int i = 0; i < 20; i++)
		transport_tell(D, state, &s, &msg, 1000, KNOW_GAPPED);
	CU_ASSERT_EQUAL(s.n, 0);
	free(state);
}

static void
test_full(void)
{
	const struct pdu pdu = { .frame = 7 };
	const struct op op = { .pdu = &pdu, .protocol = "iec104" };
	struct transport_seen s = { .sink = { transport_see } };

	full_say(&s.sink, &op, "T-34", 1024);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:9.8");
	CU_ASSERT_STRING_EQUAL(s.ev.det, sensor_full_detector.detections[0].id);
	CU_ASSERT(transport_subject_is(&s.ev, "T-34"));
	CU_ASSERT(transport_why_is(&s.ev, 0, "P.Detection", "T-34"));
	CU_ASSERT(transport_why_is(&s.ev, 1, "entries", "1024"));
	CU_ASSERT(s.ev.why[1].number);
}

/* The flows' table says it once; another note of the transport is none. */
static void
test_flows_full(void)
{
	const struct transport full = { .note = TRANSPORT_FULL, .octets = 64 };
	const struct transport gap = { .note = TRANSPORT_GAP, .octets = 64 };
	void *state = transport_started(&sensor_full_detector);
	struct transport_seen s = { .n = 0 };

	transport_tell(
	    &sensor_full_detector, state, &s, &gap, 1000, KNOW_COMPLETE);
	CU_ASSERT_EQUAL(s.n, 0);
	transport_tell(
	    &sensor_full_detector, state, &s, &full, 1000, KNOW_COMPLETE);
	transport_tell(
	    &sensor_full_detector, state, &s, &full, 2000, KNOW_COMPLETE);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT(transport_subject_is(&s.ev, "flows"));
	CU_ASSERT(transport_why_is(&s.ev, 1, "entries", "64"));
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "more than n", test_more_than_n },
		{ "too slow", test_too_slow },
		{ "parameters", test_parameters },
		{ "other notes", test_other_notes },
		{ "a full table", test_full },
		{ "the flows are full", test_flows_full },
		CU_TEST_INFO_NULL,
	};

	return driver_run("one_sided", tests);
}
