/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats share: tokens, names, times, endpoints, cleaning. */
#include <config.h>

#include "outputs/message.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static const char *
text_of(const char *text)
{
	static char buf[MESSAGE_TEXT];
	struct event ev = event_sample("rtu-3");
	struct event_def def = *ev.def;
	struct bytes b;

	def.text = text;
	ev.def = &def;
	b = message_text(buf, &ev);
	CU_ASSERT_PTR_EQUAL(b.p, buf);
	buf[b.n] = '\0';
	return buf;
}

static void
test_tokens(void)
{
	CU_ASSERT_STRING_EQUAL(text_of("a {P.Station} b"), "a rtu-3 b");
	CU_ASSERT_STRING_EQUAL(text_of("{P.Station}{P.Station}"), "rtu-3rtu-3");
	CU_ASSERT_STRING_EQUAL(text_of("{u}"), "7");
	CU_ASSERT_STRING_EQUAL(text_of("{P.Stat}"), "{P.Stat}");
	CU_ASSERT_STRING_EQUAL(text_of("{P.Stations}"), "{P.Stations}");
	CU_ASSERT_STRING_EQUAL(text_of("{P.Station"), "{P.Station");
	CU_ASSERT_STRING_EQUAL(text_of("a { b"), "a { b");
	CU_ASSERT_STRING_EQUAL(text_of(""), "");
}

/* What a token brings in is no token itself. */
static void
test_tokens_are_not_nested(void)
{
	struct event ev = event_sample("{u}");
	char buf[MESSAGE_TEXT];
	struct bytes b = message_text(buf, &ev);

	CU_ASSERT_EQUAL(b.n, strlen("Unknown controlling station at {u}"));
	CU_ASSERT_EQUAL(
	    memcmp(b.p, "Unknown controlling station at {u}", b.n), 0);
}

static void
test_names(void)
{
	struct event_def def = { .text = "a {P.One} {P.Two}",
		.x_info = "X.One X.Three" };

	CU_ASSERT(message_names(&def, "P.One"));
	CU_ASSERT(message_names(&def, "P.Two"));
	CU_ASSERT_FALSE(message_names(&def, "P.On"));
	CU_ASSERT_FALSE(message_names(&def, "P.Three"));
	CU_ASSERT(message_names(&def, "X.One"));
	CU_ASSERT(message_names(&def, "X.Three"));
	CU_ASSERT_FALSE(message_names(&def, "X.Thr"));
	CU_ASSERT_FALSE(message_names(&def, "X.Two"));
	CU_ASSERT_FALSE(message_names(&def, "One"));
	CU_ASSERT_FALSE(message_names(&def, "a"));
}

static void
test_times(void)
{
	struct timespec at = { 1767323045, 678901999 };
	char s[MESSAGE_TIME];

	CU_ASSERT_STRING_EQUAL(
	    message_time(s, &at, 'T'), "2026-01-02T03:04:05.678901Z");
	CU_ASSERT_STRING_EQUAL(
	    message_time(s, &at, ' '), "2026-01-02 03:04:05.678901Z");
	at = (struct timespec){ 253402300799, 999999999 };
	CU_ASSERT_STRING_EQUAL(
	    message_time(s, &at, 'T'), "9999-12-31T23:59:59.999999Z");
	at.tv_sec++;
	CU_ASSERT_STRING_EQUAL(message_time(s, &at, 'T'), "");
	at.tv_sec = -1;
	CU_ASSERT_STRING_EQUAL(message_time(s, &at, 'T'), "");
}

static void
test_endpoints(void)
{
	struct event ev = event_sample("a");
	char s[MESSAGE_ENDPOINT];

	CU_ASSERT_STRING_EQUAL(message_endpoint(s, &ev.src), "10.0.0.1:40");
	CU_ASSERT_STRING_EQUAL(message_endpoint(s, &ev.dst), "[fd00::2]:2404");
	ev.dst.port = 0;
	CU_ASSERT_STRING_EQUAL(message_endpoint(s, &ev.dst), "fd00::2");
	memset(&ev.dst, 0, sizeof(ev.dst));
	CU_ASSERT_STRING_EQUAL(message_endpoint(s, &ev.dst), "");
	ev.dst.mac[5] = 1;
	CU_ASSERT_STRING_EQUAL(
	    message_endpoint(s, &ev.dst), "00:00:00:00:00:01");
}

static void
test_cleaning(void)
{
	char buf[64];
	struct text t = text_over(buf, sizeof(buf));

	message_clean(&t, event_sample_bytes("a\"\n\xc3\xbc\xff"), 99, "\"");
	text_end(&t);
	CU_ASSERT_STRING_EQUAL(buf, "a\\\"\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd");
	t = text_over(buf, sizeof(buf));
	message_clean(
	    &t, event_sample_bytes("\xc3\xbc\xc3\xbc\xc3\xbc"), 2, "");
	text_end(&t);
	CU_ASSERT_STRING_EQUAL(buf, "\xc3\xbc\xc3\xbc");
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "tokens", test_tokens },
		{ "tokens are not nested", test_tokens_are_not_nested },
		{ "names", test_names },
		{ "times", test_times },
		{ "endpoints", test_endpoints },
		{ "cleaning", test_cleaning },
		CU_TEST_INFO_NULL,
	};

	return driver_run("message", tests);
}
