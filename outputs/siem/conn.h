/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a destination, with TLS or without, that never blocks. */
#ifndef OUTPUTS_SIEM_CONN_H
#define OUTPUTS_SIEM_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outputs/siem/destination.h"

struct conn;
struct event_base;
struct ssl_ctx_st;

/* From the loop; after closed() nothing comes until conn_open(). */
struct conn_calls {
	void (*writable)(void *arg); /* at first, and after a write of less */
	void (*octets)(void *arg, const uint8_t *, size_t); /* came */
	void (*closed)(void *arg, const char *why);
};

/* Without ctx there is no TLS; all but calls outlive it.  NULL: no memory. */
struct conn *conn_new(struct event_base *, const struct destination *,
    struct ssl_ctx_st *ctx, const struct conn_calls *, void *arg);
void conn_free(struct conn *); /* NULL is fine */

/* For connections from now on; outlives it, or the next call. */
void conn_trust(struct conn *, struct ssl_ctx_st *);

/* Begins; writable() or closed() follows, not before it returns. */
void conn_open(struct conn *);

/* Whether it is open for octets. */
bool conn_is_ready(const struct conn *);

/*
 * How many octets it took; 0: none now, writable() follows.  Of UDP they are
 * one datagram.  When it fails, closed() follows.
 */
size_t conn_write(struct conn *, const void *, size_t);

/* Ends it; closed() follows with this as why. */
void conn_abort(struct conn *, const char *why);

/*
 * No more is written; closed() follows when the server has read all of it and
 * closed its side, with NULL as why; or else.
 */
void conn_finish(struct conn *);

#endif
