/* SPDX-License-Identifier: Apache-2.0 */
/* All destinations as one output; see siem.h. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "outputs/file/file.h"
#include "outputs/loop.h"
#include "outputs/output.h"
#include "outputs/siem/route.h"
#include "outputs/siem/siem.h"
#include "outputs/siem/spool.h"
#include "outputs/siem/tls.h"
#include "outputs/syslog/rfc5424.h"

extern const struct output syslog_output;

#define WATCH_MS 50
#define FINISH_MS 3000 /* for servers to read the last octets */

struct siem {
	struct output_setup setup;
	struct destination destinations[DESTINATIONS]; /* copies */
	struct event_base *base;
	struct notices *notices;
	struct loop_call *watch;
	bool safe;          /* all that was settled is on disk */
	uint32_t finish_ms; /* that are left */
	bool finishing;
	size_t n;
	struct route *routes[DESTINATIONS];
	const struct file_format *formats[DESTINATIONS];
	bool bare[DESTINATIONS]; /* a line goes as it is */
	char line[SPOOL_MESSAGE], wrapped[SPOOL_MESSAGE];
};

static const struct file_format *
format_of(const char *name, struct error *error)
{
	char known[128];
	struct text t = text_over(known, sizeof(known));

	for (size_t i = 0; outputs[i] != NULL; i++) {
		/* what has a tail is a document, and no message */
		if (outputs[i]->format == NULL ||
		    outputs[i]->format->tail != NULL)
			continue;
		if (strcmp(outputs[i]->name, name) == 0)
			return outputs[i]->format;
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, outputs[i]->name);
	}
	text_end(&t);
	error_set(error, "format is \"%s\"; expected one of %s", name, known);
	return NULL;
}

int
siem_check(const struct destination *d, struct error *error)
{
	SSL_CTX *ctx;

	if (format_of(d->format, error) == NULL)
		return -EINVAL;
	if (!destination_is_tls(d))
		return 0;
	ctx = tls_context(d, error);
	SSL_CTX_free(ctx);
	return ctx != NULL ? 0 : -EINVAL;
}

static void
report(struct siem *s)
{
	bool settled = true;
	struct notice_state state;
	uint64_t progress = 0;

	if (s->notices == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		settled = route_is_settled(s->routes[i]) && settled;
		progress += route_progress(s->routes[i]);
		state = route_state(s->routes[i]);
		notices_state(s->notices, i, &state);
	}
	notices_report(s->notices, settled, progress);
}

/* While it runs: how far it is.  At the end: whether all have ended. */
static void
on_watch(void *arg)
{
	struct siem *s = arg;
	bool finished = true;

	if (!s->finishing) {
		report(s);
		loop_after(s->watch, WATCH_MS);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		finished = route_is_finished(s->routes[i]) && finished;
	s->finish_ms -= WATCH_MS < s->finish_ms ? WATCH_MS : s->finish_ms;
	if (finished || s->finish_ms == 0)
		loop_stop(s->base);
	else
		loop_after(s->watch, WATCH_MS);
}

/* The destination alone, or all of its group. */
static int
open_route(struct siem *s, const struct siem_setup *setup, size_t at,
    struct error *error)
{
	const struct destination *d = &s->destinations[at];
	const struct destination *members[DESTINATIONS];
	struct route_setup to = { .members = members,
		.folder = setup->folder,
		.base = s->base,
		.notices = setup->notices };
	int e;

	for (size_t i = 0; i < setup->n; i++) {
		const struct destination *m = &s->destinations[i];

		if (i != at &&
		    (d->group[0] == '\0' || strcmp(d->group, m->group) != 0))
			continue;
		if (i < at)
			return 0; /* it has one already */
		members[to.n++] = m;
	}
	s->formats[s->n] = format_of(d->format, error);
	if (s->formats[s->n] == NULL)
		return -EINVAL;
	s->bare[s->n] = d->type == DESTINATION_REDIS;
	e = route_open(&s->routes[s->n], &to, error);
	s->n += e == 0;
	return e;
}

static void
release(struct siem *s)
{
	for (size_t i = 0; i < s->n; i++)
		route_free(s->routes[i]);
	loop_drop(s->watch);
	free((char *)s->setup.source);
	free(s);
}

static int
open_all(struct siem *s, const struct siem_setup *setup, struct error *error)
{
	int e = 0;

	memcpy(s->destinations, setup->destinations,
	    setup->n * sizeof(*setup->destinations));
	if (mkdir(setup->folder, 0700) != 0 && errno != EEXIST) {
		e = -errno;
		error_set(error, "%s: cannot make the folder of spools: %s",
		    setup->folder, strerror(-e));
	}
	for (size_t i = 0; e == 0 && i < setup->n; i++)
		e = open_route(s, setup, i, error);
	return e;
}

static int
siem_open(void **self, const struct output_setup *setup,
    struct event_base *base, struct error *error)
{
	struct siem *s = calloc(1, sizeof(*s));
	int e;

	error_set(error, "destinations: out of memory");
	if (s == NULL)
		return -ENOMEM;
	s->setup = *setup;
	s->setup.source = strdup(setup->source);
	s->base = base;
	s->notices = setup->siem->notices;
	s->watch = loop_timer(base, on_watch, s);
	e = s->setup.source != NULL && s->watch != NULL ? 0 : -ENOMEM;
	if (e == 0)
		e = open_all(s, setup->siem, error);
	if (e != 0) {
		release(s);
		return e;
	}
	loop_after(s->watch, WATCH_MS);
	*self = s;
	return 0;
}

/*
 * The message of a format, 0: it does not fit.  What is no syslog itself
 * travels behind a header of it, unless it goes bare.
 */
static size_t
make(struct siem *s, size_t at, const struct event *ev, const char **to)
{
	const struct file_format *format = s->formats[at];
	size_t n = format->line(s->line, sizeof(s->line), &s->setup, ev);
	struct rfc5424_sender from = { .source = s->setup.source,
		.app = "gridtap" };
	struct clock_state clock;
	int wrapped;

	*to = s->line;
	if (n == 0 || s->bare[at] || format == syslog_output.format)
		return n;
	if (s->setup.live) {
		clock = clock_now();
		from.clock = &clock;
	}
	*to = s->wrapped;
	wrapped =
	    rfc5424_wrap(s->wrapped, sizeof(s->wrapped), &from, ev, s->line, n);
	return wrapped > 0 ? (size_t)wrapped : 0;
}

static int
siem_submit(void *self, const struct event *ev)
{
	struct siem *s = self;
	const char *message = NULL;
	int e, first = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		/* most sensors have one format for all */
		if (i == 0 || s->formats[i] != s->formats[i - 1] ||
		    s->bare[i] != s->bare[i - 1])
			n = make(s, i, ev, &message);
		/* a length that no message has is dropped and counted */
		e = route_put(s->routes[i], (int)ev->severity, message,
		    n > 0 ? n : SPOOL_MESSAGE + 1);
		first = first == 0 ? e : first;
	}
	return first;
}

static void
siem_settle(void *self)
{
	struct siem *s = self;

	s->safe = true;
	for (size_t i = 0; i < s->n; i++)
		s->safe = route_sync(s->routes[i]) == 0 && s->safe;
	report(s);
}

static bool
siem_is_safe(const void *self)
{
	return ((const struct siem *)self)->safe;
}

/* The outputs' thread has ended: its loop runs here for a moment more. */
static void
finish(struct siem *s)
{
	struct timespec now = { 0 };
	sigset_t pipe, before;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	s->finishing = true;
	s->finish_ms = FINISH_MS;
	for (size_t i = 0; i < s->n; i++)
		route_finish(s->routes[i]);
	loop_after(s->watch, 0);
	loop_run(s->base);
	while (sigtimedwait(&pipe, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static int
siem_close(void *self, struct error *error)
{
	struct siem *s = self;
	struct error other;
	int e, first = 0;

	siem_settle(s);
	finish(s);
	for (size_t i = 0; i < s->n; i++) {
		e = route_left(s->routes[i], first == 0 ? error : &other);
		first = first == 0 ? e : first;
	}
	release(s);
	return first;
}

const struct output siem_output = {
	.name = "siem",
	.open = siem_open,
	.submit = siem_submit,
	.close = siem_close,
	.settle = siem_settle,
	.is_safe = siem_is_safe,
};
