/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of raw storage, as an output takes it. */
#ifndef SENSOR_STORAGE_H
#define SENSOR_STORAGE_H

#include "outputs/file/chain.h"
#include "outputs/file/journal.h"
#include "sensor/conf.h"

struct storage_setup {
	struct journal_setup journal; /* points into this and into the conf */
	const struct file_format *format;
	uint8_t key[CHAIN_KEY];
};

/*
 * 1 when events are to be stored, 0 when they are not; or -errno, said in
 * error: an unknown format, or a key that cannot be read.  conf outlives it.
 */
int storage_setup(struct storage_setup *, const struct conf *, struct error *);

/*
 * The key of a chain: what the file holds but for a last newline.  Its octets,
 * CHAIN_LEAST to CHAIN_KEY; or -errno, said in error, also when others than
 * its owner may read it.
 */
int storage_key(uint8_t key[CHAIN_KEY], const char *path, struct error *);

#endif
