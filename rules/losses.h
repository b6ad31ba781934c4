/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sensor lost, as the numbers that senders count with tell: filled in
 * by worlds, for H-1 and the summary.
 */
#ifndef RULES_LOSSES_H
#define RULES_LOSSES_H

#include "dissectors/op.h"

struct loss {
	uint64_t got, lost; /* units that bear a number */
	uint64_t holes;     /* how often some were lost in a row */
	struct pdu last;    /* behind the last hole */
};

struct losses {
	struct loss iec104; /* I frames, by N(S) */
	struct loss dnp3;   /* transport segments, by their sequence */
	struct loss goose;  /* messages, by sqNum */
};

static inline void
losses_add(struct loss *l, uint64_t n, const struct pdu *behind)
{
	l->lost += n;
	l->holes++;
	l->last = *behind;
}

#endif
