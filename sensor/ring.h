/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded queue of items from one thread to one other.  Whoever has to
 * wait sleeps on a descriptor; nobody spins.
 */
#ifndef SENSOR_RING_H
#define SENSOR_RING_H

#include "sensor/item.h"

struct ring;

/* Room for cap items, cap > 0.  NULL, with errno, without. */
struct ring *ring_new(uint32_t cap);
void ring_free(struct ring *);

/*
 * The producer's: n octets of what kind says, copied.  0, or -ENOBUFS.
 */
int ring_put(struct ring *, enum item_kind, const void *, size_t n);

/* The producer's: waits for room. */
void ring_put_wait(struct ring *, enum item_kind, const void *, size_t n);

/* The producer's: lets the consumer look, though nothing was put. */
void ring_wake(struct ring *);

/*
 * The consumer's: the item that is next, until ring_done(); NULL when the queue
 * is empty.  Only after that does ring_fd() tell of what is put next.
 */
const struct item *ring_take(struct ring *);
void ring_done(struct ring *);

/* Can be read when there may be items; ring_take() reads it. */
int ring_fd(const struct ring *);

#endif
