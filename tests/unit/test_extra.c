/* SPDX-License-Identifier: Apache-2.0 */
/* Extra information: from what stands in the event, and only where asked. */
#include <config.h>

#include "rules/extra.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static struct event ev;

static void
begin(const struct event_def *def, const char *det)
{
	ev = event_sample("rtu-3");
	ev.def = def;
	ev.det = det;
	ev.nwhy = 0;
}

/* The value of this name, "" without. */
static const char *
value(const char *name)
{
	static char text[EVENT_STR + 1];

	for (size_t i = 0; i < ev.nwhy; i++)
		if (strcmp(ev.why[i].name, name) == 0) {
			memcpy(text, ev.why[i].value.p, ev.why[i].value.n);
			text[ev.why[i].value.n] = '\0';
			return text;
		}
	return "";
}

static void
test_of_members(void)
{
	begin(&EV_INVALID_CONFIG_OR_FW, "D-47");
	event_add_text(&ev, "reason", "incomplete");
	extra_add(&ev);
	CU_ASSERT_EQUAL(ev.nwhy, 2);
	CU_ASSERT_STRING_EQUAL(value("X.Reason"), "incomplete");
	extra_add(&ev); /* it is there */
	CU_ASSERT_EQUAL(ev.nwhy, 2);
	begin(&EV_FW_SW_UPDATE_SUCCESS, "D-47");
	extra_add(&ev); /* nobody knows */
	CU_ASSERT_EQUAL(ev.nwhy, 0);
	begin(&EV_COMM_PACKET_AUTHENTICATION_FAIL, "D-31");
	extra_add(&ev);
	CU_ASSERT_STRING_EQUAL(value("X.PacketID"), "123");
	CU_ASSERT_TRUE(ev.why[0].number);
}

static void
test_of_values(void)
{
	begin(&EV_CRED_TRANSFER_SUCCESS, "D-35");
	event_add_text(&ev, "method", "3");
	extra_add(&ev);
	CU_ASSERT_STRING_EQUAL(value("X.Method"), "key agreement");
	CU_ASSERT_STRING_EQUAL(value("X.Direction"), "to meter");
	begin(&EV_CRED_TRANSFER_SUCCESS, "D-36");
	event_add_text(&ev, "method", "8"); /* removes one */
	extra_add(&ev);
	CU_ASSERT_STRING_EQUAL(value("X.Direction"), "");
	CU_ASSERT_STRING_EQUAL(value("X.Method"), "certificate");
}

/* The detector knows better; and no other's event gets it. */
static void
test_not_asked(void)
{
	begin(&EV_UNAUTHORIZED_CONFIG_OR_FW, "D-47");
	event_add_text(&ev, "X.Reason", "mine");
	extra_add(&ev);
	CU_ASSERT_EQUAL(ev.nwhy, 1);
	begin(&EV_UNAUTHORIZED_CONFIG_OR_FW, "D-47");
	extra_add(&ev);
	CU_ASSERT_STRING_EQUAL(value("X.Reason"), "image not listed");
	begin(&EV_CONFIG_CHANGE, "X-1");
	extra_add(&ev);
	CU_ASSERT_EQUAL(ev.nwhy, 0);
	begin(&EV_TELECONTROL_RESET, "T-12");
	event_add_text(&ev, "reason", "x");
	extra_add(&ev);
	CU_ASSERT_EQUAL(ev.nwhy, 1);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "of members", test_of_members },
		{ "of values", test_of_values },
		{ "not asked for", test_not_asked },
		CU_TEST_INFO_NULL,
	};

	return driver_run("extra", tests);
}
