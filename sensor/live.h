/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live sensor at work: packets of all interfaces in the order of their
 * times into one pipeline, and what has to be done beside that.
 */
#ifndef SENSOR_LIVE_H
#define SENSOR_LIVE_H

#include "sensor/port.h"
#include "sensor/run.h"

struct control;
struct reload;

struct live {
	struct run *run;
	struct port *ports;
	size_t nports;
	struct port_bell bell;
	int signals; /* a signalfd, or -1 */
	struct control *control;
	struct reload *reload;

	struct timespec started; /* wall clock */
	struct timespec mono_started, mono_was;
	int64_t offset_ns; /* wall clock against what nobody can set */
	uint64_t backlog_was, backlog_drops;
	bool stopping;
	bool failed; /* it cannot go on: whoever started it may do so again */

	/* For the status: of the last second. */
	double packets_s, bits_s;
	uint64_t packets_was, bytes_was, clock_steps;
	struct {
		uint64_t beats;
		time_t at;
	} alive[PORTS];
};

/* Memory for ports of this run's configuration, all opened.  0, or -errno. */
int live_open(struct live *, struct run *, struct error *);

/* Starts the capture threads. */
int live_start(struct live *, struct error *);

/* Until SIGTERM or SIGINT; then what is queued is read, within a bound. */
void live_run(struct live *);
void live_close(struct live *);

/* --- live_look.c: once a second --- */

void live_look(struct live *);
void live_begin(struct live *); /* before the first look */

/* One line for the journal. */
void live_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
