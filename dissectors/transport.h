/* SPDX-License-Identifier: Apache-2.0 */
/* What the sensor itself has to tell of a TCP connection (RFC 9293). */
#ifndef DISSECTORS_TRANSPORT_H
#define DISSECTORS_TRANSPORT_H

#include <stdbool.h>
#include <string.h>

#include "dissectors/op.h"

/*
 * The protocol of ops whose msg is a struct transport.  OPENED, ANSWERED and
 * CLOSED are from the client when that is who sent the SYN.
 */
#define TRANSPORT_PROTOCOL "tcp"

enum transport_note {
	TRANSPORT_OPENED,    /* OP_LINK: the SYN of a connection */
	TRANSPORT_ANSWERED,  /* OP_LINK: the other end agreed, or must have */
	TRANSPORT_CLOSED,    /* OP_LINK: RST, or FIN from both ends */
	TRANSPORT_OVERLAP,   /* OP_FLAW: octets came again and were others */
	TRANSPORT_GAP,       /* OP_OTHER: octets were sent and not captured */
	TRANSPORT_CUT,       /* OP_OTHER: the same, for the snapshot length */
	TRANSPORT_ONE_SIDED, /* OP_OTHER: only one end's packets are seen */
	/*
	 * OP_OTHER, and only when an inventory wants to know: the source sends
	 * its first packet of a flow, or any frame without one.
	 */
	TRANSPORT_MET,
	TRANSPORT_FULL, /* OP_OTHER: a flow had to make room for this one */
	/*
	 * OP_OTHER: a connection was found to speak a protocol by its content
	 * that is at home on neither of its ports.
	 */
	TRANSPORT_AWAY
};

struct transport {
	enum transport_note note;
	uint32_t seq;    /* where it begins */
	uint64_t octets; /* OVERLAP: compared; GAP, CUT: lost; FULL: flows */
	size_t at;       /* OVERLAP: of these, the first that differs */
	const char *protocol; /* AWAY: the dissector's name */
	bool answered;        /* CLOSED: it was; of those whose SYN was seen */
	bool carried;         /* CLOSED: octets went one way or the other */
	bool reset;           /* CLOSED: by RST */
	/*
	 * GAP, CUT and ONE_SIDED: what all dissected streams got and lost
	 * since the start, so that one can tell little from much.
	 */
	uint64_t got, lost;
};

static inline const struct transport *
transport_msg(const struct op *op)
{
	return op_is(op, TRANSPORT_PROTOCOL) ? op->msg : NULL;
}

#endif
