/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from one thread to another; see packet_ring.h. */
#include <config.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/packet_ring.h"

#define ALIGN 16
#define LINE 64
#define SKIP UINT32_MAX /* captured: the rest up to the end is nothing */

/* Positions only grow; where they lie is the rest by size. */
struct packet_ring {
	uint8_t *bytes;
	size_t size;
	_Alignas(LINE) _Atomic uint64_t head; /* the writer's */
	uint64_t known_tail;                  /* as it last was */
	_Alignas(LINE) _Atomic uint64_t tail; /* the reader's */
	uint64_t taken, known_head;
};

static size_t
room(uint32_t captured)
{
	return (sizeof(struct ring_packet) + captured + ALIGN - 1) &
	       ~(size_t)(ALIGN - 1);
}

struct packet_ring *
packet_ring_new(size_t size)
{
	struct packet_ring *r = aligned_alloc(LINE, sizeof(*r));

	if (r == NULL)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->size = size & ~(size_t)(ALIGN - 1);
	r->bytes = area_new(1, r->size);
	if (r->bytes != NULL)
		return r;
	free(r);
	return NULL;
}

void
packet_ring_free(struct packet_ring *r)
{
	if (r == NULL)
		return;
	area_free(r->bytes, 1, r->size);
	free(r);
}

static bool
has_room(struct packet_ring *r, uint64_t head, size_t n)
{
	if (r->size - (size_t)(head - r->known_tail) >= n)
		return true;
	r->known_tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	return r->size - (size_t)(head - r->known_tail) >= n;
}

bool
packet_ring_put(struct packet_ring *r, struct timespec at, const uint8_t *bytes,
    uint32_t captured, uint32_t on_wire)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t n = room(captured), to_end = r->size - (size_t)(head % r->size);
	size_t skip = n > to_end ? to_end : 0;
	struct ring_packet *p;

	if (!has_room(r, head, skip + n))
		return false;
	p = (struct ring_packet *)(void *)(r->bytes + head % r->size);
	if (skip > 0) {
		/* where less than a header is left the reader goes on, too */
		if (skip >= sizeof(*p))
			p->captured = SKIP;
		head += skip;
		p = (struct ring_packet *)(void *)r->bytes;
	}
	p->at = at;
	p->captured = captured;
	p->on_wire = on_wire;
	memcpy(p->bytes, bytes, captured);
	atomic_store_explicit(&r->head, head + n, memory_order_release);
	return true;
}

const struct ring_packet *
packet_ring_next(struct packet_ring *r)
{
	const struct ring_packet *p;
	size_t to_end;

	if (r->taken == r->known_head)
		r->known_head =
		    atomic_load_explicit(&r->head, memory_order_acquire);
	if (r->taken == r->known_head)
		return NULL;
	to_end = r->size - (size_t)(r->taken % r->size);
	p = (const void *)(r->bytes + r->taken % r->size);
	if (to_end >= sizeof(*p) && p->captured != SKIP)
		return p;
	r->taken += to_end;
	return (const void *)r->bytes;
}

void
packet_ring_take(struct packet_ring *r)
{
	const struct ring_packet *p = packet_ring_next(r);

	if (p != NULL)
		r->taken += room(p->captured);
}

void
packet_ring_release(struct packet_ring *r)
{
	atomic_store_explicit(&r->tail, r->taken, memory_order_release);
}

size_t
packet_ring_fill(const struct packet_ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	return head > tail ? (size_t)(head - tail) : 0;
}

size_t
packet_ring_size(const struct packet_ring *r)
{
	return r->size;
}
