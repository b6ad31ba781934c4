/* SPDX-License-Identifier: Apache-2.0 */
/* Points of time as text: the calendar, against the C library's. */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dissectors/timetext.h"
#include "tests/driver.h"

static void
expect(uint64_t s, uint32_t us, const char *text)
{
	char got[TIMETEXT];

	timetext_utc(got, s, us);
	CU_ASSERT_STRING_EQUAL(got, text);
}

static void
test_known(void)
{
	expect(0, 0, "1970-01-01T00:00:00.000000Z");
	expect(951782400, 1, "2000-02-29T00:00:00.000001Z");
	expect(1767323045, 678901, "2026-01-02T03:04:05.678901Z");
	expect(4102444799, 999999, "2099-12-31T23:59:59.999999Z");
	expect(4107542400, 0, "2100-03-01T00:00:00.000000Z");
	expect(TIMETEXT_LAST, 0, "9999-12-31T23:59:59.000000Z");
	expect(UINT64_MAX, 0, "9999-12-31T23:59:59.000000Z");
}

/* Every day of four centuries, at another time of day each. */
static void
test_every_day(void)
{
	char want[TIMETEXT], got[TIMETEXT];
	int wrong = 0;

	for (time_t day = 0; day < 146097; day++) {
		time_t s = day * 86400 + day * 7919 % 86400;
		struct tm tm;

		gmtime_r(&s, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		timetext_utc(got, (uint64_t)s, 0);
		wrong += strcmp(got, want) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "known points", test_known },
		{ "every day", test_every_day },
		CU_TEST_INFO_NULL,
	};

	return driver_run("timetext", tests);
}
