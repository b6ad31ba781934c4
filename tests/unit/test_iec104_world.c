/* SPDX-License-Identifier: Apache-2.0 */
/* What the world of IEC 104 makes of a connection, unit by unit. */
#include <config.h>

#include <stdlib.h>

#include "rules/iec104/world.h"
#include "tests/unit/iec104.h"

#define STATION 1 /* pdu.dir of 10.0.0.99 */
#define LINKS 16

struct watch {
	struct op_sink sink;
	struct event_sink events;
	struct losses losses;
	void *state;
	struct iec104_view v; /* the last */
	struct iec104_link link;
	int full;
	uint64_t flow_state[DISSECTOR_FLOW_MAX / sizeof(uint64_t)];
	uint64_t flow, frame;
	enum knowledge know;
	uint8_t master;
	time_t at;
};

static struct watch watch;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	CU_ASSERT_PTR_EQUAL(ev->def, &EV_SENSOR_TABLE_FULL);
	watch.full++;
}

static void
pass(struct op_sink *sink, const struct op *op)
{
	const struct iec104_view *v =
	    iec104_world.observe(watch.state, op, &watch.events);

	(void)sink;
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	watch.v = *v;
	iec104_world.settle(watch.state, op);
	watch.link = *watch.v.link;
}

static void
begin(void)
{
	static const uint8_t key[SIPHASH_KEY];
	static const struct rules_limits limits = { .links = LINKS,
		.points = LINKS };

	free(watch.state);
	watch = (struct watch){ .sink = { pass },
		.events = { see },
		.flow = 1,
		.master = 1,
		.at = 1000 };
	watch.state =
	    aligned_alloc(64, (iec104_world.size(&limits) + 63) / 64 * 64);
	CU_ASSERT_PTR_NOT_NULL_FATAL(watch.state);
	memset(watch.state, 0, iec104_world.size(&limits));
	for (const struct parameter *p = iec104_world.parameters;
	     p->name != NULL; p++)
		memcpy((uint8_t *)watch.state + p->offset, &p->preset,
		    sizeof(p->preset));
	iec104_world.start(watch.state,
	    &(struct setup){
	        .key = key, .limits = &limits, .losses = &watch.losses });
}

static uint32_t
unit(unsigned dir, const uint8_t *p, size_t n)
{
	struct endpoint ends[] = {
		{ .mac = { 2, 1 },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 0, watch.master },
		    .port = 40000 },
		{ .mac = { 2, 99 },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 0, 99 },
		    .port = 2404 },
	};
	struct pdu pdu = { .at = { .tv_sec = watch.at },
		.frame = ++watch.frame,
		.src = ends[dir],
		.dst = ends[1 - dir],
		.dir = dir,
		.flow = watch.flow,
		.state = watch.know };
	struct ctx ctx = { .pdu = &pdu, .flow = watch.flow_state };

	iec104_dissector.dissect(rd_over(p, n, n), &ctx, &watch.sink);
	return watch.v.news;
}

static uint32_t
u(unsigned dir, uint8_t function)
{
	const uint8_t p[] = { 0x68, 4, function, 0, 0, 0 };

	return unit(dir, p, sizeof(p));
}

static uint32_t
s(unsigned dir, uint16_t nr)
{
	const uint8_t p[] = { 0x68, 4, 1, 0, (uint8_t)(nr << 1),
		(uint8_t)(nr >> 7) };

	return unit(dir, p, sizeof(p));
}

/* A report of the station, or an interrogation of the master. */
static uint32_t
i(unsigned dir, uint16_t ns, uint16_t nr)
{
	const uint8_t p[] = { 0x68, 14, (uint8_t)(ns << 1), (uint8_t)(ns >> 7),
		(uint8_t)(nr << 1), (uint8_t)(nr >> 7), dir ? 1 : 100, 1,
		dir ? 3 : 6, 0, 1, 0, dir ? 9 : 0, 0, 0, dir ? 1 : 20 };

	return unit(dir, p, sizeof(p));
}

static void
start(void)
{
	CU_ASSERT((u(0, IEC104_STARTDT_ACT) & IEC104_NEW_LINK) != 0);
	CU_ASSERT((u(STATION, IEC104_STARTDT_CON) & IEC104_STARTING) != 0);
}

static const uint32_t broken = IEC104_BAD_NS | IEC104_BAD_NR | IEC104_AHEAD_NR |
                               IEC104_NOT_STARTED | IEC104_OVER_K |
                               IEC104_LATE_ACK;

static void
test_order(void)
{
	begin();
	start();
	CU_ASSERT_EQUAL(i(0, 0, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 0, 1) & broken, 0);
	CU_ASSERT_EQUAL(s(0, 1) & broken, 0);
	CU_ASSERT_EQUAL(s(0, 1) & broken, 0); /* again is no news */
	CU_ASSERT_EQUAL(s(0, 0) & broken, IEC104_BAD_NR);
	CU_ASSERT_EQUAL(s(0, 8) & broken, IEC104_AHEAD_NR);
	CU_ASSERT_EQUAL(s(0, 1) & broken, 0); /* the honest one goes on */
	CU_ASSERT_EQUAL(i(STATION, 1, 1) & broken, 0);
}

static void
test_wrap(void)
{
	begin();
	start();
	for (uint32_t n = 0; n < 33000; n++) {
		uint16_t ns = (uint16_t)(n & 0x7fff);
		uint16_t nr = (uint16_t)((n + 1) & 0x7fff);

		if ((i(STATION, ns, 0) & broken) != 0 ||
		    (s(0, nr) & broken) != 0) {
			CU_FAIL("wrapping is a violation");
			return;
		}
	}
}

/* One stray unit does not make the honest sender wrong. */
static void
test_stray(void)
{
	begin();
	start();
	i(STATION, 0, 0);
	i(STATION, 1, 0);
	CU_ASSERT_EQUAL(i(STATION, 500, 0) & broken, IEC104_BAD_NS);
	CU_ASSERT_EQUAL(watch.v.expected, 2);
	CU_ASSERT_EQUAL(i(STATION, 501, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 2, 0) & broken, 0); /* two are too few */
	CU_ASSERT_EQUAL(i(STATION, 3, 0) & broken, 0);
	/* a jump that goes on is said once */
	CU_ASSERT_EQUAL(i(STATION, 9, 0) & broken, IEC104_BAD_NS);
	CU_ASSERT_EQUAL(i(STATION, 10, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 11, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 12, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 4, 0) & broken, IEC104_BAD_NS);
}

/* What is not known from its beginning on breaks no rule. */
static void
test_knowledge(void)
{
	static const enum knowledge states[] = { KNOW_MIDSTREAM, KNOW_GAPPED,
		KNOW_ONE_SIDED };
	const struct loss *l = &watch.losses.iec104;

	for (size_t n = 0; n < 3; n++) {
		begin();
		watch.know = states[n];
		CU_ASSERT_EQUAL(i(STATION, 77, 20) & broken, 0);
		CU_ASSERT_EQUAL(i(STATION, 90, 20) & broken, 0);
		CU_ASSERT_EQUAL(s(0, 3) & broken, 0);
		CU_ASSERT_EQUAL(l->got, 2);
		CU_ASSERT_EQUAL(
		    l->lost, states[n] == KNOW_GAPPED ? 90 - 77 - 1 : 0);
		CU_ASSERT_EQUAL(l->holes, states[n] == KNOW_GAPPED);
	}
}

/* What was acknowledged may be of an end of which nothing is seen. */
static void
test_unheard(void)
{
	begin();
	u(STATION, IEC104_STARTDT_CON);
	CU_ASSERT_EQUAL(i(STATION, 0, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 1, 5) & broken, 0);
}

static void
test_states(void)
{
	begin();
	CU_ASSERT_EQUAL(i(0, 0, 0) & broken, IEC104_NOT_STARTED);
	CU_ASSERT_EQUAL(i(0, 1, 0) & broken, 0); /* said */
	CU_ASSERT_EQUAL(i(STATION, 0, 0) & broken, IEC104_NOT_STARTED);
	begin();
	u(0, IEC104_STARTDT_ACT);
	CU_ASSERT_EQUAL(i(0, 0, 0) & broken, 0); /* it need not wait */
	CU_ASSERT_EQUAL(i(STATION, 0, 0) & broken, IEC104_NOT_STARTED);
	begin();
	start();
	i(STATION, 0, 0);
	u(0, IEC104_STOPDT_ACT);
	CU_ASSERT_EQUAL(i(STATION, 1, 0) & broken, 0); /* in flight */
	u(STATION, IEC104_STOPDT_CON);
	CU_ASSERT_EQUAL(i(STATION, 2, 0) & broken, IEC104_NOT_STARTED);
}

/* Twice what is agreed, and once until it is acknowledged. */
static void
test_window(void)
{
	begin();
	start();
	for (uint16_t n = 0; n < 24; n++)
		CU_ASSERT_EQUAL(i(STATION, n, 0) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 24, 0) & broken, IEC104_OVER_K);
	CU_ASSERT_EQUAL(i(STATION, 25, 0) & broken, 0);
	CU_ASSERT_EQUAL(s(0, 26) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 26, 0) & broken, 0);
	watch.at += 20;
	CU_ASSERT_EQUAL(s(0, 27) & broken, 0);
	CU_ASSERT_EQUAL(i(STATION, 27, 0) & broken, 0);
	watch.at += 23;
	CU_ASSERT_EQUAL(s(0, 28) & broken, IEC104_LATE_ACK);
	CU_ASSERT_EQUAL(watch.v.late_s, 23);
}

static void
other_link(uint8_t master)
{
	watch.flow++;
	watch.master = master;
	memset(watch.flow_state, 0, sizeof(watch.flow_state));
}

/* A master beside one at work is new; before it is at work, both are. */
static void
test_newcomer(void)
{
	begin();
	start();
	i(0, 0, 0);
	for (uint16_t n = 0; n < 3; n++)
		i(STATION, n, 1);
	CU_ASSERT_EQUAL(watch.link.flags & IEC104_NEWCOMER, 0);
	other_link(65); /* it begins with the first one */
	start();
	CU_ASSERT_EQUAL(watch.link.flags & IEC104_NEWCOMER, 0);
	watch.at += 2;
	other_link(66);
	start();
	CU_ASSERT((watch.link.flags & IEC104_NEWCOMER) != 0);
	other_link(1); /* the first, again */
	start();
	CU_ASSERT_EQUAL(watch.link.flags & IEC104_NEWCOMER, 0);
	begin();
	start();
	i(STATION, 0, 0);
	other_link(66);
	start();
	CU_ASSERT_EQUAL(watch.link.flags & IEC104_NEWCOMER, 0);
	begin(); /* the first one is long silent */
	start();
	i(0, 0, 0);
	for (uint16_t n = 0; n < 3; n++)
		i(STATION, n, 1);
	watch.at += 61;
	other_link(66);
	start();
	CU_ASSERT_EQUAL(watch.link.flags & IEC104_NEWCOMER, 0);
}

/* A table that is full says so once, and makes up no history. */
static void
test_full(void)
{
	begin();
	for (int n = 0; n < LINKS; n++) {
		start();
		other_link(1);
	}
	CU_ASSERT_EQUAL(watch.full, 0);
	start();
	CU_ASSERT_EQUAL(watch.full, 1);
	other_link(1);
	CU_ASSERT_EQUAL(i(STATION, 500, 3) & broken, 0);
	CU_ASSERT_FALSE(watch.v.complete);
	CU_ASSERT_EQUAL(watch.full, 1);
	free(watch.state);
	watch.state = NULL;
}

static void
test_size(void)
{
	static const struct rules_limits limits = { .links = 8192,
		.points = 131072 };

	CU_ASSERT(sizeof(struct iec104_link) <= 192);
	CU_ASSERT(iec104_world.size(&limits) < 32u << 20);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "numbers in order", test_order },
		{ "numbers wrap", test_wrap },
		{ "stray numbers", test_stray },
		{ "what is known", test_knowledge },
		{ "an end that is not heard", test_unheard },
		{ "states", test_states },
		{ "window and time", test_window },
		{ "newcomers", test_newcomer },
		{ "a full table", test_full },
		{ "memory", test_size },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_world", tests);
}
