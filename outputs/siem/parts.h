/* SPDX-License-Identifier: Apache-2.0 */
/* What route.c, send.c and reach.c share. */
#ifndef OUTPUTS_SIEM_PARTS_H
#define OUTPUTS_SIEM_PARTS_H

#include <openssl/ssl.h>

#include "outputs/loop.h"
#include "outputs/siem/conn.h"
#include "outputs/siem/redis.h"
#include "outputs/siem/relp.h"
#include "outputs/siem/route.h"
#include "outputs/siem/spool.h"
#include "outputs/siem/tls.h"

#define WINDOW 512 /* messages without acknowledgement */
#define OUT (4 * SPOOL_MESSAGE)

struct member {
	struct route *route;
	const struct destination *d;
	SSL_CTX *ctx; /* NULL: no TLS */
	struct conn *conn;
	unsigned tries; /* that failed since it was last known to work */
	char said[TLS_WHY];
};

/* A message that was sent with RELP, or to Redis, until it is acknowledged. */
struct sent {
	uint64_t number;
	bool acknowledged;
};

struct route {
	char name[DESTINATION_NAME], path[2 * DESTINATION_PATH];
	struct member members[DESTINATIONS];
	size_t n, at; /* the member that is used or tried */
	struct notices *notices;
	struct spool *spool;
	struct loop_call *idle, *retry, *proof, *sweep;
	bool asked;        /* idle was */
	bool connected;    /* the member at hand is, for octets */
	bool working;      /* and it takes what is sent */
	uint64_t proof_at; /* sent at the last look; UINT64_MAX: none yet */
	bool finishing, finished;
	unsigned rounds; /* in which no member could be reached */
	uint64_t told;   /* of the dropped, those that were told */
	uint32_t quiet;  /* seconds in which no drop is told */
	bool spool_said;
	uint64_t since; /* messages that came since the start */

	/* The connection: octets of messages up to the number last. */
	char out[OUT];
	size_t nout, out_at;
	uint64_t taken; /* the last that stands in out, or stood there */
	uint64_t sent;  /* the last that was written as a whole */

	/* RELP and Redis: the oldest that waits has the number first. */
	bool opened;
	uint32_t first, next;
	size_t nwindow, window_at;
	struct sent window[WINDOW];
	uint8_t in[RELP_ANSWER + RELP_OVERHEAD];
	size_t nin;
	struct redis_replies *replies; /* Redis, while it is connected */
	unsigned greeting;             /* replies that come before messages' */
};

static inline struct member *
route_member(struct route *r)
{
	return &r->members[r->at];
}

static inline bool
route_is_relp(const struct route *r)
{
	return r->members[r->at].d->transport == DESTINATION_RELP;
}

static inline bool
route_is_redis(const struct route *r)
{
	return r->members[r->at].d->type == DESTINATION_REDIS;
}

/* Whether the server says what it has got. */
static inline bool
route_acknowledges(const struct route *r)
{
	return route_is_relp(r) || route_is_redis(r);
}

/* send.c: a new connection begins with what is not done. */
void send_begin(struct route *);
void send_pump(struct route *);
void send_octets(struct route *, const uint8_t *, size_t);

/* reach.c: which member, and when. */
int reach_new(struct route *, struct event_base *, struct error *);
void reach_start(struct route *);
void reach_works(struct route *); /* the server takes what is sent */
void reach_free(struct route *);

#endif
