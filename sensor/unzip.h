/* SPDX-License-Identifier: Apache-2.0 */
/* A file that may be gzip-compressed, as a stream that is not. */
#ifndef SENSOR_UNZIP_H
#define SENSOR_UNZIP_H

#include <stdio.h>

#include "outputs/error.h"

struct unzip {
	FILE *file; /* as read by others */
	void *gz;   /* zlib's, or NULL when the file is read as it is */
	int fd;
	double size;      /* of the file, 0 when it has none */
	char failed[128]; /* what zlib found wrong, or empty */
};

/* "-" is standard input.  NULL, said in error; fclose() ends it. */
FILE *unzip_open(struct unzip *, const char *path, struct error *);

/* How far it is read, 0 to 1, or -1 when nobody knows. */
double unzip_share(const struct unzip *);

/* What was wrong with the compression, or NULL. */
const char *unzip_failed(const struct unzip *);

/* The same, or the other reason when there is none. */
const char *unzip_reason(const struct unzip *, const char *other);

#endif
