/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs' thread: it takes events from the ring to every output. */
#ifndef SENSOR_DELIVER_H
#define SENSOR_DELIVER_H

#include "outputs/output.h"

struct deliver;

/* What "-o FORMAT[:PATH]" asked for. */
struct deliver_target {
	const struct output *output;
	const char *path; /* "-": standard output */
};

/*
 * Opens the outputs and starts the thread.  cap: events that may wait.
 * patient: when they do, deliver_put() waits too, as a replay should.
 * NULL, said in error, when an output does not open.
 */
struct deliver *deliver_start(const struct deliver_target *, size_t n,
    const char *source, uint32_t cap, bool patient, struct error *);

/* 0, or -ENOBUFS and a counter.  Called by the pipeline's thread only. */
int deliver_put(struct deliver *, const struct event *);

/* Events that found no room, since the start. */
uint64_t deliver_dropped(const struct deliver *);

/*
 * Waits until all is delivered, closes and frees.  0, or -errno, said in
 * error, when an output could not write all of it.
 */
int deliver_stop(struct deliver *, struct error *);

/* "json" or "json:PATH".  0, or -EINVAL, said in error. */
int deliver_parse(struct deliver_target *, const char *arg, struct error *);

#endif
