/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of its clock, and what is made of it. */
#include <config.h>

#include <sys/timex.h>

#include "outputs/syslog/clock.h"
#include "tests/driver.h"

static struct clock_state
of(int result, int status, long error)
{
	struct timex t = { .status = status, .maxerror = error };

	return clock_of(result, &t);
}

static void
test_synced(void)
{
	struct clock_state c = of(TIME_OK, STA_PLL, 1500);

	CU_ASSERT_TRUE(c.synced);
	CU_ASSERT_EQUAL(c.accuracy_us, 1500);
	/* a leap second at hand is no doubt */
	CU_ASSERT_TRUE(of(TIME_INS, STA_PLL | STA_INS, 1).synced);
	CU_ASSERT_EQUAL(of(TIME_OK, STA_PLL, -1).accuracy_us, 0);
}

/* No daemon holds it: then nothing is said of how far it is off. */
static void
test_not_synced(void)
{
	CU_ASSERT_FALSE(of(TIME_ERROR, STA_PLL, 10).synced);
	CU_ASSERT_FALSE(of(TIME_OK, STA_UNSYNC, 10).synced);
	CU_ASSERT_FALSE(of(-1, 0, 10).synced);
	CU_ASSERT_EQUAL(of(TIME_ERROR, STA_UNSYNC, 10).accuracy_us, 0);
}

/* Whatever it says here, it says the same as the kernel. */
static void
test_now(void)
{
	struct timex t = { .modes = 0 };
	int result = adjtimex(&t);

	CU_ASSERT_EQUAL(clock_now().synced, clock_of(result, &t).synced);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "synced", test_synced },
		{ "not synced", test_not_synced },
		{ "now", test_now },
		CU_TEST_INFO_NULL,
	};

	return driver_run("clock", tests);
}
