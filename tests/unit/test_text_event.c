/* SPDX-License-Identifier: Apache-2.0 */
/* An event for a person: columns, colours, and nothing twice. */
#include <config.h>

#include "outputs/text/text_event.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static char line[8192];

static const char *
line_of(const struct event *ev, bool colour)
{
	size_t n = text_event_format(line, sizeof(line), colour, ev);

	CU_ASSERT_EQUAL(n, strlen(line));
	CU_ASSERT(n > 0);
	return line;
}

static void
test_the_line(void)
{
	struct event ev = event_sample("rtu-3");

	CU_ASSERT_STRING_EQUAL(line_of(&ev, false),
	    "2026-01-02 03:04:05.678901Z  ALARM    T-01  "
	    "Unknown controlling station at rtu-3        "
	    "10.0.0.1:40 -> [fd00::2]:2404  rtu-3  u=7  #123");
}

static void
test_everything(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT_STRING_EQUAL(line_of(&ev, false),
	    "2026-01-02 03:04:05.678901Z  WARNING  T-01  "
	    "Unknown controlling station at rtu-3 x12    "
	    "10.0.0.1:40 -> [fd00::2]:2404  rtu-3  u=7  "
	    "big=18446744073709551615  X.Unplanned=\"a b\"  "
	    "(gapped, low confidence)  #123 a.pcap");
	CU_ASSERT_STRING_EQUAL(line_of(&ev, true),
	    "\033[2m2026-01-02 03:04:05.678901Z\033[0m  "
	    "\033[33mWARNING\033[0m  T-01  "
	    "\033[1mUnknown controlling station at rtu-3 x12\033[0m    "
	    "10.0.0.1:40\033[2m -> \033[0m[fd00::2]:2404  rtu-3  "
	    "\033[2mu=\033[0m7  "
	    "\033[2mbig=\033[0m18446744073709551615  "
	    "\033[2mX.Unplanned=\033[0m\"a b\""
	    "\033[2m  (gapped, low confidence)\033[0m"
	    "\033[2m  #123 a.pcap\033[0m");
}

/* The columns stand whatever the severity and the detection. */
static void
test_columns(void)
{
	static const struct {
		enum severity severity;
		const char *det, *want;
	} table[] = { { SEVERITY_ALARM, "H-1", "Z  ALARM    H-1   Unk" },
		{ SEVERITY_ERROR, "T-01", "Z  ERROR    T-01  Unk" },
		{ SEVERITY_WARNING, "T-01", "Z  WARNING  T-01  Unk" },
		{ SEVERITY_NOTICE, "N-9", "Z  NOTICE   N-9   Unk" } };
	struct event ev = event_sample("rtu-3");

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		ev.severity = table[i].severity;
		ev.det = table[i].det;
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(line_of(&ev, false), table[i].want));
	}
	/* a column is counted in characters, not in octets */
	ev = event_sample("\xc3\xbc\xc3\xbc\xc3\xbc");
	CU_ASSERT_PTR_NOT_NULL(strstr(line_of(&ev, false),
	    "\xc3\xbc\xc3\xbc\xc3\xbc          10.0.0.1:40"));
	/* a long text pushes what follows, and keeps a gap */
	ev = event_sample("a station with a long name");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev, false), "long name  10.0.0.1:40"));
}

/* A subject that is only the address of an end is not said again. */
static void
test_not_twice(void)
{
	struct event ev = event_sample("10.0.0.1");

	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev, false), "[fd00::2]:2404  u=7"));
	event_set(&ev.subject, event_sample_bytes("fd00::2"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev, false), "[fd00::2]:2404  u=7"));
	event_set(&ev.subject, event_sample_bytes("fd00"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line_of(&ev, false), "2404  fd00  u=7"));
	event_set(&ev.subject, event_sample_bytes("10.0.0.11"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev, false), "2404  10.0.0.11  u=7"));
	ev.def = &EV_TELECONTROL_MALFORMED; /* has no such token */
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev, false), "  P.Station=10.0.0.1  u=7"));
}

static void
test_nothing_known(void)
{
	struct event ev = { .def = &EV_TELECONTROL_MALFORMED,
		.det = "T-34",
		.severity = SEVERITY_NOTICE,
		.at = { .tv_sec = -1 },
		.state = KNOW_MIDSTREAM };

	CU_ASSERT_STRING_EQUAL(line_of(&ev, false),
	    "(no time)  NOTICE   T-34  "
	    "Malformed IEC 104 unit                      (midstream)");
	ev.state = KNOW_COMPLETE;
	ev.doubtful = true;
	ev.dst.mac[5] = 1;
	ev.capture = "eth0";
	CU_ASSERT_STRING_EQUAL(line_of(&ev, false),
	    "(no time)  NOTICE   T-34  "
	    "Malformed IEC 104 unit                      "
	    "? -> 00:00:00:00:00:01  (low confidence)  eth0");
}

/* A terminal obeys nobody but us. */
static void
test_hostile_names(void)
{
	struct event ev = event_sample("\x1b[2J\n\xc2\x9b\xff");

	ev.capture = "a\x1b.pcap";
	event_add_text(&ev, "flaw", "say \"\\ \x07");
	event_add_text(&ev, "none", "");
	line_of(&ev, false);
	CU_ASSERT_PTR_NULL(strpbrk(line, "\x1b\n\x07"));
	CU_ASSERT_PTR_NULL(strstr(line, "\xc2\x9b"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "  flaw=\"say \\\"\\\\ "));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "  none=\"\""));
}

static void
test_all_or_nothing(void)
{
	struct event ev = event_sample_full();
	size_t n = text_event_format(line, sizeof(line), true, &ev);

	CU_ASSERT_EQUAL(text_event_format(line, n + 1, true, &ev), n);
	for (size_t size = 0; size <= n; size++)
		CU_ASSERT_EQUAL(text_event_format(line, size, true, &ev), 0);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the line", test_the_line },
		{ "everything", test_everything },
		{ "columns", test_columns },
		{ "not twice", test_not_twice },
		{ "nothing known", test_nothing_known },
		{ "hostile names", test_hostile_names },
		{ "all or nothing", test_all_or_nothing },
		CU_TEST_INFO_NULL,
	};

	return driver_run("text_event", tests);
}
