/* SPDX-License-Identifier: Apache-2.0 */
/* A-XDR (IEC 61334-6): lengths, octet strings, and COSEM Data (62056-6-2). */
#ifndef DISSECTORS_DLMS_AXDR_H
#define DISSECTORS_DLMS_AXDR_H

#include <stdbool.h>

#include "dissectors/reader.h"

enum {
	AXDR_NULL = 0,
	AXDR_ARRAY = 1,
	AXDR_STRUCTURE = 2,
	AXDR_BIT_STRING = 4,
	AXDR_OCTET_STRING = 9,
	AXDR_VISIBLE_STRING = 10,
	AXDR_UTF8_STRING = 12,
	AXDR_COMPACT_ARRAY = 19,
	AXDR_DATE_TIME = 25
};

#define AXDR_DEPTH 16 /* arrays within arrays; an object list needs 6 */

/* A length or count; at most four octets behind the first. */
uint32_t axdr_length(struct reader *);

/* A length and as many octets. */
struct bytes axdr_octets(struct reader *);

/* Unsigned32, most significant octet first. */
uint32_t axdr_u32(struct reader *);

/* OPTIONAL: whether the value follows. */
bool axdr_there(struct reader *);

struct axdr_value {
	uint8_t type;
	uint32_t count;      /* elements of an array or structure */
	struct bytes octets; /* the contents of all other types */
};

/*
 * The head of one Data.  Of an array or structure its elements follow in the
 * reader, to be read one by one or skipped.  False when it could not be read.
 */
bool axdr_value(struct reader *, struct axdr_value *);

/*
 * One Data with all that it holds.  NULL, or why it cannot be read, a literal;
 * the reader has failed then.  NULL too when octets were lost.
 */
const char *axdr_skip(struct reader *);

/* An integer or enumeration of any size; false for any other type. */
bool axdr_integer(const struct axdr_value *, int64_t *);

#endif
