/* SPDX-License-Identifier: Apache-2.0 */
/* An output that writes each event as one line of a file. */
#ifndef OUTPUTS_FILE_FILE_H
#define OUTPUTS_FILE_FILE_H

#include "outputs/output.h"

/* How events become the lines of a file. */
struct file_format {
	/* Without newline; its length, or 0 when it does not fit. */
	size_t (*line)(char *buf, size_t size, const struct output_setup *,
	    const struct event *);

	/* What stands before and behind all lines, whole lines; or NULL. */
	const char *head, *tail;
};

/* As those of struct output; the format outlives the output. */
int file_open(void **self, const struct output_setup *, struct event_base *,
    const struct file_format *, struct error *);
int file_submit(void *self, const struct event *);
int file_close(void *self, struct error *);
void file_settle(void *self);
void file_reopen(void *self);

#endif
