/* SPDX-License-Identifier: Apache-2.0 */
/* The host's clock as the kernel's discipline sees it: adjtimex(2). */
#include <config.h>

#include <sys/timex.h>

#include "outputs/syslog/clock.h"

struct clock_state
clock_of(int result, const struct timex *t)
{
	struct clock_state c = { .synced = false };

	if (result == -1 || result == TIME_ERROR ||
	    (t->status & STA_UNSYNC) != 0)
		return c;
	c.synced = true;
	c.accuracy_us = t->maxerror > 0 ? (uint64_t)t->maxerror : 0;
	return c;
}

struct clock_state
clock_now(void)
{
	struct timex t = { .modes = 0 };
	int result = adjtimex(&t);

	return clock_of(result, &t);
}
