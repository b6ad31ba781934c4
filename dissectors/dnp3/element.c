/* SPDX-License-Identifier: Apache-2.0 */
/* How long DNP3 objects are (IEEE 1815-2012, annex A). */
#include <config.h>

#include "dissectors/dnp3/parts.h"

#define GROUPS 123
#define VARIATIONS 16

/* In the table, 0 is an object that nobody knows; no octets are EMPTY. */
enum {
	EMPTY = 0xf0,
	BIT,
	BITS,
	SELF /* and above: an index into self_sized[] */
};

/* An object that says itself how long it is. */
struct self_sized {
	uint8_t head;  /* octets up to the first that is counted */
	uint8_t at;    /* where the count stands, its last octet before head */
	uint8_t width; /* its octets */
	uint8_t each;  /* octets that it counts one for */
};

enum {
	ATTRIBUTE = SELF,
	STRING_8,
	STRING_16,
	FLAG_STRING_8,
	FLAG_STRING_16,
	TIME_STRING_8,
	TIME_STRING_16,
	PRIVATE_DATA,
	PRIVATE_DESCRIPTOR
};

static const struct self_sized self_sized[] = {
	[ATTRIBUTE - SELF] = { 2, 1, 1, 1 },
	[STRING_8 - SELF] = { 1, 0, 1, 1 },
	[STRING_16 - SELF] = { 2, 0, 2, 1 },
	[FLAG_STRING_8 - SELF] = { 2, 1, 1, 1 },
	[FLAG_STRING_16 - SELF] = { 3, 1, 2, 1 },
	[TIME_STRING_8 - SELF] = { 8, 7, 1, 1 },
	[TIME_STRING_16 - SELF] = { 9, 7, 2, 1 },
	[PRIVATE_DATA - SELF] = { 8, 6, 2, 1 },
	[PRIVATE_DESCRIPTOR - SELF] = { 8, 6, 2, 4 },
};

/*
 * From variation 1 on.  What is not here comes with a size in front of each
 * object (g70, g82, g85 to g91, most of g120), or cannot be walked over.
 */
/* clang-format off */
static const uint8_t table[GROUPS][VARIATIONS] = {
	[1] = { BIT, 1 },
	[2] = { 1, 7, 3 },
	[3] = { BITS, 1 },
	[4] = { 1, 7, 3 },
	[10] = { BIT, 1 },
	[11] = { 1, 7 },
	[12] = { 11, 11, BIT },
	[13] = { 1, 7 },
	[20] = { 5, 3, 5, 3, 4, 2, 4, 2 },
	[21] = { 5, 3, 5, 3, 11, 9, 11, 9, 4, 2, 4, 2 },
	[22] = { 5, 3, 5, 3, 11, 9, 11, 9 },
	[23] = { 5, 3, 5, 3, 11, 9, 11, 9 },
	[30] = { 5, 3, 4, 2, 5, 9 },
	[31] = { 5, 3, 11, 9, 4, 2, 5, 9 },
	[32] = { 5, 3, 11, 9, 5, 9, 11, 15 },
	[33] = { 5, 3, 11, 9, 5, 9, 11, 15 },
	[34] = { 2, 4, 4 },
	[40] = { 5, 3, 5, 9 },
	[41] = { 5, 3, 5, 9 },
	[42] = { 5, 3, 11, 9, 5, 9, 11, 15 },
	[43] = { 5, 3, 11, 9, 5, 9, 11, 15 },
	[50] = { 6, 10, 6, 11 },
	[51] = { 6, 6 },
	[52] = { 2, 2 },
	[60] = { EMPTY, EMPTY, EMPTY, EMPTY },
	[80] = { BIT },
	[81] = { 3 },
	[83] = { PRIVATE_DATA, PRIVATE_DESCRIPTOR },
	[86] = { [1] = 1 },
	[101] = { 2, 4, 8 },
	[102] = { 1 },
	[114] = { STRING_8, STRING_16, FLAG_STRING_8, FLAG_STRING_16 },
	[115] = { TIME_STRING_8, TIME_STRING_16, FLAG_STRING_8,
	    FLAG_STRING_16 },
	[120] = { [2] = 6, 2 },
	[121] = { 7 },
	[122] = { 7, 13 },
};
/* clang-format on */

static unsigned
decode(uint8_t entry)
{
	switch (entry) {
	case 0:
		return DNP3_UNKNOWN;
	case EMPTY:
		return 0;
	case BIT:
		return DNP3_ONE_BIT;
	case BITS:
		return DNP3_TWO_BITS;
	default:
		return entry < SELF ? entry
		                    : DNP3_SELF_SIZED + (unsigned)entry - SELF;
	}
}

unsigned
dnp3_element(uint8_t group, uint8_t variation)
{
	/* 254 asks for all attributes and is not one itself */
	if (group == 0 && variation != 0 && variation != 254)
		return decode(ATTRIBUTE);
	if (group >= 110 && group <= 113 && variation != 0)
		return variation; /* octet strings, virtual terminals */
	if (group >= GROUPS || variation == 0 || variation > VARIATIONS)
		return DNP3_UNKNOWN;
	return decode(table[group][variation - 1]);
}

bool
dnp3_measure(unsigned element, struct reader r, size_t *octets)
{
	const struct self_sized *s = &self_sized[element - DNP3_SELF_SIZED];
	const uint8_t *p = rd_take(&r, s->head);
	size_t n;

	if (p == NULL)
		return false;
	n = p[s->at];
	if (s->width == 2)
		n |= (size_t)p[s->at + 1] << 8;
	/* an extended list of attributes is 256 octets longer than it says */
	if (element == decode(ATTRIBUTE) && p[0] == 255)
		n += 256;
	*octets = s->head + n * s->each;
	return true;
}
