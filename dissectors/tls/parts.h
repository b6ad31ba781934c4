/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the handshake; each reads its body up to rd_end(). */
#ifndef DISSECTORS_TLS_PARTS_H
#define DISSECTORS_TLS_PARTS_H

#include "dissectors/tls/tls.h"

/* *flaw is a literal when the verdict is bad. */
enum rd_err tls_client_hello(
    struct reader, struct tls_message *, const char **flaw);
enum rd_err tls_server_hello(
    struct reader, struct tls_message *, const char **flaw);
enum rd_err tls_read_certificates(
    struct reader, struct tls_message *, const char **flaw);

/* Which key exchange it is depends on the suite. */
enum rd_err tls_key_exchange(
    struct reader, uint16_t suite, struct tls_message *, const char **flaw);

/* A hello of SSL 2.0 behind its two octets of length. */
enum rd_err tls_old_hello(
    struct reader, struct tls_message *, const char **flaw);

#endif
