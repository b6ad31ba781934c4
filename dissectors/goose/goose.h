/* SPDX-License-Identifier: Apache-2.0 */
/* What a GOOSE APDU says (IEC 61850-8-1, annex A), and a walk over its data. */
#ifndef DISSECTORS_GOOSE_GOOSE_H
#define DISSECTORS_GOOSE_GOOSE_H

#include "dissectors/ber.h"
#include "dissectors/json.h"
#include "dissectors/op.h"

enum { /* tags of an APDU */
	GOOSE_MANAGEMENT = 0x60,
	GOOSE_PDU = 0x61
};

/* The elements of goosePdu, as their context tags count them. */
enum goose_element {
	GOOSE_GOCBREF,
	GOOSE_TAL,
	GOOSE_DATSET,
	GOOSE_GOID,
	GOOSE_T,
	GOOSE_STNUM,
	GOOSE_SQNUM,
	GOOSE_SIMULATION, /* test, before edition 2 */
	GOOSE_CONFREV,
	GOOSE_NDSCOM,
	GOOSE_ENTRIES, /* numDatSetEntries */
	GOOSE_ALLDATA,
	GOOSE_ELEMENTS
};

enum { /* quality of a UtcTime (IEC 61850-8-1, 8.1.3.7) */
	GOOSE_LEAP_KNOWN = 0x80,
	GOOSE_CLOCK_FAILURE = 0x40,
	GOOSE_NOT_SYNCHRONIZED = 0x20,
	GOOSE_ACCURACY = 0x1f /* bits; 31: not said */
};

struct goose_time {
	uint32_t seconds;  /* since 1970 */
	uint32_t fraction; /* of a second, in 2^-24 */
	uint8_t quality;
};

/*
 * The extension of IEC 62351-6.  Public readings of it disagree; these differ
 * in where it stands and in where its length is said.
 */
enum goose_reading {
	GOOSE_NO_AUTH,
	GOOSE_BEHIND,       /* behind Length; low octet of Reserved1 (2007) */
	GOOSE_RESERVED1,    /* within Length; low octet of Reserved1 */
	GOOSE_RESERVED1_12, /* within Length; low 12 bits of Reserved1 */
	GOOSE_RESERVED2,    /* within Length; Reserved2 */
	GOOSE_PLAIN_BER,    /* within Length; nowhere, but it is BER */
	GOOSE_UNREAD        /* within Length, and nothing fits */
};

enum { /* which of its fields the extension has */
	GOOSE_AUTH_VERSION = 1,
	GOOSE_AUTH_CURRENT_KEY = 2,
	GOOSE_AUTH_NEXT_KEY = 4,
	GOOSE_AUTH_KEY_ID = 8,
	GOOSE_AUTH_HEADER_CRC = 16 /* Reserved2 is the header's CRC-16 */
};

struct goose_auth {
	enum goose_reading reading;
	unsigned has;
	struct bytes octets; /* all of the extension */
	uint32_t version, key_id;
	uint32_t current_key; /* since when it is used, seconds since 1970 */
	uint32_t next_key;    /* until it is replaced, as said */
	struct bytes iv, mac;
};

struct goose_pdu {
	/* the header; in R-GOOSE that of the payload, which has no Reserved */
	uint16_t appid, length, reserved1, reserved2;
	bool headed;     /* the four above could be read */
	bool header_sim; /* the simulation flag in front of the APDU */

	uint8_t tag;       /* of the APDU; 0: none was found */
	uint16_t elements; /* a bit for each that was read, 1 << GOOSE_... */
	struct bytes gocbref, datset, goid;
	uint32_t tal; /* ms */
	struct goose_time t;
	uint32_t stnum, sqnum, confrev, entries;
	bool simulation, ndscom;
	struct bytes data;  /* the contents of allData, as on the wire */
	struct bytes whole; /* all of the frame from APPID on; not in R-GOOSE */
	uint32_t members;   /* that there are */

	struct goose_auth auth;

	/* GSE management (GOOSE_MANAGEMENT), 0 when it could not be read */
	uint32_t state_id;
	uint8_t service; /* its context tag: 1 GetGoReference, ... */
	bool response;
};

static inline bool
goose_has(const struct goose_pdu *p, enum goose_element e)
{
	return p->elements >> e & 1;
}

/* The message of an op, or NULL when the op is another protocol's. */
const struct goose_pdu *goose_msg(const struct op *);

/*
 * Reads the APDU at the head of r and leaves r behind it.  The flaw is a
 * literal or NULL; it may be there although the APDU could be read.
 */
enum rd_err goose_apdu(struct reader *r, struct goose_pdu *, const char **flaw);

/* The members of a record, into an object that is open. */
void goose_write_json(const struct goose_pdu *, struct json *);

enum { /* Data (IEC 61850-8-1, A.3), as the tags stand on the wire */
	GOOSE_ARRAY = 0xa1,
	GOOSE_STRUCTURE = 0xa2,
	GOOSE_BOOLEAN = 0x83,
	GOOSE_BIT_STRING = 0x84,
	GOOSE_INTEGER = 0x85,
	GOOSE_UNSIGNED = 0x86,
	GOOSE_FLOAT = 0x87,
	GOOSE_REAL = 0x88,
	GOOSE_OCTET_STRING = 0x89,
	GOOSE_VISIBLE_STRING = 0x8a,
	GOOSE_GENERALIZED_TIME = 0x8b,
	GOOSE_BINARY_TIME = 0x8c,
	GOOSE_BCD = 0x8d,
	GOOSE_BOOLEAN_ARRAY = 0x8e,
	GOOSE_OBJECT_ID = 0x8f,
	GOOSE_MMS_STRING = 0x90,
	GOOSE_UTC_TIME = 0x91
};

#define GOOSE_DEPTH 16 /* arrays and structures within each other */

struct goose_value {
	uint32_t tag;        /* GOOSE_BOOLEAN or what else there is */
	struct bytes octets; /* contents, of an array those of its members */
	unsigned depth;      /* 0: a member of the data set */
};

/* The walk goes into arrays and structures: each, then what it holds. */
struct goose_walk {
	struct reader r;
	unsigned depth;
	const char *flaw; /* why the walk ended early, or NULL */
	const uint8_t *end[GOOSE_DEPTH];
};

/* Over contents of allData, of an array or of a structure. */
struct goose_walk goose_data_walk(struct bytes);
bool goose_data_next(struct goose_walk *, struct goose_value *);

/* Whether the octets are as many as the type has; false for no type of Data. */
bool goose_data_fits(const struct goose_value *);

/* What a number is that fits and has the tag for it. */
int64_t goose_data_integer(const struct goose_value *);
uint64_t goose_data_unsigned(const struct goose_value *);
double goose_data_float(const struct goose_value *);
struct goose_time goose_time(const uint8_t octets[8]);

#endif
