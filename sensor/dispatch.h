/* SPDX-License-Identifier: Apache-2.0 */
/* Ops to the detectors that asked for them, and to no others. */
#ifndef SENSOR_DISPATCH_H
#define SENSOR_DISPATCH_H

#include "rules/detector.h"
#include "sensor/conf.h"

struct dispatch;

/* The index of the sensor's own ops, behind those of the dissectors. */
unsigned dispatch_transport(void);

/*
 * Starts every detector of which a detection is enabled.  NULL when there is
 * no memory.
 */
struct dispatch *dispatch_new(
    const struct conf *, const uint8_t key[SIPHASH_KEY]);
void dispatch_free(struct dispatch *);

/* which: the dissector's index, or dispatch_transport(). */
void dispatch_op(
    struct dispatch *, unsigned which, const struct op *, struct event_sink *);
void dispatch_tick(struct dispatch *, struct timespec now, struct event_sink *);

#endif
