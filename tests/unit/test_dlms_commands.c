/* SPDX-License-Identifier: Apache-2.0 */
/* D-35 to D-53: commands to meters, and what is like them and is none. */
#include <config.h>

#include "rules/dlms/image.h"
#include "tests/unit/meter_bench.h"

extern const struct detector dlms_clock_detector, dlms_firmware_detector,
    dlms_keys_detector, dlms_relay_detector, dlms_roles_detector,
    dlms_scan_detector, dlms_settings_detector;

#define RELAY 0, 70, 0, 0, 96, 3, 10, 255
#define DISCONNECT OCTETS(0xc3, 1, 0xc1, RELAY, 1, 0)
#define DONE OCTETS(0xc7, 1, 0xc1, 0, 0)
#define DENIED OCTETS(0xc7, 1, 0xc1, 3, 0)
#define WRITTEN OCTETS(0xc5, 1, 0xc1, 0)

static void
test_relay(void)
{
	struct bench b;

	bench_start(&b, &dlms_relay_detector, 17);
	bench_say(&b, 0, DISCONNECT);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_UNAUTHORIZED_DISCONNECT, "D-40"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "obis"), "0.0.96.3.10.255");
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "method"), "1");
	bench_say(&b, 1, DENIED);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, DISCONNECT);
	bench_say(&b, 1, DONE);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "accepted"), "1");
	bench_say(&b, 0, OCTETS(0xc0, 1, 0xc1, RELAY, 3, 0)); /* a read */
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);

	bench_start(&b, &dlms_relay_detector, 1);
	bench_say(&b, 0, DISCONNECT);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_RELAY_CONTROL, "D-40"));
	bench_say(&b, 1, DONE);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

/* access-request: get a clock, disconnect */
static void
test_in_a_list(void)
{
	struct bench b;

	bench_start(&b, &dlms_relay_detector, 17);
	bench_say(&b, 0,
	    OCTETS(0xd9, 0, 0, 0, 1, 0, 2, 1, 0, 8, 0, 0, 1, 0, 0, 255, 2, 3,
	        RELAY, 1, 2, 0, 0x0f, 0));
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_UNAUTHORIZED_DISCONNECT, "D-40"));
	bench_end(&b);
}

static int
mass(struct bench *b, const struct event_def *def)
{
	int found = 0;

	for (int i = 0; i < b->n; i++)
		found += bench_is(b, i, def, "D-41");
	return found;
}

static void
test_mass(void)
{
	struct bench b;

	bench_start(&b, &dlms_relay_detector, 1);
	for (uint8_t n = 1; n <= 12; n++) {
		b.meter.at.ip[15] = n;
		bench_say(&b, 0, DISCONNECT);
		CU_ASSERT_EQUAL(mass(&b, &EV_DLMS_DISCONNECT_SERIES), n == 3);
		CU_ASSERT_EQUAL(mass(&b, &EV_DLMS_MASS_DISCONNECT), n == 10);
	}
	bench_end(&b);
	/* one meter again and again is no series; nor are reconnections */
	bench_start(&b, &dlms_relay_detector, 1);
	for (uint8_t n = 1; n <= 12; n++) {
		bench_say(&b, 0, DISCONNECT);
		CU_ASSERT_EQUAL(b.n, 1);
	}
	for (uint8_t n = 1; n <= 12; n++) {
		b.meter.at.ip[15] = n;
		bench_say(&b, 0, OCTETS(0xc3, 1, 0xc1, RELAY, 2, 0));
		CU_ASSERT_EQUAL(b.n, 1);
	}
	bench_end(&b);
}

#define LIMIT(v)                                                               \
	OCTETS(0xc1, 1, 0xc1, 0, 71, 0, 0, 17, 0, 0, 255, 4, 0, 0x12,          \
	    (v) >> 8, (v)&0xff)

static void
test_indirect(void)
{
	struct bench b;

	bench_start(&b, &dlms_relay_detector, 17);
	/* the disconnector's script, and another one */
	bench_say(&b, 0,
	    OCTETS(
	        0xc3, 1, 0xc1, 0, 9, 0, 0, 10, 0, 106, 255, 1, 1, 0x12, 0, 1));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_UNAUTHORIZED_DISCONNECT, "D-42"));
	bench_say(&b, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 9, 0, 0, 10, 0, 1, 255, 1, 1, 0x12, 0, 1));
	CU_ASSERT_EQUAL(b.n, 0);
	/* thresholds: usual, lowered, below the floor, none */
	bench_say(&b, 0, LIMIT(10000));
	bench_say(&b, 0, LIMIT(5000));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, LIMIT(500));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_UNAUTHORIZED_DISCONNECT, "D-42"));
	bench_say(&b, 0, LIMIT(0));
	CU_ASSERT_EQUAL(b.n, 1);
	bench_say(&b, 0, LIMIT(501));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

#define SECRET                                                                 \
	OCTETS(                                                                \
	    0xc1, 1, 0xc1, 0, 15, 0, 0, 40, 0, 2, 255, 7, 0, 9, 2, 0x31, 0x32)
#define SET_OF(c, ...) OCTETS(0xc1, 1, 0xc1, 0, c, __VA_ARGS__, 0, 0)

static void
test_roles(void)
{
	struct bench b;

	bench_start(&b, &dlms_roles_detector, 17);
	bench_say(&b, 0, SECRET);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_ROLE_VIOLATION, "D-43"));
	bench_say(&b, 1, OCTETS(0xc5, 1, 0xc1, 3));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_ROLE_VIOLATION_REFUSED, "D-43"));
	/* without a list of clients reads and plain writes are free */
	bench_say(&b, 0, OCTETS(0xc0, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, SET_OF(23, 0, 0, 22, 0, 0, 255, 5));
	CU_ASSERT_EQUAL(b.n, 0);
	/* D-40 says it */
	bench_say(&b, 0, DISCONNECT);
	CU_ASSERT_EQUAL(b.n, 0);
	/* of a client that somebody listed as no more than a viewer */
	b.session.client = policy_client(
	    policy_group(NULL, (struct bytes){ NULL, 0 }, b.meter.at.ip), 16,
	    (struct bytes){ NULL, 0 }, b.meter.at.ip);
	bench_say(&b, 0, SET_OF(23, 0, 0, 22, 0, 0, 255, 5));
	CU_ASSERT_EQUAL(b.n, 0);
	b.session.client.listed = POLICY_LISTED;
	bench_say(&b, 0, SET_OF(23, 0, 0, 22, 0, 0, 255, 5));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_ROLE_VIOLATION, "D-43"));
	bench_end(&b);

	bench_start(&b, &dlms_roles_detector, 1);
	bench_say(&b, 0, SECRET);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

static void
test_keys(void)
{
	struct bench b;

	bench_start(&b, &dlms_keys_detector, 17);
	bench_say(&b, 0, SECRET);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 1, WRITTEN);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_CRED_CHANGE_SUCCESS, "D-38"));
	bench_say(&b, 0, SECRET);
	bench_say(&b, 1, OCTETS(0xc5, 1, 0xc1, 3));
	CU_ASSERT(bench_is(&b, 0, &EV_CRED_CHANGE_FAIL, "D-38"));
	/* key transfer without the right, and what comes of it */
	bench_say(&b, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 1, 1, 0));
	CU_ASSERT(bench_is(&b, 0, &EV_UNAUTHORIZED_CONFIG_SRC, "D-35"));
	bench_say(&b, 1, DENIED);
	CU_ASSERT(bench_is(&b, 0, &EV_CRED_TRANSFER_FAIL, "D-35"));
	CU_ASSERT_EQUAL(b.meter.key_s, 0);
	bench_say(&b, 1, DONE);
	CU_ASSERT(bench_is(&b, 0, &EV_CRED_TRANSFER_SUCCESS, "D-35"));
	CU_ASSERT_EQUAL(b.meter.key_s, 1000000000);
	/* users of an association; an answer to a challenge is no change */
	bench_say(
	    &b, 0, OCTETS(0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0, 255, 5, 1, 0));
	bench_say(&b, 1, DONE);
	CU_ASSERT(bench_is(&b, 0, &EV_ACCOUNT_CREATION_SUCCESS, "D-39"));
	bench_say(
	    &b, 0, OCTETS(0xc3, 1, 0xc1, 0, 15, 0, 0, 40, 0, 0, 255, 1, 1, 0));
	bench_say(&b, 1, DONE);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

#define SECURITY_POLICY(v)                                                     \
	OCTETS(0xc3, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 1, 1, 0x16, v)

static void
test_policy(void)
{
	struct bench b;

	bench_start(&b, &dlms_keys_detector, 1);
	bench_say(&b, 0, SECURITY_POLICY(3));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, SECURITY_POLICY(0));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_POLICY_WEAKENED, "D-37"));
	CU_ASSERT_TRUE(b.ev[0].doubtful);
	/* it was read to be 3: the same and stronger are right */
	bench_say(
	    &b, 0, OCTETS(0xc0, 1, 0xc1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 0));
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 0, 0x16, 3));
	bench_say(&b, 0, SECURITY_POLICY(3));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, SECURITY_POLICY(1));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_POLICY_WEAKENED, "D-37"));
	CU_ASSERT_FALSE(b.ev[0].doubtful);
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "before"), "3");
	bench_end(&b);
}

static void
test_settings(void)
{
	struct bench b;

	bench_start(&b, &dlms_settings_detector, 17);
	bench_say(&b, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 7, 0, 0, 99, 98, 0, 255, 1, 1, 15, 0));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_LOG_ERASED, "D-46"));
	bench_say(&b, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 3, 1, 0, 1, 8, 0, 255, 1, 1, 15, 0));
	CU_ASSERT(bench_is(&b, 0, &EV_CONFIG_CHANGE, "D-46"));
	/* the end of billing is a script, and normal */
	bench_say(&b, 0,
	    OCTETS(0xc3, 1, 0xc1, 0, 9, 0, 0, 10, 0, 1, 255, 1, 1, 0x12, 0, 1));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, SET_OF(20, 0, 0, 13, 0, 0, 255, 7));
	CU_ASSERT(bench_is(&b, 0, &EV_CONFIG_CHANGE, "D-45"));
	bench_say(&b, 0, SET_OF(40, 0, 0, 25, 9, 0, 255, 3));
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_PUSH_REDIRECT, "D-50"));
	bench_say(&b, 0, SET_OF(40, 0, 0, 25, 9, 0, 255, 2));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, SET_OF(22, 0, 0, 15, 0, 2, 255, 4));
	CU_ASSERT(bench_is(&b, 0, &EV_UNAUTHORIZED_CONFIG_OR_FW, "D-48"));
	bench_say(&b, 0, SET_OF(22, 0, 0, 15, 0, 0, 255, 4));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

/* 2001-09-day, 01:min:sec; deviation 0 */
#define TIME(day, min, sec)                                                    \
	9, 12, 0x07, 0xd1, 9, day, 0xff, 1, min, sec, 0, 0, 0, 0
#define CLOCK 0, 8, 0, 0, 1, 0, 0, 255, 2

static void
set_clock(struct bench *b, uint8_t day, uint8_t min, uint8_t sec)
{
	bench_say(b, 0, OCTETS(0xc1, 1, 0xc1, CLOCK, 0, TIME(day, min, sec)));
}

static void
test_clock(void)
{
	struct bench b;

	bench_start(&b, &dlms_clock_detector, 17);
	set_clock(&b, 9, 46, 45); /* 5 s ahead of the packet */
	CU_ASSERT(bench_is(&b, 0, &EV_TIME_DATE_CHANGE, "D-44"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "shift_s"), "5");
	set_clock(&b, 9, 48, 45);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_CLOCK_SHIFT, "D-44"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "shift_s"), "120");
	set_clock(&b, 11, 48, 45);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_CLOCK_TAMPER, "D-44"));
	/* a clock that is two days off is put right by seconds */
	bench_say(&b, 0, OCTETS(0xc0, 1, 0xc1, CLOCK, 0));
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 0, TIME(13, 48, 45)));
	set_clock(&b, 13, 48, 50);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_TIME_DATE_CHANGE, "D-44"));
	for (uint8_t n = 51; n < 53; n++)
		set_clock(&b, 13, 48, n);
	CU_ASSERT_EQUAL(b.n, 1);
	set_clock(&b, 13, 48, 53); /* the seventh of a day */
	CU_ASSERT_EQUAL(b.n, 2);
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 1, "changes"), "7");
	bench_end(&b);
}

#define IMAGE 0, 18, 0, 0, 44, 0, 0, 255
#define INITIATE                                                               \
	OCTETS(0xc3, 1, 0xc1, IMAGE, 1, 1, 2, 2, 9, 2, 'v', '2', 6, 0, 0, 0, 5)
#define BLOCK_0                                                                \
	OCTETS(0xc3, 1, 0xc1, IMAGE, 2, 1, 2, 2, 6, 0, 0, 0, 0, 9, 3, 'a',     \
	    'b', 'c')
#define BLOCK_1                                                                \
	OCTETS(0xc3, 1, 0xc1, IMAGE, 2, 1, 2, 2, 6, 0, 0, 0, 1, 9, 2, 'd', 'e')
#define VERIFY OCTETS(0xc3, 1, 0xc1, IMAGE, 3, 1, 15, 0)
#define ACTIVATE OCTETS(0xc3, 1, 0xc1, IMAGE, 4, 1, 15, 0)

static void
test_firmware(void)
{
	struct bench b;

	bench_start(&b, &dlms_firmware_detector, 1);
	bench_say(&b, 0, INITIATE);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_TRANSFER_STARTED, "D-47"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "image"), "v2");
	bench_say(&b, 0, BLOCK_0);
	bench_say(&b, 0, BLOCK_0); /* sent again */
	bench_say(&b, 0, BLOCK_1);
	bench_say(&b, 0, VERIFY);
	bench_say(&b, 1, OCTETS(0xc7, 1, 0xc1, 2, 0)); /* not ready yet */
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, ACTIVATE);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 1, DONE);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_SW_UPDATE_SUCCESS, "D-47"));
	CU_ASSERT_EQUAL(b.meter.firmware_s, 1000000000);
	bench_end(&b);
}

static void
test_bad_firmware(void)
{
	struct bench b;

	bench_start(&b, &dlms_firmware_detector, 18);
	bench_say(&b, 0, INITIATE);
	CU_ASSERT_EQUAL(b.n, 2);
	CU_ASSERT(bench_is(&b, 1, &EV_UNAUTHORIZED_CONFIG_SRC, "D-47"));
	bench_say(&b, 0, BLOCK_0);
	bench_say(&b, 0, ACTIVATE);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_INVALID_CONFIG_OR_FW, "D-47"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "reason"), "incomplete");
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "missing"), "1");
	/* a block that the sensor lost is no hole */
	b.talk.pdu.state = KNOW_GAPPED;
	bench_say(&b, 0, ACTIVATE);
	CU_ASSERT_EQUAL(b.n, 0);
	b.talk.pdu.state = KNOW_COMPLETE;
	bench_say(&b, 0, BLOCK_1);
	bench_say(&b, 0, ACTIVATE);
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "reason"), "not verified");
	bench_say(&b, 0, VERIFY);
	bench_say(&b, 1, OCTETS(0xc7, 1, 0xc1, 1, 0));
	CU_ASSERT(bench_is(&b, 0, &EV_INVALID_CONFIG_OR_FW, "D-47"));
	bench_end(&b);
	/* an image that nobody saw come */
	bench_start(&b, &dlms_firmware_detector, 1);
	bench_say(&b, 0, ACTIVATE);
	CU_ASSERT(bench_is(&b, 0, &EV_UNAUTHORIZED_CONFIG_OR_FW, "D-47"));
	CU_ASSERT_TRUE(b.ev[0].doubtful);
	bench_end(&b);
}

static bool
put(struct image *m, uint8_t n, const char *text)
{
	uint8_t data[16] = { 2, 2, 6, 0, 0, 0, n, 9, (uint8_t)strlen(text) };

	memcpy(data + 9, text, strlen(text));
	return image_put(m, (struct bytes){ data, 9 + strlen(text) });
}

/* SHA-256 of "abcde" begins with 36bbe50e. */
static void
test_digest(void)
{
	static const uint8_t begin[] = { 2, 2, 9, 1, 'v', 6, 0, 0, 0, 5 };
	uint8_t sha256[IMAGE_SHA256];
	struct image m;

	CU_ASSERT(image_begin(&m, (struct bytes){ begin, sizeof(begin) }));
	CU_ASSERT_EQUAL(image_holes(&m), 1);
	CU_ASSERT_FALSE(put(&m, 0, "abc"));
	CU_ASSERT_EQUAL(image_holes(&m), 1);
	CU_ASSERT_FALSE(image_digest(&m, sha256));
	CU_ASSERT_TRUE(put(&m, 1, "de"));
	CU_ASSERT_TRUE(image_digest(&m, sha256));
	CU_ASSERT_EQUAL(memcmp(sha256, "\x36\xbb\xe5\x0e", 4), 0);
	/* in another order it is whole, but not known */
	CU_ASSERT(image_begin(&m, (struct bytes){ begin, sizeof(begin) }));
	CU_ASSERT_FALSE(put(&m, 1, "de"));
	CU_ASSERT_TRUE(put(&m, 0, "abc"));
	CU_ASSERT_FALSE(image_digest(&m, sha256));
	/* neither a structure of one nor text where the size belongs */
	CU_ASSERT_FALSE(image_begin(&m, (struct bytes){ begin + 2, 3 }));
}

static void
probe(struct bench *b, unsigned n, uint8_t code)
{
	uint8_t d = (uint8_t)(n >> 8), e = (uint8_t)n;

	bench_say(b, 0, OCTETS(0xc0, 1, 0xc1, 0, 3, 1, 0, 1, d, e, 255, 2, 0));
	if (code != 0)
		bench_say(b, 1, OCTETS(0xc4, 1, 0xc1, 1, code));
}

static void
test_scan(void)
{
	struct bench b;
	int said = 0;

	bench_start(&b, &dlms_scan_detector, 17);
	for (unsigned n = 0; n < 400; n++) {
		probe(&b, n, 0);
		said += bench_is(&b, 0, &EV_DLMS_OBJECT_SCAN, "D-51");
		if (n < 200)
			CU_ASSERT_EQUAL(b.n, 0);
	}
	CU_ASSERT_EQUAL(said, 1);
	bench_end(&b);
	/* the same few again and again */
	bench_start(&b, &dlms_scan_detector, 17);
	for (unsigned n = 0; n < 400; n++) {
		probe(&b, n % 50, 0);
		CU_ASSERT_EQUAL(b.n, 0);
	}
	/* and what is not there */
	for (unsigned n = 0; n < 20; n++) {
		probe(&b, n, 4);
		CU_ASSERT_EQUAL(b.n, 0);
	}
	probe(&b, 20, 4);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_OBJECT_SCAN, "D-51"));
	bench_end(&b);
}

static void
test_denied(void)
{
	struct bench b;

	bench_start(&b, &dlms_scan_detector, 17);
	for (unsigned n = 0; n < 4; n++) {
		probe(&b, n, 3);
		CU_ASSERT_EQUAL(b.n, 0);
	}
	probe(&b, 4, 13);
	CU_ASSERT_EQUAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_REQUEST_RESOURCE_UNAVAILABLE, "D-53"));
	probe(&b, 5, 3);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
	/* too seldom */
	bench_start(&b, &dlms_scan_detector, 17);
	for (unsigned n = 0; n < 20; n++) {
		b.talk.pdu.at.tv_sec += 300;
		probe(&b, n, 3);
		CU_ASSERT_EQUAL(b.n, 0);
	}
	bench_end(&b);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "the supply is switched", test_relay },
		{ "in a list", test_in_a_list },
		{ "at many meters", test_mass },
		{ "in another way", test_indirect },
		{ "roles", test_roles },
		{ "keys, secrets, users", test_keys },
		{ "a security policy", test_policy },
		{ "settings, logs, registers", test_settings },
		{ "the clock", test_clock },
		{ "an image from begin to end", test_firmware },
		{ "an image that is not right", test_bad_firmware },
		{ "its digest", test_digest },
		{ "objects are probed", test_scan },
		{ "access is denied", test_denied },
		CU_TEST_INFO_NULL,
	};

	return driver_run("DLMS commands", tests);
}
