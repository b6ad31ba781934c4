/* SPDX-License-Identifier: Apache-2.0 */
/* What the detectors of associations and identities share. */
#ifndef RULES_DLMS_SAY_H
#define RULES_DLMS_SAY_H

#include "rules/meters/meters.h"

/*
 * Of meter_assoc.said: what has been said of a pair of SAPs at a meter and
 * need not be said again at its next log-in.
 */
enum {
	DLMS_SAID_NO_AUTH = 1,
	DLMS_SAID_CLEAR = 2,
	DLMS_SAID_DEFAULT = 4,
	DLMS_SAID_WEAK = 8,
	DLMS_SAID_MECHANISM = 0x10, /* a downgrade that lasts */
	DLMS_SAID_CONTEXT = 0x20,
	DLMS_SAID_PLAIN_REQUEST = 0x40, /* until a protected one follows */
	DLMS_SAID_PLAIN_RESPONSE = 0x80,
	DLMS_SAID_WEAK_REQUEST = 0x100,
	DLMS_SAID_WEAK_RESPONSE = 0x200,
	DLMS_SAID_UNSIGNED = 0x400
};

/* Whether bit was not set; it is now.  Without an association: always. */
bool dlms_say_once(struct meter_assoc *, uint16_t bit);

/*
 * An event about the view's meter, or about the server's end as long as
 * nobody knows the meter; known may be NULL.  attack is the row's.
 */
EVENT_RARE struct event dlms_say(const struct dlms_view *known,
    const struct op *, const struct event_def *, const char *det,
    const char *attack);

/* Adds client_sap and server_sap, where they are known. */
EVENT_RARE void dlms_say_saps(struct event *, const struct dlms_apdu *);

/* The client's and the server's end of a packet whose direction is known. */
const struct endpoint *dlms_say_client(const struct op *);
const struct endpoint *dlms_say_server(const struct op *);

/* Whether the APDU, or one around it, is authenticated or encrypted. */
bool dlms_say_protected(const struct op *);
bool dlms_say_encrypted(const struct op *);

/* Services of xDLMS in clear, by their tag: requests but no notifications. */
bool dlms_say_request(uint8_t tag);
bool dlms_say_response(uint8_t tag);

/* Whether a request is the third pass of HLS. */
bool dlms_say_pass3(const struct dlms_request *);

/* Whether flow is new to a list of recent flows; it is in it now. */
#define DLMS_FLOWS 1024
struct dlms_flows {
	uint64_t flow[DLMS_FLOWS];
};
bool dlms_say_new_flow(struct dlms_flows *, uint64_t flow);

#endif
