/* SPDX-License-Identifier: Apache-2.0 */
/* T-19, T-20, T-29: what is said of numbers, windows and two stations. */
#include <config.h>

#include <stdlib.h>

#include "rules/iec104/world.h"
#include "tests/unit/iec104.h"

extern const struct detector iec104_dual_detector, iec104_link_detector;

static const struct detector *const heard[] = { &iec104_dual_detector,
	&iec104_link_detector };

#define HEARD (sizeof(heard) / sizeof(*heard))
#define STATION 1 /* pdu.dir */
#define EVENTS 8
#define SECOND UINT64_C(1000)

struct site {
	struct op_sink sink;
	struct event_sink events;
	void *world, *state[HEARD];
	struct event ev[EVENTS];
	int n;
	uint64_t flow_state[4][DISSECTOR_FLOW_MAX / sizeof(uint64_t)];
	uint64_t frame, ms;
	enum knowledge know;
	uint8_t mac; /* of the station */
};

/* A connection to station 10.0.0.n, and both ends' numbers. */
struct line {
	uint8_t n, master;
	uint16_t ca;
	uint16_t sent[2];
};

static struct site site;

static void
see(struct event_sink *sink, const struct event *ev)
{
	(void)sink;
	CU_ASSERT_FATAL(site.n < EVENTS);
	site.ev[site.n++] = *ev;
}

static void
hand(const struct op *op)
{
	const void *known = iec104_world.observe(site.world, op, &site.events);

	for (size_t k = 0; k < HEARD; k++)
		if (known != NULL &&
		    (heard[k]->kinds & DETECTOR_ON(op->kind)) != 0)
			heard[k]->on_op(site.state[k], op, known, &site.events);
	iec104_world.settle(site.world, op);
}

static void
pass(struct op_sink *sink, const struct op *op)
{
	(void)sink;
	hand(op);
}

static void *
made(size_t size, const struct parameter *p)
{
	uint8_t *state = aligned_alloc(64, (size + 63) / 64 * 64);

	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	memset(state, 0, size);
	for (; p != NULL && p->name != NULL; p++)
		memcpy(state + p->offset, &p->preset, sizeof(p->preset));
	return state;
}

static void
end(void)
{
	free(site.world);
	for (size_t k = 0; k < HEARD; k++)
		free(site.state[k]);
}

static void
begin(void)
{
	static const uint8_t key[SIPHASH_KEY];
	static const struct rules_limits limits = { .links = 16, .points = 16 };
	const struct setup setup = { .key = key, .limits = &limits };

	site = (struct site){
		.sink = { pass }, .events = { see }, .ms = 1000 * SECOND
	};
	site.world = made(iec104_world.size(&limits), iec104_world.parameters);
	iec104_world.start(site.world, &setup);
	for (size_t k = 0; k < HEARD; k++) {
		const struct detector *d = heard[k];
		size_t size =
		    d->size != NULL ? d->size(&limits) : d->state_size;

		site.state[k] = made(size, NULL);
		for (const struct detection *row = d->detections;
		     row->id != NULL; row++)
			for (const struct parameter *p = row->parameters;
			     p != NULL && p->name != NULL; p++)
				memcpy((uint8_t *)site.state[k] + p->offset,
				    &p->preset, sizeof(p->preset));
		d->start(site.state[k], &setup);
	}
}

static void
pass_time(uint32_t s)
{
	for (; s > 0; s--) {
		struct timespec now;

		site.ms += SECOND;
		now = (struct timespec){ (time_t)(site.ms / 1000), 0 };
		for (size_t k = 0; k < HEARD; k++)
			heard[k]->on_tick(
			    site.state[k], site.world, now, &site.events);
	}
}

static struct pdu
pdu_of(const struct line *l, unsigned dir)
{
	struct endpoint ends[] = {
		{ .mac = { 2, 1 },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 1, l->master },
		    .port = (uint16_t)(40000 + l->n) },
		{ .mac = { 2, site.mac, l->n },
		    .ip = { [10] = 0xff, 0xff, 10, 0, 0, l->n },
		    .port = 2404 },
	};

	return (struct pdu){ .at = { (time_t)(site.ms / 1000),
		                 (long)(site.ms % 1000 * 1000000) },
		.frame = ++site.frame,
		.src = ends[dir],
		.dst = ends[1 - dir],
		.dir = dir,
		.flow = l->n,
		.state = site.know };
}

static void
unit(const struct line *l, unsigned dir, const uint8_t *p, size_t n)
{
	struct pdu pdu = pdu_of(l, dir);
	struct ctx ctx = { .pdu = &pdu, .flow = site.flow_state[l->n % 4] };

	iec104_dissector.dissect(rd_over(p, n, n), &ctx, &site.sink);
}

static void
u(const struct line *l, unsigned dir, uint8_t function)
{
	const uint8_t p[] = { 0x68, 4, function, 0, 0, 0 };

	unit(l, dir, p, sizeof(p));
}

static void
s(const struct line *l, unsigned dir, uint16_t nr)
{
	const uint8_t p[] = { 0x68, 4, 1, 0, (uint8_t)(nr << 1),
		(uint8_t)(nr >> 7) };

	unit(l, dir, p, sizeof(p));
}

/* A report with this number. */
static void
i(const struct line *l, uint16_t ns)
{
	const uint8_t p[] = { 0x68, 14, (uint8_t)(ns << 1), (uint8_t)(ns >> 7),
		0, 0, 1, 1, 3, 0, (uint8_t)l->ca, 0, 9, 0, 0, 1 };

	unit(l, STATION, p, sizeof(p));
}

/* The next report, and that it came. */
static void
report(struct line *l)
{
	i(l, l->sent[STATION]++);
	s(l, 0, l->sent[STATION]);
}

static void
closed(const struct line *l)
{
	struct pdu pdu = pdu_of(l, 0);
	struct transport msg = { .note = TRANSPORT_CLOSED };
	struct op op = { .kind = OP_LINK,
		.protocol = TRANSPORT_PROTOCOL,
		.pdu = &pdu,
		.msg = &msg };

	hand(&op);
}

static struct line
line(uint8_t n, uint16_t ca)
{
	struct line l = { .n = n, .master = 1, .ca = ca };

	u(&l, 0, IEC104_STARTDT_ACT);
	u(&l, STATION, IEC104_STARTDT_CON);
	return l;
}

/* Whether so many events are there, all of det, the last about this frame. */
static bool
only(int n, const char *det, uint64_t frame)
{
	for (int k = 0; k < site.n; k++)
		if (strcmp(site.ev[k].det, det) != 0)
			return false;
	return site.n == n && (n == 0 || site.ev[n - 1].frame == frame);
}

static void
test_numbers(void)
{
	struct line l;

	begin();
	l = line(1, 1);
	for (int k = 0; k < 5; k++)
		report(&l);
	CU_ASSERT(only(0, "T-19", 0));
	i(&l, 99); /* injected: once, and the honest ones go on */
	CU_ASSERT(only(1, "T-19", site.frame));
	report(&l);
	report(&l);
	CU_ASSERT_EQUAL(site.n, 1);
	s(&l, 0, 2); /* less than was acknowledged */
	CU_ASSERT(only(2, "T-19", site.frame));
	end();

	begin(); /* of a connection that began before the capture */
	site.know = KNOW_MIDSTREAM;
	l = line(1, 1);
	report(&l);
	i(&l, 99);
	s(&l, 0, 2);
	CU_ASSERT_EQUAL(site.n, 0);
	end();
}

/* An acknowledgement of what comes late in the capture is none too many. */
static void
test_unsent(void)
{
	struct line l;
	uint64_t early;

	begin();
	l = line(1, 1);
	report(&l);
	s(&l, 0, 2); /* seen before what it acknowledges */
	l.sent[STATION] = 1;
	report(&l);
	closed(&l);
	CU_ASSERT_EQUAL(site.n, 0);
	end();

	begin();
	l = line(1, 1);
	report(&l);
	s(&l, 0, 7);
	early = site.frame;
	CU_ASSERT_EQUAL(site.n, 0);
	report(&l); /* the proof */
	CU_ASSERT(only(1, "T-19", early));
	end();

	begin();
	l = line(1, 1);
	report(&l);
	s(&l, 0, 7);
	early = site.frame;
	closed(&l);
	CU_ASSERT(only(1, "T-19", early));
	end();
}

static void
burst(struct line *l, int n)
{
	for (; n > 0; n--)
		i(l, l->sent[STATION]++);
}

static void
test_windows(void)
{
	struct line l;

	begin(); /* twice k, twice w */
	l = line(1, 1);
	burst(&l, 24);
	CU_ASSERT_EQUAL(site.n, 0);
	burst(&l, 1);
	CU_ASSERT(only(1, "T-20", site.frame));
	s(&l, 0, 25); /* said already */
	CU_ASSERT_EQUAL(site.n, 1);
	end();

	begin();
	l = line(1, 1);
	burst(&l, 16);
	s(&l, 0, 16);
	CU_ASSERT_EQUAL(site.n, 0);
	burst(&l, 17);
	s(&l, 0, 33);
	CU_ASSERT(only(1, "T-20", site.frame));
	CU_ASSERT_EQUAL(site.ev[0].src.port, 40001);
	burst(&l, 17); /* it is how this end does it */
	s(&l, 0, 50);
	CU_ASSERT_EQUAL(site.n, 1);
	end();

	begin(); /* twice t2 */
	l = line(1, 1);
	burst(&l, 2);
	pass_time(20);
	s(&l, 0, 2);
	CU_ASSERT_EQUAL(site.n, 0);
	burst(&l, 2);
	pass_time(22);
	s(&l, 0, 4);
	CU_ASSERT(only(1, "T-20", site.frame));
	end();
}

static void
test_macs(void)
{
	struct line l;
	uint64_t odd;

	begin(); /* it fails over */
	l = line(1, 1);
	for (int k = 0; k < 12; k++) {
		site.mac = k > 5;
		report(&l);
	}
	CU_ASSERT_EQUAL(site.n, 0);
	site.mac = 2;
	report(&l);
	odd = site.frame - 1; /* before the acknowledgement */
	site.mac = 1;
	report(&l);
	CU_ASSERT(only(1, "T-29", odd));
	end();
}

/* First a station at work for so long, then another one for ca. */
static void
side_by_side(uint32_t s_before, uint16_t ca, bool goes_on)
{
	struct line a, b;

	begin();
	a = line(1, 1);
	for (uint32_t k = 0; k < s_before; k += 10) {
		report(&a);
		pass_time(10);
	}
	b = line(2, ca);
	for (int k = 0; k < 8; k++) {
		report(&b);
		if (goes_on)
			report(&a);
		pass_time(1);
	}
}

/* The first has a last word, and is closed. */
static void
test_switch(void)
{
	struct line a, b;

	begin();
	a = line(1, 1);
	for (int k = 0; k < 9; k++) {
		report(&a);
		pass_time(10);
	}
	b = line(2, 1);
	report(&b);
	report(&a);
	closed(&a);
	pass_time(8);
	CU_ASSERT_EQUAL(site.n, 0);
	end();
}

static void
test_two_stations(void)
{
	uint64_t first;

	side_by_side(90, 2, true);
	CU_ASSERT_EQUAL(site.n, 0);
	end();
	side_by_side(90, 1, false); /* a switch to the other one */
	CU_ASSERT_EQUAL(site.n, 0);
	end();
	side_by_side(30, 1, true); /* all of them have this address */
	CU_ASSERT_EQUAL(site.n, 0);
	end();
	side_by_side(90, 1, true);
	first = 2 + 2 * 9 + 2 + 1; /* both starts, nine reports, this one */
	CU_ASSERT(only(1, "T-29", first));
	CU_ASSERT(site.ev[0].doubtful);
	end();
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "numbers", test_numbers },
		{ "what was never sent", test_unsent },
		{ "windows", test_windows },
		{ "MAC addresses", test_macs },
		{ "a switch", test_switch },
		{ "two stations for an address", test_two_stations },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_links", tests);
}
