/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw storage: lines are added to a file that outlives the program and is
 * rotated; the chain (chain.h) beside it shows whether a line was removed,
 * changed or put in.  PATH is written, PATH.000001 and on are those before it,
 * in this order; each has its chain beside it.
 */
#ifndef OUTPUTS_FILE_JOURNAL_H
#define OUTPUTS_FILE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outputs/error.h"

struct event_base;
struct journal;

struct journal_setup {
	const char *path;
	uint64_t rotate_octets; /* 0: never for its size */
	uint32_t rotate_s;      /* of the events' time; 0: never for its age */
	uint32_t keep;          /* files beside PATH; 0: all */
	bool sync;              /* to the disk with what is urgent */
	const uint8_t *key;     /* of the chain */
	size_t nkey;            /* 0: none; CHAIN_LEAST to CHAIN_KEY */
};

/*
 * Goes on where an earlier run ended, also one that was killed: half a line is
 * cut off, whole ones without a hash get theirs.  A file that is not what its
 * chain says is put aside as if it were full, and a new one begins.  With a
 * base, what is buffered is written as soon as the loop has nothing else to
 * do.  0, or -errno, said in error.
 */
int journal_open(struct journal **, const struct journal_setup *,
    struct event_base *, struct error *);

/*
 * One line, of which n octets are here and the newline is not; at is the time
 * of its event, in seconds.  0, or -EAGAIN when it is lost, and counted: it is
 * too long.  What the disk does not take is lost, too; the next is tried.
 */
int journal_put(
    struct journal *, const char *line, size_t n, int64_t at, bool urgent);

/* What is buffered is written now. */
void journal_settle(struct journal *);

/* Frees.  0, or -errno, said in error, when not all could be written. */
int journal_close(struct journal *, struct error *);

#endif
