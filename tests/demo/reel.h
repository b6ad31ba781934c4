/* SPDX-License-Identifier: Apache-2.0 */
/* The demonstration: scenes add frames, the reel puts them in order. */
#ifndef TESTS_DEMO_REEL_H
#define TESTS_DEMO_REEL_H

#include "tests/lib/talk.h"

#define REEL_FRAMES 1024
#define REEL_SECOND 1000000U
#define REEL_MS 1000U

struct reel_frame {
	uint64_t us;
	size_t order; /* as added, where times are equal */
	struct octets frame;
};

struct reel {
	struct reel_frame *frames;
	size_t n;
	uint64_t begin; /* us since 1970 */
	struct prng r;
};

/* A frame at so many microseconds after the beginning. */
void reel_add(struct reel *, uint64_t after_us, const struct octets *);

/* A segment of a connection; n 0 and data NULL for a bare acknowledgement. */
void reel_tcp(struct reel *, uint64_t after_us, struct talk *, unsigned dir,
    unsigned flags, const struct octets *data);

/* SYN, SYN, acknowledgement; within 3 ms. */
void reel_open(struct reel *, uint64_t after_us, struct talk *);

/* Data, and the other end's acknowledgement 1 ms later. */
void reel_say(struct reel *, uint64_t after_us, struct talk *, unsigned dir,
    const struct octets *data);

/* The scenes. */
void demo_it(struct reel *);
void demo_iec104(struct reel *);
void demo_goose(struct reel *);
void demo_dnp3(struct reel *);
void demo_dlms(struct reel *);

#endif
