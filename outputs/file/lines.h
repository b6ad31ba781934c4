/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a file, a pipe or standard output, buffered. */
#ifndef OUTPUTS_FILE_LINES_H
#define OUTPUTS_FILE_LINES_H

#include <stddef.h>

#include "outputs/error.h"

#define LINES_MAX 65536 /* octets of a line with its newline */

struct event_base;
struct lines;

/*
 * path "-" is standard output; a file is made, or emptied.  With a base, what
 * is buffered is written as soon as the loop has nothing else to do; without
 * one, when the buffer is full.  0, or -errno, said in error.
 */
int lines_open(
    struct lines **, const char *path, struct event_base *, struct error *);

/*
 * The same for what runs for years: what is there stays, and what cannot be
 * written is lost, said once and counted, until there is room again.
 */
int lines_append(
    struct lines **, const char *path, struct event_base *, struct error *);

/*
 * The file was moved away: goes on in a new one of this name, or in the old one
 * if there is none to be had.
 */
void lines_reopen(struct lines *);

/*
 * Before the first line: what stands before and behind all of them.  A file is
 * a whole document at any time (document.h), also when another program emptied
 * it; in a pipe and on standard output the tail comes at the end.  Both outlive
 * it.
 */
void lines_frame(struct lines *, const char *head, const char *tail);

/*
 * One line, of which n octets are here and the newline is not.  0, or -EAGAIN
 * when it is lost: it is too long, or an earlier one could not be written.
 * May wait for a reader of the pipe.
 */
int lines_put(struct lines *, const char *line, size_t n);

/* What is buffered is written now. */
void lines_settle(struct lines *);

/* Frees.  0, or -errno, said in error, when not all could be written. */
int lines_close(struct lines *, struct error *);

#endif
