/* SPDX-License-Identifier: Apache-2.0 */
/* EventEntry: its attributes and lists, and what stands around it in a file. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "outputs/file/lines.h"
#include "outputs/xml/xml_event.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static char path[] = "/tmp/gridtap-xml-XXXXXX";
static char line[8192], content[65536];

static const char *
line_of(const struct event *ev)
{
	size_t n = xml_event_format(line, sizeof(line), "sensor-1", ev);

	CU_ASSERT(n > 0 && n == strlen(line));
	return line;
}

static void
test_everything(void)
{
	struct event ev = event_sample_full();

	CU_ASSERT_STRING_EQUAL(line_of(&ev),
	    "<EventEntry LogType=\"IEC62351-14\" IecVersion=\"1\" "
	    "Timestamp=\"2026-01-02T03:04:05.678901Z\" SqNum=\"7\" "
	    "ID=\"32473:2.1\" MNEMONIC=\"TELECONTROL_UNKNOWN_MASTER\" "
	    "Severity=\"warning\" Source=\"sensor-1\" App-Name=\"gridtap\" "
	    "PeerInfo=\"fd00::2\" UsrID=\"42\" Role=\"1:0:IEC62351-8\" "
	    "RefEvtID=\"IEC62351-14:1.3\" "
	    "Text=\"Unknown controlling station at {P.Station}\">"
	    "<Params><P name=\"P.Station\">rtu-3</P></Params><OtherData>"
	    "<O name=\"det\">T-01</O><O name=\"proto\">iec104</O>"
	    "<O name=\"src\">10.0.0.1:40</O>"
	    "<O name=\"dst\">[fd00::2]:2404</O><O name=\"vlan\">100,0</O>"
	    "<O name=\"flow\">1:wCb3OG7yAFWelaUydu0D+125CLM=</O>"
	    "<O name=\"frame\">123</O><O name=\"capture\">a.pcap</O>"
	    "<O name=\"subject\">rtu-3</O><O name=\"state\">gapped</O>"
	    "<O name=\"confidence\">low</O><O name=\"why.u\">7</O>"
	    "<O name=\"why.big\">18446744073709551615</O>"
	    "<O name=\"why.X.Unplanned\">a b</O>"
	    "<O name=\"attack\">T0848,T0855</O><O name=\"count\">12</O>"
	    "<O name=\"std\">IEC62351-14:4.1</O></OtherData></EventEntry>");
}

static void
test_extra_information(void)
{
	struct event ev = event_sample("rtu-3");

	ev.def = &EV_FW_SW_UPDATE_SUCCESS;
	event_add_text(&ev, "X.OldVersion", "1");
	event_add_text(&ev, "X.NewVersion", "2");
	CU_ASSERT_PTR_NOT_NULL(strstr(line_of(&ev),
	    "\"><ExtraInfo><X name=\"X.OldVersion\">1</X>"
	    "<X name=\"X.NewVersion\">2</X></ExtraInfo><OtherData>"));
}

static void
test_hostile_names(void)
{
	struct event ev = event_sample("</P><!--&\"'\n\x01\xff]]>");

	CU_ASSERT_PTR_NOT_NULL(strstr(line_of(&ev),
	    "<P name=\"P.Station\">&lt;/P&gt;&lt;!-&#45;&amp;&quot;'" BAD BAD
	        BAD "]]&gt;</P>"));
	ev = event_sample("\xef\xbf\xbe\xef\xbf\xbf"); /* U+FFFE, U+FFFF */
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(line_of(&ev), "<P name=\"P.Station\">" BAD BAD "</P>"));
}

static void
test_sizes(void)
{
	struct event ev = event_sample_full();
	size_t n = strlen(line_of(&ev));

	for (size_t size = 0; size <= n; size++)
		CU_ASSERT_EQUAL(
		    xml_event_format(line, size, "sensor-1", &ev), 0);
	CU_ASSERT_EQUAL(xml_event_format(line, n + 1, "sensor-1", &ev), n);
}

static const char *
read_file(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, content, sizeof(content) - 1);

	CU_ASSERT_FATAL(n >= 0);
	content[n] = '\0';
	close(fd);
	return content;
}

/* Whenever somebody looks, or the program is killed, the document has an end.
 */
static void
test_document(void)
{
	struct error error;
	struct lines *l;

	CU_ASSERT_EQUAL_FATAL(lines_open(&l, path, NULL, &error), 0);
	lines_frame(l, XML_EVENT_HEAD, XML_EVENT_TAIL);
	CU_ASSERT_STRING_EQUAL(read_file(), XML_EVENT_HEAD XML_EVENT_TAIL);
	CU_ASSERT_EQUAL(lines_put(l, "<a/>", 4), 0);
	lines_settle(l);
	CU_ASSERT_STRING_EQUAL(
	    read_file(), XML_EVENT_HEAD "<a/>\n" XML_EVENT_TAIL);
	CU_ASSERT_EQUAL(lines_put(l, "<b/>", 4), 0);
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	CU_ASSERT_STRING_EQUAL(
	    read_file(), XML_EVENT_HEAD "<a/>\n<b/>\n" XML_EVENT_TAIL);
}

/* As logrotate's copytruncate does. */
static void
test_emptied(void)
{
	struct error error;
	struct lines *l;

	CU_ASSERT_EQUAL_FATAL(lines_open(&l, path, NULL, &error), 0);
	lines_frame(l, XML_EVENT_HEAD, XML_EVENT_TAIL);
	CU_ASSERT_EQUAL(lines_put(l, "<a/>", 4), 0);
	lines_settle(l);
	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	CU_ASSERT_EQUAL(lines_put(l, "<b/>", 4), 0);
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	CU_ASSERT_STRING_EQUAL(
	    read_file(), XML_EVENT_HEAD "<b/>\n" XML_EVENT_TAIL);
}

/* What does not fit is not there in half. */
static void
test_full(void)
{
	struct rlimit before, small;
	struct error error;
	struct lines *l;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = sizeof(XML_EVENT_HEAD XML_EVENT_TAIL) + 20;
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(lines_open(&l, path, NULL, &error), 0);
	lines_frame(l, XML_EVENT_HEAD, XML_EVENT_TAIL);
	lines_put(l, "<a/>", 4);
	lines_settle(l);
	setrlimit(RLIMIT_FSIZE, &small);
	lines_put(l, "<b>and much that does not fit</b>", 33);
	CU_ASSERT_EQUAL(lines_close(l, &error), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "lines lost: 1"));
	CU_ASSERT_STRING_EQUAL(
	    read_file(), XML_EVENT_HEAD "<a/>\n" XML_EVENT_TAIL);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "everything", test_everything },
		{ "extra information", test_extra_information },
		{ "hostile names", test_hostile_names },
		{ "sizes", test_sizes },
		{ "a document", test_document },
		{ "emptied by another", test_emptied },
		{ "a full disk", test_full },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 2;
	close(fd);
	failed = driver_run("xml_event", tests);
	unlink(path);
	return failed;
}
