/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines between a head and a tail in a file that is a whole document from
 * document_begin() on, also when the program is killed while it writes.
 */
#ifndef OUTPUTS_FILE_DOCUMENT_H
#define OUTPUTS_FILE_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

struct document {
	int fd;                  /* a regular file */
	const char *head, *tail; /* XML, whole lines, together one page */
	uint64_t at;             /* where the tail stands; 0: not begun */
};

/*
 * Each line is one element or more, of at least DOCUMENT_LEAST octets, without
 * newline and without "--" or "?>" but where it is longer than about 4,000:
 * only then a kill can tear it.  0 or an errno; then the document is as it was.
 */
#define DOCUMENT_LEAST 16
int document_put(struct document *, const char *line, size_t n);

/* Writes head and tail if it is empty, or if somebody made it so. */
int document_begin(struct document *);

#endif
