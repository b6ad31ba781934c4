/* SPDX-License-Identifier: Apache-2.0 */
/* H-8: a detector's table is full. */
#ifndef RULES_FULL_H
#define RULES_FULL_H

#include "rules/event.h"

/*
 * Says that the table of the detection det, a literal, has no room for another
 * of its entries.  The caller says so once, when the table evicts for the
 * first time.
 */
EVENT_RARE void full_say(
    struct event_sink *, const struct op *, const char *det, uint32_t entries);

#endif
