/* SPDX-License-Identifier: Apache-2.0 */
/* How many flows of which traffic, and how often each of them speaks. */
#ifndef TESTS_BENCH_PLAN_H
#define TESTS_BENCH_PLAN_H

#include "tests/bench/flow.h"

#define PLAN_MAX 16

struct plan_item {
	const struct traffic *traffic;
	double share;   /* of all octets */
	uint32_t flows; /* at a time */
	uint32_t pause_us;
	uint64_t octets; /* written; the generator counts */
};

struct plan {
	struct plan_item items[PLAN_MAX];
	size_t n;
};

/*
 * protocols: names of groups with commas between.  flows: how many
 * connections, about, a capture of 200 MB is to have.  Ordinary traffic gets a
 * third of the octets when there is other.  0, or -EINVAL for a name that is
 * none.
 */
int plan_make(
    struct plan *, const char *protocols, uint32_t flows, struct prng *);

/* Some flows more, with a pause of their own. */
void plan_add(
    struct plan *, const struct traffic *, uint32_t flows, uint32_t pause_us);

#endif
