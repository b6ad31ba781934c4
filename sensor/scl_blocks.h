/* SPDX-License-Identifier: Apache-2.0 */
/* What an SCL file says of GOOSE control blocks, put together. */
#ifndef SENSOR_SCL_BLOCKS_H
#define SENSOR_SCL_BLOCKS_H

#include "sensor/learn_parts.h"

#define SCL_NAME 65 /* of an IED, a device, a block; with its NUL */

/* NUL-padded, so that it can be compared as it is. */
struct scl_key {
	char ied[SCL_NAME], ld[SCL_NAME], name[SCL_NAME];
};

/* A control block: its GSEControl, and its GSE under Communication. */
struct scl_block {
	struct scl_key key;
	char ld_name[SCL_NAME]; /* where it is not that of IED and instance */
	char datset[SCL_NAME];
	uint8_t goid[LEARN_NAME];
	uint8_t dst[6];
	bool control, gse, secured, routed;
	bool has_dst, has_appid, has_vlan, has_confrev, has_priority;
	uint16_t appid, vlan;
	uint8_t priority;
	uint32_t confrev, min_ms, max_ms;
	uint32_t differs; /* among several GSE; LEARN_DIFFERS_... */
};

struct scl_set {
	struct scl_key key;
	uint32_t members;
};

struct scl_blocks {
	struct learn_table blocks, sets;
};

/* 0 or -ENOMEM; scl_blocks_free() in any case. */
int scl_blocks_init(struct scl_blocks *);
void scl_blocks_free(struct scl_blocks *);

/*
 * All of them as a plan; name is that of the file.  0, or -errno, said in
 * error.
 */
int scl_blocks_list(const struct scl_blocks *, const char *name,
    struct learn_plan *, struct error *);

#endif
