/* SPDX-License-Identifier: Apache-2.0 */
/* N-4: what a scan is, and what a busy control centre is. */
#include <config.h>

#include <stdlib.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "tests/driver.h"

extern const struct detector net_scan_detector;

#define D (&net_scan_detector)

struct seen {
	struct event_sink sink;
	struct event ev; /* the last */
	int n;
};

static struct seen s;
static uint8_t *state;
static int64_t now_ms;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	s.ev = *ev;
	s.n++;
}

static void
begin(void)
{
	static const uint8_t key[SIPHASH_KEY] = "scan";
	struct setup setup = { .key = key };
	const struct parameter *p = D->detections->parameters;

	s = (struct seen){ .sink = { see } };
	now_ms = 1000000000;
	state = aligned_alloc(64, (D->state_size + 63) & ~(size_t)63);
	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, D->state_size);
	for (; p->name != NULL; p++)
		memcpy(state + p->offset, &p->preset, sizeof(p->preset));
	D->start(state, &setup);
}

static void
wait_ms(int64_t ms)
{
	while (ms > 0) {
		int64_t step = ms < 1000 ? ms : 1000;
		struct timespec at;

		now_ms += step;
		ms -= step;
		at =
		    (struct timespec){ now_ms / 1000, now_ms % 1000 * 1000000 };
		D->on_tick(state, NULL, at, &s.sink);
	}
}

static struct endpoint
end(uint8_t net, unsigned host, uint16_t port)
{
	return (struct endpoint){ .port = port,
		.ip = { [10] = 0xff,
		    0xff,
		    10,
		    net,
		    (uint8_t)(host >> 8),
		    (uint8_t)host } };
}

enum fate { NOT_ANSWERED, ANSWERED, USED };

/* Of a connection from 10.1.0.1; by its client or its server. */
static void
tell(enum transport_note note, bool client, struct endpoint server,
    enum fate fate)
{
	struct endpoint ours = end(1, 1, 50000);
	struct transport t = { .note = note,
		.answered = fate != NOT_ANSWERED,
		.carried = fate == USED };
	struct pdu pdu = { .at = { now_ms / 1000, now_ms % 1000 * 1000000 },
		.frame = 3,
		.src = client ? ours : server,
		.dst = client ? server : ours };
	struct op op = { .kind = OP_LINK,
		.pdu = &pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.from = client ? OP_FROM_CLIENT : OP_FROM_SERVER,
		.msg = &t };

	CU_ASSERT((D->kinds & DETECTOR_ON(OP_LINK)) != 0);
	D->on_op(state, &op, NULL, &s.sink);
}

static void
syn(unsigned host, uint16_t port)
{
	tell(TRANSPORT_OPENED, true, end(2, host, port), NOT_ANSWERED);
}

static void
refused(unsigned host, uint16_t port)
{
	syn(host, port);
	tell(TRANSPORT_CLOSED, false, end(2, host, port), NOT_ANSWERED);
}

static void
used(unsigned host, uint16_t port)
{
	syn(host, port);
	tell(TRANSPORT_ANSWERED, false, end(2, host, port), NOT_ANSWERED);
	tell(TRANSPORT_CLOSED, true, end(2, host, port), USED);
}

static int
why_is(size_t i, const char *name, const char *value)
{
	const struct event_why *w = &s.ev.why[i];

	return i < s.ev.nwhy && strcmp(w->name, name) == 0 &&
	       w->value.n == strlen(value) &&
	       memcmp(w->value.p, value, strlen(value)) == 0;
}

static void
test_refused(void)
{
	begin();
	for (unsigned i = 0; i < 14; i++)
		refused(i, 2404);
	refused(3, 2404); /* again: no other target */
	CU_ASSERT_EQUAL(s.n, 0);
	refused(14, 2404);
	CU_ASSERT_EQUAL_FATAL(s.n, 1);
	CU_ASSERT_STRING_EQUAL(s.ev.def->id, "32473:8.4");
	CU_ASSERT_STRING_EQUAL(s.ev.det, "N-4");
	CU_ASSERT_EQUAL(s.ev.severity, SEVERITY_ALARM);
	CU_ASSERT_EQUAL(s.ev.frame, 3);
	CU_ASSERT_EQUAL(s.ev.subject.n, 8);
	CU_ASSERT_EQUAL(memcmp(s.ev.subject.p, "10.1.0.1", 8), 0);
	CU_ASSERT_TRUE(s.ev.dst_is_peer);
	CU_ASSERT(why_is(0, "targets", "15"));
	CU_ASSERT(why_is(2, "refused", "16"));
	CU_ASSERT(why_is(3, "unanswered", "0"));
	CU_ASSERT(why_is(6, "last", "10.2.0.14"));
	CU_ASSERT(why_is(7, "last_port", "2404"));
	for (unsigned i = 20; i < 60; i++)
		refused(i, 2404); /* said */
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

static void
test_ports(void)
{
	begin();
	for (uint16_t port = 1; port <= 15; port++)
		refused(1, port);
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

static void
test_slow(void)
{
	begin();
	for (unsigned i = 0; i < 100; i++) {
		refused(i, 2404);
		wait_ms(4300); /* 14 in 60 s */
	}
	CU_ASSERT_EQUAL(s.n, 0);
	free(state);
}

/* Nobody answers: that is known after a while. */
static void
test_silence(void)
{
	begin();
	for (unsigned i = 0; i < 200; i++)
		syn(i, 4059);
	wait_ms(2000);
	CU_ASSERT_EQUAL(s.n, 0);
	wait_ms(1000);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT(why_is(3, "unanswered", "15"));
	CU_ASSERT_FALSE(s.ev.dst_is_peer);
	free(state);
}

static void
test_half_open(void)
{
	begin();
	for (unsigned i = 0; i < 15; i++) {
		CU_ASSERT_EQUAL(s.n, 0);
		syn(i, 20000);
		tell(TRANSPORT_ANSWERED, false, end(2, i, 20000), NOT_ANSWERED);
		tell(TRANSPORT_CLOSED, i % 2 != 0, end(2, i, 20000), ANSWERED);
	}
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT(why_is(4, "unused", "15"));
	free(state);
}

/* Many at once that answer: all, or all but a few, or all a little late. */
static void
test_control_centre(void)
{
	begin();
	for (unsigned i = 0; i < 300; i++)
		syn(i, 2404);
	wait_ms(1000);
	for (unsigned i = 0; i < 300; i++)
		tell(TRANSPORT_ANSWERED, false, end(2, i, 2404), NOT_ANSWERED);
	wait_ms(130000); /* and stay open, unused */
	for (unsigned i = 0; i < 70; i++)
		used(i, 2404);
	for (unsigned i = 0; i < 25; i++)
		refused(400 + i, 2404);
	CU_ASSERT_EQUAL(s.n, 0);
	for (unsigned i = 0; i < 10; i++)
		refused(500 + i, 2404); /* a third of all */
	CU_ASSERT_EQUAL(s.n, 1);
	free(state);
}

/* Connections of which nobody knows who opened them. */
static void
test_midstream(void)
{
	struct transport t = { .note = TRANSPORT_CLOSED };
	struct pdu pdu = { .at = { .tv_sec = 1000000 } };
	struct op op = { .kind = OP_LINK,
		.pdu = &pdu,
		.protocol = TRANSPORT_PROTOCOL,
		.msg = &t };

	begin();
	for (unsigned i = 0; i < 40; i++) {
		pdu.src = end(1, 1, 50000);
		pdu.dst = end(2, i, 2404);
		D->on_op(state, &op, NULL, &s.sink);
		/* nor those whose SYN was not seen */
		tell(TRANSPORT_CLOSED, false, end(2, i, 2404), NOT_ANSWERED);
	}
	CU_ASSERT_EQUAL(s.n, 0);
	free(state);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "refused", test_refused },
		{ "ports of one host", test_ports },
		{ "slow", test_slow },
		{ "silence", test_silence },
		{ "half open", test_half_open },
		{ "a control centre", test_control_centre },
		{ "midstream", test_midstream },
		CU_TEST_INFO_NULL,
	};

	return driver_run("scan", tests);
}
