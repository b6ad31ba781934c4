/* SPDX-License-Identifier: Apache-2.0 */
/* A control centre and a station that speak IEC 60870-5-104. */
#include <config.h>

#include "tests/bench/traffic.h"
#include "tests/lib/build_iec104.h"

#define WINDOW 8       /* w: I frames until an S frame */
#define T2_US 10000000 /* or so long after the first of them */
#define POINTS 20      /* of a station whose points are all commanded */
#define STRIDE 7       /* between two of them: nobody goes upwards */
#define MASTER 0
#define STATION 1

enum {
	SP = 1,
	DP = 3,
	ST = 5,
	BO = 7,
	ME_N = 9,
	ME_S = 11,
	ME_F = 13,
	IT = 15
};
enum { SPONT = 3, ACT = 6, CON = 7, TERM = 10, INTROGEN = 20, RETURN = 11 };
enum { SC = 45, IC = 100, CS = 103, QOI_STATION = 20, SELECT = 0x80 };
enum { STARTDT = 0x07, STARTDT_CON = 0x0b, TESTFR = 0x43, TESTFR_CON = 0x83 };

enum script {
	START,
	INTERROGATION,
	SPONTANEOUS,
	COMMAND,
	TEST,
	CLOCK,
	ACKNOWLEDGE
};

struct state {
	uint16_t sent[2]; /* N(S) of the next I frame */
	uint16_t ca;
	uint8_t script, step, unacknowledged;
	uint32_t ioa;
	uint8_t points, point; /* all are commanded, one after the other */
	uint64_t first_us;     /* when the first of the unacknowledged came */
};

/* A new I frame's control fields and identifier. */
static struct build_iec104
frame(struct state *s, unsigned dir, uint8_t type, uint8_t vsq, uint8_t cot)
{
	struct build_iec104 a = { .ns = s->sent[dir],
		.nr = s->sent[!dir],
		.type = type,
		.vsq = vsq,
		.cot = cot,
		.ca = s->ca };

	s->sent[dir] = (s->sent[dir] + 1) & 0x7fff;
	s->unacknowledged = dir == STATION ? s->unacknowledged + 1 : 0;
	return a;
}

/* Value and quality of a type without a time tag. */
static void
element(struct octets *o, struct prng *r, uint8_t type)
{
	uint32_t v = prng_next(r);

	switch (type) {
	case SP:
	case DP:
		octets_u8(o, type == SP ? v & 1 : 1 + (v & 1));
		return;
	case ST:
		octets_le(o, v & 0x1f, 2); /* position, quality good */
		return;
	case BO:
	case IT:
		octets_le(o, v, 5); /* quality or sequence 0 */
		return;
	case ME_F:
		build_iec104_float(o, 110.0F + (float)(v % 2000) / 1000.0F);
		octets_u8(o, 0);
		return;
	default: /* normalized and scaled values */
		octets_le(o, v & 0x3fff, 3);
	}
}

/* One to three values that changed, some of them with a time tag. */
static void
spontaneous(struct state *s, struct prng *r, struct say *say)
{
	static const uint8_t types[] = { SP, DP, ST, BO, ME_N, ME_S, ME_F, ME_F,
		IT };

	for (uint32_t n = 1 + prng_below(r, 3); n > 0; n--) {
		uint8_t type = types[prng_below(r, sizeof(types))];
		bool tagged = prng_chance(r, 50);
		/* types 30 to 37 are the first eight with CP56Time2a */
		struct build_iec104 a =
		    frame(s, STATION, tagged ? 30 + type / 2 : type, 1, SPONT);
		size_t at = build_iec104_open(&say->data, &a);

		build_iec104_ioa(&say->data, s->ioa + prng_below(r, 500));
		element(&say->data, r, type);
		if (tagged)
			build_iec104_time(&say->data, say->us);
		build_iec104_close(&say->data, at);
	}
}

/* A sequence of count objects that answers an interrogation. */
static void
sequence(struct state *s, struct prng *r, struct say *say, uint8_t type,
    unsigned count)
{
	struct build_iec104 a =
	    frame(s, STATION, type, 0x80 | (uint8_t)count, INTROGEN);
	size_t at = build_iec104_open(&say->data, &a);

	build_iec104_ioa(&say->data, s->ioa);
	while (count-- > 0)
		element(&say->data, r, type);
	build_iec104_close(&say->data, at);
}

static void
command(struct state *s, struct say *say, uint8_t type, uint8_t cot,
    uint8_t qualifier)
{
	unsigned dir = cot == ACT ? MASTER : STATION;
	struct build_iec104 a = frame(s, dir, type, 1, cot);
	size_t at = build_iec104_open(&say->data, &a);

	say->dir = dir;
	build_iec104_ioa(&say->data, type == SC ? s->ioa : 0);
	if (type == CS)
		build_iec104_time(&say->data, say->us);
	else
		octets_u8(&say->data, qualifier);
	build_iec104_close(&say->data, at);
}

static void
acknowledge(struct state *s, struct say *say)
{
	say->dir = MASTER;
	build_iec104_s(&say->data, s->sent[STATION]);
	s->unacknowledged = 0;
	say->last = true;
}

static void
interrogation(struct state *s, struct prng *r, struct say *say)
{
	say->dir = STATION;
	switch (s->step) {
	case 0:
		command(s, say, IC, ACT, QOI_STATION);
		return;
	case 1:
		command(s, say, IC, CON, QOI_STATION);
		return;
	case 2:
		sequence(s, r, say, SP, prng_between(r, 10, 60));
		sequence(s, r, say, ME_F, prng_between(r, 5, 40));
		return;
	case 3:
		command(s, say, IC, TERM, QOI_STATION);
		return;
	default:
		acknowledge(s, say);
	}
}

/* Select, execute, what they did. */
static void
operate(struct state *s, struct say *say)
{
	static const uint8_t cot[] = { ACT, CON, ACT, CON, TERM };
	uint8_t on = s->ioa & 1;

	command(s, say, SC, cot[s->step], s->step < 2 ? SELECT | on : on);
	if (s->step == 3) {
		struct build_iec104 a = frame(s, STATION, SP, 1, RETURN);
		size_t at = build_iec104_open(&say->data, &a);

		build_iec104_ioa(&say->data, s->ioa + 1);
		octets_u8(&say->data, on);
		build_iec104_close(&say->data, at);
	}
	say->last = s->step == sizeof(cot) - 1;
	if (!say->last || s->points == 0)
		return;
	s->ioa -= s->point;
	s->point = (uint8_t)((s->point + STRIDE) % s->points);
	s->ioa += s->point;
}

static void
speak(struct state *s, struct prng *r, struct say *say)
{
	switch (s->script) {
	case START:
		say->dir = s->step;
		build_iec104_u(
		    &say->data, s->step == 0 ? STARTDT : STARTDT_CON);
		break;
	case INTERROGATION:
		interrogation(s, r, say);
		return;
	case COMMAND:
		operate(s, say);
		return;
	case TEST:
		say->dir = s->step;
		build_iec104_u(&say->data, s->step == 0 ? TESTFR : TESTFR_CON);
		break;
	case CLOCK:
		command(s, say, CS, s->step == 0 ? ACT : CON, 0);
		break;
	case ACKNOWLEDGE:
		acknowledge(s, say);
		return;
	default:
		say->dir = STATION;
		say->last = true;
		spontaneous(s, r, say);
		return;
	}
	say->last = s->step == 1;
}

static enum script
choose(const struct state *s, struct prng *r)
{
	uint32_t n = prng_below(r, 100);

	if (s->points > 0 && s->script == SPONTANEOUS)
		return COMMAND;
	if (s->points > 0)
		return SPONTANEOUS;
	if (s->script == START && s->sent[MASTER] == 0)
		return INTERROGATION;
	return n < 86   ? SPONTANEOUS
	       : n < 92 ? TEST
	       : n < 95 ? COMMAND
	       : n < 98 ? INTERROGATION
	                : CLOCK;
}

/* The master may not wait for the next exchange: w or t2 would be exceeded. */
static bool
due(const struct state *s, const struct say *say)
{
	return s->unacknowledged >= WINDOW ||
	       (s->unacknowledged > 0 &&
	           say->us - s->first_us + 2 * (uint64_t)say->pause_us > T2_US);
}

static void
next(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	bool none = s->unacknowledged == 0;

	speak(s, r, say);
	if (none)
		s->first_us = say->us;
	s->step++;
	if (!say->last)
		return;
	say->last = !due(s, say);
	s->script = say->last ? (uint8_t)choose(s, r) : ACKNOWLEDGE;
	s->step = 0;
}

static void
start(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	s->ca = (uint16_t)(1 + index % 60000);
	s->ioa = prng_between(r, 1000, 60000);
	s->script = from_start ? START : SPONTANEOUS;
	for (int dir = 0; !from_start && dir < 2; dir++)
		s->sent[dir] = prng_next(r) & 0x7fff;
}

static void
start_points(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	start(state, r, index, from_start);
	s->points = POINTS;
}

const struct traffic traffic_points = {
	.group = "points",
	.over = TRAFFIC_TCP,
	.port = 2404,
	.octets = 1,
	.flows = 1,
	.start = start_points,
	.next = next,
};

const struct traffic traffic_iec104 = {
	.group = "104",
	.over = TRAFFIC_TCP,
	.port = 2404,
	.octets = 1,
	.flows = 1,
	.start = start,
	.next = next,
};
