/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where units begin and end: wrapper PDUs (IEC 62056-47), HDLC frames
 * (62056-46), and the lines of mode E (62056-21) that come before HDLC.
 */
#ifndef DISSECTORS_DLMS_FRAMING_H
#define DISSECTORS_DLMS_FRAMING_H

#include "dissectors/dlms/dlms.h"

/* As the dissector's probe() and frame(), for what begins like one of these. */
enum probe dlms_wrapper_probe(struct reader);
enum frame dlms_wrapper_frame(struct reader, size_t *len);
enum probe dlms_hdlc_probe(struct reader);
enum frame dlms_hdlc_frame(struct reader, size_t *len);
enum probe dlms_mode_e_probe(struct reader);
enum frame dlms_mode_e_frame(struct reader, size_t *len);

/*
 * The header of the unit, into the message.  What is returned is a wall: the
 * APDU of a wrapper PDU, the information field of a frame, empty if it has
 * none.  The caller asks rd_end(r), and then its err.  dlms_hdlc_read() sets
 * who sends the frame, if its addresses (a client has one octet, a server may
 * have more) or its control octet say so.
 */
struct reader dlms_wrapper_read(struct reader *r, struct dlms_apdu *);
struct reader dlms_hdlc_read(struct reader *r, struct dlms_apdu *);
void dlms_mode_e_read(struct reader *r, struct dlms_apdu *);

/* SNRM and UA: what is negotiated (IEC 62056-46, 6.4.4.4.3.2). */
void dlms_hdlc_parameters(struct reader *info, struct dlms_apdu *);

/* "I", "RR", ... */
const char *dlms_hdlc_name(enum dlms_hdlc_kind);

#endif
