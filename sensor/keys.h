/* SPDX-License-Identifier: Apache-2.0 */
/* The keys file (--keys), and the vault that its keys are taken to. */
#ifndef SENSOR_KEYS_H
#define SENSOR_KEYS_H

#include "outputs/error.h"
#include "rules/siphash.h"

struct keyring;
struct goose_keys;

#define KEYS_FILE_MAX (512 * 1024 * 1024) /* octets */

struct keys {
	struct keyring *meters;    /* NULL: the file has none */
	struct goose_keys *groups; /* likewise */
};

/*
 * Reads the file, which must be its owner's alone (mode 0600), and opens the
 * vault.  0, with keys_free() to follow; or -errno, said in error, and then
 * nothing is open.  vault_hook() was called before.
 */
int keys_load(struct keys *, const char *path,
    const uint8_t hash_key[SIPHASH_KEY], struct error *);

/* Nothing uses them any more: wipes, and closes the vault. */
void keys_free(struct keys *);

/* Whether keys_load() would take the file, without taking it. */
int keys_check(const char *path, struct error *);

#endif
