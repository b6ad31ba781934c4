/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware image as its blocks go by (class 18, IEC 62056-6-2). */
#ifndef RULES_DLMS_IMAGE_H
#define RULES_DLMS_IMAGE_H

#include <stdbool.h>

/* the context has no memory of its own, and no end that must be called */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "dissectors/reader.h"

#define IMAGE_IDENTIFIER 32
#define IMAGE_BLOCKS 8192 /* that are told apart; what is above is counted */
#define IMAGE_SHA256 32

struct image {
	uint8_t identifier[IMAGE_IDENTIFIER]; /* its first octets */
	uint8_t identifier_n;
	bool ordered; /* every block so far came in its turn */
	uint32_t size, block_size;
	uint32_t blocks;  /* different ones */
	uint32_t highest; /* number behind the last of them */
	uint64_t octets;  /* of all blocks in their turn */
	SHA256_CTX sha;
	uint64_t seen[IMAGE_BLOCKS / 64];
};

/* From the Data of image_transfer_initiate; false if it is none. */
bool image_begin(struct image *, struct bytes data);

/* Whether both are of one identifier and size. */
bool image_same(const struct image *, const struct image *);

/* From the Data of image_block_transfer; true when it made the image whole. */
bool image_put(struct image *, struct bytes data);

/* How many blocks are missing, as far as the size tells. */
uint32_t image_holes(const struct image *);

/* False when not all octets were seen in their order. */
bool image_digest(const struct image *, uint8_t sha256[IMAGE_SHA256]);

#endif
