/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that read an APDU and know nothing but its octets. */
#ifndef DISSECTORS_DLMS_APDU_H
#define DISSECTORS_DLMS_APDU_H

#include "dissectors/dlms/dlms.h"

/*
 * Reads one APDU, from its tag on; the caller asks rd_end(r).  A flaw is set
 * where there is more to say than that octets were missing.
 */
void dlms_apdu_read(struct reader *r, struct dlms_apdu *);

/* Who sends an APDU of this tag, or OP_FROM_UNKNOWN when either may. */
enum op_from dlms_apdu_from(uint8_t tag);

/* The APDU in user-information, read into the one that has it. */
void dlms_apdu_user_information(struct reader *, struct dlms_apdu *);

/* Fails r; the first flaw is kept. */
void dlms_apdu_fail(struct reader *, struct dlms_apdu *, const char *flaw);

/* What stands behind the tag, which is in the second argument. */
void dlms_acse_read(struct reader *, struct dlms_apdu *);      /* 60 to 63 */
void dlms_acse_request(struct reader *, struct dlms_apdu *);   /* 01 */
void dlms_acse_response(struct reader *, struct dlms_apdu *);  /* 08 */
void dlms_cipher_read(struct reader *, struct dlms_apdu *);    /* glo-, ded- */
void dlms_cipher_general(struct reader *, struct dlms_apdu *); /* DB to DD */
void dlms_cipher_signing(struct reader *, struct dlms_apdu *); /* DF */
void dlms_ln_get(struct reader *, struct dlms_apdu *);         /* C0 */
void dlms_ln_set(struct reader *, struct dlms_apdu *);         /* C1 */
void dlms_ln_action(struct reader *, struct dlms_apdu *);      /* C3 */
void dlms_ln_get_answer(struct reader *, struct dlms_apdu *);  /* C4 */
void dlms_ln_set_answer(struct reader *, struct dlms_apdu *);  /* C5 */
void dlms_ln_action_answer(struct reader *, struct dlms_apdu *); /* C7 */
void dlms_report_event(struct reader *, struct dlms_apdu *);     /* C2 */
void dlms_report_data(struct reader *, struct dlms_apdu *);      /* 0F, 10 */
void dlms_report_access(struct reader *, struct dlms_apdu *);    /* D9 */
void dlms_report_accessed(struct reader *, struct dlms_apdu *);  /* DA */
void dlms_sn_read(struct reader *, struct dlms_apdu *);          /* 05 */
void dlms_sn_write(struct reader *, struct dlms_apdu *);         /* 06, 16 */
void dlms_sn_report(struct reader *, struct dlms_apdu *);        /* 18 */
void dlms_sn_read_answer(struct reader *, struct dlms_apdu *);   /* 0C */
void dlms_sn_write_answer(struct reader *, struct dlms_apdu *);  /* 0D */

#endif
