/* SPDX-License-Identifier: Apache-2.0 */
/* What all events about a GOOSE publisher have in common. */
#ifndef RULES_GOOSE_SAY_H
#define RULES_GOOSE_SAY_H

#include "rules/goose/world.h"

/* Of a detector that is asked when there is news of a publisher. */
#define GOOSE_ON_VIEW                                                          \
	.protocol = "goose", .also = "rgoose",                                 \
	.kinds = DETECTOR_ON(OP_REPORT), .world = &goose_world,                \
	.on_view = true

/* About the unit at hand; its subject is the gocbRef. */
EVENT_RARE struct event goose_say(const struct op *, const struct goose_view *,
    const struct event_def *, const char *det);

/*
 * About a publisher, at a packet that was before; mac as a line has it, or
 * NULL: the publisher's.
 */
EVENT_RARE struct event goose_say_of(const struct goose_publisher *,
    const struct goose_moment *, const uint8_t *mac, const struct event_def *,
    const char *det);

/* The numbers of the unit and those of the publisher's line before it. */
EVENT_RARE void goose_say_numbers(struct event *, const struct goose_view *);

/* As "02:00:00:00:00:01", or the end of an IP address where it is one. */
EVENT_RARE void goose_say_mac(
    struct event *, const char *name, const uint8_t mac[6], bool routed);

#endif
