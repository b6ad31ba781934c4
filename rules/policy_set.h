/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of prefixes: IP addresses and system titles.  It is filled, sorted once
 * and then only read; a look-up is a binary search for each length of prefix
 * that stands in it.
 */
#ifndef RULES_POLICY_SET_H
#define RULES_POLICY_SET_H

#include <stdbool.h>

#include "dissectors/reader.h"

#define POLICY_KEY 16
#define POLICY_NONE UINT32_MAX
#define POLICY_IPV4 96 /* bits in front of an IPv4 address */

/* The first bits of a key; those behind are zero. */
struct policy_prefix {
	uint8_t key[POLICY_KEY];
	uint8_t bits;
};

struct policy_member {
	struct policy_prefix prefix;
	uint32_t value;
};

struct policy_set {
	struct policy_member *at;
	size_t n;
	uint8_t lengths; /* how many of them there are, */
	uint8_t length[8 * POLICY_KEY + 1];
	uint32_t first[8 * POLICY_KEY + 2]; /* and where each begins */
};

/* Clears what is behind the prefix's bits. */
void policy_prefix_cut(struct policy_prefix *);

bool policy_prefix_has(const struct policy_prefix *, const uint8_t key[16]);

/*
 * A system title as a key; false when it has not eight octets, and then no
 * prefix has it.
 */
bool policy_title(struct bytes title, uint8_t key[POLICY_KEY]);

/* 0 or -ENOMEM. */
int policy_set_add(
    struct policy_set *, const struct policy_prefix *, uint32_t value);
void policy_set_sort(struct policy_set *);
void policy_set_free(struct policy_set *);

/* The lowest value of a prefix that has the key, or POLICY_NONE. */
uint32_t policy_set_find(const struct policy_set *, const uint8_t key[16]);

/* Each value, until the function returns true; whether it did. */
bool policy_set_any(const struct policy_set *, const uint8_t key[16],
    bool (*fits)(const void *arg, uint32_t value), const void *arg);

/*
 * Room for one more behind n things of that size: the array, which may have
 * moved, or NULL without memory.
 */
void *policy_room(void *array, size_t n, size_t size);

#endif
