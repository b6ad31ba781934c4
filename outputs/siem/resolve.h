/* SPDX-License-Identifier: Apache-2.0 */
/* Names to addresses by the system's resolver, which may take its time. */
#ifndef OUTPUTS_SIEM_RESOLVE_H
#define OUTPUTS_SIEM_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

struct event_base;
struct resolve;

/*
 * Asks in a thread of its own; call(arg) follows in the loop.  socktype is
 * SOCK_STREAM or SOCK_DGRAM.  NULL without memory.
 */
struct resolve *resolve_start(struct event_base *, const char *host,
    uint32_t port, int socktype, void (*call)(void *arg), void *arg);

/* After the call: the addresses, or NULL and why there are none. */
const struct addrinfo *resolve_result(const struct resolve *, const char **why);

/* At any time: the call does not come any more.  NULL is fine. */
void resolve_drop(struct resolve *);

#endif
