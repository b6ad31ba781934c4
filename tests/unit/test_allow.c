/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's line for an event: what stands in it, and when there is none. */
#include <config.h>

#include "rules/allow.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static struct event ev;
static char line[ALLOW];

static const char *
allowed(const char *det, const char *subject)
{
	ev.det = det;
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)subject, strlen(subject) });
	return allow_line(line, &ev);
}

static void
begin(void)
{
	ev = event_sample("rtu-3");
	ev.nwhy = 0;
}

static void
test_values(void)
{
	begin();
	event_add_u64(&ev, "ca", 7);
	CU_ASSERT_STRING_EQUAL(allowed("T-05", "10.0.0.5"), "");
	event_add_u64(&ev, "ioa", 1001);
	CU_ASSERT_STRING_EQUAL(allowed("T-05", "10.0.0.5"),
	    "iec104: {stations: [{address: 10.0.0.5, points: [{ca: 7, ioa: "
	    "[1001]}]}]}");
	CU_ASSERT_STRING_EQUAL(allowed("T-07", "10.0.0.5"), "");
	ev.det = NULL;
	CU_ASSERT_STRING_EQUAL(allow_line(line, &ev), "");
}

/* What stands behind an address, and how one of IPv6 is written. */
static void
test_subjects(void)
{
	begin();
	CU_ASSERT_STRING_EQUAL(allowed("D-59", "10.0.0.5:4059/1"), "");
	event_add_text(&ev, "unknown", "meter");
	CU_ASSERT_STRING_EQUAL(allowed("D-59", "10.0.0.5:4059/1"),
	    "dlms: {groups: [{name: allowed, meters: [10.0.0.5]}]}");
	CU_ASSERT_STRING_EQUAL(allowed("D-59", "4D4D4D0000BC614E"),
	    "dlms: {groups: [{name: allowed, meters: [4D4D4D0000BC614E]}]}");
	CU_ASSERT_STRING_EQUAL(allowed("D-59", "fd00::5/1"),
	    "dlms: {groups: [{name: allowed, meters: [\"fd00::5\"]}]}");
	CU_ASSERT_STRING_EQUAL(allowed("D-59", "[fd00::5]:4059/1"),
	    "dlms: {groups: [{name: allowed, meters: [\"fd00::5\"]}]}");
	CU_ASSERT_STRING_EQUAL(allowed("D-59", ""), "");
	begin();
	event_add_u64(&ev, "group", 12);
	event_add_u64(&ev, "index", 3);
	CU_ASSERT_STRING_EQUAL(allowed("P-03", "10.0.0.5"), "");
	CU_ASSERT_STRING_EQUAL(allowed("P-03", "10.0.0.5/9"),
	    "dnp3: {stations: [{address: 10.0.0.5, points: [{link_address: 9, "
	    "group: 12, index: [3]}]}]}");
}

/* Names from the wire stay names, or there is no line. */
static void
test_hostile(void)
{
	static const char most[] = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"";

	begin();
	CU_ASSERT_STRING_EQUAL(allowed("G-01", "a\"]}: {\\"),
	    "goose: {publishers: [{gocbref: \"a\\\"]}: {\\\\\"}]}");
	CU_ASSERT_STRING_EQUAL(allowed("G-01", "a\nb"), "");
	CU_ASSERT_STRING_EQUAL(allowed("G-01", "a\x80"), "");
	CU_ASSERT_STRING_EQUAL(allowed("G-01", ""), "");
	CU_ASSERT_STRING_EQUAL(
	    allowed("G-01", "~"), "goose: {publishers: [{gocbref: \"~\"}]}");
	CU_ASSERT(strlen(allowed("G-01", most)) > 2 * strlen(most));
}

/* Between two connections of one master no group helps. */
static void
test_move(void)
{
	begin();
	event_add_text(&ev, "from", "10.0.0.1");
	event_add_text(&ev, "to", "10.0.0.1");
	CU_ASSERT_STRING_EQUAL(allowed("P-32", "10.0.0.5/9"), "");
	ev.nwhy = 1;
	event_add_text(&ev, "to", "10.0.0.2");
	CU_ASSERT_STRING_EQUAL(allowed("P-32", "10.0.0.5/9"),
	    "dnp3: {stations: [{address: 10.0.0.5, masters: [{address: "
	    "10.0.0.1, group: one}, {address: 10.0.0.2, group: one}]}]}");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "values", test_values },
		{ "subjects", test_subjects },
		{ "hostile names", test_hostile },
		{ "who moves", test_move },
		CU_TEST_INFO_NULL,
	};

	return driver_run("allow", tests);
}
