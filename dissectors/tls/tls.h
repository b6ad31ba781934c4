/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be seen of TLS from outside: the handshake of 1.2 and before (RFC
 * 5246) up to the first ChangeCipherSpec, that of 1.3 (RFC 8446) up to the
 * ServerHello, and alerts in clear.  What is behind is not observable.
 */
#ifndef DISSECTORS_TLS_TLS_H
#define DISSECTORS_TLS_TLS_H

#include <stdbool.h>

#include "dissectors/op.h"

#define TLS_PROTOCOL "tls"
#define TLS_1_0 0x0301
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304
#define TLS_SSL_2 0x0002
#define TLS_SSL_3 0x0300

#define TLS_SIGNALLING 0x00ff /* a suite that says what the extension says */

enum tls_what { /* function of the op, too */
	TLS_CLIENT_HELLO,
	TLS_SERVER_HELLO,
	TLS_CERTIFICATES,
	TLS_KEY_EXCHANGE, /* the server's */
	TLS_CERTIFICATE_REQUEST,
	TLS_HELLO_DONE,
	TLS_HANDSHAKE,  /* another message of the handshake, or an encrypted */
	TLS_NEW_CIPHER, /* ChangeCipherSpec */
	TLS_ALERT,
	TLS_APPLICATION,
	TLS_RECORDS /* one that cannot be read */
};

/* A ClientHello or ServerHello; lists are as they stand on the wire. */
struct tls_hello {
	uint16_t version;        /* the highest that is offered, or selected */
	struct bytes random;     /* 32 octets */
	struct bytes session;    /* its id, at most 32 octets */
	struct bytes suites;     /* 2 octets each; of a server one */
	struct bytes algorithms; /* signature_algorithms, 2 octets each */
	bool has_algorithms;     /* the extension is there */
	bool renegotiates_securely; /* RFC 5746, as extension or suite */
	bool retry;                 /* HelloRetryRequest: another hello comes */
};

struct tls_certificates {
	uint32_t octets;   /* of the list, as it claims */
	uint32_t first;    /* of the first certificate, as it claims */
	struct bytes leaf; /* DER of the first; {NULL, 0}: none, or not read */
	struct bytes
	    chain; /* what follows the first, 3 octets of length each */
	bool none; /* the list is empty */
};

struct tls_alert {
	uint8_t level, description;
	bool encrypted; /* neither of them can be seen */
};

struct tls_message {
	enum tls_what what;
	uint16_t record; /* version of the record layer */
	bool encrypted;
	struct tls_hello hello;
	struct tls_certificates certificates;
	struct tls_alert alert;
	uint16_t
	    signature; /* KEY_EXCHANGE: its algorithm; 0: none, or unseen */
};

/* NULL when the op is of another protocol. */
static inline const struct tls_message *
tls_msg(const struct op *op)
{
	return op_is(op, TLS_PROTOCOL) ? op->msg : NULL;
}

#endif
