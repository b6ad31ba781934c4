/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections and datagram exchanges that are known: a capped table with a
 * keyed hash.  When it is full, what was silent longest among a few makes room.
 */
#ifndef SENSOR_FLOW_H
#define SENSOR_FLOW_H

#include "dissectors/dissector.h"
#include "rules/siphash.h"
#include "sensor/packet.h"

enum flow_flag {
	FLOW_V6 = 1,
	FLOW_CLOSED = 2,    /* RST, or FIN from both ends */
	FLOW_GAPPED = 4,    /* octets were lost */
	FLOW_MIDSTREAM = 8, /* its begin was not seen */
	FLOW_ONE_SIDED = 16,
	FLOW_HOLES = 32, /* in the list of those that wait for segments */
	FLOW_NAMED = 64  /* its community id was made */
};

enum half_flag {
	HALF_KNOWN = 1,    /* next holds */
	HALF_SYN = 2,      /* it began where the connection did */
	HALF_FIN = 4,      /* it has ended */
	HALF_SEARCH = 8,   /* where a unit begins is to be found */
	HALF_HEARD = 16,   /* at least one packet came this way */
	HALF_ASSURED = 32, /* a unit was read since the search */
	HALF_ACKED = 64,   /* ack holds */
	HALF_LEAPT = 128   /* over octets that nobody acknowledged */
};

/* One direction of a TCP connection. */
struct half {
	uint32_t next;    /* the sequence number that comes next */
	uint32_t ack;     /* what this end acknowledged last */
	uint32_t pending; /* block of a unit that is not whole yet */
	uint8_t flags;
	uint8_t held;  /* segments that came too early */
	uint16_t skip; /* octets of a unit that was cut, still to come */
};

/* 256 octets, ordered by use: a bare acknowledgement needs the first 64. */
struct flow {
	uint32_t a4, b4; /* IPv4 ends, the lower first */
	uint16_t aport, bport;
	uint8_t protocol;
	uint8_t flags;
	uint8_t app;          /* index of its dissector + 1, 0 when undecided */
	uint8_t silent : 4;   /* packets with payload, no answer; saturates */
	uint8_t opener : 2;   /* the end that sent the SYN + 1; 0: unknown */
	uint8_t answered : 1; /* the other end agreed */
	uint8_t carried : 1;  /* octets were sent */
	uint32_t seen_s;      /* of the last packet */
	struct half half[2];
	uint32_t skipped; /* octets without a unit since the last one */

	void *hint; /* pdu.hint leads here */

	uint32_t history[2]; /* of each half; see history.h */
	uint64_t state[DISSECTOR_FLOW_MAX / 8]; /* the dissector's own */

	uint8_t a6[16], b6[16];
	uint32_t held[2];        /* block of the first segment held back */
	uint16_t hole_at[2];     /* when the first of them came, see stream.c */
	uint32_t classify;       /* handle at nDPI, 0: none */
	uint16_t label;          /* what nDPI said, when CLASSIFY_DONE */
	uint8_t classified;      /* enum flow_class */
	uint8_t tries;           /* pieces without any protocol; saturates */
	uint8_t hole_packets[2]; /* of the flow since hole_at; saturates */
	uint32_t packets;        /* not yet counted under a name */
	uint32_t epoch;          /* tells this flow from others in its place */
};

_Static_assert(sizeof(struct flow) == 256, "four cache lines");
_Static_assert(offsetof(struct flow, history) == 64, "the hot line");

struct flows;

/* NULL when there is no memory. */
struct flows *flow_table(uint32_t cap, const uint8_t key[SIPHASH_KEY]);
void flow_table_free(struct flows *);

/*
 * Memory is slow: a batch of packets is hashed, then expected, then found.
 * What is expected is a hint and may be stale when its turn comes.
 */
void flow_hash(const struct flows *, struct packet *);
void flow_expect(const struct flows *, struct packet *);

/* What was hinted at in the flow that was expected, too, is on its way. */
void flow_expect_hint(const struct flows *, const struct packet *);

/* The flow that was expected, if it has a hint; or NULL. */
const struct flow *flow_expected(const struct flows *, const struct packet *);

/*
 * The flow of this TCP or UDP packet, which is hashed, made if need be
 * (*fresh), and which way it goes.  evict is called before a flow makes room
 * for another.
 */
struct flow *flow_find(struct flows *, const struct packet *, unsigned *dir,
    bool *fresh, void (*evict)(void *, struct flow *), void *arg);

/* The same ends begin anew: the flow gets another epoch. */
void flow_renew(struct flows *, struct flow *);

/*
 * A flow as it was in an earlier run, at the place that it had.  NULL: there is
 * no such place, or no room for it.
 */
struct flow *flow_restore(
    struct flows *, uint32_t slot, const struct flow *saved);

/*
 * The epoch that was given last; flows that come get later ones than that.  No
 * number of an earlier run comes again.
 */
uint32_t flow_epoch(const struct flows *);
void flow_go_on(struct flows *, uint32_t epoch);

/* The place of a flow in the table: below cap, for tables beside it. */
uint32_t flow_slot(const struct flows *, const struct flow *);
struct flow *flow_at(const struct flows *, uint32_t slot);

/* Places that were ever used; those from 0 on hold flows. */
uint32_t flow_used(const struct flows *);
uint64_t flow_evicted(const struct flows *);

/* Fills in the addresses and ports of the end that dir comes from. */
void flow_ends(const struct flow *, unsigned dir, struct endpoint *src,
    struct endpoint *dst);

#endif
