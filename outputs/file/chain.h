/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of hashes over the lines of files: each line's hash is that of
 *
 *	"<hash of the line before> <number of the line> <the line>\n"
 *
 * as hexadecimal digits and decimal numbers, by SHA-256, or by HMAC-SHA-256
 * with a key.  The lines are numbered from 1 over all files of a chain, the
 * hash before the first is of zeros.  It stands in a file of its own beside
 * each file of lines, so that those stay as they are:
 *
 *	gridtap-chain 1 sha256 <number before> <hash before> <since>
 *	<number> <octets of the file up to its end> <hash>
 *	<number> <octets of the file up to its end> <hash> late
 *
 * since is the time of the first event, in seconds of UTC.  A line is late that
 * was found in the file without its hash when the program started: it had been
 * killed between the two.
 */
#ifndef OUTPUTS_FILE_CHAIN_H
#define OUTPUTS_FILE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outputs/file/lines.h"

#define CHAIN_HASH 64    /* digits */
#define CHAIN_KEY 64     /* octets, at most */
#define CHAIN_LEAST 16   /* octets of a key, at least */
#define CHAIN_RECORD 160 /* no line of the chain's file is longer */
#define CHAIN_SUFFIX ".chain"

struct chain_link {
	uint64_t n; /* lines so far */
	char hash[CHAIN_HASH + 1];
};

struct chain {
	struct chain_link last;
	uint8_t key[CHAIN_KEY];
	size_t nkey; /* 0: none */
	char text[LINES_MAX + CHAIN_RECORD];
};

struct chain_record {
	struct chain_link link;
	uint64_t end;
	bool late;
};

/* Begins with no line. */
void chain_start(struct chain *, const uint8_t *key, size_t nkey);

/* One more line, without its newline; false when it is none: too long. */
bool chain_add(struct chain *, const char *line, size_t n);

/* Both with newline; octets written. */
size_t chain_put_head(
    char buf[CHAIN_RECORD], const struct chain *, int64_t since);
size_t chain_put_record(
    char buf[CHAIN_RECORD], const struct chain *, uint64_t end, bool late);

/* From a line without newline; false when it is none. */
bool chain_read_head(struct chain_link *before, bool *keyed, int64_t *since,
    const char *line, size_t n);
bool chain_read_record(struct chain_record *, const char *line, size_t n);

#endif
