/* SPDX-License-Identifier: Apache-2.0 */
/* What a DNP3 link frame and the fragment in it say (IEEE 1815-2012). */
#ifndef DISSECTORS_DNP3_DNP3_H
#define DISSECTORS_DNP3_DNP3_H

#include <stdbool.h>

#include "dissectors/op.h"

enum { /* link functions of a primary station, PRM set (9.2) */
	DNP3_RESET_LINK = 0,
	DNP3_RESET_PROCESS = 1, /* obsolete */
	DNP3_TEST_LINK = 2,
	DNP3_CONFIRMED_DATA = 3,
	DNP3_UNCONFIRMED_DATA = 4,
	DNP3_REQUEST_STATUS = 9
};

enum { /* and of a secondary one */
	DNP3_ACK = 0,
	DNP3_NACK = 1,
	DNP3_LINK_STATUS = 11,
	DNP3_NOT_FUNCTIONING = 14, /* obsolete */
	DNP3_NOT_SUPPORTED = 15
};

enum {                          /* link addresses that name no station (9.2) */
	DNP3_RESERVED = 0xfff0, /* up to the next */
	DNP3_SELF_ADDRESS = 0xfffc, /* whoever is at the other end */
	DNP3_BROADCAST = 0xfffd     /* and all above */
};

enum { /* application functions (4.2.2.5) */
	DNP3_CONFIRM = 0,
	DNP3_READ = 1,
	DNP3_WRITE = 2,
	DNP3_SELECT = 3,
	DNP3_OPERATE = 4,
	DNP3_DIRECT_OPERATE = 5,
	DNP3_DIRECT_OPERATE_NR = 6, /* NR: no response */
	DNP3_FREEZE = 7,
	DNP3_FREEZE_NR = 8,
	DNP3_FREEZE_CLEAR = 9,
	DNP3_FREEZE_CLEAR_NR = 10,
	DNP3_FREEZE_AT_TIME = 11,
	DNP3_FREEZE_AT_TIME_NR = 12,
	DNP3_COLD_RESTART = 13,
	DNP3_WARM_RESTART = 14,
	DNP3_INITIALIZE_DATA = 15, /* obsolete */
	DNP3_INITIALIZE_APPLICATION = 16,
	DNP3_START_APPLICATION = 17,
	DNP3_STOP_APPLICATION = 18,
	DNP3_SAVE_CONFIGURATION = 19, /* deprecated */
	DNP3_ENABLE_UNSOLICITED = 20,
	DNP3_DISABLE_UNSOLICITED = 21,
	DNP3_ASSIGN_CLASS = 22,
	DNP3_DELAY_MEASURE = 23,
	DNP3_RECORD_TIME = 24,
	DNP3_OPEN_FILE = 25,
	DNP3_CLOSE_FILE = 26,
	DNP3_DELETE_FILE = 27,
	DNP3_GET_FILE_INFO = 28,
	DNP3_AUTHENTICATE_FILE = 29,
	DNP3_ABORT_FILE = 30,
	DNP3_ACTIVATE_CONFIGURATION = 31,
	DNP3_AUTH_REQUEST = 32,
	DNP3_AUTH_REQUEST_NR = 33,
	DNP3_RESPONSE = 129,
	DNP3_UNSOLICITED = 130,
	DNP3_AUTH_RESPONSE = 131
};

enum { /* internal indications, IIN1 in the high octet (4.2.2.6) */
	DNP3_IIN_BROADCAST = 0x0100,
	DNP3_IIN_CLASS_1 = 0x0200,
	DNP3_IIN_CLASS_2 = 0x0400,
	DNP3_IIN_CLASS_3 = 0x0800,
	DNP3_IIN_NEED_TIME = 0x1000,
	DNP3_IIN_LOCAL = 0x2000,
	DNP3_IIN_TROUBLE = 0x4000,
	DNP3_IIN_RESTART = 0x8000,
	DNP3_IIN_NO_FUNCTION = 0x0001,
	DNP3_IIN_NO_OBJECT = 0x0002,
	DNP3_IIN_PARAMETER = 0x0004,
	DNP3_IIN_OVERFLOW = 0x0008,
	DNP3_IIN_EXECUTING = 0x0010,
	DNP3_IIN_CORRUPT = 0x0020
};

/* What may be wrong; of several the one that comes first is said. */
enum dnp3_flaw {
	DNP3_SOUND,
	DNP3_NO_START, /* these make the frame malformed */
	DNP3_HEADER_CRC,
	DNP3_LENGTH,
	DNP3_CUT_FRAME,
	DNP3_BLOCK_CRC, /* with all others the frame can be read to its end */
	DNP3_ADDRESS,
	DNP3_LINK_FUNCTION,
	DNP3_USER_DATA,
	DNP3_SEQUENCE_GAP,
	DNP3_NO_FIRST,
	DNP3_UNFINISHED,
	DNP3_TOO_LONG,
	DNP3_NO_APPLICATION,
	DNP3_NO_IIN,
	DNP3_FUNCTION,
	DNP3_OBJECT_HEADER,
	DNP3_QUALIFIER,
	DNP3_RANGE,
	DNP3_OBJECTS_CUT,
	DNP3_UNKNOWN_OBJECT,
	DNP3_OBJECT_FIELDS,
	DNP3_FLAWS
};

/* An application fragment (4.2.2). */
struct dnp3_fragment {
	uint8_t seq; /* 0 to 15 */
	bool fir, fin, con, uns;
	uint8_t function;
	bool has_iin;
	uint16_t iin;
	struct bytes objects;  /* headers and what stands behind each */
	struct bytes first;    /* of these the first header, with its index */
	enum op_result result; /* of what it answers */
};

/* A link frame, and the fragment that it completes. */
struct dnp3_frame {
	bool headed; /* it has a header with a good CRC: all below holds */
	bool dir;    /* from the master */
	bool prm, fcb;
	bool fcv; /* DFC when PRM is not set */
	uint8_t function;
	uint16_t dst, src;
	unsigned crc_errors; /* blocks whose CRC is wrong */

	bool segment; /* it has a transport header (8.2) */
	bool fir, fin;
	uint8_t seq;     /* 0 to 63 */
	bool repeated;   /* the same as the last one: not used again */
	uint8_t missing; /* segments that the sensor lost before it */

	bool whole; /* it completes app */
	struct dnp3_fragment app;

	enum dnp3_flaw flaw;
};

/*
 * The function of an op that came without a fragment: this and the link
 * function, with DNP3_OF_PRIMARY if PRM is set.
 */
#define DNP3_OF_LINK 0x100
#define DNP3_OF_PRIMARY 0x40

/* The message of an op, or NULL when the op is another protocol's. */
const struct dnp3_frame *dnp3_msg(const struct op *);

/* As an op has it: at most 64 characters; NULL for DNP3_SOUND. */
const char *dnp3_flaw(enum dnp3_flaw);

/* An object header (4.2.2.7) and its points. */
struct dnp3_header {
	uint8_t group, variation, qualifier;
	uint8_t prefix; /* octets before each point */
	bool sized;     /* they are its size, not its index */
	bool ranged;    /* start and stop stand there */
	bool all;       /* no points are named: all are meant */
	uint32_t start, stop;
	uint64_t count;
	unsigned element;    /* see parts.h */
	struct bytes octets; /* prefixes and points that are there */
};

struct dnp3_walk {
	struct reader r;
	uint8_t function;
	enum dnp3_flaw flaw; /* of the headers so far */
};

/*
 * Over the object headers of a fragment.  One that cannot be read to its end
 * is given with the points that are there, and is the last.
 */
struct dnp3_walk dnp3_objects(const struct dnp3_fragment *);
bool dnp3_next(struct dnp3_walk *, struct dnp3_header *);

struct dnp3_point {
	uint32_t index;     /* or which one it is, where no index is said */
	uint8_t bits;       /* of a packed format: the value */
	struct bytes value; /* none in a request that only names points */
};

struct dnp3_points {
	struct reader r;
	const struct dnp3_header *header;
	uint64_t i;
};

/*
 * Over what stands behind a header, which outlives the walk: nothing when the
 * request names its points by a range alone.
 */
struct dnp3_points dnp3_points(const struct dnp3_header *);
bool dnp3_next_point(struct dnp3_points *, struct dnp3_point *);

/* Control relay output block and pattern control block (g12v1, v2). */
struct dnp3_crob {
	uint8_t code, count, status;
	uint32_t on_ms, off_ms;
};

/* Analog output block (g41). */
struct dnp3_output {
	double value;
	bool integer, single; /* v1 and v2; v3 */
	uint8_t status;
};

/* What these read they were asked for; false when the point is another. */
bool dnp3_crob(
    const struct dnp3_header *, const struct dnp3_point *, struct dnp3_crob *);
bool dnp3_output(const struct dnp3_header *, const struct dnp3_point *,
    struct dnp3_output *);

/* g50 and g51: ms since 1970; g52: ms that pass. */
bool dnp3_time(
    const struct dnp3_header *, const struct dnp3_point *, uint64_t *ms);
bool dnp3_delay(
    const struct dnp3_header *, const struct dnp3_point *, uint64_t *ms);

/* File control (g70v2 to v8): as much as the variation has. */
struct dnp3_file {
	uint32_t handle;     /* v4 to v6 */
	uint32_t block;      /* v5, v6: its number */
	bool last;           /* v5, v6: no block follows */
	uint32_t size;       /* v3, v4, v7 */
	uint64_t created_ms; /* v3, v7 */
	uint16_t permissions, mode, max_block, request, type;
	uint8_t status;    /* v4, v6 */
	struct bytes name; /* v2: the user's; v3, v7, v8: the file's */
	struct bytes data; /* v5: of the block; v4, v6: text */
};

/* Authentication (g120v1 to v15): as much as the variation has. */
struct dnp3_auth {
	uint32_t seq; /* CSQ, KSQ, or SCS; v7: of what failed */
	uint16_t user;
	uint8_t mac_algorithm, reason, key_wrap, key_status, error;
	uint8_t method, operation, certificate_type;
	uint16_t association, role, expiry;
	uint64_t time_ms;
	struct bytes name; /* of a user */
	struct bytes text; /* v7 */
	/* never to be written: octets that keys are made of or proved with */
	struct bytes challenge, mac, wrapped, key, certificate;
};

/* False too when the octets are fewer than the fields need. */
bool dnp3_file(
    const struct dnp3_header *, const struct dnp3_point *, struct dnp3_file *);
bool dnp3_auth(
    const struct dnp3_header *, const struct dnp3_point *, struct dnp3_auth *);

#endif
