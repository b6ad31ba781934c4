/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers found by a keyed hash of what they number, which lies elsewhere:
 * nothing is stored twice, and nothing leaves by itself.
 */
#ifndef RULES_METERS_INDEX_H
#define RULES_METERS_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index_bucket;

struct index {
	struct index_bucket *buckets;
	uint32_t pairs;
};

/* Memory for cap numbers; it is zeroed and begins with a cache line. */
size_t index_size(uint32_t cap);
void index_start(struct index *, void *memory, uint32_t cap);

/* The number for which is() holds, among those of this hash; or INDEX_NONE. */
uint32_t index_find(const struct index *, uint64_t hash,
    int (*is)(const void *of, uint32_t number, const void *key), const void *of,
    const void *key);

/* A number stands there once for each hash under which it was put. */
void index_put(struct index *, uint64_t hash, uint32_t number);
void index_drop(struct index *, uint64_t hash, uint32_t number);

#endif
