/* SPDX-License-Identifier: Apache-2.0 */
/* The queue between two threads: order, room, and that both wake up. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "sensor/ring.h"
#include "tests/driver.h"

static const struct event none;

static struct event
numbered(uint64_t n)
{
	struct event ev = none;

	ev.frame = n;
	event_add_u64(&ev, "n", n);
	return ev;
}

static int
put(struct ring *r, const struct event *ev)
{
	return ring_put(r, ITEM_EVENT, ev, sizeof(*ev));
}

static bool
take(struct ring *r, struct event *ev)
{
	const struct item *item = ring_take(r);

	if (item == NULL)
		return false;
	CU_ASSERT_EQUAL(item->kind, ITEM_EVENT);
	*ev = item->event;
	ring_done(r);
	return true;
}

static bool
is_readable(const struct ring *r, int ms)
{
	struct pollfd p = { .fd = ring_fd(r), .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static void
test_room(void)
{
	struct ring *r = ring_new(3);
	struct event ev;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_FALSE(take(r, &ev));
	for (uint64_t round = 0; round < 5; round++) {
		for (uint64_t i = 0; i < 3; i++) {
			ev = numbered(10 * round + i);
			CU_ASSERT_EQUAL(put(r, &ev), 0);
		}
		CU_ASSERT_EQUAL(put(r, &ev), -ENOBUFS);
		for (uint64_t i = 0; i < 3; i++) {
			CU_ASSERT(take(r, &ev));
			CU_ASSERT_EQUAL(ev.frame, 10 * round + i);
			CU_ASSERT_EQUAL(ev.nwhy, 1);
		}
		CU_ASSERT_FALSE(take(r, &ev));
	}
	ring_free(r);
	ring_free(NULL);
}

static void
test_wakes_up(void)
{
	struct ring *r = ring_new(3);
	struct event ev = numbered(1);

	CU_ASSERT_FALSE(is_readable(r, 0));
	put(r, &ev);
	CU_ASSERT(is_readable(r, 0));
	CU_ASSERT(take(r, &ev));
	CU_ASSERT_FALSE(take(r, &ev));
	CU_ASSERT_FALSE(is_readable(r, 0));
	put(r, &ev);
	CU_ASSERT(is_readable(r, 0));
	CU_ASSERT(take(r, &ev));
	CU_ASSERT_FALSE(take(r, &ev));
	ring_wake(r);
	CU_ASSERT(is_readable(r, 0));
	CU_ASSERT_FALSE(take(r, &ev));
	CU_ASSERT_FALSE(is_readable(r, 0));
	ring_free(r);
}

struct work {
	struct ring *ring;
	uint64_t total, wrong, seen;
};

/* Sleeps whenever the queue is empty; a wake-up that is missed ends in 5 s. */
static void *
consume(void *arg)
{
	struct work *w = arg;
	struct event ev;

	while (w->seen < w->total) {
		if (!take(w->ring, &ev)) {
			if (!is_readable(w->ring, 5000)) {
				w->wrong = UINT64_MAX;
				return NULL;
			}
			continue;
		}
		if (ev.frame != w->seen || ev.nwhy != 1)
			w->wrong++;
		w->seen++;
	}
	return NULL;
}

static void
run(uint32_t cap, uint64_t total)
{
	struct work w = { .ring = ring_new(cap), .total = total };
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, consume, &w), 0);
	for (uint64_t i = 0; i < total; i++) {
		struct event ev = numbered(i);

		ring_put_wait(w.ring, ITEM_EVENT, &ev, sizeof(ev));
	}
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(w.seen, total);
	CU_ASSERT_EQUAL(w.wrong, 0);
	ring_free(w.ring);
}

static void
test_two_threads(void)
{
	run(1, 5000);
	run(2, 10000);
	run(7, 30000);
	run(1000, 30000);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "room", test_room },
		{ "wakes up", test_wakes_up },
		{ "two threads", test_two_threads },
		CU_TEST_INFO_NULL,
	};

	return driver_run("ring", tests);
}
