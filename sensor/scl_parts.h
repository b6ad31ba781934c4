/* SPDX-License-Identifier: Apache-2.0 */
/* What reading SCL consists of: for sensor/scl*.c only. */
#ifndef SENSOR_SCL_PARTS_H
#define SENSOR_SCL_PARTS_H

#include <libxml/xmlreader.h>

#include "sensor/policy_read.h"
#include "sensor/scl_blocks.h"

#define SCL_HEAD 1024
#define SCL_VALUE 160 /* octets of an attribute or a text, and NUL */

/* What the text of a P is. */
enum scl_parameter { NO_PARAMETER, P_MAC, P_APPID, P_VLAN, P_PRIORITY, P_IP };

struct scl {
	xmlTextReaderPtr reader;
	const char *path;
	struct error *error;
	int fd;
	uint64_t octets;
	char head[SCL_HEAD]; /* what was read before there was a parser */
	size_t nhead, given;
	long lines;      /* that were read */
	size_t declared; /* octets of "<!DOCTYPE" in hand */
	int rc;          /* of what was found first */
	struct scl_blocks all;

	/* where the reader is */
	char ied[SCL_NAME], ld[SCL_NAME], ld_name[SCL_NAME];
	char ap_ied[SCL_NAME]; /* of the ConnectedAP */
	bool in_ln0;
	struct scl_set *set;
	struct scl_block gse; /* the GSE that is being read, */
	bool in_gse;
	enum scl_parameter parameter; /* and what its next text is */
	uint32_t *time;
	char text[SCL_VALUE];
};

enum scl_place { SCL_ANYWHERE, SCL_IN_LN0, SCL_IN_GSE };

struct scl_element {
	const char *name;
	enum scl_place place;
	int (*begin)(struct scl *), (*end)(struct scl *); /* or NULL */
};

extern const struct scl_element scl_elements[]; /* ends with a NULL name */

/*
 * The first thing that is wrong is the one that is told: FILE:LINE: what was
 * found; what was expected.  Returns -errno.
 */
int scl_fail(struct scl *, long line, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Of the node at hand. */
long scl_line(const struct scl *);

/* A value in an error: cut, and without what moves a terminal. */
const char *scl_shown(char to[YAML_SHOWN], const char *value);

#endif
