/* SPDX-License-Identifier: Apache-2.0 */
/* An event as JSON: the names, their order, and what is left out. */
#include <config.h>

#include "dissectors/json.h"
#include "outputs/json/json_event.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static char line[8192];

static const char *
line_of(const struct event *ev)
{
	size_t n = json_event_format(line, sizeof(line), "sensor-1", ev);

	CU_ASSERT_EQUAL(n, strlen(line));
	CU_ASSERT(n > 0);
	return line;
}

static void
test_everything(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT_STRING_EQUAL(line_of(&ev),
	    "{\"ts\":\"2026-01-02T03:04:05.678901Z\",\"id\":\"32473:2.1\","
	    "\"mnemonic\":\"TELECONTROL_UNKNOWN_MASTER\","
	    "\"severity\":\"warning\",\"det\":\"T-01\","
	    "\"text\":\"Unknown controlling station at rtu-3\",\"sqnum\":7,"
	    "\"source\":\"sensor-1\",\"proto\":\"iec104\",\"peer\":\"fd00::2\","
	    "\"user\":\"42\",\"role\":\"1:0:IEC62351-8\","
	    "\"src\":{\"mac\":\"00:00:00:00:00:1f\",\"ip\":\"10.0.0.1\","
	    "\"port\":40},"
	    "\"dst\":{\"mac\":\"02:00:00:00:00:00\",\"ip\":\"fd00::2\","
	    "\"port\":2404},\"vlan\":[100,0],"
	    "\"flow\":\"1:wCb3OG7yAFWelaUydu0D+125CLM=\",\"frame\":123,"
	    "\"capture\":\"a.pcap\",\"subject\":\"rtu-3\",\"state\":\"gapped\","
	    "\"confidence\":\"low\",\"why\":{\"P.Station\":\"rtu-3\",\"u\":7,"
	    "\"big\":\"18446744073709551615\",\"X.Unplanned\":\"a b\"},"
	    "\"attack\":[\"T0848\",\"T0855\"],\"count\":12,"
	    "\"std\":\"IEC62351-14:4.1\",\"ref\":\"IEC62351-14:1.3\"}");
}

static void
test_absent_is_left_out(void)
{
	struct event ev = event_sample("rtu-3");

	ev.nwhy = 0;
	ev.subject.n = 0;
	ev.sqnum = 0;
	memset(ev.src.ip, 0, sizeof(ev.src.ip)); /* below IP */
	ev.src.mac[0] = 2;
	ev.src.port = 0;
	memset(&ev.dst, 0, sizeof(ev.dst));
	ev.attack = "T0814";
	ev.vlans = 1; /* a priority tag is there */
	CU_ASSERT_STRING_EQUAL(line_of(&ev),
	    "{\"ts\":\"2026-01-02T03:04:05.678901Z\",\"id\":\"32473:2.1\","
	    "\"mnemonic\":\"TELECONTROL_UNKNOWN_MASTER\","
	    "\"severity\":\"alarm\",\"det\":\"T-01\","
	    "\"text\":\"Unknown controlling station at {P.Station}\","
	    "\"source\":\"sensor-1\",\"proto\":\"iec104\","
	    "\"peer\":\"02:00:00:00:00:00\","
	    "\"src\":{\"mac\":\"02:00:00:00:00:00\"},\"vlan\":[0],"
	    "\"frame\":123,"
	    "\"state\":\"complete\",\"confidence\":\"high\","
	    "\"attack\":[\"T0814\"],\"count\":1}");
}

static void
test_nothing_known(void)
{
	struct event ev = { .def = &EV_SENSOR_LOSS,
		.severity = SEVERITY_WARNING,
		.at = { .tv_sec = -1 } };

	CU_ASSERT_STRING_EQUAL(line_of(&ev),
	    "{\"id\":\"32473:9.1\",\"mnemonic\":\"SENSOR_LOSS\","
	    "\"severity\":\"warning\","
	    "\"text\":\"Capture loses packets or cuts them short\","
	    "\"source\":\"sensor-1\",\"state\":\"complete\","
	    "\"confidence\":\"high\",\"count\":0}");
}

static void
test_hostile_names(void)
{
	struct event ev = event_sample("a\"\n\\\xff\xe2\x80\xae");
	const char want[] = "a\\\"\\u000a\\\\\\ufffd\\u202e\"";

	line_of(&ev);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "station at a\\\"\\u000a\\\\"));
	CU_ASSERT_PTR_NOT_NULL(strstr(strstr(line, "\"subject\":\""), want));
	CU_ASSERT_PTR_NOT_NULL(strstr(strstr(line, "\"P.Station\":\""), want));
}

static void
test_all_or_nothing(void)
{
	struct event ev = event_sample_full();
	size_t n = json_event_format(line, sizeof(line), "s", &ev);

	CU_ASSERT(n > 0);
	for (size_t size = 0; size < sizeof(line); size++) {
		size_t got = json_event_format(line, size, "s", &ev);

		CU_ASSERT(got == 0 || got == n);
		CU_ASSERT(got == 0 || size > n);
		CU_ASSERT(got == n || size <= n + JSON_SLACK);
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "everything", test_everything },
		{ "absent is left out", test_absent_is_left_out },
		{ "nothing known", test_nothing_known },
		{ "hostile names", test_hostile_names },
		{ "all or nothing", test_all_or_nothing },
		CU_TEST_INFO_NULL,
	};

	return driver_run("json_event", tests);
}
