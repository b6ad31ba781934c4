/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What traffic is that no dissector claims: nDPI behind one narrow door.  It
 * is asked for content only: a name that a port or an address suggests is no
 * knowledge, and such a flow stays "Unknown".
 */
#ifndef SENSOR_CLASSIFY_H
#define SENSOR_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "outputs/error.h"

#define CLASSIFY_PACKETS 8  /* of a flow that nDPI sees at most */
#define CLASSIFY_PER_S 2000 /* flows that it begins with, per packet-second */
#define CLASSIFY_FLOWS_MAX 65535

/* Labels are below CLASSIFY_LABELS; all but these two are nDPI's names. */
#define CLASSIFY_LABELS 1024
#define CLASSIFY_NOT 0     /* "Unclassified": nobody looked */
#define CLASSIFY_UNKNOWN 1 /* "Unknown": nDPI looked and does not know */

enum classify_verdict { CLASSIFY_MORE, CLASSIFY_DONE };

struct classify;

/*
 * flows, at most CLASSIFY_FLOWS_MAX, may be looked at at the same time; who was
 * silent longest among a few makes room.  NULL, said in error, without memory.
 */
struct classify *classify_new(uint32_t flows, struct error *);
void classify_free(struct classify *);

/*
 * A packet with payload, from its IP header on, n octets of it captured.  Of a
 * flow's packets each goes in once, in either direction.  *handle is the flow's
 * own: 0 before its first packet, and 0 again when CLASSIFY_DONE has set
 * *label.  A handle whose place went to another flow begins anew.
 */
enum classify_verdict classify_packet(struct classify *, uint32_t *handle,
    const uint8_t *ip, size_t n, uint64_t ms, uint16_t *label);

/* The flow of this handle is no more.  0, or a place that was lost: nothing. */
void classify_drop(struct classify *, uint32_t handle);

/* "TLS", "DNS"; valid as long as the struct is. */
const char *classify_name(const struct classify *, uint16_t label);

/* Flows that CLASSIFY_PER_S left out, and those that had to make room. */
uint64_t classify_refused(const struct classify *);
uint64_t classify_evicted(const struct classify *);

#endif
