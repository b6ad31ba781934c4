/* SPDX-License-Identifier: Apache-2.0 */
/* An output carries events away, in its own time. */
#ifndef OUTPUTS_OUTPUT_H
#define OUTPUTS_OUTPUT_H

#include "outputs/error.h"
#include "rules/event.h"

struct event_base;
struct file_format;
struct journal_setup;
struct siem_setup;

/* What every output is told of the sensor and of where it writes. */
struct output_setup {
	const char *source; /* the sensor's name */
	const char *path;   /* of a file; "-" is standard output */
	bool colour;        /* a person reads it on a terminal */
	bool live;          /* no replay: the host's clock counts */
	const struct journal_setup *storage; /* of raw storage only, as is */
	const struct file_format *format;    /* of its lines */
	const struct siem_setup *siem;       /* of the output "siem" only */
};

struct output {
	const char *name;

	/* 0 and *self, which close() frees; or -errno, said in error. */
	int (*open)(void **self, const struct output_setup *,
	    struct event_base *, struct error *);

	/* Copies and queues, never blocks: 0, or -EAGAIN and a counter. */
	int (*submit)(void *self, const struct event *);

	/* 0, or -errno, said in error, when not all could be written. */
	int (*close)(void *self, struct error *);

	/*
	 * What was submitted is where it does not end with the program; or
	 * NULL.  A mark that says that its packets are done comes behind it.
	 */
	void (*settle)(void *self);

	const struct file_format *format; /* of its lines; NULL: has none */

	/* Its file was moved away: writes to a new one; or NULL. */
	void (*reopen)(void *self);

	/*
	 * Whether the last settle() did it: the mark is put off otherwise.
	 * NULL: always.
	 */
	bool (*is_safe)(const void *self);
};

extern const struct output *const outputs[]; /* NULL-terminated */

#endif
