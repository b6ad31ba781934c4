/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs' thread: it takes events from the ring to every output. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
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
	struct state *state;
	sem_t answered; /* found and answer hold what was asked for */
	bool found;
	struct memory_meter answer;
	uint64_t frames;
	struct keeper keeper;
	size_t n; /* of outputs that are open */
	struct opened opened[];
};

static void
answer_find(struct deliver *d, const struct item_find *f)
{
	d->found = state_find(d->state, f->titled ? f->title : NULL, f->ip,
	    f->port, f->unit, &d->answer);
	sem_post(&d->answered);
}

static void
answer_frames(struct deliver *d, const struct state_mark *m)
{
	d->frames = state_frames(d->state, m->capture, m->first_ns);
	sem_post(&d->answered);
}

static void
settle(struct deliver *d)
{
	for (size_t k = 0; k < d->n; k++)
		if (d->opened[k].output->settle != NULL)
			d->opened[k].output->settle(d->opened[k].self);
}

static void
take(struct deliver *d, const struct item *item)
{
	switch (item->kind) {
	case ITEM_EVENT:
		/* an output that cannot take it counts that itself */
		for (size_t k = 0; k < d->n; k++)
			d->opened[k].output->submit(
			    d->opened[k].self, &item->event);
		break;
	case ITEM_METER:
		state_put_meter(d->state, &item->meter);
		break;
	case ITEM_ROW:
		state_put_row(d->state, &item->row);
		break;
	case ITEM_FOLD:
		state_put_fold(d->state, &item->fold);
		break;
	case ITEM_COMMIT:
		settle(d);
		state_commit(d->state, &item->mark);
		break;
	case ITEM_FIND:
		answer_find(d, &item->find);
		break;
	case ITEM_REOPEN:
		for (size_t k = 0; k < d->n; k++)
			if (d->opened[k].output->reopen != NULL)
				d->opened[k].output->reopen(d->opened[k].self);
		break;
	case ITEM_FRAMES:
		answer_frames(d, &item->mark);
		break;
	case ITEM_SETTLE:
		settle(d);
		sem_post(&d->answered);
		break;
	}
}

static void
drain(void *arg)
{
	struct deliver *d = arg;
	const struct item *item;

	for (size_t i = 0; i < BATCH; i++) {
		item = ring_take(d->ring);
		if (item == NULL) {
			if (atomic_load(&d->stopping))
				loop_stop(d->base);
			return;
		}
		take(d, item);
		ring_done(d->ring);
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
open_outputs(
    struct deliver *d, const struct deliver_setup *setup, struct error *error)
{
	struct output_setup to = { .source = setup->source,
		.live = setup->live,
		.siem = setup->siem };
	int e;

	for (; d->n < setup->n; d->n++) {
		const struct deliver_target *t = &setup->targets[d->n];
		struct opened *o = &d->opened[d->n];

		to.path = t->path;
		to.storage = t->storage;
		to.format = t->format;
		to.colour = strcmp(t->path, "-") == 0 && colour_wanted();
		e = t->output->open(&o->self, &to, d->base, error);
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

static int
close_state(struct state *state, struct error *error)
{
	const char *said = state != NULL ? state_error(state) : NULL;
	int e = said != NULL ? -EIO : 0;

	if (said != NULL)
		error_set(error,
		    "the state file is not up to date: %s; what it held "
		    "before is there",
		    said);
	state_close(state);
	return e;
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
	e = close_state(d->state, first == 0 ? error : &other);
	first = first == 0 ? e : first;
	loop_drop(d->filled);
	loop_free(d->base);
	ring_free(d->ring);
	sem_destroy(&d->answered);
	free(d);
	return first;
}

struct deliver *
deliver_start(const struct deliver_setup *setup, struct error *error)
{
	struct deliver *d =
	    calloc(1, sizeof(*d) + setup->n * sizeof(struct opened));
	struct error other;
	int e = -ENOMEM;

	if (d != NULL) {
		d->patient = setup->patient;
		d->state = setup->state;
		sem_init(&d->answered, 0, 0);
		e = start(d, setup->cap);
	}
	if (e != 0)
		error_set(error, "cannot start the outputs: %s", strerror(-e));
	else if ((e = open_outputs(d, setup, error)) == 0 &&
	         (e = start_thread(d)) != 0)
		error_set(error, "cannot start a thread: %s", strerror(-e));
	if (e == 0)
		return d;
	if (d != NULL)
		release(d, &other);
	else
		state_close(setup->state);
	return NULL;
}

static int
put(struct deliver *d, enum item_kind kind, const void *p, size_t n)
{
	if (!d->patient)
		return ring_put(d->ring, kind, p, n);
	ring_put_wait(d->ring, kind, p, n);
	return 0;
}

#define DELIVER(k)                                                             \
	((struct deliver *)(void *)((char *)(k)-offsetof(                      \
	    struct deliver, keeper)))

static bool
keep_row(struct keeper *k, enum item_kind kind, const void *p, size_t n)
{
	return put(DELIVER(k), kind, p, n) == 0;
}

/* Puts a question and waits; false: it could not be put. */
static bool
ask(struct deliver *d, enum item_kind kind, const void *p, size_t n)
{
	if (put(d, kind, p, n) != 0)
		return false;
	while (sem_wait(&d->answered) != 0 && errno == EINTR)
		;
	return true;
}

static bool
keep_find(struct keeper *k, const struct item_find *f, struct memory_meter *m)
{
	struct deliver *d = DELIVER(k);

	if (!ask(d, ITEM_FIND, f, sizeof(*f)) || !d->found)
		return false;
	memcpy(m, &d->answer, memory_meter_size(&d->answer));
	return true;
}

static uint64_t
keep_frames(struct keeper *k, const struct state_mark *m)
{
	struct deliver *d = DELIVER(k);

	return ask(d, ITEM_FRAMES, m, sizeof(*m)) ? d->frames : 0;
}

void
deliver_settle(struct deliver *d)
{
	ask(d, ITEM_SETTLE, "", 0);
}

int
deliver_put(struct deliver *d, const struct event *ev)
{
	int e = put(d, ITEM_EVENT, ev, sizeof(*ev));

	if (e != 0)
		d->dropped++;
	return e;
}

void
deliver_reopen(struct deliver *d)
{
	static const uint8_t nothing;

	put(d, ITEM_REOPEN, &nothing, 0);
}

struct keeper *
deliver_keeper(struct deliver *d, uint32_t interval_s)
{
	d->keeper =
	    (struct keeper){ keep_row, keep_find, keep_frames, interval_s };
	return d->state != NULL ? &d->keeper : NULL;
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
