/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a detector's mouth to the outputs: the configuration's severity, the
 * folding of repeats, the sequence number, the counts.
 */
#ifndef SENSOR_ALERTS_H
#define SENSOR_ALERTS_H

#include "dissectors/json.h"
#include "rules/detector.h"
#include "sensor/conf.h"

struct alerts;

/* out may be NULL: counted only.  NULL when there is no memory. */
struct alerts *alerts_new(const struct conf *, const uint8_t key[SIPHASH_KEY],
    struct event_sink *out);
void alerts_free(struct alerts *);

/* Where detectors put their events. */
struct event_sink *alerts_sink(struct alerts *);

void alerts_tick(struct alerts *, struct timespec now);

/* "events":{...},"detections":{...} into an open object. */
void alerts_summary(const struct alerts *, struct json *);

/* Folding entries that made room for others. */
uint64_t alerts_evicted(const struct alerts *);

#endif
