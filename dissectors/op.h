/* SPDX-License-Identifier: Apache-2.0 */
/* The waist of the house: who said what to whom, in any protocol. */
#ifndef DISSECTORS_OP_H
#define DISSECTORS_OP_H

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "dissectors/reader.h"

enum op_kind {
	OP_LINK,      /* starts, stops, tests or acknowledges a link */
	OP_ASSOCIATE, /* opens or closes an association */
	OP_REPORT,    /* a station speaks of its own accord or in answer */
	OP_READ,
	OP_WRITE,
	OP_CONTROL, /* moves something in the plant */
	OP_FILE,
	OP_KEY, /* keys, challenges, authentication */
	OP_TIME,
	OP_OTHER,
	OP_FLAW, /* a unit that could not be read; msg holds what could */
	OP_KINDS
};

enum op_from { OP_FROM_UNKNOWN, OP_FROM_CLIENT, OP_FROM_SERVER };
enum op_result { OP_NO_RESULT, OP_ACCEPTED, OP_REFUSED };

/* What is known of a stream: a lost packet is never an attack. */
enum knowledge { KNOW_COMPLETE, KNOW_MIDSTREAM, KNOW_GAPPED, KNOW_ONE_SIDED };

enum carrier { OVER_TCP, OVER_UDP, OVER_ETHERTYPE };

#define PDU_VLANS 4

struct endpoint {
	uint8_t mac[6];
	uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d; all zero below IP */
	uint16_t port;
};

/* The packet in which a unit ended. */
struct pdu {
	struct timespec at;  /* the packet's time; nobody asks the clock */
	uint64_t frame;      /* counts from 1, as Wireshark does */
	const char *capture; /* its name; outlives the pipeline */
	struct endpoint src, dst;
	enum carrier carrier;
	uint16_t ethertype; /* behind all tags */
	uint8_t vlans;      /* how many of vlan[] there are, outermost first */
	uint16_t vlan[PDU_VLANS]; /* identifiers; 0 is a priority tag */
	unsigned dir;    /* 0 or 1: the way within the flow, not the role */
	uint32_t octets; /* of the unit, those that were lost included */
	/*
	 * Tells the connection or exchange from all others that are known and
	 * were before; 0 without one, as over an ethertype.
	 */
	uint64_t flow;
	enum knowledge state;
	/*
	 * TCP: the sender acknowledges no octet of the other end that was not
	 * captured, so that nothing it may have answered is missing.
	 */
	bool heard_all;
	/*
	 * Room in the flow for the address of what a world knows of it, so
	 * that it is fetched with the packet; NULL without a flow.  What it
	 * leads to may be another's by now: table_hinted() checks.
	 */
	void **hint;
};

/* Every pointer in an op is valid until emit() returns, and not longer. */
struct op {
	enum op_kind kind;
	const struct pdu *pdu; /* endpoints, packet time, frame number */
	const char *protocol;  /* the dissector's name */
	enum op_from from;     /* as the application says, not the SYN */
	uint32_t function;     /* the protocol's own code */
	struct bytes object;   /* the octets that name it: compare, hash */
	enum op_result result;
	enum rd_err verdict; /* on the unit that it came in */
	/*
	 * What is wrong with the unit, a literal of at most 64 characters, or
	 * NULL.  It may be there with any verdict: a unit that can be read
	 * to its end may still say what the standard forbids.
	 */
	const char *flaw;
	const struct op *outer; /* what this op came wrapped in, or NULL */
	const void *msg;        /* typed: iec104_msg() and its like */
};

/* Whether it is of this protocol; a literal is mostly the same one. */
static inline bool
op_is(const struct op *op, const char *protocol)
{
	return op->protocol == protocol || strcmp(op->protocol, protocol) == 0;
}

struct op_sink {
	void (*emit)(struct op_sink *, const struct op *);
};

#endif
