/* SPDX-License-Identifier: Apache-2.0 */
/* Packets between two threads: whole, in order, none lost, none invented. */
#include <config.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "sensor/packet_ring.h"
#include "tests/driver.h"

#define MANY 200000
#define LARGEST 9000

/* Sizes that take turns, so that every end of the ring is met. */
static uint32_t
size_of(uint32_t n)
{
	return n * 7919 % LARGEST;
}

static bool
put(struct packet_ring *r, uint32_t n)
{
	uint8_t bytes[LARGEST];

	memset(bytes, (int)(n & 0xff), size_of(n));
	return packet_ring_put(
	    r, (struct timespec){ n, 5 }, bytes, size_of(n), size_of(n) + 1);
}

static bool
is_right(const struct ring_packet *p, uint32_t n)
{
	if (p->at.tv_sec != n || p->at.tv_nsec != 5 ||
	    p->captured != size_of(n) || p->on_wire != size_of(n) + 1)
		return false;
	for (uint32_t i = 0; i < p->captured; i++)
		if (p->bytes[i] != (n & 0xff))
			return false;
	return true;
}

static void
test_full(void)
{
	struct packet_ring *r = packet_ring_new(PACKET_RING_LEAST);
	const struct ring_packet *first;
	uint32_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	CU_ASSERT_PTR_NULL(packet_ring_next(r));
	while (put(r, n))
		n++;
	CU_ASSERT(packet_ring_fill(r) > PACKET_RING_LEAST - 2 * LARGEST);
	CU_ASSERT(packet_ring_fill(r) <= packet_ring_size(r));
	first = packet_ring_next(r);
	for (uint32_t i = 0; i < n; i++) {
		const struct ring_packet *p = packet_ring_next(r);

		CU_ASSERT_FATAL(p != NULL && is_right(p, i));
		packet_ring_take(r);
	}
	CU_ASSERT_PTR_NULL(packet_ring_next(r));
	/* what was taken stays where it is until it is released */
	CU_ASSERT(!put(r, n));
	CU_ASSERT(is_right(first, 0));
	packet_ring_release(r);
	CU_ASSERT_EQUAL(packet_ring_fill(r), 0);
	CU_ASSERT(put(r, n));
	CU_ASSERT(is_right(packet_ring_next(r), n));
	packet_ring_free(r);
}

static void *
write_many(void *arg)
{
	for (uint32_t n = 0; n < MANY; n++)
		while (!put(arg, n))
			sched_yield();
	return NULL;
}

static void
test_threads(void)
{
	struct packet_ring *r = packet_ring_new(PACKET_RING_LEAST);
	const struct ring_packet *p;
	pthread_t thread;
	uint32_t wrong = 0;

	CU_ASSERT_FATAL(pthread_create(&thread, NULL, write_many, r) == 0);
	for (uint32_t n = 0; n < MANY;) {
		p = packet_ring_next(r);
		if (p == NULL) {
			packet_ring_release(r);
			sched_yield();
			continue;
		}
		wrong += !is_right(p, n++);
		packet_ring_take(r);
		if (n % 32 == 0)
			packet_ring_release(r);
	}
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_PTR_NULL(packet_ring_next(r));
	packet_ring_free(r);
}

int
main(void)
{
	CU_TestInfo tests[] = { { "full", test_full },
		{ "threads", test_threads }, CU_TEST_INFO_NULL };

	return driver_run("packet_ring", tests);
}
