/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool and where it is emptied to: one destination, or the first of a group
 * that can be reached.
 */
#ifndef OUTPUTS_SIEM_ROUTE_H
#define OUTPUTS_SIEM_ROUTE_H

#include "outputs/error.h"
#include "outputs/siem/destination.h"
#include "outputs/siem/notices.h"

struct event_base;
struct route;

struct route_setup {
	const struct destination *const *members; /* n > 0, the best first */
	size_t n;
	const char *folder; /* of the spool */
	struct event_base *base;
	struct notices *notices; /* NULL: nobody is told */
};

/* What is pointed to outlives it.  0, or -errno, said in error. */
int route_open(struct route **, const struct route_setup *, struct error *);
void route_free(struct route *); /* what is not sent stays in the spool */

/* A message, which is copied.  0, or -EAGAIN: it was dropped and counted. */
int route_put(struct route *, int severity, const void *, size_t n);

/* What was put is on the disk when it returns 0; else -EIO. */
int route_sync(struct route *);

/* Whether all that was put has been sent, as far as can be known. */
bool route_is_settled(const struct route *);

/* A figure that changes as something is sent. */
uint64_t route_progress(const struct route *);

/* How it is, for the status. */
struct notice_state route_state(const struct route *);

/*
 * Nothing more is sent: the connection is closed in good order, and what the
 * server has read by then is not kept to be sent again.
 */
void route_finish(struct route *);
bool route_is_finished(const struct route *);

/* 0, or -EAGAIN, said in error, when events wait in the spool. */
int route_left(const struct route *, struct error *);

#endif
