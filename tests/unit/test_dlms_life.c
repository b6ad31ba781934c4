/* SPDX-License-Identifier: Apache-2.0 */
/* D-49, the age of keys, and meters that should be no more. */
#include <config.h>

#include "tests/unit/meter_bench.h"

extern const struct detector dlms_keys_detector, dlms_push_detector,
    dlms_version_detector;

#define DAY_S 86400
#define FIRMWARE 0, 1, 1, 0, 0, 2, 0, 255, 2, 0
#define SERIAL 0, 1, 0, 0, 96, 1, 0, 255, 2, 0
#define OTHER 0, 1, 0, 0, 96, 2, 0, 255, 2, 0
#define READ(...) OCTETS(0xc0, 1, 0xc1, __VA_ARGS__)
/* visible-string of five characters */
#define GOT(...) OCTETS(0xc4, 1, 0xc1, 0, 0x0a, 5, __VA_ARGS__)

static void
reads(struct bench *b, const char text[5])
{
	uint8_t apdu[11] = { 0xc4, 1, 0xc1, 0, 0x0a, 5 };

	memcpy(apdu + 6, text, 5);
	bench_say(b, 0, READ(FIRMWARE));
	b->talk.pdu.at.tv_sec += 3600;
	bench_say(b, 1, apdu, sizeof(apdu));
}

/* The first read is inventory; each change is said, and then is known. */
static void
test_version(void)
{
	struct bench b;

	bench_start(&b, &dlms_version_detector, 1);
	reads(&b, "V1.09");
	CU_ASSERT_EQUAL(b.n, 0);
	reads(&b, "V1.09");
	CU_ASSERT_EQUAL(b.n, 0);
	reads(&b, "V1.10");
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_SW_UPDATE_SUCCESS, "D-49"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "X.Unplanned"), "1");
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "obis"), "1.0.0.2.0.255");
	reads(&b, "V1.10");
	CU_ASSERT_EQUAL(b.n, 0);
	reads(&b, "V1.09");
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_DOWNGRADE, "D-49"));
	/* as numbers 9 is less than 10, and another form is not older */
	reads(&b, "A1.01");
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_SW_UPDATE_SUCCESS, "D-49"));
	bench_end(&b);
}

/* A campaign explains what is newer, and nothing that is older. */
static void
test_planned(void)
{
	struct bench b;

	bench_start(&b, &dlms_version_detector, 1);
	reads(&b, "V1.09");
	b.meter.firmware_s = (uint32_t)b.talk.pdu.at.tv_sec + 1;
	reads(&b, "V1.10");
	CU_ASSERT_EQUAL(b.n, 0);
	reads(&b, "V1.11"); /* that campaign is over */
	CU_ASSERT_EQUAL(b.n, 1);
	b.meter.firmware_s = (uint32_t)b.talk.pdu.at.tv_sec + 1;
	reads(&b, "V1.10");
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_FW_DOWNGRADE, "D-49"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "X.Unplanned"), "");
	bench_end(&b);
}

/* Each object has its own; what is no identifier has none. */
static void
test_objects(void)
{
	struct bench b;

	bench_start(&b, &dlms_version_detector, 1);
	reads(&b, "V1.09");
	bench_say(&b, 0, READ(SERIAL));
	bench_say(&b, 1, GOT('4', '7', '1', '1', '0'));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, READ(OTHER));
	bench_say(&b, 1, GOT('4', '7', '1', '1', '0'));
	bench_say(&b, 0, READ(OTHER));
	bench_say(&b, 1, GOT('4', '7', '1', '1', '1'));
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, READ(FIRMWARE));
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3)); /* denied */
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 0, READ(SERIAL));
	bench_say(&b, 1, GOT('4', '7', '1', '1', '2'));
	CU_ASSERT_EQUAL(b.n, 1);
	b.meter.at.unit++; /* another meter */
	reads(&b, "V1.02");
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

/* A protected unit of the meter. */
static void protected(struct bench *b)
{
	b->counter.verdict = COUNTER_NEXT;
	bench_say(b, 1, OCTETS(0xcc, 9, 0x20, 0, 0, 0, 9, 1, 2, 3, 4));
}

static void
test_key_age(void)
{
	struct policy_group group = { .key_days = 30 };
	struct bench b;

	bench_start(&b, &dlms_keys_detector, 1);
	b.group = &group;
	b.meter.first_s = 1000000000 - 29 * DAY_S;
	protected(&b);
	CU_ASSERT_EQUAL(b.n, 0);
	b.talk.pdu.at.tv_sec += 2 * DAY_S;
	b.counter.verdict = COUNTER_NONE; /* no key was used */
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	CU_ASSERT_EQUAL(b.n, 0);
	protected(&b);
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_KEY_AGE, "D-35"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "days"), "31");
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "change_seen"), "false");
	protected(&b);
	CU_ASSERT_EQUAL(b.n, 0);
	b.meter.key_s = (uint32_t)b.talk.pdu.at.tv_sec;
	protected(&b);
	b.talk.pdu.at.tv_sec += 31 * DAY_S;
	protected(&b);
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "change_seen"), "true");
	b.meter.flags = 0;
	group.key_days = 0; /* nobody asked */
	protected(&b);
	CU_ASSERT_EQUAL(b.n, 0);
	bench_end(&b);
}

static void
test_decommissioned(void)
{
	struct policy_group group = { .name = "old", .decommissioned = true };
	struct bench b;

	bench_start(&b, &dlms_push_detector, 1);
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	CU_ASSERT_EQUAL(b.n, 0);
	b.group = &group;
	bench_say(&b, 0, READ(SERIAL)); /* asked, but it is not there */
	CU_ASSERT_EQUAL(b.n, 0);
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	CU_ASSERT_EQUAL_FATAL(b.n, 1);
	CU_ASSERT(bench_is(&b, 0, &EV_DLMS_DECOMMISSIONED_METER, "D-59"));
	CU_ASSERT_STRING_EQUAL(bench_why(&b, 0, "group"), "old");
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	CU_ASSERT_EQUAL(b.n, 0);
	group.decommissioned = false;
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	group.decommissioned = true;
	bench_say(&b, 1, OCTETS(0xc4, 1, 0xc1, 1, 3));
	CU_ASSERT_EQUAL(b.n, 1);
	bench_end(&b);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "another version", test_version },
		{ "a planned one", test_planned },
		{ "objects that are no version", test_objects },
		{ "the age of keys", test_key_age },
		{ "a decommissioned meter", test_decommissioned },
		CU_TEST_INFO_NULL,
	};

	return driver_run("DLMS meters over time", tests);
}
