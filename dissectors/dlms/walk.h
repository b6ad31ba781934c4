/* SPDX-License-Identifier: Apache-2.0 */
/* How the elements of a list are read: once to verify, then by who asks. */
#ifndef DISSECTORS_DLMS_WALK_H
#define DISSECTORS_DLMS_WALK_H

#include "dissectors/dlms/dlms.h"

enum walk_form {
	WALK_NONE,
	WALK_ATTRIBUTE, /* class, OBIS, attribute, selection */
	WALK_PLAIN,     /* class, OBIS, attribute or method */
	WALK_ACCESS,    /* access-request-specification */
	WALK_VARIABLE,  /* Variable-Access-Specification of SN */
	WALK_DATA,
	WALK_CODE,     /* one octet */
	WALK_GET,      /* Get-Data-Result */
	WALK_ACTION,   /* action-response with optional data */
	WALK_ACCESSED, /* access-response-specification */
	WALK_READ,     /* an element of a read-response */
	WALK_WRITTEN   /* an element of a write-response */
};

/*
 * A list of elements, with its count in front if counted, or else one: where
 * it stands, and whether each can be read.
 */
void dlms_walk_list(struct reader *, struct dlms_apdu *, struct dlms_list *,
    enum walk_form, bool counted);

/* As dlms_walk_list(); the first result that is not 0 is the APDU's. */
void dlms_walk_results(
    struct reader *, struct dlms_apdu *, enum walk_form, bool counted);

#endif
