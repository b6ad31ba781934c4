/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071), eight octets a step. */
#ifndef SENSOR_CHECKSUM_H
#define SENSOR_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds n octets in the machine's byte order to a sum of such. */
static inline uint64_t
checksum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	uint64_t v, rest = 0;
	uint32_t four;
	uint16_t two;
	uint8_t last[2] = { 0 };

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&v, p, 8);
		sum += v;
		sum += sum < v;
	}
	/* at an even place a shorter word adds the same to the sum */
	if ((n & 4) != 0) {
		memcpy(&four, p, 4);
		rest += four;
		p += 4;
	}
	if ((n & 2) != 0) {
		memcpy(&two, p, 2);
		rest += two;
		p += 2;
	}
	if ((n & 1) != 0) {
		last[0] = *p;
		memcpy(&two, last, 2);
		rest += two;
	}
	sum += rest;
	return sum + (sum < rest);
}

/* Whether a sum over data and its checksum says that both are whole. */
static inline int
checksum_good(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return sum == 0xffff;
}

#endif
