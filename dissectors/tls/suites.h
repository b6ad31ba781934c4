/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to say against a cipher suite, and how its keys are agreed. */
#ifndef DISSECTORS_TLS_SUITES_H
#define DISSECTORS_TLS_SUITES_H

#include <stdint.h>

#define TLS_SUITE_NULL 0x01      /* nothing is encrypted */
#define TLS_SUITE_EXPORT 0x02    /* keys of 40 bits */
#define TLS_SUITE_WEAK 0x04      /* RC2, RC4, DES, 3DES, IDEA */
#define TLS_SUITE_ANONYMOUS 0x08 /* nobody is authenticated */
#define TLS_SUITE_MD5 0x10
#define TLS_SUITE_SHA1 0x20 /* CBC with SHA-1: deprecated */
#define TLS_SUITE_INTEGRITY                                                    \
	0x40 /* authenticated by SHA-256 or better, on purpose not encrypted   \
	      */
#define TLS_SUITE_PSK 0x80 /* a pre-shared key: certificates may be none */
#define TLS_SUITE_EC 0x100 /* signed ephemeral keys on a curve */
#define TLS_SUITE_DH 0x200 /* signed ephemeral keys of a finite field */

/* What no configuration makes good. */
#define TLS_SUITE_BAD                                                          \
	(TLS_SUITE_NULL | TLS_SUITE_EXPORT | TLS_SUITE_WEAK |                  \
	    TLS_SUITE_ANONYMOUS | TLS_SUITE_MD5)

/* TLS_SUITE_* of a suite of the IANA registry; 0: nothing, or unknown. */
uint32_t tls_suite(uint16_t);

/* The worst of them in words, for people: "RC4, DES or alike". */
const char *tls_suite_fault(uint32_t flags);

#endif
