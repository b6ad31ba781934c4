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

struct health;
struct pipeline;
struct pipeline_counts;

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

/* What destinations have to tell; it outlives the pipeline.  NULL: none. */
struct notices;
void pipeline_notices(struct pipeline *, struct notices *);

/* What they told by now becomes events.  False: no packet ever came. */
bool pipeline_tell(struct pipeline *);

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

/* --- A live sensor --- */

/*
 * The next packet is of this source, the one behind so many frames of it.  As
 * pipeline_capture(), but for each packet: several interfaces take turns.
 */
void pipeline_from(
    struct pipeline *, const char *name, int link, uint64_t frames);

/*
 * No packet is on its way and the clock goes on: what packet time would have
 * done by now.  Nothing before the first packet.
 */
void pipeline_clock(struct pipeline *, struct timespec now);

/*
 * Goes on with another configuration and, where there was a policy, with the
 * contents of next in its place and the other way round; flows and all that is
 * known stay.  Limits and classify stay as they were, too.  0, or -1: no
 * memory, and nothing is changed.
 */
int pipeline_reload(struct pipeline *, const struct conf *,
    struct policy *policy, struct policy *next);

/* "tables":{"flows":{"used":n,"size":n},...} into an open object. */
void pipeline_tables(const struct pipeline *, struct json *);

/* What the sensor found out about itself; becomes an event where it should. */
void pipeline_health(struct pipeline *, const struct health *);

const struct pipeline_counts *pipeline_counts(const struct pipeline *);

/* No more packets come: what waits for lost ones waits no longer. */
void pipeline_end(struct pipeline *);

/* The members of the summary from "packets" on, into an open object. */
void pipeline_summary(const struct pipeline *, struct json *);

/* The meters table; as meters_write(). */
int pipeline_meters(const struct pipeline *, FILE *);

#endif
