/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs' thread: it takes events from the ring to every output. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "outputs/loop.h"
#include "outputs/text/colour.h"
#include "sensor/deliver.h"
#include "sensor/ring.h"

#define BATCH 256 /* events, before the loop looks at other descriptors */

struct opened {
	const struct output *output;
	void *self;
};

struct deliver {
	struct ring *ring;
	struct event_base *base;
	struct loop_call *filled;
	pthread_t thread;
	bool patient;
	atomic_bool stopping;
	uint64_t dropped;
	size_t n; /* of outputs that are open */
	struct opened opened[];
};

static void
drain(void *arg)
{
	struct deliver *d = arg;
	struct event ev;

	for (size_t i = 0; i < BATCH; i++) {
		if (!ring_take(d->ring, &ev)) {
			if (atomic_load(&d->stopping))
				loop_stop(d->base);
			return;
		}
		/* an output that cannot take it counts that itself */
		for (size_t k = 0; k < d->n; k++)
			d->opened[k].output->submit(d->opened[k].self, &ev);
	}
	ring_wake(d->ring);
}

static void *
run(void *arg)
{
	struct deliver *d = arg;

	loop_run(d->base);
	return NULL;
}

/* Signals are for the main thread. */
static int
start_thread(struct deliver *d)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&d->thread, NULL, run, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -e;
}

static int
open_outputs(struct deliver *d, const struct deliver_target *targets, size_t n,
    const char *source, struct error *error)
{
	struct output_setup setup = { .source = source };
	int e;

	for (; d->n < n; d->n++) {
		const struct deliver_target *t = &targets[d->n];
		struct opened *o = &d->opened[d->n];

		setup.path = t->path;
		setup.colour = strcmp(t->path, "-") == 0 && colour_wanted();
		e = t->output->open(&o->self, &setup, d->base, error);
		if (e != 0)
			return e;
		o->output = t->output;
	}
	return 0;
}

static int
start(struct deliver *d, uint32_t cap)
{
	d->ring = ring_new(cap);
	if (d->ring == NULL)
		return -errno;
	d->base = loop_new();
	if (d->base == NULL)
		return -ENOMEM;
	d->filled = loop_readable(d->base, ring_fd(d->ring), drain, d);
	return d->filled != NULL ? 0 : -ENOMEM;
}

/* The first error is the one that is told. */
static int
release(struct deliver *d, struct error *error)
{
	struct error other;
	int e, first = 0;

	for (size_t i = 0; i < d->n; i++) {
		e = d->opened[i].output->close(
		    d->opened[i].self, first == 0 ? error : &other);
		first = first == 0 ? e : first;
	}
	loop_drop(d->filled);
	loop_free(d->base);
	ring_free(d->ring);
	free(d);
	return first;
}

struct deliver *
deliver_start(const struct deliver_target *targets, size_t n,
    const char *source, uint32_t cap, bool patient, struct error *error)
{
	struct deliver *d = calloc(1, sizeof(*d) + n * sizeof(struct opened));
	struct error other;
	int e = -ENOMEM;

	if (d != NULL) {
		d->patient = patient;
		e = start(d, cap);
	}
	if (e != 0)
		error_set(error, "cannot start the outputs: %s", strerror(-e));
	else if ((e = open_outputs(d, targets, n, source, error)) == 0 &&
	         (e = start_thread(d)) != 0)
		error_set(error, "cannot start a thread: %s", strerror(-e));
	if (e == 0)
		return d;
	if (d != NULL)
		release(d, &other);
	return NULL;
}

int
deliver_put(struct deliver *d, const struct event *ev)
{
	int e = 0;

	if (d->patient)
		ring_put_wait(d->ring, ev);
	else
		e = ring_put(d->ring, ev);
	if (e != 0)
		d->dropped++;
	return e;
}

uint64_t
deliver_dropped(const struct deliver *d)
{
	return d->dropped;
}

int
deliver_stop(struct deliver *d, struct error *error)
{
	atomic_store(&d->stopping, true);
	ring_wake(d->ring);
	pthread_join(d->thread, NULL);
	return release(d, error);
}

int
deliver_parse(
    struct deliver_target *target, const char *arg, struct error *error)
{
	size_t n = strcspn(arg, ":");
	char known[256];
	struct text t = text_over(known, sizeof(known));

	for (const struct output *const *o = outputs; *o != NULL; o++) {
		text_add(&t, t.n > 0 ? ", " : "");
		text_add(&t, (*o)->name);
		if (strlen((*o)->name) != n || memcmp((*o)->name, arg, n) != 0)
			continue;
		target->output = *o;
		target->path = arg[n] == ':' ? arg + n + 1 : "-";
		if (*target->path != '\0')
			return 0;
		error_set(error, "%s: expected a path behind the colon", arg);
		return -EINVAL;
	}
	text_end(&t);
	error_set(error, "%s: expected %s, with or without :PATH", arg, known);
	return -EINVAL;
}
