/* SPDX-License-Identifier: Apache-2.0 */
/* A master polls and operates an outstation; one frame arrives broken. */
#include <config.h>

#include "tests/demo/reel.h"
#include "tests/lib/build_dnp3.h"

#define MASTER_IP 0xc000020b     /* 192.0.2.11 */
#define OUTSTATION_IP 0xcb00711f /* 203.0.113.31 */
#define MASTER_ADDRESS 1
#define OUTSTATION_ADDRESS 31
#define BREAKER 4
#define TAP_CHANGER 9
#define LINK_HEAD 10 /* octets in front of the first block */

enum { MASTER, OUTSTATION };
enum {
	CONFIRM = 0,
	READ = 1,
	SELECT = 3,
	OPERATE = 4,
	DIRECT = 5,
	RESPONSE = 129,
	UNSOLICITED = 130
};
enum { FIR_FIN = 0xc0, CON = 0x20, UNS = 0x10 };
enum { CLOSE = 0x41, PULSE_ON = 0x01 };

struct scene {
	struct reel *reel;
	struct talk talk;
	uint64_t us; /* where the scene has got to */
	uint8_t seq, unsolicited;
	uint8_t transport[2];
	struct octets fragment;
};

/* The application's header; objects follow until say(). */
static void
head(struct scene *s, unsigned control, unsigned function)
{
	s->fragment.n = 0;
	octets_u8(&s->fragment, FIR_FIN | control);
	octets_u8(&s->fragment, function);
	if (function >= RESPONSE)
		octets_be(&s->fragment, 0, 2); /* internal indications */
}

static void
frame(struct octets *o, struct scene *s, unsigned dir)
{
	struct build_dnp3 f = { 0xc4, OUTSTATION_ADDRESS, MASTER_ADDRESS };

	if (dir == OUTSTATION)
		f = (struct build_dnp3){ 0x44, MASTER_ADDRESS,
			OUTSTATION_ADDRESS };
	o->n = 0;
	build_dnp3_fragment(o, &f, &s->transport[dir], &s->fragment);
}

static void
send(struct scene *s, unsigned dir, const struct octets *o, uint64_t after_us)
{
	s->us += after_us;
	reel_say(s->reel, s->us, &s->talk, dir, o);
	s->us += REEL_MS;
}

static void
say(struct scene *s, unsigned dir, uint64_t after_us)
{
	struct octets o;

	frame(&o, s, dir);
	send(s, dir, &o, after_us);
}

/* A binary input and an analogue that changed, with their time. */
static void
changes(struct scene *s, unsigned state, uint32_t value)
{
	struct octets *o = &s->fragment;
	uint64_t ms = (s->reel->begin + s->us) / 1000;

	build_dnp3_indexed(o, 2, 2, 1);
	octets_le(o, BREAKER, 2);
	octets_u8(o, state);
	octets_le(o, ms, 6);
	build_dnp3_indexed(o, 32, 3, 1);
	octets_le(o, 2, 2);
	octets_u8(o, 0x01);
	octets_le(o, value, 4);
	octets_le(o, ms, 6);
}

/* All that happened: classes 1 to 3. */
static void
poll(struct scene *s)
{
	s->seq = (s->seq + 1) & 0x0f;
	head(s, s->seq, READ);
	for (unsigned variation = 2; variation <= 4; variation++) {
		octets_be(&s->fragment, 60U << 8 | variation, 2);
		octets_u8(&s->fragment, 0x06);
	}
	say(s, MASTER, 10 * REEL_MS);
	head(s, CON | s->seq, RESPONSE);
	changes(s, 0x01, 20580);
	say(s, OUTSTATION, 35 * REEL_MS);
	head(s, s->seq, CONFIRM);
	say(s, MASTER, 8 * REEL_MS);
}

/* A control relay output block there and, with its status, back. */
static void
control(struct scene *s, unsigned function, unsigned index, unsigned code)
{
	s->seq = (s->seq + 1) & 0x0f;
	for (unsigned dir = MASTER; dir <= OUTSTATION; dir++) {
		head(s, s->seq, dir == MASTER ? function : RESPONSE);
		build_dnp3_indexed(&s->fragment, 12, 1, 1);
		octets_le(&s->fragment, index, 2);
		octets_u8(&s->fragment, code);
		octets_u8(&s->fragment, 1);      /* once */
		octets_le(&s->fragment, 100, 4); /* ms on */
		octets_le(&s->fragment, 0, 4);   /* ms off */
		octets_u8(&s->fragment, 0);      /* success */
		say(s, dir, 25 * REEL_MS);
	}
}

static void
unsolicited(struct scene *s, unsigned state, uint32_t value)
{
	s->unsolicited = (s->unsolicited + 1) & 0x0f;
	head(s, CON | UNS | s->unsolicited, UNSOLICITED);
	changes(s, state, value);
}

static void
confirmed(struct scene *s)
{
	head(s, UNS | s->unsolicited, CONFIRM);
	say(s, MASTER, 12 * REEL_MS);
}

/* The first block's CRC is wrong: no confirm, so it is said once more. */
static void
wrong_crc(struct scene *s)
{
	struct octets o;

	unsolicited(s, 0x01, 20490);
	frame(&o, s, OUTSTATION);
	o.p[LINK_HEAD + 16] ^= 0x40;
	send(s, OUTSTATION, &o, 4 * REEL_SECOND);
	say(s, OUTSTATION, 5 * REEL_SECOND);
	confirmed(s);
}

void
demo_dnp3(struct reel *reel)
{
	struct scene s = { .reel = reel,
		.us = 2 * REEL_SECOND + 400 * REEL_MS,
		.seq = 4,
		.unsolicited = 10 };

	s.talk.end[MASTER] = talk_end(MASTER_IP, 50122, &reel->r);
	s.talk.end[OUTSTATION] = talk_end(OUTSTATION_IP, 20000, &reel->r);
	reel_open(reel, s.us, &s.talk);
	s.us += 3 * REEL_MS;
	poll(&s);
	s.us += 3 * REEL_SECOND;
	control(&s, SELECT, BREAKER, CLOSE);
	control(&s, OPERATE, BREAKER, CLOSE);
	unsolicited(&s, 0x81, 20610);
	say(&s, OUTSTATION, 80 * REEL_MS);
	confirmed(&s);
	s.us += 4 * REEL_SECOND;
	control(&s, DIRECT, TAP_CHANGER, PULSE_ON);
	wrong_crc(&s);
	s.us += 2 * REEL_SECOND;
	poll(&s);
}
