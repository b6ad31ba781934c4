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
#include "sensor/lookups.h"
#include "sensor/ring.h"

#define LOOK_MS 1000
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
	sem_t answered; /* ITEM_SETTLE */
	struct lookups *lookups;
	struct item_answer answer;
	int64_t acked; /* acknowledgements up to here were handed over */
	bool crowded;  /* one did not fit */
	struct loop_call *looks;
	struct keeper keeper;
	size_t n; /* of outputs that are open */
	struct opened opened[];
};

static void
answer_find(struct deliver *d, const struct item_find *f)
{
	d->answer.ticket = f->ticket;
	d->answer.found = state_find(d->state, f->titled ? f->title : NULL,
	    f->ip, f->port, f->unit, &d->answer.meter);
	lookups_answer(d->lookups, &d->answer);
}

/* Asked for in front of the first packet, one at a time. */
static void
answer_frames(struct deliver *d, const struct state_mark *m)
{
	d->answer.ticket = (uint32_t)m->generation;
	d->answer.found = false;
	d->answer.frames = state_frames(d->state, m->capture, m->first_ns);
	lookups_answer(d->lookups, &d->answer);
}

static void
on_ack(void *arg, const struct state_ack *a)
{
	struct deliver *d = arg;

	if (a->id <= d->acked || d->crowded)
		return;
	if (lookups_acknowledge(d->lookups, a))
		d->acked = a->id;
	else
		d->crowded = true; /* those behind must not overtake it */
}

/* What a person has acknowledged since. */
static void
look(void *arg)
{
	struct deliver *d = arg;
	struct error error;

	/* what does not succeed now will in a second */
	d->crowded = false;
	state_acks(d->state, LOOKUPS_MOST, on_ack, d, &error);
	loop_after(d->looks, LOOK_MS);
}

/* Whether a mark may say that all before it is done. */
static bool
settle(struct deliver *d)
{
	bool safe = true;

	for (size_t k = 0; k < d->n; k++) {
		const struct opened *o = &d->opened[k];

		if (o->output->settle != NULL)
			o->output->settle(o->self);
		if (o->output->is_safe != NULL)
			safe = o->output->is_safe(o->self) && safe;
	}
	return safe;
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
		/* what is put off is written with the next one */
		if (settle(d))
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
	case ITEM_ANSWER:
	case ITEM_ACK:
		break; /* they go the other way */
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
	d->lookups = lookups_new(d->patient);
	d->filled = loop_readable(d->base, ring_fd(d->ring), drain, d);
	d->looks = loop_timer(d->base, look, d);
	if (d->lookups == NULL || d->filled == NULL || d->looks == NULL)
		return -ENOMEM;
	if (d->state != NULL)
		loop_after(d->looks, LOOK_MS);
	return 0;
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
	loop_drop(d->looks);
	loop_drop(d->filled);
	loop_free(d->base);
	ring_free(d->ring);
	lookups_free(d->lookups);
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

static enum memory_found
keep_find(struct keeper *k, struct item_find *f, struct memory_meter *m)
{
	struct deliver *d = DELIVER(k);
	const struct item_answer *a = NULL;

	if (!lookups_ask(d->lookups, f))
		return MEMORY_NONE;
	if (put(d, ITEM_FIND, f, sizeof(*f)) == 0)
		a = lookups_wait(d->lookups, f->ticket);
	else
		lookups_retry(d->lookups, f->ticket);
	if (a == NULL)
		return MEMORY_LATER;
	if (!a->found)
		return MEMORY_NONE;
	memcpy(m, &a->meter, memory_meter_size(&a->meter));
	return MEMORY_FOUND;
}

/* Only what is read again has frames that are done. */
static uint64_t
keep_frames(struct keeper *k, const struct state_mark *m)
{
	struct deliver *d = DELIVER(k);
	struct state_mark mark = *m;
	struct item_find f = { 0 };
	const struct item_answer *a;

	if (!d->patient || !lookups_ask(d->lookups, &f))
		return 0;
	mark.generation = f.ticket;
	put(d, ITEM_FRAMES, &mark, sizeof(mark));
	a = lookups_wait(d->lookups, f.ticket);
	return a != NULL ? a->frames : 0;
}

static enum item_kind
keep_next(struct keeper *k, struct memory_answer *answer, struct state_ack *ack)
{
	struct deliver *d = DELIVER(k);
	const struct item_find *f;

	while ((f = lookups_again(d->lookups)) != NULL)
		if (put(d, ITEM_FIND, f, sizeof(*f)) != 0) {
			lookups_retry(d->lookups, f->ticket);
			break;
		}
	return lookups_next(d->lookups, answer, ack);
}

void
deliver_settle(struct deliver *d)
{
	if (put(d, ITEM_SETTLE, "", 0) != 0)
		return;
	while (sem_wait(&d->answered) != 0 && errno == EINTR)
		;
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
	d->keeper = (struct keeper){ keep_row, keep_find, keep_next,
		keep_frames, interval_s };
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
