/* SPDX-License-Identifier: Apache-2.0 */
/* Memory got at start: zeroed, and resident only as far as it was touched. */
#ifndef SENSOR_AREA_H
#define SENSOR_AREA_H

#include <stddef.h>

/* n objects of size octets, page-aligned, zeroed; NULL when there is none. */
void *area_new(size_t n, size_t size);

/*
 * The same for what every packet touches, here or there: on large pages, as
 * far as there are any, which costs up to 2 MiB more, and fewer faults.
 */
void *area_hot(size_t n, size_t size);

/* Given what area_new() was given; NULL is no error. */
void area_free(void *, size_t n, size_t size);

#endif
