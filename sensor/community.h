/* SPDX-License-Identifier: Apache-2.0 */
/* The community id, version 1: one name for a flow in every tool. */
#ifndef SENSOR_COMMUNITY_H
#define SENSOR_COMMUNITY_H

#include "dissectors/op.h"

#define COMMUNITY_ID_LENGTH 30 /* "1:" and 28 letters of base64 */
#define COMMUNITY_ID 32        /* the same with NUL, and room */

/*
 * The id of what goes from a to b; the way back has the same one.  protocol is
 * IP's number.  For ICMP and ICMPv6 a's port is the type and b's the code; what
 * has no ports is named without.  Once per flow: hashing gets memory and gives
 * it back.
 */
void community_id(char to[COMMUNITY_ID], const struct endpoint *a,
    const struct endpoint *b, uint8_t protocol, uint16_t seed);

#endif
