/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a detector's mouth to the outputs: the configuration's severity, the
 * policy's maintenance windows, the folding of repeats, limits by severity, the
 * sequence number,
 * the counts.
 */
#ifndef SENSOR_ALERTS_H
#define SENSOR_ALERTS_H

#include "dissectors/json.h"
#include "rules/detector.h"
#include "rules/fold.h"
#include "rules/policy.h"
#include "sensor/conf.h"

struct alerts;

/*
 * The policy, which outlives it, may be NULL; so may out: counted only.  NULL
 * when there is no memory.
 */
struct alerts *alerts_new(const struct conf *, const struct policy *,
    const uint8_t key[SIPHASH_KEY], struct event_sink *out);
void alerts_free(struct alerts *);

/* Where events go from now on, and where they went; either may be NULL. */
struct event_sink *alerts_divert(struct alerts *, struct event_sink *out);

/* Switches, severities and folding as another configuration has them. */
void alerts_reload(struct alerts *, const struct conf *);

/* Where detectors put their events. */
struct event_sink *alerts_sink(struct alerts *);

/*
 * Where each event goes, too, that is not switched off and no composite
 * rule's, with its number, or 0 when it is folded.
 */
void alerts_hear(struct alerts *, struct event_sink *);

void alerts_tick(struct alerts *, struct timespec now);

/* "events":{...},"detections":{...} into an open object. */
void alerts_summary(const struct alerts *, struct json *);

/* The last sequence number; and where to go on from, before any event. */
uint32_t alerts_sqnum(const struct alerts *);
void alerts_number(struct alerts *, uint32_t sqnum);

/* As fold_changed() and fold_restore(). */
void alerts_changed(struct alerts *,
    void (*each)(void *arg, const struct fold_window *), void *arg);
void alerts_restore(struct alerts *, const struct fold_window *);

/* Events that a limit left out. */
uint64_t alerts_left_out(const struct alerts *);

/* Folding entries that made room for others. */
uint64_t alerts_evicted(const struct alerts *);

#endif
