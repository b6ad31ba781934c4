/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as IEC 62351-3 wants it: what is trusted, and what went wrong. */
#ifndef OUTPUTS_SIEM_TLS_H
#define OUTPUTS_SIEM_TLS_H

#include <openssl/ssl.h>

#include "outputs/error.h"
#include "outputs/siem/destination.h"

#define TLS_WHY 400

/*
 * The CA and nothing else is trusted; certificate and key are ours.  NULL, said
 * in error with the file: it is missing, is no such thing, is out of date, or
 * the key is another one's.
 */
SSL_CTX *tls_context(const struct destination *, struct error *);

/* Of a connection: what is wrong with the server's certificate. */
struct tls_note {
	const struct destination *d;
	char why[TLS_WHY];
};

/*
 * A connection to note's destination, not yet to a socket; note outlives it.
 * NULL: no memory.
 */
SSL *tls_new(SSL_CTX *, struct tls_note *);

/* Of a call that failed: whether the server closed, and no more. */
bool tls_is_end(SSL *, int result);

/*
 * Why a call of OpenSSL failed that was neither waiting to read nor to write.
 * result is what it returned; it empties the queue of errors.
 */
void tls_why(char why[TLS_WHY], SSL *, int result);

#endif
