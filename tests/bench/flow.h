/* SPDX-License-Identifier: Apache-2.0 */
/* One flow of the generator: it gives its packets one by one. */
#ifndef TESTS_BENCH_FLOW_H
#define TESTS_BENCH_FLOW_H

#include "tests/bench/traffic.h"
#include "tests/lib/talk.h"

struct flow {
	const struct traffic *traffic;
	struct talk talk;
	uint64_t state[TRAFFIC_STATE / 8];
	uint32_t pause_us; /* the mean one between two exchanges */
	uint32_t index;    /* among the flows of its traffic */
	uint32_t renewed;  /* how many there were before it */
	uint8_t phase;
	bool owed[2];  /* an acknowledgement by this end */
	bool pausing;  /* when nothing is owed any more */
	bool finished; /* flow_step() has given its last packet */
};

/*
 * index makes the addresses; renewed tells apart the connections that two
 * ends have one after the other.
 */
void flow_start(struct flow *, const struct traffic *, uint32_t index,
    uint32_t renewed, struct prng *);

/* Its next frame, at us; returns the microseconds until the one after. */
uint32_t flow_step(
    struct flow *, uint64_t us, struct prng *, struct octets *frame);

#endif
