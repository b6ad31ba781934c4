/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3 link frames (IEEE 1815), put together for tests. */
#ifndef TESTS_LIB_BUILD_DNP3_H
#define TESTS_LIB_BUILD_DNP3_H

#include "tests/lib/octets.h"

struct build_dnp3 {
	uint8_t control; /* DIR, PRM, FCB, FCV and the link function */
	uint16_t dst, src;
};

/* A frame with up to 250 octets of user data; 0 for a link function alone. */
void build_dnp3_frame(
    struct octets *, const struct build_dnp3 *, const uint8_t *data, size_t n);

/*
 * A whole application fragment in as many frames as it needs; *seq is the
 * transport sequence number, and goes on.
 */
void build_dnp3_fragment(struct octets *, const struct build_dnp3 *,
    uint8_t *seq, const struct octets *fragment);

/* An object header with a range of two single octets: qualifier 00. */
void build_dnp3_range(
    struct octets *, unsigned group, unsigned variation, unsigned last);

/* An object header with a count of two octets and indices of two: 28. */
void build_dnp3_indexed(
    struct octets *, unsigned group, unsigned variation, unsigned count);

#endif
