/* SPDX-License-Identifier: Apache-2.0 */
/* What the standards say of each type identification: for this folder only. */
#ifndef DISSECTORS_IEC104_TYPE_H
#define DISSECTORS_IEC104_TYPE_H

#include "dissectors/iec104/iec104.h"

/* How a qualifier is judged, by the name that 60870-5-101, 7.2.6 gives it. */
enum iec104_rule {
	IEC104_NO_QUALIFIER,
	IEC104_SCO,
	IEC104_DCO,
	IEC104_RCO,
	IEC104_QOS,
	IEC104_COI,
	IEC104_QOI,
	IEC104_QCC,
	IEC104_QRP,
	IEC104_QPM,
	IEC104_QPA,
	IEC104_FRQ,
	IEC104_SRQ,
	IEC104_SCQ,
	IEC104_LSQ,
	IEC104_AFQ,
	IEC104_SOF
};

/* A set of information elements (7.2.6), which several types share. */
struct iec104_layout {
	uint8_t size;    /* octets of the set; a time tag stands behind it */
	uint8_t form;    /* of the value: enum iec104_form */
	uint8_t value;   /* octets before it */
	uint8_t quality; /* octets before it */
	uint8_t bits;    /* of that octet that are quality; 0: none is there */
	uint8_t qualifier; /* octets before it */
	uint8_t rule;      /* enum iec104_rule */
	uint8_t elapsed; /* octets before CP16Time2a, and 1; 0: there is none */
	uint8_t spare;   /* bits of the first octet that have to be 0 */
	uint8_t quality_spare;
	const char *flaw; /* what is wrong when they are not */
};

enum {                       /* flags of a type */
	IEC104_SEQUENCE = 1, /* SQ may be 1 */
	IEC104_ONE = 2,      /* it carries a single object */
	IEC104_MONITOR = 4,  /* stations send it */
	IEC104_COMMAND = 8,  /* they are sent it, and confirm it */
	IEC104_KNOWN = 16,   /* but its octets are handed on as they are */
	IEC104_LOOSE = 32,   /* so are they when they do not fit the layout */
	IEC104_VARYING = 64  /* the set's last octet counts what follows */
};

struct iec104_type {
	uint8_t layout; /* 0: none is known */
	uint8_t time;   /* octets of the time tag: 0, 3 or 7 */
	uint8_t kind;   /* enum op_kind */
	uint8_t flags;
};

extern const struct iec104_layout iec104_layouts[];
extern const struct iec104_type iec104_types[256];

static inline const struct iec104_layout *
iec104_layout(uint8_t type)
{
	return &iec104_layouts[iec104_types[type].layout];
}

/* Octets of one object's elements with the time tag, as far as fixed. */
static inline size_t
iec104_size(const struct iec104_type *t)
{
	return (size_t)iec104_layouts[t->layout].size + t->time;
}

#endif
