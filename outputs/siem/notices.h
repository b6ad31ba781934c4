/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outputs' thread has to tell the pipeline: events of destinations get
 * their number there, like all others.
 */
#ifndef OUTPUTS_SIEM_NOTICES_H
#define OUTPUTS_SIEM_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outputs/siem/destination.h"

enum notice_kind {
	NOTICE_UNREACHABLE, /* again and again */
	NOTICE_DROPPED,     /* count events were never sent */
	NOTICE_SPOOL        /* the file cannot be written */
};

#define NOTICE_WHY 128

struct notice {
	enum notice_kind kind;
	char destination[DESTINATION_NAME];
	char why[NOTICE_WHY]; /* cut, with its NUL */
	uint64_t count;       /* that wait, or were dropped */
};

struct notices;

struct notices *notices_new(void); /* NULL without memory */
void notices_free(struct notices *);

/* One too many is not told: all of them were said on standard error. */
void notices_put(struct notices *, const struct notice *);

/* False: there is none.  Cheap, when there is none. */
bool notices_take(struct notices *, struct notice *);

/*
 * How far the destinations are: settled when there is nothing more to send;
 * progress is a figure that changes when something was sent.
 */
void notices_report(struct notices *, bool settled, uint64_t progress);

/* How a destination is, or a group of them; for the status. */
struct notice_state {
	char destination[DESTINATION_NAME]; /* empty: no more of them */
	bool working;                       /* it takes what is sent */
	uint64_t waiting, dropped;
};

void notices_state(struct notices *, size_t which, const struct notice_state *);
void notices_states(struct notices *, struct notice_state to[DESTINATIONS]);

/*
 * Waits until there is one to take: true.  False when the destinations are
 * settled, or when for so many milliseconds there was no progress.
 */
bool notices_wait(struct notices *, uint32_t ms);

#endif
