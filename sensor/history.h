/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCP octets of the last while, of all flows in one ring, so that what
 * comes a second time can be compared with what came first.
 */
#ifndef SENSOR_HISTORY_H
#define SENSOR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct history;

/* A place of an earlier run, of which nothing is left. */
#define HISTORY_LOST 8

/* size in octets, raised to a power of two; 0 keeps nothing. */
struct history *history_new(size_t size);
void history_free(struct history *);

/*
 * Keeps n octets at seq of the stream owner.  *last is the stream's own place
 * to remember where they are; 0 at its begin.
 */
void history_put(struct history *, uint32_t *last, uint32_t owner, uint32_t seq,
    const uint8_t *, size_t n);

/*
 * Compares octets with what the stream had at the same place.  Returns how
 * many could be compared; *differs is the offset of the first that is another,
 * or n.
 */
size_t history_compare(const struct history *, uint32_t last, uint32_t owner,
    uint32_t seq, const uint8_t *, size_t n, size_t *differs);

/* Whether the stream had what is before seq, and not the octet at seq. */
bool history_ends(
    const struct history *, uint32_t last, uint32_t owner, uint32_t seq);

#endif
