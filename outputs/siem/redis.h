/* SPDX-License-Identifier: Apache-2.0 */
/* What is said to a Redis server, and what it answers (hiredis). */
#ifndef OUTPUTS_SIEM_REDIS_H
#define OUTPUTS_SIEM_REDIS_H

#include <stdbool.h>
#include <stddef.h>

#include "dissectors/reader.h"
#include "outputs/siem/destination.h"

#define REDIS_OVERHEAD 512  /* octets of a command around a message, at most */
#define REDIS_GREETING 1024 /* octets of what begins a connection, at most */

/*
 * XADD stream MAXLEN ~ length * event message.  Its octets, 0 without memory;
 * buf has room for v.n + REDIS_OVERHEAD.
 */
size_t redis_add(char *buf, const struct destination *, struct bytes v);

/*
 * AUTH, if there is a password, and PING, for which *replies come.  Its octets;
 * buf has room for REDIS_GREETING.  0, and why is said, when the password
 * cannot be read.
 */
size_t redis_greet(char *buf, const struct destination *, unsigned *replies,
    char *why, size_t why_n);

/*
 * Replies in what came, one after the other.  NULL without memory.  What has no
 * end within 64 KiB is none.
 */
struct redis_replies;
struct redis_replies *redis_new(void);
void redis_free(struct redis_replies *); /* NULL is fine */
bool redis_feed(struct redis_replies *, const uint8_t *, size_t n);

enum redis_reply { REDIS_NONE, REDIS_GOOD, REDIS_REFUSED, REDIS_ALIEN };

/* The next one; REFUSED: said is what it says, until the next call. */
enum redis_reply redis_next(struct redis_replies *, struct bytes *said);

#endif
