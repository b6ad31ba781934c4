/* SPDX-License-Identifier: Apache-2.0 */
/* Putting an event together: what it takes from the op, what is cut. */
#include <config.h>

#include "rules/event.h"
#include "tests/driver.h"

static const struct pdu pdu = {
	.at = { 1767323045, 678901234 },
	.frame = 123,
	.capture = "a.pcap",
	.src = { .mac = { 2, 0, 0, 0, 0, 0x1f },
	    .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
	    .port = 40 },
	.dst = { .ip = { 0xfd, [15] = 2 }, .port = 2404 },
	.vlans = 2,
	.vlan = { 100, 0 },
	.state = KNOW_GAPPED,
};
static const struct op op = { .pdu = &pdu, .protocol = "iec104" };

static void
test_about(void)
{
	struct event ev = event_about(&op, &EV_TELECONTROL_MALFORMED, "T-34");

	CU_ASSERT_PTR_EQUAL(ev.def, &EV_TELECONTROL_MALFORMED);
	CU_ASSERT_STRING_EQUAL(ev.det, "T-34");
	CU_ASSERT_EQUAL(ev.severity, SEVERITY_NOTICE);
	CU_ASSERT_EQUAL(ev.count, 1);
	CU_ASSERT_EQUAL(ev.sqnum, 0);
	CU_ASSERT_EQUAL(ev.at.tv_sec, 1767323045);
	CU_ASSERT_EQUAL(ev.at.tv_nsec, 678901234);
	CU_ASSERT_EQUAL(ev.frame, 123);
	CU_ASSERT_STRING_EQUAL(ev.capture, "a.pcap");
	CU_ASSERT_STRING_EQUAL(ev.proto, "iec104");
	CU_ASSERT_EQUAL(ev.src.port, 40);
	CU_ASSERT_EQUAL(ev.dst.port, 2404);
	CU_ASSERT_EQUAL(ev.vlans, 2);
	CU_ASSERT_EQUAL(ev.vlan[0], 100);
	CU_ASSERT_EQUAL(ev.vlan[1], 0);
	CU_ASSERT_EQUAL(ev.state, KNOW_GAPPED);
	CU_ASSERT_FALSE(ev.doubtful || ev.dst_is_peer);
	CU_ASSERT_EQUAL(ev.flow[0] | ev.role[0], 0);
	CU_ASSERT_EQUAL(ev.nwhy + ev.subject.n, 0);
}

static void
test_values(void)
{
	struct event ev = event_about(&op, &EV_TELECONTROL_MALFORMED, "T-34");
	uint8_t octets[EVENT_STR + 1] = { [EVENT_STR - 1] = 7 };

	event_add_u64(&ev, "n", UINT64_MAX);
	event_add_text(&ev, "t", "text");
	event_add(&ev, "b", (struct bytes){ octets, sizeof(octets) });
	CU_ASSERT_EQUAL(ev.nwhy, 3);
	CU_ASSERT(ev.why[0].number);
	CU_ASSERT_EQUAL(ev.why[0].value.n, 20);
	CU_ASSERT_EQUAL(
	    memcmp(ev.why[0].value.p, "18446744073709551615", 20), 0);
	CU_ASSERT_STRING_EQUAL(ev.why[1].name, "t");
	CU_ASSERT_FALSE(ev.why[1].number);
	CU_ASSERT_EQUAL(ev.why[1].value.n, 4);
	CU_ASSERT_EQUAL(memcmp(ev.why[1].value.p, "text", 4), 0);
	CU_ASSERT_EQUAL(ev.why[2].value.n, EVENT_STR);
	CU_ASSERT_EQUAL(ev.why[2].value.p[EVENT_STR - 1], 7);
	for (int i = 0; i < EVENT_WHY; i++)
		event_add_u64(&ev, "more", 1);
	CU_ASSERT_EQUAL(ev.nwhy, EVENT_WHY);
	event_set(&ev.subject, (struct bytes){ NULL, 0 });
	CU_ASSERT_EQUAL(ev.subject.n, 0);
}

/* How many octets are left of n, of which the last are these. */
static size_t
left_of(size_t n, const char *last)
{
	uint8_t octets[EVENT_STR + 8];
	struct event_str s;

	memset(octets, 'a', sizeof(octets));
	memcpy(octets + n - strlen(last), last, strlen(last));
	event_set(&s, (struct bytes){ octets, n });
	CU_ASSERT_EQUAL(memcmp(s.p, octets, s.n), 0);
	return s.n;
}

/* Half a character would be a wrong one. */
static void
test_cut(void)
{
	CU_ASSERT_EQUAL(left_of(EVENT_STR, "\xc3\xbc"), EVENT_STR);
	CU_ASSERT_EQUAL(left_of(EVENT_STR + 1, "\xc3\xbc"), EVENT_STR - 1);
	CU_ASSERT_EQUAL(left_of(EVENT_STR + 2, "\xc3\xbc"), EVENT_STR);
	CU_ASSERT_EQUAL(left_of(EVENT_STR + 1, "\xe2\x82\xac"), EVENT_STR - 2);
	CU_ASSERT_EQUAL(
	    left_of(EVENT_STR + 1, "\xf0\x9f\x98\x80"), EVENT_STR - 3);
	CU_ASSERT_EQUAL(
	    left_of(EVENT_STR + 3, "\xf0\x9f\x98\x80"), EVENT_STR - 1);
	/* no character at all */
	CU_ASSERT_EQUAL(
	    left_of(EVENT_STR + 1, "\xbc\xbc\xbc\xbc\xbc\xbc"), EVENT_STR);
	CU_ASSERT_EQUAL(left_of(EVENT_STR + 8, "zzzzzzzz"), EVENT_STR);
}

static void
test_cause(void)
{
	struct event ev = event_about(&op, &EV_REBOOT, "T-12");

	CU_ASSERT_STRING_EQUAL(ev.ref, EV_TELECONTROL_RESET.id);
	ev = event_about(&op, &EV_REBOOT, "P-07");
	CU_ASSERT_STRING_EQUAL(ev.ref, EV_DNP_RESTART_COMMAND.id);
	CU_ASSERT_PTR_NULL(event_about(&op, &EV_REBOOT, "P-13").ref);
	CU_ASSERT_PTR_NULL(
	    event_about(&op, &EV_TELECONTROL_MALFORMED, "T-34").ref);
	ev = event_about(&op, &EV_TELECONTROL_MALFORMED_FLOOD, "T-34");
	CU_ASSERT_STRING_EQUAL(ev.ref, EV_TELECONTROL_MALFORMED.id);
}

static void
test_user(void)
{
	struct event ev = event_about(&op, &EV_REBOOT, "T-12");

	CU_ASSERT_EQUAL(ev.user.n, 0);
	event_user(&ev, 4294967295);
	CU_ASSERT_EQUAL(ev.user.n, 10);
	CU_ASSERT_EQUAL(memcmp(ev.user.p, "4294967295", 10), 0);
}

static bool
address_is(const struct endpoint *e, const char *want)
{
	struct event_str s = event_address(e);

	return s.n == strlen(want) && memcmp(s.p, want, s.n) == 0;
}

static void
test_addresses(void)
{
	struct endpoint e = pdu.src;

	CU_ASSERT(address_is(&e, "10.0.0.1"));
	CU_ASSERT(address_is(&pdu.dst, "fd00::2"));
	memset(e.ip, 0, sizeof(e.ip));
	CU_ASSERT(address_is(&e, "02:00:00:00:00:1f"));
}

static void
test_words(void)
{
	CU_ASSERT_STRING_EQUAL(event_severity(SEVERITY_ALARM), "alarm");
	CU_ASSERT_STRING_EQUAL(event_severity(SEVERITY_ERROR), "error");
	CU_ASSERT_STRING_EQUAL(event_severity(SEVERITY_WARNING), "warning");
	CU_ASSERT_STRING_EQUAL(event_severity(SEVERITY_NOTICE), "notice");
	CU_ASSERT_STRING_EQUAL(event_state(KNOW_COMPLETE), "complete");
	CU_ASSERT_STRING_EQUAL(event_state(KNOW_MIDSTREAM), "midstream");
	CU_ASSERT_STRING_EQUAL(event_state(KNOW_GAPPED), "gapped");
	CU_ASSERT_STRING_EQUAL(event_state(KNOW_ONE_SIDED), "one_sided");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "about an op", test_about },
		{ "values", test_values },
		{ "what is cut", test_cut },
		{ "what went before", test_cause },
		{ "user", test_user },
		{ "addresses", test_addresses },
		{ "words", test_words },
		CU_TEST_INFO_NULL,
	};

	return driver_run("event", tests);
}
