/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is open stands in a table of the pipeline's own.  While it waits for one
 * answer others may come: they lie aside until the next tick.
 */
#include <config.h>

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/lookups.h"
#include "sensor/ring.h"

#define ACKS 32
#define WAIT_MS 20
#define SPAN_MS 1000 /* within which waiting takes no more than this: */
#define SPAN_WAIT_MS 100
#define OVERDUE_MS 2000

struct question {
	uint32_t ticket; /* 0: none */
	uint64_t ms;     /* when it was asked */
	bool told;       /* that it is overdue */
	bool again;      /* it has to be put once more */
	struct item_find find;
};

struct lookups {
	struct ring *ring, *acks; /* to the pipeline */
	bool patient;
	uint32_t tickets;
	struct question open[LOOKUPS_MOST];
	uint64_t span_ms, waited_ms; /* of the present span */
	uint64_t refused;
	uint32_t nagain; /* questions that have to be put once more */
	bool taken;      /* an item of the ring is in use */
	uint32_t naside, first;
	struct item_answer *aside[LOOKUPS_MOST]; /* from first on, a ring */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct lookups *
lookups_new(bool patient)
{
	struct lookups *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->patient = patient;
	l->ring = ring_new(LOOKUPS_MOST);
	l->acks = ring_new(ACKS);
	for (size_t i = 0; i < LOOKUPS_MOST; i++)
		l->aside[i] = calloc(1, sizeof(*l->aside[i]));
	for (size_t i = 0; i < LOOKUPS_MOST; i++)
		if (l->aside[i] == NULL || l->ring == NULL || l->acks == NULL) {
			lookups_free(l);
			return NULL;
		}
	return l;
}

void
lookups_free(struct lookups *l)
{
	if (l == NULL)
		return;
	ring_free(l->ring);
	ring_free(l->acks);
	for (size_t i = 0; i < LOOKUPS_MOST; i++)
		free(l->aside[i]);
	free(l);
}

static struct question *
find(struct lookups *l, uint32_t ticket)
{
	for (size_t i = 0; i < LOOKUPS_MOST; i++)
		if (l->open[i].ticket == ticket)
			return &l->open[i];
	return NULL;
}

bool
lookups_ask(struct lookups *l, struct item_find *find_it)
{
	struct question *q = find(l, 0);

	if (q == NULL) {
		l->refused++;
		return false;
	}
	if (++l->tickets == 0)
		l->tickets++;
	find_it->ticket = l->tickets;
	*q = (struct question){
		.ticket = l->tickets, .ms = now_ms(), .find = *find_it
	};
	return true;
}

void
lookups_retry(struct lookups *l, uint32_t ticket)
{
	struct question *q = find(l, ticket);

	q->again = true;
	l->nagain++;
}

const struct item_find *
lookups_again(struct lookups *l)
{
	for (size_t i = 0; l->nagain > 0 && i < LOOKUPS_MOST; i++)
		if (l->open[i].ticket != 0 && l->open[i].again) {
			l->open[i].again = false;
			l->nagain--;
			return &l->open[i].find;
		}
	return NULL;
}

/* The next of the ring, which is done with by the next call. */
static const struct item *
take(struct lookups *l)
{
	const struct item *item;

	if (l->taken)
		ring_done(l->ring);
	item = ring_take(l->ring);
	l->taken = item != NULL;
	return item;
}

/* How long it may take, ms; all that is waited is within a span's share. */
static int
patience(struct lookups *l, uint64_t now)
{
	if (l->patient)
		return -1;
	if (now - l->span_ms >= SPAN_MS) {
		l->span_ms = now;
		l->waited_ms = 0;
	}
	if (l->waited_ms >= SPAN_WAIT_MS)
		return 0;
	return SPAN_WAIT_MS - l->waited_ms < WAIT_MS
	           ? (int)(SPAN_WAIT_MS - l->waited_ms)
	           : WAIT_MS;
}

static void
lay_aside(struct lookups *l, const struct item_answer *a)
{
	struct item_answer *to =
	    l->aside[(l->first + l->naside++) % LOOKUPS_MOST];

	memcpy(to, a,
	    offsetof(struct item_answer, meter) +
	        (a->found ? memory_meter_size(&a->meter) : 0));
}

const struct item_answer *
lookups_wait(struct lookups *l, uint32_t ticket)
{
	struct pollfd p = { .fd = ring_fd(l->ring), .events = POLLIN };
	uint64_t begun = now_ms(), now = begun;
	int most = patience(l, begun);
	const struct item *item;

	for (;;) {
		item = take(l);
		if (item != NULL && item->answer.ticket == ticket)
			break;
		now = now_ms();
		if (item != NULL) {
			lay_aside(l, &item->answer);
			continue;
		}
		if (most >= 0 && now - begun >= (uint64_t)most)
			break;
		poll(&p, 1, most < 0 ? -1 : most - (int)(now - begun));
	}
	l->waited_ms += now - begun;
	if (item == NULL)
		return NULL;
	find(l, ticket)->ticket = 0;
	return &item->answer;
}

static enum item_kind
give(struct lookups *l, const struct item_answer *a, struct memory_answer *to)
{
	struct question *q = find(l, a->ticket);

	if (q != NULL)
		q->ticket = 0;
	*to = (struct memory_answer){ .ticket = a->ticket,
		.meter = a->found ? &a->meter : NULL };
	return ITEM_ANSWER;
}

/* One that nobody has answered in time, once. */
static struct question *
overdue(struct lookups *l)
{
	uint64_t now = now_ms();

	for (size_t i = 0; i < LOOKUPS_MOST; i++) {
		struct question *q = &l->open[i];

		if (q->ticket != 0 && !q->told && now - q->ms >= OVERDUE_MS)
			return q;
	}
	return NULL;
}

enum item_kind
lookups_next(struct lookups *l, struct memory_answer *to, struct state_ack *ack)
{
	const struct item *item;
	struct question *q;

	if (l->naside > 0) {
		l->naside--;
		l->first = (l->first + 1) % LOOKUPS_MOST;
		return give(l,
		    l->aside[(l->first + LOOKUPS_MOST - 1) % LOOKUPS_MOST], to);
	}
	item = take(l);
	if (item != NULL)
		return give(l, &item->answer, to);
	q = overdue(l);
	if (q != NULL) {
		q->told = true;
		*to = (struct memory_answer){ .ticket = q->ticket,
			.overdue = true };
		return ITEM_ANSWER;
	}
	item = ring_take(l->acks);
	if (item == NULL)
		return ITEM_COMMIT;
	*ack = item->ack;
	ring_done(l->acks);
	return ITEM_ACK;
}

uint64_t
lookups_refused(const struct lookups *l)
{
	return l->refused;
}

void
lookups_answer(struct lookups *l, const struct item_answer *a)
{
	ring_put(l->ring, ITEM_ANSWER, a,
	    offsetof(struct item_answer, meter) +
	        (a->found ? memory_meter_size(&a->meter) : 0));
}

bool
lookups_acknowledge(struct lookups *l, const struct state_ack *a)
{
	return ring_put(l->acks, ITEM_ACK, a, sizeof(*a)) == 0;
}
