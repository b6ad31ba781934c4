/* SPDX-License-Identifier: Apache-2.0 */
/* Memory got at start: zeroed, and resident only as far as it was touched. */
#ifndef SENSOR_AREA_H
#define SENSOR_AREA_H

#include <stddef.h>

/* n objects of size octets, page-aligned, zeroed; NULL when there is none. */
void *area_new(size_t n, size_t size);

/* Given what area_new() was given; NULL is no error. */
void area_free(void *, size_t n, size_t size);

#endif
