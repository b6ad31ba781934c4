/* SPDX-License-Identifier: Apache-2.0 */
/* What an IEC 60870-5-104 APDU says, and a walk over its objects. */
#ifndef DISSECTORS_IEC104_IEC104_H
#define DISSECTORS_IEC104_IEC104_H

#include <stdbool.h>

#include "dissectors/op.h"

enum iec104_format { IEC104_I, IEC104_S, IEC104_U };

enum { /* the unnumbered functions (5.1), as the octet stands on the wire */
	IEC104_STARTDT_ACT = 0x07,
	IEC104_STARTDT_CON = 0x0b,
	IEC104_STOPDT_ACT = 0x13,
	IEC104_STOPDT_CON = 0x23,
	IEC104_TESTFR_ACT = 0x43,
	IEC104_TESTFR_CON = 0x83
};

enum { /* causes of transmission (60870-5-101, 7.2.3) */
	IEC104_REQUEST = 5,
	IEC104_ACT = 6,
	IEC104_ACTCON = 7,
	IEC104_DEACT = 8,
	IEC104_DEACTCON = 9,
	IEC104_ACTTERM = 10,
	IEC104_UNKNOWN_TYPE = 44,
	IEC104_UNKNOWN_IOA = 47
};

#define IEC104_PRIVATE 128 /* the first type that a maker may define */

/* How far a unit could be read; what is behind is zero. */
enum iec104_read {
	IEC104_NOTHING,
	IEC104_APCI, /* format, and ns, nr or u */
	IEC104_TYPE, /* type to test as well */
	IEC104_ASDU  /* all: the objects may still be fewer than count says */
};

/* Octets of the fields whose size is agreed upon, not written. */
struct iec104_sizes {
	uint8_t cot, ca, ioa;
};

struct iec104_apdu {
	enum iec104_read read;
	enum iec104_format format;
	uint16_t ns, nr; /* I has both, S only nr */
	uint8_t u;       /* U only */

	/* the ASDU, in I frames only */
	uint8_t type, cot, oa, count;
	bool sq, negative, test;
	bool guessed; /* sizes are what fits, the configured ones do not */
	bool fits;    /* objects hold what type and count say */
	struct iec104_sizes sizes;
	uint16_t ca;
	struct bytes objects; /* as on the wire */
};

struct iec104_object {
	uint32_t ioa;
	struct bytes element; /* values, quality and time tag */
	uint8_t type;
};

struct iec104_walk {
	struct bytes rest;
	size_t size; /* of one element */
	uint32_t ioa;
	uint8_t ioa_size, type, left;
	bool sq, first;
};

enum iec104_form {
	IEC104_NO_VALUE,
	IEC104_BOOL,       /* on: SIQ, SCO */
	IEC104_STATE,      /* whole: 0 to 3 of DIQ, SEP, DCO, RCO */
	IEC104_STEP,       /* whole: -64 to 63 */
	IEC104_SCALED,     /* whole: SVA */
	IEC104_COUNTER,    /* whole: BCR */
	IEC104_NORMALIZED, /* real: NVA, -1 to 1 - 2^-15 */
	IEC104_REAL,       /* real: R32-IEEE STD 754 */
	IEC104_BITS,       /* bits: 32 of BSI; ST, and CD from 2^16, of SCD */
	IEC104_OCTET,      /* bits: 8 of SPE, OCI */
	IEC104_PATTERN     /* bits: 16 of FBP, TSC */
};

struct iec104_value {
	enum iec104_form form;
	bool transient; /* of STEP */
	union {
		bool on;
		int32_t whole;
		float real;
		uint32_t bits;
	};
};

enum { /* of a quality, as far as its type has them */
	IEC104_OVERFLOW = 0x01,
	IEC104_ELAPSED_INVALID = 0x08,
	IEC104_BLOCKED = 0x10,
	IEC104_SUBSTITUTED = 0x20,
	IEC104_NOT_TOPICAL = 0x40,
	IEC104_INVALID = 0x80,
	/* of BCR, whose low five bits are a sequence number */
	IEC104_CARRY = 0x20,
	IEC104_ADJUSTED = 0x40,
	IEC104_SEQUENCE_NUMBER = 0x1f
};

/* As the station's clock had it: whether local or UTC is agreed upon. */
struct iec104_time {
	bool dated;    /* CP56Time2a; CP24Time2a has only minute and ms */
	uint16_t year; /* 2000 to 2099 by common use; 2127 can be written */
	uint8_t month, day, weekday, hour, minute;
	uint16_t ms;      /* of the minute */
	bool invalid;     /* IV: the rest means nothing */
	bool substituted; /* RES1 */
	bool summer;      /* SU */
};

/* Of types 120 to 127, as far as they have it. */
struct iec104_file {
	uint16_t name;
	uint8_t section, checksum;
	uint32_t length;      /* of file, section or segment */
	struct bytes segment; /* the octets of type 125 */
	bool has_section, has_checksum, has_length;
};

/* What types 81 to 87 have at fixed places (60870-5-7). */
struct iec104_security {
	bool first, last;  /* segment of its ASDU; only the first has more */
	uint8_t segment;   /* number */
	bool has_sequence; /* and user */
	uint32_t sequence; /* CSQ or KSQ */
	uint16_t user;
	uint8_t error;   /* of type 87 */
	uint8_t status;  /* of type 85: 1 is OK; 0 when it is cut off */
	uint8_t wrapped; /* the type that 83 carries, else 0 */
};

/* The message of an op, or NULL when the op is another protocol's. */
const struct iec104_apdu *iec104_msg(const struct op *);

/* Whether this asks a station to act, rather than tells of having acted. */
bool iec104_is_command(const struct iec104_apdu *);

/*
 * Private and security types and those that the standard reserves have no
 * objects: their octets stand in the message as they are.
 */
struct iec104_walk iec104_objects(const struct iec104_apdu *);
bool iec104_next(struct iec104_walk *, struct iec104_object *);

/*
 * What an object that iec104_next() gave holds.  False, and nothing is set,
 * when its type has no such thing.
 */
bool iec104_value(const struct iec104_object *, struct iec104_value *);
bool iec104_quality(const struct iec104_object *, uint8_t *);
bool iec104_time(const struct iec104_object *, struct iec104_time *);
bool iec104_elapsed(const struct iec104_object *, uint16_t *ms);
bool iec104_file(const struct iec104_object *, struct iec104_file *);

/* QU of a command, QL of a set point; of other types the whole octet. */
bool iec104_qualifier(const struct iec104_object *, uint8_t *);

/* Whether a command or set point only selects. */
bool iec104_select(const struct iec104_object *, bool *);

/* Where the log that type 127 asks for begins; iec104_time() is its end. */
bool iec104_log_start(const struct iec104_object *, struct iec104_time *);

/* To whom the statistics of type 41 belong. */
bool iec104_association(const struct iec104_object *, uint16_t *);

/* What is impossible in a time that claims to be valid, or NULL. */
const char *iec104_time_flaw(const struct iec104_time *);

bool iec104_security(const struct iec104_apdu *, struct iec104_security *);

#endif
