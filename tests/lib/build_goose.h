/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE messages (IEC 61850-8-1), put together for tests. */
#ifndef TESTS_LIB_BUILD_GOOSE_H
#define TESTS_LIB_BUILD_GOOSE_H

#include "tests/lib/octets.h"

#define BUILD_GOOSE_ETHERTYPE 0x88b8

struct build_goose {
	uint16_t appid, reserved1;
	const char *gocbref, *datset, *goid;
	uint32_t tal; /* ms */
	uint64_t t;   /* us since 1970: the last change of stNum */
	uint32_t stnum, sqnum, confrev, entries;
	bool simulation, ndscom;
	struct octets alldata; /* put in by build_goose_bool() and so on */
};

void build_goose_bool(struct octets *, bool);
void build_goose_float(struct octets *, float);
void build_goose_int(struct octets *, int32_t);

/* The low bits of v, from the first bit of the string on. */
void build_goose_bits(struct octets *, uint16_t v, unsigned bits);

/* APPID, length, the reserved fields and the PDU. */
void build_goose(struct octets *, const struct build_goose *);

#endif
