/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM frames and APDUs, put together for tests. */
#ifndef TESTS_LIB_BUILD_DLMS_H
#define TESTS_LIB_BUILD_DLMS_H

#include "tests/lib/octets.h"

#define BUILD_DLMS_TITLE 8

enum { /* authentication mechanisms */
	BUILD_DLMS_NONE = 0,
	BUILD_DLMS_LLS = 1,
	BUILD_DLMS_GMAC = 5
};

/* An attribute or a method of an object. */
struct build_dlms_object {
	uint16_t class;
	uint8_t obis[6];
	uint8_t attribute;
};

/* What an AARQ and its AARE say of an association. */
struct build_dlms_acse {
	uint8_t context;      /* 1 LN, 3 LN with ciphering */
	uint8_t mechanism;    /* 0: the fields of authentication are absent */
	const uint8_t *title; /* of the sender, or NULL */
	const char *secret;   /* password or challenge; a challenge in AARE */
	uint8_t result, diagnostic; /* AARE only */
	struct octets user;         /* initiate request or response */
};

/* The wrapper's header and the APDU. */
void build_dlms_wrap(
    struct octets *, uint16_t from, uint16_t to, const struct octets *apdu);

/*
 * An HDLC frame between client and server of one octet each, n octets of
 * information; 0 for a frame without.
 */
void build_dlms_hdlc(struct octets *, bool to_server, uint8_t client,
    uint8_t server, uint8_t control, const void *information, size_t n);

void build_dlms_aarq(struct octets *, const struct build_dlms_acse *);
void build_dlms_aare(struct octets *, const struct build_dlms_acse *);
void build_dlms_initiate_request(struct octets *);
void build_dlms_initiate_response(struct octets *);

void build_dlms_get(
    struct octets *, uint8_t invoke_id, const struct build_dlms_object *);

/* Head of a get-response with data, which the caller puts behind it. */
void build_dlms_got(struct octets *, uint8_t invoke_id);

/*
 * A service-specific ciphered APDU around n octets that nobody can read and a
 * tag of authentication.
 */
void build_dlms_ciphered(
    struct octets *, uint8_t tag, uint32_t counter, struct prng *, size_t n);

#endif
