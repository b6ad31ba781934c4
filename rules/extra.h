/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extra information that an event's definition names, as far as what the
 * detector said tells it by other names.
 */
#ifndef RULES_EXTRA_H
#define RULES_EXTRA_H

#include "rules/event.h"

/* Adds what the event does not have yet. */
EVENT_RARE void extra_add(struct event *);

#endif
