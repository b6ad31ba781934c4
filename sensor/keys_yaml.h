/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a keys file: strict YAML, of which no error shows a value, since
 * any of them may be a key that stands where it should not.
 */
#ifndef SENSOR_KEYS_YAML_H
#define SENSOR_KEYS_YAML_H

#include <stdbool.h>

#include "outputs/error.h"
#include "rules/dlms/keyring.h"
#include "rules/goose/keys.h"

enum keys_kind { KEYS_SET, KEYS_KEY, KEYS_GROUP };

/* One thing that stands in the file, in its order; holds no pointer. */
struct keys_item {
	uint8_t kind;      /* enum keys_kind */
	uint8_t use;       /* enum keyring_use, of a key */
	uint8_t algorithm; /* enum goose_algorithm */
	bool any;          /* a set: of every meter */
	bool any_id;       /* a group key: whatever its id */
	bool later;        /* a key: behind those that are not */
	uint8_t n;         /* octets of the key */
	uint8_t octets[GOOSE_KEY_MAX];
	uint8_t title[KEYRING_TITLE]; /* a set */
	uint32_t id;                  /* a group key */
	char gocbref[GOOSE_KEY_REF];  /* a group key; empty: of any */
};

/*
 * A set comes before its keys.  text is not written to.  0, or -errno with an
 * error "NAME:LINE:COLUMN: ..."; what take() returns but 0 ends it, too.
 */
int keys_yaml(const char *name, struct bytes text,
    int (*take)(void *to, const struct keys_item *), void *to, struct error *);

#endif
