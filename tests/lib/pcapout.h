/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a classic capture file of Ethernet frames, in microseconds. */
#ifndef TESTS_LIB_PCAPOUT_H
#define TESTS_LIB_PCAPOUT_H

#include <stdint.h>
#include <stdio.h>

#include "tests/lib/octets.h"

struct pcapout {
	FILE *f;
	uint64_t packets, octets;
};

/* path "-" is standard output.  0 or -errno. */
int pcapout_open(struct pcapout *, const char *path);

/* us: since 1970; a frame below the least size of Ethernet is padded. */
void pcapout_frame(struct pcapout *, uint64_t us, const struct octets *);

/* 0, or -errno when not all could be written. */
int pcapout_close(struct pcapout *);

#endif
