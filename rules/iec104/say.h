/* SPDX-License-Identifier: Apache-2.0 */
/* What the events of IEC 104 have in common. */
#ifndef RULES_IEC104_SAY_H
#define RULES_IEC104_SAY_H

#include "rules/iec104/world.h"

/*
 * An event about the packet of op: its subject is the station, its confidence
 * low unless all of the connection was seen.
 */
EVENT_RARE struct event iec104_say(const struct op *,
    const struct iec104_view *, const struct event_def *, const char *det);

/* Adds type, common address and the first object's address of the unit. */
EVENT_RARE void iec104_say_asdu(struct event *, const struct iec104_view *);

/* Adds an IP address. */
EVENT_RARE void iec104_say_ip(
    struct event *, const char *name, const uint8_t ip[16]);

/* The address of the first object, 0 without one. */
uint32_t iec104_say_ioa(const struct iec104_apdu *);

/* Whether the first object is a command that only selects. */
bool iec104_say_select(const struct iec104_apdu *);

#endif
