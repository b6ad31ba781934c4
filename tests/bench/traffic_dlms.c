/* SPDX-License-Identifier: Apache-2.0 */
/* A head-end that reads meters by DLMS/COSEM: wrapper, or HDLC in TCP. */
#include <config.h>

#include <time.h>

#include "tests/bench/traffic.h"
#include "tests/lib/build_dlms.h"

#define SERVER 1
#define PUBLIC 16
#define READER 1

enum { HEAD_END, METER };
enum { SNRM = 0x93, UA = 0x73, I_FRAME = 0x10 };
enum { GET_CIPHERED = 0xc8, GOT_CIPHERED = 0xcc };
enum { ACTION_CIPHERED = 0xcb, ACTED_CIPHERED = 0xcf };
enum { RLRQ = 0x6203, RLRE = 0x6303 };
enum { LOGGED_IN = 0, AUTHENTICATION_REQUIRED = 14 };

/* A session is link, association, proof of the key, reads, release. */
enum step { LINK, ASSOCIATE, PROVE, READ, RELEASE };

struct state {
	uint32_t index, counter[2];
	uint8_t mechanism, step, reads;
	uint8_t invoke_id;
	uint8_t frames[2];       /* HDLC: N(S) of the next I frame */
	bool answer, hdlc, once; /* once: one read, and it is over */
};

static const struct build_dlms_object objects[] = {
	{ 8, { 0, 0, 1, 0, 0, 255 }, 2 },  /* clock */
	{ 3, { 1, 0, 1, 8, 0, 255 }, 2 },  /* active energy */
	{ 3, { 1, 0, 32, 7, 0, 255 }, 2 }, /* voltage */
	{ 7, { 1, 0, 99, 1, 0, 255 }, 2 }, /* load profile */
};

static void
title(uint8_t t[BUILD_DLMS_TITLE], const struct state *s, unsigned dir)
{
	uint32_t v = s->index; /* each head-end of ours has one meter */

	if (dir == HEAD_END)
		memcpy(t, s->hdlc ? "HEH" : "HEW", 3);
	else
		memcpy(t, s->hdlc ? "MTH" : "MTW", 3);
	for (size_t i = 3; i < BUILD_DLMS_TITLE; i++)
		t[i] = (uint8_t)((uint64_t)v >> (8 * (7 - i)));
}

/* A challenge that nobody used before. */
static const char *
once(char *challenge, struct prng *r)
{
	for (size_t i = 0; challenge[i] != '\0'; i++)
		challenge[i] = (char)('a' + prng_below(r, 26));
	return challenge;
}

static void
associate(struct state *s, struct prng *r, struct octets *o)
{
	unsigned dir = s->answer ? METER : HEAD_END;
	struct build_dlms_acse a = { .mechanism = s->mechanism };
	char challenge[] = "P6wRJ21F";
	bool gmac = s->mechanism == BUILD_DLMS_GMAC;
	uint8_t t[BUILD_DLMS_TITLE];

	title(t, s, dir);
	a.context = gmac ? 3 : 1;
	a.title = gmac ? t : NULL;
	a.diagnostic = gmac ? AUTHENTICATION_REQUIRED : LOGGED_IN;
	if (gmac)
		a.secret = once(challenge, r);
	if (gmac)
		build_dlms_ciphered(
		    &a.user, s->answer ? 0x28 : 0x21, s->counter[dir]++, r, 14);
	else if (s->answer)
		build_dlms_initiate_response(&a.user);
	else
		build_dlms_initiate_request(&a.user);
	if (s->answer)
		build_dlms_aare(o, &a);
	else
		build_dlms_aarq(o, &a);
}

static void
date_time(struct octets *o, uint64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	octets_be(o, 0x090c, 2);
	octets_be(o, (uint64_t)tm.tm_year + 1900, 2);
	octets_u8(o, (unsigned)tm.tm_mon + 1);
	octets_u8(o, (unsigned)tm.tm_mday);
	octets_u8(o, tm.tm_wday == 0 ? 7 : (unsigned)tm.tm_wday);
	octets_u8(o, (unsigned)tm.tm_hour);
	octets_u8(o, (unsigned)tm.tm_min);
	octets_u8(o, (unsigned)tm.tm_sec);
	octets_be(o, 0, 4); /* hundredths, deviation, status */
}

/* Rows of a load profile: time and two registers. */
static void
profile(struct octets *o, struct prng *r, uint64_t us)
{
	unsigned rows = prng_between(r, 1, 3);

	octets_u8(o, 0x01);
	octets_u8(o, rows);
	for (unsigned i = rows; i > 0; i--) {
		octets_be(o, 0x0203, 2);
		date_time(o, us - us % 900000000 - i * UINT64_C(900000000));
		octets_u8(o, 0x06);
		octets_be(o, prng_below(r, 10000000), 4);
		octets_u8(o, 0x06);
		octets_be(o, prng_below(r, 10000000), 4);
	}
}

static void
read_object(struct state *s, struct prng *r, struct octets *o, uint64_t us)
{
	size_t which = s->reads % (sizeof(objects) / sizeof(*objects));

	if (s->mechanism == BUILD_DLMS_GMAC) {
		unsigned dir = s->answer ? METER : HEAD_END;

		build_dlms_ciphered(o, s->answer ? GOT_CIPHERED : GET_CIPHERED,
		    s->counter[dir]++, r,
		    s->answer ? 8 + 24 * (which == 3) : 13);
		return;
	}
	if (!s->answer) {
		s->invoke_id = (s->invoke_id + 1) & 0x0f;
		build_dlms_get(o, s->invoke_id, &objects[which]);
		return;
	}
	build_dlms_got(o, s->invoke_id);
	if (which == 0) {
		date_time(o, us);
	} else if (which == 3) {
		profile(o, r, us);
	} else {
		octets_u8(o, 0x06);
		octets_be(o, prng_below(r, 10000000), 4);
	}
}

static void
apdu(struct state *s, struct prng *r, struct octets *o, uint64_t us)
{
	unsigned dir = s->answer ? METER : HEAD_END;

	o->n = 0;
	switch (s->step) {
	case ASSOCIATE:
		associate(s, r, o);
		return;
	case PROVE: /* reply_to_HLS_authentication and its answer */
		build_dlms_ciphered(o,
		    s->answer ? ACTED_CIPHERED : ACTION_CIPHERED,
		    s->counter[dir]++, r, s->answer ? 24 : 31);
		return;
	case READ:
		read_object(s, r, o, us);
		return;
	default:
		octets_be(o, s->answer ? RLRE : RLRQ, 2);
		octets_be(o, 0x800100, 3);
	}
}

/* After the answer of a step. */
static void
advance(struct state *s, struct prng *r, struct say *say)
{
	if (s->step == READ && s->reads > 0) {
		s->reads--;
		say->last = s->reads % 4 == 0;
		say->end = say->last && s->once;
		return;
	}
	if (s->step == RELEASE) {
		s->step = ASSOCIATE;
		say->last = true;
		return;
	}
	s->step++;
	if (s->step == PROVE && s->mechanism != BUILD_DLMS_GMAC)
		s->step = READ;
	if (s->step == READ)
		s->reads = s->once ? 1 : (uint8_t)prng_between(r, 4, 24);
}

static void
next_wrapper(void *state, struct prng *r, struct say *say)
{
	struct state *s = state;
	uint16_t client = s->mechanism == BUILD_DLMS_NONE ? PUBLIC : READER;
	struct octets o;

	say->dir = s->answer ? METER : HEAD_END;
	apdu(s, r, &o, say->us);
	build_dlms_wrap(&say->data, s->answer ? SERVER : client,
	    s->answer ? client : SERVER, &o);
	if (s->answer)
		advance(s, r, say);
	s->answer = !s->answer;
}

static void
next_hdlc(void *state, struct prng *r, struct say *say)
{
	static const uint8_t limits[] = { 0x81, 0x80, 0x14, 0x05, 0x02, 0x00,
		0x80, 0x06, 0x02, 0x00, 0x80, 0x07, 0x04, 0, 0, 0, 1, 0x08,
		0x04, 0, 0, 0, 1 };
	struct state *s = state;
	uint8_t client = s->mechanism == BUILD_DLMS_NONE ? PUBLIC : READER;
	unsigned dir = say->dir = s->answer ? METER : HEAD_END;
	struct octets o, llc;

	if (s->step == LINK) {
		s->frames[0] = s->frames[1] = 0;
		build_dlms_hdlc(&say->data, !s->answer, client, SERVER,
		    s->answer ? UA : SNRM, limits, sizeof(limits));
	} else {
		apdu(s, r, &o, say->us);
		llc.n = 0;
		octets_be(&llc, s->answer ? 0xe6e700 : 0xe6e600, 3);
		octets_add(&llc, &o);
		build_dlms_hdlc(&say->data, !s->answer, client, SERVER,
		    (uint8_t)(s->frames[!dir] << 5 | I_FRAME |
		              s->frames[dir] << 1),
		    llc.p, llc.n);
		s->frames[dir] = (s->frames[dir] + 1) & 7;
	}
	if (s->answer)
		advance(s, r, say);
	s->answer = !s->answer;
}

static void
begin(struct state *s, struct prng *r, uint32_t index, bool from_start)
{
	static const uint8_t mechanisms[] = { BUILD_DLMS_GMAC, BUILD_DLMS_GMAC,
		BUILD_DLMS_NONE, BUILD_DLMS_NONE };

	s->index = index;
	s->mechanism = mechanisms[index % sizeof(mechanisms)];
	s->counter[HEAD_END] = prng_below(r, 1000000);
	s->counter[METER] = prng_below(r, 1000000);
	s->step = from_start ? ASSOCIATE : READ;
	s->reads = (uint8_t)prng_between(r, 1, 12);
}

static void
start_wrapper(void *state, struct prng *r, uint32_t index, bool from_start)
{
	begin(state, r, index, from_start);
}

static void
start_hdlc(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	begin(s, r, index, from_start);
	s->hdlc = true;
	if (from_start)
		s->step = LINK;
}

static void
start_meters(void *state, struct prng *r, uint32_t index, bool from_start)
{
	struct state *s = state;

	(void)from_start;
	begin(s, r, index, true);
	s->mechanism = BUILD_DLMS_GMAC;
	s->once = true;
}

/* Counters go on, over all connections of a meter. */
static void
go_on(void *state, const void *before)
{
	const struct state *was = before;
	struct state *s = state;

	memcpy(s->counter, was->counter, sizeof(s->counter));
}

const struct traffic traffic_dlms = {
	.group = "dlms",
	.over = TRAFFIC_TCP,
	.port = 4059,
	.octets = 3,
	.flows = 3,
	.start = start_wrapper,
	.again = go_on,
	.next = next_wrapper,
};

/* Each session is of one read, over UDP: what there is most of is meters. */
const struct traffic traffic_meters = {
	.group = "meters",
	.over = TRAFFIC_UDP,
	.port = 4061,
	.octets = 1,
	.flows = 1,
	.ends = true,
	.start = start_meters,
	.again = go_on,
	.next = next_wrapper,
};

const struct traffic traffic_dlms_hdlc = {
	.group = "dlms",
	.over = TRAFFIC_TCP,
	.port = 4060,
	.octets = 1,
	.flows = 1,
	.start = start_hdlc,
	.again = go_on,
	.next = next_hdlc,
};
