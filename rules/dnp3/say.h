/* SPDX-License-Identifier: Apache-2.0 */
/* What the events of DNP3 have in common. */
#ifndef RULES_DNP3_SAY_H
#define RULES_DNP3_SAY_H

#include "rules/dnp3/world.h"

/*
 * An event about the packet of op: its subject is the outstation, "address/
 * link address", its confidence low unless all of the connection was seen.
 */
struct event dnp3_say(const struct op *, const struct dnp3_view *,
    const struct event_def *, const char *det);

/* Adds the function, and the group, variation and index of what is first. */
void dnp3_say_request(struct event *, const struct dnp3_view *);

/* Adds an IP address. */
void dnp3_say_ip(struct event *, const char *name, const uint8_t ip[16]);

#endif
