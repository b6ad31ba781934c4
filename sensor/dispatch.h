/* SPDX-License-Identifier: Apache-2.0 */
/* Ops to the detectors that asked for them, and to no others. */
#ifndef SENSOR_DISPATCH_H
#define SENSOR_DISPATCH_H

#include "rules/detector.h"
#include "sensor/conf.h"
#include "sensor/observer.h"

struct dispatch;

/* The index of the sensor's own ops, behind those of the dissectors. */
unsigned dispatch_transport(void);

/*
 * Starts every detector of which a detection is enabled, and the worlds that
 * they need.  What setup points to outlives it.  NULL without memory.
 */
struct dispatch *dispatch_new(const struct conf *, const struct setup *);
void dispatch_free(struct dispatch *);

/* which: the dissector's index, or dispatch_transport(). */
void dispatch_op(
    struct dispatch *, unsigned which, const struct op *, struct event_sink *);

/* An op of a flow with this hint comes soon: its world may fetch what it needs.
 */
void dispatch_expect(const struct dispatch *, unsigned which, const void *hint);
void dispatch_tick(struct dispatch *, struct timespec now, struct event_sink *);

/* Who looks on from now on; it outlives the dispatch.  NULL: nobody. */
void dispatch_observe(struct dispatch *, struct observer *);

/*
 * Another configuration: parameters, and what is switched on or off.  What was
 * off gets its memory now, and begins to learn; what goes off keeps its state.
 * policy: it was exchanged, too.  0, or -1: no memory, nothing is changed.
 */
int dispatch_reload(struct dispatch *, const struct conf *, bool policy);

/* To those that ask how the sensor is. */
void dispatch_health(
    struct dispatch *, const struct health *, struct event_sink *);

/* To those that ask for what others say. */
void dispatch_event(
    struct dispatch *, const struct event *, struct event_sink *);

/* What outlives a restart, from and to the worlds that have such. */
void dispatch_recall(struct dispatch *, const struct memory_meter *);
void dispatch_answer(struct dispatch *, const struct memory_answer *);
/* False: the row is of nothing that is known. */
bool dispatch_recall_row(struct dispatch *, const struct memory_row *);
void dispatch_remember(struct dispatch *, struct memory *);

/* The state of a world, or NULL when nothing needs it. */
void *dispatch_world(const struct dispatch *, const struct world *);

#endif
