/* SPDX-License-Identifier: Apache-2.0 */
/* A master and an outstation that speak DNP3 over TCP. */
#include <config.h>

#include "tests/bench/traffic.h"
#include "tests/lib/build_dnp3.h"

enum { MASTER, OUTSTATION };
enum { CONFIRM, READ, WRITE, SELECT, OPERATE, RESPONSE = 129, UNSOLICITED };
enum { FIR_FIN = 0xc0, CON = 0x20, UNS = 0x10 };
enum { DATA_TO_STATION = 0xc4, DATA_TO_MASTER = 0x44 };
enum { STATUS_REQUEST = 0xc9, STATUS = 0x0b };
enum { NEED_TIME = 0x10 }; /* of the first octet of indications */

enum script { EVENTS, INTEGRITY, CONTROL, SPONTANEOUS, LINK, CLOCK };

struct state {
	uint16_t master, outstation;
	uint8_t seq, unsolicited; /* of the application, 0 to 15 */
	uint8_t transport[2];
	uint8_t script, step;
	uint16_t index;
};

static void
send(struct state *s, unsigned dir, const struct octets *fragment,
    struct say *say)
{
	struct build_dnp3 f = { .control = DATA_TO_STATION,
		.dst = s->outstation,
		.src = s->master };

	if (dir == OUTSTATION)
		f = (struct build_dnp3){ .control = DATA_TO_MASTER,
			.dst = s->master,
			.src = s->outstation };
	say->dir = dir;
	build_dnp3_fragment(&say->data, &f, &s->transport[dir], fragment);
}

static void
head(struct octets *o, unsigned control, unsigned function)
{
	o->n = 0;
	octets_u8(o, control);
	octets_u8(o, function);
	if (function >= RESPONSE)
		octets_be(o, 0, 2); /* internal indications */
}

/* All objects of a class: g60, qualifier 06. */
static void
classes(struct octets *o, unsigned from, unsigned to)
{
	for (unsigned v = from; v <= to; v++) {
		octets_be(o, 60U << 8 | v, 2);
		octets_u8(o, 0x06);
	}
}

/* Binary inputs and analogues that changed, with their time. */
static void
changes(struct octets *o, struct state *s, struct prng *r, uint64_t us)
{
	unsigned n = prng_between(r, 1, 6);

	build_dnp3_indexed(o, 2, 2, n);
	for (unsigned i = 0; i < n; i++) {
		octets_le(o, (s->index + i) % 200, 2);
		octets_u8(o, prng_chance(r, 50) ? 0x81 : 0x01);
		octets_le(o, us / 1000, 6);
	}
	n = prng_between(r, 1, 5);
	build_dnp3_indexed(o, 32, 3, n);
	for (unsigned i = 0; i < n; i++) {
		octets_le(o, (s->index + 3 * i) % 100, 2);
		octets_u8(o, 0x01);
		octets_le(o, prng_below(r, 100000), 4);
		octets_le(o, us / 1000, 6);
	}
}

/* Binary inputs, analogues and counters as they stand. */
static void
statics(struct octets *o, struct prng *r)
{
	unsigned inputs = prng_between(r, 16, 120);
	unsigned analogues = prng_between(r, 8, 60);

	build_dnp3_range(o, 1, 2, inputs - 1);
	for (unsigned i = 0; i < inputs; i++)
		octets_u8(o, prng_chance(r, 50) ? 0x81 : 0x01);
	build_dnp3_range(o, 30, 1, analogues - 1);
	for (unsigned i = 0; i < analogues; i++) {
		octets_u8(o, 0x01);
		octets_le(o, prng_below(r, 100000), 4);
	}
	build_dnp3_range(o, 20, 1, 7);
	for (unsigned i = 0; i < 8; i++) {
		octets_u8(o, 0x01);
		octets_le(o, prng_next(r), 4);
	}
}

/* A request's fragment; the answer has the same sequence number. */
static void
poll(struct state *s, struct prng *r, struct say *say)
{
	bool events = s->script == EVENTS;
	struct octets o;

	switch (s->step) {
	case 0:
		s->seq = (s->seq + 1) & 0x0f;
		head(&o, FIR_FIN | s->seq, READ);
		classes(&o, events ? 2 : 1, 4);
		send(s, MASTER, &o, say);
		return;
	case 1:
		head(&o, FIR_FIN | (events ? CON : 0) | s->seq, RESPONSE);
		if (events)
			changes(&o, s, r, say->us);
		else
			statics(&o, r);
		send(s, OUTSTATION, &o, say);
		say->last = !events;
		return;
	default:
		head(&o, FIR_FIN | s->seq, CONFIRM);
		send(s, MASTER, &o, say);
		say->last = true;
	}
}

/* Select, operate: the answers repeat the relay output block. */
static void
control(struct state *s, struct say *say)
{
	unsigned dir = s->step & 1;
	struct octets o;

	if (dir == MASTER)
		s->seq = (s->seq + 1) & 0x0f;
	head(&o, FIR_FIN | s->seq,
	    dir == OUTSTATION ? RESPONSE
	    : s->step == 0    ? SELECT
	                      : OPERATE);
	build_dnp3_indexed(&o, 12, 1, 1);
	octets_le(&o, s->index % 32, 2);
	octets_u8(&o, s->index & 1 ? 0x41 : 0x81); /* close or trip, pulse */
	octets_u8(&o, 1);
	octets_le(&o, 100, 4);
	octets_le(&o, 0, 4);
	octets_u8(&o, 0);
	send(s, dir, &o, say);
	say->last = s->step == 3;
}

static void
spontaneous(struct state *s, struct prng *r, struct say *say)
{
	struct octets o;

	say->last = s->step == 1;
	if (s->step == 0) {
		s->unsolicited = (s->unsolicited + 1) & 0x0f;
		head(&o, FIR_FIN | CON | UNS | s->unsolicited, UNSOLICITED);
		changes(&o, s, r, say->us);
		send(s, OUTSTATION, &o, say);
		return;
	}
	head(&o, FIR_FIN | UNS | s->unsolicited, CONFIRM);
	send(s, MASTER, &o, say);
}

/* An outstation says that it needs the time, and gets it. */
static void
clock_set(struct state *s, struct say *say)
{
	bool asks = s->step < 2;
	struct octets o;

	say->last = s->step == 3;
	if ((s->step & 1) == MASTER) {
		s->seq = (s->seq + 1) & 0x0f;
		head(&o, FIR_FIN | s->seq, asks ? READ : WRITE);
		if (asks) {
			classes(&o, 2, 2);
		} else {
			octets_be(&o, 0x32010701, 4); /* g50v1, one of it */
			octets_le(&o, say->us / 1000, 6);
		}
		send(s, MASTER, &o, say);
		return;
	}
	head(&o, FIR_FIN | s->seq, RESPONSE);
	if (asks)
		o.p[2] = NEED_TIME;
	send(s, OUTSTATION, &o, say);
}

static void
link_status(struct state *s, struct say *say)
{
	struct build_dnp3 ask = { STATUS_REQUEST, s->outstation, s->master };
	struct build_dnp3 say_so = { STATUS, s->master, s->outstation };

	say->dir = s->step;
	build_dnp3_frame(&say->data, s->step == 0 ? &ask : &say_so, NULL, 0);
	say->last = s->step == 1;
}

static enum script
choose(struct prng *r)
{
	uint32_t n = prng_below(r, 100);

	return n < 55   ? EVENTS
	       : n < 62 ? INTEGRITY
	       : n < 66 ? CONTROL
	       : n < 86 ? SPONTANEOUS
	       : n < 96 ? LINK
	                : CLOCK;
}

static void
next(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;

	switch (s->script) {
	case EVENTS:
	case INTEGRITY:
		poll(s, r, say);
		break;
	case CONTROL:
		control(s, say);
		break;
	case SPONTANEOUS:
		spontaneous(s, r, say);
		break;
	case LINK:
		link_status(s, say);
		break;
	default:
		clock_set(s, say);
	}
	s->step++;
	if (say->last) {
		s->script = (uint8_t)choose(r);
		s->step = 0;
		s->index = (uint16_t)prng_next(r);
	}
}

static void
start(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	s->master = (uint16_t)prng_between(r, 1, 9);
	s->outstation = (uint16_t)(10 + index % 60000);
	s->script = from_start ? INTEGRITY : EVENTS;
	if (from_start)
		return;
	s->seq = prng_next(r) & 0x0f;
	s->unsolicited = prng_next(r) & 0x0f;
	s->transport[MASTER] = prng_next(r) & 0x3f;
	s->transport[OUTSTATION] = prng_next(r) & 0x3f;
}

const struct traffic traffic_dnp3 = {
	.group = "dnp3",
	.over = TRAFFIC_TCP,
	.port = 20000,
	.octets = 1,
	.flows = 1,
	.start = start,
	.next = next,
};
