/* SPDX-License-Identifier: Apache-2.0 */
/* CEF and LEEF: the keys, their order, and what a hostile name cannot do. */
#include <config.h>

#include "outputs/cef/cef.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static char line[8192];

static const char *
cef(const struct event *ev)
{
	size_t n = cef_format(line, sizeof(line), "sensor-1", ev);

	CU_ASSERT(n > 0 && n == strlen(line));
	return line;
}

static const char *
leef(const struct event *ev)
{
	size_t n = leef_format(line, sizeof(line), "sensor-1", ev);

	CU_ASSERT(n > 0 && n == strlen(line));
	return line;
}

static void
test_cef(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT_STRING_EQUAL(cef(&ev),
	    "CEF:0|gridtap|gridtap|" PACKAGE_VERSION "|32473:2.1|"
	    "Unknown controlling station at rtu-3|5|rt=1767323045678 "
	    "dvchost=sensor-1 externalId=7 cat=TELECONTROL_UNKNOWN_MASTER "
	    "cnt=12 app=iec104 src=10.0.0.1 spt=40 smac=00:00:00:00:00:1f "
	    "c6a3=fd00::2 c6a3Label=Destination IPv6 Address dpt=2404 "
	    "dmac=02:00:00:00:00:00 suser=42 spriv=1:0:IEC62351-8 "
	    "msg=Unknown controlling station at rtu-3 cs1=rtu-3 "
	    "cs1Label=subject cs2=T-01 cs2Label=det cs3=P.Station\\=rtu-3; "
	    "u\\=7; big\\=18446744073709551615; X.Unplanned\\=a b cs3Label=why "
	    "cs4=T0848,T0855 cs4Label=attack cs5=IEC62351-14:1.3 "
	    "cs5Label=RefEvtID cs6=IEC62351-14:4.1 cs6Label=std cn1=123 "
	    "cn1Label=frame cn2=100 cn2Label=vlan flexString1=low "
	    "flexString1Label=confidence flexString2=gapped "
	    "flexString2Label=state fname=a.pcap");
}

static void
test_leef(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT_STRING_EQUAL(leef(&ev),
	    "LEEF:2.0|gridtap|gridtap|" PACKAGE_VERSION "|32473:2.1|x09|"
	    "devTime=1767323045678\tcat=TELECONTROL_UNKNOWN_MASTER\tsev=5\t"
	    "severity=warning\tsrc=10.0.0.1\tsrcPort=40\t"
	    "srcMAC=00:00:00:00:00:1f\tdst=fd00::2\tdstPort=2404\t"
	    "dstMAC=02:00:00:00:00:00\tusrName=42\trole=1:0:IEC62351-8\t"
	    "peer=fd00::2\tsource=sensor-1\tsqnum=7\t"
	    "text=Unknown controlling station at rtu-3\tP.Station=rtu-3\t"
	    "det=T-01\tapp=iec104\tvlan=100,0\t"
	    "flow=1:wCb3OG7yAFWelaUydu0D+125CLM=\tframe=123\tcapture=a.pcap\t"
	    "subject=rtu-3\tstate=gapped\tconfidence=low\twhy.u=7\t"
	    "why.big=18446744073709551615\twhy.X.Unplanned=a b\t"
	    "attack=T0848,T0855\tcount=12\tstd=IEC62351-14:4.1\t"
	    "ref=IEC62351-14:1.3");
}

/* An event of the sensor itself, about no packet. */
static void
test_nothing_known(void)
{
	struct event ev = { .def = &EV_SENSOR_LOSS,
		.det = "H-1",
		.severity = SEVERITY_NOTICE,
		.at = { .tv_sec = -1 } };

	CU_ASSERT_STRING_EQUAL(cef(&ev),
	    "CEF:0|gridtap|gridtap|" PACKAGE_VERSION "|32473:9.1|"
	    "Capture loses packets or cuts them short|2|dvchost=sensor-1 "
	    "externalId=0 cat=SENSOR_LOSS cnt=0 "
	    "msg=Capture loses packets or cuts them short cs2=H-1 "
	    "cs2Label=det flexString1=high flexString1Label=confidence "
	    "flexString2=complete flexString2Label=state");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(leef(&ev), "|x09|cat=SENSOR_LOSS\tsev=2"));
}

/* The name in the header, in the extension, and in LEEF. */
static void
expect(const char *name, const char *header, const char *extension,
    const char *in_leef)
{
	struct event ev = event_sample(name);
	char want[400];

	cef(&ev);
	snprintf(want, sizeof(want), " station at %s|10|rt=", header);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
	snprintf(want, sizeof(want), " cs1=%s cs1Label=", extension);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
	leef(&ev);
	snprintf(want, sizeof(want), "\tsubject=%s\tstate=", in_leef);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, want));
	CU_ASSERT_PTR_NULL(strchr(line, '\n'));
}

static void
test_hostile_names(void)
{
	expect("a|b=c\\", "a\\|b=c\\\\", "a|b\\=c\\\\", "a|b=c\\");
	expect("a\tb\nc\rd", "a" BAD "b" BAD "c" BAD "d",
	    "a" BAD "b" BAD "c" BAD "d", "a" BAD "b" BAD "c" BAD "d");
	expect("\xff\xe2\x80\xae", BAD BAD, BAD BAD, BAD BAD);
	expect("%s%n", "%s%n", "%s%n", "%s%n");
	expect("x dst=1.2.3.4", "x dst=1.2.3.4", "x dst\\=1.2.3.4",
	    "x dst=1.2.3.4");
}

static void
test_severities(void)
{
	static const struct {
		enum severity severity;
		const char *number;
	} table[] = { { SEVERITY_ALARM, "|10|rt=" },
		{ SEVERITY_ERROR, "|7|rt=" }, { SEVERITY_WARNING, "|5|rt=" },
		{ SEVERITY_NOTICE, "|2|rt=" } };
	struct event ev = event_sample("rtu-3");

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		ev.severity = table[i].severity;
		CU_ASSERT_PTR_NOT_NULL(strstr(cef(&ev), table[i].number));
	}
}

static void
test_sizes(void)
{
	struct event ev = event_sample_full();
	size_t n = strlen(cef(&ev)), m = strlen(leef(&ev));

	for (size_t size = 0; size <= n; size++)
		CU_ASSERT_EQUAL(cef_format(line, size, "sensor-1", &ev), 0);
	CU_ASSERT_EQUAL(cef_format(line, n + 1, "sensor-1", &ev), n);
	for (size_t size = 0; size <= m; size++)
		CU_ASSERT_EQUAL(leef_format(line, size, "sensor-1", &ev), 0);
	CU_ASSERT_EQUAL(leef_format(line, m + 1, "sensor-1", &ev), m);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "CEF", test_cef },
		{ "LEEF", test_leef },
		{ "nothing known", test_nothing_known },
		{ "hostile names", test_hostile_names },
		{ "severities", test_severities },
		{ "sizes", test_sizes },
		CU_TEST_INFO_NULL,
	};

	return driver_run("cef", tests);
}
