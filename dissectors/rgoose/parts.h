/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the R-GOOSE dissector need of each other. */
#ifndef DISSECTORS_RGOOSE_PARTS_H
#define DISSECTORS_RGOOSE_PARTS_H

#include "dissectors/rgoose/rgoose.h"

/* How well a reading of the session header fits the datagram, best last. */
enum rgoose_fit {
	RGOOSE_FIT_NONE,
	RGOOSE_FIT_UNREADABLE, /* the payload is none that is known */
	RGOOSE_FIT_UNSIGNED,   /* there should be a signature */
	RGOOSE_FIT_TRAILING,   /* something stands behind the signature */
	RGOOSE_FIT_WHOLE
};

/* What the payload begins with: its tag, flag, APPID and length. */
#define RGOOSE_ELEMENT 6

/* As far as next_key; r is left behind it.  False if it is no such header. */
bool rgoose_head(struct reader *r, struct rgoose_spdu *);

/*
 * Finds the reading that fits best what stands behind next_key, all of which
 * was captured, and takes it into the SPDU.
 */
enum rgoose_fit rgoose_session(struct reader r, struct rgoose_spdu *);

/*
 * Whether a payload begins with an element in clear.  If that is GOOSE or SV,
 * *apdu is the wall of its APDU.
 */
bool rgoose_element(
    struct bytes payload, struct rgoose_spdu *, struct reader *apdu);

#endif
