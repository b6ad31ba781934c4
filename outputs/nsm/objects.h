/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of the MIB: their names, and where a row has their values. */
#ifndef OUTPUTS_NSM_OBJECTS_H
#define OUTPUTS_NSM_OBJECTS_H

#include "outputs/nsm/page.h"

enum nsm_kind {
	NSM_C32,
	NSM_C64,
	NSM_U32, /* Gauge32 and Unsigned32, which look alike */
	NSM_ENUM,
	NSM_TRUTH,
	NSM_DATE,
	NSM_STAMP,
	NSM_CHARS, /* SnmpAdminString */
	NSM_BYTES, /* OCTET STRING */
	NSM_INETTYPE,
	NSM_INET,
	NSM_MAC,
	NSM_REF
};

struct nsm_object {
	const char *name;
	enum nsm_table table;
	uint32_t arc; /* below the table's entry */
	enum nsm_kind kind;
	size_t at; /* of the row */
};

extern const struct nsm_object nsm_objects[]; /* in the order of OIDs */
extern const size_t nsm_nobjects;

/* The first of a table, and how many it has. */
const struct nsm_object *nsm_columns(enum nsm_table, size_t *n);

/* A value as SNMP has it. */
struct nsm_value {
	enum nsm_kind kind;
	uint64_t number; /* of all but strings and references; ns of times */
	uint16_t n;
	const uint8_t *p; /* octets of a string, within the row or date */
	uint8_t date[11]; /* of NSM_DATE (SNMPv2-TC) */
	const struct nsm_ref *ref;
};

/* It points to the row, and to itself: it must not move. */
void nsm_value(struct nsm_value *, const struct nsm_object *, const void *row);

#define NSM_OID 24 /* numbers of an OID of ours, at most */

/* That of the module, under the enterprise number of rules/event.h. */
size_t nsm_root(uint32_t to[NSM_OID]);

/* The OID of an object's instance; how many numbers. */
size_t nsm_oid(
    uint32_t to[NSM_OID], enum nsm_table, uint32_t arc, const uint32_t *index);

/* That a RowPointer has: of its row's first object; 0.0 for none. */
size_t nsm_ref_oid(uint32_t to[NSM_OID], const struct nsm_ref *);

/* The number of a rule: 'D' and 5 are 4005. */
uint32_t nsm_rule_id(const char *det);

#endif
