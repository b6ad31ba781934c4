/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104 APDUs, put together for tests. */
#ifndef TESTS_LIB_BUILD_IEC104_H
#define TESTS_LIB_BUILD_IEC104_H

#include <time.h>

#include "tests/lib/octets.h"

/* Control fields and data unit identifier of an I frame. */
struct build_iec104 {
	uint16_t ns, nr;
	uint8_t type, vsq, cot, oa;
	uint16_t ca;
};

void build_iec104_u(struct octets *, uint8_t function);
void build_iec104_s(struct octets *, uint16_t nr);

/*
 * An I frame; what follows until build_iec104_close() are its objects.
 * Returns what close() wants to know.
 */
size_t build_iec104_open(struct octets *, const struct build_iec104 *);
void build_iec104_close(struct octets *, size_t at);

/* An information object's address. */
void build_iec104_ioa(struct octets *, uint32_t ioa);

/* IEEE 754 short float, low octet first (60870-5-101, 7.2.6.8). */
void build_iec104_float(struct octets *, float);

/* CP56Time2a (60870-5-101, 7.2.6.18) in UTC. */
void build_iec104_time(struct octets *, uint64_t us);

#endif
