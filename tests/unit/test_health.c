/* SPDX-License-Identifier: Apache-2.0 */
/* H-1 of interfaces, H-3, H-5, H-7: what fires them, and what nearly does. */
#include <config.h>

#include "rules/health.h"
#include "tests/unit/transport.h"

extern const struct detector sensor_blind_detector, sensor_host_detector,
    sensor_loss_detector;

struct heard {
	struct event_sink sink;
	struct event ev;
	int n;
};

static void
on_event(struct event_sink *sink, const struct event *ev)
{
	struct heard *h = (struct heard *)sink;

	h->ev = *ev;
	h->n++;
}

static struct health
port(time_t at)
{
	return (struct health){ .what = HEALTH_PORT,
		.at = { at, 0 },
		.name = "eth9",
		.frame = 77,
		.up = true };
}

/* A second goes by with so many packets in all, and so many drops. */
static void
look(
    void *state, struct heard *to, time_t at, uint64_t packets, uint64_t kernel)
{
	struct health h = port(at);

	h.packets = packets;
	h.kernel_drops = kernel;
	sensor_loss_detector.on_health(state, &h, &to->sink);
}

static void
test_drops(void)
{
	void *state = transport_started(&sensor_loss_detector);
	struct heard heard = { .sink = { on_event } };

	look(state, &heard, 1000, 0, 0);
	look(state, &heard, 1001, 10000, 10);
	CU_ASSERT_EQUAL(heard.n, 0); /* 10 of 10010 is 0.1 %, not above */
	look(state, &heard, 1002, 10000, 11);
	CU_ASSERT_EQUAL_FATAL(heard.n, 1);
	CU_ASSERT_STRING_EQUAL(heard.ev.def->id, "32473:9.1");
	CU_ASSERT_EQUAL(heard.ev.frame, 77);
	CU_ASSERT_STRING_EQUAL(heard.ev.capture, "eth9");
	CU_ASSERT(transport_subject_is(&heard.ev, "eth9"));
	CU_ASSERT(transport_why_is(&heard.ev, 0, "lost", "11"));
	CU_ASSERT(transport_why_is(&heard.ev, 1, "got", "10000"));
	CU_ASSERT(transport_why_is(&heard.ev, 2, "cause", "drops"));
	look(state, &heard, 1003, 10000, 9000); /* once an interval */
	CU_ASSERT_EQUAL(heard.n, 1);
	look(state, &heard, 1060, 10000, 9000); /* the next begins */
	look(state, &heard, 1061, 20000, 9000);
	CU_ASSERT_EQUAL(heard.n, 1); /* nothing was lost in it */
	look(state, &heard, 1062, 20000, 9100);
	CU_ASSERT_EQUAL(heard.n, 2);
	free(state);
	state = transport_started(&sensor_loss_detector);
	look(state, &heard, 1000, 10, 1); /* lost before the first look */
	CU_ASSERT_EQUAL(heard.n, 3);
	free(state);
}

/* Those of two interfaces are two; those of the interface count as well. */
static void
test_ports(void)
{
	void *state = transport_started(&sensor_loss_detector);
	struct heard heard = { .sink = { on_event } };
	struct health a = port(1000), b = port(1000);

	b.port = HEALTH_PORTS - 1;
	sensor_loss_detector.on_health(state, &a, &heard.sink);
	sensor_loss_detector.on_health(state, &b, &heard.sink);
	a.interface_drops = b.backlog_drops = 1;
	sensor_loss_detector.on_health(state, &a, &heard.sink);
	sensor_loss_detector.on_health(state, &b, &heard.sink);
	CU_ASSERT_EQUAL(heard.n, 2);
	free(state);
}

static int
hear_silence(void *state, struct heard *to, uint32_t silent_s, bool up)
{
	struct health h = port(2000 + silent_s);

	h.silent_s = silent_s;
	h.up = up;
	sensor_blind_detector.on_health(state, &h, &to->sink);
	return to->n;
}

static void
test_blind(void)
{
	void *state = transport_started(&sensor_blind_detector);
	struct heard heard = { .sink = { on_event } };

	CU_ASSERT_EQUAL(hear_silence(state, &heard, 59, true), 0);
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 60, true), 1);
	CU_ASSERT_STRING_EQUAL(heard.ev.def->id, "32473:9.3");
	CU_ASSERT_EQUAL(heard.ev.severity, SEVERITY_ALARM);
	CU_ASSERT_EQUAL(heard.ev.at.tv_sec, 2060);
	CU_ASSERT(transport_why_is(&heard.ev, 0, "silent_s", "60"));
	CU_ASSERT(transport_why_is(&heard.ev, 2, "link", "up"));
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 61, true), 1); /* edge */
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 0, true), 1);
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 60, true), 2);
	free(state);
}

static void
test_link_down(void)
{
	void *state = transport_started(&sensor_blind_detector);
	struct heard heard = { .sink = { on_event } };

	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hear_silence(state, &heard, i, false), 0);
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 4, true), 0); /* it flaps */
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(hear_silence(state, &heard, i, false), 0);
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 5, false), 1);
	CU_ASSERT(transport_why_is(&heard.ev, 2, "link", "down"));
	CU_ASSERT_EQUAL(hear_silence(state, &heard, 99, false), 1);
	free(state);
}

static void
test_clock(void)
{
	void *state = transport_started(&sensor_host_detector);
	struct heard heard = { .sink = { on_event } };
	struct health h = { .what = HEALTH_CLOCK, .name = "eth9" };

	h.step_ms = 1000;
	sensor_host_detector.on_health(state, &h, &heard.sink);
	h.step_ms = -1000;
	sensor_host_detector.on_health(state, &h, &heard.sink);
	CU_ASSERT_EQUAL(heard.n, 0);
	h.step_ms = -1001;
	sensor_host_detector.on_health(state, &h, &heard.sink);
	CU_ASSERT_EQUAL_FATAL(heard.n, 1);
	CU_ASSERT_STRING_EQUAL(heard.ev.det, "H-7");
	CU_ASSERT_STRING_EQUAL(heard.ev.def->id, "IEC62351-14:6.11");
	CU_ASSERT(transport_why_is(&heard.ev, 0, "step_ms", "-1001"));
	free(state);
}

static void
test_files(void)
{
	void *state = transport_started(&sensor_host_detector);
	struct heard heard = { .sink = { on_event } };
	struct health h = { .what = HEALTH_FILE,
		.name = "eth9",
		.file = "policy",
		.before = "0123456789abcdef",
		.after = "fedcba9876543210" };

	sensor_host_detector.on_health(state, &h, &heard.sink);
	CU_ASSERT_EQUAL_FATAL(heard.n, 1);
	CU_ASSERT_STRING_EQUAL(heard.ev.det, "H-5");
	CU_ASSERT_STRING_EQUAL(heard.ev.def->id, "IEC62351-14:6.10");
	CU_ASSERT(transport_subject_is(&heard.ev, "policy"));
	CU_ASSERT(transport_why_is(&heard.ev, 2, "before", h.before));
	CU_ASSERT(transport_why_is(&heard.ev, 3, "after", h.after));
	h.keys = true;
	sensor_host_detector.on_health(state, &h, &heard.sink);
	CU_ASSERT_STRING_EQUAL(heard.ev.def->id, "IEC62351-14:6.5");
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = { { "drops", test_drops },
		{ "ports", test_ports }, { "blind", test_blind },
		{ "link down", test_link_down }, { "clock", test_clock },
		{ "files", test_files }, CU_TEST_INFO_NULL };

	return driver_run("health", tests);
}
