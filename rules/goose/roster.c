/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers in chains by a keyed hash. */
#include <config.h>

#include "rules/goose/roster.h"

#define SAMPLE 16

uint32_t
roster_heads(uint32_t publishers)
{
	uint32_t n = 1;

	while (n < publishers && n < UINT32_C(1) << 31)
		n *= 2;
	return n;
}

void
roster_init(struct roster *r, uint32_t *heads,
    struct goose_publisher *publishers, uint32_t cap)
{
	*r = (struct roster){ .heads = heads,
		.publishers = publishers,
		.cap = cap,
		.mask = roster_heads(cap) - 1 };
}

struct goose_publisher *
roster_find(const struct roster *r, uint64_t key)
{
	uint32_t i = r->heads[key & r->mask];

	while (i != 0 && r->publishers[i - 1].key != key)
		i = r->publishers[i - 1].next;
	return i != 0 ? &r->publishers[i - 1] : NULL;
}

/* The one of a few that was silent longest; the next time others are asked. */
static uint32_t
victim(struct roster *r)
{
	uint32_t oldest = r->hand;

	for (uint32_t n = 0; n < SAMPLE && n < r->cap; n++) {
		if (r->publishers[r->hand].ref.at_us <
		    r->publishers[oldest].ref.at_us)
			oldest = r->hand;
		r->hand = r->hand + 1 < r->cap ? r->hand + 1 : 0;
	}
	return oldest + 1;
}

static uint32_t
evict(struct roster *r)
{
	uint32_t i = victim(r);
	uint32_t *at = &r->heads[r->publishers[i - 1].key & r->mask];

	while (*at != i)
		at = &r->publishers[*at - 1].next;
	*at = r->publishers[i - 1].next;
	r->evicted++;
	return i;
}

struct goose_publisher *
roster_add(struct roster *r, uint64_t key)
{
	uint32_t i = r->used < r->cap ? ++r->used : evict(r);
	struct goose_publisher *p = &r->publishers[i - 1];

	*p = (struct goose_publisher){ .key = key,
		.next = r->heads[key & r->mask] };
	r->heads[key & r->mask] = i;
	return p;
}
