/* SPDX-License-Identifier: Apache-2.0 */
/* What the dissector keeps of a flow, and how pieces become APDUs. */
#ifndef DISSECTORS_DLMS_STATE_H
#define DISSECTORS_DLMS_STATE_H

#include "dissectors/asm.h"
#include "dissectors/dlms/dlms.h"

#define STATE_SIDES 14

/* What one HDLC station sent to another. */
struct side {
	uint32_t key;  /* 0: free */
	uint16_t last; /* CRC over the information of the last I frame */
	uint8_t ns;    /* its N(S) */
	uint8_t flags;
};

struct flow {
	uint8_t client; /* the client's pdu.dir + 1; 0: unknown */
	bool certain;   /* ACSE said so */
	uint8_t hand;   /* the side that makes room next */
	struct side sides[STATE_SIDES];
};

/* Layers of joining; each has a lease of its own. */
enum state_layer { STATE_SEGMENTS = 1, STATE_BLOCKS, STATE_TRANSFER };

/* The lease of a layer between the two stations of this unit. */
uint32_t dlms_state_key(
    const struct ctx *, const struct dlms_apdu *, enum state_layer);

/* Who sends, as far as this flow has told by now. */
enum op_from dlms_state_from(const struct ctx *);

/* What the tag of an APDU says of the ends of the flow. */
void dlms_state_learn(struct ctx *, uint8_t tag, enum op_from);

/*
 * The APDU that ends with this frame, or none.  *key is set to the lease that
 * holds it, to be dropped when it has been read.  The LLC header is taken off;
 * it says who sends.
 */
struct bytes dlms_segment_put(
    struct ctx *, struct dlms_apdu *, struct bytes info, uint32_t *key);

/* Blocks that were joined: of COSEM raw is Data or results, of GBT an APDU. */
struct block {
	uint8_t tag, choice;    /* of the first */
	struct dlms_list items; /* that the first named */
	struct bytes raw;
};

/* True when a was the last and all are there; *key as above. */
bool dlms_block_put(
    struct ctx *, struct dlms_apdu *a, struct block *, uint32_t *key);

/* COSEM: the service as if it had come in one APDU.  False if it does not. */
bool dlms_block_read(const struct block *, struct dlms_apdu *joined);

#endif
