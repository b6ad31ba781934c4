/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of events from one thread to one other.  Whoever has to
 * wait sleeps on a descriptor; nobody spins.
 */
#ifndef SENSOR_RING_H
#define SENSOR_RING_H

#include "rules/event.h"

struct ring;

/* Room for cap events, cap > 0.  NULL, with errno, without. */
struct ring *ring_new(uint32_t cap);
void ring_free(struct ring *);

/* The producer's: 0, or -ENOBUFS. */
int ring_put(struct ring *, const struct event *);

/* The producer's: waits for room. */
void ring_put_wait(struct ring *, const struct event *);

/* The producer's: lets the consumer look, though nothing was put. */
void ring_wake(struct ring *);

/*
 * The consumer's: false when the queue is empty.  Only after that does
 * ring_fd() tell of what is put next.
 */
bool ring_take(struct ring *, struct event *);

/* Can be read when there may be events; ring_take() reads it. */
int ring_fd(const struct ring *);

#endif
