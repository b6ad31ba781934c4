/* SPDX-License-Identifier: Apache-2.0 */
/* An output that writes each event as one line of a file. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "outputs/file/file.h"
#include "outputs/file/lines.h"

struct file {
	struct lines *lines;
	const struct file_format *format;
	struct output_setup setup;
	char *source;
	char line[LINES_MAX];
};

static void
release(struct file *f)
{
	if (f != NULL)
		free(f->source);
	free(f);
}

int
file_open(void **self, const struct output_setup *setup,
    struct event_base *base, const struct file_format *format,
    struct error *error)
{
	struct file *f = calloc(1, sizeof(*f));
	int e;

	if (f == NULL || (f->source = strdup(setup->source)) == NULL) {
		release(f);
		error_set(error, "%s: out of memory", setup->path);
		return -ENOMEM;
	}
	f->format = format;
	f->setup = *setup;
	f->setup.source = f->source;
	f->setup.path = NULL; /* lines has it */
	/* a document with an end cannot be gone on with */
	e = setup->live && format->tail == NULL
	        ? lines_append(&f->lines, setup->path, base, error)
	        : lines_open(&f->lines, setup->path, base, error);
	if (e != 0) {
		release(f);
		return e;
	}
	if (format->tail != NULL)
		lines_frame(f->lines, format->head, format->tail);
	*self = f;
	return 0;
}

int
file_submit(void *self, const struct event *ev)
{
	struct file *f = self;
	size_t n = f->format->line(f->line, sizeof(f->line), &f->setup, ev);

	/* a length that no line has: what did not fit is counted there */
	return lines_put(f->lines, f->line, n > 0 ? n : LINES_MAX);
}

int
file_close(void *self, struct error *error)
{
	struct file *f = self;
	int e = lines_close(f->lines, error);

	release(f);
	return e;
}

void
file_settle(void *self)
{
	struct file *f = self;

	lines_settle(f->lines);
}

void
file_reopen(void *self)
{
	struct file *f = self;

	lines_reopen(f->lines);
}
