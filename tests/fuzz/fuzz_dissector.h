/* SPDX-License-Identifier: Apache-2.0 */
/* Input of the dissectors' harness, for the tests that make some. */
#ifndef TESTS_FUZZ_FUZZ_DISSECTOR_H
#define TESTS_FUZZ_FUZZ_DISSECTOR_H

#include "dissectors/dissector.h"
#include "tests/fuzz/fuzz.h"

/*
 * Before the units stand: which dissector; the direction of each unit, a bit
 * for each, again and again; how the units came.
 */
#define FUZZ_HEAD 3

enum {                     /* of the last octet */
	FUZZ_LOST = 0x1f,  /* octets at the end that were not captured */
	FUZZ_LEAST = 0x40, /* each setting is the least instead of the preset */
	FUZZ_ODD = 0x80    /* on a port, over a carrier, that nobody expects */
};

/* The first octet: by the name, so that it means the same when others join. */
uint8_t fuzz_dissector_octet(const struct dissector *);

#endif
