/* SPDX-License-Identifier: Apache-2.0 */
/* A meter is read under a key, refuses a password, gets half a request. */
#include <config.h>

#include "tests/demo/reel.h"
#include "tests/lib/build_dlms.h"

#define HEAD_END_IP 0xc0000228 /* 192.0.2.40 */
#define STRANGER_IP 0xc0000242 /* 192.0.2.66 */
#define METER_IP 0xcb007133    /* 203.0.113.51 */
#define OTHER_METER_IP 0xcb007134
#define PORT 4059
#define MANAGEMENT 1 /* logical device, and client that may do all */
#define READER 2
#define PUBLIC 16

enum { CLIENT, METER };
enum { INITIATE_CIPHERED = 0x21, INITIATED_CIPHERED = 0x28 };
enum { GET_CIPHERED = 0xc8, GOT_CIPHERED = 0xcc };
enum { ACTION_CIPHERED = 0xcb, ACTED_CIPHERED = 0xcf };
enum { REJECTED = 1, AUTHENTICATION_FAILURE = 13, AUTHENTICATION_REQUIRED };

static const uint8_t titles[2][BUILD_DLMS_TITLE] = {
	{ 'G', 'T', 'P', 0x00, 0x00, 0x00, 0x00, 0x01 },
	{ 'G', 'T', 'P', 0x26, 0x05, 0x00, 0x47, 0x11 },
};
static const struct build_dlms_object meter_time = {
	.class = 8, .obis = { 0, 0, 1, 0, 0, 255 }, .attribute = 2
};
static const struct build_dlms_object voltage = {
	.class = 3, .obis = { 1, 0, 32, 7, 0, 255 }, .attribute = 2
};

struct scene {
	struct reel *reel;
	struct talk talk;
	uint16_t client;     /* its wPort */
	uint32_t counter[2]; /* of invocation, next */
	uint64_t us;         /* where the scene has got to */
	struct octets apdu;
};

static void
say(struct scene *s, unsigned dir, uint64_t after_us)
{
	uint16_t from = dir == CLIENT ? s->client : MANAGEMENT;
	uint16_t to = dir == CLIENT ? MANAGEMENT : s->client;
	struct octets data = { .n = 0 };

	build_dlms_wrap(&data, from, to, &s->apdu);
	s->apdu.n = 0;
	s->us += after_us;
	reel_say(s->reel, s->us, &s->talk, dir, &data);
	s->us += REEL_MS;
}

static void
begin(struct scene *s, uint32_t client, uint16_t port, uint32_t meter)
{
	s->talk.end[CLIENT] = talk_end(client, port, &s->reel->r);
	s->talk.end[METER] = talk_end(meter, PORT, &s->reel->r);
}

static void
handshake(struct scene *s)
{
	reel_open(s->reel, s->us, &s->talk);
	s->us += 3 * REEL_MS;
}

/* n octets that only who has the key can read. */
static void
ciphered(struct scene *s, struct octets *o, unsigned dir, uint8_t tag, size_t n)
{
	build_dlms_ciphered(o, tag, s->counter[dir]++, &s->reel->r, n);
}

static void
both_ciphered(struct scene *s, uint8_t ask, size_t n, uint8_t answer, size_t m)
{
	ciphered(s, &s->apdu, CLIENT, ask, n);
	say(s, CLIENT, 40 * REEL_MS);
	ciphered(s, &s->apdu, METER, answer, m);
	say(s, METER, 180 * REEL_MS);
}

static void
associate_ciphered(struct scene *s)
{
	struct build_dlms_acse a = { .context = 3,
		.mechanism = BUILD_DLMS_GMAC,
		.title = titles[CLIENT],
		.secret = "P6wRJ21F" };

	ciphered(s, &a.user, CLIENT, INITIATE_CIPHERED, 14);
	build_dlms_aarq(&s->apdu, &a);
	say(s, CLIENT, 10 * REEL_MS);
	a.title = titles[METER];
	a.secret = "K56iVagY";
	a.diagnostic = AUTHENTICATION_REQUIRED;
	a.user.n = 0;
	ciphered(s, &a.user, METER, INITIATED_CIPHERED, 14);
	build_dlms_aare(&s->apdu, &a);
	say(s, METER, 220 * REEL_MS);
	/* reply_to_HLS_authentication */
	both_ciphered(s, ACTION_CIPHERED, 31, ACTED_CIPHERED, 24);
}

static void
read_ciphered(struct reel *reel)
{
	struct scene s = { .reel = reel,
		.client = MANAGEMENT,
		.counter = { 48213, 19077 },
		.us = 4 * REEL_SECOND + 600 * REEL_MS };

	begin(&s, HEAD_END_IP, 51340, METER_IP);
	handshake(&s);
	associate_ciphered(&s);
	both_ciphered(&s, GET_CIPHERED, 13, GOT_CIPHERED, 18);
	both_ciphered(&s, GET_CIPHERED, 13, GOT_CIPHERED, 9);
	octets_be(&s.apdu, 0x6203800100, 5);
	say(&s, CLIENT, 60 * REEL_MS);
	octets_be(&s.apdu, 0x6303800100, 5);
	say(&s, METER, 110 * REEL_MS);
}

/* Someone else tries a password that is not the meter's. */
static void
refused(struct reel *reel)
{
	struct scene s = { .reel = reel,
		.client = READER,
		.us = 10 * REEL_SECOND + 250 * REEL_MS };
	struct build_dlms_acse a = {
		.context = 1, .mechanism = BUILD_DLMS_LLS, .secret = "12345678"
	};

	begin(&s, STRANGER_IP, 40222, METER_IP);
	handshake(&s);
	build_dlms_initiate_request(&a.user);
	build_dlms_aarq(&s.apdu, &a);
	say(&s, CLIENT, 10 * REEL_MS);
	a.secret = NULL;
	a.result = REJECTED;
	a.diagnostic = AUTHENTICATION_FAILURE;
	a.user.n = 0;
	build_dlms_initiate_response(&a.user);
	build_dlms_aare(&s.apdu, &a);
	say(&s, METER, 190 * REEL_MS);
}

static void
read_voltage(struct scene *s, uint8_t invoke_id, unsigned v)
{
	build_dlms_get(&s->apdu, invoke_id, &voltage);
	say(s, CLIENT, 1 * REEL_SECOND);
	build_dlms_got(&s->apdu, invoke_id);
	octets_u8(&s->apdu, 0x12); /* long-unsigned */
	octets_be(&s->apdu, v, 2);
	say(s, METER, 140 * REEL_MS);
}

/* The request ends in the object's name, and the wrapper says so. */
static void
cut_short(struct scene *s)
{
	build_dlms_get(&s->apdu, 6, &meter_time);
	s->apdu.n = 3 + 2 + 3; /* choice, class, half of the name */
	say(s, CLIENT, 1 * REEL_SECOND);
	octets_be(&s->apdu, 0xd80203, 3); /* service unknown, other reason */
	say(s, METER, 90 * REEL_MS);
}

/* A second meter, whose connection is older than the capture. */
static void
other_meter(struct reel *reel)
{
	struct scene s = { .reel = reel,
		.client = PUBLIC,
		.us = 15 * REEL_SECOND + 500 * REEL_MS };

	begin(&s, HEAD_END_IP, 51298, OTHER_METER_IP);
	read_voltage(&s, 5, 2304);
	cut_short(&s);
	read_voltage(&s, 7, 2301);
}

void
demo_dlms(struct reel *reel)
{
	read_ciphered(reel);
	refused(reel);
	other_meter(reel);
}
