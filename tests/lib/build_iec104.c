/* SPDX-License-Identifier: Apache-2.0 */
/* APCI and ASDU as IEC 60870-5-104 (5) and 60870-5-101 (7) have them. */
#include <config.h>

#include "tests/lib/build_iec104.h"

#define START 0x68

void
build_iec104_u(struct octets *o, uint8_t function)
{
	octets_be(o, START << 8 | 4, 2);
	octets_be(o, (uint32_t)function << 24, 4);
}

void
build_iec104_s(struct octets *o, uint16_t nr)
{
	octets_be(o, START << 8 | 4, 2);
	octets_be(o, 0x0100, 2);
	octets_le(o, (uint32_t)nr << 1, 2);
}

size_t
build_iec104_open(struct octets *o, const struct build_iec104 *a)
{
	size_t at = o->n;

	octets_be(o, START << 8, 2);
	octets_le(o, (uint32_t)a->ns << 1, 2);
	octets_le(o, (uint32_t)a->nr << 1, 2);
	octets_u8(o, a->type);
	octets_u8(o, a->vsq);
	octets_u8(o, a->cot);
	octets_u8(o, a->oa);
	octets_le(o, a->ca, 2);
	return at;
}

void
build_iec104_close(struct octets *o, size_t at)
{
	if (o->n - at - 2 > 253)
		abort();
	o->p[at + 1] = (uint8_t)(o->n - at - 2);
}

void
build_iec104_ioa(struct octets *o, uint32_t ioa)
{
	octets_le(o, ioa, 3);
}

void
build_iec104_float(struct octets *o, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	octets_le(o, bits, 4);
}

void
build_iec104_time(struct octets *o, uint64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	octets_le(o, (uint64_t)tm.tm_sec * 1000 + us / 1000 % 1000, 2);
	octets_u8(o, (unsigned)tm.tm_min);
	octets_u8(o, (unsigned)tm.tm_hour);
	/* Monday is 1 and Sunday 7; 0 would say that it is not used */
	octets_u8(o,
	    (unsigned)((tm.tm_wday + 6) % 7 + 1) << 5 | (unsigned)tm.tm_mday);
	octets_u8(o, (unsigned)tm.tm_mon + 1);
	octets_u8(o, (unsigned)tm.tm_year % 100);
}
