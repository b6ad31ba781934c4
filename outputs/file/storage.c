/* SPDX-License-Identifier: Apache-2.0 */
/* The output "storage": events as lines of a format, kept and chained. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "outputs/file/file.h"
#include "outputs/file/journal.h"
#include "outputs/file/lines.h"
#include "outputs/file/storage.h"

struct storage {
	struct journal *journal;
	const struct file_format *format;
	struct output_setup setup;
	char *source;
	char line[LINES_MAX];
};

static void
release(struct storage *s)
{
	if (s != NULL)
		free(s->source);
	free(s);
}

static int
start(void **self, const struct output_setup *setup, struct event_base *base,
    struct error *error)
{
	struct storage *s = calloc(1, sizeof(*s));
	int e;

	if (s == NULL || (s->source = strdup(setup->source)) == NULL) {
		release(s);
		error_set(error, "%s: out of memory", setup->storage->path);
		return -ENOMEM;
	}
	s->format = setup->format;
	s->setup = *setup;
	s->setup.source = s->source;
	s->setup.storage = NULL; /* the journal has it */
	e = journal_open(&s->journal, setup->storage, base, error);
	if (e != 0)
		release(s);
	else
		*self = s;
	return e;
}

static int
submit(void *self, const struct event *ev)
{
	struct storage *s = self;
	size_t n = s->format->line(s->line, sizeof(s->line), &s->setup, ev);

	/* a length that no line has: what did not fit is counted there */
	return journal_put(s->journal, s->line, n > 0 ? n : LINES_MAX,
	    ev->at.tv_sec, ev->severity == SEVERITY_ALARM);
}

static int
finish(void *self, struct error *error)
{
	struct storage *s = self;
	int e = journal_close(s->journal, error);

	release(s);
	return e;
}

static void
settle(void *self)
{
	struct storage *s = self;

	journal_settle(s->journal);
}

const struct output storage_output = {
	.name = "storage",
	.open = start,
	.submit = submit,
	.close = finish,
	.settle = settle,
};
