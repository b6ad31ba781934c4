/* SPDX-License-Identifier: Apache-2.0 */
/* How far the host's clock can be trusted, as timeQuality (RFC 5424, 7.1). */
#ifndef OUTPUTS_SYSLOG_CLOCK_H
#define OUTPUTS_SYSLOG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct timex;

struct clock_state {
	bool synced;
	uint64_t accuracy_us; /* at most so far off; 0: not known, not said */
};

/* What the kernel says now: a system call, once a second is enough. */
struct clock_state clock_now(void);

/* The same of what adjtimex() gave: its result and what it filled in. */
struct clock_state clock_of(int result, const struct timex *);

#endif
