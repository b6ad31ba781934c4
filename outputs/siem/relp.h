/* SPDX-License-Identifier: Apache-2.0 */
/* RELP version 0: frames of the client, and what the server answers. */
#ifndef OUTPUTS_SIEM_RELP_H
#define OUTPUTS_SIEM_RELP_H

#include <stddef.h>
#include <stdint.h>

#include "dissectors/reader.h"

#define RELP_COMMAND 33     /* octets of a command's name with its NUL */
#define RELP_OVERHEAD 64    /* octets of a frame around its data, at most */
#define RELP_ANSWER 4096    /* octets of a frame that is read, at most */
#define RELP_LAST 999999999 /* the number behind which they begin anew */

struct relp_frame {
	uint32_t number; /* of the transaction that it answers */
	char command[RELP_COMMAND];
	struct bytes data;
};

/* A frame's octets; buf has room for n + RELP_OVERHEAD. */
size_t relp_write(char *buf, uint32_t number, const char *command,
    const void *data, size_t n);

/* Octets of the frame that in begins with; 0: more are needed; -1: it is none.
 */
int relp_read(struct bytes in, struct relp_frame *);

/* The number behind this one. */
static inline uint32_t
relp_next(uint32_t number)
{
	return number < RELP_LAST ? number + 1 : 1;
}

#endif
