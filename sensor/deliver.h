/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs' thread: it takes events from the ring to every output. */
#ifndef SENSOR_DELIVER_H
#define SENSOR_DELIVER_H

#include "outputs/output.h"
#include "outputs/siem/siem.h"
#include "sensor/remember.h"

struct deliver;

/* What "-o FORMAT[:PATH]" asked for. */
struct deliver_target {
	const struct output *output;
	const char *path; /* "-": standard output */
	/* Of raw storage; or NULL. */
	const struct journal_setup *storage;
	const struct file_format *format;
};

struct deliver_setup {
	const struct deliver_target *targets;
	size_t n;
	const char *source;
	uint32_t cap; /* events and rows that may wait */
	bool patient; /* when they do, the pipeline waits: a replay */
	bool live;    /* as struct output_setup has it */
	const struct siem_setup *siem; /* of the output "siem", if it is one */
	struct state *state; /* closed by deliver_stop(); NULL: none */
};

/*
 * Opens the outputs and starts the thread.  NULL, said in error, when an
 * output does not open; state is closed in that case, too.
 */
struct deliver *deliver_start(const struct deliver_setup *, struct error *);

/* 0, or -ENOBUFS and a counter.  Called by the pipeline's thread only. */
int deliver_put(struct deliver *, const struct event *);

/*
 * Keeps rows in the state file; NULL without one.  Events and rows keep their
 * order.  Called by the pipeline's thread only.
 */
struct keeper *deliver_keeper(struct deliver *, uint32_t interval_s);

/* Files are opened again by their names, behind what was put: rotation. */
void deliver_reopen(struct deliver *);
/* Waits until what was put is where it does not end with the program. */
void deliver_settle(struct deliver *);

/* Events that found no room, since the start. */
uint64_t deliver_dropped(const struct deliver *);

/*
 * Waits until all is delivered, closes and frees.  0, or -errno, said in
 * error, when an output or the state file could not take all of it.
 */
int deliver_stop(struct deliver *, struct error *);

/* "json" or "json:PATH".  0, or -EINVAL, said in error. */
int deliver_parse(struct deliver_target *, const char *arg, struct error *);

#endif
