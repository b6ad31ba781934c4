/* SPDX-License-Identifier: Apache-2.0 */
/* A file that a person wrote, read as a whole. */
#ifndef SENSOR_FILE_H
#define SENSOR_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "outputs/error.h"

/*
 * Reads it if it has at most so many octets.  0 and *text, to be freed, with n
 * octets; or -errno, said in error.
 */
int file_read(
    const char *path, size_t most, uint8_t **text, size_t *n, struct error *);

/* The same of one that is open, which is closed; path stands for it in error.
 */
int file_take(int fd, const char *path, size_t most, uint8_t **text, size_t *n,
    struct error *);

#endif
