/* SPDX-License-Identifier: Apache-2.0 */
/* What an R-GOOSE session PDU says (IEC TR 61850-90-5, clause 8). */
#ifndef DISSECTORS_RGOOSE_RGOOSE_H
#define DISSECTORS_RGOOSE_RGOOSE_H

#include "dissectors/goose/goose.h"

enum { /* session identifiers */
	RGOOSE_TUNNEL = 0xa0,
	RGOOSE_GOOSE = 0xa1,
	RGOOSE_SV = 0xa2,
	RGOOSE_MANAGEMENT = 0xa3
};

enum { /* payload tags */
	RGOOSE_PAYLOAD_GOOSE = 0x81,
	RGOOSE_PAYLOAD_SV = 0x82,
	RGOOSE_PAYLOAD_TUNNEL = 0x83,
	RGOOSE_PAYLOAD_MANAGEMENT = 0x84
};

struct rgoose_spdu {
	uint8_t si;
	bool headed;          /* all up to next_key could be read */
	uint32_t spdu_length; /* as said: implementations count differently */
	uint32_t number;
	uint16_t version;
	uint32_t current_key; /* since when it is used, seconds since 1970 */
	uint16_t next_key;    /* until it is replaced, as said */

	/* from here on only when a reading of the header fits */
	bool fits;
	bool has_algorithms; /* two octets, which some versions leave out */
	uint8_t encryption, authentication;
	uint32_t key_id;
	struct bytes iv;
	struct bytes payload;
	struct bytes mac;

	/* the payload, of which the first element is read */
	bool encrypted;
	uint8_t payload_tag;    /* 0 when it is encrypted */
	struct goose_pdu goose; /* goose.tag is 0 when it is something else */
};

/* The message of an op, or NULL when the op is another protocol's. */
const struct rgoose_spdu *rgoose_msg(const struct op *);

#endif
