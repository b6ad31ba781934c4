/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures to read: libpcap's formats with microseconds and nanoseconds,
 * pcapng, all of them gzip-compressed too; folders; standard input.
 */
#ifndef SENSOR_CAPTURE_H
#define SENSOR_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "outputs/error.h"
#include "sensor/pipeline.h"

struct capture_list {
	struct capture_entry {
		char *path;       /* "-": standard input */
		const char *name; /* its last part */
		struct timespec first;
	} * entries;
	size_t n;
};

/*
 * Adds a file, or the captures in a folder.  0, or -errno, said in error: a
 * path that is not there, a folder without captures.
 */
int capture_add(struct capture_list *, const char *path, struct error *);

/*
 * By the time of their first packet; what has none, or cannot be read twice as
 * standard input, goes first.
 */
void capture_sort(struct capture_list *);

void capture_list_free(struct capture_list *);

/* Told now and then how far a capture is read: 0 to 1, or -1 if unknown. */
struct capture_progress {
	void (*at)(struct capture_progress *, const char *name, double share);
};

/*
 * Reads one capture to its end into the pipeline.  0, or -errno, said in
 * error; what was whole before an error has been processed.
 */
int capture_read(const struct capture_entry *, const char *filter,
    struct pipeline *, struct capture_progress *, struct error *);

#endif
