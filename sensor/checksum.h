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
	uint64_t v;
	uint8_t rest[8] = { 0 };

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&v, p, 8);
		sum += v;
		sum += sum < v;
	}
	if (n == 0)
		return sum;
	memcpy(rest, p, n);
	memcpy(&v, rest, 8);
	sum += v;
	return sum + (sum < v);
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
