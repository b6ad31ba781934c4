/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a DLMS/COSEM unit says: framing (IEC 62056-46, -47), ACSE and xDLMS
 * (IEC 62056-5-3), and walks over what it names, carries and answers.
 */
#ifndef DISSECTORS_DLMS_DLMS_H
#define DISSECTORS_DLMS_DLMS_H

#include <stdbool.h>

#include "dissectors/dissector.h"

enum dlms_framing {
	DLMS_BARE, /* none that is known, or what dlms_apdu() was given */
	DLMS_WRAPPER,
	DLMS_HDLC,
	DLMS_MODE_E /* a line of IEC 62056-21 before HDLC begins */
};

enum { /* APDU tags; glo- and ded- ones are named in apdu.c only */
	DLMS_INITIATE_REQUEST = 0x01,
	DLMS_READ_REQUEST = 0x05,
	DLMS_WRITE_REQUEST = 0x06,
	DLMS_INITIATE_RESPONSE = 0x08,
	DLMS_READ_RESPONSE = 0x0c,
	DLMS_WRITE_RESPONSE = 0x0d,
	DLMS_SERVICE_ERROR = 0x0e,
	DLMS_DATA_NOTIFICATION = 0x0f,
	DLMS_NOTIFICATION_CONFIRM = 0x10,
	DLMS_UNCONFIRMED_WRITE = 0x16,
	DLMS_INFORMATION_REPORT = 0x18,
	DLMS_GLO_INITIATE_REQUEST = 0x21,
	DLMS_AARQ = 0x60,
	DLMS_AARE = 0x61,
	DLMS_RLRQ = 0x62,
	DLMS_RLRE = 0x63,
	DLMS_GET_REQUEST = 0xc0,
	DLMS_SET_REQUEST = 0xc1,
	DLMS_EVENT_NOTIFICATION = 0xc2,
	DLMS_ACTION_REQUEST = 0xc3,
	DLMS_GET_RESPONSE = 0xc4,
	DLMS_SET_RESPONSE = 0xc5,
	DLMS_ACTION_RESPONSE = 0xc7,
	DLMS_GLO_GET_REQUEST = 0xc8,
	DLMS_GLO_GET_RESPONSE = 0xcc,
	DLMS_DED_GET_REQUEST = 0xd0,
	DLMS_DED_GET_RESPONSE = 0xd4,
	DLMS_EXCEPTION = 0xd8,
	DLMS_ACCESS_REQUEST = 0xd9,
	DLMS_ACCESS_RESPONSE = 0xda,
	DLMS_GENERAL_GLO = 0xdb,
	DLMS_GENERAL_DED = 0xdc,
	DLMS_GENERAL_CIPHERING = 0xdd,
	DLMS_GENERAL_SIGNING = 0xdf,
	DLMS_BLOCK_TRANSFER = 0xe0,
	DLMS_GATEWAY_REQUEST = 0xe6,
	DLMS_GATEWAY_RESPONSE = 0xe7
};

/* An optional number of the wire. */
struct dlms_number {
	bool there;
	uint32_t v;
};

enum dlms_hdlc_kind {
	DLMS_HDLC_UNKNOWN,
	DLMS_HDLC_I,
	DLMS_HDLC_RR,
	DLMS_HDLC_RNR,
	DLMS_HDLC_SNRM,
	DLMS_HDLC_DISC,
	DLMS_HDLC_UA,
	DLMS_HDLC_DM,
	DLMS_HDLC_FRMR,
	DLMS_HDLC_UI,
	DLMS_HDLC_FLAGS /* nothing but flags: the line is idle */
};

/* The frame itself; nothing of it is known when a check sequence is wrong. */
struct dlms_hdlc {
	enum dlms_hdlc_kind kind;
	uint8_t control, ns, nr;
	bool final;     /* the P/F bit */
	bool segmented; /* more of the APDU follows in another frame */
	bool repeated;  /* an I frame that this sender sent just before */
	bool crc_error; /* HCS or FCS */
	struct dlms_number lower; /* the server's physical address */
	struct dlms_number info_tx, info_rx, window_tx, window_rx;
};

/* AARQ, AARE, RLRQ, RLRE (IEC 62056-5-3, 8.3).  Titles are octets. */
struct dlms_acse {
	struct dlms_number context, mechanism; /* last arc of the name */
	struct dlms_number result, diagnostic;
	bool provider; /* the diagnostic is the provider's, not the user's */
	struct dlms_number reason;
	struct bytes calling_title, called_title, responding_title;
	struct bytes calling_qualifier, responding_qualifier;
	struct dlms_number calling_invocation, responding_invocation;
	/* A password or challenge: for comparing, never for an output. */
	struct bytes authentication;
	struct dlms_number user_tag; /* of the APDU in user-information */
};

/* initiateRequest and initiateResponse, plain. */
struct dlms_initiate {
	bool there, response;
	struct bytes dedicated_key; /* a secret; n is 0 when there is none */
	uint8_t version;
	uint32_t conformance; /* 24 bits, bit 0 of the standard is 0x800000 */
	uint16_t max_pdu, vaa_name;
};

enum dlms_key_info {
	DLMS_KEY_NONE,
	DLMS_KEY_IDENTIFIED,
	DLMS_KEY_WRAPPED,
	DLMS_KEY_AGREED
};

/* The header of a protected APDU (IEC 62056-5-3, 5.7 and 8.2.4). */
struct dlms_cipher {
	bool there;
	uint8_t sc;
	uint32_t ic;
	/* As this APDU carries them; glo- and ded- ones carry no title. */
	struct bytes title, recipient, transaction, date_time, other;
	/* general-ciphering: the five above as encoded, for the AAD */
	struct bytes fields;
	enum dlms_key_info key_info;
	uint8_t key_id;          /* identified, or the KEK of wrapped */
	struct bytes key_params; /* agreed */
	struct bytes key_data;   /* wrapped, or agreed */
	struct bytes text;       /* enciphered, if sc has DLMS_SC_ENCRYPTED */
	struct bytes tag; /* 12 octets, if sc has DLMS_SC_AUTHENTICATED */
};

#define DLMS_SC_SUITE 0x0f
#define DLMS_SC_AUTHENTICATED 0x10
#define DLMS_SC_ENCRYPTED 0x20
#define DLMS_SC_BROADCAST 0x40
#define DLMS_SC_COMPRESSED 0x80

/* A list as it stands in the APDU, without its count. */
struct dlms_list {
	uint8_t form; /* how an element is read; walk.c */
	bool counted; /* a list of the wire, not the one of a plain service */
	uint32_t count;
	struct bytes octets;
};

struct dlms_apdu {
	enum dlms_framing framing;
	enum op_from from;
	/* wPorts, or HDLC upper addresses, as the unit has them */
	uint16_t source, destination;
	/* valid unless from is unknown, or a check sequence wrong */
	uint16_t client_sap, server_sap;
	struct dlms_hdlc hdlc;

	bool there; /* an APDU; a link frame or a segment has none */
	uint8_t tag, choice;
	struct dlms_number invoke; /* with its priority and flags */
	struct dlms_acse acse;
	struct dlms_initiate initiate; /* also that of user-information */
	struct dlms_cipher cipher;     /* likewise */

	/* Walked by dlms_items() and dlms_results(). */
	struct dlms_list items, values, results;
	struct dlms_number result; /* of a list the first that is not 0 */

	struct dlms_number block; /* number of the block that this is */
	struct dlms_number ack;   /* number of the block that it asks for */
	bool last, streaming;
	uint8_t window;
	struct bytes raw; /* what the block carries */

	uint8_t state_error, service_error; /* exception-response */
	struct dlms_number expected_ic;
	uint8_t error[3];       /* confirmed-service-error */
	struct bytes date_time; /* of a notification or an access */
	struct bytes signature; /* of general-signing */
	uint8_t network;        /* gateway prefix: network, and address */
	struct bytes address;

	struct bytes content; /* an APDU in clear within this one, or none */
	const struct dlms_apdu *inner;  /* content, or joined blocks of GBT */
	const struct dlms_apdu *joined; /* what COSEM blocks carried */
	const char *flaw;
};

/* The message of an op, or NULL when the op is another protocol's. */
const struct dlms_apdu *dlms_msg(const struct op *);

/* As INTERFACES names it; NULL for a tag that the standard does not know. */
const char *dlms_tag_name(uint8_t tag);

/*
 * Reads an APDU that has no framing, such as a plaintext.  outer is the op
 * that carried it: packet, roles and addresses are taken from there, and every
 * op emitted points to it.  What is protected but not encrypted has been read
 * by the dissector already.  Joining blocks needs a ctx that stays with the
 * association: pool, flow_id and a flow block of DISSECTOR_FLOW_MAX octets,
 * zeroed at its begin.  An APDU that cannot be read, or one that is wrapped
 * more than three times, is one op of kind OP_FLAW.
 */
enum rd_err dlms_apdu(
    struct reader, struct ctx *, const struct op *outer, struct op_sink *);

/*
 * While an op is emitted: its message has inner within, as of an APDU in clear;
 * of an AARQ or AARE the initiate that inner is, too.
 */
void dlms_within(const struct op *, const struct dlms_apdu *inner);

enum dlms_service { DLMS_GET = 1, DLMS_SET, DLMS_ACTION };

/* One thing that a request or notification names. */
struct dlms_item {
	enum dlms_service service;
	bool short_name;     /* name is valid, class to index are not */
	uint16_t name;       /* SN: base name and offset */
	uint16_t class_id;   /* LN */
	struct bytes obis;   /* 6 octets */
	int8_t index;        /* attribute or method */
	struct bytes octets; /* class, OBIS and index, or the name */
	struct dlms_number selector;
	struct bytes selection; /* its Data */
	struct bytes value;     /* Data written, invoked with or notified */
};

/* One answer. */
struct dlms_result {
	enum dlms_service service;
	struct dlms_number code; /* a data-access- or action-result */
	struct bytes value;      /* Data, or none */
};

struct dlms_walk {
	struct reader r, values;
	uint32_t left;
	uint8_t form, tag;
};

/*
 * With lists and access-requests an APDU names more than its op says: the op's
 * object, kind and function are those of the gravest item.
 */
struct dlms_walk dlms_items(const struct dlms_apdu *);
bool dlms_next_item(struct dlms_walk *, struct dlms_item *);
struct dlms_walk dlms_results(const struct dlms_apdu *);
bool dlms_next_result(struct dlms_walk *, struct dlms_result *);

#endif
