/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the DNP3 dissector need of each other. */
#ifndef DISSECTORS_DNP3_PARTS_H
#define DISSECTORS_DNP3_PARTS_H

#include "dissectors/asm.h"
#include "dissectors/dnp3/dnp3.h"

static inline uint32_t
dnp3_u32(struct reader *r)
{
	uint32_t low = rd_u16le(r);

	return (uint32_t)rd_u16le(r) << 16 | low;
}

static inline uint64_t
dnp3_u48(struct reader *r)
{
	uint64_t low = dnp3_u32(r);

	return (uint64_t)rd_u16le(r) << 32 | low;
}

#define DNP3_USER_MAX 250 /* octets of user data in a link frame */

/* Elements up to 255 are octets of an object, the others one of these. */
enum {
	DNP3_UNKNOWN = 256,
	DNP3_ONE_BIT,
	DNP3_TWO_BITS,
	DNP3_SELF_SIZED /* and above: dnp3_measure() knows */
};

/* What an object of this group and variation is made of. */
unsigned dnp3_element(uint8_t group, uint8_t variation);

/* Octets of the self-sized object at r; false when its head is cut. */
bool dnp3_measure(unsigned element, struct reader r, size_t *octets);

/*
 * The 250 octets of a frame's user data stand behind room for what a lease
 * keeps of a message; the transport octet is the last of that room.
 */
#define DNP3_LEASE_HEAD 8
#define DNP3_USER_AT (DNP3_LEASE_HEAD - 1)
#define DNP3_ROOM (DNP3_USER_AT + DNP3_USER_MAX)

/* What is kept of a flow. */
struct dnp3_flow {
	uint32_t open;  /* leases that it may have */
	uint8_t master; /* its pdu.dir + 1; 0: unknown */
	struct {
		uint8_t next; /* sequence */
		uint8_t run;  /* segments in sequence; saturates */
	} count[2];           /* by direction */
	struct {
		uint32_t pair; /* link addresses */
		uint32_t sum;  /* of the octets, and how many */
		uint8_t seq;
		bool there;
	} done[2]; /* the segment that last completed a lease, by direction */
};

struct dnp3_settings {
	uint32_t fragment_octets; /* longer ones are a flaw */
};

/*
 * Puts a segment of n octets, the transport octet among them, to those before
 * it.  Whether the fragment is complete: then it is in *fragment, and if
 * *leased dnp3_segment_end() is due when it is no longer looked at.
 */
bool dnp3_segment(struct ctx *, struct dnp3_frame *, uint8_t room[DNP3_ROOM],
    size_t n, struct bytes *fragment, bool *leased);
void dnp3_segment_end(struct ctx *, const struct dnp3_frame *);

/* Reads a fragment into frame->app, and judges it. */
void dnp3_fragment(struct dnp3_frame *, struct bytes);

/* What a fragment does. */
enum op_kind dnp3_kind(const struct dnp3_fragment *);

/* As in struct dissector. */
void dnp3_write(const void *msg, struct json *);
struct dnp3_tally {
	uint64_t frames, fragments, crc_errors, malformed, truncated, flaws;
	uint64_t functions[256];
};
void dnp3_count(void *tally, const struct op *);
void dnp3_write_tally(const void *tally, struct json *);

#endif
