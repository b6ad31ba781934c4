/* SPDX-License-Identifier: Apache-2.0 */
/* N-9: what it says of octets that came again and were others. */
#include <config.h>

#include "tests/unit/transport.h"

extern const struct detector net_overlap_detector;

#define D (&net_overlap_detector)

static void
test_speaks(void)
{
	const struct transport msg = { .note = TRANSPORT_OVERLAP,
		.seq = 4000000000,
		.octets = 16,
		.at = 5 };
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	transport_tell(D, state, &s, &msg, 1000, KNOW_COMPLETE);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.9");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "N-9");
	CU_ASSERT_STRING_EQUAL(s.ev.proto, "tcp");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_ALARM);
	CU_ASSERT_EQUAL(s.ev.frame, 7);
	CU_ASSERT_EQUAL(s.ev.src.port, 40);
	CU_ASSERT(transport_subject_is(&s.ev, "10.0.0.2"));
	CU_ASSERT_EQUAL(s.ev.nwhy, 3);
	CU_ASSERT(transport_why_is(&s.ev, 0, "seq", "4000000000"));
	CU_ASSERT(transport_why_is(&s.ev, 1, "octets", "16"));
	CU_ASSERT(transport_why_is(&s.ev, 2, "at", "5"));
	CU_ASSERT_FALSE(s.ev.doubtful);
	transport_tell(D, state, &s, &msg, 1000, KNOW_MIDSTREAM);
	CU_ASSERT(s.ev.doubtful);
	transport_tell(D, state, &s, &msg, 1000, KNOW_GAPPED);
	CU_ASSERT(s.ev.doubtful);
	CU_ASSERT_EQUAL(s.n, 3);
	free(state);
}

static void
test_is_silent(void)
{
	struct transport msg = { .note = TRANSPORT_GAP, .octets = 16 };
	void *state = transport_started(D);
	struct transport_seen s = { .n = 0 };

	transport_tell(D, state, &s, &msg, 1000, KNOW_COMPLETE);
	msg.note = TRANSPORT_CUT;
	transport_tell(D, state, &s, &msg, 1000, KNOW_COMPLETE);
	transport_set(state, D, "min_octets", 2);
	msg.note = TRANSPORT_OVERLAP;
	msg.octets = 1;
	transport_tell(D, state, &s, &msg, 1000, KNOW_COMPLETE);
	CU_ASSERT_EQUAL(s.n, 0);
	msg.octets = 2;
	transport_tell(D, state, &s, &msg, 1000, KNOW_COMPLETE);
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

/* It asks for flaws only, and flaws of other protocols are not its own. */
static void
test_other_protocols(void)
{
	struct pdu pdu = { .frame = 1 };
	struct op op = {
		.pdu = &pdu, .protocol = "iec104", .kind = OP_FLAW, .msg = &pdu
	};
	void *state = transport_started(D);
	struct transport_seen s = { .sink = { transport_see } };

	CU_ASSERT_EQUAL(D->kinds, DETECTOR_ON(OP_FLAW));
	D->on_op(state, &op, NULL, &s.sink);
	CU_ASSERT_EQUAL(s.n, 0);
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "speaks", test_speaks },
		{ "is silent", test_is_silent },
		{ "other protocols", test_other_protocols },
		CU_TEST_INFO_NULL,
	};

	return driver_run("overlap", tests);
}
