/* SPDX-License-Identifier: Apache-2.0 */
/* A control centre and a station at work, and four things that are wrong. */
#include <config.h>

#include "tests/demo/reel.h"
#include "tests/lib/build_iec104.h"

#define CENTRE_IP 0xc000020a  /* 192.0.2.10 */
#define STATION_IP 0xc6336415 /* 198.51.100.21 */
#define OTHER_IP 0xc6336416   /* 198.51.100.22 */
#define CA 7
#define BREAKER_COMMAND 6001
#define BREAKER 101 /* its position */
#define VOLTAGE 2001

enum { CENTRE, STATION };
enum { SPONT = 3, ACT = 6, CON = 7, TERM = 10, RETURN = 11, INTROGEN = 20 };
enum { NEGATIVE = 0x40, SEQUENCE = 0x80, SELECT = 0x80 };
enum { OFF = 1, ON = 2 };

struct scene {
	struct reel *reel;
	struct talk talk;
	uint16_t sent[2];
	struct octets data;
	uint64_t us; /* where the scene has got to */
	unsigned dir;
	size_t open;
};

/* Begins an ASDU of the end that sends; say() ends and sends it. */
static void
asdu(struct scene *s, unsigned dir, uint8_t type, uint8_t vsq, uint8_t cot)
{
	struct build_iec104 a = { .ns = s->sent[dir]++,
		.nr = s->sent[!dir],
		.type = type,
		.vsq = vsq,
		.cot = cot,
		.ca = CA };

	s->dir = dir;
	s->open = build_iec104_open(&s->data, &a);
}

static void
flush(struct scene *s, uint64_t after_us)
{
	s->us += after_us;
	reel_say(s->reel, s->us, &s->talk, s->dir, &s->data);
	s->us += REEL_MS;
	s->data.n = 0;
}

static void
say(struct scene *s, uint64_t after_us)
{
	build_iec104_close(&s->data, s->open);
	flush(s, after_us);
}

static void
unnumbered(struct scene *s, unsigned dir, uint8_t function, uint64_t after_us)
{
	s->dir = dir;
	build_iec104_u(&s->data, function);
	flush(s, after_us);
}

static void
acknowledge(struct scene *s, uint64_t after_us)
{
	s->dir = CENTRE;
	build_iec104_s(&s->data, s->sent[STATION]);
	flush(s, after_us);
}

static void
time_tag(struct scene *s)
{
	build_iec104_time(&s->data, s->reel->begin + s->us);
}

/* One object of one octet: qualifiers, states, commands. */
static void
single(struct scene *s, unsigned dir, uint8_t type, uint8_t cot, uint32_t ioa,
    uint8_t v)
{
	asdu(s, dir, type, 1, cot);
	build_iec104_ioa(&s->data, ioa);
	octets_u8(&s->data, v);
	say(s, 20 * REEL_MS);
}

static void
interrogation(struct scene *s)
{
	single(s, CENTRE, 100, ACT, 0, 20);
	single(s, STATION, 100, CON, 0, 20);
	asdu(s, STATION, 1, SEQUENCE | 8, INTROGEN);
	build_iec104_ioa(&s->data, 1);
	octets_be(&s->data, 0x0100010100000100, 8);
	say(s, 10 * REEL_MS);
	asdu(s, STATION, 3, SEQUENCE | 2, INTROGEN);
	build_iec104_ioa(&s->data, BREAKER);
	octets_be(&s->data, ON << 8 | OFF, 2);
	say(s, 10 * REEL_MS);
	asdu(s, STATION, 13, 3, INTROGEN);
	for (uint32_t i = 0; i < 3; i++) {
		build_iec104_ioa(&s->data, VOLTAGE + 10 * i);
		build_iec104_float(&s->data, 110.25F + (float)i);
		octets_u8(&s->data, 0);
	}
	say(s, 10 * REEL_MS);
	single(s, STATION, 100, TERM, 0, 20);
	acknowledge(s, 100 * REEL_MS);
}

/* A measured value as short float, time-tagged. */
static void
measured(struct scene *s, float v)
{
	asdu(s, STATION, 36, 1, SPONT);
	build_iec104_ioa(&s->data, VOLTAGE);
	build_iec104_float(&s->data, v);
	octets_u8(&s->data, 0);
	time_tag(s);
	say(s, 2 * REEL_SECOND);
}

static void
clock_set(struct scene *s)
{
	for (unsigned dir = CENTRE; dir <= STATION; dir++) {
		asdu(s, dir, 103, 1, dir == CENTRE ? ACT : CON);
		build_iec104_ioa(&s->data, 0);
		time_tag(s);
		say(s, 15 * REEL_MS);
	}
}

static void
breaker_moves(struct scene *s, uint8_t position)
{
	asdu(s, STATION, 31, 1, RETURN);
	build_iec104_ioa(&s->data, BREAKER);
	octets_u8(&s->data, position);
	time_tag(s);
	say(s, 60 * REEL_MS);
}

/* Select before operate, and later one that the station refuses. */
static void
commands(struct scene *s)
{
	single(s, CENTRE, 45, ACT, BREAKER_COMMAND, SELECT | 0);
	single(s, STATION, 45, CON, BREAKER_COMMAND, SELECT | 0);
	single(s, CENTRE, 45, ACT, BREAKER_COMMAND, 0);
	single(s, STATION, 45, CON, BREAKER_COMMAND, 0);
	breaker_moves(s, OFF);
	single(s, STATION, 45, TERM, BREAKER_COMMAND, 0);
	acknowledge(s, 100 * REEL_MS);
	s->us += 3 * REEL_SECOND;
	single(s, CENTRE, 45, ACT, BREAKER_COMMAND + 1, SELECT | 1);
	single(s, STATION, 45, NEGATIVE | CON, BREAKER_COMMAND + 1, SELECT | 1);
}

/* Five objects are announced and two are there. */
static void
wrong_count(struct scene *s)
{
	asdu(s, STATION, 1, 5, SPONT);
	for (uint32_t i = 1; i <= 2; i++) {
		build_iec104_ioa(&s->data, i);
		octets_u8(&s->data, 1);
	}
	say(s, 2 * REEL_SECOND);
}

/* Octets that are no APDU between two that are. */
static void
junk(struct scene *s)
{
	static const uint8_t octets[] = { 0xde, 0xad, 0xbe, 0xef, 0x00 };

	asdu(s, STATION, 1, 1, SPONT);
	build_iec104_ioa(&s->data, 3);
	octets_u8(&s->data, 1);
	build_iec104_close(&s->data, s->open);
	octets_put(&s->data, octets, sizeof(octets));
	asdu(s, STATION, 1, 1, SPONT);
	build_iec104_ioa(&s->data, 4);
	octets_u8(&s->data, 0);
	say(s, 2 * REEL_SECOND);
}

/*
 * A command's segment comes a second time and now says on.  This is how
 * someone on the way would make two observers see two commands.
 */
static void
overlap(struct scene *s)
{
	struct octets frame, other;
	size_t n;

	asdu(s, CENTRE, 45, 1, ACT);
	build_iec104_ioa(&s->data, BREAKER_COMMAND);
	octets_u8(&s->data, SELECT | 0);
	build_iec104_close(&s->data, s->open);
	other = s->data;
	n = other.n;
	other.p[n - 1] = SELECT | 1;
	s->us += 2 * REEL_SECOND;
	reel_tcp(
	    s->reel, s->us, &s->talk, CENTRE, TALK_ACK | TALK_PSH, &s->data);
	s->data.n = 0;
	talk_again(&frame, &s->talk, CENTRE, (uint32_t)n, other.p, n);
	reel_add(s->reel, s->us + 7 * REEL_MS, &frame);
	s->us += 9 * REEL_MS;
	reel_tcp(s->reel, s->us, &s->talk, STATION, TALK_ACK, NULL);
	single(s, STATION, 45, CON, BREAKER_COMMAND, SELECT | 0);
}

/* A second station, whose connection is older than the capture. */
static void
other_station(struct reel *reel)
{
	struct scene s = {
		.reel = reel, .us = 3 * REEL_SECOND, .sent = { 207, 18230 }
	};

	s.talk.end[CENTRE] = talk_end(CENTRE_IP, 49187, &reel->r);
	s.talk.end[STATION] = talk_end(OTHER_IP, 2404, &reel->r);
	measured(&s, 20.61F);
	measured(&s, 20.58F);
	acknowledge(&s, 200 * REEL_MS);
	junk(&s);
	measured(&s, 20.63F);
	acknowledge(&s, 200 * REEL_MS);
}

void
demo_iec104(struct reel *reel)
{
	struct scene s = { .reel = reel, .us = 1 * REEL_SECOND };

	s.talk.end[CENTRE] = talk_end(CENTRE_IP, 49211, &reel->r);
	s.talk.end[STATION] = talk_end(STATION_IP, 2404, &reel->r);
	reel_open(reel, s.us, &s.talk);
	s.us += 3 * REEL_MS;
	unnumbered(&s, CENTRE, 0x07, 10 * REEL_MS);
	unnumbered(&s, STATION, 0x0b, 10 * REEL_MS);
	interrogation(&s);
	clock_set(&s);
	measured(&s, 110.31F);
	measured(&s, 110.12F);
	commands(&s);
	acknowledge(&s, 500 * REEL_MS);
	wrong_count(&s);
	overlap(&s);
	acknowledge(&s, 500 * REEL_MS);
	s.us += 10 * REEL_SECOND;
	unnumbered(&s, CENTRE, 0x43, 0);
	unnumbered(&s, STATION, 0x83, 12 * REEL_MS);
	measured(&s, 110.20F);
	other_station(reel);
}
