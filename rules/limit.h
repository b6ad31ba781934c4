/* SPDX-License-Identifier: Apache-2.0 */
/*
 * So many events of each severity in a minute of packet time.  What is more is
 * left out, counted, and said (H-9): when it begins, and at the end of each
 * such minute with the number.
 */
#ifndef RULES_LIMIT_H
#define RULES_LIMIT_H

#include "rules/event.h"

#define LIMIT_SEVERITIES 4 /* alarm, error, warning, notice */

struct limit;

/*
 * Events a minute by severity, 0: as many as there are.  In each minute the
 * first alarm of each kind, by definition and detection, passes in any case.
 * NULL without memory.
 */
struct limit *limit_new(const uint32_t per_minute[LIMIT_SEVERITIES]);
void limit_free(struct limit *);

void limit_put(struct limit *, const struct event *, struct event_sink *);

/* Says what is due at this packet time. */
void limit_tick(struct limit *, struct timespec now, struct event_sink *);

/* Events that were left out, since the start. */
uint64_t limit_left_out(const struct limit *);

#endif
