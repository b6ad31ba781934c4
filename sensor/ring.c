/* SPDX-License-Identifier: Apache-2.0 */
/* A single-producer, single-consumer queue in a ring of fixed size. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sensor/ring.h"

#define LINE 64 /* octets of a cache line */

struct ring {
	struct item *items;
	uint32_t cap;
	int filled, emptied; /* eventfds that wake the other side */
	char apart_1[LINE];
	atomic_uint_fast64_t put; /* items since the start: the producer's */
	atomic_bool waits;        /* the producer does, for room */
	char apart_2[LINE];
	atomic_uint_fast64_t taken; /* the consumer's */
	atomic_bool sleeps;         /* the consumer does, until one is put */
};

/* No value of a counter of wake-ups can overflow it here. */
static void
notify(int fd)
{
	static const uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void
clear(int fd)
{
	uint64_t n;

	while (read(fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
}

static void
sleep_on(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	clear(fd);
}

static bool
is_full(struct ring *r)
{
	return atomic_load(&r->put) - atomic_load(&r->taken) == r->cap;
}

static bool
is_empty(struct ring *r)
{
	return atomic_load(&r->put) == atomic_load(&r->taken);
}

struct ring *
ring_new(uint32_t cap)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->cap = cap;
	r->items = calloc(cap, sizeof(*r->items));
	r->filled = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->emptied = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->items == NULL || r->filled < 0 || r->emptied < 0) {
		ring_free(r);
		return NULL;
	}
	atomic_init(&r->sleeps, true);
	return r;
}

void
ring_free(struct ring *r)
{
	int e = errno;

	if (r == NULL)
		return;
	if (r->filled >= 0)
		close(r->filled);
	if (r->emptied >= 0)
		close(r->emptied);
	free(r->items);
	free(r);
	errno = e;
}

int
ring_put(struct ring *r, enum item_kind kind, const void *p, size_t n)
{
	uint64_t at = atomic_load_explicit(&r->put, memory_order_relaxed);
	struct item *item = &r->items[at % r->cap];

	if (is_full(r))
		return -ENOBUFS;
	item->kind = kind;
	memcpy((char *)item + offsetof(struct item, event), p, n);
	/* in one order with the flag: else each side may miss the other */
	atomic_store(&r->put, at + 1);
	if (atomic_load(&r->sleeps) && atomic_exchange(&r->sleeps, false))
		notify(r->filled);
	return 0;
}

void
ring_put_wait(struct ring *r, enum item_kind kind, const void *p, size_t n)
{
	while (ring_put(r, kind, p, n) != 0) {
		atomic_store(&r->waits, true);
		if (is_full(r))
			sleep_on(r->emptied);
	}
}

void
ring_wake(struct ring *r)
{
	notify(r->filled);
}

const struct item *
ring_take(struct ring *r)
{
	uint64_t n = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (is_empty(r)) {
		clear(r->filled);
		atomic_store(&r->sleeps, true);
		if (is_empty(r))
			return NULL;
		atomic_store(&r->sleeps, false);
	}
	return &r->items[n % r->cap];
}

void
ring_done(struct ring *r)
{
	uint64_t n = atomic_load_explicit(&r->taken, memory_order_relaxed);

	atomic_store(&r->taken, n + 1);
	/* a producer that waits gets half of the ring, not one place */
	if (atomic_load(&r->waits) &&
	    atomic_load(&r->put) - (n + 1) <= r->cap / 2 &&
	    atomic_exchange(&r->waits, false))
		notify(r->emptied);
}

int
ring_fd(const struct ring *r)
{
	return r->filled;
}
