/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a certificate says of itself (RFC 5280), without a verdict on who
 * signed it.
 */
#ifndef DISSECTORS_TLS_X509_H
#define DISSECTORS_TLS_X509_H

#include <stdbool.h>

#include "dissectors/reader.h"

enum x509_key { X509_OTHER, X509_RSA, X509_EC };
enum x509_hash { X509_UNSEEN, X509_MD5, X509_SHA1, X509_BETTER };

struct x509 {
	enum x509_hash hash; /* that its issuer signed */
	enum x509_key key;
	uint32_t bits;                /* of the key; 0: unknown */
	int64_t from, to;             /* seconds since 1970 */
	struct bytes issuer, subject; /* contents of the names, DER */
	struct bytes name; /* the subject's last common name; or {NULL, 0} */
};

/* The pointers are into der.  RD_OK, or why it could not be read. */
enum rd_err x509_read(struct bytes der, struct x509 *);

#endif
