/* SPDX-License-Identifier: Apache-2.0 */
/* The syslog line, and what a hostile name cannot do to it. */
#include <config.h>

#include <errno.h>

#include "outputs/syslog/rfc5424.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static const struct rfc5424_sender sensor = { "sensor-1", "gridtap", NULL };
static char line[2048];

static void
test_the_whole_line(void)
{
	struct event ev = event_sample("rtu-3");
	int n = rfc5424_format(line, sizeof(line), &sensor, &ev);

	CU_ASSERT_STRING_EQUAL(line,
	    "<105>1 2026-01-02T03:04:05.678901Z sensor-1 gridtap - "
	    "IEC62351-14:1 [62351-14@41912 ID=\"32473:2.1\" "
	    "MNEMONIC=\"TELECONTROL_UNKNOWN_MASTER\" "
	    "Text=\"Unknown controlling station at {P.Station}\" SqNum=\"7\" "
	    "PeerInfo=\"10.0.0.1\" P.Station=\"rtu-3\"]"
	    "[gridtap@32473 det=\"T-01\" proto=\"iec104\" src=\"10.0.0.1:40\" "
	    "dst=\"[fd00::2\\]:2404\" frame=\"123\" subject=\"rtu-3\" "
	    "state=\"complete\" confidence=\"high\" why.u=\"7\" "
	    "count=\"1\"] Unknown controlling station at rtu-3");
	CU_ASSERT_EQUAL(n, (int)strlen(line));
}

static void
test_everything(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT(rfc5424_format(line, sizeof(line), &sensor, &ev) > 0);
	CU_ASSERT_STRING_EQUAL(line,
	    "<108>1 2026-01-02T03:04:05.678901Z sensor-1 gridtap - "
	    "IEC62351-14:1 [62351-14@41912 ID=\"32473:2.1\" "
	    "MNEMONIC=\"TELECONTROL_UNKNOWN_MASTER\" "
	    "Text=\"Unknown controlling station at {P.Station}\" SqNum=\"7\" "
	    "PeerInfo=\"fd00::2\" UsrID=\"42\" Role=\"1:0:IEC62351-8\" "
	    "P.Station=\"rtu-3\" RefEvtID=\"IEC62351-14:1.3\"][gridtap@32473 "
	    "det=\"T-01\" "
	    "proto=\"iec104\" src=\"10.0.0.1:40\" "
	    "dst=\"[fd00::2\\]:2404\" vlan=\"100,0\" "
	    "flow=\"1:wCb3OG7yAFWelaUydu0D+125CLM=\" frame=\"123\" "
	    "capture=\"a.pcap\" subject=\"rtu-3\" state=\"gapped\" "
	    "confidence=\"low\" why.u=\"7\" why.big=\"18446744073709551615\" "
	    "why.X.Unplanned=\"a b\" attack=\"T0848,T0855\" count=\"12\" "
	    "std=\"IEC62351-14:4.1\"] Unknown controlling station at rtu-3");
}

/* X. and P. stand in the standard's element only where its event names them. */
static void
test_who_may_speak_where(void)
{
	struct event ev = event_sample("rtu-3");

	ev.def = &EV_LOGIN_FAIL_WRONG_CRED;
	event_add_text(&ev, "X.CredType", "1");
	event_add_text(&ev, "X.Cred", "2");
	rfc5424_format(line, sizeof(line), &sensor, &ev);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " PeerInfo=\"10.0.0.1\" X.CredType=\"1\"]["));
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    line, " why.P.Station=\"rtu-3\" why.u=\"7\" why.X.Cred=\"2\" "));
}

/* An event of the sensor itself, about no packet. */
static void
test_nothing_known(void)
{
	struct event ev = { .def = &EV_SENSOR_LOSS,
		.det = "H-1",
		.severity = SEVERITY_WARNING,
		.at = { .tv_sec = -1 } };

	rfc5424_format(line, sizeof(line), &sensor, &ev);
	CU_ASSERT_STRING_EQUAL(line,
	    "<108>1 - sensor-1 gridtap - IEC62351-14:1 [62351-14@41912 "
	    "ID=\"32473:9.1\" MNEMONIC=\"SENSOR_LOSS\" "
	    "Text=\"Capture loses packets or cuts them short\" SqNum=\"0\"]"
	    "[gridtap@32473 det=\"H-1\" state=\"complete\" "
	    "confidence=\"high\" count=\"0\"] "
	    "Capture loses packets or cuts them short");
}

static void
test_severities(void)
{
	static const struct {
		enum severity severity;
		const char *pri;
	} table[] = { { SEVERITY_ALARM, "<105>1 " },
		{ SEVERITY_ERROR, "<107>1 " }, { SEVERITY_WARNING, "<108>1 " },
		{ SEVERITY_NOTICE, "<109>1 " } };
	struct event ev = event_sample("rtu-3");

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		ev.severity = table[i].severity;
		rfc5424_format(line, sizeof(line), &sensor, &ev);
		CU_ASSERT_EQUAL(strncmp(line, table[i].pri, 7), 0);
	}
}

/* The name as PARAM-VALUE and as it stands in the message. */
static void
expect(const char *name, const char *value, const char *message)
{
	struct event ev = event_sample(name);
	char want[700];

	CU_ASSERT(rfc5424_format(line, sizeof(line), &sensor, &ev) > 0);
	snprintf(want, sizeof(want), " P.Station=\"%s\"][gridtap@", value);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
	snprintf(want, sizeof(want), " subject=\"%s\" state=", value);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
	snprintf(
	    want, sizeof(want), "] Unknown controlling station at %s", message);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
}

static void
test_hostile_names(void)
{
	expect(
	    "a\"] [x@1 y=\"\\", "a\\\"\\] [x@1 y=\\\"\\\\", "a\"] [x@1 y=\"\\");
	expect("a\n<0>1 -", "a" BAD "<0>1 -", "a" BAD "<0>1 -");
	expect("\x1b[2J\x7f", BAD "[2J" BAD, BAD "[2J" BAD);
	expect("\xc3\xbc", "\xc3\xbc", "\xc3\xbc");
	expect("\xc3\"", BAD "\\\"", BAD "\""); /* eats no quote */
	expect("\xc0\xaf", BAD BAD, BAD BAD);   /* overlong '/' */
	expect("\xc2\x9b"
	       "0m",
	    BAD "0m", BAD "0m");          /* CSI as C1 */
	expect("\xe2\x80\xae", BAD, BAD); /* turns the line */
	expect("{P.Station}", "{P.Station}", "{P.Station}");
	expect("%s%n", "%s%n", "%s%n");
}

static void
test_header_and_clock(void)
{
	struct clock_state clock = { false, 5 };
	const struct rfc5424_sender odd = { "a b\n\xff", "", &clock };
	struct event ev = event_sample("rtu-3");

	rfc5424_format(line, sizeof(line), &odd, &ev);
	CU_ASSERT_PTR_NOT_NULL(strstr(line,
	    "Z a_b__ - - IEC62351-14:1 "
	    "[timeQuality tzKnown=\"1\" isSynced=\"0\"][62351-14@41912 "));
	clock.synced = true;
	rfc5424_format(line, sizeof(line), &odd, &ev);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " [timeQuality tzKnown=\"1\" isSynced=\"1\" "
	                 "syncAccuracy=\"5\"][62351-14@41912 "));
	clock.accuracy_us = 0;
	rfc5424_format(line, sizeof(line), &odd, &ev);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " [timeQuality tzKnown=\"1\" isSynced=\"1\"][6"));
}

/* Characters where the standard counts them, octets where RFC 5424 does. */
static void
test_limits(void)
{
	static const char name_28[] = "abcdefghijklmnopqrstuvwxyz12";
	char source[400], app[100], umlauts[EVENT_STR + 1] = "";
	const struct rfc5424_sender odd = { source, app, NULL };
	struct event ev = event_sample("rtu-3");
	const char *p;

	memset(source, 's', sizeof(source));
	source[sizeof(source) - 1] = '\0';
	memset(app, 'a', sizeof(app));
	app[sizeof(app) - 1] = '\0';
	for (size_t i = 0; i < EVENT_STR / 2; i++)
		strcat(umlauts, "\xc3\xbc");
	event_add_text(&ev, name_28, umlauts);
	event_set(&ev.user, event_sample_bytes(umlauts));
	event_add_text(&ev, "abcdefghijklmnopqrstuvwxyz123", "x");
	rfc5424_format(line, sizeof(line), &odd, &ev);
	p = strchr(line, 's');
	CU_ASSERT_EQUAL(strspn(p, "s"), 255);
	CU_ASSERT_EQUAL(strspn(p + 256, "a"), 48);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " why.abcdefghijklmnopqrstuvwxyz12=\"\xc3\xbc"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, umlauts));
	p = strstr(line, " UsrID=\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(strcspn(p + 8, "\""), 32 * 2); /* characters */
	/* one character more: the name is cut, not the line's grammar */
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " why.abcdefghijklmnopqrstuvwxyz12=\"x\""));
}

/* A name of the standard may be longer than an SD-NAME. */
static void
test_long_name(void)
{
	static const char name[] = "X.abcdefghijklmnopqrstuvwxyz12345";
	struct event ev = event_sample("rtu-3");
	struct event_def def = *ev.def;

	def.x_info = name;
	ev.def = &def;
	event_add_text(&ev, name, "x");
	rfc5424_format(line, sizeof(line), &sensor, &ev);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " X.abcdefghijklmnopqrstuvwxyz1234=\"x\"]"));
}

static void
test_sizes(void)
{
	struct event ev;
	char name[300], want[200];
	int n;

	memset(name, ']', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ev = event_sample(name);
	n = rfc5424_format(line, sizeof(line), &sensor, &ev);
	CU_ASSERT_FATAL(n > 0);
	snprintf(want, sizeof(want), " at %.128s", name);
	CU_ASSERT_STRING_EQUAL(strstr(line, " at ]"), want);
	CU_ASSERT_EQUAL(rfc5424_format(line, (size_t)n + 1, &sensor, &ev), n);
	for (size_t size = 0; size <= (size_t)n; size++)
		CU_ASSERT_EQUAL(
		    rfc5424_format(line, size, &sensor, &ev), -EMSGSIZE);
}

/* A line of another format is the message. */
static void
test_wrap(void)
{
	static const char want[] =
	    "<105>1 2026-01-02T03:04:05.678901Z sensor-1 gridtap - - - CEF:0|x";
	struct clock_state clock = { true, 5 };
	const struct rfc5424_sender live = { "sensor-1", "gridtap", &clock };
	struct event ev = event_sample("rtu-3");
	int n = rfc5424_wrap(line, sizeof(line), &sensor, &ev, "CEF:0|x", 7);

	CU_ASSERT_STRING_EQUAL(line, want);
	CU_ASSERT_EQUAL(n, (int)strlen(want));
	rfc5424_wrap(line, sizeof(line), &live, &ev, "CEF:0|x", 7);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line, " gridtap - - [timeQuality tzKnown=\"1\" "
	                 "isSynced=\"1\" syncAccuracy=\"5\"] CEF:0|x"));
	CU_ASSERT_EQUAL(
	    rfc5424_wrap(line, (size_t)n, &sensor, &ev, "CEF:0|x", 7),
	    -EMSGSIZE);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the whole line", test_the_whole_line },
		{ "everything", test_everything },
		{ "who may speak where", test_who_may_speak_where },
		{ "nothing known", test_nothing_known },
		{ "severities", test_severities },
		{ "hostile names", test_hostile_names },
		{ "header and clock", test_header_and_clock },
		{ "limits", test_limits },
		{ "a long name", test_long_name },
		{ "sizes", test_sizes },
		{ "another format", test_wrap },
		CU_TEST_INFO_NULL,
	};

	return driver_run("rfc5424", tests);
}
