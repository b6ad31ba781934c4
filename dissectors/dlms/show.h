/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a unit and the summary of all; no secret is in either. */
#ifndef DISSECTORS_DLMS_SHOW_H
#define DISSECTORS_DLMS_SHOW_H

#include "dissectors/dlms/dlms.h"

struct dlms_tally {
	uint64_t units, malformed, truncated, crc_errors;
	uint64_t apdus[256], inner[256]; /* by tag */
};

/* As the dissector's write_json(), count() and write_tally(). */
void dlms_show_apdu(const void *msg, struct json *);
void dlms_show_count(void *tally, const struct op *);
void dlms_show_write_tally(const void *tally, struct json *);

#endif
