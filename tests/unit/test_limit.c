/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a severity in a minute: what passes, and what is said of the rest.
 */
#include <config.h>

#include "rules/limit.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

#define NOON 1767355200

struct heard {
	struct event_sink sink;
	struct event last;
	int n, limits; /* events, and those about limits */
};

static struct heard heard;
static struct limit *limit;

static void
hear(struct event_sink *sink, const struct event *ev)
{
	struct heard *h = (struct heard *)sink;

	h->last = *ev;
	if (ev->def == &EV_SENSOR_EVENTS_LEFT_OUT)
		h->limits++;
	else
		h->n++;
}

static void
begin(uint32_t alarms, uint32_t notices)
{
	uint32_t per_minute[LIMIT_SEVERITIES] = { alarms, 0, 0, notices };

	heard = (struct heard){ .sink = { hear } };
	limit = limit_new(per_minute);
	CU_ASSERT_PTR_NOT_NULL_FATAL(limit);
}

static void
put(enum severity severity, const struct event_def *def, const char *det,
    time_t at)
{
	struct event ev = event_sample("rtu-3");

	ev.severity = severity;
	ev.def = def;
	ev.det = det;
	ev.at = (struct timespec){ .tv_sec = at };
	limit_put(limit, &ev, &heard.sink);
}

static void
notice(time_t at)
{
	put(SEVERITY_NOTICE, &EV_TELECONTROL_MALFORMED, "T-34", at);
}

static const char *
why(const char *name)
{
	static char text[EVENT_STR + 1];
	const struct event *ev = &heard.last;

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0) {
			memcpy(text, ev->why[i].value.p, ev->why[i].value.n);
			text[ev->why[i].value.n] = '\0';
			return text;
		}
	return "";
}

static void
test_no_limit(void)
{
	begin(0, 0);
	for (int i = 0; i < 1000; i++)
		notice(NOON);
	CU_ASSERT(heard.n == 1000 && heard.limits == 0);
	CU_ASSERT_EQUAL(limit_left_out(limit), 0);
	limit_free(limit);
}

static void
test_a_minute(void)
{
	begin(0, 3);
	for (int i = 0; i < 10; i++)
		notice(NOON + i);
	CU_ASSERT(heard.n == 3 && heard.limits == 1);
	/* it is said at once; what came of it, when the minute is over */
	CU_ASSERT_EQUAL(heard.last.severity, SEVERITY_WARNING);
	CU_ASSERT_STRING_EQUAL(heard.last.det, "H-9");
	CU_ASSERT_STRING_EQUAL(why("P.Severity"), "notice");
	CU_ASSERT_STRING_EQUAL(why("limit"), "3");
	CU_ASSERT_STRING_EQUAL(why("left_out"), "1");
	CU_ASSERT_EQUAL(heard.last.at.tv_sec, NOON + 3);
	CU_ASSERT_EQUAL(heard.last.frame, 123);
	limit_tick(limit, (struct timespec){ NOON + 59, 0 }, &heard.sink);
	CU_ASSERT_EQUAL(heard.limits, 1);
	limit_tick(limit, (struct timespec){ NOON + 60, 0 }, &heard.sink);
	CU_ASSERT_EQUAL(heard.limits, 2);
	CU_ASSERT_STRING_EQUAL(why("left_out"), "7");
	CU_ASSERT_STRING_EQUAL(why("last_det"), "T-34");
	CU_ASSERT_EQUAL(limit_left_out(limit), 7);
	/* said once as long as it goes on */
	for (int i = 0; i < 5; i++)
		notice(NOON + 70);
	CU_ASSERT(heard.n == 6 && heard.limits == 2);
	notice(NOON + 130); /* the next event ends it, too */
	CU_ASSERT(heard.n == 7 && heard.limits == 3);
	limit_tick(limit, (struct timespec){ NOON + 190, 0 }, &heard.sink);
	CU_ASSERT_EQUAL(heard.limits, 3); /* nothing was left out */
	for (int i = 0; i < 4; i++)
		notice(NOON + 200);
	CU_ASSERT_EQUAL(heard.limits, 4); /* it begins again */
	limit_free(limit);
}

/* Other severities have their own; an earlier capture's time is no trap. */
static void
test_apart(void)
{
	begin(0, 1);
	notice(NOON);
	for (int i = 0; i < 5; i++)
		put(SEVERITY_WARNING, &EV_TELECONTROL_MALFORMED, "T-34", NOON);
	CU_ASSERT_EQUAL(heard.n, 6);
	notice(NOON - 1000);
	CU_ASSERT_EQUAL(heard.n, 7);
	limit_free(limit);
}

/* No kind of alarm is silent because of another. */
static void
test_alarms(void)
{
	begin(2, 0);
	for (int i = 0; i < 10; i++)
		put(SEVERITY_ALARM, &EV_TELECONTROL_RESET, "T-12", NOON);
	CU_ASSERT_EQUAL(heard.n, 2);
	put(SEVERITY_ALARM, &EV_TELECONTROL_COMMAND_BURST, "T-07", NOON);
	CU_ASSERT_EQUAL(heard.n, 3);
	put(SEVERITY_ALARM, &EV_TELECONTROL_COMMAND_BURST, "T-07", NOON);
	CU_ASSERT_EQUAL(heard.n, 3);
	/* one definition, another detection */
	put(SEVERITY_ALARM, &EV_TELECONTROL_COMMAND_BURST, "T-08", NOON);
	CU_ASSERT_EQUAL(heard.n, 4);
	/* and in each minute anew */
	for (int i = 0; i < 10; i++)
		put(SEVERITY_ALARM, &EV_TELECONTROL_RESET, "T-12", NOON + 60);
	put(SEVERITY_ALARM, &EV_TELECONTROL_COMMAND_BURST, "T-07", NOON + 61);
	CU_ASSERT_EQUAL(heard.n, 7);
	CU_ASSERT_EQUAL(limit_left_out(limit), 17);
	limit_free(limit);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "no limit", test_no_limit },
		{ "a minute", test_a_minute },
		{ "apart", test_apart },
		{ "alarms", test_alarms },
		CU_TEST_INFO_NULL,
	};

	return driver_run("limit", tests);
}
