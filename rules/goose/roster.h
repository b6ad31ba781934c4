/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publishers by a hash that the caller has anyway.  No list is kept in
 * order on the way of a packet: who was silent longest is sampled when there
 * is no room (design: hot path, 2.1).
 */
#ifndef RULES_GOOSE_ROSTER_H
#define RULES_GOOSE_ROSTER_H

#include "rules/goose/world.h"

struct roster {
	uint32_t *heads; /* count from 1; 0: none */
	struct goose_publisher *publishers;
	uint32_t cap, used, mask, hand;
	uint64_t evicted;
};

/* The heads that publishers need: a power of two. */
uint32_t roster_heads(uint32_t publishers);

/* heads and publishers are zeroed, cap > 0, and outlive the roster. */
void roster_init(struct roster *, uint32_t *heads,
    struct goose_publisher *publishers, uint32_t cap);

/* NULL: there is none. */
struct goose_publisher *roster_find(const struct roster *, uint64_t key);

/* One that was not there, zeroed but for its key. */
struct goose_publisher *roster_add(struct roster *, uint64_t key);

#endif
