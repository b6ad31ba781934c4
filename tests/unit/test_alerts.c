/* SPDX-License-Identifier: Apache-2.0 */
/* Between detector and output: severities, maintenance windows, counts. */
#include <config.h>

#include "sensor/alerts.h"
#include "tests/unit/event_sample.h"
#include "tests/unit/policy.h"

#define NOON 1767355200 /* 2026-01-02T12:00:00Z */

struct heard {
	struct event_sink sink;
	struct event last;
	int n;
};

static struct conf conf;
static struct policy *policy;
static struct alerts *alerts;
static struct heard heard;

static void
hear(struct event_sink *sink, const struct event *ev)
{
	struct heard *h = (struct heard *)sink;

	h->last = *ev;
	h->n++;
}

static void
begin(const char *text)
{
	static const uint8_t key[SIPHASH_KEY];

	heard = (struct heard){ .sink = { hear } };
	policy = text != NULL ? policy_of(text) : NULL;
	alerts = alerts_new(&conf, policy, key, &heard.sink);
	CU_ASSERT_PTR_NOT_NULL_FATAL(alerts);
}

static void
end(void)
{
	alerts_free(alerts);
	policy_free(policy);
}

/* 10.0.0.1 to fd00::2, about "rtu-3". */
static struct event
reset_at(time_t at)
{
	struct event ev = event_sample("rtu-3");

	ev.def = &EV_TELECONTROL_RESET;
	ev.severity = EV_TELECONTROL_RESET.severity;
	ev.det = "T-12";
	ev.at = (struct timespec){ .tv_sec = at };
	ev.src.mac[0] = 2;
	return ev;
}

static void
raise_one(const struct event *ev)
{
	alerts_sink(alerts)->emit(alerts_sink(alerts), ev);
}

static void
raise_at(time_t at)
{
	struct event ev = reset_at(at);

	raise_one(&ev);
}

static const char *
why(const struct event *ev, const char *name)
{
	static char text[EVENT_STR + 1];

	for (size_t i = 0; i < ev->nwhy; i++)
		if (strcmp(ev->why[i].name, name) == 0) {
			memcpy(text, ev->why[i].value.p, ev->why[i].value.n);
			text[ev->why[i].value.n] = '\0';
			return text;
		}
	return "";
}

#define MINUTE                                                                 \
	"version: 1\nwindows:\n- from: 2026-01-02T12:00:00Z\n"                 \
	"  to: 2026-01-02T12:01:00Z\n"

/* What was a repeat of the notice is an alarm at once. */
static void
test_window_ends(void)
{
	begin(MINUTE);
	raise_at(NOON - 1);
	CU_ASSERT(heard.n == 1 && heard.last.severity == SEVERITY_ALARM);
	CU_ASSERT_STRING_EQUAL(why(&heard.last, "severity_without_window"), "");
	raise_at(NOON);
	CU_ASSERT(heard.n == 2 && heard.last.severity == SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(
	    why(&heard.last, "severity_without_window"), "alarm");
	raise_at(NOON + 59);
	CU_ASSERT_EQUAL(heard.n, 2); /* a repeat */
	end();
	begin(MINUTE);
	raise_at(NOON + 59);
	CU_ASSERT(heard.n == 1 && heard.last.severity == SEVERITY_NOTICE);
	raise_at(NOON + 60);
	CU_ASSERT(heard.n == 2 && heard.last.severity == SEVERITY_ALARM);
	end();
}

/* It goes on where it was, from the last to the first that there is. */
static void
test_numbers(void)
{
	begin(NULL);
	alerts_number(alerts, UINT32_MAX - 1);
	raise_at(NOON);
	CU_ASSERT_EQUAL(heard.last.sqnum, UINT32_MAX);
	raise_at(NOON + 1000);
	CU_ASSERT(heard.n == 2 && heard.last.sqnum == 1);
	CU_ASSERT_EQUAL(alerts_sqnum(alerts), 1);
	end();
}

/* What a limit leaves out gets no number. */
static void
test_limited(void)
{
	struct event ev = reset_at(NOON);

	conf.rate[3] = 1;
	ev.severity = SEVERITY_NOTICE;
	begin(NULL);
	raise_one(&ev);
	event_set(&ev.subject, event_sample_bytes("rtu-4"));
	raise_one(&ev);
	CU_ASSERT(heard.n == 2 && heard.last.sqnum == 2);
	CU_ASSERT_PTR_EQUAL(heard.last.def, &EV_SENSOR_EVENTS_LEFT_OUT);
	CU_ASSERT_EQUAL(alerts_left_out(alerts), 1);
	alerts_tick(alerts, (struct timespec){ NOON + 60, 0 });
	CU_ASSERT(heard.n == 3 && heard.last.sqnum == 3);
	conf.rate[3] = 0;
	end();
}

static void
test_without_policy(void)
{
	begin(NULL);
	raise_at(NOON);
	CU_ASSERT(heard.n == 1 && heard.last.severity == SEVERITY_ALARM);
	end();
}

static const struct {
	const char *rest; /* of the window */
	enum severity severity;
} windows[] = {
	{ "  who: [10.0.0.1]\n", SEVERITY_NOTICE },
	{ "  who: [10.0.0.2]\n", SEVERITY_ALARM },
	{ "  who: [10.0.0.2, 10.0.0.0/31]\n", SEVERITY_NOTICE },
	{ "  who: ['fd00::2']\n", SEVERITY_NOTICE },
	{ "  who: ['fd00::/16']\n", SEVERITY_NOTICE },
	{ "  who: ['fc00::/16']\n", SEVERITY_ALARM },
	{ "  who: [02:00:00:00:00:00]\n", SEVERITY_NOTICE },
	{ "  who: [02:00:00:00:00:01]\n", SEVERITY_ALARM },
	{ "  who: [rtu-3]\n", SEVERITY_NOTICE },
	{ "  who: [rtu-]\n", SEVERITY_ALARM },
	{ "  who: [rtu-33]\n", SEVERITY_ALARM },
	{ "  who: [rtu-*]\n", SEVERITY_NOTICE },
	{ "  who: ['*']\n", SEVERITY_NOTICE },
	{ "  who: [rtu-33*]\n", SEVERITY_ALARM },
	{ "  what: [T-12]\n", SEVERITY_NOTICE },
	{ "  what: [T-11, iec104]\n", SEVERITY_NOTICE },
	{ "  what: [T-11, dlms, dnp3, goose, network]\n", SEVERITY_ALARM },
	{ "  what: [T-12]\n  who: [10.0.0.1]\n", SEVERITY_NOTICE },
	{ "  what: [T-12]\n  who: [10.0.0.2]\n", SEVERITY_ALARM },
	{ "  what: [T-11]\n  who: [10.0.0.1]\n", SEVERITY_ALARM },
	{ "  what: [T-11]\n- from: 2026-01-02T11:59:59Z\n"
	  "  to: 2026-01-02T12:00:01Z\n",
	    SEVERITY_NOTICE },
};

static void
test_windows(void)
{
	char text[300];

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		snprintf(text, sizeof(text), MINUTE "%s", windows[i].rest);
		begin(text);
		raise_at(NOON);
		CU_ASSERT_EQUAL(heard.last.severity, windows[i].severity);
		if (heard.last.severity != windows[i].severity)
			printf("\n%s", text);
		end();
	}
}

/* An end without an IP address is in no network. */
static void
test_no_address(void)
{
	struct event ev = reset_at(NOON);

	memset(ev.src.ip, 0, sizeof(ev.src.ip));
	memset(ev.dst.ip, 0, sizeof(ev.dst.ip));
	begin(MINUTE "  who: ['::/0']\n");
	raise_one(&ev);
	CU_ASSERT_EQUAL(heard.last.severity, SEVERITY_ALARM);
	end();
}

/* Maintenance explains no unknown master. */
static void
test_other_rows(void)
{
	struct event ev = reset_at(NOON);

	begin(MINUTE);
	ev.det = "T-01";
	raise_one(&ev);
	CU_ASSERT_EQUAL(heard.last.severity, SEVERITY_ALARM);
	ev.det = "T-17";
	ev.severity = SEVERITY_NOTICE;
	raise_one(&ev);
	CU_ASSERT(heard.n == 2 && heard.last.severity == SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(why(&heard.last, "severity_without_window"), "");
	end();
}

static void
test_configured(void)
{
	struct error error;

	CU_ASSERT_EQUAL(
	    conf_set(&conf, "detections.T-12.severity=warning", &error), 0);
	begin(MINUTE);
	raise_at(NOON - 1);
	CU_ASSERT_EQUAL(heard.last.severity, SEVERITY_WARNING);
	raise_at(NOON);
	CU_ASSERT_EQUAL(heard.last.severity, SEVERITY_NOTICE);
	CU_ASSERT_STRING_EQUAL(
	    why(&heard.last, "severity_without_window"), "warning");
	end();
	CU_ASSERT_EQUAL(
	    conf_set(&conf, "detections.T-12.enabled=false", &error), 0);
	begin(MINUTE);
	raise_at(NOON);
	CU_ASSERT_EQUAL(heard.n, 0);
	end();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a window that ends", test_window_ends },
		{ "no policy", test_without_policy },
		{ "numbers", test_numbers },
		{ "limited", test_limited },
		{ "who and what", test_windows },
		{ "ends without an address", test_no_address },
		{ "what maintenance does not explain", test_other_rows },
		{ "configured severities", test_configured },
		CU_TEST_INFO_NULL,
	};
	int status;

	if (conf_init(&conf) != 0)
		return 2;
	status = driver_run("alerts", tests);
	conf_free(&conf);
	return status;
}
