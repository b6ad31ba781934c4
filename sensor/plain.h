/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files of the classic format, uncompressed and in this machine's byte
 * order: the common case, read in place.  libpcap reads all others; through it
 * a packet costs two calls of fread() and a copy more.
 */
#ifndef SENSOR_PLAIN_H
#define SENSOR_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct plain {
	int fd, link;   /* link: the LINKTYPE_ of all packets */
	bool nano;      /* fractions are nanoseconds */
	uint8_t *p;     /* what was read of the file */
	size_t at, n;   /* of these octets: used, there */
	uint64_t total; /* octets read so far */
};

struct plain_packet {
	struct timespec at;
	const uint8_t *p; /* valid until plain_fill() */
	size_t captured, on_wire;
};

/* False when the file is none of ours: nothing was opened then. */
bool plain_open(struct plain *, const char *path);
void plain_close(struct plain *);

/* The next packet that is there as a whole; false: plain_fill() first. */
bool plain_next(struct plain *, struct plain_packet *);

/*
 * Reads on.  1 when there is more, 0 at the end, -EBADMSG when what is there
 * is no packet or ends within one, or another -errno.
 */
int plain_fill(struct plain *);

#endif
