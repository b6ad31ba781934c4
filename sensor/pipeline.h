/* SPDX-License-Identifier: Apache-2.0 */
/* Packet to unit to op to event, on one thread, in the packets' own time. */
#ifndef SENSOR_PIPELINE_H
#define SENSOR_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "dissectors/json.h"
#include "rules/event.h"
#include "rules/siphash.h"
#include "sensor/conf.h"
#include "sensor/observer.h"
#include "sensor/record.h"

struct pipeline;

/* The key of a replay: the same bytes every time. */
extern const uint8_t pipeline_key[SIPHASH_KEY];

/*
 * policy, records and events may be NULL; all three outlive the pipeline.
 * conf is read now and not kept.  All memory is got here: NULL, said in error,
 * without.
 */
struct pipeline *pipeline_new(const struct conf *, const struct policy *,
    struct record_sink *records, struct event_sink *events, struct error *);
void pipeline_free(struct pipeline *);

/* Who looks on, or NULL; it outlives the pipeline.  Before any packet. */
void pipeline_observe(struct pipeline *, struct observer *);

/*
 * The packets that follow are of this capture and link type (DLT_...).  name
 * outlives the pipeline.  0, or -ENOTSUP, said in error.
 */
int pipeline_capture(
    struct pipeline *, const char *name, int link, struct error *);

/* One that a filter left out: it counts, and no more. */
void pipeline_left_out(struct pipeline *, struct timespec at);

/* Frames count from 1 in each capture.  captured <= on_wire. */
void pipeline_packet(struct pipeline *, struct timespec at,
    const uint8_t *bytes, size_t captured, size_t on_wire);

/*
 * Whether the bytes of packets stay where they are until pipeline_flush();
 * otherwise they are good for the call, and copied if they have to wait.
 */
void pipeline_lasting(struct pipeline *, bool);

/*
 * Packets are taken a batch at a time while there are many flows.  What has
 * been given is processed now: after each read from a live source.
 */
void pipeline_flush(struct pipeline *);

/* No more packets come: what waits for lost ones waits no longer. */
void pipeline_end(struct pipeline *);

/* The members of the summary from "packets" on, into an open object. */
void pipeline_summary(const struct pipeline *, struct json *);

/* The meters table; as meters_write(). */
int pipeline_meters(const struct pipeline *, FILE *);

#endif
