/* SPDX-License-Identifier: Apache-2.0 */
/* Which flow speaks next: a binary heap of times. */
#ifndef TESTS_BENCH_HEAP_H
#define TESTS_BENCH_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_item {
	uint64_t us;
	uint32_t flow;
};

/* Whether a goes before b; equal times go by flow, so that runs agree. */
static inline int
heap_before(struct heap_item a, struct heap_item b)
{
	return a.us != b.us ? a.us < b.us : a.flow < b.flow;
}

/* Lets the first of n items, which has a new time, find its place. */
static inline void
heap_sink(struct heap_item *h, size_t n)
{
	struct heap_item item = h[0];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && heap_before(h[child + 1], h[child]))
			child++;
		if (!heap_before(h[child], item))
			break;
		h[at] = h[child];
		at = child;
	}
	h[at] = item;
}

/* Puts an item behind the n that are there. */
static inline void
heap_add(struct heap_item *h, size_t n, struct heap_item item)
{
	size_t parent;

	for (; n > 0; n = parent) {
		parent = (n - 1) / 2;
		if (!heap_before(item, h[parent]))
			break;
		h[n] = h[parent];
	}
	h[n] = item;
}

#endif
