/* SPDX-License-Identifier: Apache-2.0 */
/* D-60: meters that fall silent, and those of which it only seems so. */
#include <config.h>

#define SCENE_LIST &dlms_silence_detector

#include "tests/unit/meters.h"

#define HOUR 3600
#define DAY (24 * HOUR)

/* Meters from first up to last are read every hour, n times. */
static void
read_hourly(struct scene *s, uint8_t first, uint8_t last, int n)
{
	for (; n > 0; n--) {
		for (uint8_t i = first; i <= last; i++) {
			s->meter = i;
			s->flow++;
			scene_open(s, 90, i, (uint32_t)(s->at - 900000) / 10);
		}
		scene_tick(s, s->at + HOUR);
		scene_tick(s, s->at + 1);
	}
}

static const struct event *
last(const struct scene *s)
{
	return &s->events[s->n - 1];
}

/* One of two, said once, and once more when it spoke in between. */
static void
test_silent(void)
{
	struct scene s;
	uint64_t heard;

	scene_start(&s, 64);
	read_hourly(&s, 1, 2, 6);
	heard = s.talk.pdu.frame;
	read_hourly(&s, 1, 1, 24);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 0);
	read_hourly(&s, 1, 1, 3);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-60"), 1);
	CU_ASSERT_PTR_EQUAL(last(&s)->def, &EV_COMM_FAIL);
	CU_ASSERT_EQUAL(memcmp(last(&s)->subject.p, "4D54520000000002", 16), 0);
	/* its own last packet, not that of who speaks still */
	CU_ASSERT_EQUAL(last(&s)->frame, heard);
	CU_ASSERT_STRING_EQUAL(scene_why(last(&s), "interval_s"), "3601");
	read_hourly(&s, 1, 1, 40);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 1);
	read_hourly(&s, 1, 2, 1);
	/* the pause has made it slower to be missed */
	read_hourly(&s, 1, 1, 40);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 1);
	read_hourly(&s, 1, 1, 20);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 2);
	scene_stop(&s);
}

/* A meter that is read once a week is not silent after two days. */
static void
test_habit(void)
{
	struct scene s;

	scene_start(&s, 64);
	for (int week = 0; week < 5; week++) {
		read_hourly(&s, 1, 2, 1);
		read_hourly(&s, 1, 1, 7 * 24 - 1);
	}
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 0);
	/* nor one that spoke twice only */
	read_hourly(&s, 1, 3, 2);
	read_hourly(&s, 1, 1, 48);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 0);
	read_hourly(&s, 1, 1, 30 * 24);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 1);
	scene_stop(&s);
}

/* Nobody listened, or time ran back: that is not the meters' silence. */
static void
test_pause(void)
{
	struct scene s;

	scene_start(&s, 64);
	read_hourly(&s, 1, 2, 6);
	s.at += 3 * DAY;
	read_hourly(&s, 1, 1, 25);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 0);
	s.at -= DAY;
	read_hourly(&s, 1, 1, 25);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 0);
	read_hourly(&s, 1, 1, 4);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 1);
	scene_stop(&s);
}

/* Many at once are an outage. */
static void
test_area(void)
{
	struct scene s;

	scene_start(&s, 64);
	read_hourly(&s, 1, 20, 6);
	read_hourly(&s, 1, 14, 40);
	CU_ASSERT_EQUAL_FATAL(scene_says(&s, "D-60"), 1);
	CU_ASSERT_STRING_EQUAL(scene_why(last(&s), "silent_meters"), "6");
	CU_ASSERT_STRING_EQUAL(scene_why(last(&s), "of_meters"), "20");
	/* as few as may be chance are told one by one */
	read_hourly(&s, 1, 10, 40);
	CU_ASSERT_EQUAL(scene_says(&s, "D-60"), 5);
	scene_stop(&s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a meter falls silent", test_silent },
		{ "it has other habits", test_habit },
		{ "nobody listened", test_pause },
		{ "an area falls silent", test_area },
		CU_TEST_INFO_NULL,
	};

	return driver_run("silent meters", tests);
}
