/* SPDX-License-Identifier: Apache-2.0 */
/* Which protocol octets are, and where in them a unit of it begins. */
#ifndef SENSOR_FIND_H
#define SENSOR_FIND_H

#include "dissectors/dissector.h"

/* Pieces of a flow that are searched to their end before ports decide. */
#define FIND_TRIES 16
#define FIND_MAX 16 /* dissectors */

enum found {
	FOUND_NOTHING, /* no unit begins in these octets */
	FOUND_MAYBE,   /* one may begin at `at`: more octets will tell */
	FOUND_UNIT     /* one begins at `at` */
};

struct found_app {
	enum found found;
	unsigned dissector;
	size_t at;
};

/* The registry, by carrier. */
struct find {
	uint8_t n[3];
	uint8_t which[3][FIND_MAX];
};

void find_init(struct find *);

/* Whose unit begins with the first octet, as far as content can tell. */
struct found_app find_app(const struct find *, enum carrier, uint16_t aport,
    uint16_t bport, const uint8_t *, size_t n);

/*
 * The same at any octet, for dissectors that are at home on these ports.
 * known: as for find_unit().
 */
struct found_app find_inside(const struct find *, enum carrier, uint16_t aport,
    uint16_t bport, const uint8_t *, size_t n, size_t known);

/*
 * Where the next unit of this dissector begins: *at, or n when there is none.
 * What only looks like one is believed when another follows, or nothing does.
 * known: so many octets at the front were asked before and said MAYBE at the
 * first; while it still says so, not all of them are asked again.
 */
enum found find_unit(const struct dissector *, const uint8_t *, size_t n,
    size_t known, size_t *at);

/* The dissector of an ethertype, or -1. */
int find_ethertype(const struct find *, uint16_t ethertype);

#endif
