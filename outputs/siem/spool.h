/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a destination has not had yet: a SQLite file, bounded by size and age,
 * and in front of it a bounded buffer in memory, which is written in one
 * transaction.  For one thread at a time.
 */
#ifndef OUTPUTS_SIEM_SPOOL_H
#define OUTPUTS_SIEM_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/reader.h"
#include "outputs/error.h"

struct spool;

#define SPOOL_MESSAGE 65536 /* octets of a message, at most */

struct spool_setup {
	uint64_t most;  /* octets of messages; what comes then displaces */
	uint32_t age_s; /* older ones are dropped; 0: none */
};

struct spool_counts {
	uint64_t waiting; /* messages that are not done */
	uint64_t dropped; /* never sent, since the start */
};

/*
 * Opens or makes the file; nobody else can have it open.  0, or -errno, said in
 * error.
 */
int spool_open(struct spool **, const char *path, const struct spool_setup *,
    struct error *);

/* Writes what can be written.  NULL is fine. */
void spool_close(struct spool *);

/*
 * A copy of n octets; its number is the last one and one more.  What has to
 * make room is what was sent already, then the least severe (the greatest
 * number), the oldest first.  0, or -EAGAIN: it is dropped itself, and counted.
 */
int spool_put(struct spool *, int severity, const void *, size_t n);

/*
 * Writes what was put, and removes what is done.  0, or -EIO, when it could
 * not: what was put stays in memory, and spool_error() tells why.
 */
int spool_flush(struct spool *);

/* The same, and on the disk when it returns 0. */
int spool_sync(struct spool *);

/* Why the last spool_flush() failed, or NULL: it did not. */
const char *spool_error(const struct spool *);

/*
 * In order what is numbered higher than after, as long as take() returns true.
 * What is only in memory is left out, unless the file cannot be written.
 */
void spool_read(struct spool *, uint64_t after,
    bool (*take)(void *arg, uint64_t number, struct bytes), void *arg);

/* All up to this number were sent, and may be dropped without loss. */
void spool_sent(struct spool *, uint64_t number);

/* What was sent and is not done may not have arrived: it counts again. */
void spool_unsent(struct spool *);

/* All up to this number are done: they are removed by the next flush. */
void spool_done(struct spool *, uint64_t number);

/* The highest number that is there; 0: none ever was. */
uint64_t spool_last(const struct spool *);
uint64_t spool_done_to(const struct spool *);

/* Whether a flush has something to do. */
bool spool_is_dirty(const struct spool *);

struct spool_counts spool_counts(const struct spool *);

#endif
