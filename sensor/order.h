/* SPDX-License-Identifier: Apache-2.0 */
/* What stream.c and order.c share, and nobody else. */
#ifndef SENSOR_ORDER_H
#define SENSOR_ORDER_H

#include "sensor/held.h"
#include "sensor/history.h"
#include "sensor/stream.h"

struct streams {
	struct stream_setup setup;
	struct stream_sink *sink;
	struct blocks *blocks;
	struct history *history;
	struct stream_counts counts;
	uint32_t *holes; /* slots of flows that hold something back */
	uint32_t nholes, most_holes;
	uint32_t hand; /* slot of the flow that was swept last */
};

/* A piece of a direction of which the next sequence number is known. */
void order_take(struct streams *, struct flow *, unsigned dir, struct piece *);

/* The next sequence number has changed. */
void order_drain(struct streams *, struct flow *, unsigned dir);

/* After a packet of a flow that holds something back. */
void order_watch(struct streams *, struct flow *, struct timespec now);

/* A flow has begun to hold something back. */
void order_hole(struct streams *, struct flow *);

/* Judges all that holds something back; or gives it all out. */
void order_tick(struct streams *, struct timespec now);
void order_end(struct streams *);

#endif
